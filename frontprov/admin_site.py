"""The web admin: company settings for a company's admins, and the same pages for support staff."""

from functools import update_wrapper
from types import ModuleType
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
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

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        return {**context, "colors": None, "plan_banner": parts().plan_banner(request)}  # colours are in theme.css

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Straight to what one comes for: an admin's teammates, for support staff the companies."""
        return HttpResponseRedirect(parts().first_page(request))

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index", current_app=self.name))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        found: HttpResponse = parts().search(self, request)
        return found

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return parts().sign_in(self, request)

    def extra_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = parts().urls(self)
        return urls

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return parts().gate(request) or inner(request, *args, **kwargs)

        return update_wrapper(gated, inner)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        request.current_app = self.name
        view = parts().PasswordChange.as_view(
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return parts().Choices.as_view(admin_site=self)(request)
