"""Nothing of one company is visible to, guessable by or changeable from another: every route, every method."""

import itertools
import json

import pytest

from teammates.api.urls import urlpatterns
from teammates.services import events
from tests.factories import (
    AccessGrantFactory,
    CustomFieldFactory,
    InboxAccessFactory,
    InboxFactory,
    MembershipFactory,
    TeammateFactory,
)
from tests.teammates.actors import SYSTEM

pytestmark = pytest.mark.django_db

ROUTES = [str(pattern.pattern) for pattern in urlpatterns if str(pattern.pattern)]
LISTS = [route for route in ROUTES if "<" not in route and route != "me"]
BELOW_ONE = [route for route in ROUTES if "<" in route]
METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE"]
SECRET = "Globex-only"


@pytest.fixture
def foreign(other_company):
    """One of each noun of another company, with a name that must not come through."""
    membership = MembershipFactory.create(
        group__company=other_company, group__name=f"{SECRET} group", group__description=SECRET,
        teammate__login=f"{SECRET}@globex.example", teammate__first_name=SECRET,
    )  # fmt: skip
    inbox = InboxFactory.create(company=other_company, name=f"{SECRET} inbox", workspace__name=f"{SECRET} team")
    AccessGrantFactory.create(group=membership.group, inbox=inbox)
    AccessGrantFactory.create(group=membership.group, workspace=inbox.workspace)
    InboxAccessFactory.create(teammate=membership.teammate, inbox=inbox)
    field = CustomFieldFactory.create(company=other_company, name=f"{SECRET} field")
    events.append(other_company.pk, "test.happened", SYSTEM, subject=membership.group.public_id, name=SECRET)
    return {
        "teammates": membership.teammate.public_id,
        "teammate_groups": membership.group.public_id,
        "teams": inbox.workspace.public_id,
        "inboxes": inbox.public_id,
        "field": field,
    }


@pytest.fixture
def own(company):
    """A group of the own company with everything in it."""
    membership = MembershipFactory.create(group__company=company)
    inbox = InboxFactory.create(company=company)
    AccessGrantFactory.create(group=membership.group, inbox=inbox)
    return {"group": membership.group, "teammate": membership.teammate, "inbox": inbox}


def body_for(route, foreign):
    """A body the route would take, with the other company's ids."""
    below = route.rpartition("/")[2]
    ids = {
        "teammates": {"teammate_ids": [foreign["teammates"]]},
        "teams": {"team_ids": [foreign["teams"]]},
        "inboxes": {"inbox_ids": [foreign["inboxes"]]},
    }
    return ids.get(below) or ({"first_name": "Mine"} if route.startswith("teammates") else {"name": "Mine"})


def test_the_walk_is_of_every_route():
    assert len(ROUTES) == len(urlpatterns) - 1  # the last is for what is no address
    assert set(ROUTES) == {"me", *LISTS, *BELOW_ONE}


@pytest.mark.parametrize(("route", "method"), list(itertools.product(BELOW_ONE, METHODS)))
def test_another_companys_row_is_not_there(api, own, foreign, unchanged, route, method):
    noun = route.partition("/")[0]
    path = "/" + route.replace("<str:key>", foreign[noun])
    nobody = "/" + route.replace("<str:key>", foreign[noun].partition("_")[0] + "_zzzzzz")

    with unchanged():
        theirs, nobodys = (api.send(method, where, body_for(route, foreign)) for where in (path, nobody))

    assert theirs.status in (404, 405)
    assert (theirs.status, theirs.content) == (nobodys.status, nobodys.content)  # as if it were nobody's
    assert SECRET.encode() not in theirs.content


@pytest.mark.parametrize("route", LISTS)
def test_lists_show_ones_own_rows_only(api, own, foreign, route):
    answer = api.get(f"/{route}")

    assert SECRET not in json.dumps(answer.body)
    assert not {foreign[noun] for noun in foreign if noun != "field"} & set(answer.ids)


@pytest.mark.parametrize("route", LISTS)
def test_a_position_in_another_companys_rows_leads_to_ones_own(api, own, foreign, route):
    for query in ("page_token=pge_0", "after=evt_0"):
        assert SECRET.encode() not in api.get(f"/{route}?{query}").content


@pytest.mark.parametrize("what", ["teammates", "teams", "inboxes"])
def test_another_companys_things_cannot_be_put_into_ones_own_group(api, own, foreign, unchanged, what):
    path = f"/teammate_groups/{own['group'].public_id}/{what}"
    body = body_for(path, foreign)

    with unchanged():
        put = api.post(path, body)
        created = api.post("/teammate_groups", {"name": "New", **body})
        taken = api.delete(path, body)

    assert (put.status, created.status, taken.status) == (400, 400, 204)  # taking what is not there changes nothing
    assert SECRET.encode() not in put.content + created.content


def test_another_companys_address_names_nobody(api, foreign):
    assert api.get(f"/teammates/alt:email:{SECRET}@globex.example").status == 404


def test_another_companys_name_is_free(api, foreign):
    assert api.post("/teammate_groups", {"name": f"{SECRET} group"}).status == 201


@pytest.mark.parametrize("kind", ["teammate", "inbox"])
def test_a_value_of_a_custom_field_names_nothing_of_another_company(api, company, own, foreign, unchanged, kind):
    CustomFieldFactory.create(company=company, name="Buddy", kind=kind)
    value = foreign["teammates" if kind == "teammate" else "inboxes"]

    with unchanged():
        answer = api.patch(f"/teammates/{own['teammate'].public_id}", {"custom_fields": {"Buddy": value}})

    assert answer.status == 400


def test_another_companys_custom_field_is_no_field(api, own, foreign, unchanged):
    with unchanged():
        answer = api.patch(f"/teammates/{own['teammate'].public_id}", {"custom_fields": {foreign["field"].name: "x"}})

    assert answer.status == 400
    assert "There are none." in answer.details


def test_the_same_login_in_two_companies_is_two_people(api, company, other_company):
    TeammateFactory.create(company=other_company, login="ada@example.com")
    mine = TeammateFactory.create(company=company, login="ada@example.com")

    assert api.get("/teammates/alt:email:ada@example.com")["id"] == mine.public_id
