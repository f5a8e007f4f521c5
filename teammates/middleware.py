"""Keeps "last seen" true, for the person and for the browser, with a write every few minutes and none else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from teammates.services.sessions import note_seen


class LastSeenMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        person = getattr(request, "_cached_user", None)  # there when somebody asked who it is; else nobody is at work
        if person is not None and person.is_authenticated:
            note_seen(request.session)
        return response
