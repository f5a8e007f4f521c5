"""Teammate groups: created, adopted, changed and deleted, here or by the identity provider.

The group's own row is locked first, so that changes to one group follow each other and each sees the one before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from teammates import rows, sql
from teammates.errors import (
    GroupIsManaged,
    GroupNameTaken,
    GroupSyncDisabled,
    InvalidValue,
)
from teammates.models import Company, Management, NoticeKind, Teammate, TeammateGroup, fold
from teammates.models.group import NAME_LENGTH
from teammates.public_ids import encode
from teammates.services import events
from teammates.services.events import Actor
from teammates.services.locks import lock_group
from teammates.services.members import (
    MEMBERS_IN_EVENT,
    MemberChange,
    MembersChanged,
    change_members,
    members_for_event,
    names_in_words,
)
from teammates.services.notices import all_or_nothing, raise_notice, resolve_adoption

LONGEST_KEY = 2600  # bytes; an index of PostgreSQL takes 2,704 in all
CHANGEABLE = frozenset({"name", "description", "external_id"})

GroupDecision = Callable[[TeammateGroup], tuple[Mapping[str, Any], Sequence[MemberChange]]]


# --- creating ----------------------------------------------------------------------------------------------------


def create_group(
    company: Company, draft: TeammateGroup, members: Sequence[str] | None = None, *, actor: Actor
) -> TeammateGroup:
    """Create the group that `draft` (unsaved) describes, or let the identity provider adopt the one of that name.

    members: public ids; None leaves the members of an adopted group as they are, a list replaces them.
    Raises GroupSyncDisabled, GroupNameTaken (also when the name is IdP-managed already), UnknownMembers.
    """
    _check_sync(company, actor)
    draft.company = company
    with all_or_nothing(company.pk):
        if actor.is_idp:
            draft.management = Management.IDP
            draft.description_from_idp = bool(draft.description)
            draft.last_synced_at = timezone.now()
        draft.name_key = _key_of(draft.name)
        group = rows.insert(draft)
        if group is None:
            return _adopt_by_name(company, draft, members, actor)
        change = change_members(group, [MemberChange(add=members or ())], actor)
        data = {"after": _for_event(group), **members_for_event(change)}
        events.append(company.pk, "group.created", actor, subject=group.public_id, name=group.name, data=data)
        return group


def _key_of(name: str) -> str:
    """What the name is compared by. Raises InvalidValue for none, and for one that is longer than an index holds."""
    key = fold(name)
    if not key:
        raise InvalidValue("name", "A teammate group needs a name (displayName).")
    if len(name) > NAME_LENGTH or len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
        text = f"The name of the teammate group is too long: {NAME_LENGTH} characters at most, fewer in some scripts."
        raise InvalidValue("name", text)
    return key


def _adopt_by_name(
    company: Company, draft: TeammateGroup, members: Sequence[str] | None, actor: Actor
) -> TeammateGroup:
    row = sql.fetch_one(
        "SELECT id FROM teammates_teammategroup WHERE company_id = %s AND name_key = %s", [company.pk, draft.name_key]
    )
    if row is None or not actor.is_idp:
        raise GroupNameTaken(draft.name)
    group = lock_group(company.pk, row[0])
    if group.management == Management.IDP:
        raise GroupNameTaken(draft.name)
    changes = {"name": draft.name, "external_id": draft.external_id}
    if draft.description:
        changes["description"] = draft.description
    steps = [] if members is None else [MemberChange(replace=True, add=members)]
    return _change(company, group, changes, steps, actor)


# --- changing ----------------------------------------------------------------------------------------------------


def update_group(
    company: Company,
    pk: int,
    changes: Mapping[str, Any] | GroupDecision,
    members: Sequence[MemberChange] = (),
    *,
    actor: Actor,
) -> TeammateGroup:
    """Apply what differs: fields (see CHANGEABLE) and members, all or nothing.

    changes: fields by name, or a function that gets the locked group and returns fields and member changes.
    The identity provider's first write to a group makes it IdP-managed; after that nobody else may change name or
    members. Raises NotFoundInCompany, GroupSyncDisabled, GroupIsManaged, GroupNameTaken, UnknownMembers.
    """
    _check_sync(company, actor)
    with all_or_nothing(company.pk):
        group = lock_group(company.pk, pk)
        group.company = company
        if callable(changes):
            changes, members = changes(group)
        return _change(company, group, changes, members, actor)


def _check_sync(company: Company, actor: Actor) -> None:
    if actor.is_idp and not company.group_sync_enabled:
        raise GroupSyncDisabled


def _change(
    company: Company, group: TeammateGroup, changes: Mapping[str, Any], steps: Sequence[MemberChange], actor: Actor
) -> TeammateGroup:
    before = _for_event(group)
    changed = {name for name, value in changes.items() if getattr(group, name) != value}
    if changed - CHANGEABLE:
        raise AssertionError(f"update_group cannot change {changed - CHANGEABLE}")
    if not actor.is_idp:
        refuse_if_managed(company, group, changed, steps)
    for name in changed:
        setattr(group, name, changes[name])
    adopted = actor.is_idp and group.management != Management.IDP
    if adopted:
        group.management = Management.IDP
        changed.add("management")
    if "name" in changed:
        group.name_key = _key_of(group.name)
        changed.add("name_key")
    if actor.is_idp and "description" in changed and not group.description_from_idp:
        group.description_from_idp = True
        changed.add("description_from_idp")
    change = change_members(group, steps, actor)
    moved = bool(change.added or change.removed)
    if not (changed or moved or change.confirmed):
        return group
    if actor.is_idp:
        group.last_synced_at = timezone.now()
        changed.add("last_synced_at")
    update = partial(rows.update, group, changed, new_version=moved or bool(changed - {"last_synced_at"}))
    told = _told(group, before, change, adopted)
    if "name" in changed:
        _rename(group, update)
        events.append_many(company.pk, told, actor)
    else:
        events.append_many(company.pk, told, actor, run=lambda event: update(along=[event]))
    if change.confirmed and not adopted:
        resolve_adoption(group)
    return group


def refuse_if_managed(
    company: Company, group: TeammateGroup, changed: Iterable[str], steps: Sequence[MemberChange] = ()
) -> None:
    """Everything but access (and a description the IdP never sent) is locked in an IdP-managed group."""
    group.company = company
    if not group.is_idp_managed:
        return
    if "name" in changed:
        raise GroupIsManaged(group.name, "its name cannot be changed")
    if steps:
        raise GroupIsManaged(group.name, "its members cannot be changed")
    if "description" in changed and group.description_from_idp:
        raise GroupIsManaged(group.name, "its description cannot be changed")


def _rename(group: TeammateGroup, update: Callable[[], object]) -> None:
    try:
        with transaction.atomic():  # a savepoint, for the name can clash with another group
            update()
    except IntegrityError as error:
        if "group_name_taken" in str(error):
            raise GroupNameTaken(group.name) from error
        raise


# --- deleting ----------------------------------------------------------------------------------------------------


def delete_group(
    company: Company, pk: int, *, actor: Actor, check: Callable[[TeammateGroup], None] | None = None
) -> None:
    """Delete the group and the access it gave; the event keeps name, members and access, to rebuild it from.

    check: called with the locked group before anything changes.
    Raises NotFoundInCompany, GroupSyncDisabled, GroupIsManaged.
    """
    _check_sync(company, actor)
    with all_or_nothing(company.pk):
        group = lock_group(company.pk, pk)
        group.company = company
        if check is not None:
            check(group)
        if not actor.is_idp and group.is_idp_managed:
            raise GroupIsManaged(group.name, "it cannot be deleted")
        members = sql.fetch_all(
            "SELECT teammate_id FROM teammates_membership WHERE company_id = %s AND group_id = %s ORDER BY 1",
            [company.pk, pk],
        )
        access = sql.fetch_all(
            "SELECT workspace_id, inbox_id FROM teammates_accessgrant WHERE company_id = %s AND group_id = %s",
            [company.pk, pk],
        )
        ids = [encode(Teammate.prefix, member) for (member,) in members]
        data = {
            "before": _for_event(group),
            "members": ids,
            "members_removed": ids[:MEMBERS_IN_EVENT],  # by which it is found for each of them
            "access": [encode("tim", workspace) if workspace else encode("inb", inbox) for workspace, inbox in access],
        }
        events.append(company.pk, "group.deleted", actor, subject=group.public_id, name=group.name, data=data)
        sql.execute("DELETE FROM teammates_teammategroup WHERE company_id = %s AND id = %s", [company.pk, pk])


# --- what is recorded --------------------------------------------------------------------------------------------


def _for_event(group: TeammateGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "description": group.description,
        "external_id": group.external_id,
        "management": str(group.management),
    }


def _told(
    group: TeammateGroup, before: dict[str, Any], change: MembersChanged, adopted: bool
) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The events of a change, as `events.append_many` takes them; raises the notices of it."""
    company_id, public_id = group.company_id, group.public_id
    data: dict[str, Any] = {**events.difference(before, _for_event(group)), **members_for_event(change)}
    if change.shrank_from:
        data["shrank_from"] = change.shrank_from
        text = (
            f"{group.name} lost {len(change.removed)} of its {change.shrank_from} members at once. If that was not "
            "meant, look at the group's assignment in the identity provider; the group's history names who was removed."
        )
        raise_notice(company_id, NoticeKind.GROUP_SHRANK, text, subject=public_id)
    told = [("group.updated", public_id, group.name, data)]
    if adopted:
        members = sql.fetch_one(
            "SELECT count(*), count(*) FILTER (WHERE NOT confirmed) FROM teammates_membership "
            "WHERE company_id = %s AND group_id = %s",
            [company_id, group.pk],
        ) or (0, 0)
        facts: dict[str, Any] = {"members": members[0], "unconfirmed": members[1]}
        text = f"{group.name} is now managed by your identity provider."
        if change.removed:
            names = names_in_words(company_id, change.removed)
            facts |= {"removed": len(change.removed), "removed_names": names}
            were = "1 member was" if len(change.removed) == 1 else f"{len(change.removed)} members were"
            text += (
                f" {were} removed by the request that took it over, and lost the access that the group gives: {names}. "
                "The group's history names everybody. If that was not meant, put them into the group in the identity "
                "provider."
            )
        told.insert(0, ("group.adopted", public_id, group.name, facts))
        if members[1]:
            waiting = "1 of its members was" if members[1] == 1 else f"{members[1]} of its members were"
            text += f" {waiting} not confirmed by it then: see the group's members."
        raise_notice(company_id, NoticeKind.GROUP_ADOPTED, text, subject=public_id)
    return told
