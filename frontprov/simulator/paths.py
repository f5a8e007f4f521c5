"""Attribute names as Entra's mapping page writes them, and where they lie in a SCIM resource."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

_PATH = re.compile(
    r"^(?:(?P<schema>urn:.+):)?"  # up to the last colon: the schema; the rest names the attribute
    r"(?P<name>[^:.\[\]]+)"
    r'(?:\[type eq "(?P<type>[^"]+)"\])?'
    r"(?:\.(?P<sub>[^.\[\]]+))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class AttributePath:
    """`userName`, `name.givenName`, `emails[type eq "work"].value` or `urn:…:User:department`."""

    schema: str | None
    name: str
    type: str | None
    sub: str | None

    def read(self, resource: dict[str, Any]) -> Any:
        """The value a resource shows here, or None. Attribute names match in any case (RFC 7643 §2.1)."""
        container = resource if self.schema is None else member(resource, self.schema)
        value = member(container, self.name)
        if self.type is not None:
            value = self._element(value)
        return value if self.sub is None else member(value, self.sub)

    def place(self, resource: dict[str, Any], value: Any) -> None:
        """Put a value into a resource under construction."""
        container = resource if self.schema is None else resource.setdefault(self.schema, {})
        if self.sub is None:
            container[self.name] = value
            return
        if self.type is None:
            container.setdefault(self.name, {})[self.sub] = value
            return
        elements = container.setdefault(self.name, [])
        element = self._element(elements)
        if element is None:
            element = {"type": self.type}
            elements.append(element)
        element[self.sub] = value

    @property
    def is_filtered(self) -> bool:
        return self.type is not None

    def _element(self, elements: Any) -> dict[str, Any] | None:
        for element in elements if isinstance(elements, list) else ():
            if self.type is not None and str(member(element, "type")).lower() == self.type.lower():
                return cast("dict[str, Any]", element)
        return None


@cache
def parse_path(path: str) -> AttributePath:
    match = _PATH.match(path)
    if match is None:
        raise ValueError(f"{path!r} is no attribute name.")
    return AttributePath(match["schema"], match["name"], match["type"], match["sub"])


def member(value: Any, name: str) -> Any:
    """An object's member by name in any case; None when there is none or it is no object."""
    if not isinstance(value, dict):
        return None
    if name in value:
        return value[name]
    lowered = name.lower()
    return next((found for key, found in value.items() if key.lower() == lowered), None)
