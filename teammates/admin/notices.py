"""Notices: what needs somebody's eye, until it is closed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin
from teammates.admin.permissions import Role, role_of
from teammates.guidance import guidance
from teammates.models import SERIOUS_NOTICES, URGENT_NOTICES, Notice
from teammates.services import notices


class OpenFilter(admin.SimpleListFilter):
    """Unless asked otherwise the open ones, of what oneself did none: what the number in the menu counts."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("closed", _("Closed")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        if self.value() == "closed":
            return queryset.exclude(closed_at=None)
        return queryset.filter(closed_at=None).exclude(by=request.user.pk)

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Open")}, *others]


@admin.register(Notice)
class NoticeAdmin(ScopedAdmin):
    change_list_template = "admin/teammates/notices.html"
    list_display = ("shown_kind", "text", "what_to_do", "times", "last_at", "state")
    list_filter = (OpenFilter, "kind")
    search_fields = ("text", "=subject")
    actions = ("close",)
    filterable = ("company__id__exact",)
    has_history = False
    nothing_yet = (
        _("Nothing needs you"),
        _(
            "Notices appear here when something in user provisioning needs a company admin's eye: no licence is left, "
            "a token is about to expire, the identity provider is refused or has gone quiet. Closed ones are kept: "
            "see the filter."
        ),
    )
    fieldsets = (
        (None, {"fields": ("shown_kind", "text", "what_to_do")}),
        (_("Since when"), {"fields": ("times", "first_at", "last_at", "closed_at")}),
    )

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/dismiss/", view(require_POST(self.dismiss_view)), name="teammates_notice_dismiss"),
            path("by-email/", view(self.by_email_view), name="teammates_notice_by_email"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        gets_mail = role_of(request.user) == Role.COMPANY_ADMIN
        return super().changelist_view(request, {"gets_mail": gets_mail, **(extra_context or {})})

    @admin.display(description=_("kind"), ordering="kind")
    def shown_kind(self, notice: Notice) -> str:
        look = "bad" if notice.kind in URGENT_NOTICES else "warn" if notice.kind in SERIOUS_NOTICES else "info"
        return format_html('<span class="fp-badge {}">{}</span>', look, notice.get_kind_display())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With who reads them: support staff do other things about some, and what oneself did is for the others."""
        for_support = Value(role_of(request.user) == Role.SUPPORT, output_field=BooleanField())
        own = ExpressionWrapper(Q(by=request.user.pk, by__isnull=False), output_field=BooleanField())
        return super().get_queryset(request).annotate(for_support=for_support, is_own=own)

    @admin.display(description=_("what to do"))
    def what_to_do(self, notice: Any) -> str:
        guided = guidance(notice, for_support=notice.for_support)
        return format_html('<div>{} <a class="fp-link" href="{}">{}</a></div>', guided.advice, guided.path, guided.link)

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close a notice from the banner, and stay on the page."""
        notice = self.get_object(request, str(pk))
        if not self.may(request, "close", notice):
            raise PermissionDenied
        notices.close_notice(notice.company, notice.pk, actor=self.actor(request))
        back = request.POST.get("next", "")
        own = url_has_allowed_host_and_scheme(
            back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return HttpResponseRedirect(back if own else self.url_of("changelist"))

    def by_email_view(self, request: HttpRequest) -> HttpResponse:
        """Whether the admin who is signed in gets notices by e-mail."""
        person: Any = request.user
        if role_of(person) != Role.COMPANY_ADMIN:
            raise Http404
        if request.method == "POST":
            wanted = request.POST.get("wanted") == "on"
            notices.set_notices_by_email(person, wanted, actor=self.actor(request))
            self.tell(
                request, translated("You get notices by e-mail.") if wanted else translated("You get no more mail.")
            )
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": translated("Notices by e-mail"),
            "wanted": person.notices_by_email,
            "address": person.email or person.login,
            "list_url": self.url_of("changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/teammates/notices_by_email.html", context)

    @admin.display(description=_("state"))
    def state(self, notice: Any) -> str:
        if notice.closed_at is not None:
            return translated("Closed")
        return translated("Open for the other admins") if notice.is_own else translated("Open")

    @confirmed_action(
        description=_("Close"),
        consequences=_("It leaves the list of open notices. If the same happens again, a new one is opened."),
        done=_("Closed: %(names)s"),
        applies=lambda notice: notice.closed_at is None,
        otherwise=lambda notice: translated("it is closed already"),
    )
    def close(self, request: HttpRequest, notice: Notice, reason: str) -> None:
        notices.close_notice(notice.company, notice.pk, actor=self.actor(request))
