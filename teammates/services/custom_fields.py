"""Custom fields: defined, changed, deleted; and values held to their field's kind."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from teammates import sql
from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import Company, CustomField, FieldKind, Inbox, Teammate
from teammates.services import events
from teammates.services.events import Actor
from teammates.services.naming import name_kept_unique, required_name

CHANGEABLE = frozenset({"name", "description", "options"})  # not the kind: stored values are of it
SENT_ANEW = timedelta(days=1)
LARGEST_NUMBER = 10**15  # exact wherever numbers are floating point; JSON has no infinity

_FORGET_VALUES = """
UPDATE teammates_teammate SET custom_fields = custom_fields - %s, version = version + 1, updated_at = now()
WHERE company_id = %s AND custom_fields ? %s
"""
_COUNT_VALUES = """
SELECT name, count(*) FROM teammates_teammate, jsonb_object_keys(custom_fields) name
WHERE company_id = %s AND custom_fields ?| %s AND status <> 'deleted' GROUP BY name
"""
_COUNT_CHOSEN = """
SELECT custom_fields ->> %s AS choice, count(*) FROM teammates_teammate
WHERE company_id = %s AND custom_fields ? %s AND custom_fields ->> %s = ANY(%s) AND status <> 'deleted' GROUP BY choice
"""
_FORGET_INBOXES = """
UPDATE teammates_teammate SET custom_fields = custom_fields - %s, version = version + 1, updated_at = now()
WHERE company_id = %s AND custom_fields ->> %s = ANY(%s)
"""
_COUNT_CHOICES = """
SELECT custom_fields ->> %s AS choice, count(*) FROM teammates_teammate
WHERE company_id = %s AND custom_fields ? %s AND status <> 'deleted'
GROUP BY choice ORDER BY count(*) DESC, choice LIMIT %s
"""
_NOTE_SENT = """
UPDATE teammates_customfield SET idp_sent_at = now() WHERE id IN (
    SELECT id FROM teammates_customfield WHERE company_id = %s AND id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED
)
"""


def note_sent_by_idp(company_id: int, sent: Iterable[CustomField]) -> None:
    """Remember that the identity provider sends these fields, for whoever is about to fill one in by hand.

    True to a day, so that hardly a request writes it; and no request waits for it: a field that somebody has under
    their lock is left to the next one.
    """
    due = timezone.now() - SENT_ANEW
    keys = [field.pk for field in sent if field.idp_sent_at is None or field.idp_sent_at < due]
    if keys:
        sql.execute(_NOTE_SENT, [company_id, keys])


def count_values(company_id: int, fields: Iterable[CustomField]) -> dict[str, int]:
    """How many teammates (the deleted aside) have a value for each of the fields, by field id."""
    ids = [field.public_id for field in fields]
    found = dict(sql.fetch_all(_COUNT_VALUES, [company_id, ids])) if ids else {}
    return {public_id: found.get(public_id, 0) for public_id in ids}


def count_choices(field: CustomField, most: int) -> list[tuple[str, int]]:
    """The values that teammates have for a field and how many have each, the most frequent first."""
    return list(sql.fetch_all(_COUNT_CHOICES, [field.public_id, field.company_id, field.public_id, most]))


def count_chosen(field: CustomField, values: Iterable[str]) -> dict[str, int]:
    """How many teammates (the deleted aside) have each of these values for the field; without those nobody has."""
    key, wanted = field.public_id, list(values)
    return dict(sql.fetch_all(_COUNT_CHOSEN, [key, field.company_id, key, key, wanted])) if wanted else {}


def forget_inboxes(company_id: int, public_ids: Sequence[str]) -> int:
    """Take inboxes that are being deleted out of the values that name them; how many values those were."""
    fields = CustomField.objects.filter(company=company_id, kind=FieldKind.INBOX) if public_ids else ()
    keys = [field.public_id for field in fields]
    return sum(sql.execute(_FORGET_INBOXES, [key, company_id, key, list(public_ids)]) for key in keys)


def create_custom_field(
    company: Company, name: str, kind: str, *, description: str = "", options: Sequence[str] = (), actor: Actor
) -> CustomField:
    """A new field, without values. Raises InvalidValue naming what is missing, unknown or taken."""
    if kind not in FieldKind.values:
        raise InvalidValue("kind", f"Choose one of: {', '.join(map(str, FieldKind.labels))}.")
    field = CustomField(company=company, kind=kind, description=description)
    field.name, field.options = required_name(name, "A custom field"), _clean_options(kind, options)
    with transaction.atomic():
        _save(field)
        data = {"after": _for_event(field)}
        events.append(company.pk, "custom_field.created", actor, subject=field.public_id, name=field.name, data=data)
    return field


def update_custom_field(company: Company, pk: int, changes: Mapping[str, Any], *, actor: Actor) -> CustomField:
    """Apply what differs (see CHANGEABLE); values stored before stay. Raises NotFoundInCompany, InvalidValue."""
    if set(changes) - CHANGEABLE:
        raise AssertionError(f"update_custom_field cannot change {set(changes) - CHANGEABLE}")
    with transaction.atomic():
        field = _locked(company, pk)
        before = _for_event(field)
        field.name = required_name(changes.get("name", field.name), "A custom field")
        field.description = changes.get("description", field.description)
        field.options = _clean_options(field.kind, changes.get("options", field.options))
        data = events.difference(before, _for_event(field))
        if data["after"]:
            _save(field)
            events.append(
                company.pk, "custom_field.updated", actor, subject=field.public_id, name=field.name, data=data
            )
    return field


def delete_custom_field(company: Company, pk: int, *, actor: Actor) -> None:
    """Delete the field and its value with every teammate. Raises NotFoundInCompany."""
    with transaction.atomic():
        field = _locked(company, pk)
        forgotten = sql.execute(_FORGET_VALUES, [field.public_id, company.pk, field.public_id])
        data = {"before": _for_event(field), "values_forgotten": forgotten}
        events.append(company.pk, "custom_field.deleted", actor, subject=field.public_id, name=field.name, data=data)
        field.delete()


def _clean_options(kind: str, options: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(option.strip() for option in options if option.strip()))
    if kind == FieldKind.DROPDOWN and not cleaned:
        raise InvalidValue("options", "A dropdown needs at least one option.")
    if kind != FieldKind.DROPDOWN and cleaned:
        raise InvalidValue("options", "Only a dropdown has options.")
    if any(len(option) > 200 for option in cleaned):
        raise InvalidValue("options", "An option may be 200 characters long.")
    return cleaned


def _save(field: CustomField) -> None:
    text = f"There is a custom field named {field.name} already. Use another name."
    with name_kept_unique("custom_field_name_taken", text):
        field.save()


def _for_event(field: CustomField) -> dict[str, Any]:
    return {"name": field.name, "description": field.description, "kind": field.kind, "options": list(field.options)}


def _locked(company: Company, pk: int) -> CustomField:
    field = CustomField.objects.select_for_update(no_key=True).filter(company=company, pk=pk).first()
    if field is None:
        raise NotFoundInCompany("No such custom field in this company.")
    return field


def clean_values(company_id: int, values: Mapping[str, Any], fields: Iterable[CustomField]) -> dict[str, Any]:
    """The values, by field id, as they are stored. None means "no value" and stays None.

    fields: the definitions that `values` names. Raises InvalidValue naming the field and what it takes.
    """
    by_id = {field.public_id: field for field in fields}
    return {public_id: _clean(company_id, by_id[public_id], value) for public_id, value in values.items()}


def _clean(company_id: int, field: CustomField, value: Any) -> Any:
    if value is None or value == "":
        return None
    match field.kind:
        case FieldKind.NUMBER:
            return _number(field, value)
        case FieldKind.YES_NO:
            return _yes_no(field, value)
        case FieldKind.DROPDOWN:
            if value not in field.options:
                raise _refused(field, value, f"one of: {', '.join(field.options)}")
        case FieldKind.TEAMMATE:
            pk = Teammate.pk_of(value)
            if pk is None or not Teammate.objects.present().filter(company_id=company_id, pk=pk).exists():
                raise _refused(field, value, "the id of a teammate of this company, who must be provisioned too")
        case FieldKind.INBOX:
            pk = Inbox.pk_of(value)
            if pk is None or not Inbox.objects.filter(company_id=company_id, pk=pk).exists():
                raise _refused(field, value, "the id of an inbox of this company")
        case _:
            if not isinstance(value, str):
                raise _refused(field, value, "a text")
    return value


def _number(field: CustomField, value: Any) -> int | float:
    number = value
    if isinstance(value, str):
        with suppress(ValueError):
            number = float(value)
        with suppress(ValueError):
            number = int(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= LARGEST_NUMBER:
        raise _refused(field, value, f"a number between -{LARGEST_NUMBER} and {LARGEST_NUMBER}")
    return number


def _yes_no(field: CustomField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _refused(field, value, "true or false")


def _refused(field: CustomField, value: Any, takes: str) -> InvalidValue:
    return InvalidValue(
        field.public_id, f"Custom field {field.name} ({field.public_id}) takes {takes}, not {str(value)[:100]!r}."
    )
