"""One group's page: what is locked, what is waiting for a decision, and what happened."""

import re

from teammates.models import Company, TeammateGroup
from teammates.services import groups
from tests.factories import AccessGrantFactory, InboxFactory, MembershipFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import Door, members, op
from tests.teammates.actors import ADMIN
from tests.teammates.admin.conftest import Browser, text


def managed_by_idp(company: Company) -> TeammateGroup:
    """A group as an identity provider makes it, over SCIM."""
    Door.of(company).create_group("Sales")
    return TeammateGroup.objects.get(name="Sales")


def test_a_managed_group_says_by_whom_and_when_it_was_synced(admin: Browser, company: Company) -> None:
    page = text(admin.look("change", managed_by_idp(company)))
    assert "Last change by the identity provider on" in page
    assert "Microsoft Entra ID" in page


def test_only_a_group_that_is_managed_here_offers_an_import(admin: Browser, company: Company) -> None:
    assert "Import from CSV" not in text(admin.look("change", managed_by_idp(company)))
    assert "Import from CSV" in text(admin.look("change", TeammateGroupFactory.create(company=company)))


def test_unconfirmed_members_are_named_with_the_one_action(admin: Browser, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company, idp=True)
    waiting = MembershipFactory.create(group=group).teammate
    page = admin.look("change", group)
    assert "1 member is not confirmed by the identity provider" in text(page)
    assert waiting.login in text(page)
    assert 'form="action-remove_unconfirmed"' in page.content.decode()


def test_access_says_what_it_gives_and_what_is_private(admin: Browser, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company)
    inbox = InboxFactory.create(company=company, is_private=True, name="Complaints")
    AccessGrantFactory.create(group=group, inbox=inbox)
    page = text(admin.look("change", group))
    assert "Every active member reaches these" in page
    assert f"{inbox.workspace.name} / Complaints Private" in page


def test_history_names_everybody_whom_a_take_over_removed(admin: Browser, company: Company) -> None:
    people = [TeammateFactory.create(company=company, display_name=f"P {number}") for number in range(60)]
    group = TeammateGroupFactory.create(company=company, name="Sales", with_members=people)
    Door.of(company).create_group("Sales", members=members(people[0]))
    page = text(admin.look("change", group))
    assert "59 members were removed by its first request (P 1, P 2, P 3 and 56 more)" in page
    told = page[page.index("Members removed: ") :]
    assert all(f"{person.name} ({person.email})" in told for person in people[1:51])
    assert "and 9 more" in told


def test_history_tells_what_the_identity_provider_did(admin: Browser, company: Company) -> None:
    group = managed_by_idp(company)
    ada = TeammateFactory.create(company=company, display_name="Ada")
    Door.of(company).patch(group, op("Add", "members", members(ada)))
    assert "Group Sales: Ada added by Identity provider (Entra)" in text(admin.look("change", group))


def test_history_leads_to_the_requests_of_the_identity_provider(admin: Browser, company: Company) -> None:
    page = admin.look("change", managed_by_idp(company))
    link = re.search(r'href="([^"]+)">See the request', page.content.decode())
    assert link is not None
    assert "Created group Sales" in text(admin.get(link[1], follow=True))


def test_history_of_a_rename_has_before_and_after(admin: Browser, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company, name="Support")
    groups.update_group(company, group.pk, {"name": "Care"}, actor=ADMIN)
    assert "Name Support Care" in text(admin.look("change", group))


def test_deleting_says_how_many_people_it_touches(admin: Browser, company: Company) -> None:
    people = TeammateFactory.create_batch(3, company=company)
    group = TeammateGroupFactory.create(company=company, with_members=people)
    assert "3 people lose what only these groups gave them" in text(admin.act("delete", group, confirmed=False))


def test_deleting_several_counts_each_person_once_and_of_those_groups_only_that_go(
    admin: Browser, company: Company
) -> None:
    shared, first, second, locked = TeammateFactory.create_batch(4, company=company)
    one = TeammateGroupFactory.create(company=company, name="One", with_members=[shared, first])
    two = TeammateGroupFactory.create(company=company, name="Two", with_members=[shared, second])
    sales = TeammateGroupFactory.create(company=company, name="Sales", idp=True, with_members=[shared, locked])

    asked = text(admin.act("delete", one, two, sales, confirmed=False))
    told = text(admin.act("delete", one, two, sales))

    assert "3 people lose what only these groups gave them" in asked
    assert "Sales: IdP-managed groups are deleted in the identity provider" in asked
    assert "Deleted: One, Two." in told
    assert "Nothing to do for Sales: IdP-managed groups are deleted in the identity provider" in told
    assert TeammateGroup.objects.get() == sales


def test_only_the_first_members_are_on_the_page_and_the_others_are_counted(admin: Browser, company: Company) -> None:
    people = TeammateFactory.create_batch(30, company=company)
    group = TeammateGroupFactory.create(company=company, with_members=people)
    page = text(admin.look("change", group))
    assert "30 members" in page
    assert "The first 25 are shown" in page
    assert people[24].login in page
    assert people[25].login not in page
