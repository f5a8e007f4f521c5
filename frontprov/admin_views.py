"""What the web admin does its own way: signing in, passwords, choices, and whose settings are looked at."""

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from teammates.admin.accounts import PasswordForm, SignInForm
from teammates.admin.forms import option_label, usable_pk
from teammates.admin.permissions import Role, role_of

__all__ = ["Choices", "PasswordChange", "SignInForm", "header"]


class Choices(AutocompleteJsonView):
    """Choices as the forms write them: people with their logins, inboxes with their workspaces."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": option_label(obj)}

    def get_queryset(self) -> QuerySet[Any]:
        """A page that can be none is the first one."""
        self.kwargs["page"] = usable_pk(self.request.GET.get("page")) or 1
        queryset: QuerySet[Any] = super().get_queryset()
        return queryset


class PasswordChange(PasswordChangeView):
    form_class = PasswordForm


def header(request: HttpRequest) -> str:
    match role_of(request.user):
        case Role.COMPANY_ADMIN:
            return f"{request.user.company.name} · {_('Company settings')}"  # type: ignore[union-attr]
        case Role.SUPPORT:
            return f"Frontprov · {_('Support')}"
    return "Frontprov"
