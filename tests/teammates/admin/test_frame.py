"""What every page of the web admin has: its menu, its search, and a policy about what it may load."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.text import capfirst

from frontprov.admin_directory import PAGES, Page
from frontprov.admin_search import MOST_OF_A_KIND, SEARCHED
from scim.models import LogEntry
from teammates.admin.permissions import Role
from teammates.models import (
    ApiToken,
    Company,
    CustomField,
    Event,
    Inbox,
    Status,
    Teammate,
    TeammateGroup,
    Workspace,
)
from templates_app.models import TeammateTemplate
from tests.factories import TeammateFactory, TeammateGroupFactory, make_crowd
from tests.teammates.admin.conftest import Browser, text, url_of


def title_of(response: Any) -> str:
    title = re.search("<title>(.*?)</title>", response.content.decode(), re.DOTALL)
    assert title is not None
    return unescape(title[1]).strip()


def found(browser: Browser, term: str) -> Any:
    return browser.get(reverse("admin:search"), {"s": term, "extended": "1"})


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/teammates/teammate/"])
def test_a_page_may_load_and_run_only_what_this_server_serves(admin: Browser, path: str) -> None:
    policy = admin.get(path).headers["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'self'"]
    assert rules["style-src"] == ["'self'"]
    assert rules["frame-ancestors"] == ["'none'"]
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("by", ["name", "login", "public_id"])
def test_the_search_finds_a_person_by_name_address_and_id(admin: Browser, company: Company, by: str) -> None:
    person = TeammateFactory.create(company=company, display_name="Katherine Johnson")
    page = found(admin, str(getattr(person, by)))
    assert "Katherine Johnson" in text(page)
    assert reverse("admin:teammates_teammate_change", args=[person.pk]) in page.content.decode()


def test_the_search_finds_nothing_of_another_company(admin: Browser, foreign: dict[str, Model]) -> None:
    for noun in ("teammate", "group", "template", "inbox", "workspace", "token"):
        row: Any = foreign[noun]
        assert "Nothing found for" in text(found(admin, row.hint if noun == "token" else row.public_id))


@pytest.mark.parametrize("noun", ["event", "log_entry"])
@pytest.mark.parametrize("role", ["admin", "support"])
def test_the_search_finds_an_entry_of_a_log_by_its_id(
    admin: Browser, support: Browser, mine: dict[str, Any], foreign: dict[str, Any], noun: str, role: str
) -> None:
    client = admin if role == "admin" else support
    assert url_of("change", mine[noun]) in found(client, mine[noun].public_id).content.decode()
    is_there = url_of("change", foreign[noun]) in found(client, foreign[noun].public_id).content.decode()
    assert is_there == (role == "support")


def test_what_is_looked_for_in_the_provisioning_log_is_kept_while_the_company_is_chosen(
    support: Browser, company: Company
) -> None:
    page = found(support, "kim@contoso.example")
    assert "you choose the company first" in text(page)
    (way,) = {unescape(each) for each in re.findall(r'href="([^"]*logentry/\?q=[^"]*)"', page.content.decode())}
    asked = support.get(way)
    assert "Choose the company, and “kim@contoso.example” is looked for there." in text(asked)
    (of_company,) = [each for chosen, each in asked.context["ways"] if chosen == company]
    log = support.get(f"{url_of('changelist', LogEntry)}{of_company}")
    assert log.context["form"].given()["q"] == "kim@contoso.example"


@pytest.mark.parametrize(
    ("term", "page"),
    [
        ("group sync", "group_sync"),
        ("API tokens", "teammates_apitoken_changelist"),
        ("user provisioning", "user_provisioning"),
        ("tenant url", "user_provisioning"),
        ("okta", "user_provisioning"),
        ("licences", "teammates_company_changelist"),
        ("two-factor", "account"),
        ("password", "password_change"),
        ("audit log", "teammates_event_changelist"),
        ("deleted", "teammates_teammate_changelist"),
    ],
)
def test_the_search_knows_the_settings_pages_by_what_people_call_them(admin: Browser, term: str, page: str) -> None:
    assert reverse(f"admin:{page}") in found(admin, term).content.decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_that_the_search_offers_opens_for_whom_it_is_offered(
    admin: Browser, support: Browser, page: Page
) -> None:
    for client in (admin, support):
        if page.link in unescape(found(client, str(page.title)).content.decode()):
            assert client.get(page.link, follow=True).status_code == 200
    assert page.link in unescape(
        found(support if page.only == Role.SUPPORT else admin, str(page.title)).content.decode()
    )


def test_support_staff_are_offered_no_page_that_they_may_not_open(support: Browser) -> None:
    assert "Add API token" not in text(found(support, "token"))
    assert "Notices by e-mail" not in text(found(support, "notices"))


def test_the_search_over_everything_asks_for_a_second_letter(admin: Browser) -> None:
    assert "Type two letters or more." in text(found(admin, "a"))


def test_a_search_that_finds_nothing_says_so_and_where_else_to_look(admin: Browser) -> None:
    page = found(admin, "turing")
    assert "Nothing found for “turing”." in text(page)
    for model in ("teammates_event", "scim_logentry"):
        assert f"{reverse(f'admin:{model}_changelist')}?q=turing" in page.content.decode()


def test_a_list_that_finds_nobody_offers_to_search_the_deleted_too(admin: Browser, company: Company) -> None:
    TeammateFactory.create(company=company, display_name="Alan Turing", status=Status.DELETED)
    page = admin.look("changelist", Teammate, q="turing")
    assert "Nothing found" in text(page)
    assert "Alan Turing" in text(admin.get(f"{url_of('changelist', Teammate)}?q=turing&status=any"))
    assert 'href="?q=turing&amp;status=any">Look among them, too' in page.content.decode()


@pytest.mark.parametrize(
    ("page", "model", "title"),
    [
        ("changelist", Teammate, "Teammates | Frontprov"),
        ("add", Teammate, "Add teammate | Teammates | Frontprov"),
        ("changelist", ApiToken, "API tokens | Frontprov"),
        ("changelist", Event, "Audit log | Frontprov"),
    ],
)
def test_a_browsers_tab_says_which_page_it_has(admin: Browser, page: str, model: Any, title: str) -> None:
    assert title_of(admin.look(page, model)) == title


def test_the_tab_of_a_row_its_confirmations_and_a_form_with_an_error_begins_with_what_matters(
    admin: Browser, company: Company
) -> None:
    ada = TeammateFactory.create(company=company, display_name="Ada Lovelace")
    assert title_of(admin.look("change", ada)) == "Ada Lovelace | Teammates | Frontprov"
    assert title_of(admin.act("block", ada, confirmed=False, from_page=1)) == (
        "Block | Ada Lovelace | Teammates | Frontprov"
    )
    assert title_of(admin.save("add", Workspace, name="")) == "Error: Add workspace | Workspaces | Frontprov"
    assert title_of(admin.get(reverse("admin:account"))) == "Your account | Frontprov"


@pytest.mark.parametrize("model", [Teammate, TeammateGroup, TeammateTemplate, Workspace, Inbox, CustomField, ApiToken])
def test_the_first_button_of_a_form_saves_it_because_enter_presses_that(admin: Browser, model: Any) -> None:
    content = admin.look("add", model).content.decode()
    form = f'form="{model._meta.model_name}_form"'
    assert re.findall(rf'<button type="submit"[^>]*{form} name="(\w+)"', content)[0] == "_save"


def test_support_staff_search_all_companies_and_see_which(support: Browser, foreign: dict[str, Model]) -> None:
    row: Any = foreign["group"]
    assert row.company.name in text(found(support, row.public_id))


def test_the_search_says_when_there_is_more_than_it_shows(admin: Browser, company: Company) -> None:
    TeammateFactory.create_batch(MOST_OF_A_KIND, company=company, last_name="Turing")
    assert f"{MOST_OF_A_KIND} found" in text(found(admin, "turing"))
    TeammateFactory.create(company=company, last_name="Turing")
    page = found(admin, "turing")
    assert "The first 8 of each kind are shown: type more to narrow it down." in text(page)
    assert len(page.context["results"]) == MOST_OF_A_KIND


def test_the_search_costs_the_same_for_few_and_for_many(admin: Browser, company: Company) -> None:
    TeammateFactory.create_batch(2, company=company, display_name="Ada Lovelace")
    with CaptureQueriesContext(connection) as few:
        found(admin, "lovelace")
    TeammateFactory.create_batch(20, company=company, display_name="Ada Lovelace")
    TeammateGroupFactory.create_batch(20, company=company)
    with CaptureQueriesContext(connection) as many:
        page = found(admin, "lovelace")
    assert len(many) == len(few) <= len(SEARCHED) + 4
    assert text(page).count("Ada Lovelace") == MOST_OF_A_KIND


@pytest.mark.parametrize("term", ["", "a", "\0\0", "%%", "x" * 5000])
def test_odd_terms_break_nothing(admin: Browser, term: str) -> None:
    assert found(admin, term).status_code == 200


def test_who_may_not_open_the_admin_may_not_search(company: Company, browser: Any) -> None:
    plain: Teammate = TeammateFactory.create(company=company)
    assert found(browser(plain), "lovelace").status_code == 302


@pytest.mark.parametrize("model", [Teammate, TeammateGroup, TeammateTemplate, Workspace, Inbox, CustomField, ApiToken])
def test_a_page_that_adds_something_says_so_and_offers_every_field_it_requires(admin: Browser, model: Any) -> None:
    page = admin.look("add", model)

    form = page.context["adminform"].form
    content = page.content.decode()
    assert [name for name, field in form.fields.items() if field.required and f'name="{name}"' not in content] == []
    assert f"{capfirst(model._meta.verbose_name_plural)}chevron_rightAdd {model._meta.verbose_name}" in text(page)


@pytest.mark.parametrize(("term", "says"), [("", "No workspace yet."), ("sales", "Nothing found for “sales”.")])
def test_where_there_is_nothing_to_choose_a_line_says_why(admin: Browser, term: str, says: str) -> None:
    (only,) = admin.choices("teammates.accessgrant", "workspace", term).json()["results"]
    assert only == {"id": "0", "text": says, "disabled": True}


# --- lists ---


def pages_of(answer: Any) -> str:
    """The line below a list."""
    return text(answer).rpartition("Last seen")[2].rpartition("Never")[2]


@pytest.fixture
def many(company: Company) -> None:
    make_crowd(company, 600)


def test_a_long_list_leads_to_the_pages_around_and_to_both_ends(admin: Browser, company: Company, many: None) -> None:
    answer = admin.look("changelist", Teammate, p=7)

    assert "Previous 1 2 3 4 5 6 7 8 9 10 11 12 13 Next 601 teammates" in pages_of(answer)
    assert '<span aria-current="page">7</span>' in answer.content.decode()


def test_pages_that_are_left_out_are_no_link(admin: Browser, many: None) -> None:
    page = admin.look("changelist", Teammate).content.decode()

    assert "<span>…</span>" in page
    assert "p=%E2%80%A6" not in page


def test_a_list_that_is_longer_than_anybody_pages_says_to_search(
    admin: Browser, many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("teammates.admin.base.COUNTED", 100)

    answer = admin.look("changelist", Teammate, p=2)

    assert "Previous 1 2 100+ teammates Search or filter to see the others." in pages_of(answer)
    assert len(answer.context["cl"].result_list) == 50


def test_a_column_says_how_the_list_is_sorted(admin: Browser, company: Company) -> None:
    TeammateFactory.create(company=company)
    page = admin.look("changelist", Teammate, o="-1").content.decode()
    assert page.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in page
