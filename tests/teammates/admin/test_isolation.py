"""Nothing of one company is visible to, guessable by or changeable from another: every page, every role."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.db.models import Model

from teammates.admin.permissions import MATRIX, Role
from teammates.models import AccessGrant, Company, Event, Membership, Teammate
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, entered, text, url_of

NOUNS = [
    "teammate", "group", "membership", "template", "workspace", "inbox", "custom_field", "token", "company", "event",
    "notice", "log_entry",
]  # fmt: skip
PAGES = ["change", "history", "delete"]
ROW_ACTIONS = {
    "teammate": ["block", "unblock", "sign_out", "invite", "new_password", "reset_two_factor", "delete"],
    "group": ["remove_unconfirmed", "delete"],
    "membership": ["remove"],
    "template": ["delete"],
    "workspace": ["delete"],
    "inbox": ["delete"],
    "custom_field": ["delete"],
    "token": ["rotate", "revoke"],
    "notice": ["close"],
}
LIST_PAGES = {"teammate": ["export"]}  # further pages of a list, which have verbs of their own
ACTIONS = [(noun, action) for noun, actions in ROW_ACTIONS.items() for action in actions]


def test_every_noun_with_pages_is_in_these_lists(mine: dict[str, Model]) -> None:
    assert {row._meta.label_lower for row in mine.values()} == set(MATRIX)
    offered = {noun: [*ROW_ACTIONS.get(noun, []), *LIST_PAGES.get(noun, [])] for noun in mine}
    verbs = {(row._meta.label_lower, verb) for noun, row in mine.items() for verb in offered[noun]}
    in_matrix = {(label, verb) for label, roles in MATRIX.items() for verb in roles[Role.COMPANY_ADMIN]}
    assert verbs == {(label, verb) for label, verb in in_matrix if verb not in ("view", "add", "change")}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("noun", NOUNS)
def test_another_companys_row_is_not_there(admin: Browser, foreign: dict[str, Model], noun: str, page: str) -> None:
    before = dump("LogEntry", "LogBody")
    assert admin.look(page, foreign[noun]).status_code == 404
    assert admin.look(page, foreign[noun], _popup=1).status_code == 404
    assert admin.save(page, foreign[noun], name="Mine now", post="yes").status_code == 404
    assert dump("LogEntry", "LogBody") == before


@pytest.mark.parametrize("key", ["999999999", "0", "abc", "1_2F", "9" * 30, "-1"])
@pytest.mark.parametrize("noun", NOUNS)
def test_what_is_nobodys_answers_like_what_is_somebody_elses(
    admin: Browser, foreign: dict[str, Model], noun: str, key: str
) -> None:
    url = url_of("change", foreign[noun]).replace(f"/{foreign[noun].pk}/change/", f"/{key}/change/")
    assert admin.get(url).status_code == 404


@pytest.mark.parametrize(("noun", "action"), ACTIONS)
def test_another_companys_rows_cannot_be_acted_on(
    admin: Browser, mine: dict[str, Model], foreign: dict[str, Model], noun: str, action: str
) -> None:
    before = dump("LogEntry", "LogBody")
    for rows in ([foreign[noun]], [mine[noun], foreign[noun]]):
        assert admin.act(action, *rows, confirmed=False).status_code == 404
        assert admin.act(action, *rows).status_code == 404
    assert dump("LogEntry", "LogBody") == before


@pytest.mark.parametrize("noun", NOUNS)
def test_lists_show_ones_own_rows_only(
    admin: Browser, mine: dict[str, Model], foreign: dict[str, Model], noun: str
) -> None:
    response = admin.look("changelist", mine[noun])
    if noun == "company":
        assert response.headers["Location"] == url_of("change", mine[noun])
        return
    companies = {getattr(row, "company_id", None) for row in response.context["cl"].result_list}
    assert companies == {mine["company"].pk}


@pytest.mark.parametrize(("noun", "page"), [(noun, page) for noun, pages in LIST_PAGES.items() for page in pages])
def test_further_pages_of_a_list_have_ones_own_rows_only(
    admin: Browser, support: Browser, mine: dict[str, Model], foreign: dict[str, Any], noun: str, page: str
) -> None:
    row = foreign[noun]
    for query in ({}, {"q": row.public_id}, {"company__id__exact": row.company_id}, {"group": foreign["group"].pk}):
        response = admin.look(page, type(row), **query)
        assert response.status_code == 200
        assert row.public_id not in response.getvalue().decode()
    assert row.public_id in support.look(page, type(row)).getvalue().decode()


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "company"])
def test_no_filter_or_search_reaches_another_companys_rows(
    admin: Browser, foreign: dict[str, Model], noun: str
) -> None:
    row: Any = foreign[noun]
    for query in ({"company__id__exact": foreign["company"].pk}, {"q": getattr(row, "public_id", str(row))}):
        response = admin.look("changelist", row, **query)
        if response.status_code == 200:
            assert list(response.context["cl"].result_list) == []
        else:
            assert response.status_code in (400, 404)


@pytest.mark.parametrize(
    "lookup",
    [
        "password__startswith", "session_epoch__gte", "company__name__startswith", "company__plan",
        "memberships__group__name__startswith", "teammate_groups__name", "emails__contains", "grants__inbox",
    ],
)  # fmt: skip
def test_a_list_cannot_be_asked_about_what_it_does_not_show(admin: Browser, lookup: str) -> None:
    response = admin.look("changelist", Teammate, **{lookup: "a"})
    assert response.status_code == 400


def test_the_members_of_another_companys_group_are_not_there(admin: Browser, foreign: dict[str, Model]) -> None:
    assert admin.look("changelist", Membership, group__id__exact=foreign["group"].pk).status_code == 404
    assert admin.look("changelist", Membership, group__id__exact="abc").status_code == 404


# --- choices ---

SOURCES = [
    ("teammates.membership", "teammate"),
    ("teammates.membership", "group"),
    ("teammates.accessgrant", "workspace"),
    ("teammates.accessgrant", "inbox"),
    ("teammates.accessgrant", "group"),
    ("teammates.inbox", "workspace"),
    ("teammates.inbox", "company"),
    ("teammates.teammatesession", "teammate"),
    ("admin.logentry", "user"),
]


@pytest.mark.parametrize(("source", "field"), SOURCES)
def test_choices_are_ones_own(
    admin: Browser, mine: dict[str, Model], foreign: dict[str, Any], source: str, field: str
) -> None:
    for term in ("", "e", foreign["teammate"].login, foreign["inbox"].name, foreign["group"].public_id):
        response = admin.choices(source, field, term)
        assert response.status_code == 200
        choices = [choice for choice in response.json()["results"] if not choice.get("disabled")]
        names = " ".join(choice["text"] for choice in choices)
        for row in (foreign["teammate"].login, *(foreign[noun].name for noun in ("group", "company", "inbox"))):
            assert row not in names


@pytest.mark.parametrize("term", ["\0", "%", "x" * 5000])
def test_odd_search_terms_find_nothing_and_break_nothing(admin: Browser, term: str) -> None:
    assert admin.choices("teammates.membership", "teammate", term).status_code == 200
    assert admin.look("changelist", Teammate, q=term).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "abc", "9" * 30])
def test_odd_pages_of_choices_are_the_first_or_none(admin: Browser, page: str) -> None:
    assert admin.choices("teammates.membership", "teammate", page=page).status_code in (200, 404)


def test_choices_of_unregistered_rows_are_refused(admin: Browser) -> None:
    assert admin.choices("auth.group", "permissions").status_code == 403
    assert admin.choices("nothing.here", "x").status_code == 403


# --- forms ---


def test_a_form_cannot_bring_in_another_companys_rows(
    admin: Browser, mine: dict[str, Any], foreign: dict[str, Any]
) -> None:
    before = list(AccessGrant.objects.values()), list(Membership.objects.values())
    for field, noun in (("workspaces", "workspace"), ("inboxes", "inbox"), ("add_members", "teammate")):
        sent = entered(admin.look("change", mine["group"])) | {field: [foreign[noun].pk]}
        response = admin.save("change", mine["group"], **sent)
        assert response.status_code == 200
        assert "not one of the available choices" in text(response)
        assert str(foreign[noun]) not in text(response)
    assert (list(AccessGrant.objects.values()), list(Membership.objects.values())) == before


def test_nobody_joins_another_companys_group(admin: Browser, mine: dict[str, Any], foreign: dict[str, Any]) -> None:
    before = list(Membership.objects.values())
    sent = entered(admin.look("change", mine["teammate"])) | {"join_groups": [foreign["group"].pk]}
    assert "not one of the available choices" in text(admin.save("change", mine["teammate"], **sent))
    assert list(Membership.objects.values()) == before


@pytest.mark.parametrize("value", ["abc", "9" * 30, "-1"])
def test_a_form_answers_nonsense_in_a_choice_with_an_error(admin: Browser, mine: dict[str, Any], value: str) -> None:
    sent = entered(admin.look("change", mine["group"])) | {"add_members": [value]}
    assert admin.save("change", mine["group"], **sent).status_code == 200


def test_an_inbox_cannot_be_put_into_another_companys_workspace(admin: Browser, foreign: dict[str, Any]) -> None:
    response = admin.post("/admin/teammates/inbox/add/", {"name": "X", "workspace": foreign["workspace"].pk})
    assert response.status_code == 200
    assert "Select a valid choice" in text(response)


def test_what_is_made_belongs_to_the_company_of_whoever_makes_it(
    admin: Browser, company: Company, other_company: Company
) -> None:
    sent = {"name": "Night shift", "company": other_company.pk, "description": ""}
    assert admin.post("/admin/teammates/teammategroup/add/", sent).status_code == 302
    assert company.groups.filter(name="Night shift").exists()
    assert not other_company.groups.exists()


# --- roles ---


@pytest.mark.parametrize("noun", NOUNS)
def test_support_staff_read_every_company(
    support: Browser, mine: dict[str, Model], foreign: dict[str, Model], noun: str
) -> None:
    for rows in (mine, foreign):
        response = support.look("change", rows[noun])
        assert response.status_code == 200
        has_history = noun not in ("membership", "event", "notice", "log_entry")
        assert support.look("history", rows[noun]).status_code == (302 if has_history else 404)
    if noun == "log_entry":  # read company by company
        companies = support.look("changelist", mine[noun]).context["companies"]
        assert {mine["company"], foreign["company"]} <= set(companies)
        return
    listed = support.look("changelist", mine[noun])
    assert {row.pk for row in listed.context["cl"].result_list} >= {mine[noun].pk, foreign[noun].pk}
    if noun != "company":
        assert str(mine["company"]) in text(listed)
        assert str(foreign["company"]) in text(listed)


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "company"])
def test_support_staff_change_nothing_else(support: Browser, mine: dict[str, Any], noun: str) -> None:
    before = dump("LogEntry", "LogBody")
    assert support.save("change", mine[noun], name="Changed", first_name="Changed").status_code == 403
    assert support.save("add", mine[noun], name="Added", login="added").status_code == 403
    assert support.save("delete", mine[noun], post="yes").status_code == 403
    for action in ROW_ACTIONS.get(noun, []):
        response = support.act(action, mine[noun], reason="Because")
        assert "No action selected" in text(response) or response.status_code == 200
    assert dump("LogEntry", "LogBody") == before


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("person", ["plain", "blocked admin", "nobody"])
def test_nobody_else_has_a_web_admin(
    browser: Any, company: Company, mine: dict[str, Any], noun: str, person: str
) -> None:
    client = Browser()
    if person == "plain":
        client = browser(TeammateFactory.create(company=company))
    elif person == "blocked admin":
        client = browser(TeammateFactory.create(company=company, admin=True, blocked=True))
    for page in ("change", "history", "delete", "changelist", "add", *LIST_PAGES.get(noun, [])):
        assert client.look(page, mine[noun]).headers["Location"].startswith("/admin/login/")
        assert client.save(page, mine[noun], name="X").headers["Location"].startswith("/admin/login/")
    assert client.choices("teammates.membership", "teammate").status_code == 302


def test_the_menu_offers_what_the_role_may_open(admin: Browser, support: Browser) -> None:
    for client in (admin, support):
        page = text(client.look("changelist", Teammate))
        for heading in ("Teammates", "Teammate groups", "API tokens", "Audit log", "Workspaces"):
            assert heading in page
    assert "Add teammate" in text(admin.look("changelist", Teammate))
    assert "Add teammate" not in text(support.look("changelist", Teammate))


def test_the_first_page_is_what_one_comes_for(admin: Browser, support: Browser) -> None:
    assert admin.get("/admin/").headers["Location"] == url_of("changelist", Teammate)
    assert support.get("/admin/").headers["Location"] == url_of("changelist", Company)


def test_only_models_of_this_product_have_pages() -> None:
    assert {model._meta.app_label for model in site._registry} <= {"teammates", "templates_app", "scim"}


def test_events_of_pages_name_who_did_it(admin: Browser, admin_person: Teammate, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company)
    admin.act("delete", group)
    event = Event.objects.get(company=company, kind="group.deleted")
    assert (event.actor_kind, event.actor, event.actor_id) == ("teammate", "Grace Hopper", admin_person.public_id)
