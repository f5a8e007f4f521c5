"""Teammates: invited, blocked, unblocked and deleted, here and by the identity provider."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.journeys.conftest import Come
from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company


def open_person(person: Person, name: str) -> None:
    person.go("Teammates")
    person.follow(name)


@pytest.mark.company("--template", "Support squad")
def test_somebody_is_added_by_hand_with_a_template(admin: Person) -> None:
    admin.go("Teammates")
    admin.follow("Add teammate")
    admin.sees("A new teammate takes a licence.", "99 left")
    admin.enter({"E-mail": "grace@journey.test", "First name": "Grace", "Last name": "Hopper"})
    admin.field("Template").select_option("Support squad")
    admin.save()
    admin.is_told("was added successfully")
    expect(admin.row("Grace Hopper")).to_contain_text("By hand")
    expect(admin.row("Grace Hopper")).to_contain_text("Support squad")


def test_somebody_joins_a_group_on_their_own_page(admin: Person, company: Company) -> None:
    company.create_user("ada@journey.test")
    admin.go("Teammates", "Teammate groups")
    admin.follow("Add teammate group")
    admin.enter({"Name": "Night shift"})
    admin.page.keyboard.press("Enter")
    admin.is_told("was added successfully")
    open_person(admin, "ada@journey.test")
    admin.look_at("Teammate groups")
    admin.choose("Add to teammate groups", "Night shift")
    admin.press("Save and continue editing")
    admin.is_told("was changed successfully")
    admin.sees("Night shift", within=admin.page.get_by_role("tabpanel", name="Teammate groups"))
    admin.go("Teammates")
    expect(admin.row("ada@journey.test")).to_contain_text("Night shift")
    assert "ada@journey.test" in admin.download("Export as CSV")


def test_who_is_not_found_is_looked_for_elsewhere(admin: Person) -> None:
    admin.search_everything("turing")
    admin.sees("Nothing found for “turing”.", "Look in the audit log")
    admin.page.keyboard.press("Enter")
    admin.sees("Nothing matches these filters.")
    admin.search_everything("group sync")
    admin.page.get_by_role("link", name="Teammate Group Sync").wait_for()
    admin.page.keyboard.press("Enter")
    admin.sees("Turn Teammate Group Sync on?")


def test_one_is_blocked_unblocked_and_deleted(admin: Person, company: Company) -> None:
    company.create_user("ada@journey.test")
    open_person(admin, "ada@journey.test")
    admin.press("Block")
    admin.sees("They are signed out at once and cannot sign in", "This frees 1 licence.")
    admin.enter({"Reason (optional)": "Left the company"})
    admin.press("Block")
    admin.is_told("Blocked: ada@journey.test.")
    admin.sees("Blocked by Admin", ": Left the company. The entry in the audit log")
    admin.sees("by Admin", "Takes none: free for somebody else", within=admin.look_at("Overview"))
    admin.press("Unblock")
    admin.sees("This takes 1 licence. 1 of 100 licences are taken, 99 left.")
    admin.press("Unblock")
    admin.is_told("Unblocked: ada@journey.test.")
    admin.press("Delete")
    admin.sees("This cannot be undone.", "their address stays reserved", "block instead")
    admin.press("Delete")
    admin.is_told("Deleted: ada@journey.test.")
    admin.sees("Deleted by Admin", "The address stays reserved until support releases it")


def test_many_are_blocked_at_once(admin: Person, company: Company) -> None:
    """Each is decided by itself: the last admin among them is refused, and stops nobody else."""
    for login in ("ada@journey.test", "bob@journey.test"):
        company.create_user(login)
    admin.page.reload()
    admin.page.get_by_role("checkbox", name="Select all").check()
    admin.page.get_by_role("combobox", name="Action").select_option("Block")
    admin.press("Run")
    admin.sees(
        "This frees 2 licences.", "will be refused. Make another teammate a company admin first", "ada@journey.test"
    )
    admin.press("Block")
    admin.is_told("Blocked: ada@journey.test, bob@journey.test.")
    admin.is_told(
        "is the last company admin who can sign in, and can neither be blocked nor removed nor made a plain teammate."
    )
    expect(admin.row("bob@journey.test")).to_contain_text("Blocked")


def test_the_last_admin_stays(admin: Person, company: Company) -> None:
    admin.follow(re.compile("^Admin "))
    admin.sees("Make another teammate a company admin first")
    for act in ("Block", "Delete"):
        expect(admin.page.get_by_role("button", name=act, exact=True)).to_have_count(0)
    admin.look_at("Overview").get_by_label("Company admin").uncheck()
    admin.save()
    admin.sees("is the last company admin who can sign in", "Make another teammate a company admin first")


def test_the_identity_provider_blocks_somebody(admin: Person, company: Company) -> None:
    """Who, when, why: on their page, with the way to the request."""
    person = company.create_user("ada@journey.test").json()["id"]
    company.patch(f"/Users/{person}", "Replace", "active", "False")
    admin.page.reload()
    expect(admin.row("ada@journey.test")).to_contain_text("Blocked")
    admin.follow("ada@journey.test")
    admin.sees("by Identity provider", within=admin.look_at("Overview"))
    history = admin.look_at("History")
    admin.sees("Blocked ada@journey.test; licence freed", within=history)
    entry = history.get_by_role("listitem").first
    admin.follow("See the request", within=entry)
    admin.sees('"path": "active"', '"active": false')


def test_an_admin_who_is_blocked_is_out_at_the_next_click(admin: Person, company: Company, come: Come) -> None:
    """And hears why when signing in again, and whom to ask. Nobody is while no other admin can sign in."""
    admin.go("Teammates")
    admin.follow("Add teammate")
    admin.enter({"E-mail": "second@journey.test"})
    admin.page.get_by_label("Company admin").check()
    admin.save()
    admin.is_told("An e-mail with a link to set their password goes to second@journey.test.")

    found = company.send("GET", "/Users", filter=f'userName eq "{company.card["admin_email"]}"').json()["Resources"]
    refused = company.patch(f"/Users/{found[0]['id']}", "Replace", "active", False)
    assert refused.status_code == 400
    assert "second@journey.test is a company admin and has not set a password yet" in refused.json()["detail"]
    open_person(admin, "second@journey.test")
    admin.press("Set a new password")
    admin.press("Set a new password")
    admin.sees("Copy this now")
    assert company.patch(f"/Users/{found[0]['id']}", "Replace", "active", False).status_code == 200
    admin.follow("API tokens")
    admin.sees("Sign in to your company settings")
    admin.signs_in(company.card["admin_email"], company.card["admin_password"])
    admin.sees("is blocked. Ask a company admin: they see when it was blocked and by whom")
    admin.forgives("403 (Forbidden)")


@pytest.mark.company("--seats", "2")
def test_no_licence_is_left_until_there_is_one(admin: Person, company: Company) -> None:
    company.create_user("ada@journey.test")
    refused = company.create_user("bob@journey.test")
    assert refused.status_code == 400
    admin.page.reload()
    notice = admin.page.get_by_role("region", name="Notice")
    admin.sees("Block somebody who no longer needs access", "ask support for more licences", within=notice)
    admin.follow("Plan and licences", within=notice)
    admin.sees("2 of 2")
    open_person(admin, "ada@journey.test")
    admin.press("Block")
    admin.press("Block")
    admin.is_told("Blocked: ada@journey.test.")
    expect(notice).to_have_count(0)
    assert company.create_user("bob@journey.test").status_code == 201


@pytest.mark.company("--seats", "1")
def test_a_notice_is_dismissed_until_it_happens_again(admin: Person, company: Company) -> None:
    notice = admin.page.get_by_role("region", name="Notice")
    assert company.create_user("ada@journey.test").status_code == 400
    admin.page.reload()
    admin.press("Dismiss", within=notice)
    admin.sees("Add teammate")
    expect(notice).to_have_count(0)
    admin.go("Notices")
    admin.sees("Nothing needs you")
    admin.press("Filters")
    admin.follow("Closed")
    expect(admin.row("No licence left")).to_contain_text("1")

    assert company.create_user("ada@journey.test").status_code == 400
    admin.page.reload()
    admin.sees("No licence left", within=notice)
