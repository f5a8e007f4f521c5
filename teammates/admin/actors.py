"""Who stands in the events that a page of the web admin causes."""

from django.http import HttpRequest

from teammates.admin.permissions import Role, role_of
from teammates.models import ActorKind
from teammates.services.events import Actor


def actor_of(request: HttpRequest) -> Actor:
    user = request.user
    kind = ActorKind.STAFF if role_of(user) == Role.SUPPORT else ActorKind.TEAMMATE
    return Actor(kind, user.name, user.public_id)  # type: ignore[union-attr]
