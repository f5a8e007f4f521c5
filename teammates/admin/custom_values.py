"""Values of custom fields in a form: one form field for each definition the company has."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
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
    form: type[ServiceForm], definitions: Iterable[CustomField], values: Mapping[str, Any], *, provisioned: bool = False
) -> type[ServiceForm]:
    """The form, with a field for each custom field. provisioned: whether an identity provider may fill them in, too."""
    fields = {}
    for each in definitions:
        fields[PREFIX + each.public_id] = field = _form_field(each, values.get(each.public_id))
        notes = [each.description, overwritten(each) if provisioned else ""]
        field.help_text = format_html_join(mark_safe("<br>"), "{}", ((note,) for note in notes if note))
    return type(form.__name__, (form,), fields)


def overwritten(definition: CustomField) -> str:
    """What becomes of a value that is entered here for somebody whom the identity provider manages."""
    if definition.idp_sent_at is None:
        return ""
    told = _(
        "The identity provider fills this field in, and sent it last on %(day)s. What is entered here lasts until it "
        "sends the field for this person again."
    )
    return str(told) % {"day": date_format(definition.idp_sent_at, "DATE_FORMAT")}


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
    shared: dict[str, Any] = {"label": definition.name}
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
