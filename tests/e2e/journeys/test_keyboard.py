"""Everything without a mouse."""

from playwright.sync_api import Locator, expect

from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company

FURTHEST = 80  # presses of Tab
OUTLINE = """element => {
    const has = (each, name) => getComputedStyle(each)[name] !== "none";
    const shown = each => each && (has(each, "outlineStyle") || has(each, "boxShadow"));
    return shown(element) || shown(element.closest(".select2-container"));
}"""


def tab_to(person: Person, target: Locator) -> None:
    """Press Tab until it has the focus, which has to be seen."""
    expect(target).to_be_visible()
    for _press in range(FURTHEST):
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate(OUTLINE), "nothing shows where the focus is"
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"{target} was not reached with {FURTHEST} presses of Tab")


def test_sign_in_make_a_group_with_a_member_and_delete_it(stranger: Person, company: Company) -> None:
    person, page, keys = stranger, stranger.page, stranger.page.keyboard
    company.create_user("ada@journey.test")
    tab_to(person, person.field("E-mail"))
    keys.type(company.card["admin_email"])
    keys.press("Tab")
    keys.type(company.card["admin_password"])
    keys.press("Enter")

    tab_to(person, page.get_by_role("link", name="Teammate groups", exact=True))
    keys.press("Enter")
    tab_to(person, page.get_by_role("link", name="Add teammate group").first)
    keys.press("Enter")
    tab_to(person, person.field("Name"))
    keys.type("Sales")
    tab_to(person, page.get_by_role("searchbox", name="Add members"))
    keys.type("ada@")
    expect(page.get_by_role("option", name="ada@journey.test")).to_be_visible()
    keys.press("Enter")
    tab_to(person, page.get_by_role("button", name="Save", exact=True))
    keys.press("Enter")
    person.is_told("was added successfully")

    tab_to(person, page.get_by_role("link", name="Sales", exact=True).first)
    keys.press("Enter")
    tab_to(person, page.get_by_role("tab", name="Overview"))
    keys.press("ArrowRight")
    expect(page.get_by_role("tab", name="Members")).to_be_focused()
    person.sees("ada@journey.test", within=page.get_by_role("tabpanel", name="Members"))
    keys.press("Shift+Tab")
    tab_to(person, page.get_by_role("tab", name="Members"))
    page.reload()
    tab_to(person, page.get_by_role("button", name="Delete", exact=True))
    keys.press("Enter")
    person.sees("Its members lose what only this group gave them")
    tab_to(person, page.get_by_role("button", name="Delete", exact=True))
    keys.press("Enter")
    person.is_told("Deleted: Sales.")


def test_from_the_list_of_errors_to_the_field_in_a_tab_that_is_not_shown(admin: Person, company: Company) -> None:
    company.create_user("ada@journey.test")
    admin.go("Teammates")
    admin.follow("ada@journey.test")
    admin.enter({"Alias": "No Alias"})
    admin.press("Save")
    admin.look_at("Sessions")
    alias = admin.page.get_by_label("Alias")
    expect(alias).to_be_hidden()

    tab_to(admin, admin.page.get_by_role("alert").get_by_role("link", name="Alias"))
    admin.page.keyboard.press("Enter")

    expect(alias).to_be_focused()
    admin.sees("An alias has lower-case letters, digits and underscores")
