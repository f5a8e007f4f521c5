"""Blocking ends every session of the person at the next request, in every process, and for good (customer guide)."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from teammates.models import TeammateSession
from teammates.services.departures import delete_teammate
from teammates.services.events import SYSTEM
from teammates.services.passwords import set_password
from teammates.services.sessions import end_sessions
from tests.factories import PASSWORD, TeammateFactory
from tests.scim.door import op, path_of, user

pytestmark = pytest.mark.django_db

HOME = "/admin/teammates/teammate/"


@pytest.fixture
def admins(company):
    """Ada and another admin, so that Ada is not the last."""
    TeammateFactory(company=company, admin=True)
    return TeammateFactory(company=company, admin=True, login="ada@example.com")


def sign_in(login="ada@example.com", password=PASSWORD):
    """A browser that signed in through the form."""
    browser = Client()
    browser.post(reverse("admin:login"), {"username": login, "password": password, "next": HOME})
    return browser


def is_in(browser):
    response = browser.get(HOME)
    assert response.status_code in (200, 302)
    return response.status_code == 200


BLOCKS = {
    "PATCH, Entra": lambda scim, ada: scim.patch(ada, op("Replace", "active", "False")),
    "PATCH, flagged": lambda scim, ada: scim.patch(ada, op("replace", None, {"active": False})),
    "PUT": lambda scim, ada: scim.put(path_of(ada), user(ada.login, active=False)),
    "DELETE": lambda scim, ada: scim.delete(path_of(ada)),
    "Bulk": lambda scim, ada: scim.post(
        "/Bulk",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                {"method": "PATCH", "path": path_of(ada), "data": {"Operations": [op("replace", "active", False)]}}
            ],
        },
    ),
}


@pytest.mark.parametrize("how", BLOCKS)
def test_blocking_ends_every_session_at_its_next_request(scim, events, admins, how):
    laptop, phone = sign_in(), sign_in()
    assert is_in(laptop)
    assert is_in(phone)

    BLOCKS[how](scim, admins)

    assert not is_in(laptop)
    assert not is_in(phone)
    assert not TeammateSession.objects.filter(teammate=admins).exists()
    assert events("teammate.blocked")[0].data["sessions_ended"] == 2


def test_an_old_session_stays_dead_after_unblocking(scim, admins):
    browser = sign_in()
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    scim.patch(admins, op("Replace", "active", "False"))

    scim.patch(admins, op("Replace", "active", "True"))

    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert not is_in(browser)
    assert is_in(sign_in())


def test_a_session_whose_row_survived_is_dead_too(scim, admins):
    """A row that another process writes back after the block carries the epoch from before it."""
    browser = sign_in()
    row = TeammateSession.objects.filter(teammate=admins).values().get()
    scim.patch(admins, op("Replace", "active", "False"))
    scim.patch(admins, op("Replace", "active", "True"))

    TeammateSession.objects.create(**row)

    assert not is_in(browser)


def test_a_blocked_person_cannot_sign_in(scim, admins):
    scim.patch(admins, op("Replace", "active", "False"))

    assert not is_in(sign_in())


def test_the_sessions_of_others_go_on(scim, company, admins):
    other = TeammateFactory(company=company, admin=True)
    theirs = sign_in(other.login)

    scim.patch(admins, op("Replace", "active", "False"))

    assert is_in(theirs)


def test_a_change_that_blocks_nobody_ends_no_session(scim, admins):
    browser = sign_in()

    scim.patch(admins, op("Replace", "displayName", "Ada King"), op("Replace", "active", "True"))

    assert is_in(browser)


def test_a_refused_block_ends_no_session(scim, company):
    ada = TeammateFactory(company=company, admin=True, login="ada@example.com")
    browser = sign_in()

    assert scim.patch(ada, op("Replace", "active", "False")).status == 400

    assert is_in(browser)


@pytest.mark.parametrize(
    "act",
    [
        lambda c, t: end_sessions(c.pk, t.pk, actor=SYSTEM),
        lambda c, t: set_password(c.pk, t.pk, "another long one", actor=SYSTEM),
        lambda c, t: delete_teammate(c.pk, t.pk, actor=SYSTEM),
    ],
    ids=["signed out", "new password", "deleted"],
)
def test_what_else_ends_sessions(company, admins, act):
    browser = sign_in()

    act(company, admins)

    assert not is_in(browser)


def test_a_teammate_who_is_no_admin_has_no_web_admin(company):
    TeammateFactory(company=company, login="ada@example.com")

    assert not is_in(sign_in())


ELSEWHERE = """
import sys
import django
from django.conf import settings
from django.db import connection
from django.test import Client

database, cookie, home = sys.argv[1:]
settings.DATABASES["default"]["NAME"] = database
django.setup()
browser = Client(headers={"host": "localhost"})
browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
for line in sys.stdin:
    print(browser.get(home).status_code, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_another_process_refuses_the_session_at_its_next_request(scim, admins):
    cookie = sign_in().cookies[settings.SESSION_COOKIE_NAME].value
    command = [sys.executable, "-c", ELSEWHERE, connection.settings_dict["NAME"], cookie, HOME]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "frontprov.settings"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as elsewhere:

        def ask():
            elsewhere.stdin.write("?\n")
            elsewhere.stdin.flush()
            return elsewhere.stdout.readline().strip()

        before = ask()
        scim.patch(admins, op("Replace", "active", "False"))
        after = ask()
        elsewhere.stdin.close()

    assert (before, after) == ("200", "302")
