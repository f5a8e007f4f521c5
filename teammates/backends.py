"""Signing in to the web admin with a login and a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from teammates.models import Teammate
from teammates.services import sign_in


class LoginBackend(ModelBackend):
    """Logins are unique within a company, not across them: the password decides which account is meant.

    Where it leaves several, `company` (a short name) names the one; the sign-in page asks instead.
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
        fitting = sign_in.accounts(username, password, company=company or "")
        usable = [teammate for teammate in fitting if self.user_can_authenticate(teammate)]
        return usable[0] if len(usable) == 1 else None
