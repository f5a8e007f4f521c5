"""What django-scim2 asks the project for (SCIM_SERVICE_PROVIDER in the settings)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PREFIX = "/v2/"


def base_location(request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> str:
    """The scheme and host of every `meta.location`: PUBLIC_URL where the operator named one, else as asked for."""
    if request is None or settings.PUBLIC_URL_IS_NAMED:
        return str(settings.PUBLIC_URL)
    return f"{request.scheme}://{request.get_host()}"


class DenyAll:
    """Stands where django-scim2 would let signed-in browsers through: a view reached past our endpoint is closed."""

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=401)


def no_static_schemas() -> list[dict[str, Any]]:
    """django-scim2's own schemas are not served: scim.discovery makes them from the attribute table."""
    return []
