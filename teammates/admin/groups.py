"""Teammate groups, and who is in them."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.forms import TO_TEAMMATE, AccessForm, RecordsField, usable_pk
from teammates.errors import GroupIsManaged
from teammates.models import Company, Management, Membership, TeammateGroup
from teammates.services import access, groups
from teammates.services.groups import MemberChange


class GroupForm(AccessForm):
    add_members = RecordsField(TO_TEAMMATE, help_text=_("Type a name or an address."))

    class Meta:
        model = TeammateGroup
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "add_members" in self.fields:
            field: Any = self.fields["add_members"]
            field.queryset = field.queryset.visible_to_idp()


@admin.register(TeammateGroup)
class GroupAdmin(ScopedAdmin):
    list_display = ("name", "managed_by", "member_count", "unconfirmed_count", "last_synced_at")
    list_filter = ("management",)
    search_fields = ("name", "description", "external_id")
    ordering = ("name_key", "pk")
    actions = ("remove_unconfirmed", "delete")
    filterable = ("company__id__exact",)

    form = GroupForm
    _access = (_("Access"), {"fields": ("workspaces", "inboxes")})
    add_fieldsets = (
        (None, {"fields": ("name", "description")}),
        (_("Members"), {"fields": ("add_members",)}),
        _access,
    )
    _overview = (
        _("Overview"),
        {"fields": ("id_to_copy", "management", "external_id", "last_synced_at", "created_at", "updated_at")},
    )
    view_fieldsets = (
        (None, {"fields": ("name", "description")}),
        (_("Members"), {"fields": ("members_link", "unconfirmed_link")}),
        (_("Access"), {"fields": ("granted",)}),
        _overview,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        members = Membership.objects.filter(company_id=OuterRef("company_id"), group_id=OuterRef("pk")).order_by()
        grouped = members.values("group_id")

        def counted(**kwargs: Any) -> Coalesce:
            return Coalesce(
                Subquery(grouped.annotate(n=Count("pk", **kwargs)).values("n"), output_field=IntegerField()), 0
            )

        unconfirmed = counted(filter=Q(confirmed=False))
        queryset = super().get_queryset(request).select_related("company")
        return queryset.annotate(members_counted=counted(), unconfirmed_counted=unconfirmed)

    @admin.display(description=_("managed by"), ordering="management")
    def managed_by(self, group: TeammateGroup) -> str:
        """Who manages it now: without group sync nobody but the company itself does."""
        return translated("The identity provider") if group.is_idp_managed else translated("The company")

    @admin.display(description=_("members"), ordering="members_counted")
    def member_count(self, group: Any) -> int:
        count: int = group.members_counted
        return count

    @admin.display(description=_("not confirmed by the IdP"), ordering="unconfirmed_counted")
    def unconfirmed_count(self, group: Any) -> int | str:
        """Only in a managed group does it mean anything."""
        return group.unconfirmed_counted if group.is_idp_managed else "—"

    # --- one group ---

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        members = ("members_link", "unconfirmed_link") if obj.is_idp_managed else ("members_link", "add_members")
        return (
            (None, {"fields": ("name", "description")}),
            (_("Members"), {"fields": members}),
            self._access,
            self._overview,
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        shown = (*self._overview[1]["fields"], "members_link", "unconfirmed_link")
        locked = ("name", *(["description"] if obj.description_from_idp else [])) if obj.is_idp_managed else ()
        return (*shown, *locked)

    def banner(self, request: HttpRequest, obj: Any) -> str:
        if not obj.is_idp_managed:
            return ""
        what = "its name and members cannot be changed and it cannot be deleted"
        return str(GroupIsManaged(obj.name, what)) + translated(" What it gives access to is yours to set.")

    @admin.display(description=_("ID"))
    def id_to_copy(self, group: TeammateGroup) -> str:
        return code(group.public_id)

    @admin.display(description=_("members"))
    def members_link(self, group: Any) -> str:
        return self._link_to_members(group, group.members_counted, "")

    @admin.display(description=_("not confirmed by the IdP"))
    def unconfirmed_link(self, group: Any) -> str:
        return self._link_to_members(group, group.unconfirmed_counted, "&confirmed__exact=0")

    def _link_to_members(self, group: Any, count: int, query: str) -> str:
        url = reverse(f"{self.admin_site.name}:teammates_membership_changelist")
        return format_html('<a href="{}?group__id__exact={}{}">{}</a>', url, group.pk, query, count)

    @admin.display(description=_("granted to the group"))
    def granted(self, group: TeammateGroup) -> str:
        grants = group.grants.select_related("workspace", "inbox")
        return ", ".join(str(grant.workspace or grant.inbox) for grant in grants) or "—"

    # --- saving ---

    def create(self, request: HttpRequest, company: Company, form: Any) -> TeammateGroup:
        members = [teammate.public_id for teammate in form.cleaned_data["add_members"]]
        group = groups.create_group(company, form.instance, members, actor=self.actor(request))
        self._set_access(request, group, form)
        return group

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        added = [teammate.public_id for teammate in form.cleaned_data.get("add_members", ())]
        steps = [MemberChange(add=added)] if added else []
        changes = form.changes("name", "description")
        group = groups.update_group(obj.company, obj.pk, changes, steps, actor=self.actor(request))
        self._set_access(request, group, form)

    def _set_access(self, request: HttpRequest, group: TeammateGroup, form: Any) -> None:
        if form.access_changed:
            workspaces, inboxes = form.cleaned_data["workspaces"], form.cleaned_data["inboxes"]
            access.set_grants(group, workspaces, inboxes, actor=self.actor(request))

    # --- actions ---

    @confirmed_action(
        description=_("Remove unconfirmed members"),
        consequences=_(
            "Members whom the identity provider has not named since it took over the group leave it, and lose what "
            "only this group gave them. Members it named stay."
        ),
        done=_("Unconfirmed members were removed from: %(names)s."),
        applies=lambda group: group.management == Management.IDP and group.unconfirmed_counted > 0,
    )
    def remove_unconfirmed(self, request: HttpRequest, group: TeammateGroup, reason: str) -> None:
        groups.remove_unconfirmed_members(group.company, group.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "Its members lose what only this group gave them; nobody is blocked. The audit log keeps the name, the "
            "members and the access, to rebuild it from."
        ),
        done=_("Deleted: %(names)s."),
        offered=lambda group: not group.is_idp_managed,
    )
    def delete(self, request: HttpRequest, group: TeammateGroup, reason: str) -> None:
        groups.delete_group(group.company, group.pk, actor=self.actor(request))


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    """The members of one group, page by page; reached from the group."""

    list_display = ("member", "e_mail", "member_status", "confirmed", "since")
    list_display_links = None
    change_list_template = "admin/teammates/members.html"
    list_filter = ("confirmed",)
    search_fields = ("teammate__login", "teammate__first_name", "teammate__last_name", "teammate__display_name")
    ordering = ("teammate__login_key", "pk")
    has_history = False
    actions = ("remove",)
    filterable = ("group__id__exact",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("teammate", "group__company")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # no menu entry: members are looked at group by group

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        group = self._group(request)
        context = {"title": translated("Members of %(group)s") % {"group": group.name}, "group": group} if group else {}
        return super().changelist_view(request, {**context, **(extra_context or {})})

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

    @admin.display(description=_("member"), ordering="teammate__login_key")
    def member(self, membership: Membership) -> str:
        url = reverse(f"{self.admin_site.name}:teammates_teammate_change", args=[membership.teammate_id])
        return format_html('<a href="{}">{}</a>', url, membership.teammate.name)

    @admin.display(description=_("e-mail"), ordering="teammate__email")
    def e_mail(self, membership: Membership) -> str:
        return membership.teammate.email or membership.teammate.login

    @admin.display(description=_("status"), ordering="teammate__status")
    def member_status(self, membership: Membership) -> str:
        return membership.teammate.get_status_display()

    @admin.display(description=_("since"), ordering="created_at")
    def since(self, membership: Membership) -> date:
        return membership.created_at.date()

    @confirmed_action(
        description=_("Remove from the group"),
        consequences=_("They lose what only this group gave them."),
        done=_("Removed: %(names)s."),
    )
    def remove(self, request: HttpRequest, membership: Membership, reason: str) -> None:
        group, member = membership.group, membership.teammate
        steps = [MemberChange(remove=[member.public_id])]
        groups.update_group(group.company, group.pk, {}, steps, actor=self.actor(request))
