"""A page costs the same number of statements however many rows there are, and offers nobody a list of everybody."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from scim.models import LogEntry
from teammates.models import ApiToken, Company, Event, Inbox, Membership, Notice, Teammate, TeammateGroup, Workspace
from templates_app.models import TeammateTemplate
from tests.factories import AccessGrantFactory, InboxFactory, TeammateFactory, TeammateGroupFactory
from tests.teammates.admin.conftest import Browser, one_of_each

LISTS = [Teammate, TeammateGroup, Membership, TeammateTemplate, Workspace, Inbox, ApiToken, Event, LogEntry, Notice]
BUDGET = 8  # session, person, company (support: none), open notices, count, rows, names of templates


def statements(client: Browser, page: str, row: Model | type[Model]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.look(page, row).status_code == 200
    return len(captured)


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.parametrize("role", ["admin", "support"])
def test_a_list_costs_the_same_for_one_row_and_for_many(
    admin: Browser, support: Browser, company: Company, model: type[Model], role: str
) -> None:
    client = admin if role == "admin" else support
    one_of_each(company)
    few = statements(client, "changelist", model)
    for _ in range(5):
        one = one_of_each_without_notice(company)
        TeammateGroupFactory.create(company=company, with_members=[one["teammate"]])
    assert statements(client, "changelist", model) == few <= BUDGET


def one_of_each_without_notice(company: Company) -> dict[str, Any]:
    Notice.objects.all().delete()
    return one_of_each(company)


@pytest.mark.parametrize("noun", ["teammate", "group", "inbox", "template"])
def test_a_page_costs_the_same_for_few_and_for_many(admin: Browser, company: Company, noun: str) -> None:
    row = one_of_each(company)[noun]
    few = statements(admin, "change", row)
    people = TeammateFactory.create_batch(30, company=company)
    TeammateGroupFactory.create_batch(10, company=company, with_members=people)
    for inbox in InboxFactory.create_batch(10, company=company):
        if noun in ("teammate", "group"):
            AccessGrantFactory.create(**{noun: row}, inbox=inbox)
    assert statements(admin, "change", row) <= few + 2 <= 20


@pytest.mark.parametrize("noun", ["teammate", "group", "inbox", "template"])
def test_no_page_lists_everybody(admin: Browser, company: Company, noun: str) -> None:
    row = one_of_each(company)[noun]
    people = TeammateFactory.create_batch(30, company=company)
    inboxes = InboxFactory.create_batch(30, company=company)
    page = admin.look("change", row).content.decode() + admin.look("add", row).content.decode()
    assert not [each for each in people if each.login in page]
    assert not [each for each in inboxes if each.name + "<" in page]
