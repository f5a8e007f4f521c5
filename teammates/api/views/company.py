"""Whose token this is."""

from django.http import HttpResponse

from teammates.api.content import json_response
from teammates.api.endpoint import Endpoint
from teammates.api.rendering import links


class Me(Endpoint):
    def get(self, request: object) -> HttpResponse:
        shown = {"_links": links(f"{self.base}me"), "id": self.company.public_id, "name": self.company.name}
        return json_response(shown)
