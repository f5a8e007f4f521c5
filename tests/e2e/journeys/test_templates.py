"""The guide's part 4: provisioning with templates."""

import json
import re

from playwright.sync_api import expect

from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company
from tests.scim.door import TEMPLATE


def provision(company: Company, login: str, template: str) -> None:
    """As Entra does with the mapping SingleAppRoleAssignment([appRoleAssignments])."""
    made = company.send("POST", "/Users", {"userName": login, TEMPLATE: {"template": template}})
    assert made.status_code == 201, made.text


def furnish(person: Person) -> None:
    """Somewhere to give access to, and a fact to set: all of it made in the forms."""
    person.go("Workspaces & inboxes")
    person.follow("Add workspace")
    person.enter({"Name": "Support"})
    person.save()
    person.is_told("was added successfully")
    person.follow("Inboxes")
    person.follow("Add inbox")
    person.enter({"Name": "Help desk"})
    person.choose_one("Workspace", "Support")
    person.save()
    person.is_told("was added successfully")
    person.go("Custom fields")
    person.follow("Add custom field")
    person.enter({"Name": "Office", "Options": "Paris\nDublin"})
    person.page.get_by_label("Dropdown: one of the options below").check()
    person.save()
    person.is_told("was added successfully")


def test_two_templates_and_a_teammate_from_each(admin: Person, company: Company) -> None:
    person, page = admin, admin.page
    furnish(person)
    person.go("Teammates", "Teammate templates")
    person.follow("Add teammate template")
    person.enter({"Name": "Support squad"})
    person.look_at("Access")
    person.choose("Workspaces", "Support")
    person.look_at("Custom fields")
    person.field("Office").select_option("Paris")
    person.look_at("Preferences")
    person.field("Language").select_option("French")
    person.save()

    first = person.copy("Copy template ID")
    person.sees("It is your only one, and Microsoft Entra ID needs app roles for two at least.")
    person.follow("Create the second template")
    person.save()
    assert person.copy("Copy 1. Display name") == f"No template: {person.copy('Copy template ID')}"
    person.does_not_see("It is your only one")

    person.go("Teammates", "Teammate templates")
    person.does_not_see("This is your only template")
    person.follow("Support squad")
    template = person.copy("Copy template ID")
    assert re.fullmatch("tea_[0-9a-z]+", template)
    assert template == first
    assert person.copy("Copy 1. Display name") == f"Support squad: {template}"
    assert person.copy("Copy 3. Value") == template
    page.get_by_text("Or as JSON").click()
    role = json.loads(person.copy("Copy JSON"))
    assert (role["displayName"], role["value"], role["isEnabled"]) == (f"Support squad: {template}", template, True)

    provision(company, "ada@journey.test", template)
    provision(company, "bob@journey.test", f"Support squad: {template}")
    for login in ("ada@journey.test", "bob@journey.test"):
        person.go("Teammates")
        person.follow(login)
        person.sees("Support squad", "French", within=person.look_at("Overview"))
        expect(person.look_at("Custom fields").get_by_label("Office")).to_have_value("Paris")
        reach = person.look_at("Workspaces & inboxes")
        expect(reach.get_by_role("row").filter(has_text="Help desk")).to_contain_text("Template")
    person.go("Teammates", "Teammate templates")
    person.follow("Support squad")
    person.sees("ada@journey.test", "bob@journey.test", within=person.look_at("Used by"))


def test_an_app_role_with_an_id_that_is_no_template(admin: Person, company: Company) -> None:
    """Nobody is created, and the log says which ID it was and where the right one is."""
    refused = company.send(
        "POST", "/Users", {"userName": "ada@journey.test", TEMPLATE: {"template": "Support squad: tea_zzzz"}}
    )
    assert refused.status_code == 400
    admin.go("Provisioning log")
    admin.follow(re.compile("tea_zzzz does not exist in this company"))
    admin.sees("Copy the template ID from the template's Overview tab into the app role.", "Refused")
