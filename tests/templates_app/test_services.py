"""Templates made, changed and deleted. (Applying them: tests/scim.)"""

from typing import Any

import pytest

from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import Company, Event, Teammate
from teammates.services.events import SYSTEM
from templates_app.models import TeammateTemplate
from templates_app.services import create_from_template, create_template, delete_template, update_template
from tests.factories import CompanyFactory, CustomFieldFactory, InboxFactory, TeammateTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def test_a_template_is_made_changed_and_deleted(company: Company) -> None:
    inbox = InboxFactory.create(company=company)
    template = create_template(company, "Support", inboxes=[inbox], actor=SYSTEM)
    update_template(company, template.pk, {"name": "Care", "workspaces": [inbox.workspace]}, actor=SYSTEM)
    update_template(company, template.pk, {"name": "Care", "workspaces": [inbox.workspace]}, actor=SYSTEM)
    delete_template(company, template.pk, actor=SYSTEM)
    created, updated, deleted = Event.objects.filter(company=company).order_by("pk")
    assert created.data["after"]["access"] == [inbox.public_id]
    assert updated.data["after"] == {"name": "Care", "access": [inbox.workspace.public_id, inbox.public_id]}
    assert deleted.data["before"]["name"] == "Care"
    assert not TeammateTemplate.objects.exists()


@pytest.mark.parametrize("changes", [{"name": "SUPPORT"}, {"name": " "}, {"preferences": [1]}])
def test_a_change_that_cannot_be_is_refused(company: Company, changes: dict[str, Any]) -> None:
    TeammateTemplateFactory.create(company=company, name="Support")
    template = TeammateTemplateFactory.create(company=company, name="Sales")
    with pytest.raises(InvalidValue):
        update_template(company, template.pk, changes, actor=SYSTEM)
    template.refresh_from_db()
    assert (template.name, template.preferences) == ("Sales", {})


def test_another_companys_inbox_and_template_are_out_of_reach(company: Company) -> None:
    foreign = TeammateTemplateFactory.create()
    with pytest.raises(InvalidValue):
        create_template(company, "Support", inboxes=[InboxFactory.create()], actor=SYSTEM)
    with pytest.raises(NotFoundInCompany):
        delete_template(company, foreign.pk, actor=SYSTEM)
    assert list(TeammateTemplate.objects.all()) == [foreign]


def test_a_template_leaves_out_values_of_custom_fields_that_were_deleted(company: Company) -> None:
    field = CustomFieldFactory.create(company=company)
    values = {field.public_id: "A", "fld_zzzz": "B"}
    template = TeammateTemplateFactory.create(company=company, custom_fields=values)
    draft = Teammate(company=company, login="new@example.com")
    created = create_from_template(draft, template.public_id, actor=SYSTEM)
    assert created.custom_fields == {field.public_id: "A"}


def test_a_template_leaves_out_an_inbox_that_was_deleted_from_its_values(company: Company) -> None:
    gone, kept = InboxFactory.create_batch(2, company=company)
    first, second = CustomFieldFactory.create_batch(2, company=company, kind="inbox")
    values = {first.public_id: gone.public_id, second.public_id: kept.public_id}
    template = TeammateTemplateFactory.create(company=company, custom_fields=values)
    gone.delete()
    draft = Teammate(company=company, login="new@example.com")
    created = create_from_template(draft, template.public_id, actor=SYSTEM)
    assert created.custom_fields == {second.public_id: kept.public_id}
