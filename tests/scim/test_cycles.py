"""The provisioning log seen from afar: cycles, sums by day, and how the connection is doing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from scim import cycles, limits, upkeep
from scim.cycles import DaySums, State, connection_state, day_sums, recent_cycles
from scim.models import BEYOND_THE_LOG, Client, LogEntry, ReadCount
from teammates.models import Plan, Scope
from teammates.services.companies import update_company
from teammates.services.events import SYSTEM
from teammates.services.tokens import revoke_token
from tests.factories import ApiTokenFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import Door, members, op

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 5, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def of_this_test(db):
    """The log's tables are no managed ones: what a test with real transactions wrote is not removed with it."""
    LogEntry.objects.all().delete()
    cache.clear()


@pytest.fixture
def token(company):
    return ApiTokenFactory(company=company, name="Entra")


def write(token, at, **facts):
    """An entry of that time; a PATCH that changed a person unless `facts` say something else."""
    entry = {
        "client": Client.OTHER, "method": "PATCH", "path": "/v2/Users/tea_1", "status": 200, "milliseconds": 5,
        "outcome": "changed", "text": "Changed title of Ada.", "kinds": ["teammate.updated"], **facts,
    }  # fmt: skip
    return LogEntry.objects.create(company=token.company, token=token, token_name=token.name, at=at, **entry)


def refuse(token, at, status=400, text="Refused: it cannot be."):
    return write(token, at, status=status, outcome="refused", text=text, kinds=[])


def read(token, minute, count=1, kind="Users by userName", client=Client.OTHER):
    return ReadCount.objects.create(
        company=token.company, token=token, minute=minute, client=client, kind=kind, count=count
    )


def after(minutes=0, seconds=0):
    return NOON + timedelta(minutes=minutes, seconds=seconds)


def all_pages(company, limit):
    """Every cycle, page by page; what a reader sees who turns them all."""
    before, found = NOON + timedelta(days=1), []
    for _ in range(200):
        page = recent_cycles(company, before=before, limit=limit)
        found += page.cycles
        if page.earlier is None:
            return found
        assert page.earlier < before
        before = page.earlier
    raise AssertionError("the pages have no end")


# --- cycles --------------------------------------------------------------------------------------------------------


def test_real_requests_are_a_cycle_with_its_sums(company, monkeypatch):
    scim = Door.of(company, HTTP_USER_AGENT="Okta SCIM Client 1.0.0")
    monkeypatch.setattr(limits, "TELL_AFTER", 0.0)
    monkeypatch.setattr(limits, "counts", limits.Counts())
    joan, max_ = TeammateFactory.create_batch(2, company=company)
    team = TeammateGroupFactory(company=company, idp=True)
    scim.get("/Users")
    scim.post("/Users/.search", {"filter": "id pr"})
    scim.create_user("grace@example.com")
    for value in ("Countess", "Countess"):
        scim.patch(joan, op("replace", "title", value))
    scim.patch(max_, op("replace", "active", False))
    scim.patch(max_, op("replace", "active", True))
    scim.patch(team, op("add", "members", members(joan)))
    scim.patch(joan, op("replace", "active", "perhaps"))
    upkeep.collect_reads()

    (cycle,) = recent_cycles(company, before=datetime.now(UTC) + timedelta(minutes=2)).cycles

    assert (cycle.token_id, cycle.token_name, cycle.client) == (scim.token.pk, "Entra", Client.OKTA)
    assert (cycle.reads, cycle.created, cycle.updated, cycle.blocked, cycle.unblocked) == (2, 1, 1, 1, 1)
    assert (cycle.groups, cycle.unchanged, cycle.refused, cycle.failed, cycle.changes) == (1, 1, 1, 0, 5)
    assert cycle.first_error == cycle.last_error
    assert "true or false" in cycle.first_error.text
    assert not cycle.is_cut


def test_five_minutes_of_silence_end_a_cycle(company, token):
    for minutes in (0, 4, 8.9, 14, 40):
        write(token, after(minutes))

    later, second, first = recent_cycles(company).cycles

    assert (first.started, first.ended, first.updated) == (after(0), after(8.9), 3)
    assert (second.started, second.updated) == (after(14), 1)
    assert later.started == after(40)


def test_a_cycle_with_nothing_to_do_is_one_of_reads(company, token):
    read(token, after(0), 3)
    read(token, after(1), 4, kind="Groups by displayName", client=Client.ENTRA)

    (cycle,) = recent_cycles(company).cycles

    assert (cycle.started, cycle.ended, cycle.reads, cycle.changes) == (after(0), after(1), 7, 0)
    assert (cycle.client, cycle.token_name, cycle.slowest, cycle.first_error) == (Client.ENTRA, "Entra", None, None)


def test_reads_hold_a_cycle_together(company, token):
    write(token, after(0, 30))
    read(token, after(4))
    write(token, after(8))

    assert [cycle.updated for cycle in recent_cycles(company).cycles] == [2]


def test_each_token_has_cycles_of_its_own(company, token):
    second = ApiTokenFactory(company=company, name="Okta")
    for seconds in range(0, 60, 20):
        write(token, after(0, seconds))
        write(second, after(0, seconds + 10), outcome="unchanged", kinds=[])

    assert [(c.token_name, c.updated, c.unchanged) for c in recent_cycles(company).cycles] == [
        ("Okta", 0, 3),
        ("Entra", 3, 0),
    ]


def test_nothing_of_another_company_is_seen(company, other_company, token):
    foreign = ApiTokenFactory(company=other_company)
    write(foreign, after(0))
    read(foreign, after(0))

    assert recent_cycles(company).cycles == []
    assert day_sums(company, days=1)[0].updated == 0
    assert connection_state(company).state == State.NEVER


def test_a_cycle_names_its_slowest_request_and_its_first_and_last_error(company, token):
    write(token, after(0), milliseconds=90)
    first = refuse(token, after(1), 404, "Refused: no such teammate.")
    refuse(token, after(2), 400, "Refused: no licence left.")
    last = write(token, after(3), status=500, outcome="failed", kinds=[], text="Refused: the server failed.")

    (cycle,) = recent_cycles(company).cycles

    assert cycle.slowest == 90
    assert (cycle.first_error.public_id, cycle.first_error.status) == (first.public_id, 404)
    assert (cycle.last_error.public_id, cycle.last_error.at) == (last.public_id, after(3))
    assert (cycle.refused, cycle.failed) == (2, 1)


def test_refusals_a_flood_left_no_room_for_count(company, token):
    refuse(token, after(0))
    read(token, after(0), 900, kind=BEYOND_THE_LOG)

    (cycle,) = recent_cycles(company).cycles

    assert (cycle.refused, cycle.reads) == (901, 0)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_show_every_cycle_once(company, token, limit):
    second = ApiTokenFactory(company=company)
    for number in range(12):
        write(token, after(40 * number))
        read(token, after(40 * number + 3))
    for number in range(4):  # each beside two or more of the other token's
        for minutes in range(0, 60, 3):
            write(second, after(100 * number + minutes, 7))

    found = all_pages(company, limit)

    assert len(found) == 16
    assert sum(cycle.updated for cycle in found) == 12 + 4 * 20
    assert sum(cycle.reads for cycle in found) == 12
    assert sorted(found, key=lambda cycle: (cycle.ended, cycle.token_id), reverse=True) == found


def test_a_burst_longer_than_one_look_is_shown_in_pieces_that_add_up(company, token, monkeypatch):
    monkeypatch.setattr(cycles, "MOST_ROWS", 10)
    write(token, after(0))
    for number in range(35):
        write(token, after(60, number))

    found = all_pages(company, 20)

    assert [cycle.is_cut for cycle in found] == [True, True, True, False, False]
    assert sum(cycle.updated for cycle in found) == 36
    assert found[-1].updated == 1


def test_a_whole_cycle_is_shown_before_the_pieces_of_the_next(company, token, monkeypatch):
    monkeypatch.setattr(cycles, "MOST_ROWS", 10)
    for number in range(8):
        write(token, after(0, number))
    for number in range(7):
        write(token, after(60, number))

    first = recent_cycles(company, before=NOON + timedelta(days=1))

    assert [(cycle.updated, cycle.is_cut) for cycle in first.cycles] == [(7, False)]
    assert [(cycle.updated, cycle.is_cut) for cycle in recent_cycles(company, before=first.earlier).cycles] == [
        (8, False)
    ]


MANY = """
INSERT INTO scim_logentry (company_id, at, token_id, token_name, client, method, path, status, milliseconds, outcome,
                           text, kinds, resource, resource_name)
SELECT %s, timestamptz '2025-05-30 12:00Z' - n * interval '7 seconds', %s, 'Entra', 'entra', 'PATCH', '/v2/Users', 200,
       5, 'changed', 'Changed title of Ada.', '["teammate.updated"]', 'tea_1', 'Ada' FROM generate_series(1, %s) n
"""


def test_each_question_is_one_statement_over_an_index(company, other_company, token, django_assert_num_queries):
    with connection.cursor() as cursor:
        cursor.execute(MANY, [company.pk, token.pk, 5_000])
        cursor.execute(MANY, [other_company.pk, ApiTokenFactory(company=other_company).pk, 20_000])
        cursor.execute("ANALYZE scim_logentry")
        cursor.execute(
            "INSERT INTO scim_readcount (company_id, token_id, minute, client, kind, count) "
            "SELECT %s, %s, timestamptz '2025-05-30 12:00Z' - n * interval '1 minute', 'other', 'all of Users', 1 "
            "FROM generate_series(1, 20000) n",
            [company.pk, token.pk],
        )
        cursor.execute("ANALYZE scim_readcount")

    with django_assert_num_queries(1):
        recent_cycles(company)
    with django_assert_num_queries(1):
        connection_state(company)
    with django_assert_num_queries(1):
        day_sums(company)
    params = {"company": company.pk, "before": NOON, "most": 1_000, "cycles": 20, "silence": cycles.SILENCE}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {cycles._CYCLES}", params | {"beyond": BEYOND_THE_LOG})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan Backward using scim_logentry" in plan
    assert "Index Scan Backward using read_count_by_minute" in plan


# --- sums by day ---------------------------------------------------------------------------------------------------


def test_each_day_has_its_sums_and_a_day_without_requests_has_none(company, token):
    now = timezone.now()
    write(token, now)
    write(token, now, kinds=["teammate.created"])
    refuse(token, now - timedelta(days=2))
    read(token, now - timedelta(days=2), 5, kind=BEYOND_THE_LOG)
    write(token, now - timedelta(days=3), kinds=["teammate.blocked", "teammate.conversations_released"])
    write(token, now - timedelta(days=9))

    days = day_sums(company, days=4)

    today = now.date()
    assert days == [
        DaySums(today - timedelta(days=3), blocked=1),
        DaySums(today - timedelta(days=2), refused=6),
        DaySums(today - timedelta(days=1)),
        DaySums(today, created=1, updated=1),
    ]


def test_days_that_are_over_are_asked_for_once(company, token, django_assert_num_queries):
    write(token, timezone.now() - timedelta(days=2))
    first = day_sums(company, days=5)
    write(token, timezone.now() - timedelta(days=2))  # which cannot be: an entry is written when it happens
    write(token, timezone.now())

    with django_assert_num_queries(1):
        again = day_sums(company, days=5)

    assert again[:-1] == first[:-1]
    assert again[-1].updated == 1


def test_without_redis_the_days_are_asked_for_each_time(company, token, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0", "OPTIONS": {}}
    }
    write(token, timezone.now() - timedelta(days=1))

    assert [day.updated for day in day_sums(company, days=2)] == [1, 0]


# --- how the connection is doing -----------------------------------------------------------------------------------


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def test_a_company_whose_tokens_nobody_used_was_never_connected(company, token):
    assert connection_state(company).state == State.NEVER
    assert connection_state(company).last is None


@pytest.mark.parametrize(("minutes", "state"), [(2, State.HEALTHY), (78, State.HEALTHY), (82, State.QUIET)])
def test_after_two_cycles_of_silence_a_connection_is_quiet(company, token, minutes, state):
    write(token, ago(minutes))

    told = connection_state(company)

    assert told.state == state
    assert told.last.updated == 1


def test_reads_alone_keep_a_connection_healthy(company, token):
    write(token, ago(200))
    read(token, ago(10).replace(second=0, microsecond=0))

    assert connection_state(company).state == State.HEALTHY


@pytest.mark.parametrize(
    ("good", "bad", "state"), [(0, 4, State.HEALTHY), (0, 5, State.FAILING), (12, 5, State.HEALTHY)]
)
def test_a_cycle_refused_in_too_many_requests_is_failing(company, token, good, bad, state):
    for number in range(good + bad):
        (write if number < good else refuse)(token, ago(10) + timedelta(seconds=number))

    assert connection_state(company).state == state


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("minutes", [5, 500])
def test_a_connection_refused_as_a_whole_is_failing_however_long_ago(company, token, status, minutes):
    write(token, ago(minutes + 100))
    refuse(token, ago(minutes), status)
    revoke_token(company, token.pk, actor=SYSTEM)

    told = connection_state(company)

    assert told.state == State.FAILING
    assert told.last.last_error.status == status


def test_a_connection_that_works_again_is_healthy(company, token):
    refuse(token, ago(30), 403)
    read(token, ago(2).replace(second=0, microsecond=0))

    told = connection_state(company)

    assert (told.state, told.denied) == (State.HEALTHY, None)


def test_a_token_that_worked_and_is_refused_now_is_a_failing_connection(company, token):
    write(token, ago(20))
    refuse(token, ago(3), 401)
    revoke_token(company, token.pk, actor=SYSTEM)

    told = connection_state(company)

    assert told.state == State.FAILING
    assert told.last.last_error.status == 401


def test_a_connection_waits_for_its_next_request_once_what_kept_it_out_is_put_right(company, token):
    refuse(token, ago(3), 403)
    update_company(company.pk, {"plan": Plan.STARTER}, actor=SYSTEM)
    company.refresh_from_db()
    assert connection_state(company).state == State.FAILING

    update_company(company.pk, {"plan": Plan.SCALE}, actor=SYSTEM)
    company.refresh_from_db()

    assert connection_state(company).state == State.WAITING


def test_an_old_token_that_is_still_used_somewhere_is_told_beside_a_healthy_connection(company, token):
    old = ApiTokenFactory(company=company, name="Old")
    write(token, ago(20))
    refuse(old, ago(3), 401)

    told = connection_state(company)

    assert (told.state, told.last.token_name, told.denied.token_name) == (State.HEALTHY, "Entra", "Old")


def test_a_real_connection_turns_from_healthy_to_failing_when_its_token_is_revoked(scim, company):
    scim.create_user("grace@example.com")
    assert connection_state(company).state == State.HEALTHY

    scim.token.revoked_at = timezone.now()
    scim.token.save()
    assert scim.get("/Users").status == 401

    assert connection_state(company).state == State.FAILING
    assert "was revoked on" in connection_state(company).last.last_error.text


def test_a_token_without_the_scope_is_a_failing_connection(company):
    Door(ApiTokenFactory(company=company, scopes=[Scope.PROVISIONING])).get("/Users")

    assert connection_state(company).state == State.FAILING
