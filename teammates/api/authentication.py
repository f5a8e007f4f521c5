"""Who asks: a bearer token of a company. Nothing else opens this door, least of all a browser's session."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from teammates.models import ActorKind, ApiToken
from teammates.services import tokens
from teammates.services.events import Actor

REALM = 'Bearer realm="Frontprov API"'


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <API token>` (RFC 6750). The company comes from the token; `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken]:
        asked = request._request
        header = asked.META.get("HTTP_AUTHORIZATION", "").strip()
        if not header:
            raise AuthenticationFailed(
                "No API token was sent. Create one with the Provisioning scope in Company settings > Developers > "
                "API tokens and send it as: Authorization: Bearer <API token>."
            )
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise AuthenticationFailed("The Authorization header must read: Bearer, a space, and the API token.")
        token = tokens.find_token(value.strip())
        if token is None:
            raise AuthenticationFailed(
                "This API token does not exist, was revoked or has expired. Create a new one in Company settings > "
                "Developers > API tokens."
            )
        tokens.note_use(token, asked)
        return None, token

    def authenticate_header(self, request: Request) -> str:
        return REALM


def actor_of(token: ApiToken) -> Actor:
    """Who stands in the events that a request causes."""
    return Actor(ActorKind.API, token.name, str(token.pk))
