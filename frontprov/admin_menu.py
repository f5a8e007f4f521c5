"""The menu of the web admin, in the guide's words, and whose settings are being looked at."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from scim.models import LogEntry
from teammates import support
from teammates.admin.permissions import Role, allows, looked_at, role_of
from teammates.admin.waiting import waiting
from teammates.models import ApiToken, Company, CustomField, Event, Notice, Teammate, Workspace

Entry = dict[str, Any]


def header(request: HttpRequest) -> str:
    """The company whose settings these are."""
    user = request.user
    if role_of(user) == Role.COMPANY_ADMIN:
        return str(user.company.name)  # type: ignore[union-attr]
    company = looked_at(user)
    return company.name if company else "Frontprov"


def subheader(request: HttpRequest) -> str:
    return _("Support") if role_of(request.user) == Role.SUPPORT else _("Company settings")


def navigation(request: HttpRequest) -> list[Entry]:
    is_support = role_of(request.user) == Role.SUPPORT
    groups = [
        (
            _("Company settings"),
            [
                _entry(_("Teammates"), "group", Teammate),
                _entry(_("Workspaces & inboxes"), "inbox", Workspace),
                _entry(_("Custom fields"), "list_alt", CustomField),
                _entry(_("Companies") if is_support else _("Company"), "apartment", Company),
                {**_entry(_("Notices"), "notifications", Notice), "badge": open_notices(request)},
            ],
        ),
        (_("Developers"), [_entry(_("API tokens"), "key", ApiToken)]),
        (_("Logs"), [_entry(_("Provisioning log"), "sync_alt", LogEntry), _entry(_("Audit log"), "history", Event)]),
    ]
    return [{"title": title, "items": items} for title, items in groups]


def _entry(title: str, icon: str, model: type[Any]) -> Entry:
    return {
        "title": title,
        "icon": icon,
        "link": _list_url(model._meta.label_lower),
        "permission": lambda request: allows(request.user, model, "view"),
    }


def _list_url(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def tabs(request: HttpRequest) -> list[Entry]:
    """Pages that belong together, side by side on top of each of them."""
    return [
        _tabs(
            (_("Teammates"), "teammates.teammate"),
            (_("Teammate groups"), "teammates.teammategroup"),
            (_("Teammate templates"), "templates_app.teammatetemplate"),
            page="user_provisioning",
            more=[{"title": _("User provisioning"), "link": reverse("admin:user_provisioning")}],
        ),
        _tabs((_("Workspaces"), "teammates.workspace"), (_("Inboxes"), "teammates.inbox")),
    ]


def _tabs(*pages: tuple[str, str], page: str = "", more: Sequence[Entry] = ()) -> Entry:
    """more: tabs of pages that list no model; `page` is what such a page calls the row of tabs by."""
    return {
        "page": page,
        "models": [label for _title, label in pages],
        "items": [*({"title": title, "link": _list_url(label)} for title, label in pages), *more],
    }


def account(request: HttpRequest) -> list[Entry]:
    """The links under one's own name."""
    links = [{"title": _("Your account"), "link": reverse("admin:account")}]
    if role_of(request.user) == Role.COMPANY_ADMIN:
        links.append({"title": _("Notices by e-mail"), "link": reverse("admin:teammates_notice_by_email")})
        if url := support.address():
            links.append({"title": _("Ask support"), "link": url})
    return links


def open_notices(request: HttpRequest) -> str:
    """How many notices wait; nothing when none do."""
    total = waiting(request).total
    return str(total) if total else ""
