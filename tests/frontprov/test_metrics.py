import pytest
import redis


def lines(client, name):
    text = client.get("/metrics").content.decode()
    return [line for line in text.splitlines() if line.startswith(name)]


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_outcome(client):
    client.get("/v2/Users")
    count = 'frontprov_request_seconds_count{method="GET",status="401",view="scim:users"}'
    assert any(line.startswith(count) for line in lines(client, "frontprov_request"))


def test_an_unknown_path_or_method_makes_no_series_of_its_own(client):
    client.generic("BREW", "/no-such-page")
    series = lines(client, "frontprov_request_seconds_count")
    assert any('method="other"' in line and 'view="none"' in line for line in series)
    assert not any("no-such-page" in line or "BREW" in line for line in series)


def test_the_queue_has_a_length(client, settings):
    with redis.Redis.from_url(settings.REDIS_URL) as queue:
        queue.delete("celery")  # other tests nudge the worker that they do not run
        queue.rpush("celery", "a task", "another")
        length = lines(client, "frontprov_queue_length")
        queue.delete("celery")
    assert length == ["frontprov_queue_length 2.0"]


def test_a_silent_redis_does_not_silence_the_rest(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert lines(client, "frontprov_queue_length") == []
    assert lines(client, "process_cpu_seconds_total")
