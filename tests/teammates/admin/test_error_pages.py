"""What a browser shows of a request that cannot be served."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from teammates.models import Company, Teammate
from tests.factories import TeammateFactory
from tests.teammates.admin.conftest import Browser, text


def test_what_is_not_there_keeps_the_menu_and_says_where_to_go(admin: Browser) -> None:
    page = admin.get("/admin/teammates/teammate/999999999/change/")

    assert page.status_code == 404
    assert "There is no such page Nothing is at this address" in text(page)
    assert reverse("admin:scim_logentry_changelist") in page.content.decode()


def test_another_companys_row_looks_as_if_it_were_not_there(admin: Browser, other_company: Company) -> None:
    theirs: Teammate = TeammateFactory.create(company=other_company)

    there = admin.look("change", theirs)

    assert there.status_code == 404
    assert theirs.name not in text(there)


def test_what_a_role_does_not_include_says_whom_to_ask(support: Browser) -> None:
    page = support.get("/admin/teammates/apitoken/add/")

    assert page.status_code == 403
    assert "This is not yours to do" in text(page)


def test_support_staff_are_not_told_to_ask_support(support: Browser) -> None:
    page = text(support.get("/admin/teammates/apitoken/add/"))

    assert "This is for the company's admins" in page
    assert "or support, if you need it" not in page


def test_somebody_who_is_not_signed_in_gets_a_page_without_the_menu(db: None) -> None:
    page = Client().get("/nothing/here")

    assert page.status_code == 404
    assert "There is no such page" in text(page)
    assert "Provisioning log" not in text(page)


def test_a_fault_of_the_server_has_a_page_that_needs_nothing_to_work(rf: RequestFactory) -> None:
    page = server_error(rf.get("/admin/"))

    assert page.status_code == 500
    assert "Something went wrong here" in text(page)


@pytest.mark.parametrize("host", ["elsewhere.example", "no host"])
def test_a_request_for_another_host_is_refused_before_anybody_is_known(db: None, host: str) -> None:
    page = Client().get("/admin/", HTTP_HOST=host)

    assert page.status_code == 400
    assert "This request cannot be read" in text(page)
