"""The groups' pages: what is locked while the identity provider manages a group, and what is not."""

from typing import Any

import pytest

from teammates.models import AccessGrant, Company, Event, Management, Membership, TeammateGroup
from teammates.services.companies import update_company
from teammates.services.events import SYSTEM
from tests.factories import InboxFactory, MembershipFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, entered, text

ADD = "/admin/teammates/teammategroup/add/"


@pytest.fixture
def group(company: Company) -> TeammateGroup:
    """A group managed here, with one member."""
    member = TeammateFactory.create(company=company)
    return TeammateGroupFactory.create(company=company, name="Support", with_members=[member])


@pytest.fixture
def managed(company: Company) -> TeammateGroup:
    """A group that the identity provider took over; it has confirmed one of its two members."""
    confirmed, other = TeammateFactory.create_batch(2, company=company)
    group = TeammateGroupFactory.create(company=company, name="Sales", idp=True, with_members=[confirmed])
    MembershipFactory.create(group=group, teammate=other)
    return group


def test_making_a_group_with_members_and_access(admin: Browser, company: Company) -> None:
    people, inbox = TeammateFactory.create_batch(2, company=company), InboxFactory.create(company=company)
    sent = {"name": "Support", "add_members": [person.pk for person in people], "inboxes": [inbox.pk]}
    assert admin.post(ADD, sent).status_code == 302
    group = TeammateGroup.objects.get(company=company)
    assert set(group.members.all()) == set(people)
    assert group.grants.get().inbox == inbox
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "group.created",
        "group.access_changed",
    ]


def test_a_name_that_is_taken_is_an_error_in_the_form(admin: Browser, group: TeammateGroup) -> None:
    before = dump()
    response = admin.post(ADD, {"name": " SUPPORT "})
    assert "A teammate group named SUPPORT already exists" in text(response)
    assert dump() == before


def test_changing_a_group_and_adding_members(admin: Browser, company: Company, group: TeammateGroup) -> None:
    new = TeammateFactory.create(company=company)
    sent = entered(admin.look("change", group)) | {"name": "Care", "description": "People", "add_members": [new.pk]}
    assert admin.save("change", group, **sent).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.description, group.members.count()) == ("Care", "People", 2)


def test_the_members_have_a_list_of_their_own(admin: Browser, group: TeammateGroup) -> None:
    member = group.members.get()
    page = admin.look("changelist", Membership, group__id__exact=group.pk)
    assert f"Members | {group.name} | Teammate groups" in text(page)
    assert member.name in text(page)
    admin.act("remove", group.memberships.get())
    assert not group.members.exists()
    assert Event.objects.get().data["members_removed"] == [member.public_id]


def test_deleting_a_group_says_what_goes_with_it(admin: Browser, group: TeammateGroup) -> None:
    assert "lose what only this group gave them" in text(admin.act("delete", group, confirmed=False))
    assert "Deleted: Support." in text(admin.act("delete", group, from_page="1"))
    assert not TeammateGroup.objects.exists()


# --- managed by the identity provider ---


def test_a_managed_group_says_why_it_is_locked(admin: Browser, managed: TeammateGroup) -> None:
    page = admin.look("change", managed)
    assert "Sales is managed by your identity provider" in text(page)
    assert "turn off Teammate Group Sync" in text(page)
    assert "name" not in entered(page)


def test_name_members_and_deletion_are_locked(admin: Browser, company: Company, managed: TeammateGroup) -> None:
    stranger = TeammateFactory.create(company=company)
    before = dump()
    sent = entered(admin.look("change", managed))
    admin.save("change", managed, **sent, name="Hacked")
    assert dump() == before
    response = admin.save("change", managed, **sent, add_members=[stranger.pk])
    assert response.status_code == 200
    assert "its members cannot be changed here" in text(response)
    assert "IdP-managed groups are deleted in the identity provider" in text(admin.act("delete", managed))
    page = text(admin.act("remove", managed.memberships.get(confirmed=True)))
    assert "your identity provider put them into the group, so they stay until they are removed there" in page
    assert dump() == before


def test_access_stays_open(admin: Browser, company: Company, managed: TeammateGroup) -> None:
    inbox = InboxFactory.create(company=company)
    sent = entered(admin.look("change", managed)) | {"inboxes": [inbox.pk]}
    assert admin.save("change", managed, **sent).status_code == 302
    assert AccessGrant.objects.get(group=managed).inbox == inbox


@pytest.mark.parametrize("from_idp", [True, False])
def test_the_description_is_locked_once_the_identity_provider_sent_one(
    admin: Browser, managed: TeammateGroup, from_idp: bool
) -> None:
    TeammateGroup.objects.filter(pk=managed.pk).update(description="Before", description_from_idp=from_idp)
    sent = entered(admin.look("change", managed)) | {"description": "After"}
    admin.save("change", managed, **sent)
    managed.refresh_from_db()
    assert managed.description == ("Before" if from_idp else "After")


def test_the_question_before_unconfirmed_members_go_names_them(admin: Browser, managed: TeammateGroup) -> None:
    waiting = managed.memberships.get(confirmed=False).teammate
    page = text(admin.act("remove_unconfirmed", managed, confirmed=False))
    assert f"Who leaves {managed.name}: {waiting.name}" in page


def test_only_a_managed_group_says_whose_membership_is_confirmed(
    admin: Browser, group: TeammateGroup, managed: TeammateGroup
) -> None:
    of_the_idp, made_here = (
        text(admin.look("changelist", Membership, group__id__exact=each.pk)) for each in (managed, group)
    )
    assert "Confirmed by" in of_the_idp
    assert "Confirmed by" not in made_here


def test_unconfirmed_members_can_be_removed(admin: Browser, managed: TeammateGroup) -> None:
    kept = managed.memberships.get(confirmed=True).teammate
    page = text(admin.look("change", managed))
    assert "Remove unconfirmed members" in page
    admin.act("remove_unconfirmed", managed, from_page="1")
    assert managed.members.get() == kept
    assert "Remove unconfirmed members" not in text(admin.look("change", managed))


def test_of_the_members_of_a_managed_group_only_unconfirmed_ones_are_removed(
    admin: Browser, managed: TeammateGroup
) -> None:
    kept, waiting = managed.memberships.get(confirmed=True), managed.memberships.get(confirmed=False)

    asked = text(admin.act("remove", kept, waiting, confirmed=False))
    told = text(admin.act("remove", kept, waiting))

    assert f"{kept}: your identity provider put them into the group" in asked
    assert f"Nothing to do for {kept}: your identity provider put them into the group" in told
    assert managed.memberships.get() == kept
    assert Event.objects.get(kind="group.updated").data["members_removed"] == [waiting.teammate.public_id]


def test_where_the_identity_provider_named_everybody_nothing_is_offered(admin: Browser, managed: TeammateGroup) -> None:
    some = admin.look("changelist", Membership, group__id__exact=managed.pk)
    managed.memberships.filter(confirmed=False).delete()
    none = admin.look("changelist", Membership, group__id__exact=managed.pk)

    assert "Remove from the group" in text(some)
    assert "Only members whom it has not named yet can be removed here" in text(some)
    assert "Remove from the group" not in text(none)
    assert "It has named everybody, so members are added and removed there." in text(none)


def test_without_sync_it_is_a_group_like_any_other(admin: Browser, company: Company, managed: TeammateGroup) -> None:
    update_company(company.pk, {"group_sync_enabled": False}, actor=SYSTEM)
    managed.refresh_from_db()
    assert managed.management == Management.DORMANT
    sent = entered(admin.look("change", managed)) | {"name": "Ours"}
    assert admin.save("change", managed, **sent).status_code == 302
    managed.refresh_from_db()
    assert managed.name == "Ours"


def test_support_staff_read_a_group(support: Browser, managed: TeammateGroup) -> None:
    page = support.look("change", managed)
    assert "Sales" in text(page)
    assert "Save" not in text(page)
    sent: dict[str, Any] = {"name": "Hacked"}
    assert support.save("change", managed, **sent).status_code == 403
