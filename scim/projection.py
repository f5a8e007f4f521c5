"""Which attributes an answer carries: `attributes` and `excludedAttributes` (RFC 7644 §3.9, RFC 7643 §7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scim.schema import Attribute, ResourceType

IN_BRACKETS = re.compile(r"\[[^\]]*\]")

Chosen = dict[tuple[str, str], set[str] | None]  # (URN, attribute) -> sub-attributes, None for all of it


class Projection:
    """What a client asked for. Attributes that are always returned are always returned; unknown names are ignored."""

    def __init__(self, resource: ResourceType, wanted: Iterable[str] = (), unwanted: Iterable[str] = ()) -> None:
        self._resource = resource
        wanted, unwanted = [name for name in wanted if name], [name for name in unwanted if name]
        self.is_partial = bool(wanted)
        self._wanted = _read(resource, wanted)
        self._unwanted = _read(resource, unwanted)
        self.is_everything = not wanted and not unwanted

    @classmethod
    def of(cls, resource: ResourceType, query: Mapping[str, str]) -> Projection:
        """Read from a query string, where names are separated by commas."""
        if "attributes" not in query and "excludedAttributes" not in query:
            return cls(resource)
        wanted, unwanted = query.get("attributes", ""), query.get("excludedAttributes", "")
        return cls(resource, map(str.strip, wanted.split(",")), map(str.strip, unwanted.split(",")))

    def wants(self, name: str) -> bool:
        """Whether the core attribute of that name is to be in the answer, for those that cost a query to read."""
        key = (self._resource.schema.urn, name)
        if self.is_partial and key not in self._wanted:
            return False
        return self._unwanted.get(key, set()) is not None

    def asks_for(self, name: str, sub: str) -> bool:
        """Whether `attributes` names this sub-attribute, for those returned on request only (RFC 7643 §7)."""
        return sub in (self._wanted.get((self._resource.schema.urn, name)) or ())

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with what was asked for; `document` is not touched."""
        if self.is_everything:
            return document
        core = self._resource.schema
        kept: dict[str, Any] = {}
        for name, value in document.items():
            extension = self._resource.extension(name)
            if extension is None:
                result = self._choose(core.urn, core.find(name), name, value)
            else:
                inner = {
                    sub: chosen
                    for sub, item in value.items()
                    if (chosen := self._choose(extension.urn, extension.find(sub), sub, item)) is not None
                }
                result = inner or None
            if result is not None:
                kept[name] = result
        return kept

    def _choose(self, urn: str, match: Any, name: str, value: Any) -> Any:
        attribute: Attribute | None = match.attribute if match else None
        if attribute is not None and attribute.returned == "always":
            return value
        key = (urn, attribute.name if attribute else name)
        if self.is_partial:
            if key not in self._wanted:
                return None
            if (subs := self._wanted[key]) is not None:
                value = _subset(value, lambda sub: sub in subs)
        if key in self._unwanted:
            without = self._unwanted[key]
            if without is None:
                return None
            value = _subset(value, lambda sub: sub not in without)
        return value


def _read(resource: ResourceType, names: Iterable[str]) -> Chosen:
    """Which attributes the names mean. Of `emails[type eq "work"]`, as Microsoft's collection has it, all e-mails."""
    chosen: Chosen = {}
    for name in names:
        name = IN_BRACKETS.sub("", name)
        extension = resource.extension(name)
        if extension is not None:
            chosen |= {(extension.urn, attribute.name): None for attribute in extension.attributes}
            continue
        match = resource.find(name)
        if match is None:
            continue
        key = (match.urn, match.attribute.name)
        if match.sub is None:
            chosen[key] = None
        elif (present := chosen.setdefault(key, set())) is not None:
            present.add(match.sub.name)
    return chosen


def _subset(value: Any, keep: Any) -> Any:
    if isinstance(value, dict):
        return {sub: item for sub, item in value.items() if keep(sub)} or None
    if isinstance(value, list):
        return [inner for item in value if isinstance(item, dict) and (inner := _subset(item, keep))] or None
    return value
