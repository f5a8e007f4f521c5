"""Notices by e-mail: one mail with what is new, to the company's own admins, however often and wherever it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPDataError, SMTPServerDisconnected
from threading import Barrier

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from teammates import tasks
from teammates.models import Company, Notice, NoticeKind, NoticeMail, Status
from teammates.services import notices, teammates
from teammates.services.events import SYSTEM
from tests.factories import TeammateFactory
from tests.teammates.actors import ADMIN

pytestmark = pytest.mark.django_db
URGENT, LATER = NoticeKind.NO_LICENCE, NoticeKind.GROUP_ADOPTED


@pytest.fixture
def ann(company):
    return TeammateFactory.create(company=company, admin=True, login="ann@initech.example", first_name="Ann")


def note(
    company: Company, kind: NoticeKind, subject: str = "", hours: float = 2, text: str = "Look at this."
) -> Notice:
    """A notice that was raised some hours ago."""
    notice = Notice.objects.create(company=company, kind=kind, subject=subject, text=text)
    Notice.objects.filter(pk=notice.pk).update(first_at=timezone.now() - timedelta(hours=hours))
    return notice


def a_day_passes() -> None:
    NoticeMail.objects.update(at=timezone.now() - timedelta(hours=25))


def mailed() -> list[tuple[list[str], str]]:
    tasks.mail_notices()
    sent = [(message.to, str(message.body)) for message in mail.outbox]
    mail.outbox.clear()
    return sent


def test_everything_new_is_in_one_mail_with_what_to_do_and_a_link(company, ann, settings):
    note(company, URGENT, text="All 5 licences are in use.")
    note(company, LATER, "cir_7", text="Support is now managed by your identity provider.")
    tasks.mail_notices()
    (message,) = mail.outbox
    assert message.to == ["ann@initech.example"]
    assert message.subject == "Initech: No licence left, and 1 more notice"
    html = message.alternatives[0][0]
    for body in (message.body, html):
        assert "All 5 licences are in use." in body
        assert "Support is now managed" in body
        assert "Block somebody who no longer needs access" in body
        assert f"{settings.PUBLIC_URL}/admin/teammates/company/{company.pk}/change/" in body
        assert f"{settings.PUBLIC_URL}/admin/teammates/notice/by-email/" in body


def test_nothing_is_mailed_twice(company, ann):
    note(company, URGENT)
    assert len(mailed()) == 1
    a_day_passes()
    assert mailed() == []


def test_what_is_not_urgent_waits_for_the_day_to_pass(company, ann):
    note(company, LATER, "cir_1")
    assert len(mailed()) == 1
    note(company, LATER, "cir_2", text="The second")
    note(company, LATER, "cir_3", text="The third")
    assert mailed() == []
    a_day_passes()
    ((_, body),) = mailed()
    assert "The second" in body
    assert "The third" in body
    assert "Look at this." not in body


def test_what_is_urgent_does_not_wait(company, ann):
    note(company, LATER, "cir_1")
    assert len(mailed()) == 1
    note(company, URGENT, hours=0)
    assert len(mailed()) == 1


def test_what_comes_and_goes_is_mailed_once_a_day(company, ann):
    for _ in range(3):
        notice = note(company, URGENT, hours=0)
        sent = mailed()
        notices.close_notice(company, notice.pk, actor=ADMIN)
    assert sent == []
    assert NoticeMail.objects.count() == 1


def test_what_is_over_within_the_hour_is_not_mailed(company, ann):
    note(company, LATER, "cir_1", hours=0.5)
    assert mailed() == []


def test_a_closed_notice_is_not_mailed(company, ann):
    notices.close_notice(company, note(company, URGENT).pk, actor=ADMIN)
    assert mailed() == []


def test_nobody_gets_another_companys_notices(company, other_company, ann):
    TeammateFactory.create(company=other_company, admin=True, login="bob@globex.example")
    note(company, URGENT, text="Initech is full.")
    note(other_company, URGENT, text="Globex is full.")
    sent = {to[0]: body for to, body in mailed()}
    assert set(sent) == {"ann@initech.example", "bob@globex.example"}
    assert "Globex" not in sent["ann@initech.example"]
    assert "Initech" not in sent["bob@globex.example"]


def test_only_active_admins_who_want_it_are_mailed(company):
    TeammateFactory.create(company=company)
    TeammateFactory.create(company=company, admin=True, status=Status.BLOCKED)
    TeammateFactory.create(company=company, admin=True, notices_by_email=False)
    TeammateFactory.create(company=company, admin=True, login="no address", email="")
    note(company, URGENT)
    assert mailed() == []


def test_each_admin_has_a_mail_of_their_own(company, ann):
    TeammateFactory.create(company=company, admin=True, login="amy@initech.example")
    note(company, URGENT)
    assert sorted(to for to, _ in mailed()) == [["amy@initech.example"], ["ann@initech.example"]]


def test_a_name_with_a_line_break_does_not_break_the_mail(company, ann):
    Company.objects.filter(pk=company.pk).update(name="Initech\nBcc: all@example.com")
    note(company, URGENT)
    tasks.mail_notices()
    assert mail.outbox[0].subject == "Initech Bcc: all@example.com: No licence left"
    assert "Bcc" not in mail.outbox[0].message()


# --- servers that fail ---


class Away(EmailBackend):
    def send_messages(self, messages):
        raise SMTPServerDisconnected("Connection unexpectedly closed")


class Nowhere(EmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError(111, "Connection refused")


class RefusesAnn(EmailBackend):
    def send_messages(self, messages):
        if "ann@initech.example" in messages[0].to:
            raise SMTPDataError(554, b"no")
        return super().send_messages(messages)


@pytest.mark.parametrize("backend", [Away, Nowhere])
def test_a_mail_server_that_is_down_loses_nothing(company, ann, settings, backend):
    note(company, URGENT)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"
    assert mailed() == []
    settings.EMAIL_BACKEND = working
    assert len(mailed()) == 1


def test_a_mail_that_is_refused_is_in_nobodys_way(company, ann, settings):
    TeammateFactory.create(company=company, admin=True, login="zoe@initech.example")
    note(company, URGENT)
    settings.EMAIL_BACKEND = f"{__name__}.RefusesAnn"
    assert [to for to, _ in mailed()] == [["zoe@initech.example"]]


@pytest.mark.django_db(transaction=True)
def test_workers_that_mail_at_once_send_one_mail(company, ann):
    note(company, URGENT)
    start = Barrier(4)

    def work() -> None:
        start.wait()
        try:
            tasks.mail_notices()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    assert len(mail.outbox) == 1


def test_a_new_company_admin_is_not_mailed_about_themselves(company, ann):
    new = TeammateFactory.create(company=company, first_name="New", password="!")
    teammates.update_teammate(company.pk, new.pk, {"is_company_admin": True}, actor=SYSTEM)
    assert [to for to, _body in mailed()] == [[ann.email]]
    note(company, URGENT)
    assert sorted(to for to, _body in mailed()) == sorted([[ann.email], [new.email]])
