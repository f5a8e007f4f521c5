"""Queries: which resources, in which order, which page of them (RFC 7644 §3.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import QuerySet

from scim import reading
from scim.attributes import GROUP, USER
from scim.errors import InvalidValue
from scim.filters.compiler import Compiler, groups_where, users_where
from scim.filters.evaluate import matches
from scim.filters.nodes import And, AttrPath, Compare, Node, ValuePath
from scim.filters.parser import parse_filter, parse_path
from scim.filters.terms import group_terms, user_terms
from scim.reading import GroupRow, UserRow
from scim.schema import ResourceType
from teammates.models import Teammate, TeammateGroup, fold

DEFAULT_COUNT = 100
MAX_COUNT = 1_000
MANY = 1_000  # a matching attribute that finds more than this is no longer a look-up
LARGEST_INDEX = 2**31
EMAILS = next(attribute for attribute in USER.schema.attributes if attribute.name == "emails")

R = TypeVar("R", UserRow, GroupRow)


class LookUp(NamedTuple):
    """A filter by one matching attribute, as a statement of scim.reading.

    check: what a row found must satisfy besides, where the index knows less than the filter says.
    """

    key: str
    value: object
    check: Callable[[Any], bool] | None = None


FindLookUp = Callable[[Node], LookUp | None]


@dataclass(frozen=True)
class Query:
    """What a client asks for, from a query string or a search body. start is 1-based; count is how many at most."""

    filter: Node | None
    start: int
    count: int
    sort_by: str
    descending: bool

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Query:
        """Read a query string or a SearchRequest (RFC 7644 §3.4.2, §3.4.3).

        startIndex below 1 counts as 1, a negative count as 0, a count above MAX_COUNT as MAX_COUNT.
        Raises InvalidFilter, InvalidValue.
        """
        text = query.get("filter")
        if text is not None and not isinstance(text, str):
            raise InvalidValue("filter must be a text.")
        order = str(query.get("sortOrder") or "ascending").lower()
        if order not in ("ascending", "descending"):
            raise InvalidValue("sortOrder must be ascending or descending.")
        return cls(
            filter=parse_filter(text) if text else None,
            start=max(_integer(query, "startIndex", 1), 1),
            count=min(max(_integer(query, "count", DEFAULT_COUNT), 0), MAX_COUNT),
            sort_by=str(query.get("sortBy") or ""),
            descending=order == "descending",
        )


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page. total: how many resources the whole query finds."""

    rows: Sequence[R]
    total: int
    start: int
    by_id: bool = True


def _integer(query: Mapping[str, Any], name: str, default: int) -> int:
    value = query.get(name)
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidValue(f"{name} must be a whole number.") from None
    return max(min(number, LARGEST_INDEX), -LARGEST_INDEX)


def find_users(company_id: int, query: Query, resource: ResourceType, *, with_groups: bool) -> Page[UserRow]:
    """A page of the company's users."""

    def read(key: str, value: object, limit: int) -> list[UserRow]:
        return reading.users(company_id, key, value, limit=limit, with_groups=with_groups)

    def search() -> QuerySet[Teammate]:
        return users_where(company_id, query.filter, resource)

    return _page(query, read, search, user_look_up, Compiler(resource, user_terms))


def find_groups(company_id: int, query: Query) -> Page[GroupRow]:
    """A page of the company's groups, without members."""

    def read(key: str, value: object, limit: int) -> list[GroupRow]:
        return reading.groups(company_id, key, value, limit=limit)

    def search() -> QuerySet[TeammateGroup]:
        return groups_where(company_id, query.filter)

    return _page(query, read, search, group_look_up, Compiler(GROUP, group_terms))


def _page(
    query: Query,
    read: Callable[[str, object, int], list[R]],
    search: Callable[[], QuerySet[Any]],
    look_up: FindLookUp,
    compiler: Compiler,
) -> Page[R]:
    wanted = look_up(query.filter) if query.filter is not None else None
    if wanted is not None and not query.sort_by:
        found = read(wanted.key, wanted.value, MANY + 1)
        if len(found) <= MANY:
            found = [row for row in found if wanted.check(row)] if wanted.check else found
            return Page(found[query.start - 1 :][: query.count], len(found), query.start)
    rows = search()
    if query.count == 0:
        return Page([], rows.count(), query.start)
    first = query.start - 1
    ids = list(_ordered(rows, query, compiler).values_list("pk", flat=True)[first : first + query.count + 1])
    is_whole = first == 0 and len(ids) <= query.count
    total = len(ids) if is_whole else rows.count()
    ids = ids[: query.count]
    found = read("ids", ids, len(ids)) if ids else []
    place = {pk: position for position, pk in enumerate(ids)}
    return Page(sorted(found, key=lambda row: place[row.pk]), total, query.start, by_id=not query.sort_by)


def _ordered(rows: QuerySet[Any], query: Query, compiler: Compiler) -> QuerySet[Any]:
    """Sorted as asked, unassigned values last when ascending (RFC 7644 §3.4.2.3); by id where that leaves it open."""
    if not query.sort_by:
        return rows.order_by("pk")
    by = compiler.term(parse_path(query.sort_by).attr_path).order()
    first = by.desc(nulls_first=True) if query.descending else by.asc(nulls_last=True)
    return rows.order_by(first, "pk")


# --- the look-ups of provisioning clients -------------------------------------------------------------------------


def user_look_up(node: Node) -> LookUp | None:
    """The look-up (of reading.USERS_BY) for a filter by one matching attribute; None for any other filter."""
    match node:
        case ValuePath(AttrPath() as path, inner, Compare(AttrPath(None, sub, None), "eq", str(value)) as then):
            found = USER.find(path.text)
            if found is not None and found.attribute.name == "emails" and sub.lower() == "value":
                return _by_email(value, And((inner, then)))
        case Compare(AttrPath() as path, "eq", str(value)):
            found = USER.find(path.text)
            match (found.attribute.name, found.sub.name if found.sub else None) if found else (None, None):
                case ("id", None):
                    return LookUp("id", _number(Teammate.pk_of(value)))
                case ("userName", None):
                    return LookUp("login", fold(value))
                case ("externalId", None) if value:
                    return LookUp("external_id", value)
                case ("emails", "value" | None):
                    return _by_email(value, Compare(AttrPath(None, "value"), "eq", value))
    return None


def _by_email(address: str, node: Node) -> LookUp:
    """By any of a person's addresses, through their index; then the element must be as the filter says."""
    return LookUp("email", fold(address), lambda row: any(matches(node, entry, EMAILS) for entry in row.emails))


def group_look_up(node: Node) -> LookUp | None:
    """The look-up (of reading.GROUPS_BY) for a filter by one matching attribute; None for any other filter."""
    match node:
        case Compare(AttrPath() as path, "eq", str(value)):
            found = GROUP.find(path.text)
            match found.attribute.name if found else None:
                case "id":
                    return LookUp("id", _number(TeammateGroup.pk_of(value)))
                case "displayName":
                    return LookUp("name", fold(value))
                case "externalId" if value:
                    return LookUp("external_id", value)
    return None


def _number(pk: int | None) -> int:
    return -1 if pk is None else pk
