"""The guide's prerequisites and part 1: a token, the Tenant URL, and the first teammate."""

import re

import httpx
from playwright.sync_api import expect

from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company


def as_entra(tenant_url: str, token: str, method: str, path: str, body: object = None) -> httpx.Response:
    """A request as Entra makes it of the two values that were pasted: the path before the question mark."""
    base, _, flag = tenant_url.partition("?")
    url = f"{base.rstrip('/')}{path}{'&' if '?' in path else '?'}{flag}"
    return httpx.request(method, url, headers={"Authorization": f"Bearer {token}"}, json=body, timeout=30)


def test_from_signing_in_to_a_provisioned_teammate(stranger: Person, company: Company) -> None:
    person, page = stranger, stranger.page
    person.signs_in(company.card["admin_email"], company.card["admin_password"])
    person.go("API tokens")
    person.follow("Add API token")
    person.enter({"Name": "Entra, production"})
    page.get_by_label("Provisioning", exact=True).check()
    page.get_by_label("Auto-Provisioning", exact=True).check()
    person.press("Create")
    token = person.copy("Copy Secret Token: Entra, production")
    tenant_url = person.copy("Copy Tenant URL")
    assert token.startswith("fpv_")

    page.reload()
    expect(person.row("Entra, production")).to_have_count(1)
    assert token not in page.content()
    person.go("Teammates", "User provisioning")
    person.sees("Never connected")
    assert person.copy("Copy Tenant URL") == tenant_url

    assert as_entra(tenant_url, token, "GET", '/Users?filter=userName eq "nobody"').json()["totalResults"] == 0
    ada = {
        "userName": "ada@journey.test",
        "externalId": "ada",
        "active": True,
        "emails": [{"type": "work", "value": "ada@journey.test"}],
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
    }
    assert as_entra(tenant_url, token, "POST", "/Users", ada).status_code == 201

    page.reload()
    person.sees("Connected", "1 created")
    for part, done in (("Part 1", "2 of 2"), ("Part 2", "4 of 4"), ("Part 3", "1 of 1")):
        person.sees(done, within=page.get_by_role("group").filter(has_text=part))
    person.go("Teammates")
    person.follow("Ada Lovelace")
    person.sees("Synced from Microsoft Entra ID")
    person.go("Provisioning log")
    person.follow(re.compile("^Created Ada Lovelace"))
    person.sees('"userName": "ada@journey.test"', "201")


def test_a_token_made_where_the_tenant_url_is(admin: Person) -> None:
    admin.go("Teammates", "User provisioning")
    admin.press("Create token")
    admin.sees("The token is shown this once only")
    token, tenant_url = admin.copy("Copy Secret Token"), admin.copy("Copy Tenant URL")
    assert as_entra(tenant_url, token, "GET", "/Users?count=0").status_code == 200
    admin.follow("I have entered it: back to User provisioning")
    assert token not in admin.page.content()
    admin.sees("Microsoft Entra ID", within=admin.page.get_by_role("region", name="What to enter"))


def test_a_token_is_rotated_while_the_old_one_works_on(admin: Person, company: Company) -> None:
    admin.go("API tokens")
    admin.follow("Microsoft Entra ID")
    admin.press("Rotate")
    admin.sees("How long the old token keeps working")
    expect(admin.page.get_by_label("24 hours")).to_be_checked()
    admin.press("Rotate")
    new, tenant_url = admin.copy("Copy Secret Token: Microsoft Entra ID"), admin.copy("Copy Tenant URL")
    admin.sees("Expires soon")
    for token in (company.card["token"], new):
        assert as_entra(tenant_url, token, "GET", "/Users?count=0").status_code == 200


def test_a_token_is_revoked_after_a_warning(admin: Person, company: Company) -> None:
    assert company.send("GET", "/Users", count=0).status_code == 200
    admin.go("API tokens")
    admin.follow("Microsoft Entra ID")
    admin.press("Revoke")
    admin.sees("The next request with this token is refused.", "The connection of", "This cannot be undone.")
    admin.follow("Cancel")
    assert company.send("GET", "/Users", count=0).status_code == 200
    admin.press("Revoke")
    admin.press("Revoke")
    admin.is_told("Revoked: Microsoft Entra ID.")
    assert company.send("GET", "/Users", count=0).status_code == 401
