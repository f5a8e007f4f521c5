"""Custom fields of teammates: their definitions. Their values are on the teammate's page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminRadioSelectWidget

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.forms import LinesField, ServiceForm
from teammates.admin.pieces import lines, once, table, to_copy
from teammates.admin.questions import Question, is_answered
from teammates.admin.uses import uses_elsewhere, with_value
from teammates.models import Company, CustomField, FieldKind
from teammates.services import custom_fields

EXTENSION = "urn:ietf:params:scim:schemas:extension:frontapp:teammate_custom_fields"
KINDS = [
    (FieldKind.TEXT, _("Text")),
    (FieldKind.NUMBER, _("Number, with or without decimals")),
    (FieldKind.YES_NO, _("Yes or no")),
    (FieldKind.DROPDOWN, _("Dropdown: one of the options below")),
    (FieldKind.TEAMMATE, _("Teammate: another person of the company, such as the manager")),
    (FieldKind.INBOX, _("Inbox: one of the company's inboxes")),
]
# What Entra's attribute list calls each kind; both clients send what the guide's neighbours prescribe.
ENTRA_TYPES = {
    FieldKind.NUMBER: "Integer",
    FieldKind.YES_NO: "Boolean",
    FieldKind.TEAMMATE: "Reference",
}
OKTA_TYPES = {FieldKind.NUMBER: _("integer, or number with decimals"), FieldKind.YES_NO: "boolean"}
CHOICES_SHOWN = 50


class CustomFieldForm(ServiceForm):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=KINDS,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("It cannot be changed later: the values that are stored by then are of this kind."),
    )
    options = LinesField(
        label=_("Options"),
        required=False,
        help_text=_(
            "For a dropdown: its choices, one on each line, in the order in which they are offered. The identity "
            "provider has to send one of them, spelt like this."
        ),
    )

    class Meta:
        model = CustomField
        fields = ("name", "kind", "description", "options")
        help_texts = {
            "name": _("As it is called on a teammate's page: Cost centre, for example."),
            "description": _("Shown under the field, for whoever fills it in."),
        }


class ChangeCustomFieldForm(CustomFieldForm):
    kind = None  # type: ignore[assignment]  # values that are stored already are of it


class CustomFieldList(ChangeList):
    """The list knows how many teammates have a value for each of its rows, counted in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        companies = {field.company_id for field in self.result_list}
        counted = custom_fields.count_values(companies.pop(), self.result_list) if len(companies) == 1 else {}
        for field in self.result_list:
            field.values_counted = counted.get(field.public_id)


def facts_of_deleting(pages: Any, request: HttpRequest, chosen: list[CustomField]) -> list[str]:
    """How many teammates lose a value."""
    sentences: list[str] = []
    for field in chosen[:20]:
        number = custom_fields.count_values(field.company_id, [field])[field.public_id]
        text = ngettext(
            "%(n)s teammate has a value for %(name)s.", "%(n)s teammates have a value for %(name)s.", number
        )
        text %= {"n": number, "name": field.name}
        shown = with_value(field, translated("Show them in the list of teammates")) if number else ""
        sentences += [format_html("{} {}", text, shown), *uses_elsewhere(field)]
    return sentences


def facts_of_options(field: CustomField, gone: Iterable[str]) -> list[str]:
    """How many teammates have each of the options that are taken away, and where to see who."""
    sentences: list[str] = []
    for option, number in custom_fields.count_chosen(field, gone).items():
        text = ngettext("%(n)s teammate has “%(option)s”.", "%(n)s teammates have “%(option)s”.", number)
        shown = with_value(field, translated("Show them in the list of teammates"), option)
        sentences.append(format_html("{} {}", text % {"n": number, "option": option}, shown))
    return sentences


@admin.register(CustomField)
class CustomFieldAdmin(ScopedAdmin):
    form = CustomFieldForm
    list_display = ("name", "id_in_list", "kind", "used", "description")
    list_filter = ("kind",)
    search_fields = ("name", "description")
    search_help_text = _("Part of a name or description; or an ID")
    actions = ("delete",)
    filterable = ("company__id__exact",)
    opens_when_added = True
    about = _(
        "Facts your company keeps about its teammates, such as the cost centre or the manager. They are filled in on a "
        "teammate's page, by a template, or by the identity provider, which names a field by its ID."
    )
    nothing_yet = (
        _("No custom field yet"),
        _(
            "A custom field holds something about each teammate that the product has no place for: a cost centre, a "
            "manager, a floor. Add one, then copy its ID into the attribute mappings of your identity provider."
        ),
    )
    _scim = (_("For the identity provider"), {"fields": ("id_to_copy", "scim_attribute", "for_entra", "for_okta")})
    _use = (_("Where it is used"), {"fields": ("from_idp", "use")})
    add_fieldsets = ((None, {"fields": ("name", "kind", "description", "options")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        names = ["name", "kind_shown", "description"]
        if obj.kind == FieldKind.DROPDOWN:
            names.append("options" if self.has_change_permission(request, obj) else "options_shown")
        return ((None, {"fields": names}), self._scim, self._use)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return (
            "id_to_copy",
            "kind",
            "kind_shown",
            "options_shown",
            "scim_attribute",
            "for_entra",
            "for_okta",
            "from_idp",
            "use",
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = CustomFieldForm if obj is None else ChangeCustomFieldForm
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CustomFieldList

    @admin.display(description=_("ID"))
    def id_in_list(self, field: CustomField) -> str:
        return code(field.public_id)

    @admin.display(description=_("teammates with a value"))
    def used(self, field: Any) -> str:
        return "—" if field.values_counted is None else str(field.values_counted)

    # --- one field ---

    @admin.display(description=_("ID"))
    def id_to_copy(self, field: CustomField) -> str:
        return to_copy(field.public_id, "field-id", action=translated("Copy custom field ID"), called=translated("ID"))

    @admin.display(description=_("kind"))
    def kind_shown(self, field: CustomField) -> str:
        return str(dict(KINDS)[FieldKind(field.kind)])

    @admin.display(description=_("options"))
    def options_shown(self, field: CustomField) -> str:
        return ", ".join(field.options) or "—"

    @admin.display(description=_("SCIM attribute"))
    def scim_attribute(self, field: CustomField) -> str:
        return to_copy(f"{EXTENSION}:{field.public_id}", "scim-attribute", called=translated("SCIM attribute"))

    @admin.display(description=_("In Microsoft Entra ID"))
    def for_entra(self, field: CustomField) -> str:
        text = translated(
            "Provisioning > Edit attribute mappings > Show advanced options > Edit attribute list: add the SCIM "
            "attribute above with the type %(type)s, save, and map an attribute to it."
        )
        extra = {
            FieldKind.TEAMMATE: translated(
                "Reference it to the User object, for example from manager. That person has to be provisioned too."
            ),
            FieldKind.INBOX: translated("Send the ID of the inbox (inb_…), which its page shows."),
            FieldKind.NUMBER: translated(
                "Choose String for numbers with decimals: Microsoft Entra ID has no other type for them, and a number "
                "that is sent as a text is taken as one."
            ),
            FieldKind.DROPDOWN: translated("Send one of the options, spelt as above."),
        }
        kind = FieldKind(field.kind)
        return lines([text % {"type": ENTRA_TYPES.get(kind, "String")}, extra.get(kind, "")])

    @admin.display(description=_("In Okta"))
    def for_okta(self, field: CustomField) -> str:
        text = translated("Profile Editor > Add Attribute, with the data type %(type)s and these two:")
        return format_html(
            "{}{}{}",
            text % {"type": OKTA_TYPES.get(FieldKind(field.kind), "string")},
            to_copy(field.public_id, "okta-name", translated("External name")),
            to_copy(EXTENSION, "okta-namespace", translated("External namespace")),
        )

    @admin.display(description=_("From the identity provider"))
    def from_idp(self, field: CustomField) -> str:
        if field.idp_sent_at is None:
            return translated("Nothing so far")
        return translated("Last on %(day)s") % {"day": date_format(field.idp_sent_at, "DATE_FORMAT")}

    @admin.display(description=_("teammates with a value"))
    @once
    def use(self, field: CustomField) -> str:
        number = custom_fields.count_values(field.company_id, [field])[field.public_id]
        shown = with_value(field, str(number)) if number else "0"
        if field.kind != FieldKind.DROPDOWN or not number:
            return shown
        chosen = custom_fields.count_choices(field, CHOICES_SHOWN)
        rows = [
            (name, with_value(field, str(many), name), "" if name in field.options else translated("no longer offered"))
            for name, many in chosen
        ]
        headings = (translated("Option"), translated("Teammates"), "")
        return format_html("{}{}", shown, table(headings, rows))

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
        if not is_answered(request):
            self._ask_about_options(obj, form)
        custom_fields.update_custom_field(obj.company, obj.pk, changes, actor=self.actor(request))

    def _ask_about_options(self, field: CustomField, form: Any) -> None:
        """Those who have an option keep it; that is said before it is taken away."""
        before, after = form.initial.get("options") or [], form.cleaned_data.get("options") or []
        gone = [option for option in before if option not in after]
        if facts := facts_of_options(field, gone):
            raise Question(
                ngettext("Take the option away", "Take the options away", len(gone)),
                translated(
                    "It is not offered any more. Whoever has it keeps it, marked as no longer offered, until somebody "
                    "chooses another. If your identity provider sends it for anybody else, that is refused: change it "
                    "there first."
                ),
                facts,
            )

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "Its value is deleted with every teammate who has one, and what the identity provider sends for it from "
            "now on is left out. This cannot be undone."
        ),
        done=_("Deleted: %(names)s."),
        facts=facts_of_deleting,
        look="danger",
    )
    def delete(self, request: HttpRequest, field: CustomField, reason: str) -> None:
        custom_fields.delete_custom_field(field.company, field.pk, actor=self.actor(request))
