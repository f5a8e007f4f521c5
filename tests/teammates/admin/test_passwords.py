"""Setting a password by a link from a mail: forgotten ones, and the first one of a new admin."""

import re
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from teammates.models import Company, Event, Teammate
from teammates.services import passwords, sessions, teammates
from teammates.services.effects import drain_events
from teammates.services.events import SYSTEM
from tests.factories import PASSWORD, SupportFactory, TeammateFactory
from tests.teammates.actors import ADMIN
from tests.teammates.admin.conftest import text

NEW = "a horse with a battery"


@pytest.fixture(autouse=True)
def empty_queue(db: None) -> None:
    cache.clear()
    work(run=False)


def work(run: bool = True) -> int:
    """Be the worker: do what waits in the queue; how much it was."""
    current_app.loader.import_default_modules()
    done = 0
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        while True:
            try:
                message = queue.get(block=False)
            except queue.Empty:
                return done
            message.ack()
            if run and message.headers["task"] != "teammates.drain_events":
                current_app.tasks[message.headers["task"]](*message.payload[0])
                done += 1


def ask(login: str) -> Any:
    return Client().post("/admin/password/", {"login": login})


def links() -> list[str]:
    bodies = " ".join(str(each.body) for each in mail.outbox)
    return re.findall(r"http://localhost:8000(/admin/password/\S+)", bodies)


def set_new(link: str, password: str = NEW) -> Any:
    return Client().post(link, {"new_password1": password, "new_password2": password})


def opens(login: str, password: str) -> bool:
    status: int = Client().post("/admin/login/", {"username": login, "password": password}).status_code
    return status == 302


def test_an_admin_sets_a_new_password_with_a_link_from_a_mail(admin_person: Teammate, company: Company) -> None:
    ask(admin_person.login.upper())
    work()
    assert mail.outbox[0].to == [admin_person.email]
    assert company.name in mail.outbox[0].body
    [link] = links()
    page = Client().get(link)
    assert admin_person.login in text(page)
    assert page.headers["Referrer-Policy"] == "same-origin", "the link is told to nobody, and forms are still believed"
    assert "Your new password is set" in text(set_new(link))
    assert opens(admin_person.login, NEW)
    assert not opens(admin_person.login, PASSWORD)
    assert Event.objects.get(kind="teammate.password_set").data["by_link"] is True
    assert Event.objects.get(kind="teammate.password_link_sent").data == {"to": admin_person.email}


def test_support_staff_do_the_same(db: None) -> None:
    person = SupportFactory.create()
    ask(person.login)
    work()
    set_new(links()[0])
    assert opens(person.login, NEW)


def test_a_new_password_ends_the_sessions_of_the_old_one(admin_person: Teammate) -> None:
    client = Client()
    client.post("/admin/login/", {"username": admin_person.login, "password": PASSWORD})
    ask(admin_person.login)
    work()
    assert links(), "the sign-in came before"
    set_new(links()[0])
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert not admin_person.sessions.exists()


def test_a_new_password_ends_a_lock(admin_person: Teammate) -> None:
    for _ in range(5):
        opens(admin_person.login, "wrong")
    assert not opens(admin_person.login, PASSWORD)
    ask(admin_person.login)
    work()
    set_new(links()[0])
    assert opens(admin_person.login, NEW)


def test_a_link_works_once(admin_person: Teammate) -> None:
    ask(admin_person.login)
    work()
    set_new(links()[0])
    response = set_new(links()[0], "another horse with it")
    assert response.status_code == 410
    assert "This link was used already or is too old" in text(response)
    assert opens(admin_person.login, NEW)


def test_looking_at_a_link_does_not_use_it_up(admin_person: Teammate) -> None:
    ask(admin_person.login)
    work()
    for _ in range(3):
        assert Client().get(links()[0]).status_code == 200
    assert set_new(links()[0]).status_code == 200


def test_a_link_works_for_an_hour(admin_person: Teammate, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(admin_person.login)
    work()
    later = timezone.now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert Client().get(links()[0]).status_code == 410


@pytest.mark.parametrize("happens", ["block", "sign out everywhere", "no admin any more"])
def test_what_else_ends_a_link(admin_person: Teammate, company: Company, happens: str) -> None:
    TeammateFactory.create(company=company, admin=True)
    ask(admin_person.login)
    work()
    match happens:
        case "block":
            teammates.block_teammate(company.pk, admin_person.pk, actor=SYSTEM)
            assert Client().get(links()[0]).status_code == 410
            teammates.unblock_teammate(company.pk, admin_person.pk, actor=SYSTEM)
        case "sign out everywhere":
            sessions.end_sessions(company.pk, admin_person.pk, actor=SYSTEM)
        case _:
            teammates.update_teammate(company.pk, admin_person.pk, {"is_company_admin": False}, actor=SYSTEM)
    assert set_new(links()[0]).status_code == 410


@pytest.mark.parametrize("token", ["abc", "a:b:c", "WzEsIngiXQ:1a:b", "%00"])
def test_a_made_up_link_opens_nothing(db: None, token: str) -> None:
    assert Client().get(f"/admin/password/{token}/").status_code in (404, 410)


@pytest.mark.parametrize("who", ["an admin", "nobody", "a blocked admin", "a plain teammate"])
def test_the_answer_is_the_same_whoever_is_asked_about(company: Company, who: str) -> None:
    person = TeammateFactory.create(
        company=company, admin="admin" in who, status="blocked" if "blocked" in who else "active"
    )
    response = ask("nobody@example.com" if who == "nobody" else person.login)
    assert response.status_code == 200
    assert "If this address may open company settings here, a mail with a link is on its way" in text(response)
    assert work() == 1
    assert len(mail.outbox) == (1 if who == "an admin" else 0)


def test_one_mail_lists_the_accounts_of_several_companies(company: Company, other_company: Company) -> None:
    for each in (company, other_company):
        TeammateFactory.create(company=each, admin=True, login="both@example.com")
    ask("both@example.com")
    work()
    assert len(mail.outbox) == 1
    assert company.name in mail.outbox[0].body
    assert other_company.name in mail.outbox[0].body
    first, second = links()
    set_new(first)
    assert set_new(second).status_code == 200, "each company's account has its own link"


def test_asking_again_and_again_fills_no_mailbox(admin_person: Teammate) -> None:
    for _ in range(5):
        ask(admin_person.login)
    work()
    assert len(mail.outbox) == 1


def test_a_queue_that_is_away_is_said(admin_person: Teammate, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", away)
    for login in (admin_person.login, "nobody@example.com"):
        response = ask(login)
        assert response.status_code == 503
        assert "Try again in a few minutes" in text(response)


def test_a_weak_password_is_refused_and_the_link_goes_on(admin_person: Teammate) -> None:
    ask(admin_person.login)
    work()
    assert "too short" in text(set_new(links()[0], "short"))
    assert set_new(links()[0]).status_code == 200


# --- invitations ---


def test_a_new_admin_is_invited_to_set_a_password(company: Company) -> None:
    draft = Teammate(company=company, login="new@example.com", is_company_admin=True)
    teammates.create_teammate(draft, actor=ADMIN)
    drain_events()
    work()
    assert mail.outbox[0].to == ["new@example.com"]
    assert company.name in mail.outbox[0].body
    assert set_new(links()[0]).status_code == 200
    assert opens("new@example.com", NEW)
    assert Event.objects.get(kind="teammate.invited").actor == ADMIN.name


def test_an_invitation_is_good_for_a_week(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    person = TeammateFactory.create(company=company, admin=True)
    passwords.send_invitation(person.pk)
    now = timezone.now()
    monkeypatch.setattr("django.core.signing.time.time", (now + timedelta(days=6, hours=23)).timestamp)
    assert Client().get(links()[0]).status_code == 200
    monkeypatch.setattr("django.core.signing.time.time", (now + timedelta(days=7, minutes=1)).timestamp)
    assert Client().get(links()[0]).status_code == 410


@pytest.mark.parametrize("who", ["plain", "blocked", "no address"])
def test_who_has_no_web_admin_is_not_invited(company: Company, who: str) -> None:
    person = TeammateFactory.create(company=company, admin=who != "plain", blocked=who == "blocked")
    if who == "no address":
        Teammate.objects.filter(pk=person.pk).update(email="", login="grace", login_key="grace")
    assert not passwords.invite_admin(company.pk, person.pk, actor=ADMIN)
    assert not Event.objects.filter(kind="teammate.invited").exists()
