"""Values of custom fields are held to the kind of their field and to their company."""

import pytest

from teammates.errors import InvalidValue
from teammates.models import FieldKind, Status
from teammates.services.custom_fields import clean_values
from tests.factories import CustomFieldFactory, InboxFactory, TeammateFactory, TeammateTemplateFactory

pytestmark = pytest.mark.django_db


def clean(company, kind, value, **facts):
    field = CustomFieldFactory(company=company, kind=kind, **facts)
    return clean_values(company.pk, {field.public_id: value}, [field])[field.public_id]


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (FieldKind.TEXT, "Berlin ", "Berlin "),
        (FieldKind.NUMBER, 5, 5),
        (FieldKind.NUMBER, 1.5, 1.5),
        (FieldKind.NUMBER, "5", 5),
        (FieldKind.NUMBER, "-1.5", -1.5),
        (FieldKind.YES_NO, True, True),
        (FieldKind.YES_NO, "False", False),
        (FieldKind.YES_NO, "true", True),
        *((kind, empty, None) for kind in FieldKind for empty in ("", None)),
    ],
)
def test_a_value_is_stored_in_its_kind(company, kind, value, stored):
    options = ["red"] if kind == FieldKind.DROPDOWN else []

    cleaned = clean(company, kind, value, options=options)

    assert (cleaned, type(cleaned)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("kind", "value", "takes"),
    [
        (FieldKind.TEXT, 5, "a text"),
        (FieldKind.TEXT, ["a"], "a text"),
        (FieldKind.NUMBER, "five", "a number"),
        (FieldKind.NUMBER, True, "a number"),
        (FieldKind.NUMBER, [5], "a number"),
        (FieldKind.NUMBER, "nan", "a number"),
        (FieldKind.NUMBER, "inf", "a number"),
        (FieldKind.NUMBER, "1e999", "a number"),
        (FieldKind.NUMBER, float("nan"), "a number"),
        (FieldKind.NUMBER, float("-inf"), "a number"),
        (FieldKind.NUMBER, "9" * 5_000, "a number"),
        (FieldKind.YES_NO, "yes", "true or false"),
        (FieldKind.YES_NO, 1, "true or false"),
        (FieldKind.DROPDOWN, "green", "one of: red, blue"),
        (FieldKind.DROPDOWN, "Red", "one of: red, blue"),
        (FieldKind.DROPDOWN, ["red"], "one of: red, blue"),
        (FieldKind.TEAMMATE, "tea_zzzz", "the id of a teammate of this company"),
        (FieldKind.TEAMMATE, "ada", "the id of a teammate of this company"),
        (FieldKind.TEAMMATE, 5, "the id of a teammate of this company"),
        (FieldKind.INBOX, "inb_zzzz", "the id of an inbox of this company"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_of_another_kind_is_refused_by_the_fields_name(company, kind, value, takes):
    options = ["red", "blue"] if kind == FieldKind.DROPDOWN else []

    with pytest.raises(InvalidValue, match=takes) as refusal:
        clean(company, kind, value, name="Office", options=options)

    assert "Office" in str(refusal.value)
    assert refusal.value.attribute.startswith("fld_")


def test_a_reference_is_to_somebody_or_something_of_the_company(company, other_company):
    blocked, inbox = TeammateFactory(company=company, blocked=True), InboxFactory(company=company)

    assert clean(company, FieldKind.TEAMMATE, blocked.public_id) == blocked.public_id
    assert clean(company, FieldKind.INBOX, inbox.public_id) == inbox.public_id

    for kind, stranger in (
        (FieldKind.TEAMMATE, TeammateFactory(company=other_company)),
        (FieldKind.TEAMMATE, TeammateFactory(company=company, status=Status.DELETED)),
        (FieldKind.TEAMMATE, TeammateTemplateFactory(company=company)),
        (FieldKind.TEAMMATE, inbox),
        (FieldKind.INBOX, InboxFactory(company=other_company)),
        (FieldKind.INBOX, blocked),
    ):
        with pytest.raises(InvalidValue):
            clean(company, kind, stranger.public_id)
