"""Signing in and out of the web admin."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from teammates.models import Company, Event, Teammate
from teammates.services import departures, teammates
from teammates.services.events import SYSTEM
from tests.factories import PASSWORD, SupportFactory, TeammateFactory
from tests.teammates.admin.conftest import Browser, text


def sign_in(login: str, password: str = PASSWORD, query: str = "") -> tuple[Client, Any]:
    client = Client()
    return client, client.post(f"/admin/login/{query}", {"username": login, "password": password, "next": "/admin/"})


def test_an_admin_signs_in_with_e_mail_and_password(admin_person: Teammate, company: Company) -> None:
    page = text(Client().get("/admin/login/"))
    assert "E-mail" in page
    client, response = sign_in(admin_person.login.upper())
    assert response.headers["Location"] == "/admin/"
    assert company.name in text(client.get("/admin/", follow=True))


def test_support_staff_sign_in_the_same_way(db: None) -> None:
    client, response = sign_in(SupportFactory.create().login)
    assert response.status_code == 302
    assert "Support" in text(client.get("/admin/", follow=True))


@pytest.mark.parametrize("who", ["an admin", "a blocked admin", "a plain teammate", "a deleted admin", "nobody"])
def test_a_wrong_password_is_told_the_same_whoever_it_is(company: Company, who: str) -> None:
    teammate = TeammateFactory.create(
        company=company, admin=who.endswith("admin"), status="blocked" if "blocked" in who else "active"
    )
    if who == "a deleted admin":
        TeammateFactory.create(company=company, admin=True)
        departures.delete_teammate(company.pk, teammate.pk, actor=SYSTEM)
    _, response = sign_in("nobody@example.com" if who == "nobody" else teammate.login, "wrong")
    assert response.status_code == 200
    page = text(response).replace(teammate.login, "").replace("nobody@example.com", "")
    assert page == text(sign_in("somebody@else.example", "wrong")[1]).replace("somebody@else.example", "")
    assert "The e-mail address or the password is wrong." in page


def test_a_blocked_admin_with_the_right_password_hears_whom_to_ask(company: Company) -> None:
    _, response = sign_in(TeammateFactory.create(company=company, admin=True, blocked=True).login)
    assert response.status_code == 403
    assert f"Your account in {company.name} is blocked. Ask a company admin" in text(response)


def test_a_teammate_who_is_no_admin_hears_that_it_takes_one(company: Company) -> None:
    client, response = sign_in(TeammateFactory.create(company=company).login)
    assert response.status_code == 403
    assert "Only company admins may open the company settings" in text(response)
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_deleted_account_opens_nothing_with_its_right_password(company: Company, admin_person: Teammate) -> None:
    TeammateFactory.create(company=company, admin=True)
    departures.delete_teammate(company.pk, admin_person.pk, actor=SYSTEM)
    assert "The e-mail address or the password is wrong." in text(sign_in(admin_person.login)[1])


# --- one address in several companies ---


@pytest.fixture
def both(company: Company, other_company: Company) -> str:
    for each in (company, other_company):
        TeammateFactory.create(company=each, admin=True, login="both@example.com")
    return "both@example.com"


def test_one_address_and_password_in_two_companies_chooses(both: str, other_company: Company) -> None:
    client, response = sign_in(both)
    assert response.headers["Location"] == "/admin/login/company/"
    page = client.get("/admin/login/company/")
    assert "Initech" in text(page)
    assert "Globex" in text(page)
    account = Teammate.objects.get(login=both, company=other_company).public_id
    assert client.post("/admin/login/company/", {"account": account}).headers["Location"] == "/admin/"
    assert other_company.name in text(client.get("/admin/", follow=True))


def test_a_hint_in_the_address_chooses(both: str, other_company: Company) -> None:
    client, response = sign_in(both, query=f"?company={other_company.slug}")
    assert response.headers["Location"] == "/admin/"
    assert other_company.name in text(client.get("/admin/", follow=True))


def test_no_company_is_named_before_the_password_is_right(both: str) -> None:
    client, response = sign_in(both, "wrong")
    assert "Initech" not in text(response)
    assert client.get("/admin/login/company/").headers["Location"] == "/admin/login/"


def test_only_companies_that_the_password_opens_are_offered(both: str, company: Company) -> None:
    other = TeammateFactory.create(company__name="Hooli", login=both, admin=True, password=make_password("different"))
    TeammateFactory.create(company__name="Stark", login=both, admin=True, blocked=True)
    TeammateFactory.create(company__name="Wayne", login=both)
    client, _ = sign_in(both)
    page = text(client.get("/admin/login/company/"))
    assert not [name for name in ("Hooli", "Stark", "Wayne") if name in page]
    assert client.post("/admin/login/company/", {"account": other.public_id}).status_code == 200
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_block_between_the_steps_counts(both: str, company: Company, other_company: Company) -> None:
    client, _ = sign_in(both)
    for each in (company, other_company):
        TeammateFactory.create(company=each, admin=True)
        person = Teammate.objects.get(login=both, company=each)
        teammates.block_teammate(each.pk, person.pk, actor=SYSTEM)
    assert client.get("/admin/login/company/").headers["Location"] == "/admin/login/"


# --- where one wanted to go ---


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/admin/teammates/event/?about=token", "/admin/teammates/event/?about=token"),
        ("https://evil.example/admin/", "/admin/"),
        ("//evil.example/", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("/admin/logout/", "/admin/"),
    ],
)
def test_one_comes_to_where_one_wanted_to_go(admin_person: Teammate, wanted: str, leads: str) -> None:
    client = Client()
    page = client.get("/admin/login/", {"next": wanted})
    sent = {"username": admin_person.login, "password": PASSWORD, "next": page.context["next"]}
    assert client.post("/admin/login/", sent).headers["Location"] == leads
    sent["next"] = wanted
    assert Client().post("/admin/login/", sent).headers["Location"] == leads


def test_the_fields_say_to_a_browser_what_they_are(db: None) -> None:
    page = Client().get("/admin/login/").content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'role="alert"' in sign_in("nobody@example.com")[1].content.decode()


def test_a_form_that_is_too_old_says_what_to_do(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a@example.com", "password": "b"})
    assert response.status_code == 403
    assert "Go back, reload the page and send it again." in text(response)


# --- plans ---


def test_a_plan_without_user_provisioning_is_said_on_every_page_and_blocks_nobody(
    admin: Browser, company: Company
) -> None:
    assert "not part of your company" not in text(admin.look("changelist", Teammate))
    Company.objects.filter(pk=company.pk).update(plan="starter")
    page = admin.look("changelist", Teammate)
    assert page.status_code == 200
    assert "User provisioning (SCIM) is not part of your company's plan (Starter)" in text(page)


def test_a_blocked_admin_is_signed_out_at_the_next_request(company: Company, admin_person: Teammate) -> None:
    TeammateFactory.create(company=company, admin=True)
    client, _ = sign_in(admin_person.login)
    assert client.get("/admin/teammates/teammate/").status_code == 200
    teammates.block_teammate(company.pk, admin_person.pk, actor=SYSTEM)
    assert client.get("/admin/teammates/teammate/").headers["Location"].startswith("/admin/login/")
    response = client.post("/admin/teammates/workspace/add/", {"name": "Too late"})
    assert response.headers["Location"].startswith("/admin/login/")
    assert not company.workspaces.exists()
    teammates.unblock_teammate(company.pk, admin_person.pk, actor=SYSTEM)
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/"), "the old session stays dead"


def test_who_is_no_admin_any_more_is_refused_at_the_next_request(company: Company, admin_person: Teammate) -> None:
    TeammateFactory.create(company=company, admin=True)
    client, _ = sign_in(admin_person.login)
    teammates.update_teammate(company.pk, admin_person.pk, {"is_company_admin": False}, actor=SYSTEM)
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("is_support", [False, True])
def test_changing_ones_own_password_keeps_this_browser_and_ends_the_others(
    company: Company, admin_person: Teammate, is_support: bool
) -> None:
    login = SupportFactory.create().login if is_support else admin_person.login
    here, there = sign_in(login)[0], sign_in(login)[0]
    new = "a horse with a battery"
    sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", sent).status_code == 302
    assert "login" not in here.get("/admin/", follow=True).request["PATH_INFO"]
    assert there.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert sign_in(login)[1].status_code == 200
    assert sign_in(login, new)[1].status_code == 302
    assert Event.objects.filter(company=company, kind="teammate.password_set").count() == (0 if is_support else 1)


def test_a_weak_password_is_refused(admin: Browser) -> None:
    sent = {"old_password": PASSWORD, "new_password1": "password1", "new_password2": "password1"}
    response = admin.post("/admin/password_change/", sent)
    assert response.status_code == 200
    assert "too short" in text(response)
