"""Bodies in and out: application/scim+json and application/json in, application/scim+json out (RFC 7644 §3.8).

An answer is packed with gzip when the client accepts it and the body is long enough to be worth the time.
"""

import re
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from rest_framework.parsers import BaseParser

from scim.errors import InvalidSyntax
from teammates.bodies import CODING

SCIM_JSON = "application/scim+json"
CONTENT_TYPE = SCIM_JSON + "; charset=utf-8"
MAX_DEPTH = 40  # brackets inside brackets; SCIM needs fewer than ten


PACKED_FROM = 4_096  # bytes of an answer; a look-up's is shorter, and packing it would take longer than sending it
ACCEPTED = {"Accept": f"{SCIM_JSON}, application/json", "Accept-Encoding": CODING}  # for a 415 (RFC 9110 §15.5.16)
# gzip among the accepted codings, with no weight or one above 0 (RFC 9110 §12.5.3)
ACCEPTS_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[0-9.]+\s*)?(?:,|$)")

_packer = GZipMiddleware(lambda request: HttpResponse())  # it also varies the length, so that it tells no secret


def packed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response, packed with gzip where the client accepts that and the body is long."""
    if not response.streaming and len(response.content) < PACKED_FROM:  # type: ignore[attr-defined]
        return response
    if not ACCEPTS_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        return response
    return _packer.process_response(request, response)


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
    for _ in range(MAX_DEPTH):
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
