"""The members of one group, page by page, and what can be done to them."""

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action, name_the_way
from teammates.admin.badges import status_badge
from teammates.admin.base import BoundedPaginator, ScopedAdmin
from teammates.admin.forms import usable_pk
from teammates.admin.pieces import badge
from teammates.models import Membership, Teammate, TeammateGroup
from teammates.models.teammate import finds_teammates
from teammates.services import groups
from teammates.services.members import MemberChange, remove_unconfirmed_members


class ConfirmedFilter(admin.SimpleListFilter):
    title = _("confirmed by the identity provider")
    parameter_name = "confirmed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("1", _("Yes")), ("0", _("Not yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(confirmed=self.value() == "1") if self.value() in ("0", "1") else queryset


def can_be_removed(membership: Membership) -> bool:
    """In an IdP-managed group only those whom the identity provider has not named can be removed."""
    return not (membership.group.is_idp_managed and membership.confirmed)


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    """The members of one group, page by page; reached from the group."""

    list_display = ("member", "e_mail", "member_status", "is_confirmed", "since")
    list_display_links = None
    change_list_template = "admin/teammates/members.html"
    list_filter: ClassVar[Any] = (ConfirmedFilter,)
    search_fields = ("teammate__search_key",)
    search_help_text = _("Start of a name, e-mail or alias; or an ID")
    nothing_yet = (
        _("Nobody is in this group yet"),
        _(
            "Add members on the group's page, one by one or from a CSV file. An IdP-managed group gets them from your "
            "identity provider, with the next cycle."
        ),
    )
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER  # they count the whole company for each choice
    ordering = ("teammate__login_key", "pk")
    has_history = False
    actions = ("remove",)
    filterable = ("group__id__exact",)
    tab_with_buttons = "#teammate-groups"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The company is said of the teammate too: PostgreSQL then follows the index of their logins, in order."""
        queryset = super().get_queryset(request).select_related("teammate", "group__company")
        company_id = getattr(request.user, "company_id", None)
        return queryset.filter(teammate__company=company_id) if company_id is not None else queryset

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.replace("\0", "").strip()
        if (pk := Teammate.pk_of(term)) is not None:
            return queryset.filter(teammate_id=pk), False
        found = finds_teammates(term, getattr(request.user, "company_id", None), "teammate__")
        return (queryset.filter(found) if term else queryset), False

    def page_with_buttons(self, row: Any) -> tuple[ScopedAdmin, Any]:
        """The page of the person, who can leave the group there."""
        pages: Any = self.admin_site.get_model_admin(Teammate)
        return pages, row.teammate

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # no menu entry: members are looked at group by group

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        group = self._group(request)
        context: dict[str, Any] = {}
        if group is not None:
            request.group = group  # type: ignore[attr-defined]
            context = {"title": translated("Members of %(group)s") % {"group": group.name}, "group": group}
            if group.is_idp_managed:
                context["hint"] = "admin/teammates/members_hint.html"
            pages: Any = self.admin_site.get_model_admin(TeammateGroup)
            name_the_way(pages, request, translated("Members"), group)
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None where the identity provider has named everybody: whom it put there is not removed here."""
        group = getattr(request, "group", None)
        if group is not None and group.is_idp_managed and not group.unconfirmed_counted:
            return {}
        return super().get_actions(request)

    def _group(self, request: HttpRequest) -> TeammateGroup | None:
        if "group__id__exact" not in request.GET:
            return None
        pages = self.admin_site.get_model_admin(TeammateGroup)
        group: TeammateGroup | None = (
            pages.get_queryset(request).filter(pk=usable_pk(request.GET["group__id__exact"]) or 0).first()
        )
        if group is None:
            raise Http404
        return group

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Only in a group that the identity provider manages is there something to confirm."""
        shown = super().get_list_display(request)
        return [name for name in shown if name != "is_confirmed" or not self._made_here(request)]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [] if self._made_here(request) else [*super().get_list_filter(request)]

    def _made_here(self, request: HttpRequest) -> bool:
        group: TeammateGroup | None = getattr(request, "group", None)
        return group is not None and not group.is_idp_managed

    @admin.display(description=_("member"), ordering="teammate__login_key")
    def member(self, membership: Membership) -> str:
        url = reverse(f"{self.admin_site.name}:teammates_teammate_change", args=[membership.teammate_id])
        return format_html('<a href="{}">{}</a>', url, membership.teammate.name)

    @admin.display(description=_("e-mail"), ordering="teammate__email")
    def e_mail(self, membership: Membership) -> str:
        return membership.teammate.email or membership.teammate.login

    @admin.display(description=_("status"), ordering="teammate__status")
    def member_status(self, membership: Membership) -> str:
        return status_badge(membership.teammate)

    @admin.display(description=_("confirmed by the identity provider"), ordering="confirmed")
    def is_confirmed(self, membership: Membership) -> str:
        if not membership.group.is_idp_managed:
            return "—"
        return badge(translated("Yes"), "good") if membership.confirmed else badge(translated("Not yet"), "warn")

    @admin.display(description=_("since"), ordering="created_at")
    def since(self, membership: Membership) -> date:
        return membership.created_at.date()

    @confirmed_action(
        description=_("Remove from the group"),
        consequences=_("They lose what only this group gave them."),
        done=_("Removed from the group: %(names)s."),
        applies=can_be_removed,
        otherwise=lambda membership: translated(
            "your identity provider put them into the group, so they stay until they are removed there"
        ),
    )
    def remove(self, request: HttpRequest, membership: Membership, reason: str) -> None:
        group, member = membership.group, membership.teammate
        if group.is_idp_managed and not membership.confirmed:
            remove_unconfirmed_members(group.company, group.pk, actor=self.actor(request), only=[member.pk])
            return
        steps = [MemberChange(remove=[member.public_id])]
        groups.update_group(group.company, group.pk, {}, steps, actor=self.actor(request))
