"""Events in plain words, for the provisioning log, the audit log and a person's history."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, ngettext_lazy

NAMES = "names"  # where a sentence finds what things are called, by their ids
FEW = 3  # people or places that a sentence names; of more it says how many
CAMEL = re.compile(r"(?<=[a-z])([A-Z])")
MOST_NAMED = 5
Data = dict[str, Any]
FIELDS = {
    "login": lazy("login"),
    "external_id": lazy("ID at the identity provider"),
    "email": lazy("e-mail"),
    "emails": lazy("e-mail addresses"),
    "username": lazy("alias"),
    "first_name": lazy("first name"),
    "last_name": lazy("last name"),
    "display_name": lazy("display name"),
    "profile": lazy("profile"),
    "custom_fields": lazy("custom fields"),
    "preferences": lazy("preferences"),
    "is_company_admin": lazy("company admin"),
    "notices_by_email": lazy("notices by e-mail"),
    "name": lazy("name"),
    "description": lazy("description"),
    "group_sync_enabled": lazy("Teammate Group Sync"),
    "licence_count": lazy("licences"),
    "licence_policy": lazy("what happens when licences run out"),
    "plan": lazy("plan"),
    "scim_override": lazy("SCIM allowed on this plan"),
    "require_two_factor": lazy("two-factor sign-in of admins"),
    "single_replace_adds": lazy("reading a replace of one member as an add"),
    "requests_per_second": lazy("SCIM requests a second"),
    "masked_attributes": lazy("attributes that the provisioning log hides"),
    "show_member_refs": lazy("showing members.$ref"),
    "management": lazy("who manages it"),
    "access": lazy("access"),
    "status": lazy("status"),
    "created_from_template": lazy("template it was created from"),
    "is_private": lazy("private"),
    "workspace": lazy("workspace"),
    "inboxes": lazy("inboxes"),
    "kind": lazy("kind"),
    "options": lazy("options"),
    "scopes": lazy("scopes"),
    "expires_at": lazy("expires"),
    "hint": lazy("begins with"),
    "to": lazy("sent to"),
    "times": lazy("times raised"),
    "by_link": lazy("by a link sent by e-mail"),
    "for": lazy("for whom"),
    "left": lazy("recovery codes left"),
    "removed": lazy("members removed"),
    "unconfirmed": lazy("members not confirmed"),
    "shrank_from": lazy("members before"),
}


CAUSES = {  # what the identity provider did to somebody who is blocked by it
    "inactive": lazy("the identity provider sent that they are not active"),
    "removed": lazy("the identity provider removed them"),
}
MEMBERS_CONFIRMED = ngettext_lazy("%(n)s member confirmed", "%(n)s members confirmed", "n")
MEMBERS_ADDED = ngettext_lazy("%(n)s member added", "%(n)s members added", "n")
MEMBERS_REMOVED = ngettext_lazy("%(n)s member removed", "%(n)s members removed", "n")
PLACES_GIVEN = ngettext_lazy("%(n)s workspace or inbox given", "%(n)s workspaces or inboxes given", "n")
PLACES_TAKEN = ngettext_lazy("%(n)s workspace or inbox taken", "%(n)s workspaces or inboxes taken", "n")
UNCONFIRMED = ngettext_lazy("%(n)s member not confirmed yet", "%(n)s members not confirmed yet", "n")
SESSIONS_ENDED = ngettext_lazy("%(n)s session ended", "%(n)s sessions ended", "n")
REMOVED_BY_IT = ngettext_lazy(
    "%(n)s member was removed by its first request", "%(n)s members were removed by its first request", "n"
)
LEFT = ngettext_lazy("left %(n)s group", "left %(n)s groups", "n")
GROUPS_LEFT = ngettext_lazy("left %(n)s IdP-managed group", "left %(n)s IdP-managed groups", "n")
CODES_LEFT = ngettext_lazy("%(n)s recovery code left", "%(n)s recovery codes left", "n")


def fields(names: Iterable[str]) -> str:
    """Field names as people say them: "display name, title"."""
    return ", ".join(str(FIELDS.get(name, name.replace("_", " "))) for name in names)


def called(path: Sequence[str]) -> str:
    """How people call a value inside a document, by where it stands: "manager", "phone numbers", "department".

    path: the keys that lead to it, from the field on; those that are schemas are not said.
    """
    names = [key for key in path if ":" not in key] or [path[0]]
    name = names[-2] if names[-1] == "value" and len(names) > 1 else names[-1]
    return str(FIELDS.get(name, CAMEL.sub(r" \1", name).lower().replace("_", " ")))


def leaves(values: dict[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """The values of nested objects by where they are."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in values.items():
        found |= leaves(value, (*path, name)) if isinstance(value, dict) and value else {(*path, name): value}
    return found


def _created(name: str, data: Data) -> str:
    told = _("Created %(name)s") % {"name": name}
    if data.get("template"):
        told = _("Created %(name)s from template %(template)s") % {"name": name, "template": _template(data)}
    took = data.get("after", {}).get("status") == "active"
    return _parts(told, _("licence taken") if took else _("blocked, no licence taken"))


def _template(data: Data) -> str:
    return str(data.get(NAMES, {}).get(data["template"], data["template"]))


def _updated(name: str, data: Data) -> str:
    before, after = data.get("before") or {}, data.get("after") or {}
    changed = [field for field in data.get("changed", []) if field not in ("emails",) or "email" not in after]
    whole = [field for field in changed if field not in ("profile", "custom_fields", "is_company_admin")]
    said = [fields(whole)] if whole else []
    if "custom_fields" in changed:
        said += _own_fields(before, after, data.get(NAMES, {}))
    if "profile" in changed:
        said += _of_profile(before, after)
    told = [_("Changed %(fields)s of %(name)s") % {"fields": ", ".join(said), "name": name}] if said else []
    if "is_company_admin" in changed:
        is_admin = after.get("is_company_admin")
        text = _("Made %(name)s a company admin") if is_admin else _("%(name)s is no longer a company admin")
        told.insert(0, text % {"name": name})
    return _parts(*told) or _("Changed %(name)s") % {"name": name}


def _own_fields(before: Data, after: Data, names: dict[str, str]) -> list[str]:
    """The custom fields whose values changed, as the company calls them."""
    was, now = before.get("custom_fields") or {}, after.get("custom_fields") or {}
    differ = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    known = [names[key] for key in differ if key in names]
    if not known:
        return [str(FIELDS["custom_fields"])]
    shown = ", ".join(known[:MOST_NAMED])
    said = ngettext("custom field %(names)s", "custom fields %(names)s", len(known)) % {"names": shown}
    return [said, _("and more")] if len(known) > MOST_NAMED or len(known) < len(differ) else [said]


def _of_profile(before: Data, after: Data) -> list[str]:
    """What of a profile changed, in at most so many words."""
    was, now = (leaves(each.get("profile") or {}) for each in (before, after))
    differ = [
        path for path in {**was, **now} if was.get(path) != now.get(path) and {} not in (was.get(path), now.get(path))
    ]
    names = list(dict.fromkeys(map(called, differ)))
    return [*names[:MOST_NAMED], _("and more")] if len(names) > MOST_NAMED else names or [str(FIELDS["profile"])]


def _access(name: str, data: Data) -> str:
    """What was given and taken; from a template, that."""
    if data.get("template"):
        return _("Gave %(name)s the access of template %(template)s") % {"name": name, "template": _template(data)}
    told = _("Changed the access of %(name)s") % {"name": name}
    parts = [
        _listed(data, "granted", lazy("%(what)s given"), PLACES_GIVEN),
        _listed(data, "taken", lazy("%(what)s taken"), PLACES_TAKEN),
    ]
    return f"{told}: {_parts(*parts)}" if any(parts) else told


def _listed(data: Data, key: str, named: Any, counted: Any) -> str:
    """What stands in a list of an event: by name where it is little and the names are known, else how many."""
    ids, names = data.get(key) or [], data.get(NAMES, {})
    total = data.get(f"{key}_count", len(ids))
    if 0 < len(ids) == total <= FEW and all(each in names for each in ids):
        return str(named % {"what": ", ".join(names[each] for each in ids)})
    return _counted(counted, total)


def _group_access(name: str, data: Data) -> str:
    return _access(_("group %(name)s") % {"name": name}, data)


def _changed(noun: Any) -> Callable[[str, Data], str]:
    """A change of something that has a name: what of it."""

    def tell(name: str, data: Data) -> str:
        before, after = data.get("before") or {}, data.get("after") or {}
        said = [fields([field]) for field in after if field != "custom_fields"]
        if "custom_fields" in after:
            said += _own_fields(before, after, data.get(NAMES, {}))
        words = {"noun": noun, "name": name, "before": before.get("name"), "fields": ", ".join(said)}
        if list(after) == ["name"]:
            return _("Renamed %(noun)s %(before)s to %(name)s") % words
        if after:
            return _("Changed %(fields)s of %(noun)s %(name)s") % words
        return _("Changed %(noun)s %(name)s") % words

    return tell


def _workspace_deleted(name: str, data: Data) -> str:
    inboxes = len((data.get("before") or {}).get("inboxes", []))
    if not inboxes:
        return _("Deleted workspace %(name)s") % {"name": name}
    text = ngettext(
        "Deleted workspace %(name)s with %(n)s inbox", "Deleted workspace %(name)s with %(n)s inboxes", inboxes
    )
    return text % {"name": name, "n": inboxes}


def _field_deleted(name: str, data: Data) -> str:
    forgotten = data.get("values_forgotten", 0)
    if not forgotten:
        return _("Deleted custom field %(name)s") % {"name": name}
    text = ngettext(
        "Deleted custom field %(name)s and its value with %(n)s teammate",
        "Deleted custom field %(name)s and its value with %(n)s teammates",
        forgotten,
    )
    return text % {"name": name, "n": forgotten}


def _rotated(name: str, data: Data) -> str:
    ends = data.get("expires_at")
    until = date_format(datetime.fromisoformat(str(ends)), "DATETIME_FORMAT") if ends else ""
    works = _("the old one works until %(until)s") % {"until": until} if until else ""
    return _parts(_("Rotated the API token %(name)s") % {"name": name}, works)


def _blocked(name: str, data: Data) -> str:
    ended = _counted(SESSIONS_ENDED, data.get("sessions_ended"))
    return _with_reason(_parts(_("Blocked %(name)s") % {"name": name}, ended, _("licence freed")), data)


def _signed_out(name: str, data: Data) -> str:
    ended = _counted(SESSIONS_ENDED, data.get("sessions_ended"))
    return _parts(_("Signed %(name)s out") % {"name": name}, ended or _("no session was open"))


def _group_created(name: str, data: Data) -> str:
    members = data.get("members_added_count", 0)
    if not members:
        return _("Created group %(name)s") % {"name": name}
    text = ngettext("Created group %(name)s with %(n)s member", "Created group %(name)s with %(n)s members", members)
    return text % {"name": name, "n": members}


def _group_updated(name: str, data: Data) -> str:
    before, after = data.get("before", {}), data.get("after", {})
    parts = [
        _("renamed from %(before)s") % {"before": before.get("name")} if "name" in after else "",
        _("description changed") if "description" in after else "",
        _counted(MEMBERS_CONFIRMED, data.get("members_confirmed")),
        _listed(data, "members_added", lazy("%(what)s added"), MEMBERS_ADDED),
        _listed(data, "members_removed", lazy("%(what)s removed"), MEMBERS_REMOVED),
        _counted(lazy("more than half of its %(n)s members left at once"), data.get("shrank_from")),
    ]
    what = "; ".join(filter(None, parts)) or _("details changed")
    return _("Group %(name)s: %(what)s") % {"name": name, "what": what}


def _adopted(name: str, data: Data) -> str:
    told = _("Group %(name)s is managed by the identity provider from now on") % {"name": name}
    removed = _counted(REMOVED_BY_IT, data.get("removed"))
    if removed and data.get("removed_names"):
        removed = f"{removed} ({data['removed_names']})"
    return _parts(told, removed, _counted(UNCONFIRMED, data.get("unconfirmed")))


def _group_deleted(name: str, data: Data) -> str:
    members = len(data.get("members", []))
    if not members:
        return _("Deleted group %(name)s") % {"name": name}
    text = ngettext(
        "Deleted group %(name)s, which had %(n)s member", "Deleted group %(name)s, which had %(n)s members", members
    )
    return text % {"name": name, "n": members}


def _removed(name: str, data: Data) -> str:
    told = _("Removed %(name)s from the identity provider's view") % {"name": name}
    return _parts(told, _counted(GROUPS_LEFT, len(data.get("left_groups", []))))


def _deleted(name: str, data: Data) -> str:
    told = _parts(_("Deleted %(name)s") % {"name": name}, _counted(LEFT, len(data.get("left_groups", []))))
    return _with_reason(told, data)


def _company(name: str, data: Data) -> str:
    what = fields(data.get("after", {}))
    told = _("Changed %(fields)s of %(name)s") if what else _("Changed the settings of %(name)s")
    return _with_reason(told % {"fields": what, "name": name}, data)


def _licence_added(name: str, data: Data) -> str:
    total = (data.get("after") or {}).get("licence_count")
    whom = data.get("for")
    told = _("A licence was added for %(whom)s") % {"whom": whom} if whom else _("A licence was added")
    return f"{told}: {_('%(n)s in all') % {'n': total}}" if total else told


def _released(name: str, data: Data) -> str:
    login = data.get("login")
    told = _("Released the address %(login)s") if login else _("Released the address of %(name)s")
    return _with_reason(told % {"login": login, "name": name}, data)


def _password_set(name: str, data: Data) -> str:
    by_link = _("Set the password of %(name)s with a link sent by e-mail")
    return (by_link if data.get("by_link") else _("Set the password of %(name)s")) % {"name": name}


def _password_link_sent(name: str, data: Data) -> str:
    told = _("Sent %(name)s a link to set a new password") % {"name": name}
    return f"{told}, {_('to %(address)s') % {'address': data['to']}}" if data.get("to") else told


def _invited(name: str, data: Data) -> str:
    told = _("Invited %(name)s to the company settings") % {"name": name}
    return f"{told}, {_('at %(address)s') % {'address': data['to']}}" if data.get("to") else told


def _recovery_code_used(name: str, data: Data) -> str:
    left = str(CODES_LEFT % {"n": data.get("left", 0)})
    return _parts(_("%(name)s signed in with a recovery code") % {"name": name}, left)


def _notice_closed(name: str, data: Data) -> str:
    return (_("Closed the notice: %(text)s") % {"text": data.get("text") or name}).rstrip(".")


def _plain(text: Any) -> Callable[[str, Data], str]:
    """A sentence that says the name and, where one was given, the reason."""
    return lambda name, data: _with_reason(str(text) % {"name": name}, data)


def _counted(text: Any, number: int | None) -> str:
    """The text with the number in it; nothing for none."""
    return str(text % {"n": number}) if number else ""


def _parts(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _with_reason(told: str, data: Data) -> str:
    why = reason(data)
    return _("%(told)s (reason: %(reason)s)") % {"told": told, "reason": why} if why else told


def reason(data: Data) -> str:
    """Why: what somebody wrote, or what the identity provider did that had this effect; empty where nothing tells."""
    return str(data.get("reason") or CAUSES.get(data.get("cause", ""), ""))


SENTENCES: dict[str, Callable[[str, Data], str]] = {
    "teammate.created": _created,
    "teammate.updated": _updated,
    "teammate.blocked": _blocked,
    "teammate.unblocked": _plain(lazy("Unblocked %(name)s; licence taken")),
    "teammate.restored": _plain(lazy("Let the identity provider see %(name)s again")),
    "teammate.conversations_released": _plain(lazy("Released the shared conversations of %(name)s")),
    "teammate.removed_by_idp": _removed,
    "teammate.deleted": _deleted,
    "teammate.address_released": _released,
    "teammate.signed_out": _signed_out,
    "teammate.password_set": _password_set,
    "teammate.password_link_sent": _password_link_sent,
    "teammate.invited": _invited,
    "teammate.two_factor_on": _plain(lazy("Turned two-factor sign-in on for %(name)s")),
    "teammate.two_factor_off": _plain(lazy("Turned two-factor sign-in off for %(name)s")),
    "teammate.two_factor_reset": _plain(lazy("Removed the second factor of %(name)s")),
    "teammate.recovery_codes_made": _plain(lazy("Made new recovery codes for %(name)s")),
    "teammate.recovery_code_used": _recovery_code_used,
    "teammate.access_changed": _access,
    "group.created": _group_created,
    "group.updated": _group_updated,
    "group.adopted": _adopted,
    "group.deleted": _group_deleted,
    "group.access_changed": _group_access,
    "token.created": _plain(lazy("Created the API token %(name)s")),
    "token.rotated": _rotated,
    "token.revoked": _plain(lazy("Revoked the API token %(name)s")),
    "template.created": _plain(lazy("Created the template %(name)s")),
    "template.updated": _changed(lazy("the template")),
    "template.deleted": _plain(lazy("Deleted the template %(name)s")),
    "workspace.created": _plain(lazy("Created workspace %(name)s")),
    "workspace.updated": _changed(lazy("workspace")),
    "workspace.deleted": _workspace_deleted,
    "inbox.created": _plain(lazy("Created inbox %(name)s")),
    "inbox.updated": _changed(lazy("inbox")),
    "inbox.deleted": _plain(lazy("Deleted inbox %(name)s")),
    "access.structure_changed": _plain(lazy("Worked out anew who reaches %(name)s")),
    "custom_field.created": _plain(lazy("Created custom field %(name)s")),
    "custom_field.updated": _changed(lazy("custom field")),
    "custom_field.deleted": _field_deleted,
    "notice.closed": _notice_closed,
    "company.created": _plain(lazy("Created the company %(name)s")),
    "company.updated": _company,
    "company.licence_added": _licence_added,
    "company.group_sync_enabled": _plain(lazy("Turned Teammate Group Sync on")),
    "company.group_sync_disabled": _plain(lazy("Turned Teammate Group Sync off")),
}


def sentence(kind: str, name: str, data: Data, names: Mapping[str, str] | None = None) -> str:
    """What an event says, in one plain sentence without a full stop.

    names: what people, places and custom fields are called, by the ids that the event has for them.
    """
    tell = SENTENCES.get(kind)
    if tell is not None:
        return tell(name, {**data, NAMES: names} if names else data)
    noun, _dot, verb = kind.partition(".")
    return f"{noun.replace('_', ' ').capitalize()} {name} {verb.replace('_', ' ')}".replace("  ", " ")
