"""POST /.search at the root: one query over users and groups together (RFC 7644 §3.4.2.1, §3.4.3)."""

from itertools import chain
from typing import Any

from django.db.models import BooleanField, DecimalField, F, Field, QuerySet, TextField, Value
from django.db.models.functions import Upper
from django.http import HttpResponseBase
from django_scim import views as django_scim_views
from django_scim.constants import SchemaURI
from rest_framework.request import Request

from scim import reading
from scim.attributes import GROUP
from scim.content import scim_response
from scim.errors import InvalidFilter, InvalidValue
from scim.filters.compiler import Compiler
from scim.filters.terms import group_terms, user_terms
from scim.lists import Query, cannot_sort_by, sort_key
from scim.projection import Projection
from scim.rendering import group_resource, member_resources, user_resource
from scim.schema import ResourceType
from scim.views import SearchMixin, company_user_resource
from teammates.models import Teammate, TeammateGroup
from teammates.public_ids import encode

USERS, GROUPS = 0, 1
NULLS: dict[str, "Field[Any, Any]"] = {  # what has no value, of attributes that one kind has and are no text
    "boolean": BooleanField(),
    "decimal": DecimalField(max_digits=40, decimal_places=15),
}


class RootSearchView(SearchMixin, django_scim_views.SearchView):
    """Users first, then groups, each by id, unless it is sorted.

    A term about an attribute that a type lacks matches none of that type.
    """

    request: Request

    def listing(self, query: Any) -> HttpResponseBase:
        asked = Query.of(query)
        if asked.cursor is not None:
            raise InvalidValue("A search over users and groups is paged by startIndex.")
        users_type = company_user_resource(self.company.pk)
        users, groups = self.found(asked, users_type)
        user_total, group_total = users.count(), groups.count()
        first, last = asked.start - 1, asked.start - 1 + asked.count
        order: list[str] = []
        if asked.sort_by:
            page = sorted_keys(asked, users, groups, users_type)[first:last]
            user_ids = [pk for _, kind, pk in page if kind == USERS]
            group_ids = [pk for _, kind, pk in page if kind == GROUPS]
            order = [encode(Teammate.prefix if kind == USERS else TeammateGroup.prefix, pk) for _, kind, pk in page]
        else:
            user_ids = list(users.values_list("pk", flat=True)[first:last])
            rest = slice(max(first - user_total, 0), max(last - user_total, 0))
            group_ids = list(groups.values_list("pk", flat=True)[rest])
        resources = [
            *self.user_resources(user_ids, Projection.of(users_type, query)),
            *self.group_resources(group_ids, Projection.of(GROUP, query)),
        ]
        if order:
            resources.sort(key=lambda resource: order.index(resource["id"]))
        return scim_response(
            {
                "schemas": [SchemaURI.LIST_RESPONSE],
                "totalResults": user_total + group_total,
                "startIndex": asked.start,
                "itemsPerPage": len(resources),
                "Resources": resources,
            }
        )

    def found(self, asked: Query, users_type: Any) -> tuple[QuerySet[Teammate], QuerySet[TeammateGroup]]:
        users = Teammate.objects.filter(company=self.company).visible_to_idp().order_by("pk")
        groups = TeammateGroup.objects.filter(company=self.company).order_by("pk")
        if asked.filter is None:
            return users, groups
        not_of_users: set[str] = set()
        not_of_groups: set[str] = set()
        users = users.filter(Compiler(users_type, user_terms, not_of_users).condition(asked.filter))
        groups = groups.filter(Compiler(GROUP, group_terms, not_of_groups).condition(asked.filter))
        if nowhere := not_of_users & not_of_groups:
            raise InvalidFilter(f"{min(nowhere)[:100]} cannot be filtered: this server has no such attribute.")
        return users, groups

    def user_resources(self, ids: list[int], projection: Projection) -> list[dict[str, Any]]:
        rows = reading.users(self.company.pk, "ids", ids, limit=len(ids), with_groups=projection.wants("groups"))
        return [projection.apply(user_resource(row, self.base)) for row in rows] if ids else []

    def group_resources(self, ids: list[int], projection: Projection) -> list[dict[str, Any]]:
        documents = {row.pk: group_resource(row, self.base) for row in self.group_rows(ids)}
        if ids and projection.wants("members"):
            for member in chain.from_iterable(reading.members(self.company.pk, ids)):
                names = projection.asks_for("members", "display")
                shown = member_resources([member], self.base, refs=self.company.show_member_refs, names=names)
                documents[member.group].setdefault("members", []).extend(shown)
        return [projection.apply(document) for document in documents.values()]

    def group_rows(self, ids: list[int]) -> list[reading.GroupRow]:
        return reading.groups(self.company.pk, "ids", ids, limit=len(ids)) if ids else []


def sorted_keys(
    asked: Query, users: QuerySet[Teammate], groups: QuerySet[TeammateGroup], users_type: ResourceType
) -> QuerySet[Any]:
    """(key, kind, primary key) of users and groups, sorted as asked (RFC 7644 §3.4.2.3).

    A kind without the attribute has no data for it, and comes last like everything without.
    """
    compilers = Compiler(users_type, user_terms), Compiler(GROUP, group_terms)
    keys = [_key(asked.sort_by, compiler) for compiler in compilers]
    if keys == [None, None]:
        raise cannot_sort_by(asked.sort_by)
    kinds = {match.attribute.type for compiler in compilers if (match := compiler.resource.find(asked.sort_by))}
    nothing = Value(None, output_field=next((NULLS[kind] for kind in kinds if kind in NULLS), TextField()))
    user_keys, group_keys = (
        rows.order_by().annotate(key=nothing if key is None else key, kind=Value(kind)).values_list("key", "kind", "pk")
        for rows, key, kind in ((users, keys[0], USERS), (groups, keys[1], GROUPS))
    )
    by = F("key").desc(nulls_first=True) if asked.descending else F("key").asc(nulls_last=True)
    return user_keys.union(group_keys, all=True).order_by(by, "kind", "pk")


def _key(name: str, compiler: Compiler) -> Any:
    """What sorts a kind; texts that compare without case are folded alike, however the kind keeps them."""
    key, match = sort_key(name, compiler), compiler.resource.find(name)
    attribute = (match.sub or match.attribute) if match else None
    is_folded = attribute is not None and attribute.type == "string" and not attribute.case_exact
    return Upper(key) if key is not None and is_folded else key
