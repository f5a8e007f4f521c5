"""One's own account: password, two-factor sign-in, and signing out everywhere else."""

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django_otp import login as note_device
from unfold.forms import AdminOwnPasswordChangeForm

from teammates import lockout
from teammates.admin.pages import page
from teammates.admin.permissions import Role, role_of
from teammates.admin.sign_in import CodeForm, locked_page, refused
from teammates.models import Teammate
from teammates.services import passwords, sessions, staff, two_factor
from teammates.services.sign_in import in_person


class PasswordForm(AdminOwnPasswordChangeForm):
    """The new password goes through the service, so that it stands in the audit log (never the password itself)."""

    user: Teammate

    def save(self, commit: bool = True) -> Teammate:
        password = self.cleaned_data["new_password1"]
        if self.user.company_id is None:
            changed = staff.set_staff_password(self.user.pk, password)
        else:
            changed = passwords.set_password(self.user.company_id, self.user.pk, password, actor=in_person(self.user))
        self.user.password = changed.password  # the session of this browser goes on with it
        return self.user


class PasswordChange(PasswordChangeView):
    form_class = PasswordForm
    template_name = "registration/password_change_form.html"

    def get_success_url(self) -> str:
        return reverse("admin:account")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(
            self.request, translated("Your password is changed. Every other browser of yours is signed out.")
        )
        return response


class ConfirmationForm(CodeForm):
    """What it takes to weaken one's own sign-in: the password, and a code or a recovery code."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ("password", "code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("Six digits from your authenticator app, or a recovery code.")
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "autocapitalize": "none"}


def account(site: AdminSite, request: HttpRequest) -> HttpResponse:
    person = _person(request)
    on = two_factor.is_on(person)
    sessions = person.sessions.filter(expire_date__gt=timezone.now()).exclude(session_key=request.session.session_key)
    context = {
        "title": translated("Your account"),
        "person": person,
        "role": translated("Support staff") if role_of(person) == Role.SUPPORT else translated("Company admin"),
        "two_factor_on": on,
        "codes_left": two_factor.recovery_codes_left(person) if on else 0,
        "required": _required(person),
        "others": sessions.count(),
    }
    return page(site, request, "account/account.html", context)


def sign_out_elsewhere(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    if request.method == "POST":
        _end_other_sessions(request)
        messages.success(request, translated("Every other browser of yours is signed out."))
    return HttpResponseRedirect(reverse("admin:account"))


def set_up_two_factor(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The secret to scan or to type, and a first code that proves that it arrived."""
    person = _person(request)
    if two_factor.is_on(person):
        return HttpResponseRedirect(reverse("admin:account"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer, codes = two_factor.confirm(person, form.cleaned_data["code"])
        if answer.device is not None:
            _end_other_sessions(request)  # they were opened with the password alone
            note_device(request, answer.device)
            return _show_codes(site, request, codes, translated("Two-factor sign-in is on"))
        form.add_error("code", refused(answer))
    device = two_factor.prepare(person)
    drawing = segno.make(two_factor.address_to_scan(device), micro=False, error="m")
    context = {
        "title": translated("Set up two-factor sign-in"),
        "form": form,
        "required": _required(person),
        "secret": two_factor.secret_to_type(device),
        "drawing": mark_safe(  # noqa: S308 - drawn here, from numbers
            drawing.svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=False)
        ),
    }
    return page(site, request, "account/set_up.html", context)


def turn_off_two_factor(site: AdminSite, request: HttpRequest) -> HttpResponse:
    person = _person(request)
    if _required(person) or not two_factor.is_on(person):
        return HttpResponseRedirect(reverse("admin:account"))
    form = ConfirmationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if lockout.is_locked(request, person.login):
            return locked_page(request)
        if _confirmed(request, person, form):
            two_factor.turn_off(person)
            messages.success(request, translated("Two-factor sign-in is off."))
            return HttpResponseRedirect(reverse("admin:account"))
    context = {"title": translated("Turn off two-factor sign-in"), "form": form, "danger": True}
    return page(site, request, "account/confirm.html", context)


def new_recovery_codes(site: AdminSite, request: HttpRequest) -> HttpResponse:
    person = _person(request)
    if not two_factor.is_on(person):
        return HttpResponseRedirect(reverse("admin:account"))
    form = ConfirmationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if lockout.is_locked(request, person.login):
            return locked_page(request)
        if _confirmed(request, person, form):
            return _show_codes(site, request, two_factor.new_recovery_codes(person), translated("New recovery codes"))
    context = {"title": translated("Make new recovery codes"), "form": form, "danger": False}
    return page(site, request, "account/confirm.html", context)


def has_to_set_up(person: Any) -> bool:
    """Whether the company asks for a second factor that did not open this session."""
    return bool(_required(person)) and not person.is_verified()


def _required(person: Any) -> bool:
    return person.company_id is not None and person.company.require_two_factor


def _person(request: HttpRequest) -> Teammate:
    return Teammate.objects.select_related("company").get(pk=request.user.pk)


def _confirmed(request: HttpRequest, person: Teammate, form: ConfirmationForm) -> bool:
    """Wrong answers count as failed sign-ins: a browser left open gives nobody more tries than the sign-in page."""
    if not person.check_password(form.cleaned_data["password"]):
        lockout.count_failure(request, person.login)
        form.add_error("password", translated("This password is wrong."))
        return False
    answer = two_factor.check(person, form.cleaned_data["code"])
    if answer.device is None:
        if not answer.wait:
            lockout.count_failure(request, person.login)
        form.add_error("code", refused(answer))
    return answer.device is not None


def _end_other_sessions(request: HttpRequest) -> None:
    person = _person(request)
    if person.company_id is None:
        staff.end_staff_sessions(person.pk)
    else:
        sessions.end_sessions(person.company_id, person.pk, actor=in_person(person))
    update_session_auth_hash(request, _person(request))  # this browser goes on, under a new key


def _show_codes(site: AdminSite, request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    """An answer to a POST, so that no address leads to it."""
    return page(site, request, "account/codes.html", {"title": title, "codes": codes, "text": "\n".join(codes)})
