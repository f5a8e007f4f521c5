"""What the list of teammates can be narrowed by."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.permissions import visible
from teammates.admin.record_filter import RecordFilter
from teammates.models import CustomField, Membership, Source, Status


class StatusFilter(admin.SimpleListFilter):
    """Those who were deleted are shown on request only."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [*Status.choices, ("any", _("Any, also deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in Status.values:
            return queryset.filter(status=self.value())
        return queryset if self.value() == "any" else queryset.exclude(status=Status.DELETED)

    def choices(self, changelist: Any) -> Any:
        everyone, *others = super().choices(changelist)
        return [{**everyone, "display": _("Active and blocked")}, *others]


class SourceFilter(admin.SimpleListFilter):
    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(Source.IDP, _("Identity provider")), (Source.HAND, _("Added by hand"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(source=self.value()) if self.value() in Source.values else queryset


class AdminFilter(admin.SimpleListFilter):
    title = _("company admin")
    parameter_name = "is_company_admin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(is_company_admin=self.value() == "yes") if self.value() else queryset


class CustomFieldFilter(admin.SimpleListFilter):
    """Who has a value for a custom field ("fld_1"), or this very one ("fld_1:Paris"); for links from other pages.

    It stands among the filters when it is used, to be taken away again.
    """

    parameter_name = "custom_field"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        asked = request.GET.get(self.parameter_name, "").replace("\0", "")
        public_id, _colon, self.wanted = asked.partition(":")
        fields = visible(CustomField.objects.all(), request.user)
        self.field = fields.filter(pk=CustomField.pk_of(public_id) or 0).first() if asked else None
        self.title = self.field.name if self.field else _("custom field")
        super().__init__(request, params, model, model_admin)

    @property
    def said(self) -> str:
        """What the list is narrowed to, above it: nobody has chosen this filter there."""
        if self.field is None:
            return translated("There is no such custom field.")
        words = {"field": self.field.name, "value": self.wanted}
        if self.wanted:
            return translated("Only teammates who have “%(value)s” as %(field)s.") % words
        return translated("Only teammates who have a value for %(field)s.") % words

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        asked = request.GET.get(self.parameter_name)
        return [(asked, self.wanted or _("Any value"))] if asked else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.field is None:
            return queryset.none()
        key = self.field.public_id
        queryset = queryset.filter(company=self.field.company_id)
        if self.wanted:
            return queryset.filter(custom_fields__contains={key: self.wanted})
        return queryset.filter(custom_fields__has_key=key)


class GroupFilter(RecordFilter):
    title = _("teammate group")
    parameter_name = "group"
    source = Membership._meta.get_field("group")

    def matching(self, queryset: QuerySet[Any], pk: int) -> QuerySet[Any]:
        members = Membership.objects.filter(company=OuterRef("company"), group=pk, teammate=OuterRef("pk"))
        return queryset.filter(Exists(members))
