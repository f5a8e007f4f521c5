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
MAX_DEPTH = 40  # brackets inside brackets; SCIM needs fewer than ten


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large. Send fewer values per request."


class ScimJSONParser(BaseParser):
    """JSON in UTF-8 (RFC 8259); a body that is none is refused as SCIM does."""

    media_type = SCIM_JSON

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read()
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidSyntax(f"The body is not JSON in UTF-8: {error}.") from error
        if body.count(b"{") + body.count(b"[") > MAX_DEPTH and is_too_deep(value):
            raise InvalidSyntax(f"The body has brackets nested more than {MAX_DEPTH} deep.")
        return value


def is_too_deep(value: Any) -> bool:
    """Whether JSON is nested deeper than anything that walks through it could follow."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


class JSONParser(ScimJSONParser):
    media_type = "application/json"


def scim_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer in application/scim+json; None makes an empty body."""
    content = b"" if data is None else orjson.dumps(data)
    return HttpResponse(content, status=status, content_type=CONTENT_TYPE, headers=headers)
