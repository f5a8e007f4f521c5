"""POST /.search at the root: one query over users and groups together (RFC 7644 §3.4.2.1, §3.4.3)."""

from itertools import chain
from typing import Any

from django.db.models import QuerySet
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
from scim.lists import Query
from scim.projection import Projection
from scim.rendering import group_resource, member_resources, user_resource
from scim.views import SearchMixin, company_user_resource
from teammates.models import Teammate, TeammateGroup


class RootSearchView(SearchMixin, django_scim_views.SearchView):
    """Users first, then groups, each by id; a term about an attribute that a type lacks matches none of that type."""

    request: Request

    def listing(self, query: Any) -> HttpResponseBase:
        asked = Query.of(query)
        if asked.sort_by or asked.cursor is not None:
            raise InvalidValue("A search over users and groups is paged by startIndex and not sorted.")
        users_type = company_user_resource(self.company.pk)
        users, groups = self.found(asked, users_type)
        user_total, group_total = users.count(), groups.count()
        first, last = asked.start - 1, asked.start - 1 + asked.count
        user_ids = list(users.values_list("pk", flat=True)[first:last])
        group_ids = list(groups.values_list("pk", flat=True)[max(first - user_total, 0) : max(last - user_total, 0)])
        resources = [
            *self.user_resources(user_ids, Projection.of(users_type, query)),
            *self.group_resources(group_ids, Projection.of(GROUP, query)),
        ]
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
