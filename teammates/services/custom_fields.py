"""Custom fields: values held to their field's kind."""

from collections.abc import Iterable, Mapping
from typing import Any

from teammates.errors import InvalidValue
from teammates.models import CustomField, FieldKind, Inbox, Teammate


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
    if isinstance(value, bool):
        raise _refused(field, value, "a number")
    if isinstance(value, int | float):
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _refused(field, value, "a number") from None


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
