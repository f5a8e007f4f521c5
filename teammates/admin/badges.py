"""States as badges: one word, and a colour that says the same."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from teammates.admin.pieces import badge
from teammates.models import Teammate, TeammateGroup


def status_badge(teammate: Teammate) -> str:
    """Whether the person can sign in, and if not, why."""
    if teammate.address_released_at is not None:
        return badge(_("Deleted; the address was released"))
    if teammate.removed_by_idp_at is not None and teammate.is_blocked:
        return badge(_("Blocked (removed by the identity provider)"), "bad")
    if teammate.is_active and teammate.is_company_admin:
        return format_html("{} {}", badge(_("Active"), "good"), badge(_("Company admin"), "info"))
    return badge(teammate.get_status_display(), "good" if teammate.is_active else "bad" if teammate.is_blocked else "")


def managed_badge(group: TeammateGroup) -> str:
    return badge(_("IdP-managed"), "info") if group.is_idp_managed else badge(_("Front-managed"))
