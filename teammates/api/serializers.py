"""What a body may say. Types are held to strictly, and a name that nobody knows is an error that names it."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from teammates.api.errors import bad_request
from teammates.models import Inbox, Teammate, Workspace
from teammates.models.base import PublicModel
from teammates.models.group import NAME_LENGTH

MOST_IDS = 10_000  # in one request
UNKNOWN = "There is no such field here."
SCALARS = (str, int, float, bool)


class Form(serializers.Serializer[Any]):
    def to_internal_value(self, data: Mapping[str, Any]) -> Any:
        wrong: dict[str, Any] = {name[:100]: UNKNOWN for name in data if name not in self.fields}
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**wrong, **error.detail}) from error  # type: ignore[dict-item]
        if wrong:
            raise serializers.ValidationError(wrong)
        return known


class Text(serializers.CharField):
    """A text, and no number or truth that could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """true or false, and no text that reads like one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Ids(serializers.Field[Any, Any, Any, Any]):
    """A list of public ids of one noun; they need not exist."""

    def __init__(self, model: type[PublicModel], **kwargs: Any) -> None:
        self.model = model
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            raise bad_request("Send a list of ids.")
        if len(data) > MOST_IDS:
            raise bad_request(f"Send {MOST_IDS} ids at most in one request.")
        wrong = {
            number: f"This is no id: one begins with {self.model.prefix}_."
            for number, value in enumerate(data)
            if self.model.pk_of(value) is None
        }
        if wrong:
            shown: dict[Any, str] = {number: wrong[number] for number in list(wrong)[:10]}
            raise serializers.ValidationError(shown)
        return list(dict.fromkeys(data))


class Values(serializers.Field[Any, Any, Any, Any]):
    """Values of custom fields by the field's name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise bad_request("Send an object: the name of a custom field, and its value.")
        wrong = [name[:100] for name, value in data.items() if value is not None and not isinstance(value, SCALARS)]
        if wrong:
            raise serializers.ValidationError(dict.fromkeys(wrong, "A value is a text, a number, true, false or null."))
        if any("\x00" in value for value in data.values() if isinstance(value, str)):
            raise bad_request("Null characters are not allowed.")
        return data


class TeammateForm(Form):
    username = Text(max_length=64, required=False)
    first_name = Text(max_length=1000, required=False, allow_blank=True)
    last_name = Text(max_length=1000, required=False, allow_blank=True)
    is_available = Truth(required=False)
    custom_fields = Values(required=False)


class GroupForm(Form):
    name = Text(max_length=NAME_LENGTH, required=False)
    description = Text(required=False, allow_blank=True, allow_null=True)


class NewGroupForm(GroupForm):
    name = Text(max_length=NAME_LENGTH)
    teammate_ids = Ids(Teammate, required=False)
    team_ids = Ids(Workspace, required=False)
    inbox_ids = Ids(Inbox, required=False)


class TeammateIds(Form):
    teammate_ids = Ids(Teammate)


class TeamIds(Form):
    team_ids = Ids(Workspace)


class InboxIds(Form):
    inbox_ids = Ids(Inbox)
