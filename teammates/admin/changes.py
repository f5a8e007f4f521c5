"""What an event changed, field by field, as a person reads it: in a history and in the audit log."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from teammates import preferences
from teammates.admin.names import LISTS, Names
from teammates.models import Event, FieldKind, LicencePolicy, Management, Plan, Scope, Status
from teammates.sentences import called, leaves

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LONGEST = 300  # characters of a value
WHOLE = 100_000  # of one that has to be whole
CHOICES: dict[str, type[TextChoices]] = {  # fields whose values have labels
    "management": Management,
    "status": Status,
    "licence_policy": LicencePolicy,
    "plan": Plan,
    "scopes": Scope,
}
Change = tuple[str, str, str]


def changes(event: Event, names: Names, longest: int = LONGEST) -> Iterator[Change]:
    """(field, before, after) of what differs, in words."""
    before, after = (leaves(event.data.get(side) or {}) for side in ("before", "after"))
    for path in {**before, **after}:
        was, now = before.get(path), after.get(path)
        if was == now or (path == ("emails",) and _says_the_same(before, after)):
            continue
        told = [_of_field(event, path, value, names, longest) for value in (was, now)]
        if told[0] != told[1] or len(told[1]) >= longest:
            yield _called(path, names), told[0], told[1]


def _called(path: tuple[str, ...], names: Names) -> str:
    if _is_preference(path):
        return preferences.in_words({path[1]: ""})[0][0]
    name = names.plain.get(path[-1]) or called(path)
    return name[:1].upper() + name[1:]


def _says_the_same(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> bool:
    """Whether the list of addresses tells no more than the address does, which is shown."""
    lists = [each.get(("emails",)) or [] for each in (before, after)]
    return before.get(("email",)) != after.get(("email",)) and all(len(addresses) <= 1 for addresses in lists)


def _is_preference(path: tuple[str, ...]) -> bool:
    return path[0] == "preferences" and len(path) == 2


def _of_field(event: Event, path: tuple[str, ...], value: Any, names: Names, longest: int) -> str:
    """A value of a field in words: those that stand for a choice as the choice is called."""
    if _is_preference(path) and value is not None:
        return written(preferences.in_words({path[1]: value})[0][1], {}, longest)
    if path == ("access",):
        return written(value, names.full, longest)
    choices: type[TextChoices] | None = CHOICES.get(path[0]) if len(path) == 1 else None
    if path == ("kind",) and event.kind.startswith("custom_field."):
        choices = FieldKind
    labels = {str(each.value): str(each.label) for each in choices} if choices else {}
    return written(value, {**names.plain, **labels}, longest)


def written(value: Any, names: Mapping[str, str], longest: int = LONGEST) -> str:
    """A value in words. names: of people and places, by the ids that values have for them."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str) and MOMENT.fullmatch(value) and (moment := parse_datetime(value)) is not None:
        return date_format(moment, "EXACT_FORMAT")
    text = names.get(value, value) if isinstance(value, str) else _listed(value, names)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _listed(value: Any, names: Mapping[str, str]) -> str:
    """Texts one after the other; values of several types as SCIM has them (RFC 7643 §2.4): "+49 30 1234 (work)"."""
    parts = value if isinstance(value, list) else []
    if parts and all(isinstance(each, str) for each in parts):
        return ", ".join(names.get(each, each) for each in parts)
    if parts and all(isinstance(each, dict) and each.get("value") for each in parts):
        return ", ".join(_typed(each) for each in parts)
    return json.dumps(value, ensure_ascii=False)


def _typed(each: dict[str, Any]) -> str:
    """A value with its type, and whether it is the main one."""
    labels = [str(each["type"])] if each.get("type") else []
    labels += [_("main")] if each.get("primary") is True else []
    return f"{each['value']} ({', '.join(labels)})" if labels else str(each["value"])


def facts(event: Event, names: Names) -> list[tuple[str, str]]:
    """What an event has besides what changed, what stands in lists, and what its page tells anyway."""
    told = {
        "before", "after", "changed", "remarks", "reason", "cause", "kind", "template_name", "successor",
        "removed_names", *LISTS,
    }  # fmt: skip
    rest = {key: value for key, value in event.data.items() if value and key not in told and not key.endswith("_count")}
    named = [(called([key]), _of_field(event, (key,), value, names, LONGEST)) for key, value in rest.items()]
    return [(name[:1].upper() + name[1:], value) for name, value in named]
