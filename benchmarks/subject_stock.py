"""Stock django-scim2 with the same people and group, in a database of its own."""

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

PREFIX = "/scim/v2"


def prepare(users: int, group: int, login: str, token: str) -> dict[str, str]:
    """Make the database and fill it; the ids that the cases need."""
    from benchmarks.stock.models import StockCompany, StockGroup, StockUser

    parameters = {**connection.get_connection_params(), "dbname": "postgres", "autocommit": True}
    with psycopg.connect(**{k: v for k, v in parameters.items() if k != "context"}) as admin:
        admin.execute(f"CREATE DATABASE {settings.DATABASES['default']['NAME']}")
    call_command("migrate", run_syncdb=True, verbosity=0)
    company = StockCompany.objects.create(token=token)
    people = StockUser.objects.bulk_create(
        [
            StockUser(
                company=company, username=f"person{n}@bench.example", email=f"person{n}@bench.example",
                scim_username=f"person{n}@bench.example", scim_id=str(n + 1), first_name="Ann", last_name=f"P {n}",
            )
            for n in range(users)
        ],
        batch_size=1000,
    )  # fmt: skip
    everybody = StockGroup.objects.create(company=company, name="Everybody", scim_display_name="Everybody")
    through = StockUser.scim_groups.through
    through.objects.bulk_create(
        [through(stockuser_id=person.pk, stockgroup_id=everybody.pk) for person in people[:group]], batch_size=1000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    person = StockUser.objects.get(username=login)
    return {"user": person.scim_id, "member": people[-1].scim_id, "group": everybody.scim_id}
