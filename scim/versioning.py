"""Weak ETags from row versions, and the preconditions over them (RFC 7644 §3.14, RFC 9110 §13.1)."""

import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

from scim.errors import ScimError


class PreconditionFailed(ScimError):
    status = 412


WITHOUT_GROUPS = re.compile(r'-[0-9a-f]+"$')


def etag(version: int, groups: Sequence[Any] | None = None) -> str:
    """The ETag, which is `meta.version` as well.

    groups: those that a user is shown with. They change without the user's row, so a digest of them stands behind
    its version: a client that has the user with other groups must not be told that nothing changed.
    """
    return f'W/"{version}-{zlib.crc32(repr(groups).encode()):x}"' if groups else f'W/"{version}"'


def row_version(tag: str) -> str:
    """An entity tag without the digest of the groups: what writes, which cannot change those, are held to."""
    return WITHOUT_GROUPS.sub('"', tag)


def _tags(header: str) -> list[str]:
    """The tags of a header; compared weakly, for these never are byte-exact."""
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


def is_unchanged(request: HttpRequest, tag: str) -> bool:
    """Whether If-None-Match says that the client has what this tag stands for already: answer 304."""
    header = request.META.get("HTTP_IF_NONE_MATCH", "")
    return bool(header) and not {"*", tag.removeprefix("W/")}.isdisjoint(_tags(header))


def precondition(request: HttpRequest) -> Callable[[Any], None]:
    """A check for the locked row of a write: If-Match and If-None-Match must hold, or PreconditionFailed (412)."""
    expected = request.META.get("HTTP_IF_MATCH", "")
    unwanted = request.META.get("HTTP_IF_NONE_MATCH", "")

    def names(header: str, version: int) -> bool:
        return any(tag == "*" or row_version(tag) == f'"{version}"' for tag in _tags(header))

    def check(row: Any) -> None:
        if (expected and not names(expected, row.version)) or (unwanted and names(unwanted, row.version)):
            raise PreconditionFailed(
                f"The resource is at version {etag(row.version)} by now. Read it again and repeat the change."
            )

    return check
