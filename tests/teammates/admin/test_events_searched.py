"""The search of the audit log: by who, whom and what happened."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates.models import Company, Event, TeammateGroup
from teammates.services import access, companies, departures, groups, teammates, tokens
from teammates.services.members import MemberChange
from tests.factories import (
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
)
from tests.teammates.actors import ADMIN
from tests.teammates.admin.audit_log import sentences
from tests.teammates.admin.conftest import Browser, text

ABOUT_ADA = [
    "Deleted Ada King", "Released the shared conversations of Ada King", "Blocked Ada King; licence freed",
]  # fmt: skip


@pytest.fixture
def happened(company: Company) -> dict[str, Any]:
    """A little of everything that people look for."""
    ada = TeammateFactory.create(
        company=company, login="ada@initech.example", last_name="King", display_name="Ada King"
    )
    ben = TeammateFactory.create(company=company, first_name="Ben", last_name="Okafor", display_name="Ben Okafor")
    teammates.block_teammate(company.pk, ada.pk, actor=ADMIN)
    teammates.block_teammate(company.pk, ben.pk, actor=ADMIN)
    teammates.unblock_teammate(company.pk, ben.pk, actor=ADMIN)
    teammates.update_teammate(company.pk, ben.pk, {"is_company_admin": True}, actor=ADMIN)
    sales = groups.create_group(company, TeammateGroup(name="Sales"), actor=ADMIN)
    groups.update_group(company, sales.pk, {}, [MemberChange(add=[ben.public_id])], actor=ADMIN)
    groups.update_group(company, sales.pk, {"name": "Big sales"}, actor=ADMIN)
    token, _value = tokens.create_token(company, "Reporting", ["provisioning"], actor=ADMIN)
    tokens.revoke_token(company, token.pk, actor=ADMIN)
    companies.update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)
    departures.delete_teammate(company.pk, ada.pk, actor=ADMIN)
    return {"ada": ada, "ben": ben, "sales": sales, "token": token}


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("blocked", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("block", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("suspended", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("deactivated", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("unblocked", ["Unblocked Ben Okafor; licence taken"]),
        ("Ada blocked", ["Blocked Ada King; licence freed"]),
        ("blocked ada@initech.example", ["Blocked Ada King; licence freed"]),
        ("ada@initech.example", ABOUT_ADA),
        ("King", ABOUT_ADA),
        ("Reporting", ["Revoked the API token Reporting", "Created the API token Reporting"]),
        ("token revoked", ["Revoked the API token Reporting"]),
        ("sales", ["Group Big sales: renamed from Sales", "Group Sales: Ben Okafor added", "Created group Sales"]),
        ("member added", ["Group Sales: Ben Okafor added"]),
        ("group renamed", ["Group Big sales: renamed from Sales"]),
        ("company admin", ["Made Ben Okafor a company admin"]),
        ("Ben added to Sales", ["Group Sales: Ben Okafor added"]),
        ("Ben Sales", ["Group Sales: Ben Okafor added"]),
        ("sync disabled", ["Turned Teammate Group Sync off"]),
        ("group sync off", ["Turned Teammate Group Sync off"]),
        ("nonsense", []),
    ],
)
def test_the_log_is_searched_by_who_what_and_what_happened(
    admin: Browser, happened: dict[str, Any], term: str, found: list[str]
) -> None:
    assert sentences(admin.look("changelist", Event, q=term)) == found


def test_a_search_says_whom_and_what_it_means(admin: Browser, happened: dict[str, Any]) -> None:
    page = text(admin.look("changelist", Event, q="Ada"))
    assert f"All entries of: Ada King Deleted, {happened['ada'].public_id}" in page

    page = admin.look("changelist", Event, q="Reporting")
    assert "All entries of: Reporting API token" in text(page)
    assert f"subject__exact={happened['token'].pk}" in page.content.decode()


def test_support_staff_who_look_at_all_companies_find_people_by_their_address(
    support: Browser, happened: dict[str, Any], other_company: Company
) -> None:
    eve = TeammateFactory.create(company=other_company, login="ada@other.example", display_name="Ada Other")
    teammates.block_teammate(other_company.pk, eve.pk, actor=ADMIN)

    page = support.look("changelist", Event, q="ada@initech.example")

    assert sentences(page) == ABOUT_ADA
    ada = happened["ada"]
    assert f"All entries of: Ada King Deleted, {ada.public_id}, {ada.company.name}" in text(page)


def test_a_search_finds_changes_of_a_custom_field_and_of_a_place_by_their_names(
    admin: Browser, company: Company
) -> None:
    ben = TeammateFactory.create(company=company, display_name="Ben")
    field, inbox = CustomFieldFactory.create(company=company, name="Office"), InboxFactory.create(company=company)
    teammates.update_teammate(company.pk, ben.pk, {"custom_fields": {field.public_id: "Berlin"}}, actor=ADMIN)
    access.change_grants(ben, grant=[inbox], actor=ADMIN)

    assert sentences(admin.look("changelist", Event, q="office")) == ["Changed custom field Office of Ben"]
    told = [f"Changed the access of Ben: inbox {inbox.name} given"]
    assert sentences(admin.look("changelist", Event, q=inbox.name)) == told


def test_a_search_costs_the_same_whatever_it_finds(admin: Browser, company: Company) -> None:
    def cost(term: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.look("changelist", Event, q=term).status_code == 200
        return len(captured)

    people = [TeammateFactory.create(company=company, first_name="Ada", last_name=f"K{n}") for n in range(20)]
    teammates.block_teammate(company.pk, people[0].pk, actor=ADMIN)
    few = cost("Ada blocked")
    for person in people[1:]:
        teammates.block_teammate(company.pk, person.pk, actor=ADMIN)
    assert cost("Ada blocked") == few <= 24
