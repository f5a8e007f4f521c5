"""Custom fields on a person's page: which of them the identity provider fills in, too."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from teammates.models import Company, CustomField, FieldKind, Source, Teammate
from tests.factories import CustomFieldFactory, InboxFactory, TeammateFactory
from tests.scim.door import FIELDS, Door, op
from tests.teammates.admin.conftest import Browser, entered, text

OVERWRITTEN = "What is entered here lasts until it sends the field for this person again."
FILLED_IN = "The identity provider fills this field in, and sent it last on"


@pytest.fixture
def scim(company: Company) -> Door:
    return Door.of(company)


@pytest.fixture
def floor(company: Company) -> CustomField:
    return CustomFieldFactory.create(company=company, name="Floor", description="Where the desk is.")


@pytest.fixture
def ada(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, source=Source.IDP)


@pytest.fixture
def noted(floor: CustomField) -> Callable[[], bool]:
    def is_noted() -> bool:
        floor.refresh_from_db()
        return floor.idp_sent_at is not None

    return is_noted


def test_a_field_that_the_identity_provider_sends_says_that_it_is_overwritten(
    admin: Browser, scim: Door, floor: CustomField, ada: Teammate
) -> None:
    CustomFieldFactory.create(company=ada.company, name="Only ours")
    assert OVERWRITTEN not in text(admin.look("change", ada))

    scim.patch(ada, op("Add", f"{FIELDS}:{floor.public_id}", "Third"))

    page = admin.look("change", ada)
    assert text(page).count(OVERWRITTEN) == 1
    field = page.context["adminform"].form.fields[f"custom_{floor.public_id}"]
    assert field.help_text.startswith(f"Where the desk is.<br>{FILLED_IN}")
    assert entered(page)[f"custom_{floor.public_id}"] == "Third"


def test_it_says_so_of_everybody_whom_the_identity_provider_manages_and_of_nobody_else(
    admin: Browser, company: Company, scim: Door, floor: CustomField, ada: Teammate
) -> None:
    scim.create_user("bob@example.com", **{FIELDS: {floor.public_id: "Third"}})
    assert OVERWRITTEN in text(admin.look("change", ada))
    assert OVERWRITTEN not in text(admin.look("change", TeammateFactory.create(company=company)))


def test_whoever_may_only_read_is_told_where_a_value_comes_from(
    support: Browser, scim: Door, floor: CustomField, ada: Teammate
) -> None:
    scim.patch(ada, op("Add", f"{FIELDS}:{floor.public_id}", "Third"))
    assert f"Third {FILLED_IN}" in text(support.look("change", ada))


def test_whoever_may_only_read_is_told_whom_and_what_a_value_names(support: Browser, company: Company) -> None:
    boss = TeammateFactory.create(company=company, first_name="Bob", last_name="Hale")
    inbox = InboxFactory.create(company=company, name="Complaints")
    values = [(FieldKind.TEAMMATE, boss.public_id), (FieldKind.INBOX, inbox.public_id), (FieldKind.YES_NO, True)]
    fields = {CustomFieldFactory.create(company=company, kind=kind).public_id: value for kind, value in values}
    page = text(support.look("change", TeammateFactory.create(company=company, custom_fields=fields)))
    for shown in (f"Bob Hale ({boss.login})", "Complaints", "Yes"):
        assert shown in page


def test_the_page_of_a_field_says_whether_the_identity_provider_sends_it(
    admin: Browser, scim: Door, floor: CustomField, ada: Teammate
) -> None:
    assert "From the identity provider Nothing so far" in text(admin.look("change", floor))
    scim.patch(ada, op("Add", f"{FIELDS}:{floor.public_id}", "Third"))
    assert "From the identity provider Last on" in text(admin.look("change", floor))


def test_what_an_admin_enters_is_not_taken_for_the_identity_providers(
    admin: Browser, ada: Teammate, floor: CustomField, noted: Callable[[], bool]
) -> None:
    sent = entered(admin.look("change", ada)) | {f"custom_{floor.public_id}": "Second"}
    admin.save("change", ada, **sent)
    ada.refresh_from_db()
    assert ada.custom_fields == {floor.public_id: "Second"}
    assert not noted()


def test_a_value_that_is_taken_away_or_sent_again_unchanged_tells_nothing_new(
    scim: Door, ada: Teammate, floor: CustomField, noted: Callable[[], bool]
) -> None:
    Teammate.objects.filter(pk=ada.pk).update(custom_fields={floor.public_id: "Third"})
    scim.patch(ada, op("Add", f"{FIELDS}:{floor.public_id}", "Third"))
    scim.patch(ada, op("Remove", f"{FIELDS}:{floor.public_id}"))
    assert not noted()


def test_it_is_remembered_once_a_day_and_costs_the_other_requests_nothing(
    scim: Door, ada: Teammate, floor: CustomField
) -> None:
    def statements(value: str) -> int:
        with CaptureQueriesContext(connection) as sent:
            scim.patch(ada, op("Add", f"{FIELDS}:{floor.public_id}", value))
        return len(sent)

    def last_sent() -> object:
        floor.refresh_from_db()
        return floor.idp_sent_at

    scim.read(ada)  # with which the token is noted as used
    first = statements("First")
    noted = last_sent()
    assert statements("Second") == first - 1
    assert last_sent() == noted

    old = timezone.now() - timedelta(days=2)
    CustomField.objects.filter(pk=floor.pk).update(idp_sent_at=old)
    assert statements("Third") == first
    assert last_sent() != old


def test_a_description_is_text_and_no_markup(admin: Browser, company: Company, ada: Teammate) -> None:
    CustomFieldFactory.create(company=company, description="<i>Building</i> & floor")
    page = admin.look("change", ada).content.decode()
    assert "&lt;i&gt;Building&lt;/i&gt; &amp; floor" in page
