"""Members over SCIM, in every spelling that was seen: set semantics, all or nothing, only the rows that are named."""

import pytest

from teammates.models import Company, Membership, Notice
from tests.factories import SupportFactory, TeammateFactory, TeammateGroupFactory, TeammateTemplateFactory, make_crowd
from tests.scim.door import group, members, op, path_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(company):
    """Ada and Grace are members, Edsger and Barbara are not."""
    return TeammateFactory.create_batch(4, company=company)


@pytest.fixture
def team(company, people):
    return TeammateGroupFactory(company=company, name="Team", idp=True, with_members=people[:2])


@pytest.fixture
def present(team):
    return lambda: set(team.memberships.values_list("teammate_id", flat=True))


def pks(*people):
    return {person.pk for person in people}


ADDS = {
    "Entra": lambda p: [op("Add", "members", members(*p))],
    "flagged": lambda p: [op("add", "members", [{"value": each.public_id} for each in p])],
    "one each": lambda p: [op("Add", "members", members(each)) for each in p],
    "a bare id each": lambda p: [op("add", "members", each.public_id) for each in p],
    "bare ids": lambda p: [op("add", "members", [each.public_id for each in p])],
    "an object each": lambda p: [op("add", "members", {"value": each.public_id}) for each in p],
    "packed": lambda p: [op("add", None, {"members": members(*p)})],
    "Okta": lambda p: [op("add", "members", [{"value": each.public_id, "display": each.name} for each in p])],
    "qualified": lambda p: [op("Add", "urn:ietf:params:scim:schemas:core:2.0:Group:members", members(*p))],
    "other case": lambda p: [op("ADD", "Members", [{"Value": each.public_id, "Type": "user"} for each in p])],
    "by URL": lambda p: [op("add", "members", [{"$ref": f"https://x/v2/Users/{each.public_id}"} for each in p])],
    "by filter": lambda p: [op("add", f'members[value eq "{e.public_id}"]', {"value": e.public_id}) for e in p],
}


@pytest.mark.parametrize("spelling", ADDS)
def test_members_are_added(scim, events, team, people, present, spelling):
    answer = scim.patch(team, *ADDS[spelling](people[2:]))

    assert (answer.status, answer.content) == (204, b"")
    assert present() == pks(*people)
    (event,) = events("group.updated", about=team)
    assert sorted(event.data["members_added"]) == sorted(person.public_id for person in people[2:])
    assert event.pending


@pytest.mark.parametrize("spelling", ADDS)
def test_adding_members_who_are_there_is_a_success_that_changes_nothing(scim, unchanged, team, people, spelling):
    with unchanged():
        assert scim.patch(team, *ADDS[spelling](people[:2])).status == 204


REMOVES = {
    "Entra": lambda p: [op("Remove", "members", members(*p))],
    "flagged": lambda p: [op("remove", f'members[value eq "{each.public_id}"]') for each in p],
    "flagged, any of": lambda p: [
        op("remove", "members[" + " or ".join(f'value eq "{each.public_id}"' for each in p) + "]")
    ],
    "values without dollar ref": lambda p: [op("remove", "members", [{"value": each.public_id} for each in p])],
    "bare ids": lambda p: [op("remove", "members", [each.public_id for each in p])],
    "a bare id each": lambda p: [op("remove", "members", each.public_id) for each in p],
    "unquoted": lambda p: [op("Remove", f"members[value eq {each.public_id}]") for each in p],
    "in capitals": lambda p: [op("REMOVE", f'MEMBERS[VALUE EQ "{each.public_id}"]') for each in p],
}


@pytest.mark.parametrize("spelling", REMOVES)
def test_only_the_members_named_are_removed(scim, events, team, people, present, spelling):
    scim.patch(team, op("Add", "members", members(*people)))

    answer = scim.patch(team, *REMOVES[spelling](people[:2]))

    assert answer.status == 204
    assert present() == pks(*people[2:])
    assert sorted(events("group.updated")[-1].data["members_removed"]) == sorted(p.public_id for p in people[:2])


@pytest.mark.parametrize("spelling", REMOVES)
def test_removing_a_stranger_is_a_success_that_changes_nothing(scim, unchanged, team, people, spelling):
    with unchanged():
        assert scim.patch(team, *REMOVES[spelling](people[2:])).status == 204


@pytest.mark.parametrize("stranger", ["tea_zzzz", "nonsense", "cir_1", "\u00e9", "x" * 200])
def test_removing_an_unknown_id_changes_nothing(scim, unchanged, team, stranger):
    with unchanged():
        assert scim.patch(team, op("Remove", "members", members(stranger))).status == 204
        assert scim.patch(team, op("remove", f'members[value eq "{stranger}"]')).status == 204


def test_members_can_be_removed_by_another_filter(scim, company, team, people, present):
    named = TeammateFactory(company=company, display_name="Temp Worker")
    scim.patch(team, op("Add", "members", members(named)))

    assert scim.patch(team, op("remove", 'members[display sw "temp"]')).status == 204

    assert present() == pks(*people[:2])


CLEARS = {
    "remove all": [op("Remove", "members")],
    "replace by an empty list": [op("Replace", "members", [])],
    "replace by null": [op("replace", "members", None)],
    "packed": [op("replace", None, {"members": []})],
    "Okta": [op("replace", None, {"members": [], "id": "x", "displayName": "Team"})],
}


@pytest.mark.parametrize("spelling", CLEARS)
def test_without_a_value_or_with_an_empty_one_the_list_is_cleared(scim, team, present, spelling):
    assert scim.patch(team, *CLEARS[spelling]).status == 204

    assert present() == set()


@pytest.mark.parametrize(
    "replacement",
    [
        lambda p: [op("Replace", "members", members(*p))],
        lambda p: [op("replace", None, {"members": members(*p)})],
        lambda p: [op("Remove", "members"), op("Add", "members", members(*p))],
    ],
    ids=["by path", "packed", "cleared and added"],
)
def test_replace_makes_the_list_what_is_sent(scim, events, team, people, present, replacement):
    assert scim.patch(team, *replacement(people[1:3])).status == 204

    assert present() == pks(*people[1:3])
    (event,) = events("group.updated")
    assert event.data["members_added"] == [people[2].public_id]
    assert event.data["members_removed"] == [people[0].public_id]


def test_one_replace_per_person_empties_a_group_down_to_the_last(scim, team, people, present):
    """RFC 7644 says so, however it is meant; a company can read it otherwise."""
    for person in people:
        scim.patch(team, op("Replace", "members", [{"value": person.public_id}]))

    assert present() == pks(people[-1])


def test_a_company_can_read_a_replace_of_one_as_an_add(scim, company, team, people, present):
    Company.objects.filter(pk=company.pk).update(single_replace_adds=True)

    scim.patch(team, op("Replace", "members", [{"value": people[2].public_id}]))
    assert present() == pks(*people[:3])

    scim.patch(team, op("Replace", "members", members(*people[2:])))
    assert present() == pks(*people[2:])
    scim.patch(team, op("Replace", "members", []))
    assert present() == set()


def test_operations_are_done_in_their_order(scim, team, people, present):
    ada, grace, edsger, barbara = people

    scim.patch(
        team,
        op("Remove", "members", members(ada)),
        op("Add", "members", members(ada, edsger)),
        op("Remove", "members", members(edsger)),
        op("Add", "members", members(barbara)),
        op("Replace", "displayName", "Renamed"),
    )

    assert present() == pks(ada, grace, barbara)
    assert scim.read(team)["displayName"] == "Renamed"


def test_a_rename_leaves_the_members_alone(scim, team, people, present):
    scim.patch(team, op("replace", None, {"displayName": "Renamed", "externalId": "x", "id": "ignored"}))

    assert present() == pks(*people[:2])


@pytest.mark.parametrize("spelling", ADDS)
def test_somebody_unknown_undoes_the_whole_patch(scim, unchanged, team, people, spelling):
    class Stranger:
        public_id, name = "tea_zzzz", "Nobody"

    with unchanged():
        answer = scim.patch(
            team,
            op("Replace", "displayName", "Renamed"),
            op("Remove", "members", members(people[0])),
            *ADDS[spelling]([people[2], Stranger]),
        )

    assert answer.refusal == (400, "invalidValue")
    assert "tea_zzzz" in answer["detail"]


def test_what_is_no_teammate_of_the_company_is_no_member(scim, company, other_company, unchanged, team):
    others = [
        TeammateFactory(company=other_company), SupportFactory(), TeammateTemplateFactory(company=company), team,
        TeammateGroupFactory(company=company), company,
    ]  # fmt: skip
    for other in others:
        with unchanged():
            assert scim.patch(team, op("Add", "members", members(other))).refusal == (400, "invalidValue")
            assert scim.put(path_of(team), group("Team", members=members(other))).refusal == (400, "invalidValue")


@pytest.mark.parametrize(
    "member",
    [
        {"value": "cir_1", "type": "Group"},
        {"value": "cir_1", "$ref": "https://x/v2/Groups/cir_1"},
        {"value": "tea_1", "type": "group"},
    ],
)
def test_groups_as_members_are_refused_with_a_word_of_advice(scim, unchanged, team, member):
    with unchanged():
        answer = scim.patch(team, op("Add", "members", [member]))

    assert answer.refusal == (400, "invalidValue")
    assert "Nested groups are not supported" in answer["detail"]


def test_blocked_teammates_may_be_members(scim, company, team):
    blocked = TeammateFactory(company=company, blocked=True)

    scim.patch(team, op("Add", "members", members(blocked)))

    assert blocked.public_id in [member["value"] for member in scim.read(team)["members"]]


@pytest.mark.parametrize(("size", "left", "noticed"), [(10, 4, True), (10, 5, False), (8, 1, False)])
def test_losing_more_than_half_of_a_large_group_raises_a_notice(scim, company, size, left, noticed):
    crowd = TeammateGroupFactory(company=company, idp=True)
    make_crowd(company, size, crowd)
    stay = list(company.teammates.order_by("pk")[:left])

    scim.patch(crowd, op("Replace", "members", members(*stay)))

    assert Notice.objects.filter(kind="group_shrank", subject=crowd.public_id).exists() == noticed


def test_a_thousand_members_come_and_go_in_one_patch(scim, company, team):
    make_crowd(company, 1_000)
    crowd = list(company.teammates.filter(login__contains="crowd"))

    assert scim.patch(team, op("Add", "members", members(*crowd))).status == 204
    assert Membership.objects.filter(group=team).count() == 1_002
    assert scim.patch(team, op("Remove", "members", members(*crowd))).status == 204
    assert Membership.objects.filter(group=team).count() == 2


def test_a_members_attributes_cannot_be_changed_through_the_group(scim, unchanged, team, people):
    with unchanged():
        scim.patch(team, op("Replace", f'members[value eq "{people[0].public_id}"].display', "Other"))
        scim.patch(team, op("Add", "members", [{"value": people[0].public_id, "display": "Other", "type": "User"}]))
