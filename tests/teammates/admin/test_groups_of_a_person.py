"""The teammate groups of one person, on their page: which can be joined there, and how one is left."""

import re
from urllib.parse import parse_qsl

import pytest

from teammates.models import Company, Event, Membership, Teammate
from tests.factories import MembershipFactory, TeammateFactory, TeammateGroupFactory
from tests.teammates.admin.conftest import Browser, text, url_of


@pytest.fixture
def ada(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, first_name="Ada", last_name="Lovelace")


def test_only_groups_that_can_be_joined_by_hand_are_offered(
    admin: Browser, company: Company, other_company: Company, ada: Teammate
) -> None:
    TeammateGroupFactory.create(company=company, name="Night shift")
    TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    TeammateGroupFactory.create(company=other_company, name="Theirs")

    def offered(term: str = "") -> list[str]:
        (field,) = re.findall(r'<select[^>]*name="join_groups"[^>]*>', admin.look("change", ada).content.decode())
        (query,) = re.findall(r'data-ajax--url="[^"?]*\?([^"]*)"', field)
        found = admin.choices("teammates.membership", "group", term, **dict(parse_qsl(query)))
        return [choice["text"] for choice in found.json()["results"]]

    assert offered() == ["Night shift"]
    assert offered("sal") == ["Nothing found for “sal” among the groups managed here."]
    assert "IdP-managed groups are not offered" in text(admin.look("change", ada))
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=False)
    assert offered("sal") == ["Sales"], "without group sync the company decides again"


def test_somebody_leaves_a_group_on_their_own_page(
    admin: Browser, admin_person: Teammate, company: Company, ada: Teammate
) -> None:
    desk = TeammateGroupFactory.create(company=company, name="Desk", with_members=[ada])
    membership = desk.memberships.get()
    page = admin.look("change", ada).content.decode()
    assert f'<form method="post" action="{url_of("changelist", Membership)}" id="remove-membership">' in page
    (button,) = re.findall(r'<button[^>]*form="remove-membership"[^>]*>', page)
    assert f'name="_selected_action" value="{membership.pk}"' in button

    asked = admin.act("remove", membership, confirmed=False, from_page="1")
    assert "They lose what only this group gave them." in text(asked)
    assert set(desk.members.all()) == {ada}
    assert asked.context["back"] == url_of("change", ada) + "#teammate-groups"

    told = admin.act("remove", membership, from_page="1")
    assert told.redirect_chain == [(url_of("change", ada) + "#teammate-groups", 302)]
    assert f"Removed from the group: {ada} in Desk." in text(told)
    event = Event.objects.get(company=company, kind="group.updated", subject=desk.public_id)
    assert (event.actor_id, event.data["members_removed"]) == (admin_person.public_id, [ada.public_id])


def test_a_managed_group_is_left_in_the_identity_provider_and_that_stands_beside_it(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    sales = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    membership = MembershipFactory.create(group=sales, teammate=ada, confirmed=True)
    page = admin.look("change", ada)
    assert "Only in your identity provider" in text(page)
    assert 'form="remove-membership"' not in page.content.decode()

    told = admin.act("remove", membership, from_page="1")

    assert "Nothing to do for" in text(told)
    assert "so they stay until they are removed there" in text(told)
    assert set(sales.members.all()) == {ada}


def test_whom_the_identity_provider_has_not_named_leaves_a_managed_group_here(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    sales = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    membership = MembershipFactory.create(group=sales, teammate=ada, confirmed=False)
    assert 'form="remove-membership"' in admin.look("change", ada).content.decode()
    admin.act("remove", membership, from_page="1")
    assert not sales.members.exists()


def test_support_staff_remove_nobody_from_a_group(support: Browser, company: Company, ada: Teammate) -> None:
    desk = TeammateGroupFactory.create(company=company, name="Desk", with_members=[ada])
    assert 'form="remove-membership"' not in support.look("change", ada).content.decode()
    support.act("remove", desk.memberships.get(), from_page="1")
    assert set(desk.members.all()) == {ada}
