"""The guide's part 5: the switch, a group that the identity provider takes over, and what stays the admin's."""

import pytest
from playwright.sync_api import expect

from tests.e2e.installation import wait_until
from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company
from tests.scim.door import DESCRIPTION


def make_group(person: Person, name: str, *members: str) -> None:
    person.go("Teammates", "Teammate groups")
    person.follow("Add teammate group")
    person.enter({"Name": name})
    person.choose("Add members", *members)
    person.save()
    person.is_told("was added successfully")


def open_group(person: Person, name: str) -> None:
    person.go("Teammates", "Teammate groups")
    person.follow(name)


def test_a_group_made_here_becomes_idp_managed(admin: Person, company: Company) -> None:
    ada = company.create_user("ada@journey.test").json()["id"]
    company.create_user("bob@journey.test")
    make_group(admin, "Sales", "ada@journey.test", "bob@journey.test", "Admin")
    pushed = {"displayName": "sales", "members": [{"value": ada}]}
    assert "Teammate Group Sync is turned off" in company.send("POST", "/Groups", pushed).text

    admin.go("Teammates", "User provisioning")
    admin.follow("Turn on…")
    admin.sees("Turn Teammate Group Sync on?", "Check first that everybody in a teammate group is also in the group")
    expect(admin.row("Sales")).to_contain_text("3")
    expect(admin.row("Sales")).to_contain_text("admin@")  # the one member whom no identity provider provisioned
    admin.press("Turn on")
    admin.is_told("Teammate Group Sync is on: groups arrive with the next cycle.")

    found = company.send("GET", "/Groups", filter='displayName eq "sales"').json()["Resources"][0]["id"]
    company.patch(f"/Groups/{found}", "Add", "members", [{"value": ada}])
    open_group(admin, "Sales")
    admin.sees("Sales is managed by your identity provider", "Company settings > Teammates > User provisioning")
    expect(admin.field("Name")).to_have_count(0)
    expect(admin.page.get_by_role("button", name="Delete")).to_have_count(0)
    members = admin.look_at("Members")
    admin.sees("2 members are not confirmed by the identity provider", "bob@journey.test", within=members)
    expect(admin.page.get_by_label("Add members")).to_have_count(0)
    admin.press("Remove unconfirmed members", within=members)
    admin.sees("Members it named stay.")
    admin.press("Remove unconfirmed members")
    admin.is_told("Unconfirmed members were removed from: Sales.")
    members = admin.look_at("Members")
    admin.sees("1 member", "ada@journey.test", within=members)
    admin.does_not_see("bob@journey.test", within=members)


@pytest.mark.company("--group-sync")
def test_the_description_is_locked_once_the_identity_provider_sent_one(admin: Person, company: Company) -> None:
    group = company.send("POST", "/Groups", {"displayName": "Sales"}).json()["id"]
    open_group(admin, "Sales")
    admin.enter({"Description": "Those who sell"})
    admin.save()
    admin.is_told("was changed successfully")

    company.patch(f"/Groups/{group}", "Replace", f"{DESCRIPTION}:description", "Everybody in sales")
    open_group(admin, "Sales")
    admin.sees("its name, description and members cannot be changed", "Everybody in sales")
    expect(admin.field("Description")).to_have_count(0)


@pytest.mark.company("--group-sync")
def test_access_of_an_idp_managed_group_is_the_admins_to_set_and_reaches_its_members(
    admin: Person, company: Company
) -> None:
    ada = company.create_user("ada@journey.test").json()["id"]
    company.send("POST", "/Groups", {"displayName": "Sales", "members": [{"value": ada}]})
    admin.go("Workspaces & inboxes")
    admin.follow("Add workspace")
    admin.enter({"Name": "Leads"})
    admin.save()
    admin.follow("Inboxes")
    admin.follow("Add inbox")
    admin.enter({"Name": "Web form"})
    admin.choose_one("Workspace", "Leads")
    admin.save()

    open_group(admin, "Sales")
    admin.look_at("Access")
    admin.choose("Workspaces", "Leads")
    admin.save()
    admin.is_told("was changed successfully")
    admin.go("Teammates")
    admin.follow("ada@journey.test")

    def reached() -> bool:
        admin.page.reload()
        row = admin.look_at("Workspaces & inboxes").get_by_role("row").filter(has_text="Web form")
        return "Group Sales" in (row.text_content() or "") if row.count() else False

    wait_until(reached, "the worker gave the member the group's inbox")


@pytest.mark.company("--group-sync")
def test_turned_off_groups_can_be_edited_here_again(admin: Person, company: Company) -> None:
    company.send("POST", "/Groups", {"displayName": "Sales"})
    admin.go("Teammates", "User provisioning")
    admin.follow("Turn off…")
    admin.sees("Turn Teammate Group Sync off?", "One IdP-managed group becomes an ordinary teammate group")
    admin.follow("Cancel")
    admin.follow("Turn off…")
    admin.press("Turn off")
    admin.is_told("Teammate Group Sync is off: the groups keep their members and can be edited here.")
    open_group(admin, "Sales")
    admin.sees("It was IdP-managed before Teammate Group Sync was turned off")
    admin.enter({"Name": "Field sales"})
    admin.save()
    admin.sees("Field sales")


@pytest.mark.company("--group-sync")
def test_the_members_of_a_large_group_are_paged_and_searched(admin: Person, company: Company) -> None:
    logins = [f"agent{number:02}@journey.test" for number in range(55)]
    people = [company.create_user(login).json()["id"] for login in logins]
    company.send("POST", "/Groups", {"displayName": "Agents", "members": [{"value": person} for person in people]})
    open_group(admin, "Agents")
    members = admin.look_at("Members")
    admin.sees("55 members", within=members)
    admin.follow("Search and page through the members", within=members)
    admin.sees(logins[0], logins[49])
    admin.does_not_see(logins[50])
    admin.follow("Next")
    admin.sees(logins[50], logins[54])
    admin.does_not_see(logins[49])

    admin.search_here("agent07")
    admin.sees(logins[7])
    expect(admin.page.get_by_role("row").filter(has_text="@journey.test")).to_have_count(1)
    expect(admin.page.get_by_role("combobox", name="Action")).to_have_count(0)  # the identity provider decides who


def test_members_come_from_a_file(admin: Person, company: Company) -> None:
    for login in ("ada@journey.test", "bob@journey.test"):
        company.create_user(login)
    make_group(admin, "Sales", "ada@journey.test")
    open_group(admin, "Sales")
    admin.look_at("Members")
    admin.follow("Import from CSV")
    header = admin.download("Download the template file")
    assert header.strip() == "teammate_login_email"

    def bring(*logins: str) -> None:
        admin.attach("CSV file", "members.csv", header + "".join(f"{login}\r\n" for login in logins))
        admin.press("Import")

    bring("bob@journey.test", "nobody@journey.test")
    admin.sees("Nobody was added.")
    expect(admin.row("nobody@journey.test")).to_contain_text("3")  # the line
    expect(admin.row("nobody@journey.test")).to_contain_text("No teammate of this company has this login")
    bring("bob@journey.test", "ada@journey.test")
    admin.is_told("1 member was added. 1 row named somebody who is a member already")
    admin.sees("2 members")
    exported = admin.download("Export as CSV").split()
    assert (exported[0], sorted(exported[1:])) == (header.strip(), ["ada@journey.test", "bob@journey.test"])


@pytest.mark.company("--group-sync")
def test_an_idp_managed_group_takes_no_members_from_a_file(admin: Person, company: Company) -> None:
    """Nor does the page of an import that was opened before the group was taken over."""
    make_group(admin, "Sales")
    open_group(admin, "Sales")
    admin.look_at("Members")
    admin.follow("Import from CSV")
    company.send("POST", "/Groups", {"displayName": "Sales"})
    admin.attach("CSV file", "members.csv", "teammate_login_email\r\nada@journey.test\r\n")
    admin.press("Import")
    admin.sees("Sales is managed by your identity provider, so its members cannot be changed here.")
    admin.follow("Back to the group")
    admin.sees("0 members")
    expect(admin.page.get_by_role("link", name="Import from CSV")).to_have_count(0)
