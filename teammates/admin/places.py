"""Workspaces and inboxes: what access is to."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.forms import TO_WORKSPACE, RecordField, ServiceForm
from teammates.models import Company, Inbox, Workspace
from teammates.services import inboxes, workspaces


class PlaceAdmin(ScopedAdmin):
    ordering = ("name", "pk")
    actions = ("delete",)
    filterable: ClassVar[tuple[str, ...]] = ("company__id__exact",)

    @admin.display(description=_("ID"))
    def id_to_copy(self, place: Workspace | Inbox) -> str:
        return code(place.public_id)


@admin.register(Workspace)
class WorkspaceAdmin(PlaceAdmin):
    list_display = ("name", "id_to_copy", "inbox_count")
    search_fields = ("name",)
    fieldsets = ((None, {"fields": ("name", "id_to_copy", "inbox_link")}),)
    add_fieldsets = ((None, {"fields": ("name",)}),)
    readonly_fields = ("id_to_copy", "inbox_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(inboxes_counted=Count("inboxes"))

    @admin.display(description=_("inboxes"), ordering="inboxes_counted")
    def inbox_count(self, workspace: Any) -> int:
        count: int = workspace.inboxes_counted
        return count

    @admin.display(description=_("inboxes"))
    def inbox_link(self, workspace: Any) -> str:
        url = reverse(f"{self.admin_site.name}:teammates_inbox_changelist")
        return format_html('<a href="{}?workspace__id__exact={}">{}</a>', url, workspace.pk, workspace.inboxes_counted)

    def create(self, request: HttpRequest, company: Company, form: Any) -> Workspace:
        return workspaces.create_workspace(company, form.cleaned_data["name"], actor=self.actor(request))

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        workspaces.rename_workspace(obj.company, obj.pk, form.cleaned_data["name"], actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_("Its inboxes are deleted with it, and everybody's access to them. This cannot be undone."),
        done=_("Deleted: %(names)s."),
    )
    def delete(self, request: HttpRequest, workspace: Workspace, reason: str) -> None:
        workspaces.delete_workspace(workspace.company, workspace.pk, actor=self.actor(request))


class InboxForm(ServiceForm):
    workspace = RecordField(TO_WORKSPACE)

    class Meta:
        model = Inbox
        fields = ("name", "workspace", "is_private")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workspace"].required = True


@admin.register(Inbox)
class InboxAdmin(PlaceAdmin):
    form = InboxForm
    list_display = ("name", "workspace", "is_private", "id_to_copy")
    list_filter = ("is_private",)
    search_fields = ("name", "workspace__name")
    fieldsets = ((None, {"fields": ("name", "workspace", "is_private", "id_to_copy")}),)
    add_fieldsets = ((None, {"fields": ("name", "workspace", "is_private")}),)
    readonly_fields = ("id_to_copy",)
    filterable = ("company__id__exact", "workspace__id__exact")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("workspace")

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
    )
    def delete(self, request: HttpRequest, inbox: Inbox, reason: str) -> None:
        inboxes.delete_inbox(inbox.company, inbox.pk, actor=self.actor(request))
