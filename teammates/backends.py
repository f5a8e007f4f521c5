"""Signing in to the web admin with a login and a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from teammates.models import Teammate, fold


class LoginBackend(ModelBackend):
    """Logins are unique within a company, not across them: the password decides which account is meant.

    Somebody who uses one address and one password in several companies names the company as `company` (its slug).
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        company: str | None = None,
        **kwargs: Any,
    ) -> Teammate | None:
        if not username or password is None:
            return None
        candidates = Teammate.objects.present().filter(login_key=fold(username))
        if company:
            candidates = candidates.filter(company__slug=company)
        matches = [teammate for teammate in candidates[:50] if teammate.check_password(password)]
        if not matches:
            Teammate().set_password(password)  # the same work as a wrong password, so timing names nobody
        usable = [teammate for teammate in matches if self.user_can_authenticate(teammate)]
        return usable[0] if len(usable) == 1 else None
