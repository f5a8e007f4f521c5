"""Who may come in: a bearer token of a company whose plan includes user provisioning.

Nothing else opens this door: no session cookie, no basic authentication, no token in the URL.
"""

from datetime import datetime
from typing import Any, cast

from django.utils.formats import date_format
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from teammates.models import ApiToken, Scope
from teammates.services import tokens

REALM = 'Bearer realm="Frontprov SCIM"'


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <API token>` (RFC 6750). The company comes from the token; `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken]:
        asked = request._request  # REST framework's own request looks up each attribute twice
        verified = getattr(asked, "verified_token", None)  # an operation of a bulk request
        if verified is not None:
            return None, verified
        header = asked.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, value = header.strip().partition(" ")
        if not header:
            raise AuthenticationFailed(
                "No API token was sent. Put the API token from Company settings > Developers > API tokens into the "
                "Secret Token field of the identity provider."
            )
        if scheme.lower() != "bearer" or not value.strip():
            raise AuthenticationFailed("The Authorization header must read: Bearer, a space, and the API token.")
        token = tokens.find_token(value.strip())
        if token is None:
            asked.ended_token = tokens.find_ended_token(value.strip())  # type: ignore[attr-defined]
            raise AuthenticationFailed(
                "This API token does not exist, was revoked or has expired. Create a new one in Company settings > "
                "Developers > API tokens and enter it in the identity provider."
            )
        tokens.note_use(token, asked)
        return None, token

    @staticmethod
    def words_for(ended: ApiToken) -> str:
        """What the provisioning log says about a request with a token that is no longer in use."""
        how, when = ("was revoked", ended.revoked_at) if ended.revoked_at else ("expired", ended.expires_at)
        at = date_format(cast(datetime, when), "DATETIME_FORMAT")
        return (
            f"The API token {ended.name} {how} on {at} and is still used. Enter one that is "
            "in use in the identity provider, or turn provisioning off there."
        )

    def authenticate_header(self, request: Request) -> str:
        return REALM


class MayProvision(BasePermission):
    """The Auto-Provisioning scope is necessary and enough; the plan must include user provisioning (guide, Pricing)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = cast(ApiToken, request.auth)
        if Scope.AUTO_PROVISIONING not in token.scopes:
            raise PermissionDenied(
                f"The API token {token.name} lacks the Auto-Provisioning scope. Create a token with that scope."
            )
        if not token.company.scim_allowed:
            raise PermissionDenied(
                f"User provisioning is part of the Scale plan and above; {token.company.name} is on the "
                f"{token.company.get_plan_display()} plan. Nothing was changed or blocked by this. Upgrade the "
                "plan, or ask support if a legacy plan had it; the same token works again then."
            )
        return True
