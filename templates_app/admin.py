"""Teammate templates, and adding a teammate with one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.custom_values import definitions_of, entered_values, merged, names_of, shown_values, with_values
from teammates.admin.forms import TO_INBOX, TO_WORKSPACE, RecordsField, ServiceForm
from teammates.admin.permissions import visible
from teammates.admin.teammates import AddTeammateForm, TeammateAdmin
from teammates.models import Company, Teammate
from templates_app import services
from templates_app.models import TeammateTemplate

COLUMNS = ("name", "description", "workspaces", "inboxes", "preferences")


class TemplateForm(ServiceForm):
    workspaces = RecordsField(TO_WORKSPACE)
    inboxes = RecordsField(TO_INBOX)

    class Meta:
        model = TeammateTemplate
        fields = COLUMNS
        help_texts = {"preferences": _("A JSON object, as the product's preferences are kept: names and values.")}


@admin.register(TeammateTemplate)
class TemplateAdmin(ScopedAdmin):
    form = TemplateForm
    list_display = ("name", "id_to_copy", "description", "workspace_count", "inbox_count")
    search_fields = ("name", "description")
    actions = ("delete",)
    filterable = ("company__id__exact",)
    _what = (None, {"fields": ("name", "description")})
    _overview = (_("Overview"), {"fields": ("id_to_copy", "role_name", "created_at")})
    _access = (_("Access"), {"fields": ("workspaces", "inboxes")})
    _preferences = (_("Preferences"), {"fields": ("preferences",)})
    view_fieldsets = (_what, _overview, _access, (_("Custom fields"), {"fields": ("custom_values",)}), _preferences)

    def get_queryset(self, request: HttpRequest) -> Any:
        counts = {
            "workspaces_counted": Count("workspaces", distinct=True),
            "inboxes_counted": Count("inboxes", distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("workspaces"), ordering="workspaces_counted")
    def workspace_count(self, template: Any) -> int:
        count: int = template.workspaces_counted
        return count

    @admin.display(description=_("inboxes"), ordering="inboxes_counted")
    def inbox_count(self, template: Any) -> int:
        count: int = template.inboxes_counted
        return count

    @admin.display(description=_("ID"))
    def id_to_copy(self, template: TeammateTemplate) -> str:
        return code(template.public_id)

    @admin.display(description=_("app role in Microsoft Entra ID"))
    def role_name(self, template: TeammateTemplate) -> str:
        """The display name that the guide asks for (part 4, step 5)."""
        return code(f"{template.name}: {template.public_id}")

    @admin.display(description=_("values"))
    def custom_values(self, template: TeammateTemplate) -> str:
        return shown_values(template.company.custom_fields.all(), template.custom_fields)

    # --- one template ---

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return self.view_fieldsets
        names = names_of(self._definitions(request, obj))
        custom = [(_("Custom fields"), {"fields": names})] if names else []
        overview = [self._overview] if obj is not None else []
        return [self._what, *overview, self._access, *custom, self._preferences]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self._overview[1]["fields"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        values = obj.custom_fields if obj is not None else {}
        form = with_values(TemplateForm, self._definitions(request, obj), values)
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def banner(self, request: HttpRequest, obj: Any) -> str:
        return str(_("A template is used once, when a teammate is created. Changing it changes nobody."))

    def _definitions(self, request: HttpRequest, obj: Any) -> Any:
        return definitions_of(request, obj.company_id if obj is not None else self.company_of(request).pk)

    # --- saving ---

    def create(self, request: HttpRequest, company: Company, form: Any) -> TeammateTemplate:
        entered = {name: form.cleaned_data[name] for name in COLUMNS}
        values = merged({}, entered_values(form, company.pk, self._definitions(request, None)))
        return services.create_template(company, **entered, custom_fields=values, actor=self.actor(request))

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        changes = form.changes(*COLUMNS)
        entered = entered_values(form, obj.company_id, self._definitions(request, obj))
        if entered:
            changes["custom_fields"] = merged(obj.custom_fields, entered)
        services.update_template(obj.company, obj.pk, changes, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "Teammates who were created from it keep everything. An identity provider that still sends its ID gets a "
            "refusal for each new person, so take it out of the app roles first."
        ),
        done=_("Deleted: %(names)s."),
    )
    def delete(self, request: HttpRequest, template: TeammateTemplate, reason: str) -> None:
        services.delete_template(template.company, template.pk, actor=self.actor(request))


# --- teammates, now that there are templates ---


class TeammateList(ChangeList):
    """The list knows the names of the templates its rows came from, read in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        keys = {TeammateTemplate.pk_of(teammate.created_from_template) for teammate in self.result_list}
        names = dict(
            visible(TeammateTemplate.objects.all(), request.user).filter(pk__in=keys).values_list("pk", "name")
        )
        for teammate in self.result_list:
            teammate.template_name = names.get(TeammateTemplate.pk_of(teammate.created_from_template))


class AddTeammateWithTemplateForm(AddTeammateForm):
    template = forms.ModelChoiceField(
        TeammateTemplate.objects.none(),
        required=False,
        empty_label=_("No template"),
        help_text=_("Access, custom fields and preferences to start with. It can be chosen now only."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["template"]
        field.queryset = visible(TeammateTemplate.objects.all(), self.request.user)


admin.site.unregister(Teammate)


@admin.register(Teammate)
class TeammateWithTemplateAdmin(TeammateAdmin):
    add_fieldsets = ((None, {"fields": ("login", "first_name", "last_name", "is_company_admin", "template")}),)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TeammateList

    def get_add_form(self, request: HttpRequest) -> type[ServiceForm]:
        return AddTeammateWithTemplateForm

    @admin.display(description=_("template"))
    def template(self, teammate: Any) -> str:
        return getattr(teammate, "template_name", None) or teammate.created_from_template or "—"

    def create(self, request: HttpRequest, company: Company, form: Any) -> Teammate:
        template = form.cleaned_data["template"]
        form.instance.company = company
        value = template.public_id if template is not None else ""
        return services.create_from_template(form.instance, value, actor=self.actor(request))
