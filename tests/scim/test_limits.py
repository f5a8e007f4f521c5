"""The budget of requests: 429 over it, for each token alone, and an open door when Redis is away."""

import socket
from contextlib import closing

import pytest
from django_redis import get_redis_connection

from scim import limits
from scim.bulk import BULK_REQUEST
from scim.models import LogEntry
from tests.factories import TeammateFactory
from tests.scim.door import Door, op, path_of, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def exact_counts(monkeypatch):
    """Redis is told of every request, and one long window holds them all: no request of a test falls into the next."""
    monkeypatch.setattr(limits, "TELL_AFTER", 0.0)
    monkeypatch.setattr(limits, "counts", limits.Counts())
    monkeypatch.setattr(limits.time, "time", lambda: 1_900_000_003.25)


@pytest.fixture
def narrow(company):
    """The company may send one request a second, counted over ten seconds."""
    company.requests_per_second = 1
    company.save()
    return company


def metric(client, name):
    """The value of one of the metrics."""
    lines = client.get("/metrics").content.decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


def spend(door, number=10):
    return [door.get("/Users", "count=0").status for _ in range(number)]


def test_over_the_budget_is_429_as_scim_says_it_with_when_to_try_again(scim, narrow):
    assert spend(scim) == [200] * 10

    answer = scim.get("/Users")

    assert (answer.status, answer["status"]) == (429, "429")
    assert answer.headers["Retry-After"] == "7"  # what is left of the window
    assert "Retry-After" in answer["detail"]


def test_nothing_is_written_over_the_budget_and_the_refusal_is_in_the_log(scim, narrow, unchanged):
    ada = TeammateFactory(company=narrow)
    spend(scim)

    with unchanged():
        answers = [
            scim.post("/Users", user("grace@example.com")),
            scim.patch(ada, op("replace", "active", False)),
            scim.delete(path_of(ada)),
        ]

    assert {answer.status for answer in answers} == {429}
    assert [(entry.status, entry.outcome) for entry in LogEntry.objects.all()] == [(429, "refused")] * 3


def test_the_next_window_is_a_new_budget(scim, narrow, monkeypatch):
    assert spend(scim, 12)[-1] == 429

    monkeypatch.setattr(limits.time, "time", lambda: 1_900_000_010.0)

    assert spend(scim) == [200] * 10


def test_each_token_has_its_own_budget(scim, other_scim, narrow):
    second = Door.of(narrow)
    assert spend(scim, 11)[-1] == 429

    assert spend(second) == [200] * 10
    assert spend(other_scim, 12) == [200] * 12


def test_a_company_without_a_number_has_the_servers(scim, company, settings):
    settings.SCIM_REQUESTS_PER_SECOND = 2

    assert spend(scim, 21) == [200] * 20 + [429]


def test_a_companys_number_goes_before_the_servers_both_ways(scim, narrow, settings):
    settings.SCIM_REQUESTS_PER_SECOND = 500
    assert spend(scim, 11) == [200] * 10 + [429]

    narrow.requests_per_second = 3
    narrow.save()
    settings.SCIM_REQUESTS_PER_SECOND = 1

    assert spend(Door.of(narrow), 31) == [200] * 30 + [429]


def test_a_budget_is_above_what_microsoft_asks_of_a_server(settings):
    assert settings.SCIM_REQUESTS_PER_SECOND > 25


def test_what_other_processes_counted_counts(scim, narrow):
    spend(scim, 1)
    redis = get_redis_connection("default")
    (key,) = redis.scan_iter(f"scim-budget:{scim.token.pk}:*")
    redis.incrby(key, 9)

    assert spend(scim, 1) == [429]


def test_each_operation_of_a_bulk_request_counts(scim, narrow):
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"{n}", "data": {"userName": f"{n}@example.com"}}
        for n in range(12)
    ]

    answer = scim.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})

    assert [operation["status"] for operation in answer["Operations"]] == ["201"] * 9 + ["429"] * 3
    assert answer["Operations"][-1]["response"]["status"] == "429"


def test_a_wrong_token_spends_nobodys_budget(scim, narrow):
    stranger = Door(scim.token.value + "x")

    assert spend(stranger, 15) == [401] * 15
    assert spend(scim) == [200] * 10


def test_discovery_without_a_token_has_no_budget(narrow):
    assert {Door(None).get("/Schemas").status for _ in range(15)} == {200}


# --- without Redis -------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_away(settings):
    """The cache is at a port where nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},
        }
    }


def test_without_redis_the_door_stays_open(scim, narrow, redis_away):
    ada = TeammateFactory(company=narrow)

    assert spend(scim, 25) == [200] * 25
    assert scim.patch(ada, op("replace", "active", False))["active"] is False
    assert scim.create_group("Team").status == 201


def test_without_redis_the_metrics_and_readyz_say_that_nothing_is_limited(scim, narrow, redis_away, settings, client):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    before = metric(client, "frontprov_unlimited_requests_total")

    spend(scim, 4)

    assert metric(client, "frontprov_limits_open") == 1
    assert metric(client, "frontprov_unlimited_requests_total") == before + 4
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["limits"]) == (503, "open: SCIM requests go on and are not limited")


def test_the_metrics_say_that_requests_are_limited(scim, narrow, client):
    spend(scim, 1)

    assert metric(client, "frontprov_limits_open") == 0
    assert "limits" not in client.get("/readyz").json()


def test_counts_that_wait_for_redis_do_not_grow_without_end(scim, redis_away, monkeypatch):
    monkeypatch.setattr(limits, "MOST_UNTOLD", 3)
    clock = [1_900_000_000.0]
    monkeypatch.setattr(limits.time, "time", lambda: clock[0])
    for _ in range(20):
        scim.get("/Users", "count=0")
        clock[0] += 60

    assert len(limits.counts._reads) <= 3


def test_when_redis_is_back_the_budget_counts_again(scim, narrow, redis_away, settings, monkeypatch):
    spend(scim, 3)
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": settings.REDIS_URL},
    }
    assert spend(scim, 25) == [200] * 25  # it is asked again after a pause

    monkeypatch.setattr(limits.time, "time", lambda: 1_900_000_013.0)

    assert spend(scim, 11) == [200] * 10 + [429]
