"""Weak ETags from row versions, and the preconditions over them (RFC 7644 §3.14, RFC 9110 §13.1)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from scim.errors import ScimError


class PreconditionFailed(ScimError):
    status = 412


def etag(version: int) -> str:
    """The ETag, which is `meta.version` as well."""
    return f'W/"{version}"'


def _names(header: str, version: int) -> bool:
    """Whether a list of entity tags names this version; compared weakly, for these never are byte-exact."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or f'"{version}"' in tags


def is_unchanged(request: HttpRequest, version: int) -> bool:
    """Whether If-None-Match says that the client has this version already: answer 304."""
    header = request.META.get("HTTP_IF_NONE_MATCH", "")
    return bool(header) and _names(header, version)


def precondition(request: HttpRequest) -> Callable[[Any], None]:
    """A check for the locked row of a write: If-Match and If-None-Match must hold, or PreconditionFailed (412)."""
    expected = request.META.get("HTTP_IF_MATCH", "")
    unwanted = request.META.get("HTTP_IF_NONE_MATCH", "")

    def check(row: Any) -> None:
        if (expected and not _names(expected, row.version)) or (unwanted and _names(unwanted, row.version)):
            raise PreconditionFailed(
                f"The resource is at version {etag(row.version)} by now. Read it again and repeat the change."
            )

    return check
