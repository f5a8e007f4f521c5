"""Signing in: e-mail and password, then which company where there are several, then a code where it is asked for."""

import time
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates import lockout
from teammates.admin.pages import page
from teammates.models import LOGIN_LENGTH, Teammate
from teammates.services import sign_in as services
from teammates.services import two_factor

WAITING = "signing_in"  # in the session, between the password and what is still asked for
WAITING_SECONDS = 600
WRONG = _("The e-mail address or the password is wrong.")
BACKEND = "teammates.backends.LoginBackend"


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("E-mail"),
        max_length=LOGIN_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The six digits that your authenticator app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class RecoveryCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Recovery code"),
        max_length=40,
        help_text=_("One of the ten that you stored when you set up two-factor sign-in. Each works once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "autofocus": True}),
    )


def sign_in(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """?company=<short name> means the account in that company; ?next=<path> is where one wanted to go."""
    wanted = _wanted(request)
    if request.method == "GET" and site.has_permission(request):
        return HttpResponseRedirect(wanted)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        name = form.cleaned_data["username"]
        if lockout.is_locked(request, name):
            return locked_page(request)
        company = request.GET.get("company", "").replace("\0", "")
        fitting = services.accounts(name, form.cleaned_data["password"], company=company)
        if fitting:
            return _after_password(site, request, fitting, wanted)
        lockout.count_failure(request, name)
        form.add_error(None, WRONG)
    context = {"title": translated("Sign in"), "form": form, "next": wanted}
    return page(site, request, "sign_in/sign_in.html", context)


def choose_company(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Only those in which the password fits are offered."""
    people, wanted = _waiting(request)
    if not people:
        return _again(request)
    chosen = [person for person in people if person.public_id == request.POST.get("account")]
    if chosen:
        return _as(request, chosen[0], wanted)
    context = {"title": translated("Choose a company"), "people": people}
    return page(site, request, "sign_in/company.html", context)


def second_step(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The code from the app, or with ?recovery=1 a recovery code."""
    people, wanted = _waiting(request)
    if len(people) != 1:
        return _again(request)
    person = people[0]
    recovery = "recovery" in request.GET
    form = (RecoveryCodeForm if recovery else CodeForm)(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if lockout.is_locked(request, person.login):
            return locked_page(request)
        answer = two_factor.check(person, form.cleaned_data["code"])
        if answer.device is not None:
            return _finish(request, person, wanted, answer)
        if not answer.wait:
            lockout.count_failure(request, person.login)
        form.add_error("code", refused(answer, recovery=recovery))
    context = {"title": translated("Two-factor sign-in"), "form": form, "person": person, "recovery": recovery}
    return page(site, request, "sign_in/code.html", context)


def refused(answer: two_factor.Answer, *, recovery: bool = False) -> str:
    """Why a code of the app, or a recovery code, was not taken."""
    if answer.wait:
        return ngettext(
            "That was too soon after a wrong code. Wait %(seconds)s second and try again.",
            "That was too soon after a wrong code. Wait %(seconds)s seconds and try again.",
            answer.wait,
        ) % {"seconds": answer.wait}
    if recovery:
        return translated("This recovery code is wrong, or was used already. Try another one.")
    return translated("This code is wrong, or was used already. Wait for the next one and try again.")


def locked_page(request: HttpRequest, response: Any = None, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """Who failed too often: the same page whether there is such an account or not (AXES_LOCKOUT_CALLABLE)."""
    known = credentials or getattr(request, "axes_credentials", None) or {}
    minutes = lockout.minutes_to_wait(request, known.get("username", ""))
    context = {"title": translated("Too many failed attempts"), "minutes": minutes}
    answer = page(admin.site, request, "sign_in/locked.html", context, status=429)
    answer.headers["Retry-After"] = str(minutes * 60)
    return answer.render()  # type: ignore[attr-defined]  # the middleware that calls this comes after rendering


def stale_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that this server did not hand to this browser, or long ago (CSRF_FAILURE_VIEW)."""
    answer = page(admin.site, request, "sign_in/stale.html", {"title": translated("This page is too old")}, status=403)
    return answer.render()  # type: ignore[attr-defined]  # middleware gives this answer, past the rendering of views


# --- between the steps ---


def _after_password(site: AdminSite, request: HttpRequest, fitting: list[Teammate], wanted: str) -> HttpResponse:
    usable = [person for person in fitting if person.is_staff]
    if not usable:
        context = {
            "title": translated("You cannot open the company settings"),
            "blocked": [person for person in fitting if not person.is_active],
            "plain": [person for person in fitting if person.is_active],
        }
        return page(site, request, "sign_in/refused.html", context, status=403)
    if len(usable) == 1:
        return _as(request, usable[0], wanted)
    _wait(request, usable, wanted)
    return HttpResponseRedirect(reverse("admin:choose_company"))


def _as(request: HttpRequest, person: Teammate, wanted: str) -> HttpResponse:
    if two_factor.is_on(person):
        _wait(request, [person], wanted)
        return HttpResponseRedirect(reverse("admin:second_step"))
    return _finish(request, person, wanted)


def _finish(
    request: HttpRequest, person: Teammate, wanted: str, answer: two_factor.Answer | None = None
) -> HttpResponse:
    request.session.pop(WAITING, None)
    request.session.set_expiry(None)
    if answer is not None:
        person.otp_device = answer.device  # type: ignore[attr-defined]  # django-otp notes it in the session
    login(request, person, backend=BACKEND)
    if answer is not None and answer.left is not None:
        text = translated("You signed in with a recovery code; %(left)s are left. New ones are under Your account.")
        messages.warning(request, text % {"left": answer.left})
    return HttpResponseRedirect(wanted)


def _wait(request: HttpRequest, people: list[Teammate], wanted: str) -> None:
    """Remember whose password was right, for a few minutes; a block or a new password undoes it."""
    request.session.cycle_key()
    request.session[WAITING] = {
        "people": {str(person.pk): person.get_session_auth_hash() for person in people},
        "since": time.time(),
        "next": wanted,
    }
    if "_auth_user_id" not in request.session:
        request.session.set_expiry(WAITING_SECONDS)


def _waiting(request: HttpRequest) -> tuple[list[Teammate], str]:
    """Whose password was right a moment ago, and where they want to go."""
    kept = request.session.get(WAITING) or {}
    if time.time() - kept.get("since", 0) > WAITING_SECONDS:
        return [], ""
    hashes = kept["people"]
    people = Teammate.objects.filter(pk__in=hashes).select_related("company").order_by("company__name", "pk")
    same = [
        person for person in people if constant_time_compare(hashes[str(person.pk)], person.get_session_auth_hash())
    ]
    return [person for person in same if person.is_staff], kept["next"]


def _again(request: HttpRequest) -> HttpResponse:
    messages.info(request, translated("That took too long. Please sign in again."))
    return HttpResponseRedirect(reverse("admin:login"))


def _wanted(request: HttpRequest) -> str:
    """Where to go after signing in: a page of this server, else the first one."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(path, {request.get_host()}, require_https=request.is_secure())
    ours = safe and not path.startswith((reverse("admin:login"), reverse("admin:logout")))
    return path if ours and "\0" not in path and len(path) < 2000 else reverse("admin:index")
