"""Teams and inboxes over the REST API, to read."""

import pytest

from teammates.models import GrantSource
from tests.factories import (
    AccessGrantFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(company):
    return WorkspaceFactory.create(company=company, name="Support")


def test_a_team_has_a_name_and_leads_to_its_inboxes_and_teammates(api, team):
    address = f"http://testserver/api/teams/{team.public_id}"

    assert api.get(f"/teams/{team.public_id}").body == {
        "_links": {
            "self": address,
            "related": {"inboxes": f"{address}/inboxes", "teammates": f"{address}/teammates"},
        },
        "id": team.public_id,
        "name": "Support",
    }
    assert api.get("/teams").names == ["Support"]


def test_an_inbox_says_whose_it_is_and_who_may_come_in(api, company, team):
    inbox = InboxFactory.create(company=company, workspace=team, name="Refunds", is_private=True)

    shown = api.get(f"/inboxes/{inbox.public_id}")

    assert (shown["name"], shown["team_id"]) == ("Refunds", team.public_id)
    assert (shown["is_private"], shown["is_public"]) == (True, False)
    assert shown["_links"]["related"]["team"].endswith(f"/api/teams/{team.public_id}")
    assert api.get("/inboxes").names == ["Refunds"]


def test_the_inboxes_of_a_team_are_its_own(api, company, team):
    inbox = InboxFactory.create(company=company, workspace=team)
    InboxFactory.create(company=company)

    assert api.get(f"/teams/{team.public_id}/inboxes").ids == [inbox.public_id]


def test_the_teammates_of_a_team_have_it_in_any_way_and_are_named_once(api, company, team):
    own, templated, grouped, both, stranger = TeammateFactory.create_batch(5, company=company)
    blocked = TeammateFactory.create(company=company, blocked=True)
    group = TeammateGroupFactory.create(company=company, with_members=[grouped, both, blocked])
    other = TeammateGroupFactory.create(company=company, with_members=[stranger])
    AccessGrantFactory.create(group=group, workspace=team)
    AccessGrantFactory.create(group=other, workspace=WorkspaceFactory.create(company=company))
    for teammate, source in ((own, GrantSource.OWN), (templated, GrantSource.TEMPLATE), (both, GrantSource.OWN)):
        AccessGrantFactory.create(teammate=teammate, workspace=team, source=source)

    expected = [teammate.public_id for teammate in (own, templated, grouped, both, blocked)]
    assert api.get(f"/teams/{team.public_id}/teammates").ids == expected


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("noun", ["teams", "inboxes"])
def test_teams_and_inboxes_are_only_read_here(api, noun, method):
    assert api.send(method, f"/{noun}", {"name": "x"}).status == 405
    assert api.send(method, f"/{noun}/x_1", {"name": "x"}).status == 405
