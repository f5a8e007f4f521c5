"""A value filter over one element of a multi-valued attribute, in memory (RFC 7644 §3.5.2)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from scim.errors import InvalidFilter
from scim.filters.nodes import And, AttrPath, Compare, Node, Not, Or, Present
from scim.schema import Attribute
from scim.values import literal, moment

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "co": operator.contains,
    "sw": lambda stored, wanted: stored.startswith(wanted),
    "ew": lambda stored, wanted: stored.endswith(wanted),
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def unknown_name(node: Node, attribute: Attribute) -> str | None:
    """The first name in a value filter that is no sub-attribute of the attribute."""
    match node:
        case And(items) | Or(items):
            return next((name for item in items if (name := unknown_name(item, attribute))), None)
        case Not(item):
            return unknown_name(item, attribute)
        case Compare(path, _, _) | Present(path):
            return None if _find(path, attribute) else path.text
        case _:
            return None


def check(node: Node, attribute: Attribute) -> None:
    """Refuse (InvalidFilter) a filter that can never be evaluated over this attribute's elements."""
    match node:
        case And(items) | Or(items):
            for item in items:
                check(item, attribute)
        case Not(item):
            check(item, attribute)
        case Compare(path, op, value):
            literal(_sub(path, attribute), op, value)
        case Present(path):
            _sub(path, attribute)
        case _:
            raise InvalidFilter(f"A filter of {attribute.name} cannot contain another [ ].")


def matches(node: Node, element: dict[str, Any], attribute: Attribute) -> bool:
    """Whether the element satisfies the filter; attribute is the complex attribute it belongs to.

    An absent value equals null and nothing else: `ne "x"` holds for it (RFC 7643 §2.5).
    """
    match node:
        case And(items):
            return all(matches(item, element, attribute) for item in items)
        case Or(items):
            return any(matches(item, element, attribute) for item in items)
        case Not(item):
            return not matches(item, element, attribute)
        case Compare(path, op, value):
            sub = _sub(path, attribute)
            return _compare(sub, op, element.get(sub.name), literal(sub, op, value))
        case Present(path):
            return element.get(_sub(path, attribute).name) not in (None, "")
        case _:
            raise InvalidFilter(f"A filter of {attribute.name} cannot contain another [ ].")


def _sub(path: AttrPath, attribute: Attribute) -> Attribute:
    sub = _find(path, attribute)
    if sub is None:
        raise InvalidFilter(f'{attribute.name} has no sub-attribute "{path.text[:60]}".')
    return sub


def _find(path: AttrPath, attribute: Attribute) -> Attribute | None:
    return attribute.sub(path.attr) if path.urn is None and path.sub is None else None


def _compare(sub: Attribute, op: str, stored: Any, wanted: Any) -> bool:
    if stored is None or wanted is None:
        return (stored is wanted) == (op == "eq") if op in ("eq", "ne") else False
    if sub.type == "dateTime":
        stored = moment(stored)
    elif isinstance(stored, str) and not sub.case_exact:
        stored, wanted = stored.lower(), wanted.lower()
    return bool(_COMPARISONS[op](stored, wanted))
