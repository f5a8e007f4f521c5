"""Filters and PATCH paths, from text to tree (RFC 7644 §3.4.2.2, figure 1; §3.5.2, figure 7).

One recursive descent for both: `or` binds looser than `and`, `and` looser than `not`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from scim.errors import InvalidFilter, InvalidPath
from scim.filters.lexer import Token, attr_path, tokens, value_of
from scim.filters.nodes import OPERATORS, And, AttrPath, Compare, Node, Not, Or, PatchPath, Present, ValuePath

MAX_DEPTH: Final = 32  # brackets inside brackets
MAX_TERMS: Final = 100  # comparisons in one filter


def parse_filter(text: str) -> Node:
    """Parse a filter; InvalidFilter says what is wrong and where."""
    try:
        parser = _Parser(tokens(text))
        node = parser.any_of()
        parser.expect("end", "and, or, or the end")
    except ValueError as wrong:
        raise InvalidFilter(f"The filter cannot be read: {wrong}.") from None
    return node


@lru_cache(maxsize=1024)
def parse_path(text: str) -> PatchPath:
    """Parse a PATCH path; InvalidPath says what is wrong and where."""
    try:
        return _Parser(tokens(text)).patch_path()
    except ValueError as wrong:
        raise InvalidPath(f"The path cannot be read: {wrong}.") from None


class _Parser:
    """Reads the tokens once, left to right; ValueError says what is wrong."""

    __slots__ = ("depth", "in_value_path", "next", "rest", "terms")

    def __init__(self, found: list[Token]) -> None:
        self.rest = iter(found)
        self.next = next(self.rest)
        self.depth = self.terms = 0
        self.in_value_path = False

    def take(self) -> Token:
        taken = self.next
        if taken.kind != "end":
            self.next = next(self.rest)
        return taken

    def expect(self, kind: str, wanted: str) -> Token:
        if self.next.kind != kind:
            raise ValueError(f"{wanted} expected {_place(self.next)}")
        return self.take()

    def at_word(self, word: str) -> bool:
        return self.next.kind == "word" and self.next.text.lower() == word

    def any_of(self) -> Node:
        items = [self.all_of()]
        while self.at_word("or"):
            self.take()
            items.append(self.all_of())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def all_of(self) -> Node:
        items = [self.term()]
        while self.at_word("and"):
            self.take()
            items.append(self.term())
        return items[0] if len(items) == 1 else And(tuple(items))

    def term(self) -> Node:
        if self.next.kind == "(":
            return self.nested(")")
        word = self.expect("word", "an attribute name")
        if self.next.kind == "(" and word.text.lower() == "not":
            return Not(self.nested(")"))
        path = _attribute(word)
        return self.value_path(path) if self.next.kind == "[" else self.comparison(path)

    def nested(self, closing: str) -> Node:
        """What stands between brackets, the opening one being next."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError(f"its brackets are nested more than {MAX_DEPTH} deep")
        self.take()
        node = self.any_of()
        self.expect(closing, f"and, or, or a closing {closing}")
        self.depth -= 1
        return node

    def value_filter(self, path: AttrPath) -> Node:
        if self.in_value_path or path.sub is not None:
            raise ValueError(f"no [ can follow {_quoted(path.text)} {_place(self.next)}")
        self.in_value_path = True
        node = self.nested("]")
        self.in_value_path = False
        return node

    def value_path(self, path: AttrPath) -> Node:
        node = self.value_filter(path)
        if self.next.kind == "word" and self.next.text[0] == ".":  # not in the RFC: Entra's match by work e-mail
            return ValuePath(path, node, self.comparison(AttrPath(None, _sub_attribute(self.take()))))
        return ValuePath(path, node)

    def comparison(self, path: AttrPath) -> Compare | Present:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise ValueError(f"it has more than {MAX_TERMS} comparisons")
        op = self.expect("word", "an operator such as eq")
        name = op.text.lower()
        if name == "pr":
            return Present(path)
        if name not in OPERATORS:
            raise ValueError(f"{_quoted(op.text)} {_place(op)} is no operator; use eq ne co sw ew gt ge lt le or pr")
        if self.next.kind not in ("string", "word"):
            raise ValueError(f"a value expected {_place(self.next)}; put text in double quotes")
        return Compare(path, name, value_of(self.take()))

    def patch_path(self) -> PatchPath:
        path = _attribute(self.expect("word", "an attribute name"))
        node = None
        if self.next.kind == "[":
            node = self.value_filter(path)
            if self.next.kind == "word" and self.next.text[0] == ".":
                path = AttrPath(path.urn, path.attr, _sub_attribute(self.take()))
        self.expect("end", "the end")
        return PatchPath(path, node)


def _attribute(word: Token) -> AttrPath:
    path = attr_path(word.text)
    if path is None:
        raise ValueError(f"{_quoted(word.text)} {_place(word)} is no attribute name")
    return path


def _sub_attribute(word: Token) -> str:
    path = attr_path("x" + word.text)
    if path is None or path.sub is None:
        raise ValueError(f"{_quoted(word.text)} {_place(word)} is no sub-attribute name")
    return path.sub


def _place(token: Token) -> str:
    return "at the end" if token.kind == "end" else f"at character {token.at}"


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:60]}…"'
