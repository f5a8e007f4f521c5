"""What keeps the provisioning log small and whole: partitions made ahead and dropped, and read counts collected."""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_redis import get_redis_connection

from scim.limits import READS
from scim.models import ReadCount
from teammates import sql
from teammates.models import ApiToken

DAYS_AHEAD = 3
MONTHS_AHEAD = 2
TAKEN = "scim-taken-reads"


def keep_partitions(today: date | None = None) -> list[str]:
    """Make the partitions of the coming days and months, drop bodies past their time; the names of what changed."""
    today = today or timezone.now().date()
    changed = [_ensure("scim_logbody", day, day + timedelta(days=1)) for day in _days(today)]
    changed += [_ensure("scim_logentry", first, _next_month(first)) for first in _months(today)]
    changed += _drop_before("scim_logbody", today - timedelta(days=settings.LOG_BODY_DAYS))
    return [name for name in changed if name]


def _days(today: date) -> list[date]:
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]


def _months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) <= MONTHS_AHEAD:
        months.append(_next_month(months[-1]))
    return months


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _ensure(table: str, start: date, end: date) -> str:
    """Make one partition; rows that the default partition took in its place move over."""
    name = f"{table}_{start:%Y%m%d}"
    if sql.fetch_one("SELECT to_regclass(%s)", [name]) != (None,):
        return ""
    quoted = connection.ops.quote_name(name)
    with transaction.atomic():
        sql.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", [])
        sql.execute(f"CREATE TABLE {quoted} (LIKE {table} INCLUDING DEFAULTS)", [])
        sql.execute(
            f"WITH moved AS (DELETE FROM {table}_default WHERE at >= %s AND at < %s RETURNING *) "
            f"INSERT INTO {quoted} SELECT * FROM moved",
            [start, end],
        )
        sql.execute(f"ALTER TABLE {table} ATTACH PARTITION {quoted} FOR VALUES FROM ('{start}') TO ('{end}')", [])
    return name


def _drop_before(table: str, day: date) -> list[str]:
    """Drop the partitions that end before `day`, and what the default partition holds from before it."""
    found = sql.fetch_all("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
    old = [name for (name,) in found if name[-8:].isdigit() and datetime.strptime(name[-8:], "%Y%m%d").date() < day]
    for name in old:
        sql.execute(f"DROP TABLE {connection.ops.quote_name(name)}", [])
    sql.execute(f"DELETE FROM {table}_default WHERE at < %s", [day])
    return old


def collect_reads() -> int:
    """Move the counts of past minutes from Redis to the database; how many rows they make."""
    redis = get_redis_connection("default")
    this_minute = int(timezone.now().timestamp() // 60)
    collected = 0
    for key in redis.scan_iter(f"{READS}:*"):
        if int(key.rsplit(b":", 1)[-1]) < this_minute:
            redis.renamenx(key, key.replace(READS.encode(), TAKEN.encode(), 1))
    for taken in redis.scan_iter(f"{TAKEN}:*"):  # those of a collection that was cut short as well
        collected += _store(int(taken.rsplit(b":", 1)[-1]), redis.hgetall(taken))
        redis.delete(taken)
    return collected


def _store(minute: int, counts: dict[bytes, bytes]) -> int:
    at = datetime.fromtimestamp(minute * 60, UTC)
    rows = []
    for name, count in counts.items():
        company, token, client, kind = name.decode("utf-8", "replace").split(":", 3)
        rows.append(
            ReadCount(
                company_id=int(company), token_id=int(token), minute=at, client=client, kind=kind, count=int(count)
            )
        )
    known = set(ApiToken.objects.filter(pk__in={row.token_id for row in rows}).values_list("pk", flat=True))
    rows = [row for row in rows if row.token_id in known]
    ReadCount.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
