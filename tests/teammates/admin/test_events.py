"""The audit log: what happened in plain sentences, who did it and how, what it was about, before and after."""

import ast
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from teammates.admin import logs
from teammates.admin.changes import written
from teammates.models import ActorKind, Company, Event, Membership, Teammate, TeammateGroup
from teammates.sentences import SENTENCES
from teammates.services import access, companies, custom_fields, departures, events, groups, teammates, tokens
from teammates.services.events import SYSTEM, Actor
from teammates.services.members import MemberChange
from templates_app.services import create_template, update_template
from tests.factories import (
    ApiTokenFactory,
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)
from tests.scim.door import Door, op
from tests.teammates.actors import ADMIN
from tests.teammates.admin.conftest import Browser, one_of_each, text, url_of

HOUSE = Path(__file__).parents[3]


def listed(page: Any) -> list[Event]:
    return list(page.context["cl"].result_list)


def listed_on_all_pages(client: Browser, **query: Any) -> list[Event]:
    seen, page = [], client.look("changelist", Event, **query)
    while True:
        seen += listed(page)
        if not page.context["earlier_url"]:
            return seen
        page = client.get(url_of("changelist", Event) + page.context["earlier_url"])


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


# --- about a person ---


def sentences(page: Any) -> list[str]:
    return [event.sentence for event in page.context["cl"].result_list]


def test_about_a_person_the_log_tells_what_groups_brought_and_took(admin: Browser, company: Company) -> None:
    ben, ada = (TeammateFactory.create(company=company, display_name=name) for name in ("Ben Okafor", "Ada"))
    desk = groups.create_group(company, TeammateGroup(name="Desk"), [ada.public_id], actor=ADMIN)
    inbox = InboxFactory.create(company=company, name="Leads")
    access.change_grants(desk, grant=[inbox], actor=ADMIN)  # before Ben came
    groups.update_group(company, desk.pk, {}, [MemberChange(add=[ben.public_id])], actor=ADMIN)
    Membership.objects.filter(teammate=ben).update(created_at=Event.objects.latest("pk").at)  # not when the test began
    access.change_grants(desk, take=[inbox], actor=ADMIN)
    club = groups.create_group(company, TeammateGroup(name="Club"), [ben.public_id], actor=ADMIN)
    groups.delete_group(company, club.pk, actor=ADMIN)
    groups.update_group(company, desk.pk, {"description": "Days"}, actor=ADMIN)

    page = admin.look("changelist", Event, subject__exact=ben.public_id)

    assert sentences(page) == [
        "Deleted group Club, which had 1 member",
        "Created group Club with 1 member",
        "Changed the access of group Desk: inbox Leads taken",
        "Group Desk: Ben Okafor added",
    ]
    assert "Deleted group Club, which had 1 member Ben Okafor was removed" in text(page)


def test_a_person_among_many_who_came_to_a_group_is_named(admin: Browser, company: Company) -> None:
    people = TeammateFactory.create_batch(5, company=company)
    group = TeammateGroupFactory.create(company=company, name="Desk")
    groups.update_group(company, group.pk, {}, [MemberChange(add=[each.public_id for each in people])], actor=ADMIN)

    page = admin.look("changelist", Event, subject__exact=people[3].public_id)

    assert f"Group Desk: 5 members added {people[3].name} was added" in text(page)


def test_nothing_of_another_companys_groups_is_about_a_person(
    admin: Browser, support: Browser, company: Company, other_company: Company
) -> None:
    ben = TeammateFactory.create(company=company)
    events.append(
        other_company.pk, "group.updated", SYSTEM, subject="cir_9", name="Theirs",
        data={"members_added": [ben.public_id], "members_added_count": 1},
    )  # fmt: skip

    for browser in (admin, support):
        assert listed(browser.look("changelist", Event, subject__exact=ben.public_id)) == []


def test_the_pages_about_a_person_hold_every_event_once(
    admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 4)
    monkeypatch.setattr(logs, "BATCH", 3)
    ben = TeammateFactory.create(company=company)
    group = TeammateGroupFactory.create(company=company)
    for number in range(5):
        teammates.update_teammate(company.pk, ben.pk, {"last_name": f"King {number}"}, actor=ADMIN)
        for step in (MemberChange(add=[ben.public_id]), MemberChange(remove=[ben.public_id])):
            groups.update_group(company, group.pk, {}, [step], actor=ADMIN)
    about = {"subject__exact": ben.public_id}
    seen = listed_on_all_pages(admin, **about)

    assert seen == list(Event.objects.order_by("-pk"))
    written_down = rows_of(admin.get(reverse("admin:teammates_event_export"), about))
    assert [row["Event ID"] for row in written_down] == [event.public_id for event in seen]


def test_the_log_about_a_person_costs_the_same_for_few_and_for_many(admin: Browser, company: Company) -> None:
    ben = TeammateFactory.create(company=company)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.look("changelist", Event, subject__exact=ben.public_id).status_code == 200
        return len(captured)

    def happen() -> None:
        group = TeammateGroupFactory.create(company=company, with_members=[ben])
        inbox = InboxFactory.create(company=company)
        people = [ben, TeammateFactory.create(company=company)]
        groups.update_group(company, group.pk, {}, [MemberChange(add=[each.public_id for each in people])], actor=ADMIN)
        groups.update_group(company, group.pk, {}, [MemberChange(remove=[ben.public_id])], actor=ADMIN)
        groups.update_group(company, group.pk, {}, [MemberChange(add=[ben.public_id])], actor=ADMIN)
        access.change_grants(group, grant=[inbox], actor=ADMIN)

    happen()
    few = cost()
    for _ in range(15):
        happen()
    assert cost() == few <= 15


@pytest.mark.parametrize("noun", ["custom_field", "group", "template", "workspace", "inbox", "token"])
def test_what_the_log_is_about_is_called_by_its_name(admin: Browser, company: Company, noun: str) -> None:
    row = one_of_each(company)[noun]
    subject = getattr(row, "public_id", str(row.pk))

    page = admin.look("changelist", Event, subject__exact=subject)

    assert (page.context["about"]["name"], page.context["about"]["url"]) == (str(row), url_of("change", row))


def test_what_is_gone_is_called_as_it_was_last(admin: Browser, company: Company) -> None:
    field = custom_fields.create_custom_field(company, "Office", "text", actor=ADMIN)
    custom_fields.delete_custom_field(company, field.pk, actor=ADMIN)

    assert admin.look("changelist", Event, subject__exact=field.public_id).context["about"]["name"] == "Office"


# --- searched ---

ABOUT_ADA = [
    "Deleted Ada King", "Released the shared conversations of Ada King", "Blocked Ada King; licence freed",
]  # fmt: skip


@pytest.fixture
def happened(company: Company) -> dict[str, Any]:
    """A little of everything that people look for."""
    ada = TeammateFactory.create(
        company=company, login="ada@initech.example", last_name="King", display_name="Ada King"
    )
    ben = TeammateFactory.create(company=company, first_name="Ben", last_name="Okafor", display_name="Ben Okafor")
    teammates.block_teammate(company.pk, ada.pk, actor=ADMIN)
    teammates.block_teammate(company.pk, ben.pk, actor=ADMIN)
    teammates.unblock_teammate(company.pk, ben.pk, actor=ADMIN)
    teammates.update_teammate(company.pk, ben.pk, {"is_company_admin": True}, actor=ADMIN)
    sales = groups.create_group(company, TeammateGroup(name="Sales"), actor=ADMIN)
    groups.update_group(company, sales.pk, {}, [MemberChange(add=[ben.public_id])], actor=ADMIN)
    groups.update_group(company, sales.pk, {"name": "Big sales"}, actor=ADMIN)
    token, _value = tokens.create_token(company, "Reporting", ["provisioning"], actor=ADMIN)
    tokens.revoke_token(company, token.pk, actor=ADMIN)
    companies.update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)
    departures.delete_teammate(company.pk, ada.pk, actor=ADMIN)
    return {"ada": ada, "ben": ben, "sales": sales, "token": token}


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("blocked", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("block", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("suspended", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("deactivated", ["Blocked Ben Okafor; licence freed", "Blocked Ada King; licence freed"]),
        ("unblocked", ["Unblocked Ben Okafor; licence taken"]),
        ("Ada blocked", ["Blocked Ada King; licence freed"]),
        ("blocked ada@initech.example", ["Blocked Ada King; licence freed"]),
        ("ada@initech.example", ABOUT_ADA),
        ("King", ABOUT_ADA),
        ("Reporting", ["Revoked the API token Reporting", "Created the API token Reporting"]),
        ("token revoked", ["Revoked the API token Reporting"]),
        ("sales", ["Group Big sales: renamed from Sales", "Group Sales: Ben Okafor added", "Created group Sales"]),
        ("member added", ["Group Sales: Ben Okafor added"]),
        ("group renamed", ["Group Big sales: renamed from Sales"]),
        ("company admin", ["Made Ben Okafor a company admin"]),
        ("Ben added to Sales", ["Group Sales: Ben Okafor added"]),
        ("Ben Sales", ["Group Sales: Ben Okafor added"]),
        ("sync disabled", ["Turned Teammate Group Sync off"]),
        ("group sync off", ["Turned Teammate Group Sync off"]),
        ("nonsense", []),
    ],
)
def test_the_log_is_searched_by_who_what_and_what_happened(
    admin: Browser, happened: dict[str, Any], term: str, found: list[str]
) -> None:
    assert sentences(admin.look("changelist", Event, q=term)) == found


def test_a_search_says_whom_and_what_it_means(admin: Browser, happened: dict[str, Any]) -> None:
    page = text(admin.look("changelist", Event, q="Ada"))
    assert f"All entries of: Ada King Deleted, {happened['ada'].public_id}" in page

    page = admin.look("changelist", Event, q="Reporting")
    assert "All entries of: Reporting API token" in text(page)
    assert f"subject__exact={happened['token'].pk}" in page.content.decode()


def test_support_staff_who_look_at_all_companies_find_people_by_their_address(
    support: Browser, happened: dict[str, Any], other_company: Company
) -> None:
    eve = TeammateFactory.create(company=other_company, login="ada@other.example", display_name="Ada Other")
    teammates.block_teammate(other_company.pk, eve.pk, actor=ADMIN)

    page = support.look("changelist", Event, q="ada@initech.example")

    assert sentences(page) == ABOUT_ADA
    ada = happened["ada"]
    assert f"All entries of: Ada King Deleted, {ada.public_id}, {ada.company.name}" in text(page)


def test_a_search_finds_changes_of_a_custom_field_and_of_a_place_by_their_names(
    admin: Browser, company: Company
) -> None:
    ben = TeammateFactory.create(company=company, display_name="Ben")
    field, inbox = CustomFieldFactory.create(company=company, name="Office"), InboxFactory.create(company=company)
    teammates.update_teammate(company.pk, ben.pk, {"custom_fields": {field.public_id: "Berlin"}}, actor=ADMIN)
    access.change_grants(ben, grant=[inbox], actor=ADMIN)

    assert sentences(admin.look("changelist", Event, q="office")) == ["Changed custom field Office of Ben"]
    told = [f"Changed the access of Ben: inbox {inbox.name} given"]
    assert sentences(admin.look("changelist", Event, q=inbox.name)) == told


def test_a_search_costs_the_same_whatever_it_finds(admin: Browser, company: Company) -> None:
    def cost(term: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.look("changelist", Event, q=term).status_code == 200
        return len(captured)

    people = [TeammateFactory.create(company=company, first_name="Ada", last_name=f"K{n}") for n in range(20)]
    teammates.block_teammate(company.pk, people[0].pk, actor=ADMIN)
    few = cost("Ada blocked")
    for person in people[1:]:
        teammates.block_teammate(company.pk, person.pk, actor=ADMIN)
    assert cost("Ada blocked") == few <= 24


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
            assert "UTC by Grace Hopper (Company admin)" in said
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


def cells(admin: Browser) -> dict[str, str]:
    """The latest event as the file has it."""
    return rows_of(admin.get(reverse("admin:teammates_event_export")))[0]


def test_the_file_names_everybody_who_came_and_went(admin: Browser, company: Company) -> None:
    people = [
        TeammateFactory.create(company=company, login=f"p{n}@initech.example", display_name=f"P {n}") for n in range(5)
    ]
    group = groups.create_group(company, TeammateGroup(name="Desk"), [people[0].public_id], actor=ADMIN)
    step = MemberChange(replace=True, add=[each.public_id for each in people[1:]])
    groups.update_group(company, group.pk, {}, [step], actor=ADMIN)

    row = cells(admin)

    assert row["Event"] == "Group Desk: 4 members added; P 0 removed"
    assert row["Added or given"] == "; ".join(f"P {n} (p{n}@initech.example)" for n in range(1, 5))
    assert row["Removed or taken"] == "P 0 (p0@initech.example)"
    assert (row["Resource type"], row["Updated resource"]) == ("Teammate group", "Desk")


def test_the_file_says_what_was_given_and_what_it_is(admin: Browser, company: Company) -> None:
    inbox = InboxFactory.create(company=company, name="Leads", workspace__name="Care")
    ben = TeammateFactory.create(company=company, display_name="Ben")
    access.set_grants(ben, [inbox.workspace], [inbox], actor=ADMIN)

    row = cells(admin)

    given = f"inbox Leads ({inbox.public_id}); workspace Care ({inbox.workspace.public_id})"
    assert (row["Added or given"], row["Removed or taken"]) == (given, "")


def test_the_file_uses_the_words_of_the_product(admin: Browser, company: Company) -> None:
    data = {"before": {"management": "front"}, "after": {"management": "idp"}}
    events.append(company.pk, "group.updated", SYSTEM, subject="cir_1", name="Desk", data=data)

    row = cells(admin)

    assert (row["Before"], row["After"]) == ("Who manages it: Managed here", "Who manages it: IdP-managed")


def test_the_file_leaves_out_what_reads_the_same_before_and_after(admin: Browser, company: Company) -> None:
    scim = Door.of(company)
    ada = TeammateFactory.create(company=company, login="ada@initech.example")
    scim.patch(ada, op("Replace", 'emails[type eq "work"].value', "king@initech.example"))

    row = cells(admin)

    assert (row["Before"], row["After"]) == ("E-mail: ada@initech.example", "E-mail: king@initech.example")


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
