"""django-scim2's filter hook: a filter's text to the teammates or groups of the company of the request."""

from typing import Any

from django.db.models import QuerySet
from django_scim.filters import FilterQuery

from scim.attributes import USER
from scim.filters.compiler import groups_where, users_where
from scim.filters.parser import parse_filter
from teammates.models import Teammate, TeammateGroup


class TeammateFilter(FilterQuery):
    attr_map: dict[Any, str] = {}  # PATCH has its own table; nothing becomes writable by being filterable

    @classmethod
    def search(cls, filter_query: str, request: Any = None) -> QuerySet[Teammate]:
        return users_where(request.auth.company_id, parse_filter(filter_query), USER)


class GroupFilter(FilterQuery):
    attr_map: dict[Any, str] = {}

    @classmethod
    def search(cls, filter_query: str, request: Any = None) -> QuerySet[TeammateGroup]:
        return groups_where(request.auth.company_id, parse_filter(filter_query))
