"""The feed of events, for systems that follow what happens."""

from django.http import HttpResponse

from teammates.api import rendering
from teammates.api.endpoint import Endpoint
from teammates.api.errors import bad_request
from teammates.api.pagination import limit_of
from teammates.models import Event
from teammates.services.feed import events_after

LIMIT, LARGEST_LIMIT = 50, 500


class Events(Endpoint):
    query = frozenset({"after", "limit"})

    def get(self, request: object) -> HttpResponse:
        """Oldest first, from the one behind `after`; `after` is an event's id, and without it from the beginning."""
        asked = self.request.query_params
        after = Event.pk_of(asked["after"]) if "after" in asked else 0
        if after is None:
            raise bad_request("after: This is no id of an event: one begins with evt_.")
        limit = limit_of(asked, LIMIT, LARGEST_LIMIT)
        found = events_after(self.company.pk, after, limit)
        following = {"after": found[-1].public_id} if len(found) == limit else None
        return self.results([rendering.event(row) for row in found], following)
