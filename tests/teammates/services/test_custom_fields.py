"""Custom fields as definitions."""

from typing import Any

import pytest

from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import Company, CustomField, Event, FieldKind
from teammates.services import custom_fields
from teammates.services.events import SYSTEM
from tests.factories import CustomFieldFactory, TeammateFactory


@pytest.mark.parametrize(
    ("attribute", "wanted"),
    [
        ("name", {"name": " ", "kind": FieldKind.TEXT}),
        ("name", {"name": "Desk", "kind": FieldKind.TEXT}),
        ("kind", {"name": "Floor", "kind": "colour"}),
        ("options", {"name": "Floor", "kind": FieldKind.DROPDOWN, "options": [" "]}),
        ("options", {"name": "Floor", "kind": FieldKind.TEXT, "options": ["One"]}),
        ("options", {"name": "Floor", "kind": FieldKind.DROPDOWN, "options": ["x" * 201]}),
    ],
)
def test_a_field_that_cannot_be_is_refused(company: Company, attribute: str, wanted: dict[str, Any]) -> None:
    CustomFieldFactory.create(company=company, name="Desk")
    with pytest.raises(InvalidValue) as refused:
        custom_fields.create_custom_field(company, actor=SYSTEM, **wanted)
    assert refused.value.attribute == attribute
    assert CustomField.objects.count() == 1
    assert not Event.objects.exists()


def test_options_can_change_and_the_kind_cannot(company: Company) -> None:
    field = custom_fields.create_custom_field(company, "Floor", FieldKind.DROPDOWN, options=["1", "1"], actor=SYSTEM)
    custom_fields.update_custom_field(company, field.pk, {"options": ["1", "2"]}, actor=SYSTEM)
    field.refresh_from_db()
    assert field.options == ["1", "2"]
    with pytest.raises(AssertionError):
        custom_fields.update_custom_field(company, field.pk, {"kind": FieldKind.TEXT}, actor=SYSTEM)


def test_deleting_a_field_forgets_its_values_and_no_others(company: Company, other_company: Company) -> None:
    field, other = CustomFieldFactory.create_batch(2, company=company)
    values = {field.public_id: "A", other.public_id: "B"}
    teammate = TeammateFactory.create(company=company, custom_fields=values)
    with pytest.raises(NotFoundInCompany):
        custom_fields.delete_custom_field(other_company, field.pk, actor=SYSTEM)
    custom_fields.delete_custom_field(company, field.pk, actor=SYSTEM)
    teammate.refresh_from_db()
    assert teammate.custom_fields == {other.public_id: "B"}
    assert teammate.version == 2
    assert Event.objects.get(company=company).data["values_forgotten"] == 1
