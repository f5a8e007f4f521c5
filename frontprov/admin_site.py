"""The web admin: company settings for a company's admins, and the same pages for support staff."""

from types import ModuleType
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

OURS = {"teammates", "templates_app", "scim"}


def parts() -> ModuleType:
    """What needs the models and their pages, which are not there yet when Django imports this module."""
    from frontprov import admin_views

    return admin_views


class CompanySettingsSite(UnfoldAdminSite):
    index_title = _("Company settings")
    site_url = None
    empty_value_display = "—"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only our own models have pages: the permission matrix knows no others, whatever a package brings."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        super().register([model for model in models if model._meta.app_label in OURS], admin_class, **options)

    def get_urls(self) -> list[Any]:
        """Pages that are about no single model, before the models' own."""
        own = [
            path("user-provisioning/", self.admin_view(parts().user_provisioning), name="user_provisioning"),
            path("user-provisioning/group-sync/", self.admin_view(parts().group_sync), name="group_sync"),
        ]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "colors": None}  # they are in theme.css, for the CSP's sake

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Straight to what one comes for: an admin's teammates, for support staff the companies."""
        return HttpResponseRedirect(parts().first_page(request))

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index", current_app=self.name))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        found: HttpResponse = parts().search(self, request)
        return found

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
