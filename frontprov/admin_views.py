"""What the web admin does its own way: signing in, passwords, choices, the first page and the search."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from frontprov.admin_search import search
from scim.admin.provisioning import group_sync, user_provisioning
from teammates.admin import account, passwords
from teammates.admin import sign_in as signing_in
from teammates.admin.account import PasswordChange
from teammates.admin.forms import option_label, usable_pk
from teammates.admin.permissions import Role, role_of
from teammates.admin.sign_in import sign_in
from teammates.support import with_links

__all__ = [
    "Choices", "PasswordChange", "first_page", "gate", "group_sync", "plan_banner", "search", "sign_in", "urls",
    "user_provisioning",
]  # fmt: skip

Page = tuple[str, Callable[..., HttpResponse], str]  # route, view, name

# What is open to somebody who still has to set up the second factor that the company asks for.
BEFORE_TWO_FACTOR = {"set_up_two_factor", "logout", "jsi18n"}


class Choices(AutocompleteJsonView):
    """Choices as the forms write them: people with their logins, inboxes with their workspaces."""

    admin_site: AdminSite

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": option_label(obj)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where there is nothing to choose, a line that cannot be chosen says why."""
        answer: HttpResponse = super().get(request, *args, **kwargs)
        if json.loads(answer.content)["results"]:
            return answer
        pages: Any = self.model_admin  # each of ours: a ScopedAdmin
        text = pages.no_choice(request, self.term)
        return JsonResponse({"results": [{"id": "0", "text": text, "disabled": True}], "pagination": {"more": False}})

    def get_queryset(self) -> QuerySet[Any]:
        """A page that can be none is the first one."""
        self.kwargs["page"] = usable_pk(self.request.GET.get("page")) or 1
        queryset: QuerySet[Any] = super().get_queryset()
        return queryset


def first_page(request: HttpRequest) -> str:
    model = "company" if role_of(request.user) == Role.SUPPORT else "teammate"
    return reverse(f"admin:teammates_{model}_changelist")


def urls(site: AdminSite) -> list[URLPattern]:
    """The pages of signing in, which are open to all, and those of one's own account."""
    open_to_all: list[Page] = [
        ("login/company/", signing_in.choose_company, "choose_company"),
        ("login/code/", signing_in.second_step, "second_step"),
        ("password/", passwords.ask, "ask_password"),
        ("password/<str:token>/", passwords.set_password, "set_password"),
    ]
    own: list[Page] = [
        ("account/", account.account, "account"),
        ("account/sign-out-elsewhere/", account.sign_out_elsewhere, "sign_out_elsewhere"),
        ("account/two-factor/", account.set_up_two_factor, "set_up_two_factor"),
        ("account/two-factor/off/", account.turn_off_two_factor, "turn_off_two_factor"),
        ("account/two-factor/recovery-codes/", account.new_recovery_codes, "new_recovery_codes"),
    ]
    about_no_model = [
        path("user-provisioning/", site.admin_view(user_provisioning), name="user_provisioning"),
        path("user-provisioning/group-sync/", site.admin_view(group_sync), name="group_sync"),
    ]
    return [
        *(path(route, partial(view, site), name=name) for route, view, name in open_to_all),
        *(path(route, site.admin_view(partial(view, site)), name=name) for route, view, name in own),
        *about_no_model,
    ]


def gate(request: HttpRequest) -> HttpResponse | None:
    """Where the company asks its admins for a second factor: who signed in without one sets it up first."""
    match = request.resolver_match
    if role_of(request.user) is None or match is None or match.url_name in BEFORE_TWO_FACTOR:
        return None
    if not account.has_to_set_up(request.user):
        return None
    return HttpResponseRedirect(reverse("admin:set_up_two_factor"))


def plan_banner(request: HttpRequest) -> str:
    """HTML, on every page while the plan lacks user provisioning; nothing is blocked or taken away by that."""
    if role_of(request.user) != Role.COMPANY_ADMIN or request.user.company.scim_allowed:  # type: ignore[union-attr]
        return ""
    told = _(
        "User provisioning (SCIM) is not part of your company's plan (%(plan)s): requests of your identity "
        "provider are refused. Everybody and everything that was provisioned stays as it is. It is part of the Scale "
        "plan and above. To change the plan, %(ask_support)s."
    )
    return with_links(told, plan=request.user.company.get_plan_display())  # type: ignore[union-attr]
