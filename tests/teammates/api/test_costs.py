"""Lists cost as many queries for many rows as for one, and a page never holds more than was asked for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates.models import Membership
from teammates.services import events
from tests.factories import (
    AccessGrantFactory,
    CustomFieldFactory,
    InboxAccessFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    make_crowd,
)
from tests.teammates.actors import SYSTEM

pytestmark = pytest.mark.django_db

BUDGET = {  # the token's look-up is one of them
    "/teammates": 3,
    "/teammates/custom_fields": 2,
    "/teammates/{teammate}": 3,
    "/teammates/{teammate}/inboxes": 3,
    "/teammate_groups": 2,
    "/teammate_groups/{group}": 2,
    "/teammate_groups/{group}/teammates": 4,
    "/teammate_groups/{group}/teams": 3,
    "/teammate_groups/{group}/inboxes": 3,
    "/teams": 2,
    "/teams/{team}/inboxes": 3,
    "/teams/{team}/teammates": 4,
    "/inboxes": 2,
    "/events": 2,
    "/me": 1,
}


@pytest.fixture
def some(company):
    """One of each, of which more can be made by calling it again."""
    ada = TeammateFactory.create(company=company)
    group = TeammateGroupFactory.create(company=company, with_members=[ada])
    inbox = InboxFactory.create(company=company)
    AccessGrantFactory.create(group=group, workspace=inbox.workspace)

    def more():
        teammate = TeammateFactory.create(company=company)
        Membership.objects.create(company=company, group=group, teammate=teammate)
        TeammateGroupFactory.create(company=company)
        one = InboxFactory.create(company=company, workspace=inbox.workspace)
        AccessGrantFactory.create(group=group, inbox=InboxFactory.create(company=company))
        AccessGrantFactory.create(group=group, workspace=InboxFactory.create(company=company).workspace)
        InboxAccessFactory.create(teammate=ada, inbox=one)
        CustomFieldFactory.create(company=company)
        events.append(company.pk, "test.happened", SYSTEM)

    more()
    return {"teammate": ada.public_id, "group": group.public_id, "team": inbox.workspace.public_id}, more


@pytest.mark.parametrize("path", BUDGET)
def test_many_rows_cost_no_more_than_one(api, some, path):
    names, more = some
    api.get("/me")  # notes the token's use, which it does once a minute
    for _ in range(2):
        with CaptureQueriesContext(connection) as sent:
            assert api.get(path.format(**names)).status == 200
        assert len(sent) == BUDGET[path], [query["sql"] for query in sent]
        for _ in range(5):
            more()


def test_a_page_of_a_large_group_is_a_page(api, company):
    group = TeammateGroupFactory.create(company=company)
    make_crowd(company, 300, group)

    sizes = [len(page.ids) for page in api.all_pages(f"/teammate_groups/{group.public_id}/teammates?limit=100")]

    assert sizes == [100, 100, 100]


def test_adding_many_members_costs_no_more_than_adding_one(api, company):
    group = TeammateGroupFactory.create(company=company)
    people = [teammate.public_id for teammate in TeammateFactory.create_batch(20, company=company)]
    api.get("/me")
    counts = []
    for ids in (people[:1], people[1:]):
        with CaptureQueriesContext(connection) as sent:
            api.post(f"/teammate_groups/{group.public_id}/teammates", {"teammate_ids": ids})
        counts.append(len(sent))

    assert counts[0] == counts[1]
