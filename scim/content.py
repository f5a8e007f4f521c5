"""Bodies in and out: application/scim+json and application/json in, application/scim+json out (RFC 7644 §3.8)."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.http import HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from scim.errors import InvalidSyntax

SCIM_JSON = "application/scim+json"
CONTENT_TYPE = SCIM_JSON + "; charset=utf-8"


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large. Send fewer values per request."


class ScimJSONParser(BaseParser):
    """JSON in UTF-8 (RFC 8259); a body that is none is refused as SCIM does."""

    media_type = SCIM_JSON

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise InvalidSyntax(f"The body is not JSON in UTF-8: {error}.") from error


class JSONParser(ScimJSONParser):
    media_type = "application/json"


def scim_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer in application/scim+json; None makes an empty body."""
    content = b"" if data is None else orjson.dumps(data)
    return HttpResponse(content, status=status, content_type=CONTENT_TYPE, headers=headers)
