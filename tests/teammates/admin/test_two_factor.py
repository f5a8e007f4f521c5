"""Two-factor sign-in, and the page with one's own account."""

import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from teammates.models import ActorKind, Company, Event, Notice, Teammate
from teammates.services import two_factor
from tests.factories import PASSWORD, SupportFactory, TeammateFactory
from tests.teammates.admin.conftest import Browser, text

ACCOUNT = "/admin/account/"
SET_UP = "/admin/account/two-factor/"
STEP = "/admin/login/code/"


def code_of(person: Teammate) -> str:
    """What the app of this person shows; as if none had been used in this half minute, and none had been wrong."""
    devices = TOTPDevice.objects.filter(user=person)
    devices.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)
    return f"{totp(devices.get().bin_key):06d}"


def signed_in(person: Teammate) -> tuple[Browser, Any]:
    client = Browser()
    return client, client.post("/admin/login/", {"username": person.login, "password": PASSWORD, "next": ACCOUNT})


def with_second_factor(person: Teammate) -> list[str]:
    two_factor.prepare(person)
    return two_factor.confirm(person, code_of(person))[1]


def test_an_admin_sets_it_up_with_a_code_and_gets_ten_recovery_codes_once(admin_person: Teammate) -> None:
    client, _ = signed_in(admin_person)
    page = client.get(SET_UP)
    assert "<svg" in page.content.decode()
    assert page.context["secret"] == client.get(SET_UP).context["secret"], "a reload keeps the secret"
    response = client.post(SET_UP, {"code": code_of(admin_person)})
    codes = re.findall(r"\b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b", text(response))
    assert len(set(codes)) == 10
    assert not StaticToken.objects.filter(token__in=[code.replace("-", "") for code in codes]).exists()
    assert "10 recovery codes are left" in text(client.get(ACCOUNT))
    assert Event.objects.filter(kind="teammate.two_factor_on").count() == 1


def test_a_wrong_code_does_not_turn_it_on(admin_person: Teammate) -> None:
    client, _ = signed_in(admin_person)
    client.get(SET_UP)
    wrong = f"{(int(code_of(admin_person)) + 1) % 1_000_000:06d}"
    assert "This code is wrong" in text(client.post(SET_UP, {"code": wrong}))
    assert not two_factor.is_on(admin_person)


def test_turning_it_on_signs_out_the_browsers_that_came_with_the_password_alone(admin_person: Teammate) -> None:
    here, there = signed_in(admin_person)[0], signed_in(admin_person)[0]
    here.get(SET_UP)
    here.post(SET_UP, {"code": code_of(admin_person)})
    assert here.get(ACCOUNT).status_code == 200
    assert there.get(ACCOUNT).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("is_support", [False, True])
def test_the_password_alone_no_longer_signs_in(admin_person: Teammate, is_support: bool) -> None:
    person = SupportFactory.create() if is_support else admin_person
    with_second_factor(person)
    client, response = signed_in(person)
    assert response.headers["Location"] == STEP
    assert client.get(ACCOUNT).headers["Location"].startswith("/admin/login/")
    assert 'autocomplete="one-time-code"' in client.get(STEP).content.decode()
    assert client.post(STEP, {"code": code_of(person)}).headers["Location"] == ACCOUNT
    assert client.get(ACCOUNT).status_code == 200


def test_a_code_works_once(admin_person: Teammate) -> None:
    with_second_factor(admin_person)
    code = code_of(admin_person)
    assert signed_in(admin_person)[0].post(STEP, {"code": code}).status_code == 302
    assert "or was used already" in text(signed_in(admin_person)[0].post(STEP, {"code": code}))


def test_a_recovery_code_works_once_and_says_how_many_are_left(admin_person: Teammate) -> None:
    code = with_second_factor(admin_person)[0]
    response = signed_in(admin_person)[0].post(f"{STEP}?recovery=1", {"code": code.upper()}, follow=True)
    assert "You signed in with a recovery code; 9 are left" in text(response)
    assert signed_in(admin_person)[0].post(f"{STEP}?recovery=1", {"code": code}).status_code == 200
    assert Event.objects.get(kind="teammate.recovery_code_used").data["left"] == 9


def test_wrong_codes_make_one_wait_and_count_as_failed_sign_ins(admin_person: Teammate) -> None:
    with_second_factor(admin_person)
    client, _ = signed_in(admin_person)
    assert "This code is wrong" in text(client.post(STEP, {"code": "000000"}))
    assert "Wait 1 second and try again" in text(client.post(STEP, {"code": "000000"}))
    for _ in range(4):
        code_of(admin_person)
        response = client.post(STEP, {"code": "000000"})
    assert response.status_code == 429
    assert client.post(STEP, {"code": code_of(admin_person)}).status_code == 429


def test_the_step_is_nothing_without_the_password(admin_person: Teammate) -> None:
    with_second_factor(admin_person)
    assert Client().post(STEP, {"code": code_of(admin_person)}).headers["Location"] == "/admin/login/"


def test_a_new_password_undoes_the_first_step(admin_person: Teammate, company: Company) -> None:
    with_second_factor(admin_person)
    client, _ = signed_in(admin_person)
    admin_person.refresh_from_db()
    admin_person.set_password("another long password")
    admin_person.save()
    assert client.post(STEP, {"code": code_of(admin_person)}).headers["Location"] == "/admin/login/"


def test_turning_it_off_takes_the_password_and_a_code(admin_person: Teammate) -> None:
    with_second_factor(admin_person)
    client, _ = signed_in(admin_person)
    client.post(STEP, {"code": code_of(admin_person)})
    off = "/admin/account/two-factor/off/"
    assert client.post(off, {"password": "wrong", "code": code_of(admin_person)}).status_code == 200
    assert client.post(off, {"password": PASSWORD, "code": "000000"}).status_code == 200
    assert two_factor.is_on(admin_person)
    response = client.post(off, {"password": PASSWORD, "code": code_of(admin_person)})
    assert response.headers["Location"] == ACCOUNT
    assert client.get(ACCOUNT).status_code == 200
    assert not two_factor.is_on(admin_person)
    assert not StaticToken.objects.exists()


def test_new_recovery_codes_end_the_old_ones(admin_person: Teammate) -> None:
    old = with_second_factor(admin_person)
    client, _ = signed_in(admin_person)
    client.post(STEP, {"code": code_of(admin_person)})
    sent = {"password": PASSWORD, "code": code_of(admin_person)}
    response = client.post("/admin/account/two-factor/recovery-codes/", sent)
    assert "Store your recovery codes" in text(response)
    assert two_factor.check(admin_person, old[0]).device is None


# --- somebody else's ---


def test_an_admin_removes_the_second_factor_of_another_admin(admin: Browser, company: Company) -> None:
    other = TeammateFactory.create(company=company, admin=True)
    with_second_factor(other)
    assert "you are sure that it is they who ask" in text(admin.act("reset_two_factor", other, confirmed=False))
    admin.act("reset_two_factor", other)
    assert not two_factor.is_on(other)
    assert signed_in(other)[1].headers["Location"] == ACCOUNT
    assert Event.objects.filter(kind="teammate.two_factor_reset").count() == 1


def test_support_staff_remove_a_second_factor_with_a_reason_that_the_admins_read(
    support: Browser, admin: Browser, company: Company
) -> None:
    other = TeammateFactory.create(company=company, admin=True)
    with_second_factor(other)
    assert "Remove the second factor" in text(support.look("change", other))
    assert "This field is required" in text(support.act("reset_two_factor", other))
    assert two_factor.is_on(other)
    support.act("reset_two_factor", other, reason="Phone lost, ticket 7")
    assert not two_factor.is_on(other)
    (event,) = Event.objects.filter(kind="teammate.two_factor_reset")
    assert (event.actor_kind, event.data["reason"]) == (ActorKind.STAFF, "Phone lost, ticket 7")
    notices = text(admin.look("changelist", Notice))
    assert "Removed the second factor" in notices
    assert "Phone lost, ticket 7" in notices


def test_the_page_of_an_admin_says_whether_a_second_factor_is_on(
    support: Browser, admin: Browser, company: Company
) -> None:
    other = TeammateFactory.create(company=company, admin=True)
    for browser in (support, admin):
        assert "Two-factor sign-in Off" in text(browser.look("change", other))
    with_second_factor(other)
    for browser in (support, admin):
        assert "Two-factor sign-in On" in text(browser.look("change", other))


def test_an_admin_does_not_remove_their_own_that_way(admin: Browser, admin_person: Teammate) -> None:
    with_second_factor(admin_person)
    client, _ = signed_in(admin_person)
    client.post(STEP, {"code": code_of(admin_person)})
    assert "Turn off your own second factor" in text(client.act("reset_two_factor", admin_person))
    assert two_factor.is_on(admin_person)


def test_a_command_removes_that_of_support_staff(db: None) -> None:
    person = SupportFactory.create()
    with_second_factor(person)
    call_command("reset_two_factor", person.login)
    assert not two_factor.is_on(person)
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_two_factor", person.login)
    with pytest.raises(CommandError, match="among support staff"):
        call_command("reset_two_factor", "nobody@example.com")


# --- required by the company ---


def test_where_the_company_requires_it_admins_set_it_up_before_anything_else(
    admin_person: Teammate, company: Company
) -> None:
    Company.objects.filter(pk=company.pk).update(require_two_factor=True)
    client, _ = signed_in(admin_person)
    for path in (ACCOUNT, "/admin/", "/admin/teammates/teammate/", "/admin/password_change/"):
        assert client.get(path).headers["Location"] == SET_UP
    assert client.post("/admin/teammates/workspace/add/", {"name": "Too early"}).headers["Location"] == SET_UP
    assert "Your company requires two-factor sign-in" in text(client.get(SET_UP))
    client.post(SET_UP, {"code": code_of(admin_person)})
    assert client.get("/admin/teammates/teammate/").status_code == 200
    assert client.get("/admin/account/two-factor/off/").headers["Location"] == ACCOUNT


def test_support_staff_are_not_asked_by_a_company(support: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(require_two_factor=True)
    assert support.get("/admin/teammates/company/").status_code == 200


# --- signing out elsewhere ---


def test_signing_out_everywhere_else_keeps_this_browser(admin_person: Teammate) -> None:
    here, there = signed_in(admin_person)[0], signed_in(admin_person)[0]
    assert "In this browser and in 1 other." in text(here.get(ACCOUNT))
    response = here.post("/admin/account/sign-out-elsewhere/", follow=True)
    assert "Every other browser of yours is signed out" in text(response)
    assert "In this browser only." in text(response)
    assert there.get(ACCOUNT).headers["Location"].startswith("/admin/login/")


def test_looking_at_the_address_signs_nobody_out(admin_person: Teammate) -> None:
    here, there = signed_in(admin_person)[0], signed_in(admin_person)[0]
    here.get("/admin/account/sign-out-elsewhere/")
    assert there.get(ACCOUNT).status_code == 200
