"""One place turns what clients send into canonical SCIM (RFC 7644 §3.3, §3.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim.patch import Operation, Target
from scim.schema import ResourceType

__all__ = ["Document", "Operation", "Patch", "Target", "read_patch", "read_resource"]

MAX_OPERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Patch:
    """A PATCH body in canonical form; remarks: in plain words, what was left out and why."""

    operations: list[Operation]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Document:
    """A POST or PUT body in canonical form.

    data: core attributes at the top under their canonical names, extension attributes under their URN; no
    nulls, no empty values.
    """

    data: dict[str, Any]
    remarks: list[str]


def read_patch(body: object, resource: ResourceType) -> Patch:
    """Read a PATCH body, in whatever spelling, for this resource type (RFC 7644 §3.5.2)."""
    raise NotImplementedError


def read_resource(body: object, resource: ResourceType, *, replacing: bool) -> Document:
    """Read a POST or PUT body, in whatever spelling (RFC 7644 §3.3, §3.5.1)."""
    raise NotImplementedError
