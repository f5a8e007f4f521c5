"""Setting a password by a link: asking for the mail, and the page that the link opens."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.pages import page
from teammates.models import LOGIN_LENGTH
from teammates.services import passwords


class AskForm(forms.Form):
    login = forms.CharField(
        label=_("E-mail"),
        max_length=LOGIN_LENGTH,
        help_text=_("What you sign in with."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )


def ask(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The answer is the same whoever is asked about: the worker finds out whether there is anybody to write to."""
    form = AskForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "title": translated("Forgotten password"),
        "form": form,
        "folder": "" if settings.EMAIL_URL else _folder(),
    }
    if form.is_valid():
        try:
            passwords.ask_for_links(form.cleaned_data["login"])
        except passwords.MailIsAway as refusal:
            form.add_error(None, str(refusal))
            return page(site, request, "sign_in/ask_password.html", context, status=503)
        return page(site, request, "sign_in/asked_password.html", {**context, "title": translated("Look at your mail")})
    return page(site, request, "sign_in/ask_password.html", context)


def set_password(site: AdminSite, request: HttpRequest, token: str) -> HttpResponse:
    """Looking at the page uses nothing up: programs that follow the links of a mail before its reader do no harm."""
    try:
        teammate = passwords.account_behind(token)
        form = SetPasswordForm(teammate, request.POST if request.method == "POST" else None)
        if form.is_valid():
            passwords.set_by_link(token, form.cleaned_data["new_password1"])
            return page(site, request, "sign_in/password_set.html", {"title": translated("Your new password is set")})
    except passwords.LinkIsOver as refusal:
        over = {"title": translated("This link no longer works"), "why": str(refusal)}
        return page(site, request, "sign_in/link_over.html", over, status=410)
    shown: dict[str, Any] = {
        "title": translated("Set your password"),
        "form": form,
        "teammate": teammate,
    }
    return page(site, request, "sign_in/set_password.html", shown)


def _folder() -> str:
    """Where mails go when nothing sends them: to a laptop's owner the path, which is nobody else's business."""
    laptop = settings.LAPTOP and not settings.PUBLIC_URL_IS_NAMED
    return str(settings.MAIL_DIR) if laptop else translated("its data folder")
