"""The provisioning log seen from afar: cycles with their sums, sums by day, and how the connection is doing.

A cycle is a burst of requests with one token: Entra comes every 40 minutes or so, does what there is to do, and falls
silent. Reads count as well, so a cycle that found nothing to change is still seen.

Each function asks the database once and looks at a bounded number of rows, whatever the size of the log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from scim.models import BEYOND_THE_LOG, Client, LogEntry
from teammates import sql
from teammates.models import Company, Scope

SILENCE = timedelta(minutes=5)  # ends a cycle
QUIET_AFTER = timedelta(minutes=80)  # two of Entra's cycles
FAILING_SHARE = 0.4  # of a cycle's writes; above it Entra puts a job into quarantine, once there are many
FAILING_FROM = 5  # refusals in a cycle; a few are everyday life
MOST_ROWS = 50_000  # entries, and as many counts of reads, that one page looks at
STATE_ROWS = 5_000  # that tell how a connection is doing
SPARE = 50  # cycles of other tokens that may lie beside those of a page
DAY_KEPT = 40 * 24 * 3600  # seconds that the sums of a day that is over are remembered

_SUMS = """
    count(*) FILTER (WHERE kinds ? 'teammate.created') AS created,
    count(*) FILTER (WHERE kinds ?| ARRAY['teammate.updated', 'teammate.restored']
                       AND NOT kinds ? 'teammate.created') AS updated,
    count(*) FILTER (WHERE kinds ?| ARRAY['teammate.blocked', 'teammate.removed_by_idp']) AS blocked,
    count(*) FILTER (WHERE kinds ? 'teammate.unblocked') AS unblocked,
    count(*) FILTER (WHERE kinds::text LIKE '%%"group.%%') AS groups,
    count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
    count(*) FILTER (WHERE outcome = 'refused') AS refused,
    count(*) FILTER (WHERE outcome = 'failed') AS failed
"""
_WRONG = "outcome IN ('refused', 'failed')"
_CYCLES = f"""
WITH entries AS MATERIALIZED (
    SELECT id, at, token_id, token_name, client, status, milliseconds, outcome, kinds
    FROM scim_logentry WHERE company_id = %(company)s AND at < %(before)s
    ORDER BY at DESC, id DESC LIMIT %(most)s
), reads AS MATERIALIZED (
    SELECT token_id, minute, client, kind, count
    FROM scim_readcount WHERE company_id = %(company)s AND minute < %(before)s
    ORDER BY minute DESC LIMIT %(most)s
), floor AS MATERIALIZED (  -- what is older was not looked at
    SELECT coalesce(greatest((SELECT CASE WHEN count(*) = %(most)s THEN min(at) END FROM entries),
                             (SELECT CASE WHEN count(*) = %(most)s THEN min(minute) END FROM reads)),
                    '-infinity') AS at
), minutes AS (
    SELECT token_id, max(token_name) AS token_name, min(at) AS first, max(at) AS last, max(at) AS silent_from,
           mode() WITHIN GROUP (ORDER BY client) FILTER (WHERE client <> 'other') AS client, 0 AS reads, {_SUMS},
           max(milliseconds) AS slowest, min(id) FILTER (WHERE {_WRONG}) AS first_error,
           max(id) FILTER (WHERE {_WRONG}) AS last_error, max(id) AS last_entry, NULL::timestamptz AS last_read
    FROM entries WHERE at > (SELECT at FROM floor) GROUP BY token_id, date_trunc('minute', at)
    UNION ALL
    SELECT token_id, NULL, minute, minute, minute + interval '1 minute',
           mode() WITHIN GROUP (ORDER BY client) FILTER (WHERE client <> 'other'),
           coalesce(sum(count) FILTER (WHERE kind <> %(beyond)s), 0), 0, 0, 0, 0, 0, 0,
           coalesce(sum(count) FILTER (WHERE kind = %(beyond)s), 0), 0,
           NULL, NULL, NULL, NULL, CASE WHEN bool_or(kind <> %(beyond)s) THEN minute END
    FROM reads WHERE minute > (SELECT at FROM floor) GROUP BY token_id, minute
), marked AS (
    SELECT *, coalesce(first - max(silent_from) OVER (PARTITION BY token_id ORDER BY first, last
                                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                       > %(silence)s, false)::int AS begins
    FROM minutes
), numbered AS (
    SELECT *, sum(begins) OVER (PARTITION BY token_id ORDER BY first, last ROWS UNBOUNDED PRECEDING) AS number
    FROM marked
), cycle AS (
    SELECT token_id, max(token_name) AS token_name, min(first) AS started, max(last) AS ended,
           mode() WITHIN GROUP (ORDER BY client) AS client,
           sum(reads)::bigint AS reads, sum(created)::bigint AS created, sum(updated)::bigint AS updated,
           sum(blocked)::bigint AS blocked, sum(unblocked)::bigint AS unblocked, sum(groups)::bigint AS groups,
           sum(unchanged)::bigint AS unchanged, sum(refused)::bigint AS refused, sum(failed)::bigint AS failed,
           max(slowest) AS slowest, min(first_error) AS first_error, max(last_error) AS last_error,
           max(last_entry) AS last_entry, max(last_read) AS last_read
    FROM numbered GROUP BY token_id, number ORDER BY ended DESC, token_id DESC LIMIT %(cycles)s
)
SELECT c.started, c.ended, c.token_id, coalesce(c.token_name, t.name, ''), coalesce(c.client, 'other'), c.reads,
       c.created, c.updated, c.blocked, c.unblocked, c.groups, c.unchanged, c.refused, c.failed, c.slowest,
       e.status IN (401, 403) AND (c.last_read IS NULL OR c.last_read <= e.at),
       f.id, f.at, f.status, f.text, l.id, l.at, l.status, l.text, nullif((SELECT at FROM floor), '-infinity')
FROM cycle c
LEFT JOIN teammates_apitoken t ON t.id = c.token_id
LEFT JOIN scim_logentry e ON e.company_id = %(company)s AND e.id = c.last_entry AND e.at BETWEEN c.started AND c.ended
LEFT JOIN scim_logentry f ON f.company_id = %(company)s AND f.id = c.first_error AND f.at BETWEEN c.started AND c.ended
LEFT JOIN scim_logentry l ON l.company_id = %(company)s AND l.id = c.last_error AND l.at BETWEEN c.started AND c.ended
ORDER BY c.ended DESC, c.token_id DESC
"""
_FACTS = (
    "started", "ended", "token_id", "token_name", "client", "reads", "created", "updated", "blocked", "unblocked",
    "groups", "unchanged", "refused", "failed", "slowest", "is_denied",
)  # fmt: skip
_DAYS = f"""
SELECT day, sum(created)::int, sum(updated)::int, sum(blocked)::int, sum(refused)::int FROM (
    SELECT (at AT TIME ZONE 'UTC')::date AS day, {_SUMS} FROM scim_logentry
    WHERE company_id = %(company)s AND at >= %(since)s GROUP BY 1
    UNION ALL
    SELECT (minute AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 0, sum(count), 0 FROM scim_readcount
    WHERE company_id = %(company)s AND minute >= %(since)s AND kind = %(beyond)s GROUP BY 1
) days GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the log that a cycle points at."""

    public_id: str
    at: datetime
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """A burst of requests with one token, and what came of them.

    started, ended: its first and its last request; to the minute where those were reads. The sums count requests: one
    that updated a person and unblocked them counts in both. slowest: milliseconds of the slowest that is in the log.
    is_denied: the last thing it met was a refusal of the connection itself (401, 403). is_cut: it is longer than one
    look reaches back, and its beginning is a cycle of the next page.
    """

    started: datetime
    ended: datetime
    token_id: int
    token_name: str
    client: Client
    reads: int
    created: int
    updated: int
    blocked: int
    unblocked: int
    groups: int
    unchanged: int
    refused: int
    failed: int
    slowest: int | None
    is_denied: bool
    first_error: Told | None
    last_error: Told | None
    is_cut: bool = False

    @property
    def changes(self) -> int:
        """What was changed of people and groups."""
        return self.created + self.updated + self.blocked + self.unblocked + self.groups

    @property
    def may_go_on(self) -> bool:
        """Whether its token has not been silent for long enough to be done: the sums are those so far.

        The last reads may also be a few seconds on their way (scim.limits). Their minute is all that is known of them.
        """
        return timezone.now() - self.ended < SILENCE + timedelta(minutes=1)

    @property
    def is_failing(self) -> bool:
        """Whether more was refused than everyday life explains."""
        wrong = self.refused + self.failed
        return wrong >= FAILING_FROM and wrong > FAILING_SHARE * (wrong + self.changes + self.unchanged)


@dataclass(frozen=True, slots=True)
class CyclePage:
    """Cycles, the latest first. earlier: the `before` of the next page; None when this is the last."""

    cycles: Sequence[Cycle]
    earlier: datetime | None


def recent_cycles(
    company: Company, *, before: datetime | None = None, limit: int = 20, most: int | None = None
) -> CyclePage:
    """A page of the company's cycles that ended before that moment (now).

    A page holds `limit` cycles, and a few more where tokens were used at the same time: pages meet at a moment at
    which no cycle of any token ran, so that none is torn apart. most: how many entries to look at (MOST_ROWS).
    """
    params = {
        "company": company.pk,
        "before": before or timezone.now() + timedelta(minutes=1),  # another machine's clock may be ahead
        "most": most or MOST_ROWS,
        "silence": SILENCE,
        "cycles": limit + SPARE,
        "beyond": BEYOND_THE_LOG,
    }
    rows = sql.fetch_all(_CYCLES, params)
    floor: datetime | None = rows[0][-1] if rows else None
    has_more = floor is not None or len(rows) == limit + SPARE
    taken: list[Cycle] = []
    start: datetime | None = None
    for row in rows:
        cycle = _cycle(row, floor)
        if start is not None and cycle.ended < start and (len(taken) >= limit or cycle.is_cut):
            return CyclePage(taken, start)
        taken.append(cycle)
        start = cycle.started if start is None else min(start, cycle.started)
    if floor is not None and any(cycle.is_cut for cycle in taken):
        return CyclePage(taken, floor + timedelta(microseconds=1))
    return CyclePage(taken, start if has_more else None)


def _cycle(row: Sequence[Any], floor: datetime | None) -> Cycle:
    *facts, first, first_at, first_status, first_text, last, last_at, last_status, last_text, _ = row
    sums = dict(zip(_FACTS, facts, strict=True))
    return Cycle(
        **sums | {"client": Client(sums["client"]), "is_denied": bool(sums["is_denied"])},
        first_error=_told(first, first_at, first_status, first_text),
        last_error=_told(last, last_at, last_status, last_text),
        is_cut=floor is not None and sums["started"] - floor <= SILENCE + timedelta(minutes=1),
    )


def _told(pk: int | None, at: datetime, status: int, text: str) -> Told | None:
    return None if pk is None else Told(LogEntry(pk=pk).public_id, at, status, text)


class State(models.TextChoices):
    NEVER = "never", _("Never connected")
    HEALTHY = "healthy", _("Connected")
    QUIET = "quiet", _("Quiet")
    FAILING = "failing", _("Failing")
    WAITING = "waiting", _("Waiting")


@dataclass(frozen=True, slots=True)
class Connection:
    """How the identity provider's connection is doing.

    last: the cycle this is told from. denied: a cycle of another token that was refused as such (revoked, expired,
    without the scope) while `last` went well: somewhere an old token is still entered.
    """

    state: State
    last: Cycle | None = None
    denied: Cycle | None = None


def connection_state(company: Company, *, now: datetime | None = None) -> Connection:
    """Never connected, healthy, quiet for two cycles, or failing: refused as a whole, or in too many requests.

    Waiting is what was refused as a whole for a reason that is gone since: the next request will be let in.

    Told from the latest STATE_ROWS entries, so that it is cheap enough for every page; `last` may be cut for that.
    """
    now = now or timezone.now()
    cycles = recent_cycles(company, limit=10, most=STATE_ROWS).cycles
    denied = next((cycle for cycle in cycles if cycle.is_denied), None)
    good = next((cycle for cycle in cycles if not cycle.is_denied), None)
    if denied is not None and (good is None or _is_over(good, denied, now)):
        return Connection(State.WAITING if _is_put_right(company, denied) else State.FAILING, denied)
    if good is None:
        return Connection(State.NEVER)
    if denied is not None and (denied.token_id == good.token_id or now - denied.ended >= QUIET_AFTER):
        denied = None  # that is over
    if now - good.ended >= QUIET_AFTER:
        return Connection(State.QUIET, good, denied)
    return Connection(State.FAILING if good.is_failing else State.HEALTHY, good, denied)


def _is_over(good: Cycle, denied: Cycle, now: datetime) -> bool:
    """Whether what went well is past: its own token is refused since, or another one while it has gone quiet."""
    return good.ended < denied.ended and (good.token_id == denied.token_id or now - good.ended >= QUIET_AFTER)


def _is_put_right(company: Company, denied: Cycle) -> bool:
    """Whether the same token would be let in now: the plan allows it, and it is neither ended nor without the scope."""
    if not company.scim_allowed:
        return False
    tokens = company.api_tokens.filter(scopes__contains=[Scope.AUTO_PROVISIONING])
    return tokens.usable().filter(pk=denied.token_id).exists()


@dataclass(frozen=True, slots=True)
class DaySums:
    """What came of the writes of one day (UTC)."""

    day: date
    created: int = 0
    updated: int = 0
    blocked: int = 0
    refused: int = 0


def day_sums(company: Company, days: int = 30) -> list[DaySums]:
    """The sums of the last days, today's last. Those of days that are over are remembered and not asked for again."""
    now = timezone.now().astimezone(UTC)
    today = now.date()
    wanted = [today - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
    known = _remembered(company, wanted[:-1])
    first = next(day for day in wanted if day not in known)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    found = sql.fetch_all(_DAYS, {"company": company.pk, "since": since, "beyond": BEYOND_THE_LOG})
    sums = {row[0]: DaySums(*row) for row in found}
    result = [known.get(day) or sums.get(day) or DaySums(day) for day in wanted]
    over = (now - timedelta(hours=1)).date()  # for a while, something of yesterday may still be on its way
    _remember(company, [day for day in result if day.day < over and day.day not in known])
    return result


def _key(company: Company, day: date) -> str:
    return f"scim-day:{company.pk}:{day:%Y%m%d}"


def _remembered(company: Company, days: Sequence[date]) -> dict[date, DaySums]:
    try:
        found = cache.get_many([_key(company, day) for day in days])
    except (ConnectionInterrupted, RedisError, OSError):
        return {}
    return dict(_days_of(found.values()))


def _days_of(stored: Any) -> Iterator[tuple[date, DaySums]]:
    for text, *numbers in stored:
        day = date.fromisoformat(text)
        yield day, DaySums(day, *numbers)


def _remember(company: Company, days: Sequence[DaySums]) -> None:
    if not days:
        return
    rows = {_key(company, d.day): (d.day.isoformat(), d.created, d.updated, d.blocked, d.refused) for d in days}
    try:
        cache.set_many(rows, DAY_KEPT)
    except (ConnectionInterrupted, RedisError, OSError):
        return  # the next reader asks the database again
