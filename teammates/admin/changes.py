"""What an event changed, field by field, as a person reads it: in a history and in the audit log."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from teammates.models import CustomField, Event
from teammates.sentences import called, leaves

LONGEST = 300  # characters of a value
Change = tuple[str, Any, Any]


def changes(event: Event, own_fields: Mapping[str, str]) -> Iterator[Change]:
    """(field, before, after) of what differs. own_fields: what the company calls its custom fields, by id."""
    before, after = (leaves(event.data.get(side) or {}) for side in ("before", "after"))
    for path in {**before, **after}:
        if before.get(path) != after.get(path):
            name = own_fields.get(path[-1]) or called(path)
            yield name[:1].upper() + name[1:], before.get(path), after.get(path)


def own_fields(company_id: int | None, *events: Event) -> dict[str, str]:
    """What the company calls its own fields, by their ids; they are read when one of them changed."""
    if not any("custom_fields" in (event.data.get(side) or {}) for event in events for side in ("before", "after")):
        return {}
    return {field.public_id: field.name for field in CustomField.objects.filter(company=company_id or 0)}


def written(value: Any, names: Mapping[str, str]) -> str:
    """A value in words. names: of people and places, by the ids that values have for them."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    text = names.get(value, value) if isinstance(value, str) else _listed(value, names)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _listed(value: Any, names: Mapping[str, str]) -> str:
    """Texts one after the other; values of several types as SCIM has them (RFC 7643 §2.4): "+49 30 1234 (work)"."""
    parts = value if isinstance(value, list) else []
    if parts and all(isinstance(each, str) for each in parts):
        return ", ".join(names.get(each, each) for each in parts)
    if parts and all(isinstance(each, dict) and each.get("value") for each in parts):
        return ", ".join(
            f"{each['value']} ({each['type']})" if each.get("type") else str(each["value"]) for each in parts
        )
    return json.dumps(value, ensure_ascii=False)
