"""The shell around every view: who asks, what they sent, and one way for everything that goes wrong."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django_scim.exceptions import SCIMException
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    MethodNotAllowed,
    Throttled,
    UnsupportedMediaType,
)
from rest_framework.request import Request

from scim.authentication import MayProvision, TokenAuthentication
from scim.content import ACCEPTED, JSONParser, ScimJSONParser, scim_response
from scim.errors import InvalidSyntax, InvalidValue, ScimError, Uniqueness, error_body
from scim.hooks import PREFIX, base_location
from scim.limits import TokenBudget
from scim.log import Recorder
from teammates import errors as refusals
from teammates.bodies import NotPacked, UnknownCoding, receive
from teammates.endpoints import TokenEndpoint, is_transient

logger = logging.getLogger(__name__)


# What the domain refuses, as SCIM says it. 401 and 403 are kept for the connection itself: Entra may take them for
# bad credentials and stop the whole job, whereas a 400 fails one object and is retried.
CONFLICTS = (refusals.LoginTaken, refusals.AddressReserved, refusals.GroupNameTaken)
BAD_VALUES = (refusals.InvalidValue, refusals.UnknownTemplate, refusals.UnknownMembers)


class ScimEndpoint(TokenEndpoint):
    """Authentication, permission, parsing and errors, for the views of django-scim2 to stand behind."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [MayProvision]
    throttle_classes = [TokenBudget]
    parser_classes = [ScimJSONParser, JSONParser]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]  # REST framework's OPTIONS is no SCIM
    implemented = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks is settled before anything is read. The answer is SCIM JSON whatever the Accept header says."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        if not self.implemented:
            raise ScimError("This server does not offer this endpoint.", status=501)

    def begin(self) -> None:
        self.recorder, self.error = Recorder(), ""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Log the request, when it changed something, was to, or was refused."""
        token = getattr(self.request, "_auth", None)  # `auth` would ask again where asking failed
        if token is None and (ended := getattr(request, "ended_token", None)) is not None:
            token, self.error = ended, TokenAuthentication.words_for(ended)
        if token is not None and (response.status_code >= 400 or self.is_write):
            self.recorder.write(request, token, response, self.error)

    @property
    def base(self) -> str:
        """Scheme, host and prefix of every location, ending in a slash."""
        return base_location(self.request._request) + PREFIX

    @property
    def is_write(self) -> bool:
        return self.request.method not in ("GET", "HEAD", "OPTIONS")

    def listing(self, query: Any) -> HttpResponseBase:
        """The ListResponse for a query string or a SearchRequest."""
        raise NotImplementedError

    def load_body(self, body: object = None) -> dict[str, Any]:
        """The request body, which must be a JSON object (django-scim2's hook; it passes the raw body)."""
        receive(self.request._request)
        data = self.request.data
        if not isinstance(data, dict) or not data:
            raise InvalidSyntax("The body must be a JSON object.")
        return data

    def refusal(self, exc: Exception) -> HttpResponse:
        """Every failure as a SCIM error (RFC 7644 §3.12) that says what to do."""
        headers: dict[str, str] = {}
        error = self.as_scim_error(exc)
        self.error = str(error.detail)
        if error.status == 401:
            headers["WWW-Authenticate"] = TokenAuthentication().authenticate_header(self.request)
        if error.status == 415:
            headers |= ACCEPTED
        return scim_response(error_body(error.status, str(error.detail), error.scim_type), error.status, headers)

    def as_scim_error(self, exc: Exception) -> ScimError:
        match exc:
            case SCIMException():
                return ScimError(str(exc.detail), status=exc.status, scim_type=exc.scim_type)
            case refusals.Refusal():
                return _of_refusal(exc)
            case AuthenticationFailed():
                return ScimError(str(exc.detail), status=401)
            case MethodNotAllowed():
                return ScimError(f"{self.request.method} is not possible here.", status=405)
            case UnknownCoding():
                return ScimError("Send the body as it is or with Content-Encoding: gzip.", status=415)
            case NotPacked():
                return InvalidSyntax("The body came with Content-Encoding: gzip and is no gzip.")
            case UnsupportedMediaType():
                return ScimError("Send the body as application/scim+json or application/json.", status=415)
            case Throttled():
                return ScimError("Too many requests with this API token. Wait as long as Retry-After says.", status=429)
            case APIException():
                return ScimError(str(exc.detail), status=exc.status_code)
            case Http404():
                return ScimError("There is nothing here. Resources are at /Users and /Groups.", status=404)
            case RequestDataTooBig():
                return ScimError("The body is too large. Send fewer values per request.", status=413)
            case IntegrityError():
                logger.warning("A constraint refused a request", exc_info=exc)
                return Uniqueness("Another resource stands against this change; read it again and repeat.")
            case DataError() | ValidationError() | UnicodeError():
                logger.warning("A value could not be stored", exc_info=exc)
                return InvalidValue("A value in this request cannot be stored.")
            case SuspiciousOperation():
                return ScimError("The request cannot be read.", status=400)
        if not is_transient(exc):
            logger.error("A SCIM request failed", exc_info=exc)
        return ScimError("The server failed to do this; nothing was changed. Try again later.", status=500)


def _of_refusal(exc: refusals.Refusal) -> ScimError:
    if isinstance(exc, refusals.NotFoundInCompany):
        return ScimError(str(exc), status=404)
    if isinstance(exc, CONFLICTS):
        return Uniqueness(str(exc))
    if isinstance(exc, BAD_VALUES):
        return InvalidValue(str(exc))
    return ScimError(str(exc), status=400)
