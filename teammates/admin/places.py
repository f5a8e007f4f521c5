"""Workspaces and inboxes: what access is to."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.forms import TO_WORKSPACE, RecordField, ServiceForm
from teammates.admin.holders import (
    NAMED,
    count_holders,
    granted_to,
    links_to,
    lost_values,
    reach_of,
    who_loses,
)
from teammates.admin.pieces import badge, link, once, to_copy
from teammates.admin.uses import uses_elsewhere
from teammates.models import Company, Inbox, Workspace
from teammates.services import inboxes, workspaces


class PlaceList(ChangeList):
    """The list knows to whom its rows were given, counted in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        places = list(self.result_list)
        counted = count_holders(str(self.opts.model_name), places) if places else {}
        for place in self.result_list:
            place.holders = counted[place.pk]


class PlaceAdmin(ScopedAdmin):
    ordering = ("name", "pk")
    actions = ("delete",)
    filterable: ClassVar[tuple[str, ...]] = ("company__id__exact",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PlaceList

    @admin.display(description=_("ID"))
    def id_in_list(self, place: Workspace | Inbox) -> str:
        return code(place.public_id)

    @admin.display(description=_("ID"))
    def id_to_copy(self, place: Workspace | Inbox) -> str:
        return to_copy(place.public_id, "place-id", called=translated("ID"))

    @admin.display(description=_("groups"))
    def group_count(self, place: Any) -> int:
        count: int = place.holders.groups
        return count

    @admin.display(description=_("teammates"))
    def teammate_count(self, place: Any) -> int:
        count: int = place.holders.teammates
        return count

    @admin.display(description=_("given to"))
    @once
    def given_to(self, place: Workspace | Inbox) -> str:
        return granted_to(place)


def facts_of_deleting_workspaces(pages: Any, request: HttpRequest, chosen: list[Workspace]) -> list[str]:
    sentences: list[str] = []
    for workspace in chosen[:NAMED]:
        of_it = list(workspace.inboxes.all())
        shown = ", ".join(inbox.name for inbox in of_it[:NAMED]) + (" …" if len(of_it) > NAMED else "")
        text = ngettext("Its inbox goes with it: %(names)s.", "Its inboxes go with it: %(names)s.", len(of_it))
        inboxes_too = text % {"names": shown} if of_it else translated("It has no inboxes.")
        sentences += [who_loses(workspace, inboxes_too), *lost_values(of_it), *uses_elsewhere(workspace)]
    return sentences


@admin.register(Workspace)
class WorkspaceAdmin(PlaceAdmin):
    list_display = ("name", "inbox_count", "group_count", "teammate_count", "id_in_list")
    search_fields = ("name",)
    search_help_text = _("Part of a name; or an ID")
    about = _(
        "A workspace is a team's place, with its shared inboxes. Access to a workspace opens every inbox in it that is "
        "not private. Give it to teammate groups (best: they can come from your identity provider), to single "
        "teammates, or to a teammate template."
    )
    nothing_yet = (
        _("No workspace yet"),
        _(
            "Add one for each team, then the inboxes in it. After that, give a teammate group access to it, on the "
            "group's page: its members can open the inboxes at once."
        ),
    )
    fieldsets = (
        (None, {"fields": ("name", "id_to_copy")}),
        (_("Inboxes"), {"fields": ("inbox_links",)}),
        (_("Who has access"), {"fields": ("given_to",)}),
    )
    add_fieldsets = ((None, {"fields": ("name",)}),)
    readonly_fields = ("id_to_copy", "inbox_links", "given_to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(inboxes_counted=Count("inboxes"))

    @admin.display(description=_("inboxes"), ordering="inboxes_counted")
    def inbox_count(self, workspace: Any) -> str:
        url = reverse(f"{self.admin_site.name}:teammates_inbox_changelist")
        return link(f"{url}?workspace__id__exact={workspace.pk}", workspace.inboxes_counted)

    @admin.display(description=_("inboxes"))
    @once
    def inbox_links(self, workspace: Any) -> str:
        inboxes_of_it = list(workspace.inboxes.order_by("name")[: NAMED + 1])
        url = reverse(f"{self.admin_site.name}:teammates_inbox_changelist")
        see_all = link(f"{url}?workspace__id__exact={workspace.pk}", translated("Show them in the list of inboxes"))
        return format_html("{}<p>{}</p>", links_to(inboxes_of_it), see_all) if inboxes_of_it else "—"

    def create(self, request: HttpRequest, company: Company, form: Any) -> Workspace:
        return workspaces.create_workspace(company, form.cleaned_data["name"], actor=self.actor(request))

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        workspaces.rename_workspace(obj.company, obj.pk, form.cleaned_data["name"], actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_("Its inboxes are deleted with it, and everybody's access to them. This cannot be undone."),
        done=_("Deleted: %(names)s."),
        facts=facts_of_deleting_workspaces,
        look="danger",
    )
    def delete(self, request: HttpRequest, workspace: Workspace, reason: str) -> None:
        workspaces.delete_workspace(workspace.company, workspace.pk, actor=self.actor(request))


class InboxForm(ServiceForm):
    workspace = RecordField(
        TO_WORKSPACE,
        label=_("Workspace"),
        help_text=_("Moving an inbox changes who can open it: the new workspace decides."),
    )

    class Meta:
        model = Inbox
        fields = ("name", "workspace", "is_private")
        labels = {"is_private": _("Private")}
        help_texts = {
            "is_private": _(
                "Access to the workspace does not open a private inbox: it is given to each group and teammate by "
                "itself. Made private, it closes at once for all who had it through the workspace only."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["workspace"]
        field.required = True
        if self.instance.pk is None and not field.queryset.exists():
            first = link(reverse("admin:teammates_workspace_add"), translated("Add a workspace"))
            field.help_text = format_html(
                translated("An inbox belongs to a workspace, and there is none yet. {}"), first
            )


def facts_of_deleting_inboxes(pages: Any, request: HttpRequest, chosen: list[Inbox]) -> list[str]:
    sentences: list[str] = []
    for inbox in chosen[:NAMED]:
        opens = translated("%(name)s: %(reach)s can open it now.") % {"name": inbox.name, "reach": reach_of(inbox)}
        sentences += [opens, who_loses(inbox), *lost_values([inbox]), *uses_elsewhere(inbox)]
    return sentences


@admin.register(Inbox)
class InboxAdmin(PlaceAdmin):
    form = InboxForm
    list_display = ("name", "workspace", "openness", "group_count", "teammate_count", "id_in_list")
    list_filter = ("is_private",)
    search_fields = ("name", "workspace__name")
    search_help_text = _("Inbox or workspace name; or an ID")
    about = _(
        "A shared inbox belongs to a workspace. Whoever has the workspace can open it, unless it is private: then it "
        "is given to groups and teammates one by one, who are counted here."
    )
    nothing_yet = (
        _("No inbox yet"),
        _(
            "Add a workspace first, then the inboxes in it. Leave an inbox open to the workspace unless only some of "
            "the team may see it."
        ),
    )
    fieldsets = (
        (None, {"fields": ("name", "workspace", "is_private", "id_to_copy")}),
        (_("Who has access"), {"fields": ("reach", "by_workspace", "given_to")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "workspace", "is_private")}),)
    readonly_fields = ("id_to_copy", "reach", "by_workspace", "given_to")
    filterable = ("company__id__exact", "workspace__id__exact")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("workspace")

    @admin.display(description=_("who may open it"), ordering="is_private")
    def openness(self, inbox: Inbox) -> str:
        return (
            badge(translated("Private"), "warn") if inbox.is_private else badge(translated("Whole workspace"), "good")
        )

    @admin.display(description=_("can open it now"))
    @once
    def reach(self, inbox: Inbox) -> str:
        return reach_of(inbox)

    @admin.display(description=_("through the workspace"))
    def by_workspace(self, inbox: Inbox) -> str:
        if inbox.is_private:
            return translated("Nobody: it is private.")
        url = reverse(f"{self.admin_site.name}:teammates_workspace_change", args=[inbox.workspace_id])
        text = translated("All who have the workspace %(name)s") % {"name": inbox.workspace.name}
        return link(url, text)

    @admin.display(description=_("given by itself"))
    @once
    def given_to(self, place: Workspace | Inbox) -> str:
        return granted_to(place)

    def create(self, request: HttpRequest, company: Company, form: Any) -> Inbox:
        entered = form.cleaned_data
        return inboxes.create_inbox(
            company,
            entered["workspace"],
            entered["name"],
            is_private=entered["is_private"],
            actor=self.actor(request),
        )

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        changes = form.changes("name", "workspace", "is_private")
        inboxes.update_inbox(obj.company, obj.pk, changes, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_("Everybody's access to it is deleted with it. This cannot be undone."),
        done=_("Deleted: %(names)s."),
        facts=facts_of_deleting_inboxes,
        look="danger",
    )
    def delete(self, request: HttpRequest, inbox: Inbox, reason: str) -> None:
        inboxes.delete_inbox(inbox.company, inbox.pk, actor=self.actor(request))
