"""States as badges: one word, and a colour that says the same."""

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teammates.admin.pieces import Text, badge
from teammates.models import Teammate, TeammateGroup

WAITS = gettext_lazy("Waits for the identity provider")


def status_badge(teammate: Teammate, *, with_release: bool = True) -> str:
    """Whether the person can sign in, and if not, why. with_release: whether it says that their address is free."""
    if teammate.address_released_at is not None:
        return with_note(badge(_("Deleted")), _("The address was released")) if with_release else badge(_("Deleted"))
    if teammate.is_blocked:
        removed = _("Removed by the identity provider") if teammate.removed_by_idp_at is not None else ""
        admin = _("Company admin, once unblocked") if teammate.is_company_admin else ""
        notes = "; ".join(note for note in (removed, admin) if note)
        return with_note(badge(_("Blocked"), "bad"), notes) if notes else badge(_("Blocked"), "bad")
    if teammate.is_active and teammate.is_company_admin:
        note = _("Company admin") if teammate.has_password else _("Company admin, has not set a password yet")
        return with_note(badge(_("Active"), "good"), note)
    return badge(teammate.get_status_display(), "good" if teammate.is_active else "")


def with_note(state: str, note: Text) -> str:
    """A badge, and below it what is to be known besides."""
    return format_html('{} <div class="fp-note">{}</div>', state, note)


def managed_badge(group: TeammateGroup) -> str:
    """Who manages the group now, and whether that is about to change."""
    if group.is_idp_managed:
        return badge(_("IdP-managed"), "info")
    here = badge(_("Managed here"))
    return with_note(here, WAITS) if group.waits_for_idp else here
