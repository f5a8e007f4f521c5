"""Who hears of changes of security: the other admins of what one did to the company, oneself of one's own account."""

from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import TestCase

from teammates import tasks
from teammates.models import Company, Notice, NoticeKind, NoticeMail, Teammate
from teammates.services import departures, passwords, security_mail, staff, teammates, two_factor
from teammates.services.companies import update_company
from teammates.services.effects import drain_events
from teammates.services.events import OF_SIGNING_IN, SYSTEM, Actor
from teammates.services.sign_in import in_person
from tests.factories import SupportFactory, TeammateFactory
from tests.teammates.actors import STAFF, idp
from tests.teammates.admin.test_passwords import work
from tests.teammates.admin.test_two_factor import with_second_factor

pytestmark = pytest.mark.django_db
PASSWORD = "a horse with a battery"


@pytest.fixture
def ann(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, admin=True, login="ann@initech.example", display_name="Ann")


@pytest.fixture
def bob(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, admin=True, login="bob@initech.example", display_name="Bob")


@pytest.fixture
def cleo(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, login="cleo@initech.example", display_name="Cleo")


@pytest.fixture
def by_ann(ann: Teammate) -> Actor:
    return in_person(ann)


def give_role(person: Teammate, actor: Actor, wanted: bool = True) -> None:
    teammates.update_teammate(person.tenant_id, person.pk, {"is_company_admin": wanted}, actor=actor)


def mailed() -> dict[str, str]:
    """Who was mailed notices just now, and what."""
    tasks.mail_notices()
    sent = {message.to[0]: str(message.body) for message in mail.outbox}
    mail.outbox.clear()
    return sent


# --- the other admins ---


def test_of_a_new_admin_the_others_are_mailed_at_once_and_neither_who_did_it_nor_the_new_one(ann, bob, cleo, by_ann):
    give_role(cleo, by_ann)
    sent = mailed()
    assert set(sent) == {"bob@initech.example"}
    body = sent["bob@initech.example"]
    assert "Cleo (cleo@initech.example) is a company admin now: Ann gave them the role." in body
    assert "Nothing, if you expected it. Otherwise ask whoever did it" in body
    assert f"/admin/teammates/teammate/{cleo.pk}/change/" in body


LEAVES: dict[str, Any] = {
    "took the role away": lambda who, actor: give_role(who, actor, wanted=False),
    "blocked them": lambda who, actor: teammates.block_teammate(who.tenant_id, who.pk, actor=actor),
    "deleted them": lambda who, actor: departures.delete_teammate(who.tenant_id, who.pk, actor=actor),
}


@pytest.mark.parametrize("how", LEAVES)
def test_of_an_admin_less_the_others_are_mailed(company, ann, bob, cleo, by_ann, how):
    dora = TeammateFactory.create(company=company, admin=True, login="dora@initech.example", display_name="Dora")
    LEAVES[how](dora, by_ann)
    sent = mailed()
    assert set(sent) == {"bob@initech.example"}
    assert f"Dora (dora@initech.example) is a company admin no more: Ann {how}." in sent["bob@initech.example"]


def test_of_an_admin_whom_the_identity_provider_removes_all_are_mailed(company, ann, bob):
    dora = TeammateFactory.create(company=company, admin=True, display_name="Dora")
    departures.remove_by_idp(company.pk, dora.pk, actor=idp())
    assert set(mailed()) == {ann.login, bob.login}


def test_of_an_admin_who_is_added_or_unblocked_the_others_are_mailed(company, ann, bob, by_ann):
    draft = Teammate(company=company, login="new@initech.example", is_company_admin=True)
    new = teammates.create_teammate(draft, actor=by_ann)
    assert "is a company admin now: Ann added them." in Notice.objects.get().text
    teammates.block_teammate(company.pk, new.pk, actor=by_ann)
    teammates.unblock_teammate(company.pk, new.pk, actor=by_ann)
    assert Notice.objects.get(closed_at=None).text.endswith("Ann unblocked them.")


def test_a_plain_teammates_coming_and_going_is_nobodys_notice(company, ann, bob, cleo, by_ann):
    teammates.block_teammate(company.pk, cleo.pk, actor=by_ann)
    departures.delete_teammate(company.pk, cleo.pk, actor=by_ann)
    assert not Notice.objects.exists()


def test_what_is_undone_closes_and_is_told_anew(company, ann, bob, cleo, by_ann):
    for wanted in (True, False, True):
        give_role(cleo, by_ann, wanted=wanted)
    assert Notice.objects.get(closed_at=None).kind == NoticeKind.ADMIN_ADDED


def test_where_there_is_no_other_admin_nobody_is_told(company):
    draft = Teammate(company=company, login="first@initech.example", is_company_admin=True)
    first = in_person(teammates.create_teammate(draft, actor=SYSTEM))
    update_company(company.pk, {"group_sync_enabled": False}, actor=first)
    second = Teammate(company=company, login="second@initech.example", is_company_admin=True)
    teammates.create_teammate(second, actor=first)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(("wanted", "turned"), [(False, "off"), (True, "on")])
def test_of_a_switch_of_group_sync_the_others_are_mailed(company, ann, bob, by_ann, wanted, turned):
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=not wanted)
    update_company(company.pk, {"group_sync_enabled": wanted}, actor=by_ann)
    sent = mailed()
    assert set(sent) == {"bob@initech.example"}
    assert f"Ann turned Teammate Group Sync {turned}." in sent["bob@initech.example"]
    assert f"/admin/user-provisioning/?company={company.public_id}" in sent["bob@initech.example"]


def test_what_support_switches_is_told_once(company, ann, bob):
    update_company(company.pk, {"group_sync_enabled": False}, actor=STAFF, reason="They asked")
    assert [notice.kind for notice in Notice.objects.all()] == [NoticeKind.SUPPORT_ACT]


def test_of_what_support_did_all_admins_are_mailed_at_once(company, ann, bob):
    update_company(company.pk, {"group_sync_enabled": False}, actor=STAFF, reason="They asked")
    assert set(mailed()) == {"ann@initech.example", "bob@initech.example"}


def test_many_at_once_are_one_mail(company, ann, bob, by_ann):
    for person in TeammateFactory.create_batch(30, company=company):
        give_role(person, by_ann)
    tasks.mail_notices()
    assert len([message for message in mail.outbox if message.to == [bob.login]]) == 1
    mail.outbox.clear()
    give_role(TeammateFactory.create(company=company), by_ann)
    assert bob.login not in mailed(), "about the same kind once a day"
    assert not NoticeMail.objects.filter(teammate=ann).exists()


# --- oneself ---

DONE: dict[str, Any] = {
    "teammate.password_set": (
        lambda who: passwords.set_password(who.tenant_id, who.pk, PASSWORD, actor=in_person(who)),
        "A new password was set for your account",
    ),
    "teammate.two_factor_on": (with_second_factor, "Two-factor sign-in was turned on for your account"),
    "teammate.two_factor_off": (two_factor.turn_off, "Two-factor sign-in was turned off for your account"),
    "teammate.recovery_codes_made": (two_factor.new_recovery_codes, "New recovery codes were made for your account"),
}


@pytest.fixture
def empty_queue(db: None) -> None:
    cache.clear()
    work(run=False)


def told_at_once(act: Any) -> list[Any]:
    """The mails that follow from it once the worker has worked."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        act()
    drain_events()
    work()
    return list(mail.outbox)


@pytest.mark.usefixtures("empty_queue")
@pytest.mark.parametrize("kind", DONE)
@pytest.mark.parametrize("is_staff", [False, True], ids=["admin", "support"])
def test_one_is_told_at_once_what_was_done_to_ones_account(ann, kind, is_staff, settings):
    who = SupportFactory.create(login="sam@frontprov.example", display_name="Sam") if is_staff else ann
    act, subject = DONE[kind]
    if is_staff and kind == "teammate.password_set":
        act = lambda who: staff.set_staff_password(who.pk, PASSWORD)  # noqa: E731
    [message] = told_at_once(lambda: act(who))
    assert message.to == [who.login]
    assert message.subject == (subject if is_staff else f"Initech: {subject}")
    body = str(message.body)
    assert f"{subject} on " in body
    assert "If this was you, there is nothing to do." in body
    assert f"{settings.PUBLIC_URL}/admin/password/" in body
    assert f"{settings.PUBLIC_URL}/admin/account/" in body
    assert ("Tell whoever runs this server." if is_staff else "Tell another company admin") in body
    assert "&" not in body


@pytest.mark.usefixtures("empty_queue")
@pytest.mark.parametrize("how", ["password", "second factor"])
def test_what_another_admin_did_to_ones_account_is_told_with_their_name(ann, bob, how):
    def act() -> None:
        if how == "password":
            passwords.set_password(bob.tenant_id, bob.pk, PASSWORD, actor=in_person(ann))
        else:
            two_factor.reset(bob, actor=in_person(ann))

    [message] = told_at_once(act)
    assert message.to == [bob.login]
    assert ", by Ann. " in message.body
    assert "If you know of it, there is nothing to do." in message.body


@pytest.mark.usefixtures("empty_queue")
def test_the_same_again_within_minutes_is_no_second_mail(ann):
    with_second_factor(ann)
    told_at_once(lambda: None)
    mail.outbox.clear()
    for _ in range(5):
        two_factor.new_recovery_codes(ann)
    assert len(told_at_once(lambda: None)) == 1


@pytest.mark.usefixtures("empty_queue")
def test_who_turned_notices_off_is_told_all_the_same(ann):
    Teammate.objects.filter(pk=ann.pk).update(notices_by_email=False)
    assert len(told_at_once(lambda: with_second_factor(ann))) == 1


@pytest.mark.usefixtures("empty_queue")
def test_who_may_not_sign_in_any_more_is_not_written_to(company, ann, bob):
    passwords.set_password(company.pk, bob.pk, PASSWORD, actor=in_person(ann))
    teammates.block_teammate(company.pk, bob.pk, actor=in_person(ann))
    assert told_at_once(lambda: None) == []


@pytest.mark.usefixtures("empty_queue")
def test_a_mail_that_could_not_be_sent_is_tried_again(ann, settings):
    settings.EMAIL_BACKEND = "tests.teammates.test_notice_mail.Nowhere"
    arguments = (ann.pk, "teammate.password_set", "2026-05-05T05:05:05+00:00", "")
    with pytest.raises(ConnectionRefusedError):
        security_mail.send(*arguments)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    security_mail.send(*arguments)
    assert "on 5 May 2026, 05:05 UTC" in mail.outbox[0].body


def test_every_event_of_signing_in_has_words():
    assert set(security_mail.TOLD) == OF_SIGNING_IN
