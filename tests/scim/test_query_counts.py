"""Statements per request, transaction control aside: the same at any size of company and group."""

import pytest

from teammates.models import Membership
from tests.factories import TeammateFactory, TeammateGroupFactory, make_crowd
from tests.scim.door import ENTERPRISE, members, op, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    people = TeammateFactory.create_batch(20, company=company)
    ada = TeammateFactory(company=company, login="ada@example.com", external_id="ada")
    TeammateGroupFactory(company=company, with_members=[ada, *people])
    TeammateGroupFactory(company=company, with_members=[ada])
    return ada


@pytest.fixture(params=[1, 5_000])
def group(request, company, ada):
    """An IdP-managed group of one member, and one of thousands."""
    group = TeammateGroupFactory(company=company, idp=True, name="Everybody", with_members=[ada])
    if request.param > 1:
        make_crowd(company, request.param - 1, group)
    return group


@pytest.mark.parametrize(
    "filter_text",
    ['userName eq "ada@example.com"', 'externalId eq "ada"', 'emails[type eq "work"].value eq "ADA@example.com"'],
)
def test_looking_a_user_up_takes_two_statements(scim, statements, ada, filter_text):
    with statements(scim) as sent:
        answer = scim.find("/Users", filter_text)

    assert answer.ids == [ada.public_id]
    assert len(answer["Resources"][0]["groups"]) == 2
    assert len(sent) == 2, sent


def test_looking_up_nobody_takes_two_statements(scim, statements, ada):
    with statements(scim) as sent:
        answer = scim.find("/Users", 'userName eq "nobody@example.com"')

    assert answer["totalResults"] == 0
    assert len(sent) == 2, sent


def test_reading_a_user_takes_two_statements(scim, statements, ada):
    with statements(scim) as sent:
        answer = scim.read(ada)

    assert (answer.status, len(answer["groups"])) == (200, 2)
    assert len(sent) == 2, sent


@pytest.mark.parametrize(
    "operations",
    [
        [op("replace", "displayName", "Ada King")],
        [op("Replace", 'emails[type eq "work"].value', "ada.king@example.com")],
    ],
    ids=["a name", "an address"],
)
def test_patching_a_user_takes_three_statements(scim, statements, ada, operations):
    with statements(scim) as sent:
        answer = scim.patch(ada, *operations)

    assert answer.status == 200
    assert len(sent) == 3, sent


@pytest.mark.parametrize(
    "operations",
    [
        [op("Replace", "active", "False")],
        [op("replace", None, {"active": False, "name.givenName": "A.", f"{ENTERPRISE}:department": "Engines"})],
        [op("replace", "userName", "ada.king@example.com")],
    ],
    ids=["block", "block and more", "the login"],
)
def test_blocking_and_a_new_login_take_four_statements(scim, statements, ada, operations):
    with statements(scim) as sent:
        answer = scim.patch(ada, *operations)

    assert answer.status == 200
    assert len(sent) == 4, sent


def test_unblocking_takes_four_statements_and_asks_who_blocked(scim, statements, company):
    blocked = TeammateFactory(company=company, blocked=True)

    with statements(scim) as sent:
        answer = scim.patch(blocked, op("Replace", "active", "True"))

    assert answer["active"] is True
    assert len(sent) == 5, sent


def test_a_patch_that_changes_nothing_takes_two_statements(scim, statements, ada):
    scim.patch(ada, op("replace", "displayName", "Ada King"))

    with statements(scim) as sent:
        scim.patch(ada, op("replace", "displayName", "Ada King"))

    assert len(sent) == 2, sent


def test_creating_a_user_takes_five_statements_at_most(scim, statements, ada):
    with statements(scim) as sent:
        answer = scim.post("/Users", user("grace@example.com"))

    assert answer.status == 201
    assert len(sent) <= 5, sent


def test_adding_a_member_takes_four_statements_whatever_the_size_of_the_group(scim, statements, company, group):
    new = TeammateFactory(company=company)

    with statements(scim) as sent:
        answer = scim.patch(group, op("Add", "members", members(new)))

    assert answer.status == 204
    assert len(sent) == 4, sent


@pytest.mark.parametrize("flagged", [False, True])
def test_removing_a_member_takes_four_statements_whatever_the_size_of_the_group(scim, statements, group, ada, flagged):
    removal = op("remove", f'members[value eq "{ada.public_id}"]') if flagged else op("Remove", "members", members(ada))

    with statements(scim) as sent:
        answer = scim.patch(group, removal)

    assert answer.status == 204
    assert not Membership.objects.filter(group=group, teammate=ada).exists()
    assert len(sent) == 4, sent


def test_reading_a_group_without_members_takes_two_statements(scim, statements, group):
    with statements(scim) as sent:
        answer = scim.read(group, "excludedAttributes=members")

    assert "members" not in answer.body
    assert len(sent) == 2, sent


def test_looking_a_group_up_without_members_takes_two_statements(scim, statements, group):
    with statements(scim) as sent:
        answer = scim.find("/Groups", 'displayName eq "everybody"', excludedAttributes="members")

    assert answer.ids == [group.public_id]
    assert len(sent) == 2, sent


def test_a_page_of_users_costs_the_same_for_five_as_for_twenty(scim, statements, ada):
    counts = []
    for count in (5, 20):
        with statements(scim) as sent:
            assert len(scim.get("/Users", {"count": count}).ids) == count
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 4


def test_a_page_of_groups_with_members_costs_the_same_for_two_as_for_three(scim, statements, company, ada):
    TeammateGroupFactory(company=company)
    counts = []
    for count in (2, 3):
        with statements(scim) as sent:
            assert len(scim.get("/Groups", {"count": count}).ids) == count
        counts.append(len(sent))

    assert counts[0] <= counts[1] + 1
    assert max(counts) <= 5
