"""What the guide has a company admin do in the product, and what support staff do, in a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Visitor, chromium
from tests.e2e.installation import Installation
from tests.e2e.test_main_job import Company

SignIn = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        if found is None:
            pytest.skip("NO BROWSER WAS FOUND: install Chromium or name one in CHROMIUM to test the web admin's pages.")
        yield found


@pytest.fixture
def sign_in(browser: Browser, running_server: Installation) -> Iterator[SignIn]:
    visitors: list[Visitor] = []

    def signed_in(login: str, password: str) -> Visitor:
        visitors.append(visitor := Visitor(browser, running_server))
        visitor.sign_in(login, password)
        return visitor

    yield signed_in
    for visitor in visitors:
        visitor.close()


def admin_of(company: Company) -> tuple[str, str]:
    return company.card["admin_email"], company.card["admin_password"]


def test_from_a_new_token_to_a_provisioned_teammate_on_the_page(running_server: Installation, sign_in: SignIn) -> None:
    """The guide's prerequisites and part 1: a token, shown once, opens the door; the teammate is on the list."""
    company = Company(running_server, "journey")
    visitor = sign_in(*admin_of(company))
    page = visitor.open("/admin/teammates/apitoken/add/")
    page.locator("[name=name]").fill("Microsoft Entra ID")
    page.get_by_role("button", name="Create", exact=True).click()
    values = [box.input_value() for box in page.locator(".fp-copy input").all()]
    token = next(value for value in values if value.startswith("fpv_"))

    made: Any = httpx.post(
        f"{running_server.scim_base_url}/Users",
        headers={"Authorization": f"Bearer {token}"},
        json={"userName": "ada@journey.test", "name": {"givenName": "Ada", "familyName": "Lovelace"}},
    )
    assert made.status_code == 201

    page = visitor.open("/admin/teammates/teammate/?q=ada")
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    page = visitor.open("/admin/teammates/apitoken/")
    assert token not in page.content()
    assert not visitor.complaints


def test_a_group_that_is_pushed_under_its_name_becomes_managed_and_locked(
    running_server: Installation, sign_in: SignIn
) -> None:
    """The guide's part 5: with sync on, a group of the same name is synced and becomes an IdP-managed group."""
    company = Company(running_server, "pushed")
    visitor = sign_in(*admin_of(company))
    page = visitor.open("/admin/teammates/teammategroup/add/")
    page.locator("[name=name]").fill("Sales")
    page.get_by_role("button", name="Save", exact=True).click()
    page = visitor.open("/admin/user-provisioning/")
    expect(page.get_by_text("Enable Teammate Group Sync").first).to_be_visible()
    assert company.send("POST", "/Groups", {"displayName": "sales"}).status_code == 201

    page = visitor.open("/admin/teammates/teammategroup/")
    page.get_by_role("link", name="sales").first.click()
    expect(page.get_by_text("managed by your identity provider").first).to_be_visible()
    assert page.locator("[name=name]").count() == 0
    assert not visitor.complaints


def test_support_staff_see_why_somebody_was_blocked(running_server: Installation, sign_in: SignIn) -> None:
    company = Company(running_server, "why")
    person = company.create_user("grace@why.test").json()["id"]
    company.patch(f"/Users/{person}", "Replace", "active", "False")
    card = running_server.card
    visitor = sign_in(card["support_email"], card["support_password"])

    page = visitor.open(f"/admin/scim/logentry/?company={company.card['company']}&resource={person}")
    expect(page.get_by_text("Blocked grace@why.test").first).to_be_visible()
    expect(page.get_by_text("Provisioning", exact=False).first).to_be_visible()
    assert not visitor.complaints
