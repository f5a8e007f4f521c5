"""Pages by position, so that nothing is counted and nothing is passed over when rows come and go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet

from teammates.api.errors import bad_request
from teammates.public_ids import decode, encode

PAGING = frozenset({"limit", "page_token"})
LIMIT, LARGEST_LIMIT = 50, 100
POSITION = "pge"  # the prefix of a page token


@dataclass(frozen=True)
class Paging:
    """limit: rows of a page. after: the key of the last row before it."""

    limit: int = LIMIT
    after: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        after = decode(POSITION, query["page_token"]) if "page_token" in query else 0
        if after is None:
            raise bad_request("page_token: This server did not issue it. Take the address in _pagination.next as is.")
        return cls(limit_of(query, LIMIT, LARGEST_LIMIT), after)


def limit_of(query: Mapping[str, str], default: int, largest: int) -> int:
    """How many rows are asked for. Raises ValidationError for anything but a number from 1 to `largest`."""
    text = query.get("limit", str(default))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if not 1 <= number <= largest:
        raise bad_request(f"limit: Ask for 1 to {largest}.")
    return number


def page_of(rows: QuerySet[Any], paging: Paging, key: str) -> tuple[list[Any], str | None]:
    """A page of `rows` in the order of `key`, and the token of the next one if there is one."""
    found = list(rows.filter(**{f"{key}__gt": paging.after}).order_by(key)[: paging.limit + 1])
    page = found[: paging.limit]
    return page, encode(POSITION, getattr(page[-1], key)) if len(found) > paging.limit else None
