"""The web admin: company settings for a company's admins, and the same pages for support staff."""

from types import ModuleType
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# The menu: headings and what stands under them, in this order; and what is called otherwise there.
MENU = (
    (_("Teammates"), ("Teammate", "TeammateGroup", "TeammateTemplate", "CustomField")),
    (_("Access"), ("Workspace", "Inbox")),
    (_("Developers"), ("ApiToken",)),
    (_("Company"), ("Company", "Notice", "Event")),
)
CALLED = {"Company": _("Company settings"), "Event": _("Audit log")}


def parts() -> ModuleType:
    """What needs the models and their pages, which are not there yet when Django imports this module."""
    from frontprov import admin_views

    return admin_views


class CompanySettingsSite(admin.AdminSite):
    site_title = _("Frontprov")
    index_title = _("Company settings")
    site_url = None
    empty_value_display = "—"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "site_header": parts().header(request)}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Pages by what they are about, not by the app that their code lives in."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        pages = {page["object_name"]: page for app in apps for page in app["models"]}
        for name, page in pages.items():
            page["name"] = CALLED.get(name, page["name"])
        sections = [
            {
                "name": heading,
                "app_label": f"section-{number}",
                "app_url": reverse("admin:index", current_app=self.name),
                "has_module_perms": True,
                "models": [pages[name] for name in names if name in pages],
            }
            for number, (heading, names) in enumerate(MENU)
        ]
        return [section for section in sections if section["models"]]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        self.login_form = parts().SignInForm
        return super().login(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        request.current_app = self.name
        view = parts().PasswordChange.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return parts().Choices.as_view(admin_site=self)(request)
