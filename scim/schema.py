"""The shape of a schema: attributes with their characteristics, and finding one by its path (RFC 7643 §2, §7).

What the server's own schemas are stands in scim.attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:"
MAX_STRING: Final = 10_000  # characters in any one value, unless the attribute says less
MAX_VALUES: Final = 250  # elements of a multi-valued attribute, members aside


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute or sub-attribute with its characteristics (RFC 7643 §2.2, §7).

    column: how the product stores it, a model field by name; None: in the teammate's JSON profile, as sent.
    aliases: other names clients use for it. published: whether /Schemas shows it.
    """

    name: str
    type: str = "string"
    multi: bool = False
    description: str = ""
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    canonical: tuple[str, ...] = ()
    subs: tuple[Attribute, ...] = ()
    reference_types: tuple[str, ...] = ()
    column: str | None = None
    aliases: tuple[str, ...] = ()
    max_length: int = MAX_STRING
    max_values: int | None = MAX_VALUES
    published: bool = True
    _subs: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {name.lower(): sub for sub in self.subs for name in (sub.name, *sub.aliases)}
        object.__setattr__(self, "_subs", MappingProxyType(known))

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name in any case (RFC 7643 §2.1)."""
        return self._subs.get(name.lower())

    @property
    def is_complex(self) -> bool:
        return self.type == "complex"

    @property
    def read_only(self) -> bool:
        return self.mutability == "readOnly"

    def as_dict(self) -> dict[str, Any]:
        """The attribute as /Schemas shows it (RFC 7643 §7): no nulls, no empty lists."""
        shown: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.multi,
            "description": self.description,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": self.returned,
            "uniqueness": self.uniqueness,
        }
        if self.canonical:
            shown["canonicalValues"] = list(self.canonical)
        if self.reference_types:
            shown["referenceTypes"] = list(self.reference_types)
        if self.subs:
            shown["subAttributes"] = [sub.as_dict() for sub in self.subs if sub.published]
        return shown


class Match(NamedTuple):
    """What a path text names: schema URN, attribute, sub-attribute."""

    urn: str
    attribute: Attribute
    sub: Attribute | None


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema; variants are other URNs that clients use for it."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    variants: tuple[str, ...] = ()
    common: tuple[Attribute, ...] = field(default=(), repr=False)
    _matches: Mapping[str, Match] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        matches: dict[str, Match] = {}
        for attribute in (*self.attributes, *self.common):
            for name in (attribute.name, *attribute.aliases):
                matches[name.lower()] = Match(self.urn, attribute, None)
                for key in attribute._subs:
                    matches[f"{name.lower()}.{key}"] = Match(self.urn, attribute, attribute._subs[key])
        object.__setattr__(self, "_matches", MappingProxyType(matches))

    def find(self, text: str) -> Match | None:
        """`attribute` or `attribute.sub` without a URN, in any case."""
        return self._matches.get(text.lower())

    def as_schema_dict(self) -> dict[str, Any]:
        """The schema as /Schemas shows it (RFC 7643 §7); `meta` is the endpoint's to add.

        With id and externalId, which a schema may list (RFC 7643 §3.1): Microsoft counts whether all that is mapped
        can be found here, and externalId always is.
        """
        return {
            "schemas": [CORE + "Schema"],
            "id": self.urn,
            "name": self.name,
            "description": self.description,
            "attributes": [a.as_dict() for a in (*self.common, *self.attributes) if a.published],
        }


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type with its core schema and extensions (RFC 7643 §6)."""

    name: str
    endpoint: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()
    description: str = ""
    _prefixes: tuple[tuple[str, Schema], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = ((urn.lower(), s) for s in (self.schema, *self.extensions) for urn in (s.urn, *s.variants))
        object.__setattr__(self, "_prefixes", tuple(sorted(known, key=lambda pair: -len(pair[0]))))

    def split(self, text: str) -> tuple[Schema, str] | None:
        """Split at the longest known schema URN: `urn:…:2.0:User:name.givenName` → (schema, `name.givenName`).

        Never at a dot: every URN of RFC 7643 has one in its version. The rest is empty when text is the URN
        itself. None when text begins with no URN of this resource type.
        """
        lowered = text.lower()
        for prefix, schema in self._prefixes:
            if lowered.startswith(prefix):
                if len(lowered) == len(prefix):
                    return schema, ""
                if lowered[len(prefix)] == ":":
                    return schema, text[len(prefix) + 1 :]
        return None

    def find(self, text: str) -> Match | None:
        """The attribute an attribute path names (RFC 7644 §3.10), in any case, with or without its URN.

        An extension's attribute needs none either, where the core schema has no such name: Microsoft's examples
        write `manager`.
        """
        found = self.schema.find(text)
        if found is not None:
            return found
        if parts := self.split(text):
            return parts[0].find(parts[1])
        return next((match for extension in self.extensions if (match := extension.find(text))), None)

    def extension(self, text: str) -> Schema | None:
        """The extension whose URN, or a variant of it, is exactly this text."""
        parts = self.split(text)
        return parts[0] if parts and not parts[1] and parts[0] is not self.schema else None

    @property
    def schemas(self) -> tuple[Schema, ...]:
        return (self.schema, *self.extensions)
