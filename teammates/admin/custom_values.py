"""Values of custom fields in a form: one form field for each definition the company has."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from teammates.admin.forms import TO_INBOX, TO_TEAMMATE, RecordField, ServiceForm
from teammates.models import CustomField, FieldKind, Inbox, Teammate
from teammates.services.custom_fields import clean_values

PREFIX = "custom_"
YES_NO = [("", "—"), ("true", _("Yes")), ("false", _("No"))]


def definitions_of(request: HttpRequest, company_id: int) -> list[CustomField]:
    """The company's custom fields, read once for each request."""
    kept: dict[int, list[CustomField]] = getattr(request, "custom_field_definitions", {})
    if company_id not in kept:
        kept[company_id] = list(CustomField.objects.filter(company_id=company_id))
        request.custom_field_definitions = kept  # type: ignore[attr-defined]
    return kept[company_id]


def names_of(definitions: Iterable[CustomField]) -> list[str]:
    return [PREFIX + definition.public_id for definition in definitions]


def with_values(
    form: type[ServiceForm], definitions: Iterable[CustomField], values: Mapping[str, Any]
) -> type[ServiceForm]:
    """The form, with a field for each custom field."""
    fields = {PREFIX + each.public_id: _form_field(each, values.get(each.public_id)) for each in definitions}
    return type(form.__name__, (form,), fields)


def entered_values(form: ServiceForm, company_id: int, definitions: Iterable[CustomField]) -> dict[str, Any]:
    """The values that were changed, by field id, as they are stored; None for one that was emptied.

    Raises InvalidValue for one its field cannot hold.
    """
    by_id = {definition.public_id: definition for definition in definitions}
    changed = {
        name.removeprefix(PREFIX): _sent(form.cleaned_data[name]) for name in form.changed_data if PREFIX in name
    }
    return clean_values(company_id, changed, by_id.values())


def merged(stored: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**stored, **entered}.items() if value is not None}


def shown_values(definitions: Iterable[CustomField], values: Mapping[str, Any]) -> str:
    """Read-only: each field that has a value, with it."""
    pairs = [(each.name, values[each.public_id]) for each in definitions if values.get(each.public_id) is not None]
    return format_html("{}", format_html_join("", "<div>{}: {}</div>", pairs)) if pairs else "—"


def _form_field(definition: CustomField, value: Any) -> forms.Field:
    shared: dict[str, Any] = {"label": definition.name, "help_text": definition.description}
    match definition.kind:
        case FieldKind.YES_NO:
            initial = "" if value is None else str(value).lower()
            return forms.ChoiceField(
                choices=YES_NO, required=False, initial=initial, widget=UnfoldAdminSelectWidget(), **shared
            )
        case FieldKind.DROPDOWN:
            options = list(dict.fromkeys([*definition.options, *([value] if value else [])]))
            choices = [("", "—"), *((option, option) for option in options)]
            return forms.ChoiceField(
                choices=choices, required=False, initial=value, widget=UnfoldAdminSelectWidget(), **shared
            )
        case FieldKind.TEAMMATE:
            return RecordField(TO_TEAMMATE, initial=Teammate.pk_of(value), **shared)
        case FieldKind.INBOX:
            return RecordField(TO_INBOX, initial=Inbox.pk_of(value), **shared)
        case _:
            return forms.CharField(
                required=False,
                initial=value,
                max_length=4000,
                strip=False,
                widget=UnfoldAdminTextInputWidget(),
                **shared,
            )


def _sent(value: Any) -> Any:
    return value.public_id if isinstance(value, Teammate | Inbox) else value
