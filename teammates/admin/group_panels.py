"""What the tabs of a group's page show besides form fields."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from teammates.admin.badges import managed_badge, status_badge
from teammates.admin.panels import Panel
from teammates.admin.timeline import log_of, timeline
from teammates.admin.waiting_groups import link_in_words
from teammates.models import Membership, TeammateGroup
from teammates.sync import last_sync

SHOWN = 25  # members on the group's own page; the list of members has all
SHOWN_PLACES = 200


def overview(request: HttpRequest, group: TeammateGroup) -> Panel:
    def facts() -> dict[str, Any]:
        sync = last_sync(group.company_id, group.public_id) if group.external_id or group.is_idp_managed else None
        return {
            "group": group,
            "badge": managed_badge(group),
            "link": link_in_words(group),
            "sync": sync,
            "log_url": log_of(request, group),
        }

    return Panel(request, "group_overview.html", facts)


def members(request: HttpRequest, group: Any, *, edits: bool) -> Panel:
    """Those whom the identity provider has not confirmed come first: something is to be decided about them."""

    def facts() -> dict[str, Any]:
        present = Membership.objects.filter(company=group.company_id, group=group).select_related("teammate")
        found = present.order_by("teammate_id")
        waiting = found.filter(confirmed=False)[:SHOWN] if _waits(group) else ()
        url = f"{reverse('admin:teammates_membership_changelist')}?group__id__exact={group.pk}"
        return {
            "group": group,
            "members": [(each.teammate, status_badge(each.teammate)) for each in found[:SHOWN]],
            "waiting": [(each.teammate, status_badge(each.teammate)) for each in waiting],
            "shown": SHOWN,
            "members_url": url,
            "waiting_url": f"{url}&confirmed=0",
            "export_url": reverse("admin:teammates_teammategroup_export", args=[group.pk]),
            "import_url": reverse("admin:teammates_teammategroup_import", args=[group.pk])
            if edits and not group.is_idp_managed
            else "",
            "edits": edits,
        }

    return Panel(request, "group_members.html", facts)


def _waits(group: Any) -> bool:
    return bool(group.is_idp_managed and group.unconfirmed_counted)


def access(request: HttpRequest, group: TeammateGroup) -> Panel:
    def facts() -> dict[str, Any]:
        grants = group.grants.select_related("workspace", "inbox__workspace").order_by("pk")
        return {"grants": grants[:SHOWN_PLACES], "group": group}

    return Panel(request, "group_access.html", facts)


def history(request: HttpRequest, group: TeammateGroup) -> Panel:
    return Panel(request, "timeline.html", lambda: timeline(request, group))
