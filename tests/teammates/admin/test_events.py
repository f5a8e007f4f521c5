"""The audit log: what happened in plain sentences, who did it and how, what it was about, before and after."""

import ast
import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teammates.admin import logs
from teammates.admin.changes import written
from teammates.models import ActorKind, Company, Event, Teammate
from teammates.sentences import SENTENCES
from teammates.services import events
from teammates.services.events import SYSTEM, Actor
from tests.factories import ApiTokenFactory, TeammateFactory, TeammateGroupFactory, WorkspaceFactory
from tests.scim.door import Door, op
from tests.teammates.admin.conftest import Browser, text, url_of

HOUSE = Path(__file__).parents[3]


def listed(page: Any) -> list[Event]:
    return list(page.context["cl"].result_list)


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
    assert "Access given Care" in text(page)
    assert "Old &lt;b&gt;" in page.content.decode()


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


@pytest.mark.parametrize("query", [{"since": "soon"}, {"about": "x"}, {"before": "abc"}, {"before": "9" * 30}])
def test_what_cannot_be_read_is_left_out(admin: Browser, company: Company, query: dict[str, str]) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    assert len(listed(admin.look("changelist", Event, **query))) == 1


def test_the_pages_of_the_log_hold_every_event_once(
    admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 4)
    events.append_many(company.pk, [("teammate.blocked", "tea_1", f"Ada {n}", {}) for n in range(10)], SYSTEM)
    seen, page = [], admin.look("changelist", Event)
    while True:
        seen += listed(page)
        if not page.context["earlier_url"]:
            break
        page = admin.get(url_of("changelist", Event) + page.context["earlier_url"])
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


@pytest.mark.parametrize("by", ["idp", "admin", "nobody"])
def test_the_history_of_a_blocked_person_says_first_who_blocked_them(
    admin: Browser, support: Browser, company: Company, by: str
) -> None:
    person = TeammateFactory.create(company=company, display_name="Ada Lovelace")
    token = ApiTokenFactory.create(company=company, name="Entra 2026")
    if by == "idp":
        Door(token).patch(person, op("Replace", "active", "False"))
    elif by == "admin":
        admin.act("block", person)

    for browser in (admin, support):
        page = browser.look("changelist", Event, subject__exact=person.public_id)
        said = text(page)
        if by == "idp":
            assert "UTC by Identity provider (Entra 2026) (Identity provider)" in said
            assert url_of("change", token) in page.content.decode()
            request = browser.get(page.context["about"]["blocked"].request_url, follow=True)
            assert '"active"' in request.content.decode() or "&quot;active&quot;" in request.content.decode()
        elif by == "admin":
            assert "UTC by Grace Hopper (Teammate)" in said
        else:
            assert "UTC by" not in said


# --- the file ---


def rows_of(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_the_file_has_what_the_filters_find(admin: Browser, company: Company, other_company: Company) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    events.append(company.pk, "group.created", SYSTEM, subject="cir_1", name="Support")
    events.append(other_company.pk, "teammate.blocked", SYSTEM, subject="tea_2", name="Eve")

    response = admin.get(reverse("admin:teammates_event_export"), {"about": "teammate"})

    assert response.headers["Content-Disposition"].startswith('attachment; filename="audit-log-')
    assert [row["Event"] for row in rows_of(response)] == ["Blocked Ada; licence freed"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_of_the_file_is_a_formula(admin: Browser, company: Company, name: str) -> None:
    events.append(company.pk, "teammate.created", SYSTEM, subject="tea_1", name=name)
    assert rows_of(admin.get(reverse("admin:teammates_event_export")))[0]["Updated resource"] == f"'{name}"


def test_the_file_is_read_in_batches(admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BATCH", 10)
    events.append_many(company.pk, [("teammate.blocked", "tea_1", f"Ada {n}", {}) for n in range(35)], SYSTEM)
    response = admin.get(reverse("admin:teammates_event_export"))
    with CaptureQueriesContext(connection) as captured:
        rows = rows_of(response)
    assert [row["Updated resource"] for row in rows] == [f"Ada {n}" for n in reversed(range(35))]
    assert len(captured) == 4
    assert all("LIMIT 10" in query["sql"] for query in captured)


def test_nobody_else_gets_the_file(browser: Any, company: Company, other_company: Company, admin: Browser) -> None:
    plain: Teammate = TeammateFactory.create(company=company)
    assert browser(plain).get(reverse("admin:teammates_event_export")).status_code == 302
    foreign = {"company": other_company.public_id}
    assert admin.get(reverse("admin:teammates_event_export"), foreign).status_code == 404


def test_values_of_several_types_are_written_one_after_the_other_whatever_they_are() -> None:
    value = [{"value": "+49 30 1234", "type": "work"}, {"value": 7}]

    assert written(value, {}) == "+49 30 1234 (work), 7"
