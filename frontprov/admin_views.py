"""What the web admin does its own way: signing in, passwords, choices, the first page and the search."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from frontprov.admin_search import search
from scim.admin.provisioning import group_sync, user_provisioning
from teammates.admin.accounts import PasswordForm, SignInForm
from teammates.admin.forms import option_label, usable_pk
from teammates.admin.permissions import Role, role_of

__all__ = [
    "Choices", "PasswordChange", "SignInForm", "first_page", "group_sync", "search", "user_provisioning",
]  # fmt: skip


class Choices(AutocompleteJsonView):
    """Choices as the forms write them: people with their logins, inboxes with their workspaces."""

    admin_site: AdminSite

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": option_label(obj)}

    def get_queryset(self) -> QuerySet[Any]:
        """A page that can be none is the first one."""
        self.kwargs["page"] = usable_pk(self.request.GET.get("page")) or 1
        queryset: QuerySet[Any] = super().get_queryset()
        return queryset


class PasswordChange(PasswordChangeView):
    form_class = PasswordForm
    template_name = "registration/password_change_form.html"


def first_page(request: HttpRequest) -> str:
    model = "company" if role_of(request.user) == Role.SUPPORT else "teammate"
    return reverse(f"admin:teammates_{model}_changelist")
