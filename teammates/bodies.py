"""The body of a request to a door for programs: in one piece or in chunks, as it is or packed with gzip."""

import gzip
import zlib
from io import BytesIO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

CODING = "gzip"  # what a refusal of any other names (RFC 9110 §12.5.3)


class UnknownCoding(Exception):
    """The body came with a Content-Encoding that is not gzip."""


class NotPacked(Exception):
    """The body came with Content-Encoding: gzip and is no gzip."""


def receive(request: HttpRequest) -> None:
    """Read the body, which may come in chunks and without its length (RFC 9112 §7.1), and unpack it.

    Afterwards `request.body` has it, and the request may be run again. Raises RequestDataTooBig as soon as it is more
    than a body may have (DATA_UPLOAD_MAX_MEMORY_SIZE), packed or unpacked; UnknownCoding; NotPacked.
    """
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if chunked and not request.META.get("CONTENT_LENGTH") and not hasattr(request, "_body"):
        request._body = request.META["wsgi.input"].read(most + 1)
        request._read_started = True  # type: ignore[attr-defined]
        if len(request._body) > most:
            request._body = b""
            raise RequestDataTooBig
        request.META["CONTENT_LENGTH"] = str(len(request._body))
    request.body  # noqa: B018 - kept; too large raises
    _unpack(request, most)


def _unpack(request: HttpRequest, most: int) -> None:
    coding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if coding in ("", "identity"):
        return
    if coding not in (CODING, "x-gzip"):
        raise UnknownCoding(coding)
    try:
        with gzip.open(BytesIO(request.body)) as packed:
            body = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotPacked from error
    if len(body) > most:
        raise RequestDataTooBig
    request._body = body
    del request.META["HTTP_CONTENT_ENCODING"]  # done
