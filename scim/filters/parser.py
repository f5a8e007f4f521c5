"""Filters and PATCH paths, from text to tree (RFC 7644 §3.4.2.2, §3.5.2)."""

from scim.filters.nodes import Node, PatchPath


def parse_filter(text: str) -> Node:
    """Parse a filter; InvalidFilter says what is wrong and where."""
    raise NotImplementedError


def parse_path(text: str) -> PatchPath:
    """Parse a PATCH path; InvalidPath says what is wrong and where."""
    raise NotImplementedError
