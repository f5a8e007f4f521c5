"""Groups that wait for the identity provider after group sync was turned off and on again: what people are told."""

from typing import Any

import pytest

from teammates.models import Company, Management, Plan, TeammateGroup
from teammates.services.companies import update_company
from teammates.services.events import SYSTEM
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import Door, members, op
from tests.teammates.admin.conftest import Browser, entered, text

PAGE = "/admin/user-provisioning/"
SYNC = "/admin/user-provisioning/group-sync/"
MARK = "Waits for the identity provider"


@pytest.fixture
def waiting(admin: Browser, company: Company) -> TeammateGroup:
    """A group of the identity provider's, which has written nothing since an admin turned group sync off and on."""
    Door.of(company).create_group("Sales")
    for enable in ("no", "yes"):
        admin.post(SYNC, {"enable": enable}, follow=True)
    return TeammateGroup.objects.get(name="Sales")


@pytest.fixture
def made_here(company: Company) -> TeammateGroup:
    return TeammateGroupFactory.create(company=company, name="Support")


def listed(browser: Browser, **filters: str) -> list[str]:
    page = browser.look("changelist", TeammateGroup, **filters)
    return [group.name for group in page.context["cl"].result_list]


def set_company(company: Company, **changes: Any) -> None:
    update_company(company.pk, changes, actor=SYSTEM)


# --- the group's page ---


def test_its_page_says_what_it_waits_for_and_what_brings_it(admin: Browser, waiting: TeammateGroup) -> None:
    page = text(admin.look("change", waiting))
    assert "Sales waits for the identity provider, which managed it before" in page
    assert "managed here until the identity provider's next write to it" in page
    assert "“Restart provisioning”" in page
    assert "Keep its name: a new one stays until the identity provider sends the name again" in page
    assert "Deleted here, it is made anew by the identity provider" in page
    assert "after it is turned on" not in page


def test_the_next_write_ends_the_waiting(admin: Browser, company: Company, waiting: TeammateGroup) -> None:
    Door.of(company).patch(waiting, op("Replace", "displayName", "Sales"))
    page = text(admin.look("change", waiting))
    assert "waits for the identity provider" not in page
    assert "Sales is managed by your identity provider" in page


def test_while_sync_is_off_it_waits_for_nothing_but_that(
    admin: Browser, company: Company, waiting: TeammateGroup
) -> None:
    set_company(company, group_sync_enabled=False)
    page = text(admin.look("change", waiting))
    assert "waits for the identity provider" not in page
    assert "will be again at the identity provider's next write to it after it is turned on" in page


def test_after_the_plan_lapsed_the_page_names_the_plan(admin: Browser, company: Company) -> None:
    Door.of(company).create_group("Sales")
    set_company(company, plan=Plan.STARTER)
    sales = TeammateGroup.objects.get(name="Sales")
    page = text(admin.look("change", sales))
    assert sales.management == Management.IDP
    assert "manages it again as soon as the plan includes user provisioning" in page
    assert "waits for the identity provider" not in page


def test_a_waiting_group_under_a_lapsed_plan_needs_the_plan_first(
    admin: Browser, company: Company, waiting: TeammateGroup
) -> None:
    set_company(company, plan=Plan.STARTER)
    page = text(admin.look("change", waiting))
    assert "next write to it, once the plan includes user provisioning" in page
    assert "waits for the identity provider" not in page


def test_a_group_that_was_never_managed_says_nothing_of_it(admin: Browser, made_here: TeammateGroup) -> None:
    page = text(admin.look("change", made_here))
    assert "was IdP-managed" not in page
    assert "waits for" not in page


# --- the list of groups ---


def test_the_list_marks_those_that_wait(admin: Browser, waiting: TeammateGroup, made_here: TeammateGroup) -> None:
    page = text(admin.look("changelist", TeammateGroup, management="dormant"))
    assert f"Managed here {MARK}" in page
    assert f"Managed here {MARK}" not in text(admin.look("changelist", TeammateGroup, q="Support"))


def test_the_list_is_filtered_by_who_manages_a_group_now(
    admin: Browser, company: Company, waiting: TeammateGroup, made_here: TeammateGroup
) -> None:
    Door.of(company).create_group("Crew")
    assert listed(admin, management="dormant") == ["Sales"]
    assert listed(admin, management="front") == ["Sales", "Support"]
    assert listed(admin, management="idp") == ["Crew"]
    set_company(company, plan=Plan.STARTER)
    assert listed(admin, management="front") == ["Crew", "Sales", "Support"]
    assert listed(admin, management="idp") == []


def test_while_sync_is_off_the_filter_says_what_they_were(
    admin: Browser, company: Company, waiting: TeammateGroup
) -> None:
    set_company(company, group_sync_enabled=False)
    page = text(admin.look("changelist", TeammateGroup, management="dormant"))
    assert "Was IdP-managed" in page
    assert MARK not in page
    assert "Sales" in page


# --- deleting ---


def test_deleting_says_what_follows_at_the_identity_provider(
    admin: Browser, waiting: TeammateGroup, made_here: TeammateGroup
) -> None:
    asked = text(admin.act("delete", waiting, made_here, confirmed=False))
    assert "The identity provider may still have Sales. It then makes the group anew, without the access" in asked
    assert "The identity provider may still have" not in text(admin.act("delete", made_here, confirmed=False))


def test_deleted_here_it_is_made_anew(admin: Browser, company: Company, waiting: TeammateGroup) -> None:
    admin.act("delete", waiting)
    made = Door.of(company).create_group("Sales")
    anew = TeammateGroup.objects.get(name="Sales")
    assert (made.status, anew.management, anew.pk != waiting.pk) == (201, Management.IDP, True)


def test_renamed_here_it_keeps_the_name_and_a_restart_makes_a_second_one(
    admin: Browser, company: Company, waiting: TeammateGroup
) -> None:
    scim, ada = Door.of(company), TeammateFactory.create(company=company)
    admin.save("change", waiting, **entered(admin.look("change", waiting)) | {"name": "Ours"})

    scim.create_group("Sales")  # as after a restart, which looked for it by its name
    scim.patch(waiting, op("Add", "members", members(ada)))  # as without one

    assert sorted(TeammateGroup.objects.values_list("name", "management")) == [("Ours", "idp"), ("Sales", "idp")]


# --- turning it on ---


def test_before_and_after_turning_it_on_the_number_is_said_with_the_way_to_them(
    admin: Browser, company: Company, made_here: TeammateGroup
) -> None:
    for name in ("Sales", "Crew"):
        Door.of(company).create_group(name)
    admin.post(SYNC, {"enable": "no"})

    before = admin.get(SYNC)
    after = admin.post(SYNC, {"enable": "yes"}, follow=True)

    for page in (before, after):
        assert "2 teammate groups were IdP-managed before" in text(page)
        assert "“Restart provisioning”" in text(page)
        assert "/admin/teammates/teammategroup/?management=dormant" in page.content.decode()


def test_where_none_waits_nothing_is_said_of_it(admin: Browser, company: Company, made_here: TeammateGroup) -> None:
    set_company(company, group_sync_enabled=False)
    assert "IdP-managed before" not in text(admin.get(SYNC))
    page = text(admin.post(SYNC, {"enable": "yes"}, follow=True))
    assert "groups arrive with the next cycle." in page
    assert "IdP-managed before" not in page


def test_the_page_goes_on_saying_it_until_none_waits(admin: Browser, company: Company, waiting: TeammateGroup) -> None:
    assert "1 teammate group was IdP-managed before" in text(admin.get(PAGE))
    Door.of(company).patch(waiting, op("Replace", "displayName", "Sales"))
    assert "IdP-managed before" not in text(admin.get(PAGE))


def test_support_staff_are_told_the_same_and_led_to_the_groups_of_that_company(
    support: Browser, company: Company, waiting: TeammateGroup
) -> None:
    TeammateGroup.objects.filter(pk=TeammateGroupFactory.create().pk).update(management=Management.DORMANT)
    query = f"?company={company.public_id}"
    support.post(SYNC + query, {"enable": "no", "reason": "Ticket 7"})

    before = support.get(SYNC + query)
    after = support.post(SYNC + query, {"enable": "yes", "reason": "Ticket 7"}, follow=True)

    for page in (before, after):
        assert "1 teammate group was IdP-managed before" in text(page)
        assert f"company__id__exact={company.pk}&amp;management=dormant" in page.content.decode()
    assert listed(support, company__id__exact=str(company.pk), management="dormant") == ["Sales"]
