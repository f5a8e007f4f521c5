"""Notices: what needs somebody's eye, until it is closed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin
from teammates.models import Notice
from teammates.services import notices


class OpenFilter(admin.SimpleListFilter):
    """Open ones unless asked otherwise."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("closed", _("Closed")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "closed")

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Open")}, *others]


@admin.register(Notice)
class NoticeAdmin(ScopedAdmin):
    list_display = ("text", "times", "last_at", "state")
    list_filter = (OpenFilter, "kind")
    search_fields = ("text", "=subject")
    actions = ("close",)
    filterable = ("company__id__exact",)
    has_history = False
    fieldsets = ((None, {"fields": ("text", "kind", "subject", "times", "first_at", "last_at", "closed_at")}),)

    @admin.display(description=_("state"))
    def state(self, notice: Notice) -> str:
        return translated("Open") if notice.closed_at is None else translated("Closed")

    @confirmed_action(
        description=_("Close"),
        consequences=_("It leaves the list of open notices. If the same happens again, a new one is opened."),
        done=_("Closed: %(names)s"),
        applies=lambda notice: notice.closed_at is None,
    )
    def close(self, request: HttpRequest, notice: Notice, reason: str) -> None:
        notices.close_notice(notice.company, notice.pk, actor=self.actor(request))
