"""What the identity provider sent of a person besides names and addresses: on their page, and in the file."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates.models import Company, Teammate
from tests.factories import TeammateFactory
from tests.scim.door import ENTERPRISE, Door, op
from tests.teammates.admin.conftest import Browser, text, url_of
from tests.teammates.admin.test_teammate_file import rows_of


@pytest.fixture
def scim(company: Company) -> Door:
    return Door.of(company)


@pytest.fixture
def boss(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, first_name="Charles", last_name="Babbage", login="cb@example.com")


def provisioned(scim: Door, login: str = "ada@example.com", place: Any = None, **attributes: Any) -> Teammate:
    """place: in the organisation, the attributes of the enterprise extension."""
    attributes |= {ENTERPRISE: place} if place else {}
    return Teammate.objects.get(pk=Teammate.pk_of(scim.create_user(login, **attributes)["id"]))


def test_title_department_and_manager_stand_with_what_is_synced(admin: Browser, scim: Door, boss: Teammate) -> None:
    extension = {"department": "Engines", "employeeNumber": "0042", "manager": {"value": boss.public_id}}
    ada = provisioned(scim, title="Analyst", place=extension)
    page = admin.look("change", ada)
    assert "Title Analyst Department Engines Manager Charles Babbage (cb@example.com) Employee number 0042" in text(
        page
    )
    assert f'href="{url_of("change", boss)}"' in page.content.decode()
    assert 'name="title"' not in page.content.decode()


def test_what_was_not_sent_is_not_shown(admin: Browser, scim: Door) -> None:
    page = text(admin.look("change", provisioned(scim)))
    assert "Synced from" in page
    for word in ("Title", "Department", "Manager", "Addresses"):
        assert word not in page


def test_everything_else_that_was_sent_is_shown_in_words(admin: Browser, scim: Door) -> None:
    ada = provisioned(
        scim,
        nickName="Countess",
        preferredLanguage="en-GB",
        phoneNumbers=[{"type": "work", "value": "+44 20 7946 0000", "primary": True}],
        addresses=[{"type": "work", "formatted": "Room 4", "locality": "London", "country": "UK"}],
        name={"givenName": "Ada", "familyName": "King", "formatted": "Ada King", "middleName": "Augusta"},
    )
    page = text(admin.look("change", ada))
    assert "Phone numbers +44 20 7946 0000 (work, main) Addresses Room 4, London, UK Preferred language en-GB" in page
    assert "Nick name Countess" in page
    assert "Middle name Augusta" in page
    assert "Formatted" not in page


def test_an_attribute_that_is_no_text_for_people_is_escaped(admin: Browser, scim: Door) -> None:
    page = admin.look("change", provisioned(scim, title="<b>Boss</b>")).content.decode()
    assert "&lt;b&gt;Boss&lt;/b&gt;" in page
    assert "<b>Boss" not in page


def test_a_manager_is_known_by_their_login_too_and_said_to_be_blocked(
    admin: Browser, company: Company, scim: Door
) -> None:
    bob = TeammateFactory.create(
        company=company, first_name="Bob", last_name="Hale", login="bob@x.example", blocked=True
    )
    ada = provisioned(scim, place={"manager": {"value": "Bob@x.example"}})
    page = admin.look("change", ada)
    assert "Manager Bob Hale (blocked, bob@x.example)" in text(page)
    assert f'href="{url_of("change", bob)}"' in page.content.decode()


def test_a_manager_of_another_company_is_shown_as_sent(admin: Browser, scim: Door, foreign: dict[str, Any]) -> None:
    stranger = foreign["teammate"]
    ada = provisioned(scim)
    scim.patch(ada, op("Add", f"{ENTERPRISE}:manager", stranger.public_id))
    page = admin.look("change", ada)
    assert f"Manager {stranger.public_id}" in text(page)
    assert stranger.name not in text(page)
    assert url_of("change", stranger) not in page.content.decode()


def test_the_file_has_a_column_for_each(admin: Browser, scim: Door, boss: Teammate) -> None:
    extension = {"department": "Engines", "manager": {"value": boss.public_id}}
    provisioned(scim, title="Analyst", place=extension)
    rows = {row["Login"]: row for row in rows_of(admin.look("export", Teammate))}
    assert rows["ada@example.com"].items() >= {
        "Title": "Analyst", "Department": "Engines", "Manager": "Charles Babbage", "Manager's login": "cb@example.com",
        "Cost centre": "",
    }.items()  # fmt: skip
    assert rows["cb@example.com"]["Title"] == ""


def test_an_unknown_manager_is_in_the_file_as_sent(
    admin: Browser, company: Company, scim: Door, boss: Teammate
) -> None:
    provisioned(scim, place={"manager": {"value": "E-0042"}})
    (row,) = rows_of(admin.look("export", Teammate, q="ada@example.com"))
    assert (row["Manager"], row["Manager's login"]) == ("E-0042", "")


def test_the_managers_in_a_file_are_read_at_once(admin: Browser, scim: Door) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            assert rows_of(admin.look("export", Teammate))
        return len(sent)

    def hire(number: int) -> None:
        provisioned(scim, f"p{number}@example.com", place={"manager": {"value": f"p{number - 1}@example.com"}})

    hire(0)
    hire(1)
    few = statements()
    for number in range(2, 12):
        hire(number)
    assert statements() == few
