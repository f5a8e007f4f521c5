"""The look-ups that provisioning clients repeat all day: by id, and by each matching attribute.

A filter that is one of them runs as a fixed statement of scim.reading; every other filter is compiled to the ORM.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from scim.attributes import GROUP, USER
from scim.filters.evaluate import matches
from scim.filters.nodes import And, AttrPath, Compare, Node, ValuePath
from teammates.models import Teammate, TeammateGroup, fold

EMAILS = next(attribute for attribute in USER.schema.attributes if attribute.name == "emails")


class LookUp(NamedTuple):
    """A filter by one matching attribute, as a statement of scim.reading.

    check: what a row found must satisfy besides, where the index knows less than the filter says.
    """

    key: str
    value: object
    check: Callable[[Any], bool] | None = None


FindLookUp = Callable[[Node], LookUp | None]


def user_look_up(node: Node) -> LookUp | None:
    """The look-up (of reading.USERS_BY) for a filter by one matching attribute; None for any other filter."""
    match node:
        case ValuePath(AttrPath() as path, inner, Compare(AttrPath(None, sub, None), "eq", str(value)) as then):
            found = USER.find(path.text)
            if found is not None and found.attribute.name == "emails" and sub.lower() == "value":
                return _by_email(value, And((inner, then)))
        case Compare(AttrPath() as path, "eq", str(value)):
            found = USER.find(path.text)
            match (found.attribute.name, found.sub.name if found.sub else None) if found else (None, None):
                case ("id", None):
                    return LookUp("id", _number(Teammate.pk_of(value)))
                case ("userName", None):
                    return LookUp("login", fold(value))
                case ("externalId", None) if value:
                    return LookUp("external_id", value)
                case ("emails", "value" | None):
                    return _by_email(value, Compare(AttrPath(None, "value"), "eq", value))
    return None


def _by_email(address: str, node: Node) -> LookUp:
    """By any of a person's addresses, through their index; then the element must be as the filter says."""
    return LookUp("email", fold(address), lambda row: any(matches(node, entry, EMAILS) for entry in row.emails))


def group_look_up(node: Node) -> LookUp | None:
    """The look-up (of reading.GROUPS_BY) for a filter by one matching attribute; None for any other filter."""
    match node:
        case Compare(AttrPath() as path, "eq", str(value)):
            found = GROUP.find(path.text)
            match found.attribute.name if found else None:
                case "id":
                    return LookUp("id", _number(TeammateGroup.pk_of(value)))
                case "displayName":
                    return LookUp("name", fold(value))
                case "externalId" if value:
                    return LookUp("external_id", value)
    return None


def _number(pk: int | None) -> int:
    return -1 if pk is None else pk
