"""Teammates: created, changed, blocked, unblocked, removed by the identity provider, deleted."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone

from teammates import rows, sql
from teammates.errors import (
    AddressReserved,
    InvalidValue,
    LastAdmin,
    LoginTaken,
    NotFoundInCompany,
    ProvisionedByIdp,
    Refusal,
)
from teammates.models import Management, Source, Status, Teammate, TeammateGroup, fold
from teammates.public_ids import encode
from teammates.sentences import fields
from teammates.services import events
from teammates.services.events import Actor
from teammates.services.licences import check_taken, releasing, take_licence, taking
from teammates.services.notices import all_or_nothing, require_reason, tell_of_support_act

Changes = Mapping[str, Any]
Decision = Changes | Callable[[Teammate], Changes]

# What a door may change of an existing teammate; `active` and nothing else decides about the status.
CHANGEABLE = frozenset(
    {
        "login", "external_id", "email", "emails", "username", "first_name", "last_name", "display_name", "profile",
        "custom_fields", "preferences", "is_company_admin", "active",
    }
)  # fmt: skip
# What the identity provider writes of the people it provisions; here it would be overwritten or drift.
FROM_IDP = ("login", "email", "external_id", "first_name", "last_name", "display_name")
IN_EVENTS = ("login", "external_id", "email", "first_name", "last_name", "display_name", "is_company_admin", "username")
UNTOLD = frozenset(  # columns that follow from others, or that an event of their own tells of
    {
        "login_key", "email_keys", "search_key", "session_epoch", "status", "source", "removed_by_idp_at",
        "address_released_at",
    }
)  # fmt: skip
NAMES = frozenset({*IN_EVENTS, "emails"}) - {"is_company_admin"}  # what a search looks at
IN_EVENTS_IN_PART = ("emails", "profile", "custom_fields", "preferences")  # JSON: only what differs is told
ALIAS_LENGTH = 50
ALIAS = re.compile(r"[a-z0-9_]{1,64}")


def main_address(emails: list[Any], login: str) -> str:
    """The address the product writes to: the primary one, else the work one, else the first, else the login."""
    entries = [entry for entry in emails if isinstance(entry, dict) and isinstance(entry.get("value"), str)]
    ranked = sorted(entries, key=lambda entry: (entry.get("primary") is not True, entry.get("type") != "work"))
    if ranked:
        return str(ranked[0]["value"])
    return login if "@" in login else ""


def alias_from(login: str, nickname: str = "") -> str:
    """The @alias a login suggests: lower-case letters, digits and underscores (a UPN is not a legal alias)."""
    local_part = nickname or login.partition("@")[0]
    return re.sub(r"[^a-z0-9]+", "_", fold(local_part)).strip("_")[:ALIAS_LENGTH] or "teammate"


# --- reading -----------------------------------------------------------------------------------------------------

# [[primary key, name], …] of the groups of the teammate row `t`; NULL when in none.
GROUPS_OF_TEAMMATE = """(
    SELECT jsonb_agg(jsonb_build_array(g.id, g.name) ORDER BY g.id)
    FROM teammates_membership m JOIN teammates_teammategroup g ON g.company_id = m.company_id AND g.id = m.group_id
    WHERE m.company_id = t.company_id AND m.teammate_id = t.id)"""
_LOCK = (
    f"SELECT {rows.select_list(Teammate, 't')}, {GROUPS_OF_TEAMMATE} FROM teammates_teammate t "
    "WHERE t.company_id = %s AND t.id = %s FOR NO KEY UPDATE"
)


def lock_teammate(company_id: int, pk: int) -> Teammate:
    """The teammate of this company, locked until the transaction ends; `groups_now` holds (id, name) of each group.

    Raises NotFoundInCompany for anybody else's teammate as for nobody's.
    """
    row = sql.fetch_one(_LOCK, [company_id, pk])
    if row is None:
        raise NotFoundInCompany("No such teammate in this company.")
    teammate = rows.from_row(Teammate, row)
    teammate.groups_now = orjson.loads(row[-1]) if row[-1] else []
    return teammate


# --- creating ----------------------------------------------------------------------------------------------------


def create_teammate(draft: Teammate, *, actor: Actor, then: Callable[[Teammate], None] | None = None) -> Teammate:
    """Create the teammate that `draft` (unsaved, with its company) describes, with a licence if active.

    then: called with the new teammate inside the same transaction, e.g. to apply a template.
    The identity provider that creates somebody it had removed brings the same person back instead, with what it
    sent now; `then` is not called for them, for a template applies only at creation (guide, part 4).
    Raises LoginTaken, AddressReserved, NoLicenceLeft.
    """
    company_id = draft.tenant_id
    with all_or_nothing(company_id):
        _prepare(draft, actor)
        created = _insert(draft)
        if created is None:
            return _bring_back(draft, actor)
        if created.is_active:
            take_licence(company_id, created.name)
        if then is not None:
            then(created)
        events.append(
            company_id, "teammate.created", actor,
            subject=created.public_id, name=created.name,
            data={"after": _for_event(created), "template": created.created_from_template},
        )  # fmt: skip
        return created


def _prepare(draft: Teammate, actor: Actor) -> None:
    if not draft.login:
        raise InvalidValue("login", "A teammate needs a login (userName).")
    draft.source = Source.IDP if actor.is_idp else Source.HAND
    if not draft.emails and not actor.is_idp:
        draft.emails = [{"value": draft.email or draft.login, "type": "work", "primary": True}]
    draft.email = main_address(draft.emails, draft.login)
    draft.username = draft.username or alias_from(draft.login, str(draft.profile.get("nickName") or ""))
    if not draft.password:
        draft.set_unusable_password()
    draft.refresh_keys()


def _insert(draft: Teammate) -> Teammate | None:
    """Insert the draft under a free alias; None when its login is taken."""
    base = draft.username
    for attempt in range(5):
        created = rows.insert(draft)
        if created is not None:
            return created
        if _holder_of(draft) is not None:
            return None
        draft.username = _free_alias(draft.tenant_id, base) if attempt < 3 else f"{base}_{secrets.token_hex(4)}"
        draft.refresh_keys()
    raise Refusal("Many teammates with similar logins are being created at once. Try again.")


def _holder_of(draft: Teammate) -> int | None:
    row = sql.fetch_one(
        "SELECT id FROM teammates_teammate WHERE company_id = %s AND login_key = %s AND address_released_at IS NULL",
        [draft.tenant_id, draft.login_key],
    )
    return row[0] if row else None


def _free_alias(company_id: int, base: str) -> str:
    taken = sql.fetch_all(
        "SELECT username FROM teammates_teammate WHERE company_id = %s AND username ~ %s",
        [company_id, f"^{base}(_[0-9]+)?$"],
    )
    numbers = [int(name[len(base) + 1 :] or 1) for (name,) in taken]
    return f"{base}_{max(numbers) + 1}" if numbers else base


def _bring_back(draft: Teammate, actor: Actor) -> Teammate:
    """Somebody already holds the login: bring back whom the identity provider had removed, refuse otherwise."""
    holder = lock_teammate(draft.tenant_id, _holder_of(draft) or 0)
    if holder.status == Status.DELETED:
        raise AddressReserved(draft.login)
    if holder.removed_by_idp_at is None or not actor.is_idp:
        raise LoginTaken(draft.login)
    if draft.created_from_template:
        actor.remarks.append("The teammate existed before: the template was not applied again.")
    changes = {name: getattr(draft, name) for name in ("login", "external_id", "emails", "first_name", "last_name")}
    changes |= {"display_name": draft.display_name, "profile": draft.profile, "active": draft.is_active}
    if draft.custom_fields:
        changes["custom_fields"] = draft.custom_fields
    return _change(holder, changes, actor, visible_again=True)


# --- changing ----------------------------------------------------------------------------------------------------


def update_teammate(company_id: int, pk: int, decision: Decision, *, actor: Actor) -> Teammate:
    """Apply the changes that differ from what is stored; an unchanged teammate costs no write and no event.

    decision: changes by field name (see CHANGEABLE), or a function that gets the locked teammate and returns them.
    `active` blocks and unblocks. Raises NotFoundInCompany, LoginTaken, LastAdmin, NoLicenceLeft, InvalidValue.
    """
    with all_or_nothing(company_id):
        teammate = lock_teammate(company_id, pk)
        changes = decision(teammate) if callable(decision) else decision
        return _change(teammate, changes, actor)


def refuse_if_provisioned(teammate: Teammate, changes: Changes) -> None:
    """Names and addresses of a provisioned teammate are the identity provider's. Raises ProvisionedByIdp."""
    differ = [name for name in FROM_IDP if name in changes and getattr(teammate, name) != changes[name]]
    if differ and teammate.source == Source.IDP:
        raise ProvisionedByIdp(teammate.name, fields(differ))


def block_teammate(company_id: int, pk: int, *, actor: Actor) -> Teammate:
    """Block: sessions end, the licence is free, everything the person had stays stored (guide, Remove a user)."""
    return update_teammate(company_id, pk, {"active": False}, actor=actor)


def unblock_teammate(company_id: int, pk: int, *, actor: Actor) -> Teammate:
    """Unblock, if a licence is to be had; somebody removed by the identity provider is visible to it again."""
    with all_or_nothing(company_id):
        teammate = lock_teammate(company_id, pk)
        return _change(teammate, {"active": True}, actor, visible_again=True)


def _change(teammate: Teammate, changes: Changes, actor: Actor, *, visible_again: bool = False) -> Teammate:
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise AssertionError(f"update_teammate cannot change {unknown}")
    if teammate.status == Status.DELETED:
        raise NotFoundInCompany(f"{teammate.name} was deleted and cannot be changed.")
    before = {**_for_event(teammate), **{name: getattr(teammate, name) for name in IN_EVENTS_IN_PART}}
    was_active, was_admin = teammate.is_active, teammate.is_company_admin
    changed = _assign(teammate, changes)
    if visible_again and teammate.removed_by_idp_at is not None:
        teammate.removed_by_idp_at = teammate.address_released_at = None
        changed |= {"removed_by_idp_at", "address_released_at"}
    now_active = bool(changes.get("active", was_active))
    if now_active != was_active:
        teammate.status = Status.ACTIVE if now_active else Status.BLOCKED
        changed.add("status")
        if not now_active:
            if was_admin:
                _refuse_last_admin(teammate)
            teammate.session_epoch += 1
            changed.add("session_epoch")
    elif was_admin and not teammate.is_company_admin and was_active:
        _refuse_last_admin(teammate)

    provisioned = _becomes_provisioned(teammate, actor)
    if not changed:
        if provisioned:
            rows.update(teammate, ["source"], new_version=False)
        return teammate
    along: list[rows.Statement] = []
    if now_active and not was_active:
        along = [taking(teammate.tenant_id)]
    elif was_active and not now_active:
        along = releasing(teammate.tenant_id, teammate.pk)
    counts = _write(teammate, changed | ({"source"} if provisioned else set()), along, actor)
    if now_active and not was_active:
        check_taken(counts[0], teammate.tenant_id, teammate.name)
    sessions_ended = counts[0] if was_active and not now_active else 0
    _record(teammate, before, changed, actor, sessions_ended)
    return teammate


def _assign(teammate: Teammate, changes: Changes) -> set[str]:
    """Put the changes on the instance; the names of the columns that differ now, derived ones included."""
    changed = set()
    for name, value in changes.items():
        if name != "active" and getattr(teammate, name) != value:
            setattr(teammate, name, value)
            changed.add(name)
    if "username" in changed and not ALIAS.fullmatch(teammate.username):
        raise InvalidValue("username", "An alias has lower-case letters, digits and underscores, 64 at most.")
    if "email" in changed and "emails" not in changed:
        rest = [e for e in teammate.emails if not (isinstance(e, dict) and e.get("primary") is True)]
        teammate.emails = [{"value": teammate.email, "type": "work", "primary": True}, *rest]
        changed.add("emails")
    if changed & {"emails", "login"}:
        address = main_address(teammate.emails, teammate.login)
        if address != teammate.email:
            teammate.email = address
            changed.add("email")
        changed |= {"login_key", "email_keys"}
    if changed & NAMES:
        teammate.refresh_keys()
        changed.add("search_key")
    return changed


def _becomes_provisioned(teammate: Teammate, actor: Actor) -> bool:
    if actor.is_idp and teammate.source != Source.IDP:
        teammate.source = Source.IDP
        return True
    return False


def _write(teammate: Teammate, changed: set[str], along: Sequence[rows.Statement], actor: Actor) -> list[int]:
    if not changed & {"login", "username", "address_released_at"}:
        return rows.update(teammate, changed, along=along)
    try:
        with transaction.atomic():  # a savepoint, for these can clash with another teammate
            return rows.update(teammate, changed, along=along)
    except IntegrityError as error:
        if "teammate_username_taken" in str(error):
            raise InvalidValue("username", f"The alias {teammate.username} is taken. Choose another.") from error
        if "teammate_login_taken" not in str(error):
            raise
        if not (actor.is_idp and _vacate(teammate, actor)):
            raise LoginTaken(teammate.login) from error
    return rows.update(teammate, changed, along=along)


def _vacate(successor: Teammate, actor: Actor) -> bool:
    """Free a login that only somebody whom the identity provider removed still holds.

    For the provider that person is gone and must not stand in the way of a successor (RFC 7644 §3.6).
    """
    holder = lock_teammate(successor.tenant_id, _holder_of(successor) or 0)
    if holder.removed_by_idp_at is None:
        return False
    holder.address_released_at = timezone.now()
    rows.update(holder, ["address_released_at"])
    data = {"login": holder.login, "reason": f"the identity provider gave it to {successor.name}"}
    events.append(
        holder.tenant_id, "teammate.address_released", actor, subject=holder.public_id, name=holder.name, data=data
    )
    return True


def _refuse_last_admin(teammate: Teammate) -> None:
    """Under the company's lock, so that two admins cannot be blocked at the same moment."""
    sql.execute("SELECT 1 FROM teammates_company WHERE id = %s FOR NO KEY UPDATE", [teammate.tenant_id])
    others = Teammate.objects.active().filter(company_id=teammate.tenant_id, is_company_admin=True)
    if not others.exclude(pk=teammate.pk).exists():
        raise LastAdmin(teammate.name, teammate.public_id)


def _for_event(teammate: Teammate) -> dict[str, Any]:
    kept = {name: getattr(teammate, name) for name in IN_EVENTS}
    return {**kept, "status": str(teammate.status)}


def _record(teammate: Teammate, before: dict[str, Any], changed: set[str], actor: Actor, sessions_ended: int) -> None:
    after = _for_event(teammate)
    names = sorted(changed - UNTOLD)
    happened: list[tuple[str, dict[str, Any]]] = []
    if names:
        differ = [key for key in after if after[key] != before[key] and key != "status"]
        told = {"before": {k: before[k] for k in differ}, "after": {k: after[k] for k in differ}}
        for name in changed.intersection(IN_EVENTS_IN_PART):
            told["before"][name], told["after"][name] = _difference(before[name], getattr(teammate, name))
        happened.append(("teammate.updated", {"changed": names, **told}))
    if before["status"] == Status.ACTIVE and after["status"] == Status.BLOCKED:
        happened.append(("teammate.blocked", {"sessions_ended": sessions_ended}))
        happened.append(("teammate.conversations_released", {}))
    elif after["status"] == Status.ACTIVE and before["status"] != Status.ACTIVE:
        happened.append(("teammate.unblocked", {}))
    elif "removed_by_idp_at" in changed and teammate.removed_by_idp_at is None:
        happened.append(("teammate.restored", {}))
    rows_to_append = [(kind, teammate.public_id, teammate.name, data) for kind, data in happened]
    if rows_to_append:
        events.append_many(teammate.tenant_id, rows_to_append, actor)


def _difference(before: Any, after: Any) -> tuple[Any, Any]:
    """Two JSON values without the members they share; lists are told whole."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return before, after
    differ = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {k: before[k] for k in differ if k in before}, {k: after[k] for k in differ if k in after}


# --- leaving -----------------------------------------------------------------------------------------------------

_LOCK_GROUPS = """
SELECT g.id FROM teammates_teammategroup g
WHERE g.company_id = %s AND g.management = ANY(%s) AND EXISTS (
    SELECT 1 FROM teammates_membership m
    WHERE m.company_id = g.company_id AND m.teammate_id = %s AND m.group_id = g.id)
ORDER BY g.id FOR NO KEY UPDATE OF g
"""
_LEAVE_GROUPS = """
WITH gone AS (
    DELETE FROM teammates_membership WHERE company_id = %s AND teammate_id = %s AND group_id = ANY(%s)
    RETURNING group_id)
UPDATE teammates_teammategroup SET version = version + 1, updated_at = now()
WHERE id IN (SELECT group_id FROM gone) RETURNING id
"""


def remove_by_idp(
    company_id: int, pk: int, *, actor: Actor, check: Callable[[Teammate], None] | None = None
) -> Teammate:
    """A SCIM DELETE: block, and let the identity provider see the person no more (RFC 7644 §3.6).

    They leave their IdP-managed groups; in groups managed here the membership stays, inert. check: called with the
    locked teammate before anything changes. Raises NotFoundInCompany, LastAdmin.
    """
    with all_or_nothing(company_id):
        groups = [row[0] for row in sql.fetch_all(_LOCK_GROUPS, [company_id, [Management.IDP], pk])]
        teammate = lock_teammate(company_id, pk)
        if teammate.status == Status.DELETED or teammate.removed_by_idp_at is not None:
            raise NotFoundInCompany("No such teammate in this company.")
        if check is not None:
            check(teammate)
        was_active = teammate.is_active
        if was_active and teammate.is_company_admin:
            _refuse_last_admin(teammate)
        teammate.status = Status.BLOCKED
        teammate.session_epoch += 1
        teammate.removed_by_idp_at = timezone.now()
        along = releasing(company_id, pk) if was_active else []
        counts = rows.update(teammate, ["status", "session_epoch", "removed_by_idp_at"], along=along)
        ended = counts[0] if was_active else 0
        if groups:
            sql.fetch_all(_LEAVE_GROUPS, [company_id, pk, groups])
        left = [encode(TeammateGroup.prefix, group) for group in groups]
        happened: list[tuple[str, dict[str, Any]]] = [
            ("teammate.removed_by_idp", {"sessions_ended": ended, "left_groups": left})
        ]
        if was_active:
            happened += [("teammate.blocked", {"sessions_ended": ended}), ("teammate.conversations_released", {})]
        if groups:
            happened.append(("teammate.access_changed", {}))
        events.append_many(company_id, [(k, teammate.public_id, teammate.name, d) for k, d in happened], actor)
        return teammate


def delete_teammate(company_id: int, pk: int, *, actor: Actor) -> Teammate:
    """Delete for good: no access, no groups; the address stays reserved until support releases it."""
    with all_or_nothing(company_id):
        groups = [row[0] for row in sql.fetch_all(_LOCK_GROUPS, [company_id, Management.values, pk])]
        teammate = lock_teammate(company_id, pk)
        if teammate.status == Status.DELETED:
            return teammate
        was_active = teammate.is_active
        if was_active and teammate.is_company_admin:
            _refuse_last_admin(teammate)
        teammate.status = Status.DELETED
        teammate.session_epoch += 1
        teammate.is_company_admin = False
        along = releasing(company_id, pk) if was_active else []
        rows.update(teammate, ["status", "session_epoch", "is_company_admin"], along=along)
        if groups:
            sql.fetch_all(_LEAVE_GROUPS, [company_id, pk, groups])
        events.append(company_id, "teammate.deleted", actor, subject=teammate.public_id, name=teammate.name)
        return teammate


def release_address(company_id: int, pk: int, *, actor: Actor, reason: str) -> Teammate:
    """Let the address of a deleted teammate be used again (support staff only; the reason is kept)."""
    with all_or_nothing(company_id):
        require_reason(actor, reason)
        teammate = lock_teammate(company_id, pk)
        if teammate.status != Status.DELETED:
            raise Refusal(f"{teammate.name} is not deleted, so the address {teammate.login} is in use.")
        if teammate.address_released_at is None:
            teammate.address_released_at = timezone.now()
            rows.update(teammate, ["address_released_at"])
            kind, data = "teammate.address_released", {"reason": reason, "login": teammate.login}
            events.append(company_id, kind, actor, subject=teammate.public_id, name=teammate.name, data=data)
            tell_of_support_act(company_id, actor, kind, teammate.name, data)
        return teammate


def set_password(company_id: int, pk: int, password: str, *, actor: Actor, by_link: bool = False) -> Teammate:
    """Set the password for the web admin; every session that the old one opened ends.

    by_link: whether the person came with a link that was sent to their address.
    """
    with all_or_nothing(company_id):
        teammate = lock_teammate(company_id, pk)
        teammate.set_password(password)
        rows.update(teammate, ["password"], new_version=False)
        data: dict[str, Any] = {"sessions_ended": teammate.sessions.all().delete()[0]}
        if by_link:
            data["by_link"] = True
        events.append(
            company_id, "teammate.password_set", actor, subject=teammate.public_id, name=teammate.name, data=data
        )
        return teammate


def end_sessions(company_id: int, pk: int, *, actor: Actor) -> int:
    """Sign the teammate out everywhere; how many sessions there were."""
    with all_or_nothing(company_id):
        teammate = lock_teammate(company_id, pk)
        teammate.session_epoch += 1
        rows.update(teammate, ["session_epoch"], new_version=False)
        ended = teammate.sessions.all().delete()[0]
        data = {"sessions_ended": ended}
        events.append(
            company_id, "teammate.signed_out", actor, subject=teammate.public_id, name=teammate.name, data=data
        )
        return ended
