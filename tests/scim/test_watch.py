"""Watching connections: failing and silent ones are told to their company's admins, until they are well again."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scim import tasks
from scim.models import Client, LogEntry
from teammates.models import ApiToken, Notice, Plan
from teammates.services import notices
from teammates.services.companies import update_company
from tests.factories import ApiTokenFactory, CompanyFactory
from tests.teammates.actors import ADMIN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def of_this_test(db):
    LogEntry.objects.all().delete()
    cache.clear()


@pytest.fixture
def token(company):
    return ApiTokenFactory(company=company, name="Entra")


def write(token, minutes_ago, count=1, **facts):
    """Requests of some minutes ago, with what the token remembers of its use."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    entry = {
        "client": Client.ENTRA, "method": "PATCH", "path": "/v2/Users/tea_1", "status": 200, "milliseconds": 5,
        "outcome": "changed", "text": "Changed title of Ada.", "kinds": ["teammate.updated"], **facts,
    }  # fmt: skip
    for _ in range(count):
        LogEntry.objects.create(company=token.company, token=token, token_name=token.name, at=at, **entry)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)


def refuse(token, minutes_ago, count):
    write(token, minutes_ago, count, status=400, outcome="refused", text="Refused: no licence.", kinds=[])


def kinds(company):
    return sorted(Notice.objects.filter(company=company, closed_at=None).values_list("kind", flat=True))


def test_a_company_that_never_connected_is_left_alone(company, token):
    tasks.watch_connections()
    assert kinds(company) == []


def test_a_healthy_connection_is_left_alone(company, token):
    write(token, 10, 5)
    tasks.watch_connections()
    assert kinds(company) == []


def test_too_many_refusals_are_told_once_with_the_last_of_them(company, token):
    write(token, 10)
    refuse(token, 9, 8)
    tasks.watch_connections()
    tasks.watch_connections()
    notice = Notice.objects.get(company=company)
    assert (notice.kind, notice.times) == ("provisioning_failing", 1)
    assert "8 of 9 changes by Microsoft Entra ID were refused in one cycle" in notice.text
    assert "Refused: no licence." in notice.text


def test_a_few_refusals_are_everyday_life(company, token):
    write(token, 10, 2)
    refuse(token, 9, 3)
    tasks.watch_connections()
    assert kinds(company) == []


@pytest.mark.parametrize(
    ("minutes", "expected"), [(70, []), (90, ["provisioning_silent"]), (9000, ["provisioning_silent"])]
)
def test_silence_is_told_after_two_cycles(company, token, minutes, expected):
    write(token, minutes)
    tasks.watch_connections()
    assert kinds(company) == expected


def test_silence_ends_with_the_next_cycle(company, token):
    write(token, 90)
    tasks.watch_connections()
    write(token, 1)
    tasks.watch_connections()
    assert kinds(company) == []


def test_failing_ends_with_a_healthy_cycle(company, token):
    refuse(token, 40, 8)
    tasks.watch_connections()
    write(token, 1, 3)
    tasks.watch_connections()
    assert kinds(company) == []


def test_failing_ends_when_what_kept_the_connection_out_is_put_right(company, token):
    update_company(company.pk, {"plan": Plan.STARTER}, actor=ADMIN)
    write(token, 3, status=403, outcome="refused", text="Refused: not in the plan.", kinds=[])
    tasks.watch_connections()
    assert kinds(company) == ["provisioning_failing"]

    update_company(company.pk, {"plan": Plan.SCALE}, actor=ADMIN)
    tasks.watch_connections()
    assert kinds(company) == []


def test_who_dismissed_it_is_not_told_again_until_it_was_well(company, token):
    refuse(token, 60, 8)
    tasks.watch_connections()
    notices.close_notice(company, Notice.objects.get().pk, actor=ADMIN)
    refuse(token, 30, 9)
    tasks.watch_connections()
    assert kinds(company) == []
    write(token, 20, 3)
    tasks.watch_connections()
    refuse(token, 1, 9)
    tasks.watch_connections()
    assert kinds(company) == ["provisioning_failing"]


@pytest.mark.parametrize("client", [Client.OKTA, Client.ONELOGIN])
def test_the_silence_of_clients_without_cycles_means_nothing(company, token, client):
    write(token, 500, client=client)
    tasks.watch_connections()
    assert kinds(company) == []


def test_a_company_that_revoked_its_token_is_silent_on_purpose(company, token):
    write(token, 90)
    tasks.watch_connections()
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    Notice.objects.all().delete()
    tasks.watch_connections()
    assert kinds(company) == []


def test_a_plan_without_provisioning_is_silent_on_purpose(token):
    company = token.company
    company.plan = Plan.STARTER
    company.save()
    write(token, 90)
    tasks.watch_connections()
    assert kinds(company) == []


def test_nobody_gets_the_notices_of_another_company(company, other_company, token):
    write(ApiTokenFactory(company=other_company), 5, 3)
    refuse(token, 5, 8)
    tasks.watch_connections()
    assert (kinds(company), kinds(other_company)) == (["provisioning_failing"], [])


def test_a_company_known_to_be_silent_costs_nothing(company, token):
    write(token, 600)
    tasks.watch_connections()
    with CaptureQueriesContext(connection) as captured:
        tasks.watch_connections()
    assert len(captured) == 1


def test_each_company_costs_a_bounded_number_of_statements():
    for _ in range(5):
        write(ApiTokenFactory(company=CompanyFactory()), 5, 2)
    with CaptureQueriesContext(connection) as captured:
        tasks.watch_connections()
    assert len(captured) <= 3 + 5 * 4
