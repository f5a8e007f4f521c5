"""Refusals in the provisioning log: each leaves one entry, whatever refused it, and a flood cannot fill the disk."""

import gzip
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from scim import flood, limits, log, upkeep
from scim.bulk import BULK_REQUEST
from scim.models import BEYOND_THE_LOG, LogBody, LogEntry, ReadCount
from teammates.services.tokens import revoke_token
from tests.factories import ApiTokenFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import Door, group, op, path_of, user
from tests.teammates.actors import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


def entry():
    return LogEntry.objects.get()


def body():
    return LogBody.objects.get(pk=entry().pk)


# --- whatever refused it -------------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_one_entry_without_it(scim, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000

    assert scim.create_user(nickName="x" * 2_000).status == 413

    assert (entry().status, entry().outcome, entry().method, entry().path) == (413, "refused", "POST", "/v2/Users")
    assert "too large" in entry().text
    assert body().request == ""


def test_a_request_over_the_budget_is_one_entry(scim, company, monkeypatch):
    company.requests_per_second = 1
    company.save()
    monkeypatch.setattr(limits, "counts", limits.Counts())
    monkeypatch.setattr(limits.time, "time", lambda: 1_900_000_003.25)
    for _ in range(10):
        scim.get("/Users")

    assert scim.create_user().status == 429

    assert (entry().status, entry().outcome) == (429, "refused")
    assert "Retry-After" in entry().text


@pytest.mark.parametrize("method", ["POST", "TRACE", "OPTIONS", "NONSENSE-AND-MORE"])
def test_a_method_that_is_not_possible_is_one_entry(scim, method):
    assert scim.send(method, "/Schemas").status == 405

    assert (entry().status, entry().method) == (405, method[:10])


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"content_encoding": "br"}, 415), ({"content_encoding": "gzip"}, 400), ({"if_match": '"9"'}, 412)],
)
def test_a_refusal_of_headers_is_one_entry(scim, ada, headers, status):
    assert scim.patch(ada, op("replace", "title", "x"), **headers).status == status

    assert entry().status == status


def test_the_bytes_of_a_packed_body_that_was_not_read_are_not_kept(scim, ada):
    packed = gzip.compress(b'{"nickName": "secret"}', 0)  # stored, not compressed: readable as it is

    assert scim.send("PUT", path_of(ada), packed[:-4], content_encoding="gzip").status == 400

    assert body().request == ""


def test_each_operation_of_a_bulk_request_is_an_entry_even_one_that_could_not_begin(scim, ada):
    operations = [
        {"method": "PATCH", "path": path_of(ada), "data": {"Operations": [op("replace", "title", "x")]}},
        {"method": "POST", "path": "/Groups", "bulkId": "a", "data": group("A", members=[{"value": "bulkId:b"}])},
        {"method": "POST", "path": "/Groups", "bulkId": "b", "data": group("B", members=[{"value": "bulkId:a"}])},
        {"method": "PUT", "path": "/Users/bulkId:nobody", "data": user("grace@example.com")},
    ]

    scim.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})

    told = {(found.method, found.path): (found.status, found.text) for found in LogEntry.objects.all()}
    assert len(told) == 3
    assert LogEntry.objects.count() == 4
    assert told["PATCH", f"/v2{path_of(ada)}"] == (200, f"Changed title of {ada.name}.")
    assert told["PUT", "/v2/Users/bulkId:nobody"] == (400, "Refused: bulkId nobody was not created by this request.")
    assert told["POST", "/v2/Groups"][0] == 409
    assert "circle" in told["POST", "/v2/Groups"][1]


# --- what it was about ---------------------------------------------------------------------------------------------


def test_a_refused_change_names_the_person_and_the_group_it_was_about(scim, company, ada):
    team = TeammateGroupFactory(company=company, idp=True, name="Team")

    scim.patch(ada, op("replace", "active", "perhaps"))
    scim.patch(team, op("add", "members", [{"value": "tea_zzz"}]))
    scim.delete(path_of(team), if_match='"9"')

    assert list(LogEntry.objects.order_by("pk").values_list("resource", "resource_name")) == [
        (ada.public_id, ada.name),
        (team.public_id, "Team"),
        (team.public_id, "Team"),
    ]


def test_a_deletion_names_what_was_deleted(scim, company, ada):
    team = TeammateGroupFactory(company=company, idp=True, name="Team")

    scim.delete(path_of(team))
    scim.delete(path_of(ada))

    assert list(LogEntry.objects.order_by("pk").values_list("resource", "resource_name")) == [
        (team.public_id, "Team"),
        (ada.public_id, ada.name),
    ]


def test_a_refused_creation_names_who_was_to_be_created(scim, company, ada):
    scim.create_user("ada@example.com", displayName="Ada King")
    assert (entry().resource, entry().resource_name) == ("", "Ada King")

    company.masked_attributes = ["displayName", "userName"]
    company.save()
    LogEntry.objects.all().delete()
    scim.create_user("ada@example.com", displayName="Ada King")

    assert entry().resource_name == ""


def test_a_refusal_costs_one_statement_for_the_log_as_well(scim, ada):
    with CaptureQueriesContext(connection) as captured:
        scim.patch(ada, op("replace", "active", "perhaps"))

    assert len([query for query in captured if "scim_log" in query["sql"]]) == 1


# --- tokens that ended ---------------------------------------------------------------------------------------------


def test_a_revoked_token_that_is_still_used_is_told_to_its_company(scim, company, unchanged):
    revoke_token(company, scim.token.pk, actor=SYSTEM)

    with unchanged():
        assert scim.create_user().status == 401

    assert (entry().company_id, entry().token_name, entry().status) == (company.pk, "Entra", 401)
    assert f"The API token Entra was revoked on {date_format(timezone.now())}" in entry().text
    assert "still used" in entry().text
    assert body().request == ""  # nothing of it was read


def test_a_token_that_expired_is_told_to_its_company(company):
    token = ApiTokenFactory(company=company, name="Okta", expires_at=timezone.now() - timedelta(days=3))

    assert Door(token).get("/Users").status == 401

    assert "The API token Okta expired on" in entry().text


def test_the_answer_does_not_tell_why_a_token_opens_nothing(scim, company):
    stranger = Door("fpv_nonsense").get("/Users").body
    revoke_token(company, scim.token.pk, actor=SYSTEM)

    assert scim.get("/Users").body == stranger


def test_a_strangers_token_is_no_entry(scim):
    Door(f"{scim.token.value}x").get("/Users")

    assert not LogEntry.objects.exists()


# --- floods --------------------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(settings, monkeypatch):
    """Three entries at once, and one more a second."""
    settings.LOG_REFUSALS_AT_ONCE, settings.LOG_REFUSALS_PER_MINUTE = 3, 60
    clock = [1_000.0]
    monkeypatch.setattr(flood.time, "monotonic", lambda: clock[0])
    return clock


def refuse(scim, times):
    return [scim.delete("/Users/tea_zzzzz").status for _ in range(times)]


def test_a_flood_of_refusals_stops_making_entries_and_says_so(scim, narrow):
    assert refuse(scim, 10) == [404] * 10

    texts = [found.text for found in LogEntry.objects.order_by("pk")]
    assert len(texts) == 3
    assert texts[-1].endswith("counted and not logged one by one, until they become fewer.")
    assert not texts[-2].endswith("fewer.")


def test_what_a_flood_left_out_is_counted(scim, narrow, monkeypatch):
    monkeypatch.setattr(limits, "TELL_AFTER", 0.0)
    monkeypatch.setattr(limits, "counts", limits.Counts())
    monkeypatch.setattr(log, "counts", limits.counts)
    refuse(scim, 10)
    scim.get("/Users")  # the next request tells Redis of the last one, too

    upkeep.collect_reads()

    kept = ReadCount.objects.filter(token_id=scim.token.pk, kind=BEYOND_THE_LOG)
    assert sum(row.count for row in kept) == 7


def test_entries_are_made_again_when_time_has_passed(scim, narrow):
    refuse(scim, 10)
    narrow[0] += 2

    refuse(scim, 10)

    assert LogEntry.objects.count() == 5


def test_a_flood_of_one_token_leaves_the_entries_of_another(scim, company, narrow):
    refuse(scim, 10)

    assert Door.of(company).delete("/Users/tea_zzzzz").status == 404

    assert LogEntry.objects.count() == 4


def test_what_is_done_is_logged_in_the_middle_of_a_flood(scim, ada, narrow):
    refuse(scim, 10)

    scim.patch(ada, op("replace", "title", "x"))

    assert LogEntry.objects.filter(outcome="changed").count() == 1


def test_bodies_are_left_out_before_entries_are(scim, narrow):
    for _ in range(3):
        scim.post("/Users", {"nickName": "x" * 9_000})

    assert LogEntry.objects.count() == 3
    kept = [bool(found.request) for found in LogBody.objects.order_by("pk")]
    assert kept == [True, False, False]


def test_everyday_refusals_are_far_from_a_flood(settings):
    assert settings.LOG_REFUSALS_AT_ONCE >= 5_000


# --- how long it is kept -------------------------------------------------------------------------------------------


def test_entries_are_kept_for_ever_unless_the_operator_sets_a_time(scim, settings):
    today = timezone.now().date()
    upkeep.keep_partitions(today)
    scim.get("/Users/tea_zzzzz")
    long_after = today + timedelta(days=800)
    upkeep.keep_partitions(long_after)
    assert LogEntry.objects.count() == 1

    settings.LOG_DAYS = 365
    upkeep.keep_partitions(long_after)

    assert not LogEntry.objects.exists()


def test_a_month_of_entries_is_kept_until_its_last_day_is_past_its_time(scim, settings):
    settings.LOG_DAYS = 30
    today = timezone.now().date()
    upkeep.keep_partitions(today)
    scim.get("/Users/tea_zzzzz")
    next_month = upkeep._next_month(today.replace(day=1))

    upkeep.keep_partitions(next_month + timedelta(days=29))
    assert LogEntry.objects.count() == 1
    upkeep.keep_partitions(next_month + timedelta(days=30))

    assert not LogEntry.objects.exists()


def test_counts_of_reads_are_dropped_when_their_time_is_over(scim, company, settings):
    settings.LOG_READ_DAYS = 90
    now = timezone.now()
    for days in (10, 95):
        ReadCount.objects.create(
            company=company, token=scim.token, minute=now - timedelta(days=days), client="okta", kind="x", count=1
        )

    upkeep.keep_partitions(now.date())

    assert ReadCount.objects.count() == 1


def test_a_group_of_refusals_names_no_resource_that_another_company_has(other_company, scim):
    team = TeammateGroupFactory(company=other_company, name="Secret")

    scim.patch(team, op("replace", "displayName", "x"))

    assert (entry().status, entry().resource_name) == (404, "")
    assert "Secret" not in entry().text
