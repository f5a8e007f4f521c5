"""What an action on many says of those to whom it does not apply: why, before it asks, and nothing to confirm."""

from typing import Any

import pytest

from teammates.models import Company, Event, Status, Teammate
from tests.factories import ApiTokenFactory, TeammateFactory
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, text

NO_PASSWORD = "!"
ADMIN_ONLY = "they are no company admin, and only admins sign in to these company settings"


@pytest.mark.parametrize(
    ("action", "person", "why"),
    [
        ("block", {"blocked": True}, "they are blocked"),
        ("block", {"status": Status.DELETED}, "they are deleted"),
        ("unblock", {}, "they are active already"),
        ("unblock", {"status": Status.DELETED}, "they are deleted, and that cannot be undone"),
        ("sign_out", {"blocked": True}, "they are blocked"),
        ("invite", {"admin": True}, "they sign in with a password already"),
        ("invite", {}, ADMIN_ONLY),
        ("invite", {"blocked": True}, "they are blocked"),
        (
            "invite",
            {"blocked": True, "admin": True, "password": NO_PASSWORD},
            "they are blocked, and get an invitation when they are unblocked",
        ),
        (
            "invite",
            {"admin": True, "password": NO_PASSWORD, "login": "ada", "email": ""},
            "they have no e-mail address to write to; set a new password for them instead",
        ),
        ("new_password", {}, ADMIN_ONLY),
        ("new_password", {"admin": True, "blocked": True}, "they are blocked"),
        ("reset_two_factor", {"admin": True}, "they have no second factor"),
        ("delete", {"status": Status.DELETED}, "they are deleted already"),
    ],
)
def test_where_it_applies_to_nobody_it_says_why_and_does_not_ask(
    admin: Browser, company: Company, action: str, person: dict[str, Any], why: str
) -> None:
    one, other = (TeammateFactory.create(company=company, **person | extra) for extra in ({}, {"login": "second"}))
    before = dump()

    answer = admin.act(action, one, other, confirmed=False)

    assert answer.status_code == 302, "the list, not a page that asks"
    assert f"Nothing to do for {one}, {other}: {why}." in text(admin.get(answer.headers["Location"]))
    assert dump() == before


@pytest.mark.parametrize(
    ("person", "why"),
    [({}, "they are not deleted, so their address is in use"), ({"status": Status.DELETED}, "released already")],
)
def test_an_address_that_is_not_reserved_is_not_asked_about(
    support: Browser, company: Company, person: dict[str, Any], why: str
) -> None:
    ada = TeammateFactory.create(company=company, **person)
    if person:
        support.act("release_address", ada, reason="Ticket 7")
    page = support.act("release_address", ada, reason="Ticket 8")
    assert why in text(page)
    assert "Ticket 8" not in str(list(Event.objects.values_list("data", flat=True)))


def test_before_the_confirmation_it_names_those_it_leaves_alone_and_why(admin: Browser, company: Company) -> None:
    invited = TeammateFactory.create(company=company, admin=True, password=NO_PASSWORD, email="work@example.com")
    signs_in = TeammateFactory.create(company=company, admin=True)
    plain = TeammateFactory.create(company=company)

    asked = admin.act("invite", invited, signs_in, plain, confirmed=False)

    assert "The e-mail goes to work@example.com." in text(asked)
    assert f"{signs_in} ({signs_in.login}): they sign in with a password already" in text(asked)
    assert f"{plain} ({plain.login}): {ADMIN_ONLY}" in text(asked)
    assert asked.context["keys"] == [invited.pk]


def test_who_was_left_alone_is_told_once_for_each_reason(admin: Browser, company: Company) -> None:
    active = TeammateFactory.create(company=company)
    blocked = TeammateFactory.create_batch(2, company=company, blocked=True)

    page = text(admin.act("block", active, *blocked))

    assert f"Blocked: {active}." in page
    assert page.count("Nothing to do for") == 1
    assert f"Nothing to do for {blocked[0]}, {blocked[1]}: they are blocked." in page


def test_from_a_persons_page_one_comes_back_to_it(admin: Browser, company: Company) -> None:
    """A page that was opened before somebody else blocked them still has the button."""
    ada = TeammateFactory.create(company=company, blocked=True)
    answer = admin.act("block", ada, confirmed=False, from_page="1")
    assert answer.headers["Location"].endswith(f"/teammate/{ada.pk}/change/")


def test_a_revoked_token_is_not_asked_about_again(admin: Browser, company: Company) -> None:
    token = ApiTokenFactory.create(company=company)
    admin.act("revoke", token)
    assert "it was revoked already" in text(admin.act("revoke", token))
    assert "it was revoked." in text(admin.act("rotate", token))


@pytest.mark.parametrize(
    ("action", "is_blocked", "example"),
    [
        ("block", False, "left the company"),
        ("unblock", True, "back from parental leave"),
        ("delete", False, "added by"),
    ],
)
def test_the_reason_has_an_example_that_fits(
    admin: Browser, company: Company, action: str, is_blocked: bool, example: str
) -> None:
    ada = TeammateFactory.create(company=company, blocked=is_blocked)
    page = text(admin.act(action, ada, confirmed=False))
    assert f"Such as “{example}" in page
    assert page.count("Such as “") == 1
    assert Teammate.objects.get(pk=ada.pk).status == ada.status
