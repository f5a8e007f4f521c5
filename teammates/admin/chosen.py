"""The company that support staff chose to look at: a filter over what they may see anyway, and no boundary.

The choice is kept in the session. `permissions.visible` applies it, so lists, choices and searches follow it without
knowing of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from teammates.admin.company_search import company_with
from teammates.admin.forms import usable_pk
from teammates.admin.permissions import Role, User, looked_at, role_of
from teammates.models import Company

KEY = "looking_at"
OF_A_COMPANY = {"teammates_company_change", "teammates_company_history"}  # pages, by the names of their addresses


class ChosenCompanyMiddleware:
    """Puts the company that was chosen on the person who chose it, on pages of the web admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        match = request.resolver_match
        if match is None or match.namespace != "admin" or KEY not in request.session:
            return
        if role_of(request.user) == Role.SUPPORT:
            _put(request, Company.objects.filter(pk=request.session[KEY]).first())
            _follow_address(request)


def _follow_address(request: HttpRequest) -> None:
    """Who looks at one company, and opens an address that names another, looks at that one from here on.

    A page of another company than the chosen one would find nothing, and say so as if there were nothing.
    """
    chosen = looked_at(request.user)
    if chosen is None or request.method != "GET":
        return
    named = _named_company(request)
    company = Company.objects.filter(pk=named).first() if named not in (None, chosen.pk) else None
    if company is not None:
        look_at(request, company)
        text = _("This page is of %(company)s, so you look at %(company)s now.")
        messages.info(request, text % {"company": company})


def _named_company(request: HttpRequest) -> int | None:
    """The key of the company that the address is about: the one it names, or that of the row it names."""
    match, asked = request.resolver_match, request.GET
    if match is not None and match.url_name in OF_A_COMPANY:
        return usable_pk(match.kwargs.get("object_id"))
    if "company" in asked:
        return Company.pk_of(asked["company"])
    if "company__id__exact" in asked:
        return usable_pk(asked["company__id__exact"])
    subject = asked.get("subject__exact") or asked.get("resource") or ""
    return company_with(subject) if subject else None


def look_at(request: HttpRequest, company: Company) -> None:
    request.session[KEY] = company.pk
    _put(request, company)


def _put(request: HttpRequest, company: Company | None) -> None:
    request.user.looking_at = company  # type: ignore[union-attr]


@contextmanager
def everywhere(user: User) -> Iterator[None]:
    """Without the choice, for a moment: what somebody names by its id is there, whatever they look at."""
    company = looked_at(user)
    user.looking_at = None  # type: ignore[union-attr]
    try:
        yield
    finally:
        user.looking_at = company  # type: ignore[union-attr]


@require_POST
def look_at_view(request: HttpRequest, pk: int) -> HttpResponse:
    _support_only(request)
    company = Company.objects.filter(pk=pk).first()
    if company is None:
        raise Http404
    look_at(request, company)
    return HttpResponseRedirect(reverse("admin:teammates_teammate_changelist"))


@require_POST
def leave_view(request: HttpRequest) -> HttpResponse:
    _support_only(request)
    request.session.pop(KEY, None)
    return HttpResponseRedirect(reverse("admin:teammates_company_changelist"))


def _support_only(request: HttpRequest) -> None:
    if role_of(request.user) != Role.SUPPORT:
        raise PermissionDenied
