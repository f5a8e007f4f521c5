"""Where a place or a custom field is used, for the page that asks before it is deleted."""

from collections.abc import Callable, Iterable

from django.db.models import Model

from teammates.admin.links import list_of
from teammates.admin.pieces import link
from teammates.models import CustomField

# What apps above this one know of a row's use: sentences, none where it has none there.
elsewhere: list[Callable[[Model], Iterable[str]]] = []


def uses_elsewhere(row: Model) -> list[str]:
    return [sentence for source in elsewhere for sentence in source(row)]


def with_value(field: CustomField, text: str, value: str = "") -> str:
    """A link to the list of the teammates who have a value for the field; this value, if one is named."""
    asked = f"{field.public_id}:{value}" if value else field.public_id
    return link(list_of("teammates.teammate", field.company_id, custom_field=asked), text)
