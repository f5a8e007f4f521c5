"""Last seen: true for the person and for the browser, without a write for every request."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from teammates.models import Teammate, TeammateSession
from teammates.tasks import clear_sign_ins
from tests.factories import PASSWORD, TeammateFactory

PAGE = "/admin/password_change/"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


@pytest.fixture
def person(company):
    return TeammateFactory.create(company=company, admin=True)


@pytest.fixture
def browser(person):
    client = Client(headers={"user-agent": AGENT}, REMOTE_ADDR="192.0.2.7")
    client.post("/admin/login/", {"username": person.login, "password": PASSWORD})
    return client


def seen_long_ago(person):
    then = timezone.now() - timedelta(hours=1)
    TeammateSession.objects.filter(teammate=person).update(last_seen_at=then)
    Teammate.objects.filter(pk=person.pk).update(last_seen_at=then)
    return then


def writes(client):
    with CaptureQueriesContext(connection) as sent:
        client.get(PAGE)
    return [query["sql"] for query in sent if "UPDATE" in query["sql"]]


def test_signing_in_notes_when_from_where_and_with_what(person, browser):
    session = TeammateSession.objects.get(teammate=person)

    assert (session.address, session.user_agent) == ("192.0.2.7", AGENT)
    assert session.signed_in_at is not None
    person.refresh_from_db()
    assert person.last_seen_at is not None


def test_behind_a_proxy_a_session_is_where_the_browser_is(person, settings):
    settings.TRUSTED_PROXIES = 1
    client = Client(headers={"x-forwarded-for": "made-up, 203.0.113.7"})

    client.post("/admin/login/", {"username": person.login, "password": PASSWORD})

    assert TeammateSession.objects.get(teammate=person).address == "203.0.113.7"


def test_a_page_after_a_while_is_noted_for_person_and_browser(person, browser):
    then = seen_long_ago(person)

    browser.get(PAGE)

    person.refresh_from_db()
    assert person.last_seen_at > then
    assert TeammateSession.objects.get(teammate=person).last_seen_at > then


def test_pages_in_a_row_write_nothing(person, browser):
    seen_long_ago(person)

    assert len(writes(browser)) == 1
    assert writes(browser) == []


def test_being_seen_is_no_new_version(person, browser):
    seen_long_ago(person)

    browser.get(PAGE)

    before = person.version
    person.refresh_from_db()
    assert person.version == before


def test_a_session_that_is_written_keeps_what_is_known_of_it(person, browser):
    session = browser.session
    session["something"] = "else"
    session.save()

    kept = TeammateSession.objects.get(teammate=person)
    assert (kept.address, kept.user_agent) == ("192.0.2.7", AGENT)
    assert None not in (kept.signed_in_at, kept.last_seen_at)


def test_strangers_leave_no_trace(db):
    assert writes(Client()) == []
    assert not TeammateSession.objects.exists()


def test_a_very_long_user_agent_is_cut(person):
    client = Client(headers={"user-agent": "x" * 5000})

    client.post("/admin/login/", {"username": person.login, "password": PASSWORD})

    assert len(TeammateSession.objects.get(teammate=person).user_agent) == 400


def test_sessions_that_ran_out_are_deleted_and_no_others(person, browser):
    Client().post("/admin/login/", {"username": person.login, "password": PASSWORD})
    kept, over = TeammateSession.objects.order_by("signed_in_at")
    TeammateSession.objects.filter(pk=over.pk).update(expire_date=timezone.now() - timedelta(seconds=1))

    clear_sign_ins.apply().get()

    assert TeammateSession.objects.get().pk == kept.pk
    assert browser.get(PAGE).status_code == 200
