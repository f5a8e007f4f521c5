"""Teammates: created, changed, blocked and unblocked (how they leave: teammates.services.departures)."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from teammates import rows
from teammates.errors import (
    AddressReserved,
    InvalidValue,
    LoginTaken,
    NotFoundInCompany,
    ProvisionedByIdp,
    Refusal,
)
from teammates.models import ActorKind, Event, NoticeKind, Source, Status, Teammate
from teammates.moments import moment
from teammates.sentences import fields
from teammates.services import events, passwords, reasons
from teammates.services.admins import is_admin, refuse_last_admin, tell_the_others
from teammates.services.events import Actor
from teammates.services.licences import ensure_taken, released, releasing, take_licence, taking
from teammates.services.locks import lock_teammate
from teammates.services.logins import alias_from, free_alias, holder_of, main_address, vacate
from teammates.services.notices import all_or_nothing, raise_notice

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
CAN_CLASH = frozenset({"login", "username", "address_released_at"})  # with those of another teammate
NAMES = frozenset({*IN_EVENTS, "emails"}) - {"is_company_admin"}  # what a search looks at
IN_EVENTS_IN_PART = ("emails", "profile", "custom_fields", "preferences")  # JSON: only what differs is told
ALIAS = re.compile(r"[a-z0-9_]{1,64}")


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
            take_licence(created, actor=actor)
        events.append(
            company_id, "teammate.created", actor,
            subject=created.public_id, name=created.name,
            data={"after": _for_event(created), "template": created.created_from_template},
        )  # fmt: skip
        if then is not None:
            then(created)
        _tell_of_admin(created, False, actor, joined="added them")
        return created


def _prepare(draft: Teammate, actor: Actor) -> None:
    if not draft.login:
        raise InvalidValue("login", "A teammate needs a login (userName).")
    if not actor.is_idp:
        _ensure_address("login", draft.login)
    draft.source = Source.IDP if actor.is_idp else Source.HAND
    if not draft.emails and not actor.is_idp:
        draft.emails = [{"value": draft.email or draft.login, "type": "work", "primary": True}]
    draft.email = main_address(draft.emails, draft.login)
    draft.username = draft.username or alias_from(draft.login, str(draft.profile.get("nickName") or ""))
    if not draft.password:
        draft.set_unusable_password()
    draft.refresh_keys()


def _ensure_address(attribute: str, value: str) -> None:
    """What a person enters has to be an address that mail can reach. Raises InvalidValue.

    What the identity provider sends may be any name: that is between it and the company.
    """
    try:
        validate_email(value.strip())
    except ValidationError:
        raise InvalidValue(attribute, f"{value} is no e-mail address. Enter one such as name@example.com.") from None


def _insert(draft: Teammate) -> Teammate | None:
    """Insert the draft under a free alias; None when its login is taken."""
    base = draft.username
    for attempt in range(5):
        created = rows.insert(draft)
        if created is not None:
            return created
        if holder_of(draft) is not None:
            return None
        draft.username = free_alias(draft.tenant_id, base) if attempt < 3 else f"{base}_{secrets.token_hex(4)}"
        draft.refresh_keys()
    raise Refusal("Many teammates with similar logins are being created at once. Try again.")


def _bring_back(draft: Teammate, actor: Actor) -> Teammate:
    """Somebody already holds the login: bring back whom the identity provider had removed, refuse otherwise."""
    holder = lock_teammate(draft.tenant_id, holder_of(draft) or 0)
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


def block_teammate(company_id: int, pk: int, *, actor: Actor, reason: str = "") -> Teammate:
    """Block: sessions end, the licence is free, everything the person had stays stored (guide, Remove a user).

    reason: kept in the event, where one was given.
    """
    with all_or_nothing(company_id):
        return _change(lock_teammate(company_id, pk), {"active": False}, actor, reason=reason)


def unblock_teammate(company_id: int, pk: int, *, actor: Actor, reason: str = "") -> Teammate:
    """Unblock, if a licence is to be had; somebody removed by the identity provider is visible to it again."""
    with all_or_nothing(company_id):
        return _change(lock_teammate(company_id, pk), {"active": True}, actor, visible_again=True, reason=reason)


def _change(
    teammate: Teammate, changes: Changes, actor: Actor, *, visible_again: bool = False, reason: str = ""
) -> Teammate:
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise AssertionError(f"update_teammate cannot change {unknown}")
    if teammate.status == Status.DELETED:
        raise NotFoundInCompany(f"{teammate.name} was deleted and cannot be changed.")
    before = {**_for_event(teammate), **{name: getattr(teammate, name) for name in IN_EVENTS_IN_PART}}
    was_active, was_admin = teammate.is_active, teammate.is_company_admin
    was_one = is_admin(teammate)
    changed = _assign(teammate, changes)
    if not actor.is_idp:
        for name in {"login", "email"} & changed & changes.keys():
            _ensure_address(name, getattr(teammate, name))
    if visible_again and teammate.removed_by_idp_at is not None:
        teammate.removed_by_idp_at = teammate.address_released_at = None
        changed |= {"removed_by_idp_at", "address_released_at"}
    now_active = bool(changes.get("active", was_active))
    if now_active != was_active:
        teammate.status = Status.ACTIVE if now_active else Status.BLOCKED
        changed.add("status")
        if not now_active:
            if was_admin:
                refuse_last_admin(teammate, f"block {teammate.name}", actor)
            teammate.session_epoch += 1
            changed.add("session_epoch")
    elif was_admin and not teammate.is_company_admin and was_active:
        refuse_last_admin(teammate, f"make {teammate.name} a plain teammate", actor)

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
    columns = changed | ({"source"} if provisioned else set())
    if not along and not changed & CAN_CLASH and (told := _told(teammate, before, changed, reason)):
        update = partial(rows.update, teammate, columns)
        events.append_many(teammate.tenant_id, told, actor, run=lambda event: update(along=[event]))
        _tell_of_admin(teammate, was_one, actor)
        return teammate
    counts = _write(teammate, columns, along, actor)
    if now_active and not was_active:
        ensure_taken(counts[0], teammate, actor=actor)
    sessions_ended = released(teammate.tenant_id, counts) if was_active and not now_active else 0
    blocked = {"sessions_ended": sessions_ended, **({"cause": "inactive"} if actor.is_idp else {})}
    if told := _told(teammate, before, changed, reason, blocked):
        events.append_many(teammate.tenant_id, told, actor)
    if actor.is_idp and now_active and not was_active:
        _tell_of_undone_block(teammate)
    joined = "unblocked them" if not was_active else "gave them the role"
    _tell_of_admin(teammate, was_one, actor, joined=joined)
    return teammate


def _tell_of_admin(teammate: Teammate, was_one: bool, actor: Actor, *, joined: str = "gave them the role") -> None:
    """Who has become a company admin, also by an unblock, learns how to sign in; the others learn of them."""
    tell_the_others(teammate, was_one, actor=actor, joined=joined)
    passwords.invite_new_admin(teammate, was_one, actor=actor)


def _tell_of_undone_block(teammate: Teammate) -> None:
    """Whoever blocked somebody here hears of it when the identity provider has let them in again."""
    blocks = Event.objects.filter(company=teammate.tenant_id, subject=teammate.public_id, kind="teammate.blocked")
    block = blocks.order_by("-pk").first()
    if block is None or block.actor_kind not in (ActorKind.TEAMMATE, ActorKind.STAFF):
        return
    reason = str(block.data.get("reason", "")).rstrip(".")
    why = f" for the reason “{reason}”" if reason else ""
    text = (
        f"The identity provider unblocked {teammate.name}, whom {block.actor} had blocked on {moment(block.at)}{why}: "
        "it sent that they are active."
    )
    raise_notice(teammate.tenant_id, NoticeKind.BLOCK_UNDONE, text, subject=teammate.public_id)


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
    if not changed & CAN_CLASH:
        return rows.update(teammate, changed, along=along)
    try:
        with transaction.atomic():  # a savepoint
            return rows.update(teammate, changed, along=along)
    except IntegrityError as error:
        if "teammate_username_taken" in str(error):
            raise InvalidValue("username", f"The alias {teammate.username} is taken. Choose another.") from error
        if "teammate_login_taken" not in str(error):
            raise
        if not (actor.is_idp and vacate(teammate, actor)):
            raise LoginTaken(teammate.login) from error
    return rows.update(teammate, changed, along=along)


def _for_event(teammate: Teammate) -> dict[str, Any]:
    kept = {name: getattr(teammate, name) for name in IN_EVENTS}
    return {**kept, "status": str(teammate.status)}


def _told(
    teammate: Teammate,
    before: dict[str, Any],
    changed: set[str],
    reason: str,
    blocked: Changes = MappingProxyType({}),
) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The events of a change, as `events.append_many` takes them. blocked: what the event says of a block."""
    after = _for_event(teammate)
    names = sorted(changed - UNTOLD)
    happened: list[tuple[str, dict[str, Any]]] = []
    if names:
        told = events.difference({k: before[k] for k in IN_EVENTS}, {k: after[k] for k in IN_EVENTS})
        for name in changed.intersection(IN_EVENTS_IN_PART):
            told["before"][name], told["after"][name] = _in_part(before[name], getattr(teammate, name))
        happened.append(("teammate.updated", {"changed": names, **told}))
    if before["status"] == Status.ACTIVE and after["status"] == Status.BLOCKED:
        happened.append(("teammate.blocked", {**blocked, **reasons.told(reason)}))
        happened.append(("teammate.conversations_released", {}))
    elif after["status"] == Status.ACTIVE and before["status"] != Status.ACTIVE:
        happened.append(("teammate.unblocked", reasons.told(reason)))
    elif "removed_by_idp_at" in changed and teammate.removed_by_idp_at is None:
        happened.append(("teammate.restored", {}))
    return [(kind, teammate.public_id, teammate.name, data) for kind, data in happened]


def _in_part(before: Any, after: Any) -> tuple[Any, Any]:
    """Two JSON values without the members they share; lists are told whole."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return before, after
    told = events.difference(before, after)
    return told["before"], told["after"]
