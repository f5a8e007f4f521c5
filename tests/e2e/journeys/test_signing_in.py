"""Signing in: what helps when it fails, and the second factor."""

import base64
import email
import re
import time
from email import policy

import pytest
from django_otp.oath import TOTP

from tests.e2e.installation import Installation, wait_until
from tests.e2e.journeys.conftest import Come
from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company

NEW = "correct horse battery"


def mails_to(server: Installation, address: str) -> list[str]:
    """The texts of mails, which this installation writes into files."""
    files = sorted((server.data_dir / "mail").glob("*.log"))
    mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    bodies = [mail.get_body(("plain",)) for mail in mails if address in str(mail["To"])]
    return [body.get_content() for body in bodies if body is not None]


def links_to(server: Installation, address: str, number: int) -> list[str]:
    """The links of the one mail, when the worker has written it."""

    def links() -> list[str]:
        return re.findall(r"https?://\S+/admin/password/\S+", "".join(mails_to(server, address)))

    wait_until(lambda: len(links()) == number, f"a mail with {number} links is written")
    return links()


def set_password(person: Person) -> None:
    person.enter({"New password": NEW, "New password confirmation": NEW})
    person.press("Set the password")
    person.follow("Sign in")


def code_of(secret: str, steps_ahead: int = 0) -> str:
    """What an authenticator app shows; a step is half a minute, and no code is taken twice."""
    app = TOTP(base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8)))
    app.time = time.time() + 30 * steps_ahead
    return f"{app.token():06}"


def open_account(person: Person) -> None:
    person.page.get_by_role("button", name="Your account").click()
    person.follow("Your account")


def test_a_forgotten_password_also_ends_the_lock(
    stranger: Person, company: Company, running_server: Installation
) -> None:
    login = company.card["admin_email"]
    for _attempt in range(4):
        with stranger.page.expect_navigation():
            stranger.signs_in(login, "not the password")
        stranger.sees("The e-mail address or the password is wrong.")
    stranger.signs_in(login, "not the password")
    stranger.sees("Signing in is locked here.", "set a new one: that also ends the lock")
    stranger.forgives("429 (Too Many Requests)")

    stranger.follow("Set a new password")
    stranger.enter({"E-mail": login})
    stranger.press("Send the link")
    stranger.sees("a mail with a link is on its way", "mails are written into")
    (link,) = links_to(running_server, login, 1)
    stranger.page.goto(link)
    set_password(stranger)
    stranger.signs_in(login, NEW)
    stranger.sees("Add teammate")
    stranger.page.goto(link)
    stranger.sees("This link was used already or is too old.")
    stranger.forgives("410 (Gone)")


def set_up_two_factor(person: Person) -> tuple[str, list[str]]:
    """The secret that the app keeps, and the recovery codes."""
    open_account(person)
    person.follow("Set up")
    secret = person.copy("Copy No camera? Type this secret")
    person.enter({"Code": code_of(secret)})
    person.press("Turn on")
    return secret, store_recovery_codes(person)


def store_recovery_codes(person: Person) -> list[str]:
    person.sees("They are shown this once only.")
    codes = person.copy("Copy").split()
    assert len(codes) == 10
    person.follow("I have stored them")
    person.sees("10 recovery codes are left.")
    return codes


def sign_in_with_a_recovery_code(person: Person, company: Company, code: str) -> None:
    person.signs_in(company.card["admin_email"], company.card["admin_password"])
    person.follow("Use a recovery code")
    person.enter({"Recovery code": code})
    person.press("Sign in")


def test_two_factor_sign_in(admin: Person, company: Company, come: Come) -> None:
    login, password = company.card["admin_email"], company.card["admin_password"]
    secret, recovery = set_up_two_factor(admin)

    phone = come()
    phone.signs_in(login, password)
    phone.sees("The password of")
    phone.enter({"Code": code_of(secret, steps_ahead=1)})
    phone.press("Sign in")
    phone.sees("Add teammate")

    lost = come()
    sign_in_with_a_recovery_code(lost, company, recovery[0])
    lost.is_told("You signed in with a recovery code; 9 are left.")

    open_account(lost)
    lost.sees("In this browser and in 2 others.")
    lost.press("Sign out everywhere else")
    lost.is_told("Every other browser of yours is signed out.")
    phone.page.reload()
    phone.sees("Sign in to your company settings")


def test_recovery_codes_are_made_anew_and_two_factor_is_turned_off(admin: Person, company: Company, come: Come) -> None:
    login, password = company.card["admin_email"], company.card["admin_password"]
    secret, old = set_up_two_factor(admin)
    admin.follow("Make new recovery codes")
    admin.sees("the old ones stop working")
    admin.enter({"Password": password, "Code": code_of(secret, steps_ahead=1)})
    admin.press("Make new recovery codes")
    new = store_recovery_codes(admin)

    elsewhere = come()
    sign_in_with_a_recovery_code(elsewhere, company, old[0])
    elsewhere.sees("This recovery code is wrong, or was used already.")
    elsewhere.page.wait_for_timeout(1_000)  # who entered a wrong code has to wait a second
    elsewhere.enter({"Recovery code": new[0]})
    elsewhere.press("Sign in")
    elsewhere.is_told("9 are left.")

    open_account(admin)
    admin.follow("Turn off")
    admin.sees("Your password alone will open your account again")
    admin.enter({"Password": password, "Code": new[1]})
    admin.press("Turn off two-factor sign-in")
    admin.is_told("Two-factor sign-in is off.")
    alone = come()
    alone.signs_in(login, password)
    alone.sees("Add teammate")


def test_an_address_in_two_companies_is_asked_which(
    stranger: Person, company: Company, running_server: Installation
) -> None:
    """The mail for a forgotten password has a link for each; with one password for both, the page asks."""
    login, other = company.card["admin_email"], f"{company.card['slug']}-other"
    made = running_server.manage("bootstrap", "--company", other.title(), "--slug", other, "--admin-email", login)
    assert made.returncode == 0, made.stderr
    stranger.follow("Forgotten your password?")
    stranger.enter({"E-mail": login})
    stranger.press("Send the link")
    for link in links_to(running_server, login, 2):
        stranger.page.goto(link)
        set_password(stranger)
    stranger.signs_in(login, NEW)
    stranger.sees("Your e-mail address and password open more than one. Which do you want now?")
    stranger.press(other.title())
    stranger.sees(other.title(), "Add teammate")


@pytest.mark.company("--plan", "starter")
def test_a_plan_without_user_provisioning_says_so_and_takes_nothing_away(admin: Person) -> None:
    admin.sees("User provisioning (SCIM) is not part of your company's plan (Starter)", "stays as it is")
    admin.go("Teammates", "User provisioning")
    admin.sees("It is part of the Scale plan and above.", "One can, as soon as the plan includes user provisioning.")
