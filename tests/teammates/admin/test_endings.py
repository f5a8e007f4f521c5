"""Why somebody has no access any more: given where they are blocked, and answered on top of their page."""

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from teammates.models import Company, Event, Teammate
from teammates.services import departures, teammates
from tests.factories import TeammateFactory
from tests.scim.door import Door, op, path_of
from tests.teammates.actors import ADMIN, SYSTEM, idp
from tests.teammates.admin.conftest import Browser, entered, text, url_of

WHY = "Left the company, ticket 7"


@pytest.fixture
def ada(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, display_name="Ada", login="ada@example.com")


def on_top(browser: Browser, person: Teammate) -> str:
    """What stands on the person's page above the tabs."""
    page = browser.look("change", person)
    banner = page.context["banner"]
    assert banner in page.content.decode().partition('id="teammate_form"')[0]
    return unescape(strip_tags(banner))


# --- the reason ---


@pytest.mark.parametrize(("action", "kind"), [("block", "blocked"), ("unblock", "unblocked"), ("delete", "deleted")])
@pytest.mark.parametrize("number", [1, 2])
def test_a_reason_may_be_given_for_one_and_for_many(
    admin: Browser, company: Company, action: str, kind: str, number: int
) -> None:
    people = TeammateFactory.create_batch(number, company=company, blocked=action == "unblock")
    assert "Reason (optional)" in text(admin.act(action, *people, confirmed=False))

    admin.act(action, *people, reason=f" {WHY} ")

    events = Event.objects.filter(kind=f"teammate.{kind}")
    assert [event.data["reason"] for event in events] == [WHY] * number
    assert f"(reason: {WHY})" in text(admin.look("changelist", Event))
    assert WHY in text(admin.look("change", events[0]))
    assert WHY in text(admin.look("change", people[0])).rpartition("History")[2]
    export: Any = admin.get(reverse("admin:teammates_event_export"))
    assert f',"{WHY}",' in b"".join(export.streaming_content).decode()


def test_without_a_reason_nothing_is_kept_of_one(admin: Browser, ada: Teammate) -> None:
    admin.act("block", ada)
    assert "reason" not in Event.objects.get(kind="teammate.blocked").data


def test_the_question_says_what_becomes_of_shared_conversations(admin: Browser, ada: Teammate) -> None:
    assert "their shared conversations are released" in text(admin.act("block", ada, confirmed=False))


def test_a_reason_is_bounded(admin: Browser, ada: Teammate) -> None:
    assert "at most 500 characters" in text(admin.act("block", ada, reason="x" * 501))
    ada.refresh_from_db()
    assert ada.is_active


# --- on top of the page ---


def test_it_says_who_when_and_why(admin: Browser, admin_person: Teammate, ada: Teammate) -> None:
    admin.act("block", ada, reason=f"{WHY}.")
    told = on_top(admin, ada)
    assert told.startswith(f"Blocked by {admin_person.name} on ")
    assert f": {WHY}. The entry in the audit log" in told
    assert f"Reason: {WHY}." in text(admin.look("change", ada)), "and on the Overview"


def test_it_says_that_no_reason_was_given(admin: Browser, ada: Teammate) -> None:
    admin.act("block", ada)
    assert ": no reason was given. The entry" in on_top(admin, ada)


ENDS: dict[str, Any] = {
    "suspended": (
        lambda scim, ada: scim.patch(ada, op("Replace", "active", "False")), "it sent that they are not active"
    ),
    "removed": (lambda scim, ada: scim.delete(path_of(ada)), "it removed them"),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDS)
def test_what_the_identity_provider_did_leads_to_its_request(
    support: Browser, company: Company, ada: Teammate, how: str
) -> None:
    act, why = ENDS[how]
    act(Door.of(company), ada)
    told = on_top(support, ada)
    assert "Blocked by Identity provider (Entra) on " in told
    assert f": {why}. The entry in the audit log · The identity provider's request" in told
    way = reverse("admin:scim_logentry_of_event", args=[Event.objects.get(kind="teammate.blocked").public_id])
    assert f'href="{way}"' in support.look("change", ada).content.decode()
    assert support.get(way, follow=True).status_code == 200


@pytest.mark.parametrize("how", ENDS)
def test_the_audit_log_and_the_history_say_what_the_identity_provider_did(
    admin: Browser, company: Company, ada: Teammate, how: str
) -> None:
    act, why = ENDS[how]
    act(Door.of(company), ada)
    event = Event.objects.get(kind="teammate.blocked")
    why = why.replace("it ", "the identity provider ")
    said = f"licence freed (reason: {why})"

    assert said in text(admin.look("changelist", Event))
    assert said in text(admin.look("change", ada))
    assert f"Reason{why}" in text(admin.look("change", event))
    assert said in b"".join(admin.look("export", Event).streaming_content).decode()


def test_who_was_blocked_here_and_removed_there_later_is_told_with_both(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    admin.act("block", ada, reason=WHY)
    Door.of(company).delete(path_of(ada))
    assert f"{WHY}. The identity provider removed them on " in on_top(admin, ada)


def test_who_was_blocked_again_is_told_of_the_last_time(admin: Browser, company: Company, ada: Teammate) -> None:
    Door.of(company).delete(path_of(ada))
    teammates.unblock_teammate(company.pk, ada.pk, actor=SYSTEM)
    teammates.block_teammate(company.pk, ada.pk, actor=ADMIN, reason=WHY)
    told = on_top(admin, ada)
    assert "Blocked by Grace Hopper on " in told
    assert "removed" not in told


def test_who_arrived_blocked_is_told_as_that(admin: Browser, company: Company) -> None:
    answer = Door.of(company).create_user("bob@example.com", active=False)
    bob = Teammate.objects.get(pk=Teammate.pk_of(answer["id"]))
    assert "Created as blocked by Identity provider (Entra) on " in on_top(admin, bob)


def test_who_was_deleted_is_told_with_what_becomes_of_the_address(
    admin: Browser, support: Browser, company: Company, ada: Teammate
) -> None:
    departures.delete_teammate(company.pk, ada.pk, actor=ADMIN, reason=WHY)
    told = on_top(admin, ada)
    assert "Deleted by Grace Hopper on " in told
    assert f"{WHY}. " in told
    assert "ask support, if it is to be used again" in told
    assert "until you release it, with a reason" in on_top(support, ada)


def test_it_is_asked_once_for_the_whole_page(admin: Browser, ada: Teammate) -> None:
    admin.act("block", ada)
    with CaptureQueriesContext(connection) as captured:
        admin.look("change", ada)
    assert len([each for each in captured if "teammate.removed_by_idp" in each["sql"]]) == 1


def test_somebody_without_events_has_a_page_all_the_same(admin: Browser, company: Company) -> None:
    """As after rows were changed by hand."""
    person = TeammateFactory.create(company=company, blocked=True)
    assert "Blocked" in text(admin.look("change", person))


# --- who has not set a password yet ---


def test_an_admin_without_a_password_is_shown_as_such_and_invited_again(admin: Browser, company: Company) -> None:
    bob = TeammateFactory.create(company=company, admin=True, password="!")
    page: Any = admin.look("change", bob)
    assert "has not set a password yet" in text(page)
    assert "invite" in {button.name for button in page.context["buttons"]}
    admin.act("invite", bob)
    assert Event.objects.get(kind="teammate.invited").data == {"to": bob.email}


def test_who_has_a_password_needs_no_invitation(admin: Browser, admin_person: Teammate, ada: Teammate) -> None:
    for person in (admin_person, ada):
        page: Any = admin.look("change", person)
        assert "invite" not in {button.name for button in page.context["buttons"]}


# --- who becomes a company admin while blocked ---


def test_a_blocked_person_becomes_a_company_admin_when_they_are_unblocked(admin: Browser, company: Company) -> None:
    bob = TeammateFactory.create(company=company, blocked=True, password="!")
    fields = entered(admin.look("change", bob)) | {"is_company_admin": "on"}
    saved = text(admin.post(url_of("change", bob), fields, follow=True))
    assert "They are blocked: they become a company admin when they are unblocked" in saved
    assert "Company admin, once unblocked" in text(admin.look("changelist", Teammate))
    assert not Event.objects.filter(kind="teammate.invited").exists()

    asked = text(admin.act("unblock", bob, confirmed=False))
    assert "They are a company admin again" in asked
    assert "has not set a password yet and gets an e-mail with a link to set one" in asked
    admin.act("unblock", bob)
    assert Event.objects.get(kind="teammate.invited").data == {"to": bob.email}


def test_whoever_unblocks_a_new_company_admin_has_them_invited(company: Company) -> None:
    bob = TeammateFactory.create(company=company, blocked=True, admin=True, password="!")
    teammates.update_teammate(company.pk, bob.pk, {"active": True}, actor=idp())
    assert Event.objects.get(kind="teammate.invited").subject == bob.public_id
