"""Support staff: find a company and a person, say why somebody was blocked, and the three things they may change."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.journeys.conftest import Come
from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company

REASON = "Asked for in ticket 4711"


def look_at(support: Person, company: Company) -> None:
    support.go("Companies")
    support.search_here(company.card["slug"])
    support.press(f"Look at {company.card['company_name']}")


def is_told_of_it(come: Come, company: Company, what: str) -> None:
    """The company's admin: a notice with the reason, who gave it, and the way to the event; then they put it away."""
    admin = come(company.card["admin_email"], company.card["admin_password"])
    admin.go("Notices")
    notice = admin.row("Support staff changed something")
    expect(notice).to_contain_text(REASON)
    admin.follow("The entry in the audit log", within=notice)
    admin.sees(what, REASON, "Support staff")
    admin.go("Notices")
    notice.get_by_role("checkbox", name="Select this row").check()
    admin.page.get_by_role("combobox", name="Action").select_option("Close")
    admin.press("Run")
    admin.press("Close")
    expect(admin.row(REASON)).to_have_count(0)


def test_why_was_this_person_blocked(support: Person, company: Company) -> None:
    """Ctrl K, the person, History: by whom, when, and what was asked."""
    login = f"ada@{company.card['slug']}.test"
    person = company.create_user(login).json()["id"]
    company.patch(f"/Users/{person}", "Replace", "active", "False")
    support.search_everything(login)
    hit = support.page.get_by_role("link", name=login)
    expect(hit).to_contain_text("Blocked")
    expect(hit).to_contain_text(company.card["company_name"])
    hit.click()
    history = support.look_at("History")
    support.sees(f"Blocked {login}", "by Identity provider", within=history)
    support.follow("See the request", within=history)
    support.sees('"active": false')


def test_one_company_is_looked_at_and_left(support: Person, company: Company) -> None:
    look_at(support, company)
    support.sees(f"Every list and search shows {company.card['company_name']} only.")
    expect(support.page.get_by_role("row")).to_have_count(2)  # the heading, and the company's admin
    support.press(f"Leave {company.card['company_name']}")
    support.sees("You look at all companies.")


def test_group_sync_is_turned_on_with_a_reason(support: Person, company: Company, come: Come) -> None:
    look_at(support, company)
    support.go("Teammates", "User provisioning")
    support.follow("Turn on…")
    support.press("Turn on")
    support.sees("This field is required.")
    support.enter({"Reason": REASON})
    support.press("Turn on")
    support.is_told("Teammate Group Sync is on")
    assert company.send("POST", "/Groups", {"displayName": "Sales"}).status_code == 201
    is_told_of_it(come, company, "Teammate Group Sync")


def test_the_address_of_a_deleted_teammate_is_released_with_a_reason(
    support: Person, company: Company, come: Come
) -> None:
    login = f"ada@{company.card['slug']}.test"
    company.create_user(login)
    admin = come(company.card["admin_email"], company.card["admin_password"])
    admin.follow(login)
    admin.press("Delete")
    admin.press("Delete")
    assert "Support can release it" in company.create_user(login).text

    support.search_everything(login)
    support.page.get_by_role("link", name=login).click()
    support.press("Release the address")
    support.press("Release the address")
    support.sees("This field is required.")
    support.enter({"Reason": REASON})
    support.press("Release the address")
    support.is_told("The address can be used again")
    assert company.create_user(login).status_code == 201
    is_told_of_it(come, company, login)


@pytest.mark.company("--plan", "starter")
def test_user_provisioning_is_allowed_on_a_legacy_plan_with_a_reason(
    support: Person, company: Company, come: Come
) -> None:
    assert company.create_user("ada@journey.test").status_code == 403
    support.search_here(company.card["slug"])
    support.follow(re.compile(f"^{company.card['company_name']}$"))
    support.page.get_by_label("SCIM allowed on this plan").check()
    support.save()
    support.sees("This field is required.")
    support.enter({"Reason": REASON})
    support.save()
    support.is_told("was changed successfully")
    assert company.create_user("ada@journey.test").status_code == 201
    is_told_of_it(come, company, "SCIM allowed on this plan")
