"""What a SCIM answer can refuse, and the one place that renders a refusal (RFC 7644 §3.12).

Every text says what to do: it is what an administrator reads in the provisioning log of the identity provider.
"""

from django_scim.constants import SchemaURI
from django_scim.exceptions import BadRequestError, IntegrityError, NotFoundError, SCIMException


def error_body(status: int, detail: str, scim_type: str | None = None) -> dict[str, object]:
    """The body of a SCIM error; RFC 7644 §3.12 has the status as a string."""
    body: dict[str, object] = {"schemas": [SchemaURI.ERROR], "status": str(status), "detail": detail}
    if scim_type:
        body["scimType"] = scim_type
    return body


class ScimError(SCIMException):
    """A refusal of any status; the subclasses name the scimTypes of RFC 7644 §3.12, table 9."""

    status: int = 400
    scim_type: str | None = None
    detail: str

    def __init__(self, detail: str, status: int | None = None, scim_type: str | None = None) -> None:
        # Not super(): NotFoundError would wrap the text in one of its own.
        SCIMException.__init__(self, detail, status=status, scim_type=scim_type)

    def to_dict(self) -> dict[str, object]:
        return error_body(self.status, self.detail, self.scim_type)


class BadRequest(ScimError, BadRequestError):
    """400: this one object or query is refused; the connection as a whole is fine."""


class InvalidFilter(BadRequest):
    """The filter does not follow RFC 7644 §3.4.2.2, or names what cannot be compared."""

    scim_type = "invalidFilter"


class InvalidSyntax(BadRequest):
    """The body is not a message of the expected shape (RFC 7644 §3.12)."""

    scim_type = "invalidSyntax"


class InvalidPath(BadRequest):
    """A PATCH path that does not follow RFC 7644 §3.5.2, figure 7."""

    scim_type = "invalidPath"


class NoTarget(BadRequest):
    """A PATCH path that selects nothing where something must be (RFC 7644 §3.5.2)."""

    scim_type = "noTarget"


class InvalidValue(BadRequest):
    """A required value is missing, or a known attribute cannot hold the value sent (RFC 7644 §3.12)."""

    scim_type = "invalidValue"


class Mutability(BadRequest):
    """A change of a read-only or removal of a required attribute (RFC 7644 §3.12)."""

    scim_type = "mutability"


class TooMany(BadRequest):
    """More results or operations than one request may have (RFC 7644 §3.12)."""

    scim_type = "tooMany"


class InvalidCursor(BadRequest):
    """A cursor this server did not issue for this query (RFC 9865 §2.3)."""

    scim_type = "invalidCursor"


class ExpiredCursor(BadRequest):
    """A cursor older than the advertised timeout (RFC 9865 §2.3)."""

    scim_type = "expiredCursor"


class InvalidCount(BadRequest):
    """A count a cursor query cannot have (RFC 9865 §2.3)."""

    scim_type = "invalidCount"


class Uniqueness(ScimError, IntegrityError):
    """409: the value belongs to another resource (RFC 7644 §3.3, §3.5.2)."""

    status = 409
    scim_type = "uniqueness"


class NotFound(ScimError, NotFoundError):
    """404: no such resource for this company."""

    status = 404
