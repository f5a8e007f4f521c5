"""PATCH over documents: RFC 7644 §3.5.2 in full, on canonical operations.

What clients really send becomes canonical in scim.dialect; nothing here knows of spellings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scim.filters.nodes import Node
from scim.schema import Attribute, ResourceType

Op = Literal["add", "replace", "remove"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation is about; urn: of the extension, None for a core attribute."""

    urn: str | None
    attribute: Attribute
    filter: Node | None = None
    sub: Attribute | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One canonical operation; value has the attribute's type, None for a remove of all that target names."""

    op: Op
    target: Target
    value: Any = None


@dataclass(frozen=True, slots=True)
class Add:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clear:
    pass


@dataclass(frozen=True, slots=True)
class RemoveWhere:
    """Remove the members a filter selects that is more than a choice of ids."""

    filter: Node


MemberStep = Add | Remove | Replace | Clear | RemoveWhere


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A PATCH of a group: what to apply to its document, and the fewest steps that change its members."""

    document_ops: list[Operation]
    members: list[MemberStep]


def apply(operations: Sequence[Operation], document: dict[str, Any], resource: ResourceType) -> dict[str, Any]:
    """The document after all operations, in order; the one given is not touched (RFC 7644 §3.5.2).

    Equal to the one given when nothing changed.
    """
    raise NotImplementedError


def group_changes(operations: Sequence[Operation]) -> GroupPlan:
    """Split a PATCH of a group into changes of its document and a minimal net sequence of member steps."""
    raise NotImplementedError
