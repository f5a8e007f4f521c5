"""What the endpoints of both doors for programs share, SCIM and REST: whose request it is, and when it is run again."""

import time
from typing import Any, cast

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from teammates.models import ApiToken, Company

RETRIES = 3
TRANSIENT = {"40001", "40P01"}  # serialization failure, deadlock: the same request may succeed at once


class TokenEndpoint(APIView):
    """The company comes from an API token, and nothing is to be negotiated about the answer.

    A request to which the database gave way is run again, and the client learns nothing of it.
    """

    @property
    def token(self) -> ApiToken:
        return cast(ApiToken, self.request.auth)

    @property
    def company(self) -> Company:
        return self.token.company

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        for attempt in range(RETRIES):
            self.begin()
            response = super().dispatch(request, *args, **kwargs)
            if not getattr(response, "is_transient", False) or attempt == RETRIES - 1:
                break
            time.sleep(0.02 * (attempt + 1))
        self.finish(request, response)
        return response

    def begin(self) -> None:
        """Called before each run of a request."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Called once, with the answer that goes out."""

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return response

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        response = self.refusal(exc)
        if isinstance(exc, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        if getattr(exc, "wait", None) is not None:
            response.headers["Retry-After"] = str(max(1, int(exc.wait)))  # type: ignore[attr-defined]
        response.is_transient = is_transient(exc)  # type: ignore[attr-defined]
        return response

    def refusal(self, exc: Exception) -> HttpResponse:
        """The answer in the form of the door."""
        raise NotImplementedError


def is_transient(exc: Exception) -> bool:
    """Whether the database gave way to another transaction, so that the same request may simply be run again."""
    return isinstance(exc, OperationalError) and getattr(exc.__cause__, "sqlstate", None) in TRANSIENT
