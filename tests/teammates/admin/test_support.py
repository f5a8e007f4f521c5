"""Support staff: one company chosen out of all, a filter and never a boundary, and what they may do with a reason."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from teammates.models import ApiToken, Company, Event, Notice, NoticeKind, Plan, Status, Teammate, TeammateGroup
from teammates.services import departures
from teammates.services.events import SYSTEM
from tests.factories import ApiTokenFactory, CompanyFactory, TeammateFactory
from tests.scim.door import Door, path_of
from tests.teammates.admin.conftest import Browser, entered, text, url_of

LISTS = ["teammate", "group", "template", "workspace", "inbox", "custom_field", "token", "event", "notice"]


def look_at(browser: Browser, company: Company) -> Any:
    return browser.post(reverse("admin:teammates_company_look_at", args=[company.pk]), follow=True)


def leave(browser: Browser) -> Any:
    return browser.post(reverse("admin:teammates_company_leave"), follow=True)


def found(browser: Browser, term: str) -> str:
    return text(browser.get(reverse("admin:search"), {"s": term, "extended": "1"}))


# --- the company switcher ---


@pytest.mark.parametrize("noun", LISTS)
def test_lists_show_the_chosen_companys_rows_only(
    support: Browser, mine: dict[str, Model], foreign: dict[str, Model], noun: str
) -> None:
    look_at(support, mine["company"])  # type: ignore[arg-type]
    rows = support.look("changelist", mine[noun]).context["cl"].result_list
    assert {row.company_id for row in rows} == {mine["company"].pk}
    leave(support)
    rows = support.look("changelist", mine[noun]).context["cl"].result_list
    assert {row.company_id for row in rows} == {mine["company"].pk, foreign["company"].pk}


def test_choices_and_the_search_follow_the_choice(
    support: Browser, mine: dict[str, Any], foreign: dict[str, Any]
) -> None:
    look_at(support, mine["company"])
    names = str(support.choices("teammates.membership", "teammate").json())
    assert mine["teammate"].login in names
    assert foreign["teammate"].login not in names
    assert "Nothing found for" in found(support, foreign["teammate"].login)
    assert mine["teammate"].name in found(support, mine["teammate"].login)


def test_every_page_says_whose_settings_these_are_and_has_the_way_out(support: Browser, company: Company) -> None:
    page = text(look_at(support, company))
    assert "Every list and search shows Initech only." in page
    assert "You look at all companies." in text(leave(support))


def test_another_company_can_be_chosen_from_the_list(
    support: Browser, company: Company, other_company: Company
) -> None:
    look_at(support, company)
    page = support.look("changelist", Company)
    assert set(page.context["cl"].result_list) == {company, other_company}
    assert reverse("admin:teammates_company_look_at", args=[other_company.pk]) in page.content.decode()
    assert "shows Globex only" in text(look_at(support, other_company))


def test_a_link_to_another_companys_row_opens_it_and_moves_the_choice(
    support: Browser, company: Company, foreign: dict[str, Any]
) -> None:
    look_at(support, company)
    page = text(support.look("change", foreign["teammate"]))
    assert "so you look at Globex now" in page
    assert "shows Globex only" in page


ADDRESSES = {
    "its own page": lambda of: url_of("change", of["company"]),
    "its events": lambda of: f"{url_of('changelist', Event)}?subject__exact={of['company'].public_id}",
    "the events of its row": lambda of: f"{url_of('changelist', Event)}?subject__exact={of['teammate'].public_id}",
    "its teammates": lambda of: f"{url_of('changelist', Teammate)}?company__id__exact={of['company'].pk}",
    "its provisioning log": lambda of: f"{url_of('changelist', of['log_entry'])}?company={of['company'].public_id}",
    "its user provisioning": lambda of: f"{reverse('admin:user_provisioning')}?company={of['company'].public_id}",
    "its group sync": lambda of: f"{reverse('admin:group_sync')}?company={of['company'].public_id}",
}


@pytest.mark.parametrize("named", ADDRESSES)
def test_an_address_that_names_another_company_moves_the_choice_there(
    support: Browser, company: Company, foreign: dict[str, Any], named: str
) -> None:
    look_at(support, company)
    page = text(support.get(ADDRESSES[named](foreign), follow=True))
    assert "This page is of Globex, so you look at Globex now." in page
    assert "shows Globex only" in page
    assert "so you look at" not in text(support.get(ADDRESSES[named](foreign), follow=True))


def test_the_history_of_another_company_is_not_empty(
    support: Browser, company: Company, other_company: Company, foreign: dict[str, Any]
) -> None:
    look_at(support, company)
    page = support.get(url_of("history", other_company), follow=True)
    assert "Company: Globex" in text(page)
    assert "so you look at Globex now" in text(page)


def test_who_looks_at_all_companies_goes_on_doing_so(support: Browser, foreign: dict[str, Any]) -> None:
    support.get(ADDRESSES["its teammates"](foreign))
    assert "You look at all companies." in text(support.look("changelist", Teammate))


def test_an_address_of_no_company_moves_nothing(support: Browser, company: Company) -> None:
    look_at(support, company)
    for asked in ("company=cmp_zzzzzzzz", "company=", "subject__exact=tea_zzzzzzzz", "subject__exact=%00"):
        assert "so you look at" not in text(support.get(f"{url_of('changelist', Event)}?{asked}"))


def test_the_list_of_companies_is_of_all_and_says_so(
    support: Browser, company: Company, other_company: Company
) -> None:
    Notice.objects.create(company=company, kind=NoticeKind.NO_LICENCE, text="Initech is full.")
    look_at(support, company)
    page = text(support.look("changelist", Company))
    assert "This list is of all companies; every other list, and the search, shows Initech only." in page
    assert "Initech is full." not in page


def test_an_action_in_a_list_of_before_the_choice_still_works(
    support: Browser, company: Company, other_company: Company
) -> None:
    gone = TeammateFactory.create(company=other_company, status=Status.DELETED)
    look_at(support, company)
    support.act("release_address", gone, reason="Rehired")
    gone.refresh_from_db()
    assert gone.address_released_at is not None
    told = text(support.look("change", gone))
    assert "The address was released by Sam Support on " in told
    assert "and can be used again: Rehired. The entry in the audit log" in told


def test_a_company_that_is_gone_is_no_choice(support: Browser, company: Company, other_company: Company) -> None:
    look_at(support, other_company)
    Company.objects.filter(pk=other_company.pk).delete()
    assert "You look at all companies." in text(support.look("changelist", Teammate))


def test_the_choice_ends_with_the_session_of_one_person(
    support: Browser, browser: Any, support_person: Teammate, company: Company
) -> None:
    look_at(support, company)
    assert "You look at all companies." in text(browser(support_person).look("changelist", Teammate))


def test_company_admins_choose_nothing(admin: Browser, company: Company, foreign: dict[str, Any]) -> None:
    assert look_at(admin, foreign["company"]).status_code == 403
    assert leave(admin).status_code == 403
    session = admin.session
    session["looking_at"] = foreign["company"].pk
    session.save()
    rows = admin.look("changelist", TeammateGroup).context["cl"].result_list
    assert foreign["group"] not in rows
    assert admin.look("change", foreign["group"]).status_code == 404


@pytest.mark.parametrize("name", ["look_at", "leave"])
def test_the_choice_is_made_by_post(support: Browser, company: Company, name: str) -> None:
    args = [company.pk] if name == "look_at" else []
    assert support.get(reverse(f"admin:teammates_company_{name}", args=args)).status_code == 405


def test_a_company_that_is_not_there_cannot_be_chosen(support: Browser) -> None:
    assert support.post(reverse("admin:teammates_company_look_at", args=[999_999])).status_code == 404


# --- finding ---


def test_a_search_hit_says_how_a_person_stands_and_where(support: Browser, other_company: Company) -> None:
    person = TeammateFactory.create(company=other_company, blocked=True)
    assert "Teammate, Blocked, Globex" in found(support, person.login)


@pytest.mark.parametrize("state", ["deleted", "removed by the identity provider"])
def test_the_search_finds_whom_a_form_no_longer_offers(support: Browser, company: Company, state: str) -> None:
    """Why somebody is gone is what support is asked."""
    person = TeammateFactory.create(company=company)
    if state == "deleted":
        departures.delete_teammate(company.pk, person.pk, actor=SYSTEM)
    else:
        Door.of(company).delete(path_of(person))
    assert person.login in found(support, person.login)
    (only,) = support.choices("teammates.membership", "teammate", person.login).json()["results"]
    assert only["disabled"]  # it says that nothing was found


TERMS = {
    "name": lambda rows: rows["company"].name,
    "short name": lambda rows: rows["company"].slug,
    "ID": lambda rows: rows["company"].public_id,
    "somebody's address": lambda rows: rows["teammate"].login.upper(),
    "the beginning of an address": lambda rows: rows["teammate"].login.partition(".")[0],
    "another address of theirs": lambda rows: "second@umbrella.example",
    "somebody's ID": lambda rows: rows["teammate"].public_id,
    "the ID of a group": lambda rows: rows["group"].public_id,
    "the ID of a template": lambda rows: rows["template"].public_id,
    "the ID of an event": lambda rows: rows["event"].public_id,
}


@pytest.mark.parametrize("by", TERMS)
def test_companies_are_found(
    support: Browser, mine: dict[str, Any], foreign: dict[str, Any], other_company: Company, by: str
) -> None:
    Company.objects.filter(pk=other_company.pk).update(slug="hive")
    other_company.refresh_from_db()
    foreign["company"] = other_company
    foreign["teammate"].login = foreign["teammate"].email = "alice@umbrella.example"
    foreign["teammate"].emails = [{"value": each} for each in ("alice@umbrella.example", "second@umbrella.example")]
    foreign["teammate"].save()
    term = TERMS[by](foreign)
    assert list(support.look("changelist", Company, q=term).context["cl"].result_list) == [other_company]
    assert list(support.get(reverse("admin:user_provisioning"), {"name": term}).context["companies"]) == [other_company]


@pytest.mark.parametrize("term", ["@", "p@", "%@%", "tea_", "tea_zzzzzzzzzzzzzz"])
def test_what_could_be_anybodys_address_finds_no_company(support: Browser, company: Company, term: str) -> None:
    TeammateFactory.create(company=company)
    assert list(support.look("changelist", Company, q=term).context["cl"].result_list) == []


def test_a_company_is_found_by_whoever_was_in_it(support: Browser, company: Company) -> None:
    gone = TeammateFactory.create(company=company, status=Status.DELETED, login="gone@initech.example")
    assert list(support.look("changelist", Company, q=gone.login).context["cl"].result_list) == [company]


def test_support_staff_themselves_are_in_no_company(support: Browser, support_person: Teammate) -> None:
    for term in (support_person.login, support_person.public_id):
        assert list(support.look("changelist", Company, q=term).context["cl"].result_list) == []


def test_finding_a_company_costs_the_same_among_few_and_many_people(support: Browser, company: Company) -> None:
    person = TeammateFactory.create(company=company)
    with CaptureQueriesContext(connection) as few:
        support.look("changelist", Company, q=person.login)
    TeammateFactory.create_batch(50, company=company)
    with CaptureQueriesContext(connection) as many:
        support.look("changelist", Company, q="person")
    assert len(many) <= len(few)


def test_the_search_over_everything_answers_an_address_with_the_person(support: Browser, company: Company) -> None:
    person = TeammateFactory.create(company=company)
    assert "Teammate, Active, Initech" in found(support, person.login)
    assert "Company, Scale" not in found(support, person.login)


def test_the_list_of_companies_says_how_each_connection_is_doing(support: Browser) -> None:
    states = {
        "Never connected": None, "Refused: not in the plan": None, "Connected": None, "Quiet": "silent",
        "Failing": "failing",
    }  # fmt: skip
    for name, kind in states.items():
        each = CompanyFactory.create(plan=Plan.STARTER if "plan" in name else Plan.SCALE)
        ApiTokenFactory.create(company=each)
        if name != "Never connected":
            ApiToken.objects.filter(company=each).update(last_used_at="2025-05-05T05:05Z")
        if kind:
            Notice.objects.create(company=each, kind=f"provisioning_{kind}", text="x")
    page = text(support.look("changelist", Company))
    for name in states:
        assert page.count(name) == 1


def test_a_connection_whose_token_never_opened_anything_is_failing_where_it_is(
    support: Browser, company: Company
) -> None:
    ApiTokenFactory.create(company=company)
    Notice.objects.create(company=company, kind=NoticeKind.PROVISIONING_FAILING, text="x")

    page = text(support.look("changelist", Company))

    assert "Failing" in page
    assert "Never connected" not in page


def test_a_search_over_all_companies_shows_companies_first(support: Browser, company: Company) -> None:
    TeammateFactory.create_batch(8, company=company, display_name="Fan of Initech")
    page = found(support, "initech")
    assert page.index("Company, Scale") < page.index("Teammate, Active, Initech")


# --- acts ---


def test_an_act_is_told_to_the_companys_admins(support: Browser, admin: Browser, company: Company) -> None:
    sent = entered(support.look("change", company)) | {"scim_override": "on", "reason": "Legacy plan, ticket 5"}
    assert support.save("change", company, **sent).status_code == 302
    page = admin.look("changelist", Notice)
    for words in ("Support staff changed something", "Sam Support", "Legacy plan, ticket 5"):
        assert words in text(page)
    event = Event.objects.get(company=company, kind="company.updated")
    assert url_of("change", event) in page.content.decode()
    assert "Legacy plan, ticket 5" in text(admin.look("change", event))


def test_an_act_is_not_told_to_another_company(
    support: Browser, admin: Browser, company: Company, other_company: Company
) -> None:
    sent = entered(support.look("change", other_company)) | {"scim_override": "on", "reason": "Ticket 5"}
    support.save("change", other_company, **sent)
    assert "Ticket 5" not in text(admin.look("changelist", Notice))


def test_support_sees_the_badge_of_the_chosen_company_only(support: Browser, company: Company) -> None:
    Notice.objects.create(company=company, kind=NoticeKind.NO_LICENCE, text="Initech is full.")
    assert "Initech is full." not in text(support.look("changelist", Teammate))
    page = text(look_at(support, company))
    assert "Initech is full." in page
    assert "Dismiss" not in page


# --- links ---


def lists_behind(page: Any) -> set[str]:
    """The addresses of lists that the page itself leads to: not those of the menu and of the way back."""
    content = page.content.decode().partition('id="content"')[2]
    found = {unescape(each) for each in re.findall(r'href="(/admin/[^"#]+)"', content)}
    return {each for each in found if (resolve(each.partition("?")[0]).url_name or "").endswith("_changelist")}


@pytest.mark.parametrize("noun", ["teammate", "group", "template", "custom_field", "token", "event", "log_entry"])
def test_links_from_a_row_stay_with_its_company(
    support: Browser, mine: dict[str, Any], foreign: dict[str, Any], noun: str
) -> None:
    foreign["teammate"].memberships.all().delete()
    own = url_of("changelist", mine[noun])
    for url in lists_behind(support.look("change", mine[noun])) - {own}:
        page = support.get(url)
        assert page.status_code == 200, url
        rows = page.context["cl"].result_list
        assert {row.company_id for row in rows} <= {mine["company"].pk}, url
        assert "Of which company?" not in text(page), url


@pytest.mark.parametrize("noun", ["teammate", "group"])
def test_the_way_from_a_row_to_its_logs_asks_for_no_company(support: Browser, mine: dict[str, Any], noun: str) -> None:
    urls = lists_behind(support.look("change", mine[noun]))
    named = {
        f"company__id__exact={mine['company'].pk}&{name}={mine[noun].public_id}"
        for name in ("resource", "subject__exact")
    }
    assert {url.partition("?")[2] for url in urls} >= named


def test_the_history_of_a_row_stays_with_its_company(support: Browser, mine: dict[str, Any]) -> None:
    page = support.get(url_of("history", mine["workspace"]))
    assert f"company__id__exact={mine['company'].pk}&" in page.headers["Location"]


def test_who_looks_at_one_company_needs_no_filter_in_links(
    support: Browser, admin: Browser, mine: dict[str, Any]
) -> None:
    look_at(support, mine["company"])
    for browser in (support, admin):
        urls = lists_behind(browser.look("change", mine["teammate"]))
        assert urls
        assert not [url for url in urls if "company" in url]


@pytest.mark.parametrize(
    "noun", ["teammate", "group", "template", "workspace", "inbox", "custom_field", "token", "event", "log_entry"]
)
@pytest.mark.parametrize("chosen", [False, True])
def test_the_page_of_a_row_names_its_company_and_leads_there(
    support: Browser, admin: Browser, mine: dict[str, Any], noun: str, chosen: bool
) -> None:
    if chosen:
        look_at(support, mine["company"])
    way = f'href="{url_of("change", mine["company"])}">Initech</a>'
    assert way in support.look("change", mine[noun]).content.decode()
    assert way not in admin.look("change", mine[noun]).content.decode()


def test_the_banner_of_a_narrow_screen_names_the_company_too(support: Browser, company: Company) -> None:
    named = '<p class="fp-subtle text-xs truncate xl:hidden!">'
    assert f"{named}All companies</p>" in support.look("changelist", Teammate).content.decode()
    look_at(support, company)
    assert f"{named}Initech</p>" in support.look("changelist", Teammate).content.decode()


def test_who_released_an_address_is_not_taken_for_who_deleted_the_person(
    support: Browser, admin: Browser, company: Company
) -> None:
    person = TeammateFactory.create(company=company)
    admin.act("delete", person, reason="Left")
    support.act("release_address", person, reason="Rehired")
    page = text(admin.look("change", person))
    assert re.search(r"Deleted by Grace Hopper on [^:]*:\d\d UTC: Left\.", page)
    released = r"The address was released by Sam Support on [^:]*:\d\d UTC, and can be used again: Rehired\."
    assert re.search(released, page)
    assert re.search(r"Status Deleted since [^,]*, [^,]*, by Grace Hopper", page)
    assert re.search(r"Address Released: it can be used again since [^,]*, [^,]*, by Sam Support", page)


def test_an_address_in_use_is_not_released_and_the_reason_is_said(support: Browser, company: Company) -> None:
    person = TeammateFactory.create(company=company)
    gone = TeammateFactory.create(company=company, status=Status.DELETED)
    assert "Release the address" not in text(support.look("changelist", Teammate))
    assert "Release the address" in text(support.look("changelist", Teammate, status="deleted"))
    asked = text(support.act("release_address", person, gone, confirmed=False))
    assert f"{person.name} ({person.login}): they are not deleted, so their address is in use" in asked
    told = text(support.act("release_address", person, gone, reason="Rehired"))
    assert f"Nothing to do for {person.name}: they are not deleted, so their address is in use." in told
    person.refresh_from_db()
    gone.refresh_from_db()
    assert person.address_released_at is None
    assert gone.address_released_at is not None


@pytest.mark.parametrize("noun", ["teammate", "event", "log_entry"])
def test_a_file_is_called_after_its_company(
    support: Browser, admin: Browser, mine: dict[str, Any], other_company: Company, noun: str
) -> None:
    def name_of(client: Browser, **asked: Any) -> str:
        named: str = client.look("export", type(mine[noun]), **asked).headers["Content-Disposition"]
        return named

    own = f"-{mine['company'].slug}-20"
    assert own in name_of(admin)
    assert f"-{other_company.slug}-20" in name_of(support, company__id__exact=other_company.pk)
    if noun != "log_entry":
        assert "-all-companies-20" in name_of(support)
    look_at(support, mine["company"])
    assert own in name_of(support)


def test_the_file_of_the_audit_logs_of_all_companies_says_whose_a_row_is(
    support: Browser, admin: Browser, mine: dict[str, Any], foreign: dict[str, Any]
) -> None:
    def rows(client: Browser, **asked: Any) -> list[dict[str, str]]:
        content = client.look("export", Event, **asked).getvalue().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(content)))

    companies = {row["Event ID"]: row["Company"] for row in rows(support)}
    assert companies[mine["event"].public_id] == "Initech"
    assert companies[foreign["event"].public_id] == "Globex"
    assert "Company" not in rows(admin)[0]
    assert "Company" not in rows(support, company__id__exact=mine["company"].pk)[0]
