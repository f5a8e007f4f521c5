"""What a filter or a PATCH path says, as a tree (RFC 7644 §3.4.2.2, figure 1; §3.5.2, figure 7).

Names are kept as written; scim.attributes says what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

Literal = str | int | Decimal | bool | None

OPERATORS = frozenset({"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})


@dataclass(frozen=True, slots=True)
class AttrPath:
    """`[urn:]attr[.sub]`; the URN is what stands before the last colon."""

    urn: str | None
    attr: str
    sub: str | None = None

    @property
    def text(self) -> str:
        """The path as one text, as ResourceType.find reads it."""
        name = self.attr if self.sub is None else f"{self.attr}.{self.sub}"
        return name if self.urn is None else f"{self.urn}:{name}"


@dataclass(frozen=True, slots=True)
class Compare:
    """`path op value`; op in lower case, one of OPERATORS."""

    path: AttrPath
    op: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`: has a value that is not empty."""

    path: AttrPath


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Node


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[filter]`: some one element of path matches the filter.

    then: Entra's `emails[type eq "work"].value eq "x"`, a comparison of a sub-attribute (its path has only the
    name of that) which must hold for the same element.
    """

    path: AttrPath
    filter: Node
    then: Compare | Present | None = None


Node = Compare | Present | And | Or | Not | ValuePath


@dataclass(frozen=True, slots=True)
class PatchPath:
    """`attr`, `attr.sub`, `attr[filter]` or `attr[filter].sub`; attr_path holds the sub-attribute in all of them."""

    attr_path: AttrPath
    filter: Node | None = None

    @property
    def sub(self) -> str | None:
        return self.attr_path.sub
