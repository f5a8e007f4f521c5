"""What keeps the provisioning log small and whole: counts of reads, and partitions made and dropped."""

import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_redis import get_redis_connection

from scim import limits, tasks, upkeep
from scim.models import LogBody, LogEntry, ReadCount
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import ENTERPRISE, USER, Door, op, path_of

pytestmark = pytest.mark.django_db

# --- reads are counted ---------------------------------------------------------------------------------------------


@pytest.fixture
def told_at_once(monkeypatch):
    """Redis is told of every request, as of those after a pause."""
    monkeypatch.setattr(limits, "TELL_AFTER", 0.0)


def let_minutes_pass(minutes=1):
    """What was counted until now was counted some minutes ago."""
    redis = get_redis_connection("default")
    for key in redis.scan_iter(f"{limits.READS}:*"):
        name, _, minute = key.decode().rpartition(":")
        redis.rename(key, f"{name}:{int(minute) - minutes}")


def counted(token):
    return {(row.client, row.kind): row.count for row in ReadCount.objects.filter(token_id=token.pk)}


def test_answered_reads_are_counted_by_kind_and_client(scim, company, told_at_once):
    ada, team = TeammateFactory(company=company), TeammateGroupFactory(company=company)
    for _ in range(3):
        scim.find("/Users", f'userName eq "{ada.login}"')
    scim.find("/Users", 'emails[type eq "work"].value eq "x"')
    scim.read(ada, user_agent="Okta SCIM Client 1.0.0")
    scim.get("/Users")
    scim.read(team)
    scim.find("/Groups", 'displayName eq "x"')
    let_minutes_pass()

    assert upkeep.collect_reads() >= 6

    assert counted(scim.token) == {
        ("other", "Users by userName"): 3,
        ("other", "Users by emails"): 1,
        ("okta", "one of Users"): 1,
        ("other", "all of Users"): 1,
        ("other", "one of Groups"): 1,
        ("other", "Groups by displayName"): 1,
    }
    row = ReadCount.objects.filter(token_id=scim.token.pk).first()
    assert row.company_id == company.pk
    assert row.minute.second == 0


def test_a_search_in_a_body_is_a_read_like_any_other(scim, told_at_once):
    for path in ("/Users/.search", "/Groups/.search", "/.search"):
        scim.post(path, {"filter": "id pr"})
    let_minutes_pass()

    upkeep.collect_reads()

    assert counted(scim.token) == {
        ("other", "search of Users"): 1,
        ("other", "search of Groups"): 1,
        ("other", "search of everything"): 1,
    }


def test_the_minute_that_is_not_over_is_collected_and_what_comes_later_is_added(scim, told_at_once):
    for _ in range(2):
        scim.get("/Users")
        upkeep.collect_reads()

    assert counted(scim.token) == {("other", "all of Users"): 2}


def test_the_counts_of_a_minute_are_stored_in_one_statement(scim, company, told_at_once, django_assert_num_queries):
    for door in (scim, Door.of(company)):
        door.get("/Users")
        door.get("/Groups")
    let_minutes_pass()

    with django_assert_num_queries(1):
        assert upkeep.collect_reads() == 4


def test_one_process_collects_at_a_time(scim, told_at_once):
    scim.get("/Users")
    with get_redis_connection("default").lock(upkeep.COLLECTING, timeout=60):
        assert upkeep.collect_reads() == 0

    assert upkeep.collect_reads() == 1


def test_collecting_twice_counts_once_and_late_counts_are_added(scim, told_at_once):
    scim.get("/Users")
    let_minutes_pass(2)
    upkeep.collect_reads()
    upkeep.collect_reads()
    assert counted(scim.token) == {("other", "all of Users"): 1}

    scim.get("/Users")  # as another process would tell of that minute later on
    let_minutes_pass(2)
    tasks.collect_reads()

    assert counted(scim.token) == {("other", "all of Users"): 2}


def test_a_collection_that_was_cut_short_is_finished_by_the_next(scim, told_at_once):
    scim.get("/Users")
    redis = get_redis_connection("default")
    for minute in upkeep._minutes_of(redis, limits.READS):
        redis.rename(f"{limits.READS}:{minute}", f"{upkeep.TAKEN}:{minute}")

    upkeep.collect_reads()

    assert counted(scim.token) == {("other", "all of Users"): 1}
    assert upkeep._minutes_of(redis, upkeep.TAKEN) == []


def test_counts_of_a_token_that_is_gone_are_forgotten(scim, told_at_once):
    scim.get("/Users")
    let_minutes_pass()
    scim.token.delete()

    upkeep.collect_reads()

    assert not ReadCount.objects.exists()


def test_reads_counted_in_the_process_reach_redis_with_a_later_one(scim, monkeypatch):
    monkeypatch.setattr(limits, "TELL_AFTER", 3_600.0)
    for _ in range(5):
        scim.get("/Users")
    monkeypatch.setattr(limits, "TELL_AFTER", 0.0)
    scim.get("/Users")
    let_minutes_pass()

    upkeep.collect_reads()

    assert counted(scim.token) == {("other", "all of Users"): 6}


def test_reads_that_no_later_request_takes_along_reach_redis_by_themselves(scim, monkeypatch):
    monkeypatch.setattr(limits, "TELL_AFTER", 3_600.0)
    monkeypatch.setattr(limits, "counts", limits.Counts())
    for _ in range(5):
        scim.get("/Users")

    for rest in [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]:
        rest.join()

    upkeep.collect_reads()
    assert counted(scim.token) == {("other", "all of Users"): 5}


ENDS_AFTER_FIVE_READS = """
import django
django.setup()
from django.test import RequestFactory
from scim.limits import counts
from teammates.models import ApiToken
for _ in range(5):
    counts.count(ApiToken(pk={token}, company_id={company}), RequestFactory().get("/v2/Users"))
"""


def test_a_process_that_ends_tells_its_last_reads_before(scim):
    program = ENDS_AFTER_FIVE_READS.format(token=scim.token.pk, company=scim.token.company_id)
    same = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTEST_XDIST_WORKER": os.environ.get("PYTEST_XDIST_WORKER", "gw0"),
    }
    subprocess.run([sys.executable, "-c", program], env=os.environ | same, check=True)

    upkeep.collect_reads()

    assert counted(scim.token) == {("other", "all of Users"): 5}


def test_what_is_looked_for_is_not_counted(scim, told_at_once):
    for text in (
        'userName eq "secret"',
        'secret eq "x"',
        '"secret" eq userName',
        "\x00secret",
        "(secret)",
        "fld_secret pr",
    ):
        scim.find("/Users", text)
    scim.get("/secret")
    let_minutes_pass()

    upkeep.collect_reads()

    assert counted(scim.token) == {
        ("other", "Users by userName"): 1,
        ("other", "Users by a filter"): 5,
        ("other", "something else"): 1,
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("USERNAME eq 1", "userName"),
        (f'{ENTERPRISE}:department eq "x"', "department"),
        (f"{USER}:userName pr", "userName"),
        ("name.familyName pr", "name"),
        ("emails[value pr]", "emails"),
        ("not (active eq true)", "a filter"),
    ],
)
def test_a_filter_is_counted_by_the_attribute_it_begins_with(scim, told_at_once, text, kind):
    scim.find("/Users", text)
    let_minutes_pass()

    upkeep.collect_reads()

    assert counted(scim.token) == {("other", f"Users by {kind}"): 1}


# --- partitions ----------------------------------------------------------------------------------------------------

TODAY = date(2031, 5, 30)


def partitions(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return {name.removeprefix(f"{table}_") for (name,) in cursor.fetchall()} - {"default"}


def place_of(table, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {table} WHERE id = %s", [pk])
        return [name for (name,) in cursor.fetchall()]


def write_entry(scim, at):
    """A real entry, as if it had been written at that time; its id."""
    before = set(LogEntry.objects.values_list("pk", flat=True))
    scim.get("/Users/tea_zzzzz")
    (pk,) = set(LogEntry.objects.values_list("pk", flat=True)) - before
    for table in ("scim_logentry", "scim_logbody"):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET at = %s WHERE id = %s", [at, pk])
    return pk


def test_partitions_are_made_ahead_and_only_once(scim):
    made = upkeep.keep_partitions(TODAY)

    days, months = {"20310530", "20310531", "20310601", "20310602"}, {"20310501", "20310601", "20310701"}
    assert set(made) == {f"scim_logbody_{day}" for day in days} | {f"scim_logentry_{month}" for month in months}
    assert partitions("scim_logbody") >= days
    assert partitions("scim_logentry") >= months
    assert upkeep.keep_partitions(TODAY) == []


def test_the_task_makes_those_of_today(scim):
    tasks.keep_partitions()

    today = timezone.now().date()
    assert f"{today:%Y%m%d}" in partitions("scim_logbody")
    assert f"{today.replace(day=1):%Y%m%d}" in partitions("scim_logentry")


def test_an_entry_goes_to_the_partition_of_its_time(scim):
    upkeep.keep_partitions()

    scim.get("/Users/tea_zzzzz")

    pk, today = LogEntry.objects.get().pk, timezone.now().date()
    assert place_of("scim_logentry", pk) == [f"scim_logentry_{today.replace(day=1):%Y%m%d}"]
    assert place_of("scim_logbody", pk) == [f"scim_logbody_{today:%Y%m%d}"]


def test_what_the_default_partition_took_moves_when_its_partition_comes(scim):
    noon = datetime(2031, 5, 31, 12, tzinfo=UTC)
    pk, later = write_entry(scim, noon), write_entry(scim, noon + timedelta(days=300))
    assert place_of("scim_logentry", pk) == ["scim_logentry_default"]

    upkeep.keep_partitions(TODAY)

    assert place_of("scim_logentry", pk) == ["scim_logentry_20310501"]
    assert place_of("scim_logbody", pk) == ["scim_logbody_20310531"]
    assert place_of("scim_logentry", later) == ["scim_logentry_default"]
    assert LogEntry.objects.count() == LogBody.objects.count() == 2


def test_bodies_are_dropped_when_their_time_is_over_and_entries_are_kept(scim, settings):
    settings.LOG_BODY_DAYS = 30
    upkeep.keep_partitions(TODAY)
    kept, dropped = (
        write_entry(scim, datetime(2031, 6, 1, tzinfo=UTC)),
        write_entry(scim, datetime(2031, 5, 30, 23, 59, tzinfo=UTC)),
    )
    stray = write_entry(scim, datetime(2031, 4, 1, tzinfo=UTC))
    assert place_of("scim_logbody", stray) == ["scim_logbody_default"]

    changed = upkeep.keep_partitions(TODAY + timedelta(days=32))

    assert "scim_logbody_20310530" in changed
    assert partitions("scim_logbody") >= {"20310601", "20310701"}
    assert "20310531" not in partitions("scim_logbody")
    assert set(LogBody.objects.values_list("pk", flat=True)) == {kept}
    assert set(LogEntry.objects.values_list("pk", flat=True)) == {kept, dropped, stray}


def test_a_months_end_and_a_years_end_are_no_obstacle(scim):
    upkeep.keep_partitions(date(2031, 12, 31))

    assert partitions("scim_logentry") >= {"20311201", "20320101", "20320201"}
    assert partitions("scim_logbody") >= {"20311231", "20320101", "20320102", "20320103"}


def test_entries_are_found_across_partitions(scim, company):
    upkeep.keep_partitions(TODAY)
    ada = TeammateFactory(company=company)
    scim.patch(ada, op("replace", "title", "x"))
    moments = [datetime(2031, month, 1, tzinfo=UTC) for month in (4, 5, 6)]
    for at in moments:
        write_entry(scim, at)

    found = LogEntry.objects.filter(company=company).order_by("-at")

    assert [written.at for written in found[:3]] == moments[::-1]
    assert found[3].path == f"/v2{path_of(ada)}"
