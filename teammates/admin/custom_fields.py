"""Custom fields of teammates: their definitions. Their values are on the teammate's page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.forms import LinesField, ServiceForm
from teammates.models import Company, CustomField
from teammates.services import custom_fields


class CustomFieldForm(ServiceForm):
    options = LinesField(required=False, help_text=_("The choices of a dropdown, one on each line."))

    class Meta:
        model = CustomField
        fields = ("name", "kind", "description", "options")


@admin.register(CustomField)
class CustomFieldAdmin(ScopedAdmin):
    form = CustomFieldForm
    list_display = ("name", "id_to_copy", "kind", "description")
    list_filter = ("kind",)
    search_fields = ("name", "description")
    actions = ("delete",)
    filterable = ("company__id__exact",)
    add_fieldsets = ((None, {"fields": ("name", "kind", "description", "options")}),)
    fieldsets = ((None, {"fields": ("name", "id_to_copy", "kind", "description", "options")}),)
    view_fieldsets = ((None, {"fields": ("name", "id_to_copy", "kind", "description", "options_shown")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("id_to_copy", "kind") if obj else ()  # values that are stored already are of this kind

    @admin.display(description=_("ID"))
    def id_to_copy(self, field: CustomField) -> str:
        return code(field.public_id)

    @admin.display(description=_("options"))
    def options_shown(self, field: CustomField) -> str:
        return ", ".join(field.options) or "—"

    def create(self, request: HttpRequest, company: Company, form: Any) -> CustomField:
        entered = form.cleaned_data
        return custom_fields.create_custom_field(
            company,
            entered["name"],
            entered["kind"],
            description=entered["description"],
            options=entered["options"],
            actor=self.actor(request),
        )

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        changes = form.changes("name", "description", "options")
        custom_fields.update_custom_field(obj.company, obj.pk, changes, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_("Its value is deleted with every teammate who has one. This cannot be undone."),
        done=_("Deleted: %(names)s."),
    )
    def delete(self, request: HttpRequest, field: CustomField, reason: str) -> None:
        custom_fields.delete_custom_field(field.company, field.pk, actor=self.actor(request))
