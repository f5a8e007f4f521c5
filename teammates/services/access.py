"""Access to workspaces and inboxes: granted, taken back, and who reaches what because of it."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db import transaction

from teammates import sql
from teammates.models import AccessGrant, GrantSource, Inbox, Teammate, TeammateGroup, Workspace
from teammates.public_ids import encode
from teammates.services import events
from teammates.services.events import Actor

Place = Workspace | Inbox

_REACH = """
SELECT DISTINCT given.teammate_id, inbox.id AS inbox_id
FROM (
    SELECT teammate_id, workspace_id, inbox_id
    FROM teammates_accessgrant
    WHERE company_id = %(company)s AND teammate_id IS NOT NULL AND {own}
    UNION ALL
    SELECT member.teammate_id, granted.workspace_id, granted.inbox_id
    FROM teammates_accessgrant granted
    JOIN teammates_membership member
      ON member.company_id = granted.company_id AND member.group_id = granted.group_id
    WHERE granted.company_id = %(company)s AND {by_group}
) given
JOIN teammates_teammate teammate
  ON teammate.company_id = %(company)s AND teammate.id = given.teammate_id AND teammate.status <> 'deleted'
JOIN teammates_inbox inbox
  ON inbox.company_id = %(company)s
 AND (inbox.id = given.inbox_id OR (inbox.workspace_id = given.workspace_id AND NOT inbox.is_private))
"""
_RECOMPUTE = """
WITH reach AS ({reach}), lost AS (
    DELETE FROM teammates_inboxaccess access
    WHERE access.company_id = %(company)s AND {known}
      AND NOT EXISTS (
        SELECT 1 FROM reach WHERE reach.teammate_id = access.teammate_id AND reach.inbox_id = access.inbox_id)
    RETURNING 1
), won AS (
    INSERT INTO teammates_inboxaccess (company_id, teammate_id, inbox_id)
    SELECT %(company)s, teammate_id, inbox_id FROM reach
    ON CONFLICT (company_id, teammate_id, inbox_id) DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM won), (SELECT count(*) FROM lost)
"""


def _statement(one_by_one: bool) -> str:
    chosen = "{}teammate_id = ANY(%(teammates)s)" if one_by_one else "true"
    reach = _REACH.format(own=chosen.format(""), by_group=chosen.format("member."))
    return _RECOMPUTE.format(reach=reach, known=chosen.format("access."))


_FOR_SOME, _FOR_ALL = _statement(True), _statement(False)


def recompute_access(company_id: int, teammate_ids: Collection[int] | None = None) -> tuple[int, int]:
    """Bring "who reaches which inbox" in line with the grants: own, by template and by group together.

    teammate_ids: whose; None for everybody in the company. Returns how many reaches were won and lost.
    Safe to repeat and to run twice at once: runs for one company follow each other, and each reads afresh.
    """
    params: dict[str, Any] = {"company": company_id, "teammates": list(teammate_ids or ())}
    with transaction.atomic():
        sql.execute("SELECT pg_advisory_xact_lock(hashtext('recompute_access'), %s)", [company_id % 2**31])
        row = sql.fetch_one(_FOR_ALL if teammate_ids is None else _FOR_SOME, params)
    return (row[0], row[1]) if row else (0, 0)


def set_grants(
    holder: Teammate | TeammateGroup,
    workspaces: Collection[Workspace],
    inboxes: Collection[Inbox],
    *,
    actor: Actor,
) -> None:
    """Make these the workspaces and inboxes that were granted to a teammate (as their own) or to a group.

    Access is open to edit in IdP-managed groups too: it is what the product adds to them.
    """
    wanted: list[Place] = [*workspaces, *inboxes]
    _regrant(holder, lambda present: {_key(place) for place in wanted}, actor)


def change_grants(
    holder: Teammate | TeammateGroup,
    *,
    grant: Collection[Place] = (),
    take: Collection[Place] = (),
    actor: Actor,
) -> None:
    """Grant some places and take others back, whatever else is granted. Nothing happens twice."""
    granted, taken = {_key(place) for place in grant}, {_key(place) for place in take}
    _regrant(holder, lambda present: (present - taken) | granted, actor)


def _key(place: Place) -> tuple[str, int]:
    return ("workspace" if isinstance(place, Workspace) else "inbox", place.pk)


def _regrant(
    holder: Teammate | TeammateGroup, decide: Callable[[set[tuple[str, int]]], set[tuple[str, int]]], actor: Actor
) -> None:
    """Bring the holder's own grants to what `decide` makes of the present ones, under the holder's lock."""
    key, company_id = ("teammate", holder.tenant_id) if isinstance(holder, Teammate) else ("group", holder.company_id)
    with transaction.atomic():
        type(holder)._base_manager.select_for_update(no_key=True).filter(pk=holder.pk).first()
        present = AccessGrant.objects.filter(company_id=company_id, source=GrantSource.OWN, **{key: holder})
        before = {("workspace", g.workspace_id) if g.workspace_id else ("inbox", g.inbox_id or 0): g for g in present}
        wanted = decide(set(before))
        gone = sorted(set(before) - wanted)
        new = sorted(wanted - set(before))
        if not gone and not new:
            return
        AccessGrant.objects.filter(pk__in=[before[place].pk for place in gone]).delete()
        AccessGrant.objects.bulk_create(
            [
                AccessGrant(company_id=company_id, source=GrantSource.OWN, **{key: holder, f"{kind}_id": pk})
                for kind, pk in new
            ],
            ignore_conflicts=True,
        )
        data = {"granted": _public_ids(new), "taken": _public_ids(gone)}
        events.append(
            company_id, f"{key}.access_changed", actor,
            subject=holder.public_id, name=holder.name, data=data,
        )  # fmt: skip


def _public_ids(places: Iterable[tuple[str, int]]) -> list[str]:
    prefixes = {"workspace": Workspace.prefix, "inbox": Inbox.prefix}
    return [encode(prefixes[kind], pk) for kind, pk in places]


def copy_grants_to(
    teammate: Teammate, workspaces: Collection[int], inboxes: Collection[int], *, source: GrantSource
) -> None:
    """Grant workspaces and inboxes (by primary key) to a new teammate, as coming from `source`."""
    AccessGrant.objects.bulk_create(
        [
            *(
                AccessGrant(company_id=teammate.tenant_id, teammate=teammate, workspace_id=pk, source=source)
                for pk in workspaces
            ),
            *(
                AccessGrant(company_id=teammate.tenant_id, teammate=teammate, inbox_id=pk, source=source)
                for pk in inboxes
            ),
        ],
        ignore_conflicts=True,
    )
