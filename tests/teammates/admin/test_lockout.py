"""Brute force: who fails too often waits, by login and address, and by address alone."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from teammates.addresses import client_address, client_network
from teammates.models import Teammate
from teammates.tasks import clear_sign_ins
from tests.factories import PASSWORD, TeammateFactory
from tests.teammates.admin.conftest import text


def attempt(login: str, password: str = "wrong", address: str = "203.0.113.7", **headers: Any) -> Any:
    sent = {"username": login, "password": password}
    return Client().post("/admin/login/", sent, REMOTE_ADDR=address, **headers)


def fail(login: str, times: int, **where: str) -> Any:
    return [attempt(login, **where) for _ in range(times)][-1]


def test_five_failures_lock_the_login_and_the_page_says_how_long(admin_person: Teammate, settings: Any) -> None:
    assert fail(admin_person.login, settings.AXES_FAILURE_LIMIT - 1).status_code == 200
    response = attempt(admin_person.login)
    assert response.status_code == 429
    assert "Try again in 15 minutes." in text(response)
    assert response.headers["Retry-After"] == "900"
    assert attempt(admin_person.login, PASSWORD).status_code == 429, "even the right password waits"


def test_a_login_that_nobody_has_locks_the_same_way(db: None) -> None:
    assert fail("nobody@example.com", 5).status_code == 429


def test_spelling_the_login_another_way_is_no_way_round(admin_person: Teammate) -> None:
    fail(admin_person.login, 2)
    fail(admin_person.login.upper(), 2)
    assert attempt(f"  {admin_person.login.title()} ").status_code == 429


def test_another_browser_is_no_way_round(admin_person: Teammate) -> None:
    for number in range(4):
        attempt(admin_person.login, HTTP_USER_AGENT=f"Browser {number}")
    assert attempt(admin_person.login, HTTP_USER_AGENT="Browser 5").status_code == 429


def test_the_person_goes_on_from_where_nobody_failed(admin_person: Teammate) -> None:
    fail(admin_person.login, 6)
    assert attempt(admin_person.login, PASSWORD, address="198.51.100.1").status_code == 302


def test_an_address_that_tries_many_logins_is_locked(admin_person: Teammate, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_OF_ADDRESS = 8
    for number in range(8):
        attempt(f"person{number}@example.org")
    assert attempt(admin_person.login, PASSWORD).status_code == 429
    assert attempt(admin_person.login, PASSWORD, address="198.51.100.1").status_code == 302


def test_signing_in_forgives_ones_own_failures_only(admin_person: Teammate, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_OF_ADDRESS = 6
    fail(admin_person.login, 2)
    fail("somebody@example.com", 3)
    assert attempt(admin_person.login, PASSWORD).status_code == 302
    assert attempt("anybody@example.com").status_code == 200
    assert fail("anybody@example.com", 2).status_code == 429, "the failures of others stay counted"


def test_signing_in_starts_the_count_again(admin_person: Teammate) -> None:
    fail(admin_person.login, 4)
    assert attempt(admin_person.login, PASSWORD).status_code == 302
    assert fail(admin_person.login, 4).status_code == 200


def test_the_lock_ends_after_a_quarter_of_an_hour_and_trying_does_not_make_it_longer(admin_person: Teammate) -> None:
    fail(admin_person.login, 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=10))
    assert "Try again in 5 minutes." in text(attempt(admin_person.login, PASSWORD))
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert attempt(admin_person.login, PASSWORD).status_code == 302


def test_an_operator_unlocks_by_a_command(admin_person: Teammate) -> None:
    fail(admin_person.login, 5)
    call_command("axes_reset_username", admin_person.login)
    assert attempt(admin_person.login, PASSWORD).status_code == 302


def test_what_was_typed_is_not_kept(admin_person: Teammate) -> None:
    attempt(admin_person.login, "my secret word")
    kept = AccessAttempt.objects.get()
    assert "my secret word" not in kept.post_data + kept.get_data


@pytest.mark.parametrize("login", ["x" * 320, "\u00e4" * 300, "a\tb"])
def test_any_login_can_be_counted(db: None, login: str) -> None:
    assert attempt(login).status_code == 200


def test_a_redis_that_is_away_does_not_open_or_close_the_door(admin_person: Teammate, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://localhost:1/0"}}
    assert fail(admin_person.login, 5).status_code == 429
    assert attempt(TeammateFactory.create(admin=True).login, PASSWORD).status_code == 302


def test_failures_that_no_lock_can_come_of_any_more_are_deleted(db: None, settings: Any) -> None:
    fail("long.ago@example.com", 1)
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1))
    AccessAttempt.objects.create(username="just.now@example.com", ip_address="203.0.113.7", failures_since_start=1)

    clear_sign_ins.apply().get()

    assert AccessAttempt.objects.get().username == "just.now@example.com"


# --- addresses ---


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "203.0.113.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1, 198.51.100.1, 192.0.2.9", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.7"),
        (1, "", "203.0.113.7"),
        (1, "nonsense", "203.0.113.7"),
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_a_client_cannot_make_up_its_address(settings: Any, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def test_attempts_over_ipv6_are_counted_by_network() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:2:aaaa::1")
    assert client_network(request) == "2001:db8:1:2::"


def test_the_persons_page_says_that_signing_in_is_locked_and_what_ends_it(
    admin: Any, support: Any, admin_person: Teammate, settings: Any
) -> None:
    fail(admin_person.login, settings.AXES_FAILURE_LIMIT - 1)
    assert "Locked" not in text(admin.look("change", admin_person))
    fail(admin_person.login.upper(), 1)
    for browser in (admin, support):
        page = text(browser.look("change", admin_person))
        assert "Locked since " in page
        assert "after too many wrong passwords or codes from 203.0.113.7" in page
        assert "when they set a new password" in page
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert "Locked" not in text(admin.look("change", admin_person))


def test_support_staff_are_told_who_can_make_another_admin(support: Any, admin_person: Teammate) -> None:
    page = text(support.look("change", admin_person))
    assert "is the last company admin who can sign in" in page
    assert "Make another" not in page
    assert "somebody of it makes another teammate a company admin" in page
