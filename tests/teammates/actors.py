"""Who does things in the tests of the services."""

from teammates.models import ActorKind
from teammates.services.events import SYSTEM, Actor

ADMIN = Actor(ActorKind.TEAMMATE, "Grace Hopper", "tea_1")
STAFF = Actor(ActorKind.STAFF, "Support (Mo)", "tea_2")
API = Actor(ActorKind.API, "Reporting", "7")


def idp() -> Actor:
    """The identity provider; a new one each time, for it collects the remarks of one request."""
    return Actor(ActorKind.IDP, "Identity provider (Entra)", "1")


__all__ = ["ADMIN", "API", "STAFF", "SYSTEM", "idp"]
