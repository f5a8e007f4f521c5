"""This server with a company of people and one large group."""

from django.core.management import call_command

from teammates.models import ApiToken, Company, Membership, Scope, Teammate, TeammateGroup, token_digest

PREFIX = "/v2"


def prepare(users: int, group: int, login: str, token: str) -> dict[str, str]:
    """Migrate and fill the database unless another subject has; the ids that the cases need."""
    call_command("migrate", verbosity=0)
    company = Company.objects.filter(slug="bench").first() or _fill(users, group, token)
    everybody = TeammateGroup.objects.get(company=company)
    person = Teammate.objects.get(company=company, login=login)
    outsider = Teammate.objects.filter(company=company).exclude(memberships__group=everybody).order_by("-pk").first()
    assert outsider is not None
    return {"user": person.public_id, "member": outsider.public_id, "group": everybody.public_id}


def _fill(users: int, group: int, token: str) -> Company:
    company = Company.objects.create(
        name="Bench", slug="bench", licence_count=users + 10, licences_used=users, group_sync_enabled=True
    )
    ApiToken.objects.create(
        company=company, name="Bench", digest=token_digest(token), hint=token[:8], scopes=[Scope.AUTO_PROVISIONING]
    )
    drafts = [_person(company, number) for number in range(users)]
    people = Teammate.objects.bulk_create(drafts, batch_size=1000)
    everybody = TeammateGroup.objects.create(company=company, name="Everybody", management="idp")
    Membership.objects.bulk_create(
        [Membership(company=company, group=everybody, teammate=person) for person in people[:group]], batch_size=1000
    )
    _analyze()
    return company


def _person(company: Company, number: int) -> Teammate:
    login = f"person{number}@bench.example"
    person = Teammate(company=company, login=login, username=f"person{number}", source="idp", password="!")
    person.emails = [{"value": login, "type": "work", "primary": True}]
    person.email, person.first_name, person.last_name = login, "Ann", f"Person {number}"
    person.refresh_keys()
    return person


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
