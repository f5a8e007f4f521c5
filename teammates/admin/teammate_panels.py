"""What the tabs of a teammate's page show besides form fields."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from teammates import preferences
from teammates.admin.badges import status_badge
from teammates.admin.browsers import in_words
from teammates.admin.changes import WHOLE, written
from teammates.admin.endings import ending_of, release_of
from teammates.admin.forms import option_label
from teammates.admin.links import list_beside
from teammates.admin.names import names_of
from teammates.admin.panels import Panel
from teammates.admin.permissions import Role, role_of
from teammates.admin.pieces import link
from teammates.admin.profiles import MANAGER, managers_of, sent
from teammates.admin.timeline import log_of, timeline
from teammates.lockout import locks_of
from teammates.models import CustomField, FieldKind, Membership, Source, Status, Teammate
from teammates.services.reach import reach_of
from teammates.sync import Refused, Sync, last_sync, refusals

SHOWN = 100  # rows of a table; what is beyond has a page of its own, or is said to be there
NAMES_ROWS = (FieldKind.TEAMMATE, FieldKind.INBOX)
REFUSALS = 5  # the latest, beside the history


def last_sync_of(request: HttpRequest, teammate: Teammate) -> Sync | None:
    """Asked once for each page."""
    if teammate.source != Source.IDP:
        return None
    if not hasattr(request, "last_sync"):
        request.last_sync = last_sync(teammate.tenant_id, teammate.public_id)  # type: ignore[attr-defined]
    sync: Sync | None = request.last_sync  # type: ignore[attr-defined]
    return sync


def refusals_of(request: HttpRequest, teammate: Teammate) -> list[Refused]:
    """Asked once for each page."""
    if not hasattr(request, "refusals"):
        request.refusals = refusals(teammate.tenant_id, teammate.public_id, REFUSALS)  # type: ignore[attr-defined]
    found: list[Refused] = request.refusals  # type: ignore[attr-defined]
    return found


def overview(
    request: HttpRequest,
    teammate: Teammate,
    *,
    template: Callable[[], str],
    edits: bool,
    two_factor: Callable[[], bool],
) -> Panel:
    """template: names the one that the person came from. edits: whether form fields follow.

    two_factor: whether a company admin, who signs in here, needs a code besides the password.
    """

    def facts() -> dict[str, Any]:
        signs_in = teammate.is_staff
        return {
            "teammate": teammate,
            "badge": status_badge(teammate, with_release=False),
            "release": release_of(teammate),
            "ended": ending_of(teammate),
            "sync": last_sync_of(request, teammate),
            "is_provisioned": teammate.source == Source.IDP,
            "is_gone": teammate.status == Status.DELETED or teammate.removed_by_idp_at is not None,
            "template": template(),
            "edits": edits,
            "sent": _sent(teammate),
            "preferences": preferences.in_words(teammate.preferences),
            "log_url": log_of(request, teammate),
            "signs_in": signs_in,
            "two_factor": signs_in and two_factor(),
            "needs_two_factor": signs_in and teammate.company is not None and teammate.company.require_two_factor,
            "locks": locks_of(teammate.login) if signs_in else [],
            "is_support": role_of(request.user) == Role.SUPPORT,
        }

    return Panel(request, "teammate_overview.html", facts)


def groups(request: HttpRequest, teammate: Teammate, *, edits: bool) -> Panel:
    """edits: whether a group can be left here, one that the identity provider does not manage."""

    def facts() -> dict[str, Any]:
        memberships = Membership.objects.filter(company=teammate.company_id, teammate=teammate)
        found = list(memberships.select_related("group__company").order_by("group_id")[: SHOWN + 1])
        return {
            "memberships": found[:SHOWN],
            "is_cut": len(found) > SHOWN,
            "shown": SHOWN,
            "teammate": teammate,
            "edits": edits,
            "groups_url": list_beside(request, "teammates.teammategroup", teammate.company_id),
            "refusals": [each for each in refusals_of(request, teammate) if each.group],
        }

    return Panel(request, "teammate_groups.html", facts)


def access(request: HttpRequest, teammate: Teammate) -> Panel:
    def facts() -> dict[str, Any]:
        found = reach_of(teammate, SHOWN + 1)
        return {"reached": found[:SHOWN], "is_cut": len(found) > SHOWN, "shown": SHOWN, "teammate": teammate}

    return Panel(request, "teammate_access.html", facts)


def sessions(request: HttpRequest, teammate: Teammate, *, may_end: bool) -> Panel:
    def facts() -> dict[str, Any]:
        found = list(teammate.sessions.order_by("-signed_in_at", "session_key")[: SHOWN + 1])
        own = request.session.session_key
        rows = [(each, in_words(each.user_agent), each.session_key == own) for each in found[:SHOWN]]
        return {
            "sessions": rows,
            "is_cut": len(found) > SHOWN,
            "shown": SHOWN,
            "may_end": may_end,
            "teammate": teammate,
        }

    return Panel(request, "teammate_sessions.html", facts)


def history(request: HttpRequest, teammate: Teammate) -> Panel:
    def facts() -> dict[str, Any]:
        return {**timeline(request, teammate), "refusals": refusals_of(request, teammate)}

    return Panel(request, "timeline.html", facts)


def custom_values(request: HttpRequest, teammate: Teammate, definitions: list[CustomField]) -> Panel:
    """Without a field there is nothing to fill in; without the right to, they are read."""

    def facts() -> dict[str, Any]:
        provisioned, values = teammate.source == Source.IDP, teammate.custom_fields
        ids = [values[each.public_id] for each in definitions if each.kind in NAMES_ROWS and each.public_id in values]
        names = names_of(request.user, {teammate.tenant_id: dict.fromkeys(ids)})[teammate.tenant_id].plain
        rows = [
            (each.name, written(values.get(each.public_id), names, WHOLE), provisioned and each.idp_sent_at)
            for each in definitions
        ]
        return {"rows": rows, "definitions_url": list_beside(request, "teammates.customfield", teammate.company_id)}

    return Panel(request, "teammate_custom_fields.html", facts)


def _sent(teammate: Teammate) -> list[tuple[str, str]]:
    """What the identity provider sent besides what has a column; the manager as a link, where they are known."""
    shown = sent(teammate.profile)
    known = managers_of([teammate]) if MANAGER in shown else {}
    for manager in known.values():
        url = reverse("admin:teammates_teammate_change", args=[manager.pk])
        shown[MANAGER] = shown[MANAGER][0], link(url, option_label(manager))
    return list(shown.values())
