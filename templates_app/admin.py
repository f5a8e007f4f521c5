"""Teammate templates, and adding a teammate with one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from teammates.admin import uses
from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.custom_values import definitions_of, entered_values, merged, names_of, shown_values, with_values
from teammates.admin.forms import PlacesForm, ServiceForm
from teammates.admin.links import list_of
from teammates.admin.permissions import visible
from teammates.admin.pieces import lines, link, once, table, to_copy
from teammates.admin.record_filter import RecordFilter
from teammates.admin.teammates import AddTeammateForm, TeammateAdmin
from teammates.models import Company, Teammate
from teammates.preferences import LONGEST_SIGNATURE, all_preferences, in_words
from teammates.public_ids import encode
from templates_app import app_roles, services
from templates_app.models import TeammateTemplate
from templates_app.uses import uses_in_templates

COLUMNS = ("name", "description", "workspaces", "inboxes")
PREFERENCE = "preference_"
CREATED_SHOWN = 20
COUNTED = 10_000
TAB = ("tab",)
SECOND_NAME = _("No template")  # what a second template is called that is there for Microsoft Entra ID only


class TemplateForm(PlacesForm):
    class Meta:
        model = TeammateTemplate
        fields = COLUMNS
        help_texts = {
            "name": _("Who it is for: Support squad, for example. The app role in Microsoft Entra ID begins with it."),
            "description": _("For your colleagues; it also goes into the description of the app role."),
        }


def preference_fields(values: Mapping[str, Any]) -> dict[str, forms.Field]:
    """A form field for each preference, with what the template has for it."""
    fields: dict[str, forms.Field] = {}
    for each in all_preferences():
        shared: dict[str, Any] = {
            "label": each.label,
            "help_text": each.help,
            "required": False,
            "initial": values.get(each.key, ""),
        }
        fields[PREFERENCE + each.key] = (
            forms.ChoiceField(choices=[("", _("Not set")), *each.choices], widget=UnfoldAdminSelectWidget(), **shared)
            if each.choices
            else forms.CharField(
                max_length=LONGEST_SIGNATURE,
                strip=False,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
                **shared,
            )
        )
    return fields


def entered_preferences(form: Any, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored, with what was changed in the form; what the form does not know stays."""
    names = [name for name in form.changed_data if name.startswith(PREFERENCE)]
    changed = {name.removeprefix(PREFERENCE): form.cleaned_data[name] for name in names}
    return {key: value for key, value in {**stored, **changed}.items() if value != ""}


class TemplateList(ChangeList):
    """The list knows how many teammates each template made, counted in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        ids = [template.public_id for template in self.result_list]
        made = visible(Teammate.objects.filter(created_from_template__in=ids), request.user).order_by()
        counted = dict(made.values_list("created_from_template").annotate(n=Count("pk")))
        for template in self.result_list:
            template.used_counted = counted.get(template.public_id, 0)


def made_from(template: TeammateTemplate) -> QuerySet[Teammate]:
    return Teammate.objects.filter(company=template.company_id, created_from_template=template.public_id)


def facts_of_deleting(pages: Any, request: HttpRequest, chosen: list[TeammateTemplate]) -> list[str]:
    sentences = []
    for template in chosen[:20]:
        number = made_from(template).count()
        text = ngettext(
            "%(n)s teammate was created from %(name)s and keeps everything.",
            "%(n)s teammates were created from %(name)s and keep everything.",
            number,
        )
        sentences.append(text % {"n": number, "name": template.name})
    return sentences


uses.elsewhere.append(uses_in_templates)


@admin.register(TeammateTemplate)
class TemplateAdmin(ScopedAdmin):
    form = TemplateForm
    list_display = ("name", "id_in_list", "used", "workspace_count", "inbox_count", "description")
    search_fields = ("name", "description")
    search_help_text = _("Part of a name or description; or an ID")
    actions = ("delete",)
    filterable = ("company__id__exact",)
    opens_when_added = True
    about = _(
        "A template is what a new teammate starts with: access to workspaces and inboxes, custom fields and "
        "preferences. It is used once, when the teammate is created; changing it later changes nobody. To let "
        "Microsoft Entra ID choose one, copy its ID into an app role: the template's page has the values."
    )
    nothing_yet = (
        _("No teammate template yet"),
        _(
            "Create one for each kind of new teammate, with the access they should start with. For Microsoft Entra ID "
            "create two at least: it cannot send a role where there is only one."
        ),
    )
    _overview = (_("Overview"), {"fields": ("name", "description", "id_to_copy", "app_role"), "classes": TAB})
    _first = (_("Overview"), {"fields": ("name", "description"), "classes": TAB})
    _access = (_("Access"), {"fields": ("workspaces", "inboxes"), "classes": TAB})
    _used = (_("Used by"), {"fields": ("used_by", "created_at"), "classes": TAB})
    view_fieldsets = (
        _overview,
        _access,
        (_("Custom fields"), {"fields": ("custom_values",), "classes": TAB}),
        (_("Preferences"), {"fields": ("preferences_shown",), "classes": TAB}),
        _used,
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        counts = {
            "workspaces_counted": Count("workspaces", distinct=True),
            "inboxes_counted": Count("inboxes", distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TemplateList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        changes = shown.get("cl")
        if changes is not None and changes.result_count == 1 and not changes.query and self.has_add_permission(request):
            shown["hint"] = "admin/templates_app/second_template.html"
            shown["second_url"] = self.second_url()
        return response

    def second_url(self) -> str:
        return f"{self.url_of('add')}?{urlencode({'name': SECOND_NAME})}"

    @admin.display(description=_("teammates created"))
    def used(self, template: Any) -> int:
        count: int = template.used_counted
        return count

    @admin.display(description=_("workspaces"), ordering="workspaces_counted")
    def workspace_count(self, template: Any) -> int:
        count: int = template.workspaces_counted
        return count

    @admin.display(description=_("inboxes"), ordering="inboxes_counted")
    def inbox_count(self, template: Any) -> int:
        count: int = template.inboxes_counted
        return count

    @admin.display(description=_("ID"))
    def id_in_list(self, template: TeammateTemplate) -> str:
        return code(template.public_id)

    # --- one template ---

    @admin.display(description=_("template ID"))
    def id_to_copy(self, template: TeammateTemplate) -> str:
        return to_copy(template.public_id, "template-id", called=translated("template ID"))

    @admin.display(description=_("app role in Microsoft Entra ID"))
    def app_role(self, template: TeammateTemplate) -> str:
        """What the guide asks for in part 4, step 5."""
        context = {
            "display_name": app_roles.display_name(template),
            "value": template.public_id,
            "description": app_roles.description(template),
            "json": app_roles.manifest_text(template),
        }
        return render_to_string("admin/templates_app/app_role.html", context)

    @admin.display(description=_("values"))
    def custom_values(self, template: TeammateTemplate) -> str:
        return shown_values(template.company.custom_fields.all(), template.custom_fields)

    @admin.display(description=_("custom fields"))
    def no_custom_field(self, template: TeammateTemplate) -> str:
        first = link(reverse(f"{self.admin_site.name}:teammates_customfield_add"), translated("Add a custom field"))
        text = translated("The company has none yet. A template sets the values that new teammates start with. {}")
        return format_html(text, first)

    @admin.display(description=_("preferences"))
    def preferences_shown(self, template: TeammateTemplate) -> str:
        """Those of the table in words, and whatever else is kept."""
        return lines(f"{name}: {value}" for name, value in in_words(template.preferences)) or "—"

    @admin.display(description=_("teammates created from it"))
    @once
    def used_by(self, template: TeammateTemplate) -> str:
        """How many, and the latest by name."""
        made = made_from(template).order_by("-pk")
        number = made[: COUNTED + 1].count()
        if not number:
            return translated("Nobody yet.")
        rows = [
            (
                link(reverse(f"{self.admin_site.name}:teammates_teammate_change", args=[person.pk]), person.name),
                person.login,
                person.get_status_display(),
                date_format(person.created_at),
            )
            for person in made[:CREATED_SHOWN]
        ]
        all_of_them = link(
            list_of("teammates.teammate", template.company_id, template=template.pk, status="any"),
            ngettext("Show %(n)s in the list of teammates", "Show all %(n)s in the list of teammates", number)
            % {"n": number if number <= COUNTED else f"{COUNTED}+"},
        )
        headings = (translated("Name"), translated("Login"), translated("Status"), translated("Created"))
        return format_html("{}<p>{}</p>", table(headings, rows), all_of_them)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return self.view_fieldsets
        names = names_of(self._definitions(request, obj))
        custom = (_("Custom fields"), {"fields": names or ["no_custom_field"], "classes": TAB})
        keys = [PREFERENCE + each.key for each in all_preferences()]
        preferences = (_("Preferences"), {"fields": keys, "classes": TAB})
        if obj is None:
            return [self._first, self._access, custom, preferences]
        return [self._overview, self._access, custom, preferences, self._used]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            "id_to_copy",
            "app_role",
            "custom_values",
            "no_custom_field",
            "preferences_shown",
            "used_by",
            "created_at",
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        values = obj.custom_fields if obj is not None else {}
        form = with_values(TemplateForm, self._definitions(request, obj), values)
        form = type(form.__name__, (form,), preference_fields(obj.preferences if obj is not None else {}))
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def banner(self, request: HttpRequest, obj: Any) -> str:
        text = translated("A template is used once, when a teammate is created. Changing it changes nobody.")
        others = TeammateTemplate.objects.filter(company=obj.company_id).exclude(pk=obj.pk)
        if not self.has_add_permission(request) or others.exists():
            return text
        return format_html(
            '{} {} <a href="{}">{}</a>',
            text,
            translated("It is your only one, and Microsoft Entra ID needs app roles for two at least."),
            self.second_url(),
            translated("Create the second template"),
        )

    def _definitions(self, request: HttpRequest, obj: Any) -> Any:
        return definitions_of(request, obj.company_id if obj is not None else self.company_of(request).pk)

    # --- saving ---

    def create(self, request: HttpRequest, company: Company, form: Any) -> TeammateTemplate:
        entered = {name: form.cleaned_data[name] for name in COLUMNS}
        values = merged({}, entered_values(form, company.pk, self._definitions(request, None)))
        preferences = entered_preferences(form, {})
        return services.create_template(
            company, **entered, custom_fields=values, preferences=preferences, actor=self.actor(request)
        )

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        changes = form.changes(*COLUMNS)
        entered = entered_values(form, obj.company_id, self._definitions(request, obj))
        if entered:
            changes["custom_fields"] = merged(obj.custom_fields, entered)
        if any(name.startswith(PREFERENCE) for name in form.changed_data):
            changes["preferences"] = entered_preferences(form, obj.preferences)
        services.update_template(obj.company, obj.pk, changes, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "An identity provider that still sends its ID gets a refusal for each new person, and nobody is created. "
            "So take the template out of the app roles first. This cannot be undone."
        ),
        done=_("Deleted: %(names)s."),
        facts=facts_of_deleting,
        look="danger",
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


class TemplateFilter(RecordFilter):
    title = _("template")
    parameter_name = "template"
    source = TeammateTemplate.workspaces.through._meta.get_field("teammatetemplate")

    def matching(self, queryset: QuerySet[Any], pk: int) -> QuerySet[Any]:
        return queryset.filter(created_from_template=encode(TeammateTemplate.prefix, pk))


class AddTeammateWithTemplateForm(AddTeammateForm):
    template = forms.ModelChoiceField(
        TeammateTemplate.objects.none(),
        label=_("Template"),
        required=False,
        empty_label=_("No template"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Access, custom fields and preferences to start with. It can be chosen now only."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["template"]
        field.queryset = visible(TeammateTemplate.objects.all(), self.request.user)


admin.site.unregister(Teammate)


@admin.register(Teammate)
class TeammateWithTemplateAdmin(TeammateAdmin):
    list_filter = (*TeammateAdmin.list_filter, TemplateFilter)
    add_fieldsets = ((None, {"fields": ("login", "first_name", "last_name", "is_company_admin", "template")}),)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TeammateList

    def get_add_form(self, request: HttpRequest) -> type[ServiceForm]:
        return AddTeammateWithTemplateForm

    @admin.display(description=_("template"))
    def template(self, teammate: Any) -> str:
        """By name, as long as there is the template. The list has read the names of all its rows at once."""
        if not hasattr(teammate, "template_name"):
            pk = TeammateTemplate.pk_of(teammate.created_from_template)
            kept = TeammateTemplate.objects.filter(company=teammate.company_id, pk=pk) if pk is not None else None
            teammate.template_name = kept.values_list("name", flat=True).first() if kept is not None else None
        return teammate.template_name or teammate.created_from_template or "—"

    def template_names(self, request: HttpRequest) -> Mapping[str, str]:
        names = visible(TeammateTemplate.objects.all(), request.user).values_list("pk", "name")
        return {encode(TeammateTemplate.prefix, pk): name for pk, name in names}

    def create(self, request: HttpRequest, company: Company, form: Any) -> Teammate:
        template = form.cleaned_data["template"]
        form.instance.company = company
        value = template.public_id if template is not None else ""
        return services.create_from_template(form.instance, value, actor=self.actor(request))
