"""Filter text to tokens, and words to what they stand for (RFC 7644 §3.4.2.2, figure 1)."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from scim.filters.nodes import AttrPath, Literal
from scim.values import flaw_in_text

MAX_LENGTH: Final = 8_192  # characters of one filter or path

_TOKEN: Final = re.compile(
    r"""
    [ \t\r\n]*
    (?: (?P<word> [^ \t\r\n()\[\]"]+ )
      | (?P<string> "[^"\\]*(?:\\.[^"\\]*)*" )
      | (?P<mark> [()\[\]] )
      | (?P<open> " )
      | (?P<end> \Z ) )
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?P<fraction>(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?)")
_PATH: Final = re.compile(
    r"(?:(?P<urn>\S+):)?(?P<attr>[A-Za-z$_][\w$-]*)(?:\.(?P<sub>[\w$-]+(?:\.[\w$-]+)*))?", re.ASCII
)
_WORDS: Final[dict[str, Literal]] = {"true": True, "false": False, "null": None}


class Token(NamedTuple):
    """kind: word, string, end, or one of the four marks themselves; at: 1-based position."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """All tokens of a text, an `end` last; ValueError says what is wrong with it."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"it has {len(text)} characters; at most {MAX_LENGTH} are read")
    if flaw := flaw_in_text(text):
        raise ValueError(f"it contains {flaw}")
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        at = match.start(kind) + 1
        if kind == "open":
            raise ValueError(f'the text that begins with " at character {at} has no closing "')
        word = match[kind]
        found.append(Token(word if kind == "mark" else kind, word, at))
        if kind == "end":
            break
    return found


def value_of(token: Token) -> Literal:
    """The value a token stands for: a JSON literal, or a bare word as the string it is.

    Bare words are not in the RFC; Microsoft's own example has one (`externalId eq jyoung`).
    """
    if token.kind == "string":
        return _string(token)
    word = token.text
    if word[0] == "'":
        raise ValueError(f'the value at character {token.at} needs double quotes: "…"')
    lowered = word.lower()
    if lowered in _WORDS:
        return _WORDS[lowered]
    number = _NUMBER.fullmatch(word)
    if number is None:
        return word
    return Decimal(word) if number["fraction"] else int(word)


def _string(token: Token) -> str:
    if "\\" not in token.text:
        return token.text[1:-1]
    try:
        # strict=False: a raw tab or line end inside the quotes is taken as it is.
        value: str = json.loads(token.text, strict=False)
    except ValueError:
        raise ValueError(
            f'the text at character {token.at} is not a JSON string; write a backslash as \\\\ and a quote as \\"'
        ) from None
    if flaw := flaw_in_text(value):
        raise ValueError(f"the text at character {token.at} contains {flaw}")
    return value


@lru_cache(maxsize=1024)
def attr_path(word: str) -> AttrPath | None:
    """`[urn:]attr[.sub]`, or None when the word is no such path (RFC 7644 §3.10)."""
    match = _PATH.fullmatch(word)
    return AttrPath(match["urn"], match["attr"], match["sub"]) if match else None
