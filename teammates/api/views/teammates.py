"""Teammates: read, and the few facts that other systems may change. They come and go by SCIM and the web admin."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse

from teammates.api import rendering
from teammates.api.content import json_response, nothing
from teammates.api.endpoint import Endpoint, ListEndpoint
from teammates.api.lookups import teammate_of
from teammates.api.serializers import TeammateForm
from teammates.errors import InvalidValue
from teammates.models import CustomField, Inbox, Teammate
from teammates.services import teammates
from teammates.services.custom_fields import clean_values

PLAIN = ("username", "first_name", "last_name")


class ShowsTeammates(Endpoint):
    """Endpoints whose answers have teammates in them."""

    def renderer(self) -> Callable[[Teammate], Mapping[str, Any]]:
        """What shows one teammate; the company's custom fields are read once for all of an answer."""
        names = rendering.field_names(CustomField.objects.filter(company=self.company))
        return lambda row: rendering.teammate(row, names, self.base)


class Teammates(ShowsTeammates, ListEndpoint):
    def get(self, request: object) -> HttpResponse:
        return self.listing(Teammate.objects.present().filter(company=self.company), self.renderer())


class OneTeammate(ShowsTeammates):
    def get(self, request: object, key: str) -> HttpResponse:
        return json_response(self.renderer()(teammate_of(self.company, key)))

    def patch(self, request: object, key: str) -> HttpResponse:
        sent = self.body(TeammateForm)
        teammate = teammate_of(self.company, key)
        changes = {name: sent[name] for name in PLAIN if name in sent}
        if "custom_fields" in sent:
            changes["custom_fields"] = self._values(sent["custom_fields"])

        def decide(locked: Teammate) -> dict[str, Any]:
            teammates.refuse_if_provisioned(locked, changes)
            if "is_available" not in sent:
                return changes
            return changes | {"preferences": {**locked.preferences, rendering.AVAILABLE: sent["is_available"]}}

        teammates.update_teammate(self.company.pk, teammate.pk, decide, actor=self.actor)
        return nothing()

    def _values(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """The whole set of values, by field id, from values by field name."""
        by_name = {field.name: field for field in CustomField.objects.filter(company=self.company)}
        unknown = [name[:100] for name in sent if name not in by_name]
        if unknown:
            known = f"There are: {', '.join(by_name)}." if by_name else "There are none."
            raise InvalidValue("custom_fields", f"No custom field is named {', '.join(unknown[:10])}. {known}")
        values = {by_name[name].public_id: value for name, value in sent.items()}
        cleaned = clean_values(self.company.pk, values, by_name.values())
        return {key: value for key, value in cleaned.items() if value is not None}


class TeammateInboxes(ListEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        """The inboxes the teammate reaches by any grant, as the worker worked it out last; none while blocked."""
        teammate = teammate_of(self.company, key)
        reached = Inbox.objects.filter(company=self.company, access__company=self.company, access__teammate=teammate)
        rows = reached if teammate.is_active else reached.none()
        return self.listing(rows, lambda row: rendering.inbox(row, self.base))


class CustomFields(ListEndpoint):
    def get(self, request: object) -> HttpResponse:
        rows = CustomField.objects.filter(company=self.company)
        return self.listing(rows, rendering.custom_field)
