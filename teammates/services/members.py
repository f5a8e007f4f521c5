"""The members of a teammate group: added, removed, replaced, confirmed by the identity provider.

Row by row, whatever the size of the group. The caller holds the group's own row (teammates.services.locks).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from teammates import rows, sql
from teammates.errors import UnknownMembers
from teammates.models import Company, Status, Teammate, TeammateGroup, fold
from teammates.public_ids import encode
from teammates.services import events
from teammates.services.events import Actor
from teammates.services.locks import lock_group
from teammates.services.notices import all_or_nothing, resolve_adoption

MOST_NAMED = 3  # people in a sentence
LARGE_GROUP = 10  # from this size on, losing more than half of the members is marked
MEMBERS_IN_EVENT = 1000


@dataclass
class MemberChange:
    """What is to happen to a group's members: `replace` empties first, then `remove` goes, then `add` comes.

    The ids are public ids, as the caller sent them.
    """

    replace: bool = False
    add: Sequence[str] = ()
    remove: Sequence[str] = ()


@dataclass
class MembersChanged:
    """What did happen: primary keys, and how many there were before when that was looked at."""

    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    confirmed: int = 0
    shrank_from: int | None = None


_ADD = """
WITH wanted AS (
    SELECT id FROM teammates_teammate
    WHERE company_id = %s AND id = ANY(%s) AND status <> 'deleted' AND removed_by_idp_at IS NULL
), put AS (
    INSERT INTO teammates_membership AS m (company_id, group_id, teammate_id, confirmed, created_at)
    SELECT %s, %s, id, %s, now() FROM wanted ORDER BY id
    ON CONFLICT (company_id, group_id, teammate_id) DO UPDATE SET confirmed = true
        WHERE excluded.confirmed AND NOT m.confirmed
    RETURNING teammate_id, xmax = 0 AS is_new
)
SELECT (SELECT array_agg(id) FROM wanted),
       (SELECT array_agg(teammate_id) FROM put WHERE is_new),
       (SELECT count(*) FROM put WHERE NOT is_new)
"""
_REMOVE = """
WITH gone AS (
    DELETE FROM teammates_membership WHERE company_id = %(company)s AND group_id = %(group)s
    AND teammate_id = ANY(%(wanted)s) RETURNING teammate_id
)
SELECT (SELECT array_agg(teammate_id) FROM gone),
       (SELECT count(*) FROM (
           SELECT 1 FROM teammates_membership WHERE company_id = %(company)s AND group_id = %(group)s LIMIT %(most)s
       ) before)
"""
_REMOVE_ALL_BUT = """
DELETE FROM teammates_membership m USING teammates_teammate t
WHERE m.company_id = %s AND m.group_id = %s AND t.company_id = m.company_id AND t.id = m.teammate_id
  AND t.status <> 'deleted' AND t.removed_by_idp_at IS NULL AND m.teammate_id <> ALL(%s)
RETURNING m.teammate_id
"""
_COUNT_UP_TO = """
SELECT count(*) FROM (
    SELECT 1 FROM teammates_membership WHERE company_id = %s AND group_id = %s LIMIT %s
) counted
"""


def change_members(group: TeammateGroup, steps: Sequence[MemberChange], actor: Actor) -> MembersChanged:
    total = MembersChanged()
    for step in steps:
        wanted = _teammate_ids(group.company_id, step.add)
        removed: list[int] = []
        before = 0
        if step.replace:
            removed = _ids(sql.fetch_all(_REMOVE_ALL_BUT, [group.company_id, group.pk, wanted]))
            before = len(removed) + _size_up_to(group, len(removed))
        elif step.remove:
            removed, before = _remove(group, step.remove)
        if len(removed) * 2 > before >= LARGE_GROUP:
            total.shrank_from = before
        total.removed += removed
        if wanted:
            total.confirmed += _add(group, wanted, actor, total)
    back = set(total.added) & set(total.removed)
    total.added = [pk for pk in total.added if pk not in back]
    total.removed = [pk for pk in total.removed if pk not in back]
    return total


def _add(group: TeammateGroup, wanted: list[int], actor: Actor, total: MembersChanged) -> int:
    row = sql.fetch_one(_ADD, [group.company_id, wanted, group.company_id, group.pk, actor.is_idp], prepared=True)
    known, added, confirmed = row or ([], [], 0)
    missing = set(wanted) - set(known or ())
    if missing:
        raise _unknown(group.company_id, missing)
    total.added += added or ()
    return int(confirmed)


def _unknown(company_id: int, missing: set[int]) -> UnknownMembers:
    """The refusal of members who are not here: those who were here once are told by name."""
    gone = []
    for person in Teammate.objects.filter(company=company_id, pk__in=missing).order_by("pk")[:MEMBERS_IN_EVENT]:
        missing = missing - {person.pk}
        ended = "was deleted" if person.status == Status.DELETED else "was removed by the identity provider"
        gone.append(f"{person.name} ({person.public_id}) {ended}")
    return UnknownMembers([encode(Teammate.prefix, pk) for pk in sorted(missing)], gone)


def _teammate_ids(company_id: int, public_ids: Sequence[str]) -> list[int]:
    ids = {public_id: Teammate.pk_of(public_id) for public_id in public_ids}
    unknown = [public_id for public_id, pk in ids.items() if pk is None]
    if unknown:
        raise _misnamed(company_id, unknown)
    return [pk for pk in ids.values() if pk is not None]


def _misnamed(company_id: int, values: list[str]) -> UnknownMembers:
    """The refusal of values that are no ids; a login or an id of the identity provider tells whom it meant."""
    names = [value for value in values if "\0" not in value]  # which no column holds
    people = Teammate.objects.filter(company=company_id, login_key__in=[fold(value) for value in names])
    people |= Teammate.objects.filter(company=company_id, external_id__in=names)
    said, told = [], set()
    for person in people.order_by("pk")[:MOST_NAMED]:
        meant = next(value for value in values if fold(value) == person.login_key or value == person.external_id)
        said.append(f"{meant} means {person.name}, whose id is {person.public_id}: name members by that")
        told.add(meant)
    return UnknownMembers([value for value in values if value not in told], said)


def _ids(found: list[tuple[Any, ...]]) -> list[int]:
    return [row[0] for row in found]


def _remove(group: TeammateGroup, public_ids: Sequence[str]) -> tuple[list[int], int]:
    """Remove these; who was a member, and how many members there were before, as far as that can be half of them."""
    wanted = [pk for pk in map(Teammate.pk_of, public_ids) if pk is not None]
    values = {"company": group.company_id, "group": group.pk, "wanted": wanted, "most": 2 * len(wanted)}
    removed, before = sql.fetch_one(_REMOVE, values, prepared=True) or (None, 0)
    return removed or [], before


def _size_up_to(group: TeammateGroup, most: int) -> int:
    row = sql.fetch_one(_COUNT_UP_TO, [group.company_id, group.pk, most])
    return row[0] if row else 0


def remove_unconfirmed_members(
    company: Company, pk: int, *, actor: Actor, only: Sequence[int] | None = None
) -> TeammateGroup:
    """Remove the members of an adopted group that the identity provider never named. only: some of them, by key.

    The one change of members that an IdP-managed group allows here (guide, part 5, warning).
    """
    with all_or_nothing(company.pk):
        group = lock_group(company.pk, pk)
        removed = _ids(
            sql.fetch_all(
                "DELETE FROM teammates_membership WHERE company_id = %s AND group_id = %s AND NOT confirmed "
                "AND (%s OR teammate_id = ANY(%s)) RETURNING teammate_id",
                [company.pk, pk, only is None, list(only or ())],
            )
        )
        if removed:
            rows.update(group, [])
            change = MembersChanged(removed=removed)
            data = {**members_for_event(change), "unconfirmed": True}
            events.append(company.pk, "group.updated", actor, subject=group.public_id, name=group.name, data=data)
            resolve_adoption(group)
        return group


def members_for_event(change: MembersChanged) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, ids in (("members_added", change.added), ("members_removed", change.removed)):
        if ids:
            data[key] = [encode(Teammate.prefix, pk) for pk in ids[:MEMBERS_IN_EVENT]]
            data[key + "_count"] = len(ids)
    if change.confirmed:
        data["members_confirmed"] = change.confirmed
    return data


def names_in_words(company_id: int, pks: Sequence[int]) -> str:
    """Who they are: the first few by name, the others by their number."""
    people = Teammate.objects.filter(company=company_id, pk__in=pks[:MOST_NAMED]).order_by("pk")
    more = len(pks) - MOST_NAMED
    return ", ".join(person.name for person in people) + (f" and {more} more" if more > 0 else "")
