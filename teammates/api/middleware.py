"""The way to the REST API: straight to the view, in every spelling of the path and without a redirect."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

PREFIX = "/api/"
SLASHES = re.compile(r"/{2,}")


class ApiMiddleware:
    """Takes what is below the prefix past what only browsers need: sessions, CSRF, messages.

    Doubled and trailing slashes mean nothing here, and a redirect would lose the body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = SLASHES.sub("/", request.path_info + "/")
        if not path.startswith(PREFIX):
            return self.get_response(request)
        request.path = request.path_info = PREFIX + path[len(PREFIX) :].rstrip("/")
        request.resolver_match = match = resolve(request.path_info)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response
