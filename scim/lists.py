"""Queries: which resources, in which order, which page of them (RFC 7644 §3.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

from scim import cursors, reading
from scim.attributes import GROUP
from scim.errors import BadRequest, InvalidCount, InvalidFilter, InvalidPath, InvalidValue
from scim.filters.compiler import Compiler, groups_where, users_where
from scim.filters.nodes import Node
from scim.filters.parser import parse_filter, parse_path
from scim.filters.terms import group_terms, user_terms
from scim.lookups import FindLookUp, group_look_up, user_look_up
from scim.reading import GroupRow, UserRow
from scim.schema import ResourceType
from scim.values import kind_of, shown
from teammates.models import Teammate, TeammateGroup

DEFAULT_COUNT = 100
MAX_COUNT = 1_000
MANY = 1_000  # a matching attribute that finds more than this is no longer a look-up
LARGEST_INDEX = 2**31

TEXTS = ("filter", "sortBy", "sortOrder", "cursor", "attributes", "excludedAttributes")
NUMBERS = ("startIndex", "count")

R = TypeVar("R", UserRow, GroupRow)


@dataclass(frozen=True)
class Query:
    """What a client asks for, from a query string or a search body.

    start is 1-based; count is how many at most; cursor is None for paging by index, "" for the first page by cursor.
    """

    filter: Node | None
    start: int
    count: int
    sort_by: str
    descending: bool
    cursor: str | None = None
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Query:
        """Read a query string or a SearchRequest (RFC 7644 §3.4.2, §3.4.3).

        startIndex below 1 counts as 1, a negative count as 0, a count above MAX_COUNT as MAX_COUNT.
        Raises InvalidFilter, InvalidValue, InvalidCount.
        """
        text = query.get("filter")
        if text is not None and not isinstance(text, str):
            raise InvalidValue("filter must be a text.")
        cursor = None if query.get("cursor") is None else str(query["cursor"])
        wrong_count = InvalidValue if cursor is None else InvalidCount
        order = str(query.get("sortOrder") or "ascending").lower()
        if order not in ("ascending", "descending"):
            raise InvalidValue("sortOrder must be ascending or descending.")
        return cls(
            filter=parse_filter(text) if text else None,
            start=max(_integer(query, "startIndex", 1), 1),
            count=min(max(_integer(query, "count", DEFAULT_COUNT, wrong_count), 0), MAX_COUNT),
            sort_by=str(query.get("sortBy") or ""),
            descending=order == "descending",
            cursor=cursor,
            text=text or "",
        )


def parameters_of(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a SearchRequest (RFC 7644 §3.4.3), by their names in any case, as a query string has them.

    Lists of names become names separated by commas; null is as good as not sent; what is unknown is ignored.
    """
    found: dict[str, str] = {}
    facts = {key.lower(): value for key, value in body.items()}
    for name in (*TEXTS, *NUMBERS):
        value = facts.get(name.lower())
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ",".join(value)
        if isinstance(value, str):
            found[name] = value
        elif type(value) is int and name in NUMBERS:
            found[name] = str(value)
        elif value is not None:
            raise InvalidValue(f"{name} cannot be {kind_of(value)}.")
    return found


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page. total: how many resources the whole query finds; next_cursor: "" when this is the last page."""

    rows: Sequence[R]
    total: int
    start: int
    next_cursor: str | None = None


def _integer(query: Mapping[str, Any], name: str, default: int, refusal: type[BadRequest] = InvalidValue) -> int:
    value = query.get(name)
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise refusal(f"{name} must be a whole number.") from None
    return max(min(number, LARGEST_INDEX), -LARGEST_INDEX)


def find_users(company_id: int, query: Query, resource: ResourceType, *, with_groups: bool) -> Page[UserRow]:
    """A page of the company's users."""

    def read(key: str, value: object, limit: int) -> list[UserRow]:
        return reading.users(company_id, key, value, limit=limit, with_groups=with_groups)

    def search() -> QuerySet[Teammate]:
        return users_where(company_id, query.filter, resource)

    return _page(company_id, query, read, search, user_look_up, Compiler(resource, user_terms))


def find_groups(company_id: int, query: Query) -> Page[GroupRow]:
    """A page of the company's groups, without members."""

    def read(key: str, value: object, limit: int) -> list[GroupRow]:
        return reading.groups(company_id, key, value, limit=limit)

    def search() -> QuerySet[TeammateGroup]:
        return groups_where(company_id, query.filter)

    return _page(company_id, query, read, search, group_look_up, Compiler(GROUP, group_terms))


def _page(
    company_id: int,
    query: Query,
    read: Callable[[str, object, int], list[R]],
    search: Callable[[], QuerySet[Any]],
    look_up: FindLookUp,
    compiler: Compiler,
) -> Page[R]:
    wanted = look_up(query.filter) if query.filter is not None else None
    if wanted is not None and not query.sort_by and query.cursor is None:
        found = read(wanted.key, wanted.value, MANY + 1)
        if len(found) <= MANY:
            found = [row for row in found if wanted.check(row)] if wanted.check else found
            return Page(found[query.start - 1 :][: query.count], len(found), query.start)
    rows = search()
    if query.count == 0 and query.cursor is None:
        return Page([], rows.count(), query.start)
    ordered = _ordered(rows, query, compiler).values_list("pk", flat=True)
    first, after = query.start - 1, 0
    same = (company_id, compiler.resource.name, query.text, query.sort_by, query.descending)
    if query.cursor is not None:
        after = cursors.read(query.cursor, *same)
        first = after if query.sort_by else 0  # by id the next page begins after the last id, else after so many
        ordered = ordered if query.sort_by else ordered.filter(pk__gt=after)
    ids = list(ordered[first : first + query.count + 1])
    has_more = len(ids) > query.count
    is_whole = first == 0 and not has_more and not query.cursor
    total = len(ids) if is_whole else rows.count()
    ids = ids[: query.count]
    found = read("ids", ids, len(ids)) if ids else []
    place = {pk: position for position, pk in enumerate(ids)}
    next_cursor = None
    if query.cursor is not None:
        last = first + len(ids) if query.sort_by else (ids[-1] if ids else after)
        next_cursor = cursors.write(last, *same) if has_more else ""
    return Page(sorted(found, key=lambda row: place[row.pk]), total, query.start, next_cursor)


def sort_key(name: str, compiler: Compiler) -> Any:
    """What `sortBy` of that name sorts by; None when the resource has no such attribute, or none to sort by."""
    try:
        return compiler.term(parse_path(name).attr_path).order()
    except (InvalidFilter, InvalidPath):
        return None


def cannot_sort_by(name: str) -> InvalidValue:
    return InvalidValue(f"sortBy cannot be {shown(name)}: name an attribute that has one value, or a part of one.")


def _ordered(rows: QuerySet[Any], query: Query, compiler: Compiler) -> QuerySet[Any]:
    """Sorted as asked, unassigned values last when ascending (RFC 7644 §3.4.2.3); by id where that leaves it open."""
    if not query.sort_by:
        return rows.order_by("pk")
    by = sort_key(query.sort_by, compiler)
    if by is None:
        raise cannot_sort_by(query.sort_by)
    first = by.desc(nulls_first=True) if query.descending else by.asc(nulls_last=True)
    return rows.order_by(first, "pk")
