"""A value filter over one element of a multi-valued attribute, in memory (RFC 7644 §3.5.2)."""

from typing import Any

from scim.filters.nodes import Node
from scim.schema import Attribute


def matches(node: Node, element: dict[str, Any], attribute: Attribute) -> bool:
    """Whether the element satisfies the filter; attribute is the complex attribute it belongs to."""
    raise NotImplementedError
