import psycopg
import pytest

from frontprov import health


def test_healthz_answers_without_any_server(client):
    """No database mark: the test would fail on a query."""
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_asks_both_servers(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "postgresql": "ok", "redis": "ok"})


@pytest.mark.django_db
def test_readyz_names_the_server_that_fails_and_why(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["postgresql"] == "ok"
    assert "refused" in response.json()["redis"]


@pytest.mark.django_db
def test_readyz_tells_of_a_database_that_does_not_answer(client, monkeypatch):
    def refuse(**parameters):
        raise psycopg.OperationalError("connection failed: timeout expired")

    monkeypatch.setattr(health.psycopg, "connect", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["postgresql"] == "connection failed: timeout expired"


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_a_probe_comes_by_address_and_over_plain_http(client, settings, path):
    settings.ALLOWED_HOSTS = ["scim.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_browsers_are_sent_to_https_and_tokens_are_not(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_SSL_HOST = "scim.example.com"
    response = client.get("/admin/login/")
    assert response.headers["Location"] == "https://scim.example.com/admin/login/"
