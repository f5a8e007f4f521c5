"""Watching over the connections of identity providers: failing and silent ones raise a notice, healthy ones end it."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from scim.cycles import QUIET_AFTER, Connection, Cycle, State, connection_state
from scim.models import Client
from teammates import sql
from teammates.models import Company, NoticeKind, Scope
from teammates.services import notices

FAILING, SILENT = NoticeKind.PROVISIONING_FAILING, NoticeKind.PROVISIONING_SILENT
PAGE = 500
# These send something when there is something to send; their silence means nothing.
PUSHING = frozenset({Client.OKTA, Client.ONELOGIN, Client.RIPPLING, Client.JUMPCLOUD})

# Companies that were connected and of which something may be new: a recent request, a silence nobody was told of, or
# a failure that goes on. Companies that have been silent for long are known to be, and cost nothing.
_WATCHED = """
SELECT c.id FROM teammates_company c
JOIN LATERAL (
    SELECT max(last_used_at) AS used FROM teammates_apitoken t
    WHERE t.company_id = c.id AND t.scopes @> ARRAY[%(scope)s]::varchar[]
) t ON t.used IS NOT NULL
WHERE c.id > %(after)s AND (
    t.used > %(recently)s
    OR NOT EXISTS (SELECT FROM teammates_notice n
                   WHERE n.kind = %(silent)s AND n.company_id = c.id AND n.resolved_at IS NULL)
    OR EXISTS (SELECT FROM teammates_notice n
               WHERE n.kind = %(failing)s AND n.company_id = c.id AND n.resolved_at IS NULL)
)
ORDER BY c.id LIMIT %(most)s
"""


def watch_connections(now: datetime | None = None) -> int:
    """Look at each connection in use, one bounded statement each; how many there were. Safe to run twice at once."""
    now = now or timezone.now()
    params: dict[str, Any] = {
        "scope": Scope.AUTO_PROVISIONING, "silent": SILENT, "failing": FAILING, "recently": now - 2 * QUIET_AFTER,
        "most": PAGE, "after": 0,
    }  # fmt: skip
    seen = 0
    while found := [pk for (pk,) in sql.fetch_all(_WATCHED, params)]:
        for company in Company.objects.filter(pk__in=found):
            _look_at(company, now)
        seen += len(found)
        params["after"] = found[-1]
    return seen


def _look_at(company: Company, now: datetime) -> None:
    connection = connection_state(company, now=now)
    match connection.state:
        case State.FAILING:
            notices.hold([(company.pk, FAILING, "", _failure(connection))])
            notices.resolve(company.pk, SILENT)
        case State.QUIET if connection.last is not None:
            if not _may_connect(company):
                notices.resolve(company.pk, SILENT, FAILING)
            elif connection.last.client not in PUSHING:
                notices.hold([(company.pk, SILENT, "", _silence(connection.last))])
        case State.HEALTHY | State.WAITING:
            notices.resolve(company.pk, SILENT, FAILING)


def _may_connect(company: Company) -> bool:
    """A company that revoked its tokens, or whose plan ended, is silent on purpose."""
    tokens = company.api_tokens.filter(scopes__contains=[Scope.AUTO_PROVISIONING])
    return company.scim_allowed and tokens.usable().exists()


def _failure(connection: Connection) -> str:
    cycle = connection.last
    assert cycle is not None
    error = cycle.last_error or cycle.first_error
    said = f" The last: {error.text}" if error else ""
    if cycle.is_denied:
        return f"{_client(cycle)} is refused as a whole, with the token {cycle.token_name}.{said}"
    wrong, all_writes = cycle.refused + cycle.failed, cycle.refused + cycle.failed + cycle.changes + cycle.unchanged
    return f"{wrong} of {all_writes} changes by {_client(cycle)} were refused in one cycle.{said}"


def _silence(cycle: Cycle) -> str:
    moment = date_format(cycle.ended, "DATETIME_FORMAT")
    return (
        f"{_client(cycle)} has sent nothing since {moment}, for two provisioning cycles or longer (token "
        f"{cycle.token_name})."
    )


def _client(cycle: Cycle) -> str:
    return "The identity provider" if cycle.client == Client.OTHER else str(cycle.client.label)
