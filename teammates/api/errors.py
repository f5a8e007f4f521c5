"""Every failure in one form: `{"_error": {"status", "title", "message", "details"}}`, with a text that says what to do.

A refusal by the rules of the product is a 409, a value that cannot be a 400, a thing that is not there a 404.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError
from django.http import Http404
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    ParseError,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)

from teammates import errors as refusals
from teammates.bodies import NotPacked, UnknownCoding

logger = logging.getLogger(__name__)

BAD_VALUES = (refusals.InvalidValue, refusals.UnknownMembers, refusals.UnknownTemplate)
PATHS = "/api/me, /api/teammates, /api/teammate_groups, /api/teams, /api/inboxes and /api/events"
NOTHING_CHANGED = "Nothing was changed."


@dataclass(frozen=True)
class ApiError:
    """What an answer says of a failure. details: one text for each value that is wrong."""

    status: int
    message: str
    details: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        title = HTTPStatus(self.status).phrase
        shown = {"status": self.status, "title": title, "message": self.message, "details": list(self.details)}
        return {"_error": shown}


def bad_request(*details: str) -> ValidationError:
    """400, for what is wrong with the values of a request."""
    return ValidationError(list(details))


def error_of(exc: Exception, method: str) -> ApiError:
    """The failure as the answer says it. What nobody foresaw is logged, and is a 500 that gives nothing away."""
    match exc:
        case refusals.Refusal():
            return _of_refusal(exc)
        case ValidationError():
            return ApiError(400, f"The request cannot be carried out as sent. {NOTHING_CHANGED}", _details(exc))
        case ParseError():
            return ApiError(400, str(exc.detail))
        case MethodNotAllowed():
            return ApiError(405, f"{method} is not possible here; the Allow header says what is.")
        case UnsupportedMediaType():
            return ApiError(415, "Send the body as JSON, with Content-Type: application/json.")
        case UnknownCoding():
            return ApiError(415, "Send the body as it is or with Content-Encoding: gzip.")
        case NotPacked():
            return ApiError(400, "The body came with Content-Encoding: gzip and is no gzip.")
        case Throttled():
            return ApiError(429, "The company made too many requests in this minute. Wait as long as Retry-After says.")
        case APIException():
            return ApiError(exc.status_code, str(exc.detail))
        case Http404():
            return ApiError(404, f"There is nothing at this address. There are: {PATHS}, and what their links lead to.")
        case RequestDataTooBig():
            return ApiError(413, "The body is too large. Send fewer values per request.")
        case IntegrityError():
            logger.warning("A constraint refused a request", exc_info=exc)
            return ApiError(409, f"Something else was changed at the same moment. {NOTHING_CHANGED} Read it again.")
        case DataError() | UnicodeError():
            logger.warning("A value could not be stored", exc_info=exc)
            return ApiError(400, f"A value in this request cannot be stored. {NOTHING_CHANGED}")
        case SuspiciousOperation():
            return ApiError(400, "The request cannot be read. Check its address and its Host header.")
    logger.error("A request to the REST API failed", exc_info=exc)
    return ApiError(500, f"The server failed to do this. {NOTHING_CHANGED} Try again later.")


def _of_refusal(exc: refusals.Refusal) -> ApiError:
    if isinstance(exc, refusals.NotFoundInCompany):
        return ApiError(404, str(exc))
    if isinstance(exc, BAD_VALUES):
        named = f"{exc.attribute}: {exc}" if exc.attribute else str(exc)
        return ApiError(400, f"The request cannot be carried out as sent. {NOTHING_CHANGED}", (named,))
    return ApiError(409, str(exc))


def _details(exc: ValidationError) -> tuple[str, ...]:
    return tuple(f"{path}: {text}" if path else text for path, text in _flat(exc.detail, ""))


def _flat(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    """Texts with the place they are about: ("teammate_ids[3]", "Not a valid string.")."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
            yield from _flat(inner, path + step)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path, str(detail)
