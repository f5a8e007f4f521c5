"""A list filter by one row of many, found by typing: no list of everybody in the page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from teammates.admin.forms import RecordField, rows_behind, usable_pk
from teammates.admin.permissions import visible


class RecordFilter(admin.SimpleListFilter):
    """`source`: a foreign key to what is chosen. `matching` says which rows of the list belong to it."""

    template = "admin/teammates/record_filter.html"
    source: Field

    def __init__(self, request: HttpRequest, params: Any, model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.user = request.user
        self.others = [(k, v) for k, v in request.GET.items() if k not in (self.parameter_name, "p")]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("any", "")]  # there is always something to choose; what, is asked while typing

    def choices(self, changelist: Any) -> Any:
        name = str(self.parameter_name)
        form = forms.Form({name: self.value() or ""})
        field = RecordField(self.source, label=self.title)
        field.queryset = visible(rows_behind(self.source), self.user)
        form.fields[name] = field
        clear = changelist.get_query_string(remove=[name]) if self.value() else ""
        yield {"field": form[name], "others": self.others, "clear": clear}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return self.matching(queryset, usable_pk(self.value()) or 0)

    def matching(self, queryset: QuerySet[Any], pk: int) -> QuerySet[Any]:
        raise NotImplementedError
