"""The User provisioning tab: the connection at a glance, what to enter, steps that tick themselves, and group sync."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from scim.admin import adoption
from scim.admin.chart import chart
from scim.cycles import DaySums
from scim.models import LogBody, LogEntry
from teammates.models import ApiToken, Company, Event, Management, Plan, Scope, Source, Teammate
from teammates.services.events import SYSTEM
from teammates.services.tokens import revoke_token
from tests.factories import (
    ApiTokenFactory,
    CompanyFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
)
from tests.scim.door import DESCRIPTION, TEMPLATE, Door, group, op
from tests.teammates.admin.conftest import Browser, log_entry, text

PAGE = "/admin/user-provisioning/"
SYNC = "/admin/user-provisioning/group-sync/"


@pytest.fixture(autouse=True)
def of_this_test(db: None) -> None:
    LogEntry.objects.all().delete()
    LogBody.objects.all().delete()


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Initech", group_sync_enabled=False)


@pytest.fixture
def scim(company: Company) -> Door:
    return Door.of(company)


def steps(browser: Browser) -> dict[str, Any]:
    """How each step stands, by the first words of its title."""
    page = browser.get(PAGE)
    return {str(step.title): step for part in page.context["parts"] for step in part.steps}


def stands(browser: Browser, words: str) -> bool | None:
    done: bool | None = next(step.done for title, step in steps(browser).items() if words in title)
    return done


# --- the connection ---


def test_before_anything_it_says_what_to_do_first(admin: Browser) -> None:
    page = text(admin.get(PAGE))
    assert "Never connected" in page
    assert "There is no API token with the Auto-Provisioning scope yet" in page
    assert "/v2/?aadOptscim062020" in admin.get(PAGE).content.decode()
    assert not any(step.done for step in steps(admin).values())


def test_a_connection_that_works_says_so_with_its_last_cycle(admin: Browser, scim: Door) -> None:
    scim.create_user("grace@example.com")
    page = text(admin.get(PAGE))
    assert "There is nothing to do." in page
    assert "1 created" in page


def test_a_cycle_that_may_go_on_is_told_as_it_is_so_far(admin: Browser, scim: Door, company: Company) -> None:
    scim.create_user("grace@example.com")
    page = text(admin.get(PAGE))
    assert "the latest request came just now, more may follow" in page
    assert "What came of it so far" in page
    assert "it ended" not in page
    assert "so far" in text(admin.get(reverse("admin:scim_logentry_cycles")))


def test_a_cycle_that_is_over_says_when_it_ended(admin: Browser, company: Company) -> None:
    log_entry(company, at=timezone.now() - timedelta(minutes=7))
    page = text(admin.get(PAGE))
    assert "it ended 7 minutes ago" in page
    assert "so far" not in page
    assert "so far" not in text(admin.get(reverse("admin:scim_logentry_cycles")))


def test_a_connection_that_works_but_for_some_refusals_leads_to_them(admin: Browser, scim: Door) -> None:
    scim.create_user("grace@example.com")
    scim.create_user("grace@example.com")
    answer = admin.get(PAGE)
    assert "There is nothing to do." not in text(answer)
    assert "but for what was refused in the last cycle" in text(answer)

    log = text(admin.get(answer.context["refused_url"]))
    assert "grace@example.com" in log
    assert log.count("409") == 1


def test_a_quiet_connection_says_what_to_look_at(admin: Browser, company: Company) -> None:
    log_entry(company, at=timezone.now() - timedelta(hours=3))
    assert "Nothing has been heard for two cycles" in text(admin.get(PAGE))


def test_a_failing_connection_tells_the_latest_refusal(admin: Browser, company: Company) -> None:
    for _ in range(9):
        log_entry(company, status=400, outcome="refused", kinds=[], text="Refused: no licence is left.")
    page = text(admin.get(PAGE))
    assert "Failing" in page
    assert "Latest refusalRefused: no licence is left." in page


def test_a_connection_that_is_not_let_in_says_that_nobody_is_provisioned(admin: Browser, company: Company) -> None:
    entry = log_entry(company, status=401, outcome="refused", kinds=[], text="Refused: the token was revoked.")
    revoke_token(company, entry.token.pk, actor=SYSTEM)
    assert "is not let in, so nobody is created" in text(admin.get(PAGE))


def test_a_connection_that_would_be_let_in_now_needs_no_new_token(admin: Browser, company: Company) -> None:
    log_entry(company, status=403, outcome="refused", kinds=[], text="Refused: not in the plan.")
    page = text(admin.get(PAGE))
    assert "nothing has to be entered anew" in page
    assert "Create a token and enter it as" not in page


def test_a_plan_without_provisioning_is_said_once(admin: Browser, support: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    page = text(admin.get(PAGE))
    assert page.count("Starter") == 1
    assert "One can, as soon as the plan includes user provisioning." in page
    assert "this company is on the Starter plan" in text(support.get(f"{PAGE}?company={company.public_id}"))


def test_a_connection_refused_for_the_plan_needs_no_new_token(admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    log_entry(company, status=403, outcome="refused", kinds=[], text="Refused: the plan.")
    page = text(admin.get(PAGE))
    assert "no new token is needed" in page
    assert "Create a token and enter it" not in page


@pytest.mark.parametrize("role", ["admin", "support"])
def test_a_plan_without_provisioning_offers_no_token_and_no_group_sync_but_what_to_do(
    admin: Browser, support: Browser, company: Company, role: str
) -> None:
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    browser = admin if role == "admin" else support
    page = browser.get(f"{PAGE}?company={company.public_id}")
    parts = str(page.content.decode()).partition('id="enter"')[2].partition('id="licences"')[0]
    assert "<button" not in parts.partition('data-copy="tenant-url"')[2].partition("</button>")[2]
    assert "Turn on…" not in parts
    told = "Once the plan includes user provisioning" if role == "admin" else "First set a plan that includes"
    assert parts.count(told) == (2 if role == "admin" else 1), "support staff make no token anyway"


def test_what_the_page_no_longer_offers_is_refused_with_what_to_do(
    admin: Browser, support: Browser, company: Company
) -> None:
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    told = text(admin.post(PAGE, follow=True))
    assert "Once the plan includes user provisioning, this can be done here. To change the plan" in told
    for browser in (admin, support):
        url = f"{SYNC}?company={company.public_id}"
        assert "plan" in text(browser.post(url, {"enable": "yes", "reason": "They asked"}, follow=True))
    assert not ApiToken.objects.exists()
    company.refresh_from_db()
    assert not company.group_sync_enabled


def test_group_sync_can_be_turned_off_on_any_plan(admin: Browser, company: Company) -> None:
    """Groups that the identity provider holds would stay locked otherwise."""
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER, group_sync_enabled=True)
    assert "Turn off…" in text(admin.get(PAGE))
    admin.post(SYNC, {"enable": "no"})
    company.refresh_from_db()
    assert not company.group_sync_enabled


def test_licences_are_told_in_words(admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(licence_count=1, licences_used=1)
    assert "1 of 1 licences are taken, 0 left. The next person is refused" in text(admin.get(PAGE))


# --- a token, in the same place ---


def test_a_token_is_made_here_and_shown_once_with_the_tenant_url(admin: Browser, company: Company) -> None:
    answer = admin.post(PAGE)

    token = ApiToken.objects.get(company=company)
    assert set(token.scopes) == {Scope.PROVISIONING, Scope.AUTO_PROVISIONING}
    assert "no-store" in answer.headers["Cache-Control"]
    value = answer.context["value"]
    assert value in answer.content.decode()
    assert Door(value).get("/Users").status == 200
    assert value not in admin.get(PAGE).content.decode()
    assert token.hint in text(admin.get(PAGE))


def test_a_further_token_has_a_name_that_no_other_in_use_has(admin: Browser, company: Company) -> None:
    first, second, third = (admin.post(PAGE).context["token"] for _ in range(3))
    assert [each.name for each in (first, second, third)] == [
        "Microsoft Entra ID",
        "Microsoft Entra ID 2",
        "Microsoft Entra ID 3",
    ]
    revoke_token(company, second.pk, actor=SYSTEM)
    assert admin.post(PAGE).context["token"].name == "Microsoft Entra ID 2"


def test_tokens_of_one_name_are_told_apart_in_the_last_cycle_and_in_the_cycles(
    admin: Browser, company: Company
) -> None:
    first, second = ApiTokenFactory.create_batch(2, company=company, name="Microsoft Entra ID")
    other = ApiTokenFactory.create(company=company, name="Okta")
    Door(first).create_user("grace@example.com")
    assert f"with the token Microsoft Entra ID ({first.hint}…);" in text(admin.get(PAGE))
    for token in (second, other):
        Door(token).create_user(f"{token.pk}@example.com")
    cycles = admin.get(reverse("admin:scim_logentry_cycles"))
    assert {cycle.token_name for cycle, *_ in cycles.context["cycles"]} == {
        f"Microsoft Entra ID ({first.hint}…)",
        f"Microsoft Entra ID ({second.hint}…)",
        "Okta",
    }
    assert f"Microsoft Entra ID ({second.hint}…)" in text(cycles)


def test_an_old_token_that_is_still_entered_is_told_from_the_new_one_of_its_name(
    admin: Browser, company: Company
) -> None:
    old, new = ApiTokenFactory.create_batch(2, company=company, name="Entra")
    Door(new).create_user("grace@example.com")
    revoke_token(company, old.pk, actor=SYSTEM)
    Door(old).create_user("joan@example.com")
    Door(new).create_user("ada@example.com")
    assert f"Somewhere the token Entra ({old.hint}…) is still entered" in text(admin.get(PAGE))


def test_support_staff_make_no_token(support: Browser, company: Company) -> None:
    address = f"{PAGE}?company={company.public_id}"
    assert (
        'method="post">'
        not in support.get(address).content.decode().split("What to enter in")[1].split("</section>")[0]
    )
    assert support.post(address).status_code == 403
    assert not ApiToken.objects.exists()


# --- the guide's steps ---


def test_parts_1_and_3_tick_themselves(admin: Browser, company: Company) -> None:
    token = ApiTokenFactory.create(company=company)
    assert stands(admin, "Create an API token") is True
    assert stands(admin, "test the connection") is False
    Door(token).find("/Users", 'userName eq "8a6b"')
    assert stands(admin, "test the connection") is True
    assert stands(admin, "start provisioning") is False
    Door(token).create_user("grace@example.com")
    assert stands(admin, "start provisioning") is True


@pytest.mark.parametrize(("value", "is_so"), [(True, True), ("true", True), ("false", True), ("True", False)])
def test_adjustment_1_is_told_from_how_active_arrives(admin: Browser, scim: Door, value: Any, is_so: bool) -> None:
    assert stands(admin, "Adjustment 1") is None
    scim.create_user("grace@example.com", active=value)
    assert stands(admin, "Adjustment 1") is is_so


def test_the_latest_request_decides(admin: Browser, scim: Door, company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    scim.patch(ada, op("Replace", "active", "False"))
    assert "It arrived as False." in text(admin.get(PAGE))
    scim.patch(ada, op("Replace", "active", "true"))
    assert stands(admin, "Adjustment 1") is True


@pytest.mark.parametrize("address", ["grace@example.com", "g.hopper@example.com"])
def test_adjustment_2_is_told_from_the_work_address(admin: Browser, scim: Door, address: str) -> None:
    scim.create_user("Grace@example.com", emails=[{"type": "work", "value": address}])
    assert stands(admin, "Adjustment 2") is (address == "grace@example.com")


def test_adjustments_3_and_4_are_told_from_external_ids(admin: Browser, scim: Door, company: Company) -> None:
    scim.create_user("grace@example.com", externalId="grace")
    assert (stands(admin, "Adjustment 3"), stands(admin, "Adjustment 4")) == (True, True)
    ada = TeammateFactory.create(company=company)
    scim.patch(ada, op("Replace", "externalId", "ada"))
    assert stands(admin, "Adjustment 3") is False


def test_part_4_ticks_with_two_templates_and_the_first_use(admin: Browser, scim: Door, company: Company) -> None:
    template = TeammateTemplateFactory.create(company=company)
    assert stands(admin, "two teammate templates") is False
    TeammateTemplateFactory.create(company=company)
    assert stands(admin, "two teammate templates") is True
    assert stands(admin, "app role") is False
    scim.create_user("grace@example.com", **{TEMPLATE: {"template": template.public_id}})
    assert stands(admin, "app role") is True


def test_parts_5_and_6_tick_with_sync_groups_and_descriptions(admin: Browser, scim: Door, company: Company) -> None:
    admin.post(SYNC, {"enable": "yes"})
    assert stands(admin, "Enable Teammate Group Sync") is True
    assert (stands(admin, "group mappings in"), stands(admin, "description attribute")) == (False, False)
    scim.post("/Groups", group("Crew", **{DESCRIPTION: {"description": "Those on board"}}))
    assert (stands(admin, "group mappings in"), stands(admin, "description attribute")) == (True, True)


# --- group sync ---


def test_turning_it_on_shows_first_which_groups_could_be_taken_over(admin: Browser, company: Company) -> None:
    known = TeammateFactory.create(company=company, source=Source.IDP, display_name="Known")
    strangers = [
        TeammateFactory.create(company=company, login=f"stranger{n}@example.com", display_name=f"Stranger {n}")
        for n in range(7)
    ]
    TeammateGroupFactory.create(company=company, name="Support", with_members=[known, *strangers])
    TeammateGroupFactory.create(company=company, name="Sales", with_members=[known])
    TeammateGroupFactory.create(name="Foreign")

    page = admin.get(SYNC)

    assert [(each.name, each.members, each.strangers) for each in page.context["groups"]] == [
        ("Sales", 1, 0), ("Support", 8, 7),
    ]  # fmt: skip
    assert "Stranger 0" in text(page)
    assert "and 2 more" in text(page)
    company.refresh_from_db()
    assert not company.group_sync_enabled


def test_an_admin_turns_it_on_and_off(admin: Browser, company: Company) -> None:
    assert admin.post(SYNC, {"enable": "yes"}).headers["Location"] == PAGE
    company.refresh_from_db()
    assert company.group_sync_enabled
    assert "No teammate group is IdP-managed, so nothing changes for the groups there are." in text(admin.get(SYNC))
    crew = TeammateGroupFactory.create(company=company, idp=True)
    assert "One IdP-managed group becomes an ordinary teammate group" in text(admin.get(SYNC))
    admin.post(SYNC, {"enable": "no"})
    crew.refresh_from_db()
    assert crew.management == Management.DORMANT
    kinds = ["company.group_sync_enabled", "company.group_sync_disabled"]
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == kinds


def test_sent_twice_it_stays_as_it_was_asked(admin: Browser, company: Company) -> None:
    for _ in range(2):
        admin.post(SYNC, {"enable": "yes"})
    company.refresh_from_db()
    assert company.group_sync_enabled
    assert Event.objects.count() == 1


def test_support_staff_give_a_reason(support: Browser, support_person: Teammate, company: Company) -> None:
    address = f"{SYNC}?company={company.public_id}"
    assert "This field is required" in text(support.post(address, {"enable": "yes"}))
    assert not Event.objects.exists()
    support.post(address, {"enable": "yes", "reason": "Ticket 7"})
    event = Event.objects.get(company=company)
    assert (event.actor_kind, event.actor, event.data["reason"]) == ("staff", support_person.name, "Ticket 7")


def test_many_groups_come_page_by_page(admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adoption, "GROUPS", 2)
    monkeypatch.setattr("scim.admin.provisioning.GROUPS", 2)
    for name in "abcde":
        TeammateGroupFactory.create(company=company, name=name)
    shown = [[each.name for each in admin.get(SYNC, {"page": n}).context["groups"]] for n in ("1", "2", "3", "9", "x")]
    assert shown == [["a", "b"], ["c", "d"], ["e"], ["e"], ["a", "b"]]


# --- who sees it ---


@pytest.mark.parametrize("address", [PAGE, SYNC])
def test_another_companys_is_not_there(admin: Browser, address: str) -> None:
    other = CompanyFactory.create()
    for method in (admin.get, admin.post):
        assert method(f"{address}?company={other.public_id}").status_code == 404
        assert method(f"{address}?company=cmp_zzzzz").status_code == 404
    other.refresh_from_db()
    assert other.group_sync_enabled


@pytest.mark.parametrize("address", [PAGE, SYNC])
def test_support_staff_name_the_company(support: Browser, company: Company, address: str) -> None:
    assert company in support.get(address).context["companies"]
    assert "Company: Initech" in text(support.get(address, {"company": company.public_id}))


@pytest.mark.parametrize("address", [PAGE, SYNC])
def test_nobody_else_sees_it(browser: Any, company: Company, address: str) -> None:
    client = browser(TeammateFactory.create(company=company))
    assert client.get(address).status_code == 302
    assert client.post(address, {"enable": "yes"}).status_code == 302
    assert not Event.objects.exists()


def test_it_is_a_tab_beside_the_teammates(admin: Browser) -> None:
    assert PAGE in admin.look("changelist", Teammate).content.decode()
    assert reverse("admin:teammates_teammate_changelist") in admin.get(PAGE).content.decode()


# --- what it costs, and the chart ---


def test_the_page_costs_the_same_for_few_and_for_many(admin: Browser, scim: Door, company: Company) -> None:
    def cost() -> int:
        admin.get(PAGE)  # the sums of days that are over are remembered
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(PAGE).status_code == 200
        return len(captured)

    scim.create_user("grace@example.com")
    few = cost()
    for number in range(30):
        scim.create_user(f"person-{number}@example.org")
        ApiTokenFactory.create(company=company)
        TeammateGroupFactory.create(company=company)
    assert cost() == few <= 11


def test_bars_are_as_high_as_their_days() -> None:
    today = timezone.now().date()
    days = [DaySums(today - timedelta(days=1), created=5, refused=5), DaySums(today, updated=20)]
    drawn = chart(days)
    assert [(bar.kind, bar.height, bar.y) for bar in drawn.bars] == [
        ("created", "40.0", "120.0"), ("refused", "40.0", "80.0"), ("updated", "160.0", "0.0"),
    ]  # fmt: skip
    assert [total for _, _, total in drawn.totals] == [5, 20, 0, 5]


def test_days_without_anything_are_said_in_words(admin: Browser) -> None:
    assert "Nothing was created, updated, blocked or refused." in text(admin.get(PAGE))
