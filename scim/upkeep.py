"""What keeps the provisioning log small and whole: partitions made ahead and dropped, and read counts collected."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import LockError

from scim.limits import READS, READS_KEPT
from teammates import sql

DAYS_AHEAD = 3
MONTHS_AHEAD = 2
LOCK_MILLISECONDS = 2_000  # a partition that cannot be made now is made an hour later, days before it is needed
TAKEN = "scim-taken-reads"
COLLECTING = "scim-collecting-reads"  # a lock
COLLECTING_SECONDS = 60  # until another process collects what one left that was killed
_DROP_READS = "DELETE FROM scim_readcount WHERE minute < %s"
_ADD_COUNTS = """
INSERT INTO scim_readcount (company_id, token_id, minute, client, kind, count)
SELECT t.company_id, t.id, %s, told.client, told.kind, told.number
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[]) told (company, token, client, kind, number)
JOIN teammates_apitoken t ON t.company_id = told.company AND t.id = told.token
ON CONFLICT (company_id, token_id, minute, client, kind) DO UPDATE SET count = scim_readcount.count + excluded.count
"""


def keep_partitions(today: date | None = None) -> list[str]:
    """Make the partitions of the coming days and months, drop what is past its time; the names of what changed."""
    today = today or timezone.now().date()
    changed = [_ensure("scim_logbody", day, _next_day(day)) for day in _days(today)]
    changed += [_ensure("scim_logentry", first, _next_month(first)) for first in _months(today)]
    changed += _drop_before("scim_logbody", today - timedelta(days=settings.LOG_BODY_DAYS), _next_day)
    if settings.LOG_DAYS:
        changed += _drop_before("scim_logentry", today - timedelta(days=settings.LOG_DAYS), _next_month)
    sql.execute(_DROP_READS, [today - timedelta(days=settings.LOG_READ_DAYS)])
    return [name for name in changed if name]


def _days(today: date) -> list[date]:
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]


def _months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) <= MONTHS_AHEAD:
        months.append(_next_month(months[-1]))
    return months


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _ensure(table: str, start: date, end: date) -> str:
    """Make one partition; rows that the default partition took in its place move over."""
    name = f"{table}_{start:%Y%m%d}"
    if _exists(name):
        return ""
    quoted = connection.ops.quote_name(name)
    with transaction.atomic():
        sql.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}", [])  # who waits here holds up every log entry
        sql.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", [])
        if _exists(name):
            return ""
        sql.execute(f"CREATE TABLE {quoted} (LIKE {table} INCLUDING DEFAULTS)", [])
        sql.execute(
            f"WITH moved AS (DELETE FROM {table}_default WHERE at >= %s AND at < %s RETURNING *) "
            f"INSERT INTO {quoted} SELECT * FROM moved",
            [start, end],
        )
        sql.execute(f"ALTER TABLE {table} ATTACH PARTITION {quoted} FOR VALUES FROM ('{start}') TO ('{end}')", [])
    return name


def _exists(table: str) -> bool:
    return sql.fetch_one("SELECT to_regclass(%s)", [table]) != (None,)


def _drop_before(table: str, day: date, end_of: Callable[[date], date]) -> list[str]:
    """Drop the partitions that end before `day`, and what the default partition holds from before it."""
    found = sql.fetch_all("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
    starts = {name: datetime.strptime(name[-8:], "%Y%m%d").date() for (name,) in found if name[-8:].isdigit()}
    old = [name for name, start in starts.items() if end_of(start) <= day]
    for name in old:
        sql.execute(f"DROP TABLE {connection.ops.quote_name(name)}", [])
    sql.execute(f"DELETE FROM {table}_default WHERE at < %s", [day])
    return old


def collect_reads() -> int:
    """Move the counts of reads from Redis to the database; how many rows they make.

    Those of the minute that runs as well: what is counted of it later is added. One process at a time does this.
    """
    redis = get_redis_connection("default")
    lock = redis.lock(COLLECTING, timeout=COLLECTING_SECONDS, blocking=False)
    if not lock.acquire():
        return 0
    try:
        for minute in _minutes_of(redis, READS):
            redis.renamenx(f"{READS}:{minute}", f"{TAKEN}:{minute}")
        collected = 0
        for minute in _minutes_of(redis, TAKEN):  # also those of a collection that was cut short
            collected += _store(minute, redis.hgetall(f"{TAKEN}:{minute}"))
            redis.delete(f"{TAKEN}:{minute}")
        return collected
    finally:
        with suppress(LockError):  # it took longer than the lock lasts
            lock.release()


def _minutes_of(redis: Redis, name: str) -> list[int]:
    """The minutes of which there are counts, asked for in one go: Redis may hold much else, for others too."""
    this_minute = int(timezone.now().timestamp() // 60)
    minutes = range(this_minute - READS_KEPT // 60 - 1, this_minute + 2)  # a server's clock may be ahead
    with redis.pipeline(transaction=False) as pipe:
        for minute in minutes:
            pipe.exists(f"{name}:{minute}")
        return [minute for minute, is_there in zip(minutes, pipe.execute(), strict=True) if is_there]


def _store(minute: int, counts: dict[bytes, bytes]) -> int:
    """Add counts of a minute to what is stored of it, in one statement."""
    told = [(*name.decode("utf-8", "replace").split(":", 3), int(count)) for name, count in sorted(counts.items())]
    columns = [list(column) for column in zip(*told, strict=True)] or [[]] * 5
    companies, tokens, clients, kinds, numbers = columns
    at = datetime.fromtimestamp(minute * 60, UTC)
    return sql.execute(_ADD_COUNTS, [at, [*map(int, companies)], [*map(int, tokens)], clients, kinds, numbers])
