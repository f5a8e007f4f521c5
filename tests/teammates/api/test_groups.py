"""Teammate groups over the REST API: what is managed here is open, what the identity provider manages is locked."""

import pytest

from teammates.models import AccessGrant, Membership, Status, TeammateGroup
from teammates.services.companies import update_company
from teammates.services.departures import delete_teammate, remove_by_idp
from tests.factories import (
    AccessGrantFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)
from tests.teammates.actors import ADMIN, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory.create(company=company)


@pytest.fixture
def grace(company):
    return TeammateFactory.create(company=company)


@pytest.fixture
def group(company, ada):
    return TeammateGroupFactory.create(company=company, name="Support", description="First line", with_members=[ada])


@pytest.fixture
def managed(company, ada):
    return TeammateGroupFactory.create(
        company=company, idp=True, name="Sales", description="From the IdP", description_from_idp=True,
        with_members=[ada],
    )  # fmt: skip


def path(group, rest=""):
    return f"/teammate_groups/{group.public_id}{rest}"


def members(group):
    return set(Membership.objects.filter(group=group).values_list("teammate_id", flat=True))


def granted(group):
    grants = AccessGrant.objects.filter(group=group).select_related("workspace", "inbox")
    return {(grant.workspace or grant.inbox).public_id for grant in grants}


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_group_has_the_names_of_the_core_api(api, group):
    address = f"http://testserver/api{path(group)}"

    assert api.get(path(group)).body == {
        "_links": {
            "self": address,
            "related": {
                "teammates": f"{address}/teammates",
                "teams": f"{address}/teams",
                "inboxes": f"{address}/inboxes",
            },
        },
        "id": group.public_id,
        "name": "Support",
        "description": "First line",
        "is_managed_by_scim": False,
    }


def test_a_group_without_a_description_has_null(api, company):
    assert api.get(path(TeammateGroupFactory.create(company=company)))["description"] is None


def test_who_manages_a_group_is_told_and_changes_with_group_sync(api, company, managed):
    assert api.get(path(managed))["is_managed_by_scim"] is True

    update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)

    assert api.get(path(managed))["is_managed_by_scim"] is False


def test_groups_are_listed_page_by_page(api, company):
    made = [group.public_id for group in TeammateGroupFactory.create_batch(3, company=company)]

    assert [page.ids for page in api.all_pages("/teammate_groups?limit=2")] == [made[:2], made[2:]]


def test_members_are_listed_page_by_page_with_the_blocked_and_without_the_deleted(api, company):
    people = TeammateFactory.create_batch(4, company=company)
    blocked = TeammateFactory.create(company=company, blocked=True)
    group = TeammateGroupFactory.create(company=company, with_members=[blocked, *people])
    Membership.objects.filter(teammate=people[0]).update(confirmed=True)
    people[1].status = Status.DELETED
    people[1].save()

    pages = [page.ids for page in api.all_pages(path(group, "/teammates?limit=2"))]

    assert pages == [[people[0].public_id, people[2].public_id], [people[3].public_id, blocked.public_id]]


# --- creating, changing, deleting -----------------------------------------------------------------------------------


def test_a_group_is_created_with_its_members_and_access(api, company, ada):
    inbox = InboxFactory.create(company=company)
    team = WorkspaceFactory.create(company=company)

    answer = api.post(
        "/teammate_groups",
        {
            "name": " Billing ", "description": "Money", "teammate_ids": [ada.public_id, ada.public_id],
            "team_ids": [team.public_id], "inbox_ids": [inbox.public_id],
        },
    )  # fmt: skip

    made = TeammateGroup.objects.get()
    assert (answer.status, answer["id"], answer["name"]) == (201, made.public_id, "Billing")
    assert answer.headers["Location"] == answer["_links"]["self"]
    assert answer.body == api.get(path(made)).body
    assert (members(made), granted(made)) == ({ada.pk}, {team.public_id, inbox.public_id})


def test_a_group_needs_a_name_only(api):
    assert api.post("/teammate_groups", {"name": "Billing"}).status == 201


def test_a_group_is_not_created_in_part(api, company, ada, unchanged):
    gone = TeammateFactory.create(company=company)
    delete_teammate(company.pk, gone.pk, actor=ADMIN)

    with unchanged():
        answers = [
            api.post("/teammate_groups", {"name": "A", "teammate_ids": [ada.public_id, gone.public_id]}),
            api.post("/teammate_groups", {"name": "A", "teammate_ids": [ada.public_id], "team_ids": ["tim_zz"]}),
            api.post("/teammate_groups", {"name": "A", "inbox_ids": ["inb_zz"]}),
            api.post("/teammate_groups", {"description": "no name"}),
        ]

    assert [answer.status for answer in answers] == [400] * 4
    assert [gone.public_id in answers[0].details, "tim_zz" in answers[1].details, "inb_zz" in answers[2].details] == [
        True, True, True,
    ]  # fmt: skip


def test_name_and_description_can_be_changed_and_the_description_taken(api, group, last_event):
    assert api.patch(path(group), {"name": "Second line", "description": None}).status == 204

    shown = api.get(path(group))
    assert (shown["name"], shown["description"]) == ("Second line", None)
    assert last_event().data["before"] == {"name": "Support", "description": "First line"}


def test_a_change_of_nothing_is_no_event(api, group, unchanged):
    with unchanged():
        assert api.patch(path(group), {"name": "Support", "description": "First line"}).status == 204
        assert api.patch(path(group), {}).status == 204


def test_a_name_that_another_group_has_is_refused(api, company, group, unchanged):
    TeammateGroupFactory.create(company=company, name="Billing")

    with unchanged():
        assert api.patch(path(group), {"name": "billing"}).status == 409


def test_members_are_not_changed_beside_the_list_of_members(api, group, unchanged):
    with unchanged():
        answer = api.patch(path(group), {"teammate_ids": [], "is_managed_by_scim": True})

    assert answer.status == 400
    assert "teammate_ids" in answer.details
    assert "is_managed_by_scim" in answer.details


def test_a_group_is_deleted(api, group):
    assert api.delete(path(group)).status == 204
    assert api.get(path(group)).status == 404
    assert api.delete(path(group)).status == 404


# --- members ---------------------------------------------------------------------------------------------------------


def test_members_come_and_go(api, group, ada, grace):
    assert api.post(path(group, "/teammates"), {"teammate_ids": [grace.public_id]}).status == 204
    assert members(group) == {ada.pk, grace.pk}

    assert api.delete(path(group, "/teammates"), {"teammate_ids": [ada.public_id]}).status == 204
    assert members(group) == {grace.pk}


def test_adding_twice_and_removing_a_stranger_change_nothing(api, group, ada, grace, unchanged):
    with unchanged():
        answers = [
            api.post(path(group, "/teammates"), {"teammate_ids": [ada.public_id, ada.public_id]}),
            api.delete(path(group, "/teammates"), {"teammate_ids": [grace.public_id, "tea_zzzz"]}),
            api.post(path(group, "/teammates"), {"teammate_ids": []}),
        ]

    assert [answer.status for answer in answers] == [204] * 3


def test_one_unknown_member_refuses_all(api, group, grace, unchanged):
    with unchanged():
        answer = api.post(path(group, "/teammates"), {"teammate_ids": [grace.public_id, "tea_zzzz"]})

    assert answer.status == 400
    assert "tea_zzzz" in answer.details
    assert grace.public_id not in answer.details


def test_whom_the_identity_provider_removed_cannot_be_added(api, company, group, grace, unchanged):
    remove_by_idp(company.pk, grace.pk, actor=idp())

    with unchanged():
        assert api.post(path(group, "/teammates"), {"teammate_ids": [grace.public_id]}).status == 400


# --- teams and inboxes -------------------------------------------------------------------------------------------


def test_teams_are_granted_and_taken(api, company, group):
    team = WorkspaceFactory.create(company=company)

    assert api.post(path(group, "/teams"), {"team_ids": [team.public_id]}).status == 204
    assert api.get(path(group, "/teams")).ids == [team.public_id]

    assert api.delete(path(group, "/teams"), {"team_ids": [team.public_id]}).status == 204
    assert api.get(path(group, "/teams")).ids == []


def test_inboxes_are_granted_and_taken_one_by_one(api, company, group):
    inbox, other = InboxFactory.create_batch(2, company=company)
    api.post(path(group, "/inboxes"), {"inbox_ids": [inbox.public_id, other.public_id]})
    assert api.get(path(group, "/inboxes")).ids == [inbox.public_id, other.public_id]

    assert api.delete(path(group, "/inboxes"), {"inbox_ids": [inbox.public_id]}).status == 204
    assert api.get(path(group, "/inboxes")).ids == [other.public_id]


def test_a_team_brings_its_inboxes_but_not_the_private_ones(api, company, group):
    team = WorkspaceFactory.create(company=company)
    public = InboxFactory.create(company=company, workspace=team)
    InboxFactory.create(company=company, workspace=team, is_private=True)

    api.post(path(group, "/teams"), {"team_ids": [team.public_id]})

    assert api.get(path(group, "/inboxes")).ids == [public.public_id]


def test_an_inbox_that_came_with_its_team_is_not_taken_alone(api, company, group, unchanged):
    inbox, single = InboxFactory.create_batch(2, company=company)
    AccessGrantFactory.create(group=group, workspace=inbox.workspace)
    AccessGrantFactory.create(group=group, inbox=single)

    with unchanged():
        answer = api.delete(path(group, "/inboxes"), {"inbox_ids": [single.public_id, inbox.public_id]})

    assert answer.status == 409
    assert inbox.name in answer.message
    assert "Take the team from the group" in answer.message


def test_granting_twice_and_taking_what_was_not_granted_change_nothing(api, company, group, unchanged):
    inbox, other = InboxFactory.create_batch(2, company=company)
    AccessGrantFactory.create(group=group, inbox=inbox)

    with unchanged():
        answers = [
            api.post(path(group, "/inboxes"), {"inbox_ids": [inbox.public_id]}),
            api.delete(path(group, "/inboxes"), {"inbox_ids": [other.public_id, "inb_zzzz"]}),
            api.delete(path(group, "/teams"), {"team_ids": [other.workspace.public_id]}),
        ]

    assert [answer.status for answer in answers] == [204] * 3


def test_one_unknown_place_refuses_all(api, company, group, unchanged):
    inbox = InboxFactory.create(company=company)

    with unchanged():
        inboxes = api.post(path(group, "/inboxes"), {"inbox_ids": [inbox.public_id, "inb_zzzz"]})
        teams = api.post(path(group, "/teams"), {"team_ids": [inbox.workspace.public_id, "tim_zzzz"]})

    assert (inboxes.status, inboxes.details) == (400, "inbox_ids: inb_zzzz does not exist in this company.")
    assert (teams.status, teams.details) == (400, "team_ids: tim_zzzz does not exist in this company.")


# --- managed by the identity provider -----------------------------------------------------------------------------

LOCKED = {
    "rename": ("PATCH", "", {"name": "Other"}),
    "describe": ("PATCH", "", {"description": "Other"}),
    "rename and describe": ("PATCH", "", {"name": "Other", "description": "Other"}),
    "add a member": ("POST", "/teammates", {"teammate_ids": ["{grace}"]}),
    "add nobody": ("POST", "/teammates", {"teammate_ids": []}),
    "add a stranger": ("POST", "/teammates", {"teammate_ids": ["tea_zzzz"]}),
    "remove a member": ("DELETE", "/teammates", {"teammate_ids": ["{ada}"]}),
    "delete": ("DELETE", "", None),
}


@pytest.mark.parametrize("change", LOCKED)
def test_a_managed_group_is_locked_with_a_text_that_says_where_to_go(api, managed, ada, grace, unchanged, change):
    method, rest, body = LOCKED[change]
    if body and "teammate_ids" in body:
        ids = {"{grace}": grace.public_id, "{ada}": ada.public_id}
        body = {"teammate_ids": [ids.get(public_id, public_id) for public_id in body["teammate_ids"]]}

    with unchanged():
        answer = api.send(method, path(managed, rest), body)

    assert answer.status == 409
    assert answer.message.startswith("Sales is managed by your identity provider, so")
    assert "Change it in the identity provider, or turn off Teammate Group Sync" in answer.message


def test_what_a_managed_group_gives_access_to_stays_open(api, company, managed):
    inbox = InboxFactory.create(company=company)
    team = WorkspaceFactory.create(company=company)

    answers = [
        api.post(path(managed, "/teams"), {"team_ids": [team.public_id]}),
        api.post(path(managed, "/inboxes"), {"inbox_ids": [inbox.public_id]}),
        api.delete(path(managed, "/teams"), {"team_ids": [team.public_id]}),
    ]

    assert [answer.status for answer in answers] == [204] * 3
    assert granted(managed) == {inbox.public_id}


def test_a_description_the_identity_provider_never_sent_is_open(api, company):
    managed = TeammateGroupFactory.create(company=company, idp=True)

    assert api.patch(path(managed), {"description": "Ours"}).status == 204


def test_repeating_a_managed_name_is_no_change_and_no_refusal(api, managed, unchanged):
    with unchanged():
        assert api.patch(path(managed), {"name": "Sales"}).status == 204


def test_without_group_sync_the_group_is_open_again(api, company, managed, ada, grace):
    update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)

    answers = [
        api.patch(path(managed), {"name": "Other", "description": "Ours"}),
        api.post(path(managed, "/teammates"), {"teammate_ids": [grace.public_id]}),
        api.delete(path(managed, "/teammates"), {"teammate_ids": [ada.public_id]}),
        api.delete(path(managed)),
    ]

    assert [answer.status for answer in answers] == [204] * 4
