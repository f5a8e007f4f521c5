"""Events in plain words, for the provisioning log, the audit log and a person's history."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

CAMEL = re.compile(r"(?<=[a-z])([A-Z])")
MOST_NAMED = 5
FIELDS = {
    "login": "login",
    "external_id": "ID at the identity provider",
    "email": "e-mail",
    "emails": "e-mail addresses",
    "username": "alias",
    "first_name": "first name",
    "last_name": "last name",
    "display_name": "display name",
    "profile": "profile",
    "custom_fields": "custom fields",
    "preferences": "preferences",
    "is_company_admin": "company admin",
    "notices_by_email": "notices by e-mail",
    "name": "name",
    "description": "description",
    "group_sync_enabled": "Teammate Group Sync",
    "licence_count": "licences",
    "licence_policy": "what happens when licences run out",
    "plan": "plan",
    "scim_override": "SCIM allowed on this plan",
    "require_two_factor": "two-factor sign-in of admins",
    "single_replace_adds": "reading a replace of one member as an add",
    "requests_per_second": "SCIM requests a second",
    "masked_attributes": "attributes that the provisioning log hides",
    "show_member_refs": "showing members.$ref",
    "management": "who manages it",
    "access": "access",
    "status": "status",
    "created_from_template": "template it was created from",
    "is_private": "private",
    "workspace": "workspace",
    "inboxes": "inboxes",
    "kind": "kind",
    "options": "options",
    "scopes": "scopes",
}


def fields(names: Iterable[str]) -> str:
    """Field names as people say them: "display name, title"."""
    return ", ".join(FIELDS.get(name, name.replace("_", " ")) for name in names)


def called(path: Sequence[str]) -> str:
    """How people call a value inside a document, by where it stands: "manager", "phone numbers", "department".

    path: the keys that lead to it, from the field on; those that are schemas are not said.
    """
    names = [key for key in path if ":" not in key] or [path[0]]
    name = names[-2] if names[-1] == "value" and len(names) > 1 else names[-1]
    return FIELDS.get(name, CAMEL.sub(r" \1", name).lower().replace("_", " "))


def leaves(values: dict[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """The values of nested objects by where they are."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in values.items():
        found |= leaves(value, (*path, name)) if isinstance(value, dict) and value else {(*path, name): value}
    return found


def count(number: int, thing: str, things: str = "") -> str:
    """1 session, 2 sessions."""
    return f"{number} {thing}" if number == 1 else f"{number} {things or thing + 's'}"


def _created(name: str, data: dict[str, Any]) -> str:
    template = f" from template {data['template']}" if data.get("template") else ""
    licence = "; licence taken" if data.get("after", {}).get("status") == "active" else "; blocked, no licence taken"
    return f"Created {name}{template}{licence}"


def _updated(name: str, data: dict[str, Any]) -> str:
    after = data.get("after", {})
    changed = [field for field in data.get("changed", []) if field not in ("emails",) or "email" not in after]
    said = fields(field for field in changed if field != "profile")
    if "profile" in changed:
        said = ", ".join(filter(None, [said, *_of_profile(data.get("before") or {}, after)]))
    return f"Changed {said} of {name}" if said else f"Changed {name}"


def _of_profile(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What of a profile changed, in at most so many words."""
    was, now = (leaves(each.get("profile") or {}) for each in (before, after))
    differ = [
        path for path in {**was, **now} if was.get(path) != now.get(path) and {} not in (was.get(path), now.get(path))
    ]
    names = list(dict.fromkeys(map(called, differ)))
    return [*names[:MOST_NAMED], "and more"] if len(names) > MOST_NAMED else names or [FIELDS["profile"]]


def _access(name: str, data: dict[str, Any]) -> str:
    """What was given and taken; from a template, that."""
    if data.get("template"):
        return f"Gave {name} the access of template {data['template']}"
    given, taken = len(data.get("granted", [])), len(data.get("taken", []))
    parts = [f"{number} {word}" for number, word in ((given, "given"), (taken, "taken")) if number]
    return f"Changed the access of {name}" + (f": {', '.join(parts)}" if parts else "")


def _changed(noun: str) -> Callable[[str, dict[str, Any]], str]:
    """A change of something that has a name: what of it."""

    def tell(name: str, data: dict[str, Any]) -> str:
        before, after = data.get("before") or {}, data.get("after") or {}
        if list(after) == ["name"]:
            return f"Renamed {noun} {before.get('name')} to {name}"
        return f"Changed {fields(after)} of {noun} {name}" if after else f"Changed {noun} {name}"

    return tell


def _workspace_deleted(name: str, data: dict[str, Any]) -> str:
    inboxes = len((data.get("before") or {}).get("inboxes", []))
    return f"Deleted workspace {name}" + (f" with {count(inboxes, 'inbox', 'inboxes')}" if inboxes else "")


def _field_deleted(name: str, data: dict[str, Any]) -> str:
    forgotten = data.get("values_forgotten", 0)
    return f"Deleted custom field {name}" + (f" and its value with {count(forgotten, 'teammate')}" if forgotten else "")


def _rotated(name: str, data: dict[str, Any]) -> str:
    ends = str(data.get("expires_at") or "")[:16].replace("T", " ")
    return f"Rotated the API token {name}" + (f"; the old one works until {ends} UTC" if ends else "")


def _blocked(name: str, data: dict[str, Any]) -> str:
    ended = data.get("sessions_ended", 0)
    return f"Blocked {name}" + (f"; {count(ended, 'session')} ended" if ended else "") + "; licence freed"


def _group_created(name: str, data: dict[str, Any]) -> str:
    members = data.get("members_added_count", 0)
    return f"Created group {name}" + (f" with {count(members, 'member')}" if members else "")


def _group_updated(name: str, data: dict[str, Any]) -> str:
    parts = []
    before, after = data.get("before", {}), data.get("after", {})
    if "name" in after:
        parts.append(f"renamed from {before.get('name')}")
    if "description" in after:
        parts.append("description changed")
    added, removed = data.get("members_added_count", 0), data.get("members_removed_count", 0)
    if data.get("members_confirmed"):
        parts.append(f"{count(data['members_confirmed'], 'member')} confirmed")
    if added:
        parts.append(f"{count(added, 'member')} added")
    if removed:
        parts.append(f"{count(removed, 'member')} removed")
    if data.get("shrank_from"):
        parts.append(f"more than half of its {data['shrank_from']} members left at once")
    return f"Group {name}: " + ("; ".join(parts) or "details changed")


def _adopted(name: str, data: dict[str, Any]) -> str:
    waiting = data.get("unconfirmed", 0)
    tail = f"; {count(waiting, 'member')} not confirmed yet" if waiting else ""
    return f"Group {name} is managed by the identity provider from now on{tail}"


def _group_deleted(name: str, data: dict[str, Any]) -> str:
    return f"Deleted group {name}, which had {count(len(data.get('members', [])), 'member')}"


def _removed(name: str, data: dict[str, Any]) -> str:
    left = len(data.get("left_groups", []))
    tail = f"; left {count(left, 'IdP-managed group')}" if left else ""
    return f"Removed {name} from the identity provider's view{tail}"


def _company(name: str, data: dict[str, Any]) -> str:
    reason = f" (reason: {data['reason']})" if data.get("reason") else ""
    what = fields(data.get("after", {}))
    return f"Changed {what} of {name}{reason}" if what else f"Changed the settings of {name}{reason}"


def _released(name: str, data: dict[str, Any]) -> str:
    return f"Released the address {data.get('login') or 'of ' + name}{_why(data)}"


SENTENCES: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "teammate.created": _created,
    "teammate.updated": _updated,
    "teammate.blocked": _blocked,
    "teammate.unblocked": lambda name, data: f"Unblocked {name}; licence taken",
    "teammate.restored": lambda name, data: f"Let the identity provider see {name} again",
    "teammate.conversations_released": lambda name, data: f"Released the shared conversations of {name}",
    "teammate.removed_by_idp": _removed,
    "teammate.deleted": lambda name, data: f"Deleted {name}",
    "teammate.address_released": _released,
    "teammate.signed_out": lambda name, data: (
        f"Signed {name} out; {count(data.get('sessions_ended', 0), 'session')} ended"
    ),
    "teammate.password_set": lambda name, data: (
        f"Set the password of {name}" + (" with a link sent by e-mail" if data.get("by_link") else "")
    ),
    "teammate.password_link_sent": lambda name, data: (
        f"Sent {name} a link to set a new password" + (f", to {data['to']}" if data.get("to") else "")
    ),
    "teammate.invited": lambda name, data: (
        f"Invited {name} to the company settings" + (f", at {data['to']}" if data.get("to") else "")
    ),
    "teammate.two_factor_on": lambda name, data: f"Turned two-factor sign-in on for {name}",
    "teammate.two_factor_off": lambda name, data: f"Turned two-factor sign-in off for {name}",
    "teammate.two_factor_reset": lambda name, data: f"Removed the second factor of {name}",
    "teammate.recovery_codes_made": lambda name, data: f"Made new recovery codes for {name}",
    "teammate.recovery_code_used": lambda name, data: (
        f"{name} signed in with a recovery code; {count(data.get('left', 0), 'recovery code')} left"
    ),
    "teammate.access_changed": _access,
    "group.created": _group_created,
    "group.updated": _group_updated,
    "group.adopted": _adopted,
    "group.deleted": _group_deleted,
    "group.access_changed": lambda name, data: _access(f"group {name}", data),
    "token.created": lambda name, data: f"Created the API token {name}",
    "token.rotated": _rotated,
    "token.revoked": lambda name, data: f"Revoked the API token {name}",
    "template.created": lambda name, data: f"Created the template {name}",
    "template.updated": _changed("the template"),
    "template.deleted": lambda name, data: f"Deleted the template {name}",
    "workspace.created": lambda name, data: f"Created workspace {name}",
    "workspace.updated": _changed("workspace"),
    "workspace.deleted": _workspace_deleted,
    "inbox.created": lambda name, data: f"Created inbox {name}",
    "inbox.updated": _changed("inbox"),
    "inbox.deleted": lambda name, data: f"Deleted inbox {name}",
    "access.structure_changed": lambda name, data: f"Worked out anew who reaches the inboxes of {name}",
    "custom_field.created": lambda name, data: f"Created custom field {name}",
    "custom_field.updated": _changed("custom field"),
    "custom_field.deleted": _field_deleted,
    "notice.closed": lambda name, data: f"Closed the notice: {data.get('text') or name}".rstrip("."),
    "company.created": lambda name, data: f"Created the company {name}",
    "company.updated": _company,
    "company.group_sync_enabled": lambda name, data: "Turned Teammate Group Sync on" + _why(data),
    "company.group_sync_disabled": lambda name, data: "Turned Teammate Group Sync off" + _why(data),
}


def _why(data: dict[str, Any]) -> str:
    return f" (reason: {data['reason']})" if data.get("reason") else ""


def sentence(kind: str, name: str, data: dict[str, Any]) -> str:
    """What an event says, in one plain sentence without a full stop."""
    tell = SENTENCES.get(kind)
    if tell is not None:
        return tell(name, data)
    noun, _, verb = kind.partition(".")
    return f"{noun.replace('_', ' ').capitalize()} {name} {verb.replace('_', ' ')}".replace("  ", " ")
