"""What the adapters of teammates and groups share."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from django_scim.adapters import SCIMMixin
from rest_framework.request import Request

from scim.hooks import PREFIX, base_location
from scim.versioning import precondition
from teammates.models import ActorKind, ApiToken, Company
from teammates.services.events import Actor


class Unread(NamedTuple):
    """A resource as the URL names it, before a service has read or made it; pk is None for a new one."""

    pk: int | None
    public_id: str
    name: str = ""


class CompanyAdapter(SCIMMixin):
    """One resource of the company of the request's token.

    `obj` is Unread until a service, which reads the row under its lock, has returned it. A request is staged by
    `from_dict` or `handle_operations` and done by `save`. `names`: what the company calls the custom fields that the
    request is about, by their ids.
    """

    id_field = "public_id"
    names: Mapping[str, str] = MappingProxyType({})

    def __init__(self, obj: Any, request: Request) -> None:
        super().__init__(obj, request)
        token = cast(ApiToken, request.auth)
        self.company: Company = token.company
        self.actor = Actor(ActorKind.IDP, f"Identity provider ({token.name})", str(token.pk), happened=[])
        self.check = precondition(request._request)

    @property
    def base(self) -> str:
        """Scheme, host and prefix of every location, ending in a slash."""
        return base_location(self.request._request) + PREFIX

    @property
    def version(self) -> int:
        version: int = self.obj.version
        return version

    def handle_operations(self, operations: Any) -> None:
        """Stage and save the operations of a PATCH body (django-scim2's hook), all or nothing."""
        self.patch({"Operations": operations})

    def patch(self, body: Any) -> None:
        raise NotImplementedError

    def validate_dict(self, d: dict[str, Any]) -> None:
        """Nothing is checked before it is read: `from_dict` does both."""
