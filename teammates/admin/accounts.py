"""Signing in to the web admin, and changing one's own password."""

from typing import Any

from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from teammates.models import ActorKind, Teammate
from teammates.services import staff, teammates
from teammates.services.events import Actor


class SignInForm(AuthenticationForm):
    """E-mail and password. Somebody with one password in several companies adds ?company=<short name> to the URL."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _(
            "The e-mail address or the password is wrong, or this account may not open the company settings. If you "
            "use both in several companies, add ?company= and the company's short name to this page's address."
        ),
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("E-mail")

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name is not None and password:
            company = self.request.GET.get("company") if self.request else None
            user = authenticate(self.request, username=name, password=password, company=company)
            if user is None:
                raise self.get_invalid_login_error()
            self.user_cache = user
            self.confirm_login_allowed(user)
        return self.cleaned_data


class PasswordForm(AdminOwnPasswordChangeForm):
    """The new password goes through the service, so that it stands in the audit log (never the password itself)."""

    user: Teammate

    def save(self, commit: bool = True) -> Teammate:
        password = self.cleaned_data["new_password1"]
        if self.user.company_id is None:
            changed = staff.set_staff_password(self.user.pk, password)
        else:
            actor = Actor(ActorKind.TEAMMATE, self.user.name, self.user.public_id)
            changed = teammates.set_password(self.user.company_id, self.user.pk, password, actor=actor)
        self.user.password = changed.password  # the session of this browser goes on with it
        return self.user
