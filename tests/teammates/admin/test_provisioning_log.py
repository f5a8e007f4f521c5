"""The provisioning log in the browser: found, read, followed to the person and back, summed up, and taken along."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from scim.models import LogBody, LogEntry
from teammates.admin import logs
from teammates.models import Company, Event
from tests.factories import ApiTokenFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import Door, members, op, path_of
from tests.teammates.admin.conftest import Browser, log_entry, text, url_of

EXPORT = "admin:scim_logentry_export"
CYCLES = "admin:scim_logentry_cycles"


@pytest.fixture(autouse=True)
def of_this_test(db: None) -> None:
    LogEntry.objects.all().delete()
    LogBody.objects.all().delete()


@pytest.fixture
def scim(company: Company) -> Door:
    return Door(ApiTokenFactory.create(company=company, name="Entra 2026"))


@pytest.fixture
def ada(company: Company) -> Any:
    return TeammateFactory.create(company=company, login="ada@example.com", display_name="Ada Lovelace")


def listed(page: Any) -> list[LogEntry]:
    return list(page.context["cl"].result_list)


def test_a_request_is_a_line_that_says_who_what_and_how(admin: Browser, scim: Door, ada: Any) -> None:
    scim.patch(ada, op("Replace", "active", "False"))

    page = admin.look("changelist", LogEntry)

    why = "the identity provider sent that they are not active"
    assert f"Blocked Ada Lovelace; licence freed (reason: {why}). Ada Lovelace Changed 200" in text(page)
    assert url_of("change", ada) in page.content.decode()


def test_a_group_that_is_gone_is_named_and_not_linked(admin: Browser, scim: Door, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company, idp=True, name="Crew")
    scim.delete(path_of(group))
    page = admin.look("changelist", LogEntry)
    assert "Crew" in text(page)
    assert url_of("change", group) not in page.content.decode()


@pytest.mark.parametrize(("asked", "is_open"), [({}, False), ({"q": "Ada"}, False), ({"outcome": "refused"}, True)])
def test_the_fold_with_further_filters_is_open_where_one_is_used(admin: Browser, asked: Any, is_open: bool) -> None:
    page = admin.look("changelist", LogEntry, **asked).content.decode()

    assert ('<details class="fp-more-filters" open>' in page) == is_open
    assert ('<details class="fp-more-filters">' in page) != is_open


def test_an_entry_shows_request_and_answer_masked_and_pretty(admin: Browser, scim: Door) -> None:
    scim.create_user("grace@example.com", password="correct horse")

    page = admin.look("change", LogEntry.objects.get())

    assert '"userName": "grace@example.com"' in text(page)
    assert '"password": "•••"' in text(page)
    assert "correct horse" not in page.content.decode()
    until = timezone.now() + timedelta(days=settings.LOG_BODY_DAYS)
    assert f"kept until {date_format(until)}" in text(page)
    assert "Entra 2026" in text(page)


def test_an_entry_whose_bodies_are_gone_says_so(admin: Browser, company: Company) -> None:
    old = log_entry(company, at=timezone.now() - timedelta(days=settings.LOG_BODY_DAYS + 2))
    assert "no longer kept" in text(admin.look("change", old))


def test_an_entry_is_read_only(admin: Browser, company: Company) -> None:
    assert admin.save("change", log_entry(company), text="Changed").status_code == 403
    assert admin.save("add", LogEntry).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"q": "Ada Love"}, {"q": "ada@example.com"}, {"q": "tea"}, {"resource": "tea"}, {"outcome": "refused"},
        {"client": "okta"}, {"token": "token"}, {"q": "perhaps"}, {"q": "log"},
    ],
)  # fmt: skip
def test_entries_are_found(admin: Browser, company: Company, ada: Any, query: dict[str, str]) -> None:
    token = ApiTokenFactory.create(company=company)
    facts = {"text": "Refused: perhaps is no boolean.", "outcome": "refused", "client": "okta", "token": token}
    other = TeammateFactory.create(company=company, login="grace@example.com", first_name="Grace", last_name="Hopper")
    facts_of_other = {
        "resource_name": "Grace Hopper",
        "text": "Blocked Grace.",
        "token": ApiTokenFactory(company=company),
    }
    log_entry(company, resource=other.public_id, **facts_of_other)
    wanted = log_entry(company, resource=ada.public_id, resource_name="Ada Lovelace", **facts)
    meant = {"tea": ada.public_id, "token": str(token.pk), "log": wanted.public_id}
    asked = {name: meant.get(value, value) for name, value in query.items()}
    assert listed(admin.look("changelist", LogEntry, **asked)) == [wanted]


@pytest.mark.parametrize("named", ["tea_nope", "tea_NOT-AN-ID", "cir_zz9"])
def test_an_id_of_nothing_here_is_found_where_an_outcome_names_it(
    admin: Browser, company: Company, ada: Any, named: str
) -> None:
    refused = log_entry(company, text=f"Refused: {named} does not exist in this company.", outcome="refused")
    log_entry(company, text="Changed title.", resource=ada.public_id)

    assert listed(admin.look("changelist", LogEntry, q=named)) == [refused]


def test_the_id_of_a_group_that_is_gone_finds_all_about_it(admin: Browser, scim: Door, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company, idp=True, name="Crew")
    scim.delete(path_of(group))
    log_entry(company)

    assert [entry.resource for entry in listed(admin.look("changelist", LogEntry, q=group.public_id))] == [
        group.public_id
    ]


def test_a_search_offers_everything_about_whom_it_may_mean(admin: Browser, company: Company, ada: Any) -> None:
    page = admin.look("changelist", LogEntry, q="lovelace")
    assert f"resource={ada.public_id}" in page.content.decode()
    assert "All entries of: Ada Lovelace" in text(page)


def test_what_is_about_a_blocked_person_begins_with_who_blocked_them(
    admin: Browser, support: Browser, scim: Door, company: Company, ada: Any
) -> None:
    scim.patch(ada, op("Replace", "active", "False"))
    for browser, named in ((admin, {}), (support, {"company": company.public_id})):
        page = browser.look("changelist", LogEntry, resource=ada.public_id, **named)
        assert "UTC by Identity provider (Entra 2026) (Identity provider)" in text(page)
        assert f"subject__exact={ada.public_id}" in page.content.decode()


def test_an_event_leads_to_the_request_that_caused_it(admin: Browser, scim: Door, ada: Any) -> None:
    scim.patch(ada, op("Replace", "title", "x"))
    scim.patch(ada, op("Replace", "active", "False"))
    event = Event.objects.get(kind="teammate.blocked")

    response = admin.get(reverse("admin:scim_logentry_of_event", args=[event.public_id]))

    assert response.headers["Location"] == url_of("change", LogEntry.objects.latest("pk"))


@pytest.mark.parametrize("name", ["evt_zzzz", "nonsense"])
def test_an_event_that_is_not_there_leads_nowhere(admin: Browser, foreign: dict[str, Any], name: str) -> None:
    assert admin.get(reverse("admin:scim_logentry_of_event", args=[name])).status_code == 404
    theirs = foreign["event"].public_id
    assert admin.get(reverse("admin:scim_logentry_of_event", args=[theirs])).status_code == 404


def test_the_pages_hold_every_entry_once(admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 3)
    now = timezone.now()
    made = [log_entry(company, at=now if number < 5 else now - timedelta(hours=number)) for number in range(10)]
    seen, page = [], admin.look("changelist", LogEntry)
    while True:
        seen += listed(page)
        if not page.context["earlier_url"]:
            break
        page = admin.get(url_of("changelist", LogEntry) + page.context["earlier_url"])
    assert seen == sorted(made, key=lambda entry: (entry.at, entry.pk), reverse=True)


def test_a_cycle_has_its_sums_and_leads_to_its_entries(admin: Browser, scim: Door, company: Company, ada: Any) -> None:
    scim.patch(ada, op("Replace", "active", "False"))
    scim.create_user("grace@example.com")
    scim.create_group("Crew", members=members(ada))

    page = admin.get(reverse(CYCLES))

    cycle, url, _error = page.context["cycles"][0]
    assert (cycle.created, cycle.blocked, cycle.groups) == (1, 1, 1)
    assert len(listed(admin.get(url))) == 3


def test_cycles_stand_in_the_order_in_which_they_started(admin: Browser, company: Company) -> None:
    first, second = (ApiTokenFactory.create(company=company, name=name) for name in ("Long", "Short"))
    now = timezone.now()
    for token, minutes in ((first, 9), (first, 6), (first, 3), (first, 1), (second, 5)):
        log_entry(company, token=token, token_name=token.name, at=now - timedelta(minutes=minutes))

    cycles = admin.get(reverse(CYCLES)).context["cycles"]

    assert [cycle.token_name for cycle, *_ in cycles] == ["Short", "Long"]


@pytest.mark.parametrize("before", ["", "x", "2026-11-25", "0001-01-01T00:00:00+00:00"])
def test_odd_cursors_of_cycles_break_nothing(admin: Browser, company: Company, before: str) -> None:
    assert admin.get(reverse(CYCLES), {"before": before}).status_code == 200


# --- the file ---


def rows_of(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_the_file_has_what_the_filters_find(admin: Browser, company: Company, other_company: Company) -> None:
    log_entry(company, outcome="refused", text="=Refused")
    log_entry(company)
    log_entry(other_company, outcome="refused")
    rows = rows_of(admin.get(reverse(EXPORT), {"outcome": "refused"}))
    assert [row["What"] for row in rows] == ["'=Refused"]


def test_support_staff_take_the_file_of_a_company_they_name(
    support: Browser, company: Company, other_company: Company
) -> None:
    log_entry(company)
    log_entry(other_company)
    assert len(rows_of(support.get(reverse(EXPORT), {"company": company.public_id}))) == 1
    assert support.get(reverse(EXPORT)).status_code == 404


@pytest.mark.parametrize("page", [EXPORT, CYCLES, "admin:scim_logentry_changelist"])
def test_another_companys_log_is_not_there(admin: Browser, other_company: Company, page: str) -> None:
    log_entry(other_company)
    assert admin.get(reverse(page), {"company": other_company.public_id}).status_code == 404
    assert admin.get(reverse(page), {"company": "cmp_zzzzzz"}).status_code == 404


@pytest.mark.parametrize("page", [EXPORT, CYCLES, "admin:scim_logentry_changelist"])
def test_nobody_else_sees_the_log(browser: Any, company: Company, page: str) -> None:
    assert browser(TeammateFactory.create(company=company)).get(reverse(page)).status_code == 302


# --- about a person ---


@pytest.fixture
def refused(company: Company, scim: Door, ada: Any) -> LogEntry:
    """Ada and others were to come to a group, and were refused because of somebody unknown."""
    group = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    others = TeammateFactory.create_batch(4, company=company)
    scim.patch(group, op("Add", "members", members(*others, ada, "tea_zzz")))
    return LogEntry.objects.get()


def test_what_was_refused_a_group_is_found_by_the_person_and_names_them(
    admin: Browser, support: Browser, company: Company, refused: LogEntry, ada: Any
) -> None:
    named = {"company": company.public_id}
    for browser, more in ((admin, {}), (support, named)):
        page = browser.look("changelist", LogEntry, resource=ada.public_id, **more)
        assert listed(page) == [refused]
        assert "Members named: Ada Lovelace, " in text(page)


@pytest.mark.parametrize("term", ["Ada", "ada@example.com", "Ada Sales", "Sales"])
def test_what_was_refused_a_group_is_searched_by_person_and_group(
    admin: Browser, refused: LogEntry, company: Company, term: str
) -> None:
    log_entry(company, text="Changed title of Joan.", resource_name="Joan")
    assert listed(admin.look("changelist", LogEntry, q=term)) == [refused]


def test_the_entry_names_everybody_with_their_address_and_says_who_is_unknown(
    admin: Browser, refused: LogEntry, ada: Any
) -> None:
    page = text(admin.look("change", refused))
    assert f"Ada Lovelace ({ada.email})" in page
    assert "tea_zzz (unknown here)" in page


@pytest.mark.parametrize("role", ["admin", "support"])
def test_from_an_entry_links_lead_to_all_about_the_group_and_each_member(
    request: pytest.FixtureRequest, refused: LogEntry, ada: Any, role: str
) -> None:
    client = request.getfixturevalue(role)
    page = client.get(url_of("change", refused), {"company": refused.company.public_id}).content.decode()
    for resource in (refused.resource, ada.public_id):
        (link,) = re.findall(rf'href="([^"]*resource={resource})"', page)
        assert listed(client.get(unescape(link))) == [refused]


def test_the_file_names_the_members(admin: Browser, refused: LogEntry, ada: Any) -> None:
    (row,) = rows_of(admin.get(reverse(EXPORT), {"resource": ada.public_id}))
    assert row["Members"].startswith(f"Ada Lovelace ({ada.email}); ")


def test_the_members_of_another_company_have_no_name_here(admin: Browser, scim: Door, other_company: Company) -> None:
    stranger = TeammateFactory.create(company=other_company, display_name="Eve Adler")
    group = TeammateGroupFactory.create(company=scim.token.company, idp=True)  # type: ignore[union-attr]
    scim.patch(group, op("Add", "members", members(stranger)))

    page = admin.look("changelist", LogEntry)

    assert "Eve Adler" not in page.content.decode()
    assert f"{stranger.public_id} (unknown here)" in text(page)


def test_a_cycle_leads_to_what_it_was_refused_last(admin: Browser, refused: LogEntry) -> None:
    page = admin.get(reverse(CYCLES))
    assert url_of("change", refused) in page.content.decode()
    assert "so nothing in this request was applied" in text(page)


# --- what it costs ---


@pytest.mark.parametrize("query", [{}, {"outcome": "refused"}, {"q": "lovelace"}, {"resource": "tea_1"}])
def test_a_page_costs_the_same_for_one_entry_and_for_many(
    admin: Browser, company: Company, query: dict[str, str]
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.look("changelist", LogEntry, **query).status_code == 200
        return len(captured)

    group = TeammateGroupFactory.create(company=company)
    log_entry(company, resource=group.public_id, outcome="refused", resource_name="Lovelace")
    few = cost()
    for _ in range(60):
        log_entry(company, resource=group.public_id, outcome="refused", resource_name="Lovelace")
    assert cost() == few <= 11


def test_json_that_was_cut_is_shown_as_it_is(admin: Browser, company: Company) -> None:
    entry = log_entry(company)
    cut = json.dumps({"a": "b" * 50})[:30] + "… (60 characters)"
    LogBody.objects.create(pk=entry.pk, at=entry.at, request=cut, answer="")
    page = text(admin.look("change", entry))
    assert cut in page
    assert "It had no body" in page


def test_who_was_looked_up_after_they_were_deleted_is_found_by_their_name_and_nothing_looks_wrong(
    admin: Browser, scim: Door, company: Company
) -> None:
    bjork = TeammateFactory.create(company=company, login="bjork@example.com", display_name="Björk")
    scim.delete(path_of(bjork))
    scim.read(bjork)
    for asked in ({"q": "Björk"}, {"q": bjork.public_id}, {"outcome": "not_found"}):
        page = admin.look("changelist", LogEntry, **asked)
        assert "Looked up Björk, who was removed on" in text(page)
        assert url_of("change", bjork) in page.content.decode()
    assert "Some refused" not in text(admin.get(reverse(CYCLES)))
    assert "There is nothing to do." in text(admin.get("/admin/user-provisioning/"))


def test_a_refusal_of_another_companys_person_leads_to_no_page(
    admin: Browser, scim: Door, other_company: Company
) -> None:
    theirs = TeammateFactory.create(company=other_company)
    scim.delete(path_of(theirs))
    page = admin.look("changelist", LogEntry).content.decode()
    assert url_of("change", theirs) not in page


def test_tokens_of_one_name_are_told_apart_in_the_file_and_on_an_entry(admin: Browser, company: Company) -> None:
    first, second = ApiTokenFactory.create_batch(2, company=company, name="Entra")
    Door(first).create_user("grace@example.com")
    Door(second).create_user("joan@example.com")

    rows = rows_of(admin.get(reverse(EXPORT)))

    named = [f"Entra ({token.hint}…)" for token in (second, first)]
    assert [row["API token"] for row in rows] == named
    assert named[0] in text(admin.look("change", LogEntry.objects.latest("pk")))


@pytest.mark.parametrize("kind", ["log", "tea", "cir", "evt"])
def test_support_staff_who_search_for_an_id_go_on_to_its_company(
    support: Browser, scim: Door, company: Company, other_company: Company, ada: Any, kind: str
) -> None:
    group = TeammateGroupFactory.create(company=company, idp=True)
    scim.patch(ada, op("replace", "title", "Countess"))
    entry = LogEntry.objects.get()
    ids = {
        "log": entry.public_id,
        "tea": ada.public_id,
        "cir": group.public_id,
        "evt": Event.objects.latest("pk").public_id,
    }

    page = support.get(url_of("changelist", LogEntry), {"q": ids[kind], "outcome": "changed"}, follow=True)

    assert page.context["company"] == company
    assert page.redirect_chain[0][0].endswith(f"?q={ids[kind]}&outcome=changed&company={company.public_id}")
    assert (entry in listed(page)) == (kind in ("log", "tea"))


def test_support_staff_who_look_at_another_company_follow_the_id(
    support: Browser, company: Company, other_company: Company
) -> None:
    entry = log_entry(company)
    support.post(reverse("admin:teammates_company_look_at", args=[other_company.pk]))

    page = support.get(url_of("changelist", LogEntry), {"q": entry.public_id}, follow=True)

    assert listed(page) == [entry]
    assert f"This page is of {company}, so you look at {company} now." in text(page)


@pytest.mark.parametrize("term", ["log_zzzzzzz", "tea_zzzzzzz", "Ada"])
def test_support_staff_choose_the_company_where_no_id_tells_it(support: Browser, company: Company, term: str) -> None:
    assert "Of which company?" in text(support.get(url_of("changelist", LogEntry), {"q": term}))


def test_an_admin_who_searches_for_another_companys_id_finds_nothing(
    admin: Browser, company: Company, other_company: Company
) -> None:
    entry = log_entry(other_company)
    for term in (entry.public_id, TeammateFactory.create(company=other_company).public_id):
        page = admin.get(url_of("changelist", LogEntry), {"q": term})
        assert (page.status_code, page.context["company"], listed(page)) == (200, company, [])


def test_the_companies_say_that_an_entry_of_the_log_leads_to_one(
    support: Browser, company: Company, other_company: Company
) -> None:
    entry = log_entry(company)
    assert "log_…" in text(support.look("changelist", Company))
    assert list(support.look("changelist", Company, q=entry.public_id).context["cl"].result_list) == [company]
