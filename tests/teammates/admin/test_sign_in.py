"""Signing in and out of the web admin."""

from typing import Any

import pytest
from django.test import Client

from teammates.models import Company, Event, Teammate
from teammates.services import teammates
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


@pytest.mark.parametrize("who", ["plain", "blocked", "wrong password", "unknown"])
def test_everybody_else_is_told_the_same(company: Company, who: str) -> None:
    teammate = TeammateFactory.create(company=company, admin=who != "plain", blocked=who == "blocked")
    login = "nobody@example.com" if who == "unknown" else teammate.login
    _, response = sign_in(login, "wrong" if who == "wrong password" else PASSWORD)
    assert response.status_code == 200
    assert "The e-mail address or the password is wrong, or this account may not open" in text(response)


def test_one_address_and_password_in_two_companies_names_the_company(company: Company, other_company: Company) -> None:
    for each in (company, other_company):
        TeammateFactory.create(company=each, admin=True, login="both@example.com")
    assert sign_in("both@example.com")[1].status_code == 200
    client, response = sign_in("both@example.com", query=f"?company={other_company.slug}")
    assert response.status_code == 302
    assert other_company.name in text(client.get("/admin/", follow=True))


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
