"""Every form in which a Tenant URL arrives leads to the same place, without a redirect (which would lose the body)."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

from scim.content import packed
from scim.hooks import PREFIX

FLAG = r"aadOptscim062020(?:=[^/&?]*)?"
FLAG_IN_PATH = re.compile(r"\?" + FLAG, re.IGNORECASE)  # a base URL whose "?" was escaped
PATH_IN_QUERY = re.compile(r"^" + FLAG + r"(/[^?&]*)(?:[?&](.*))?$", re.IGNORECASE)  # a path appended to the flag
URLCONF = "scim.urls"
SLASHES = re.compile(r"/{2,}")


class DoorMiddleware:
    """Takes what is below the prefix straight to its view, past what only browsers need (sessions, CSRF, messages).

    First it normalises the path: doubled and trailing slashes, and the flag wherever it landed.

    Microsoft's flag `aadOptscim062020` belongs to the Tenant URL and no standard says how a path is joined to a URL
    with a query. Here it means nothing: both dialects are understood at all times.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if (path.startswith("/") and SLASHES.sub("/", path + "/").startswith(PREFIX)) or path.startswith("/v2?"):
            self.normalise(request)
            request.resolver_match = match = resolve(request.path_info[len(PREFIX) - 1 :], URLCONF)
            return packed(request, match.func(request, *match.args, **match.kwargs))
        return self.get_response(request)

    def normalise(self, request: HttpRequest) -> None:
        if request.encoding and request.encoding.lower() != "utf-8":
            request.encoding = "utf-8"  # of the URL, whatever charset the Content-Type says of the body
        path = FLAG_IN_PATH.sub("", request.path_info)
        in_query = PATH_IN_QUERY.match(request.META.get("QUERY_STRING", ""))
        if in_query:
            path += in_query[1]
            request.META["QUERY_STRING"] = in_query[2] or ""
        path = SLASHES.sub("/", path)
        rest = path[len(PREFIX) :].rstrip("/") if path.startswith(PREFIX) else ""
        request.path_info = PREFIX + rest
        request.path = request.path_info
