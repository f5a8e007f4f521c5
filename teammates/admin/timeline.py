"""What happened to one teammate or group: plain sentences, by whom, before and after."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from teammates.admin.changes import changes
from teammates.admin.forms import usable_pk
from teammates.admin.links import list_beside, request_behind
from teammates.admin.names import LISTS, Names, lists_of, names_in
from teammates.models import ActorKind, Event, Teammate, TeammateGroup
from teammates.models.event import GROUP_ACCESS
from teammates.sentences import FEW, sentence

PAGE = 20
SAID = ("members_added", "members_removed", "granted", "taken")  # lists that a sentence names where they are short
LISTED = 50  # names of a list; the event's own page has more
OLDER = "events_before"


def timeline(request: HttpRequest, row: Teammate | TeammateGroup) -> dict[str, Any]:
    """One page of the row's events, the newest first; of a teammate also what groups brought or took."""
    before = usable_pk(request.GET.get(OLDER))
    events = _events(row, before)
    names = names_in(request.user, events, LISTED).get(row.company_id or 0, Names())
    return {
        "entries": [_entry(event, row, names) for event in events[:PAGE]],
        "older": f"?{OLDER}={events[PAGE - 1].pk}#history" if len(events) > PAGE else "",
        "is_later_page": before is not None,
        "audit_url": list_beside(request, "teammates.event", row.company_id, subject__exact=row.public_id),
        "log_url": log_of(request, row),
    }


def log_of(request: HttpRequest, row: Teammate | TeammateGroup) -> str:
    """The provisioning log of one teammate or group; empty in an installation without one."""
    return list_beside(request, "scim.logentry", row.company_id, resource=row.public_id)


def _events(row: Teammate | TeammateGroup, before: int | None) -> list[Event]:
    kept = Event.objects.filter(company=row.company_id or 0)
    if before is not None:
        kept = kept.filter(pk__lt=before)
    found = list(kept.filter(subject=row.public_id).order_by("-pk")[: PAGE + 1])
    if isinstance(row, Teammate):
        found += kept.of_member(row.company_id or 0, row.public_id).order_by("-pk")[: PAGE + 1]
        found += kept.of_access_through_groups(row.company_id or 0, row.pk).order_by("-pk")[: PAGE + 1]
    return sorted(found, key=lambda event: -event.pk)[: PAGE + 1]


def _entry(event: Event, row: Teammate | TeammateGroup, names: Names) -> dict[str, Any]:
    text, reason = _text(event, row, names), str(event.data.get("reason", ""))
    return {
        "at": event.at,
        "text": text,
        "who": event.actor,
        "kind": "" if event.actor_kind == ActorKind.TEAMMATE else event.get_actor_kind_display(),
        "who_url": _page_of(event),
        "reason": "" if reason in text else reason,
        "remarks": event.data.get("remarks", []),
        "changes": _changes(event, row, names),
        "lists": _lists(event, row, names),
        "url": reverse("admin:teammates_event_change", args=[event.pk]),
        "request_url": request_behind(event),
    }


def _text(event: Event, row: Teammate | TeammateGroup, names: Names) -> str:
    if event.subject == row.public_id or event.kind == GROUP_ACCESS:
        return sentence(event.kind, event.subject_name, event.data, names.short)
    if event.kind == "group.deleted":
        text = _("Left the group %(group)s: it was deleted")
    elif row.public_id in event.data.get("members_added", []):
        text = _("Added to the group %(group)s")
    else:
        text = _("Removed from the group %(group)s")
    return text % {"group": event.subject_name}


def _page_of(event: Event) -> str:
    """The page of who did it: the person, or the token that the identity provider used."""
    if event.actor_kind in (ActorKind.IDP, ActorKind.API) and (token := usable_pk(event.actor_id)):
        return reverse("admin:teammates_apitoken_change", args=[token])
    if event.actor_kind == ActorKind.TEAMMATE and (person := Teammate.pk_of(event.actor_id)):
        return reverse("admin:teammates_teammate_change", args=[person])
    return ""


def _changes(event: Event, row: Teammate | TeammateGroup, names: Names) -> list[tuple[str, str, str]]:
    """Nothing for a creation, whose sentence says enough, and of a group's event not what else it did to the group."""
    if event.subject != row.public_id or not (event.data.get("before") and event.data.get("after")):
        return []
    return list(changes(event, names))


def _lists(event: Event, row: Teammate | TeammateGroup, names: Names) -> list[tuple[Any, str, int]]:
    """(title, names, how many more) of the lists of the row's own event that its sentence only counts."""
    if event.subject != row.public_id:
        return []
    found = []
    for key in lists_of(event):
        ids = event.data[key]
        total = event.data.get(f"{key}_count", len(ids))
        if total > FEW or key not in SAID or event.kind == "group.created":  # whose sentence counts only
            told = ", ".join(names.full.get(each, each) for each in ids[:LISTED])
            found.append((LISTS[key], told, max(0, total - LISTED)))
    return found
