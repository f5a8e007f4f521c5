"""Why somebody has no access any more: by whom, when and for what reason, on top of their page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.links import request_behind
from teammates.admin.pieces import link
from teammates.models import ActorKind, Event, Status, Teammate
from teammates.moments import moment

# The events that take access or begin without it, and how each is told.
TOLD = {
    "teammate.blocked": _("Blocked by %(who)s on %(when)s"),
    "teammate.deleted": _("Deleted by %(who)s on %(when)s"),
    "teammate.removed_by_idp": _("Removed by %(who)s on %(when)s"),
    "teammate.created": _("Created as blocked by %(who)s on %(when)s"),
}

RELEASED = "teammate.address_released"


@dataclass(frozen=True)
class Ending:
    """event: what took the access. removed: when the identity provider removed the person, if it did."""

    event: Event
    removed: datetime | None

    @property
    def reason(self) -> str:
        return str(self.event.data.get("reason", ""))

    @property
    def was_removal(self) -> bool:
        """Whether the identity provider took the access by removing the person; they may be blocked before."""
        return self.removed is not None and self.removed <= self.event.at


def ending_of(teammate: Any) -> Ending | None:
    """What took the access of somebody who has none now; asked once for each page."""
    if teammate.is_active:
        return None
    if "ending" not in teammate.__dict__:
        teammate.__dict__["ending"] = _asked(teammate)
    found: Ending | None = teammate.__dict__["ending"]
    return found


def _asked(teammate: Teammate) -> Ending | None:
    events = Event.objects.filter(company=teammate.company_id, subject=teammate.public_id, kind__in=TOLD)
    newest = list(events.order_by("-pk")[:3])  # a removal and its block, and the creation
    kinds = ["teammate.deleted"] if teammate.status == Status.DELETED else ["teammate.blocked"]
    first = next((event for event in newest if event.kind in kinds), newest[0] if newest else None)
    if first is None:
        return None
    removed = next((event.at for event in newest if event.kind == "teammate.removed_by_idp"), None)
    return Ending(first, removed if teammate.removed_by_idp_at is not None else None)


def in_words(teammate: Teammate) -> str:
    """HTML: who took the access, when and why, with the ways to the event and to the request behind it."""
    ending = ending_of(teammate)
    if ending is None:
        return ""
    event, why = ending.event, _why(ending)
    told = TOLD[event.kind] % {"who": event.actor, "when": moment(event.at)}
    said = f"{told}: {why}." if why else f"{told}."
    if ending.removed is not None and not ending.was_removal:
        later = translated("The identity provider removed them on %(when)s.")
        said = f"{said} {later % {'when': moment(ending.removed)}}"
    ways = [link(reverse("admin:teammates_event_change", args=[event.pk]), translated("The entry in the audit log"))]
    if request := request_behind(event):
        ways.append(link(request, translated("The identity provider's request")))
    return format_html("{} {}", said, format_html_join(" · ", "{}", ((way,) for way in ways)))


def release_of(teammate: Any) -> Event | None:
    """What released the address of somebody who left; asked once for each page."""
    if teammate.address_released_at is None:
        return None
    if "release" not in teammate.__dict__:
        events = Event.objects.filter(company=teammate.company_id, subject=teammate.public_id, kind=RELEASED)
        teammate.__dict__["release"] = events.order_by("-pk").first()
    found: Event | None = teammate.__dict__["release"]
    return found


def release_in_words(teammate: Teammate) -> str:
    """HTML: that the address can be used again, by whose doing, when and why, with the way to the event."""
    event = release_of(teammate)
    if event is None:
        return translated("The address was released: it can be used again.")
    told = translated("The address was released by %(who)s on %(when)s, and can be used again")
    said = told % {"who": event.actor, "when": moment(event.at)}
    reason = str(event.data.get("reason", "")).rstrip(".")
    way = link(reverse("admin:teammates_event_change", args=[event.pk]), translated("The entry in the audit log"))
    return format_html("{} {}", f"{said}: {reason}." if reason else f"{said}.", way)


def _why(ending: Ending) -> str:
    kind = ending.event.actor_kind
    if ending.reason:
        return ending.reason.rstrip(".")
    if kind == ActorKind.IDP:
        return translated("it removed them") if ending.was_removal else translated("it sent that they are not active")
    return translated("no reason was given") if kind in (ActorKind.TEAMMATE, ActorKind.STAFF) else ""
