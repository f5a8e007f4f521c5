"""Values as clients send them, to values as SCIM defines them (RFC 7643 §2.3, §2.4, §2.5).

Strings stay exactly as sent. Texts in refusals and remarks name attributes, never values: they are logged.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from scim.errors import InvalidFilter, InvalidValue
from scim.filters import nodes
from scim.schema import Attribute

LABELS: Final = frozenset({"type", "primary"})  # say which element it is, and nothing more
MAX_REMARKS: Final = 50
MAX_ID: Final = 255  # characters
MAX_NUMBER: Final = 10**15  # exact in every JSON reader's floating point numbers

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,16}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,16}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\s-]*={0,2}\s*")
_BOOLEANS: Final = {"true": True, "false": False}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Remarks(list[str]):
    """What was left out, in words for the provisioning log; each said once, and not without end."""

    def add(self, text: str) -> None:
        if len(self) < MAX_REMARKS and text not in self:
            self.append(text)


def flaw_in_text(text: str) -> str | None:
    """What no database and no UTF-8 answer can carry, in words; None for a good text."""
    if "\x00" in text:
        return "a NUL character"
    return "half of a surrogate pair" if not text.isascii() and _SURROGATE.search(text) else None


def check_texts(body: object) -> None:
    """Refuse NUL characters and lone surrogates anywhere in a JSON value, names included."""
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if type(value) is str:
            if flaw := flaw_in_text(value):
                raise InvalidValue(f"The request contains {flaw}: remove it from the value at the source.")
        elif type(value) is dict:
            waiting += value
            waiting += value.values()
        elif type(value) is list:
            waiting += value


def shown(name: object) -> str:
    """A name that a client sent, fit for a text."""
    text = str(name)
    return f'"{text}"' if len(text) <= 120 else f'"{text[:120]}…"'


def kind_of(value: object) -> str:
    """The JSON type of a value, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def is_empty(value: object) -> bool:
    """null, "" and [] all mean unassigned (RFC 7643 §2.5)."""
    return value is None or value == "" or value == []


def simple(attribute: Attribute, value: object, name: str) -> Any:
    """A value of a simple attribute that is not empty; name: how refusals call it."""
    kind = attribute.type
    if kind == "boolean":
        return _boolean(value, name)
    if kind == "integer" or kind == "decimal":
        return _number(value, kind, name)
    if kind == "reference" and attribute.reference_types == ("User",) and isinstance(value, dict):
        value = value.get("value")  # a reference to a person, spelled as the manager attribute is
    if not isinstance(value, str):
        raise InvalidValue(f"{name} must be a string, not {kind_of(value)}.")
    if len(value) > attribute.max_length:
        raise InvalidValue(f"{name} has {len(value)} characters; at most {attribute.max_length} are kept.")
    if kind == "dateTime" and _moment(value) is None:
        raise InvalidValue(f"{name} must be a date and time as in 2026-01-31T09:30:00Z.")
    if kind == "binary" and not _BASE64.fullmatch(value):
        raise InvalidValue(f"{name} must be base64.")
    return value


def element(attribute: Attribute, value: object, name: str, remarks: Remarks) -> dict[str, Any] | None:
    """An object of a complex attribute, from an object or its bare value; None when nothing is in it.

    An object that keeps only type or primary, because what they label was sent empty, has nothing in it.
    """
    if isinstance(value, str) and attribute.sub("value"):
        value = {"value": value}
    if not isinstance(value, dict):
        wanted = "a list of objects" if attribute.multi else "an object"
        raise InvalidValue(f"{name} must be {wanted}, not {kind_of(value)}.")
    result: dict[str, Any] = {}
    emptied = False
    for key, item in value.items():
        sub = attribute.sub(key)
        if sub is None:
            remarks.add(f"{name} has no sub-attribute {shown(key)}: ignored.")
        elif sub.read_only:
            continue
        elif is_empty(item):
            emptied = True
        else:
            result[sub.name] = simple(sub, item, f"{name}.{sub.name}")
    if attribute.name == "roles":
        _open_role(result)
    return None if not result or (emptied and result.keys() <= LABELS) else result


def elements(attribute: Attribute, value: object, name: str, remarks: Remarks) -> list[dict[str, Any]]:
    """The objects of a multi-valued attribute, from a list or a single one; empty ones left out."""
    items = value if isinstance(value, list) else [value]
    if attribute.max_values is not None and len(items) > attribute.max_values:
        raise InvalidValue(f"{name} has {len(items)} values; at most {attribute.max_values} are kept.")
    if attribute.name == "members":
        return _members(items)
    found = (element(attribute, item, name, remarks) for item in items if not is_empty(item))
    return [item for item in found if item]


def literal(attribute: Attribute, op: str, value: nodes.Literal) -> Any:
    """The value of a comparison in the attribute's type (RFC 7644 §3.4.2.2, table 3); None for null.

    bool for boolean, int or Decimal for numbers, an aware datetime for dateTime, str for all else.
    InvalidFilter when the attribute cannot be compared with it, or not in this way.
    """
    kind = attribute.type
    if value is None:
        if op not in ("eq", "ne"):
            raise InvalidFilter(f"{attribute.name} can only be compared with null by eq and ne.")
        return None
    if kind == "complex":
        raise InvalidFilter(f"{attribute.name} has parts: name the one to compare, as in {attribute.name}.value.")
    if kind == "boolean":
        if op not in ("eq", "ne"):
            raise InvalidFilter(f"{attribute.name} is true or false and can only be compared by eq and ne.")
        wanted = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(wanted, bool):
            raise InvalidFilter(f"{attribute.name} can only be compared with true and false.")
        return wanted
    if kind in ("integer", "decimal", "dateTime"):
        if op in ("co", "sw", "ew"):
            raise InvalidFilter(f"{attribute.name} is no text and cannot be compared by {op}.")
        number_or_moment = _moment(value) if kind == "dateTime" else _literal_number(value)
        if number_or_moment is None:
            wanted_kind = "a date and time as in 2026-01-31T09:30:00Z" if kind == "dateTime" else "a number"
            raise InvalidFilter(f"{attribute.name} can only be compared with {wanted_kind}.")
        return number_or_moment
    if kind == "binary" and op not in ("eq", "ne"):
        raise InvalidFilter(f"{attribute.name} is binary and can only be compared by eq and ne.")
    return str(value).lower() if isinstance(value, bool) else str(value)


def moment(text: str) -> datetime:
    """A dateTime (RFC 7643 §2.3.5); one without an offset is UTC. InvalidValue when it is none."""
    found = _moment(text)
    if found is None:
        raise InvalidValue("A date and time must look like 2026-01-31T09:30:00Z.")
    return found


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is None:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        return None


def _boolean(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    # Without aadOptscim062020 Entra sends "True" and "False", behind ToLower "true" and "false".
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise InvalidValue(f"{name} must be true or false.")
    return found


def _number(value: object, kind: str, name: str) -> int | float:
    number = value
    if isinstance(value, str):
        if _INTEGER.fullmatch(value):
            number = int(value)
        elif _DECIMAL.fullmatch(value):
            number = float(value)
    if isinstance(number, float) and number.is_integer() and abs(number) <= MAX_NUMBER:
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int if kind == "integer" else int | float):
        raise InvalidValue(f"{name} must be {'a whole number' if kind == 'integer' else 'a number'}.")
    if not abs(number) <= MAX_NUMBER:  # also when it is not a number, NaN
        raise InvalidValue(f"{name} must be a number between -{MAX_NUMBER} and {MAX_NUMBER}.")
    return number


def _literal_number(value: str | int | Decimal | bool) -> int | Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    return None if isinstance(value, bool) else value


def _open_role(role: dict[str, Any]) -> None:
    """Entra's app role as JSON inside the value: {"id", "value", "displayName"} → value and display."""
    if not role.get("value", "").startswith("{"):
        return
    try:
        inner = json.loads(role["value"])
    except (ValueError, RecursionError):
        return
    check_texts(inner)
    found = {name: inner.get(key) for name, key in (("value", "value"), ("display", "displayName"))}
    texts = {name: text for name, text in found.items() if isinstance(text, str) and text}
    if texts:
        del role["value"]
        role |= texts


def _members(items: list[Any]) -> list[dict[str, Any]]:
    """The members of a group, each once, by id alone; written for lists of thousands."""
    ids: dict[str, None] = {}
    for item in items:
        member = item
        if isinstance(item, dict):
            member = item.get("value")
            if len(item) > 1 or member is None:
                member = _member_id(item)
        if not isinstance(member, str) or not 0 < len(member) <= MAX_ID:
            raise InvalidValue("Every member needs a value: the id of a teammate, as a string.")
        ids[member] = None
    return [{"value": member} for member in ids]


def _member_id(item: dict[str, Any]) -> object:
    facts = {key.lower(): value for key, value in item.items()}
    reference = facts.get("$ref")
    path = reference.rstrip("/").split("/") if isinstance(reference, str) else []
    kind = facts.get("type")
    if (isinstance(kind, str) and kind.lower() == "group") or "Groups" in path[-2:-1]:
        raise InvalidValue("Nested groups are not supported: assign the people, or the inner group, in its own right.")
    return facts.get("value") or (path[-1] if path else None)
