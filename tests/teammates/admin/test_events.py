"""The audit log: what happened in plain sentences, who did it and how, before and after."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from teammates.admin import logs
from teammates.admin.changes import written
from teammates.models import ActorKind, Company, Event
from teammates.sentences import SENTENCES
from teammates.services import events
from teammates.services.events import SYSTEM, Actor
from templates_app.services import create_template, update_template
from tests.factories import (
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)
from tests.teammates.actors import ADMIN
from tests.teammates.admin.audit_log import listed, listed_on_all_pages
from tests.teammates.admin.conftest import Browser, text, url_of

HOUSE = Path(__file__).parents[3]


def kinds_in_the_code() -> set[str]:
    """Every literal of the form "noun.verb" that a service appends."""
    found = set()
    nouns = "teammate|group|token|template|company|workspace|inbox|custom_field|notice|access"
    for path in [*HOUSE.glob("teammates/services/*.py"), HOUSE / "templates_app/services.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            text_of = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.fullmatch(rf"({nouns})\.[a-z_]+", text_of):
                found.add(text_of)
    return found


def test_every_kind_of_event_has_a_sentence_of_its_own() -> None:
    assert kinds_in_the_code() - {"teammate.pk"} <= set(SENTENCES)


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_no_sentence_reads_like_code(kind: str) -> None:
    told = SENTENCES[kind]("Ada", {})
    assert told[0].isupper()
    assert "  " not in told
    assert not re.search(r"[_{}\[\]]|None|\b[a-z]+\.[a-z]+", told)


def test_the_list_says_who_did_what_to_whom_and_how(admin: Browser, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company, name="Support")
    data = {"before": {"name": "Old <b>"}, "after": {"name": "Support"}, "reason": "Ticket 7"}
    events.append(company.pk, "group.updated", SYSTEM, subject=group.public_id, name="Support", data=data)

    page = admin.look("changelist", Event)

    assert "Frontprov System Support Group Support: renamed from Old <b>" in text(page)
    assert url_of("change", group) in page.content.decode()
    assert "<b>" not in page.content.decode()


def test_what_an_admin_does_has_the_source_company_admin(admin: Browser, company: Company) -> None:
    admin.act("block", TeammateFactory.create(company=company))
    event = Event.objects.get(kind="teammate.blocked")

    assert "SourceCompany admin" in text(admin.look("change", event))


def test_an_event_shows_before_and_after_and_the_reason(admin: Browser, company: Company) -> None:
    workspace = WorkspaceFactory.create(company=company, name="Care")
    data = {
        "before": {"name": "Old <b>", "scim_override": False}, "after": {"name": "New", "scim_override": True},
        "reason": "Ticket 7", "granted": [workspace.public_id], "extra": 1,
    }  # fmt: skip
    events.append(company.pk, "group.updated", SYSTEM, subject="cir_1", name="Support", data=data)

    page = admin.look("change", Event.objects.get())

    assert "Old <b>New" in text(page)
    assert "SCIM allowed on this planNoYes" in text(page)
    assert "Ticket 7" in text(page)
    assert "Access given workspace Care" in text(page)
    assert "Old &lt;b&gt;" in page.content.decode()


def test_a_change_of_a_template_says_which_places_fields_and_preferences(admin: Browser, company: Company) -> None:
    inbox = InboxFactory.create(company=company, name="Leads", workspace__name="Care")
    field = CustomFieldFactory.create(company=company, name="Office")
    template = create_template(company, "Night squad", actor=ADMIN, workspaces=[inbox.workspace])
    changes = {"workspaces": [], "inboxes": [inbox], "custom_fields": {field.public_id: "Berlin"}}
    update_template(company, template.pk, {**changes, "preferences": {"theme": "dark"}}, actor=ADMIN)

    page = text(admin.look("change", Event.objects.latest("pk")))

    assert "Changed access, preferences, custom field Office of the template Night squad" in page
    for row in ("Accessworkspace Careinbox Leads", "Appearance—Dark", "Office—Berlin"):
        assert row in page


def test_an_event_cannot_be_changed(admin: Browser, company: Company) -> None:
    events.append(company.pk, "group.updated", SYSTEM, subject="cir_1", name="Support")
    assert admin.save("change", Event.objects.get(), kind="x").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"q": "cir_1"}, {"q": "support"}, {"about": "group"}, {"subject__exact": "cir_1"}, {"source": "staff"},
        {"q": "tea_s"}, {"actor": "tea_s"}, {"q": "sam"},
    ],
)  # fmt: skip
def test_events_are_found_by_what_whom_and_who(admin: Browser, company: Company, query: dict[str, str]) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    sam = Actor(ActorKind.STAFF, "Sam", "tea_s")
    events.append(company.pk, "group.updated", sam, subject="cir_1", name="Support")
    assert listed(admin.look("changelist", Event, **query)) == [Event.objects.get(kind="group.updated")]


def test_events_are_found_by_time(admin: Browser, company: Company) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    event = Event.objects.get()
    day, before = f"{event.at:%Y-%m-%d}", f"{event.at:%Y-%m-%dT%H:%M}"
    assert listed(admin.look("changelist", Event, since=day, until=day)) == [event]
    assert listed(admin.look("changelist", Event, since=before, until=before)) == [event]
    assert listed(admin.look("changelist", Event, until="2001-01-01")) == []


def test_a_time_beside_the_date_is_optional(admin: Browser, company: Company) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    event = Event.objects.get()
    day, minute = f"{event.at:%Y-%m-%d}", f"{event.at:%H:%M}"

    timed = admin.look("changelist", Event, since=day, since_time=minute, until=day, until_time=minute)

    assert listed(timed) == [event]
    assert listed(admin.look("changelist", Event, since=day, since_time="", until=day, until_time="")) == [event]
    assert "Enter a date, such as" in text(admin.look("changelist", Event, since_time="09:30"))


@pytest.mark.parametrize("name", ["Today", "Last 7 days", "Last 30 days"])
def test_a_link_asks_for_days_that_are_often_asked_for(admin: Browser, company: Company, name: str) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    page = admin.look("changelist", Event, about="teammate")
    url = next(url for called, url, _shown in page.context["periods"] if called == name)

    shown = admin.get(url_of("changelist", Event) + url)

    assert listed(shown) == [Event.objects.get()]
    assert "about=teammate" in url
    assert [str(called) for called, _url, is_shown in shown.context["periods"] if is_shown] == [name]


def test_yesterday_is_one_whole_day(admin: Browser, company: Company) -> None:
    yesterday = (timezone.now().astimezone(UTC) - timedelta(days=1)).date()
    periods = admin.look("changelist", Event).context["periods"]
    url = next(url for called, url, _shown in periods if called == "Yesterday")

    given = admin.get(url_of("changelist", Event) + url).context["form"].given()

    assert given["since"] == datetime(yesterday.year, yesterday.month, yesterday.day, tzinfo=UTC)
    assert given["until"] == given["since"] + timedelta(days=1)


def test_a_to_before_the_from_is_said_and_left_out(admin: Browser, company: Company) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")

    page = admin.look("changelist", Event, since="2001-02-02", until="2001-02-01")

    assert "This is before From, so it was left out." in text(page)
    assert len(listed(page)) == 1


@pytest.mark.parametrize("query", [{"since": "soon"}, {"about": "x"}, {"before": "abc"}, {"before": "9" * 30}])
def test_what_cannot_be_read_is_left_out(admin: Browser, company: Company, query: dict[str, str]) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    assert len(listed(admin.look("changelist", Event, **query))) == 1


def test_the_pages_of_the_log_hold_every_event_once(
    admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 4)
    events.append_many(company.pk, [("teammate.blocked", "tea_1", f"Ada {n}", {}) for n in range(10)], SYSTEM)
    seen = listed_on_all_pages(admin)
    assert seen == list(Event.objects.order_by("-pk"))


def test_a_search_looks_through_so_many_and_says_how_far_back(
    admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOOKED_AT", 5)
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Grace")
    events.append_many(company.pk, [("teammate.blocked", "tea_2", "Ada", {})] * 8, SYSTEM)

    page = admin.look("changelist", Event, q="Grace")

    assert listed(page) == []
    assert "Looked back to" in text(page)
    further = admin.get(url_of("changelist", Event) + page.context["earlier_url"])
    assert [event.subject_name for event in listed(further)] == ["Grace"]


def test_values_of_several_types_are_written_one_after_the_other_whatever_they_are() -> None:
    value = [{"value": "+49 30 1234", "type": "work"}, {"value": 7}]

    assert written(value, {}) == "+49 30 1234 (work), 7"
