"""Teammate groups: the list, and one group's page."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates.admin import group_panels as panels
from teammates.admin import waiting_groups
from teammates.admin.actions import SHOWN, confirmed_action, some
from teammates.admin.badges import managed_badge
from teammates.admin.base import BoundedPaginator, ScopedAdmin
from teammates.admin.forms import TO_TEAMMATE, AccessForm, RecordsField
from teammates.admin.member_files import MemberFiles
from teammates.admin.panels import tab
from teammates.admin.pieces import badge
from teammates.errors import GroupIsManaged
from teammates.models import Company, Management, Membership, TeammateGroup
from teammates.services import access, groups
from teammates.services.members import MemberChange, remove_unconfirmed_members

# What a picker of groups asks for that one can be added to by hand.
MANAGED_HERE = "managed=here"


class GroupForm(AccessForm):
    add_members = RecordsField(TO_TEAMMATE, label=_("Add members"), help_text=_("Type a name or an address."))

    class Meta:
        model = TeammateGroup
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "add_members" in self.fields:
            field: Any = self.fields["add_members"]
            field.queryset = field.queryset.visible_to_idp()


def facts_of_deleting(pages: ScopedAdmin, request: HttpRequest, chosen: list[Any]) -> Iterable[str]:
    """How many people it touches, each of them once, and what the identity provider makes of it."""
    members = Membership.objects.filter(company__in={each.company_id for each in chosen}, group__in=chosen)
    number = members.aggregate(people=Count("teammate", distinct=True))["people"]
    yield ngettext(
        "%(number)s person loses what only these groups gave them.",
        "%(number)s people lose what only these groups gave them.",
        number,
    ) % {"number": number}
    yield from waiting_groups.facts_of_deleting(chosen)


def facts_of_removing_unconfirmed(pages: ScopedAdmin, request: HttpRequest, chosen: list[Any]) -> Iterable[str]:
    for group in chosen[:SHOWN]:
        waiting = group.memberships.filter(confirmed=False).select_related("teammate").order_by("teammate_id")
        names = [membership.teammate.name for membership in waiting[:SHOWN]]
        yield translated("Who leaves %(group)s: %(names)s") % {
            "group": group.name,
            "names": some(names, group.unconfirmed_counted),
        }


@admin.register(TeammateGroup)
class GroupAdmin(MemberFiles, ScopedAdmin):
    list_display = ("name", "managed_by", "member_count", "unconfirmed_count", "last_sync")
    list_filter = (waiting_groups.ManagementFilter,)
    search_fields = ("name", "description", "external_id")
    search_help_text = _("Part of a name or description; or an ID")
    ordering = ("name_key", "pk")
    paginator = BoundedPaginator
    about = _(
        "Every member of a teammate group reaches the workspaces and inboxes that are given to it. A group is "
        "IdP-managed when your identity provider (Microsoft Entra ID, for example) decides its name and who is in it; "
        "the others are managed here."
    )
    nothing_yet = (
        _("No teammate group yet"),
        _(
            "Every member of a teammate group reaches the workspaces and inboxes that you give to it. Add one here, or "
            "turn on Teammate Group Sync under User provisioning and let your identity provider push its groups."
        ),
    )
    actions = ("remove_unconfirmed", "delete")
    filterable = ("company__id__exact",)
    history_button = False

    form = GroupForm
    add_fieldsets = (
        (None, {"fields": ("name", "description")}),
        (_("Members"), {"fields": ("add_members",)}),
        (_("Access"), {"fields": ("workspaces", "inboxes")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the numbers of members, which PostgreSQL counts for the groups of one page only."""
        members = Membership.objects.filter(company_id=OuterRef("company_id"), group_id=OuterRef("pk")).order_by()
        grouped = members.values("group_id")

        def counted(**kwargs: Any) -> Coalesce:
            return Coalesce(
                Subquery(grouped.annotate(n=Count("pk", **kwargs)).values("n"), output_field=IntegerField()), 0
            )

        unconfirmed = counted(filter=Q(confirmed=False))
        queryset = super().get_queryset(request).select_related("company")
        return queryset.annotate(members_counted=counted(), unconfirmed_counted=unconfirmed)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if self.is_choice(request) and self.wants_managed_here(request):
            queryset = queryset.managed_here()  # type: ignore[attr-defined]
        return super().get_search_results(request, queryset, search_term)

    def wants_managed_here(self, request: HttpRequest) -> bool:
        return request.GET.get("managed") == "here"

    def no_choice(self, request: HttpRequest, term: str) -> str:
        if not self.wants_managed_here(request):
            return super().no_choice(request, term)
        if term:
            return translated("Nothing found for “%(term)s” among the groups managed here.") % {"term": term}
        return translated("No teammate group is managed here yet.")

    @admin.display(description=_("managed by"), ordering="management")
    def managed_by(self, group: TeammateGroup) -> str:
        """Who manages it now: without group sync nobody but the company itself does."""
        return managed_badge(group)

    @admin.display(description=_("members"))
    def member_count(self, group: Any) -> int:
        count: int = group.members_counted
        return count

    @admin.display(description=_("not confirmed by the identity provider"))
    def unconfirmed_count(self, group: Any) -> int | str:
        """Only in a managed group does it mean anything."""
        if not group.is_idp_managed:
            return "—"
        count: int = group.unconfirmed_counted
        return badge(count, "warn") if count else 0

    @admin.display(description=_("last sync"), ordering="last_synced_at")
    def last_sync(self, group: TeammateGroup) -> Any:
        return group.last_synced_at or "—"

    # --- one group ---

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        edits = self.has_change_permission(request, obj)
        adds = ("add_members",) if edits and not obj.is_idp_managed else ()
        places = ("workspaces", "inboxes") if edits else ()
        return (
            tab(_("Overview"), ("name", "description"), panels.overview(request, obj)),
            tab(_("Members"), adds, panels.members(request, obj, edits=edits)),
            tab(_("Access"), places, panels.access(request, obj)),
            tab(_("History"), panel=panels.history(request, obj)),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or not obj.is_idp_managed:
            return ()
        return ("name", *(["description"] if obj.description_from_idp else []))

    def banner(self, request: HttpRequest, obj: Any) -> str:
        """What is locked, since when it is in step, and where to go; or what a group that is not locked waits for."""
        if obj.waits_for_idp:
            return waiting_groups.said_of(obj)
        if not obj.is_idp_managed:
            return ""
        what = "its name and members cannot be changed and it cannot be deleted"
        if obj.description_from_idp:
            what = "its name, description and members cannot be changed and it cannot be deleted"
        said = [str(GroupIsManaged(obj.name, what)), translated("What the group gives access to is yours to set.")]
        if obj.last_synced_at:
            at = date_format(obj.last_synced_at, "DATETIME_FORMAT")
            said.append(translated("Last change by the identity provider on %(at)s.") % {"at": at})
        return " ".join(said)

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
        otherwise=lambda group: translated("there are no unconfirmed members in it"),
        look="danger",
        facts=facts_of_removing_unconfirmed,
    )
    def remove_unconfirmed(self, request: HttpRequest, group: TeammateGroup, reason: str) -> None:
        remove_unconfirmed_members(group.company, group.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "Its members lose what only this group gave them; nobody is blocked. The audit log keeps the name, the "
            "members and the access, to rebuild it from."
        ),
        done=_("Deleted: %(names)s."),
        applies=lambda group: not group.is_idp_managed,
        otherwise=lambda group: translated(
            "IdP-managed groups are deleted in the identity provider, or here after Teammate Group Sync was turned off "
            "under User provisioning"
        ),
        look="danger",
        facts=facts_of_deleting,
    )
    def delete(self, request: HttpRequest, group: TeammateGroup, reason: str) -> None:
        groups.delete_group(group.company, group.pk, actor=self.actor(request))
