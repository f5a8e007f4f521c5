"""The settings a given environment leads to."""

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from frontprov.settings import BASE_DIR

PRODUCTION = {
    "DATABASE_URL": "postgres://frontprov:secret@db.example.com/frontprov",
    "REDIS_URL": "redis://cache.example.com:6379/0",
    "SECRET_KEY": "0123456789" * 5,
    "ALLOWED_HOSTS": "scim.example.com",
    "PUBLIC_URL": "https://scim.example.com",
}


@pytest.fixture
def settings_for(monkeypatch, tmp_path):
    def load(environment):
        for name in (*PRODUCTION, "DEBUG", "PORT", "BIND", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "TRUSTED_PROXIES"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"FRONTPROV_DATA_DIR": str(tmp_path / "var"), **environment}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(BASE_DIR / "frontprov" / "settings.py"))

    return load


def test_a_laptop_needs_no_configuration_and_stays_among_itself(settings_for, tmp_path):
    settings = settings_for({})
    assert (settings["EMBEDDED_DATABASE"], settings["EMBEDDED_REDIS"]) == (True, True)
    assert settings["BIND"] == "127.0.0.1"
    assert settings["ALLOWED_HOSTS"] == [".localhost", "127.0.0.1", "[::1]", "localhost"]
    assert settings["PUBLIC_URL"] == "http://localhost:8000"
    assert settings["DEBUG"] is False


def test_variables_that_are_set_and_empty_count_as_not_set(settings_for):
    settings = settings_for(dict.fromkeys([*PRODUCTION, "FRONTPROV_DATA_DIR"], ""))
    assert settings["EMBEDDED_DATABASE"]
    assert settings["DATA_DIR"] == settings["BASE_DIR"] / "var"


def test_production_is_taken_at_its_word(settings_for):
    settings = settings_for(PRODUCTION)
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["NAME"], database["PASSWORD"]) == ("db.example.com", "frontprov", "secret")
    assert settings["CELERY_BROKER_URL"] == PRODUCTION["REDIS_URL"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert settings["BIND"] == "0.0.0.0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be too"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be too"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL must say"),
    ],
)
def test_production_does_not_start_on_what_is_good_for_a_laptop(settings_for, change, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        settings_for(PRODUCTION | change)


def test_debugging_against_a_named_database_asks_for_no_more(settings_for):
    settings = settings_for({"DATABASE_URL": PRODUCTION["DATABASE_URL"], "DEBUG": "1"})
    assert settings["BIND"] == "127.0.0.1"
    assert len(settings["SECRET_KEY"]) >= 50


def test_a_public_address_is_an_allowed_host(settings_for):
    """A tunnel to a laptop: one variable is enough."""
    settings = settings_for({"PUBLIC_URL": "https://ann.tunnel.example/"})
    assert "ann.tunnel.example" in settings["ALLOWED_HOSTS"]
    assert settings["PUBLIC_URL"] == "https://ann.tunnel.example"
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://ann.tunnel.example"]


def test_the_secret_key_of_a_laptop_is_random_kept_and_private(settings_for, tmp_path):
    first = settings_for({})["SECRET_KEY"]
    assert settings_for({})["SECRET_KEY"] == first
    assert settings_for({"FRONTPROV_DATA_DIR": str(tmp_path / "other")})["SECRET_KEY"] != first
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret-key"]


def test_a_data_folder_that_cannot_be_made_is_named(settings_for, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="name a folder of your own in FRONTPROV_DATA_DIR"):
        settings_for({"FRONTPROV_DATA_DIR": str(tmp_path / "file" / "var")})


@pytest.mark.parametrize(
    ("text", "scale", "starter"), [("", 200, 50), ("scale=7", 7, 50), ("scale=1000,starter=10", 1000, 10)]
)
def test_the_rest_apis_limits_are_set_plan_by_plan(settings_for, text, scale, starter):
    limits = settings_for({"API_REQUESTS_PER_MINUTE": text})["API_REQUESTS_PER_MINUTE"]

    assert (limits["scale"], limits["starter"], limits["professional"]) == (scale, starter, 100)


def test_mail_is_sent_by_the_named_server_and_otherwise_written_into_the_data_folder(settings_for, tmp_path):
    named = settings_for(PRODUCTION | {"EMAIL_URL": "smtp+tls://me:p%40ss@mail.example.com:587"})
    assert (named["EMAIL_HOST"], named["EMAIL_PORT"], named["EMAIL_USE_TLS"]) == ("mail.example.com", 587, True)
    assert named["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert named["DEFAULT_FROM_EMAIL"] == "Frontprov <noreply@scim.example.com>"
    assert settings_for({"EMAIL_URL": ""})["MAIL_DIR"] == tmp_path / "var" / "mail"


@pytest.mark.parametrize(
    ("named", "words"),
    [({"SUPPORT_EMAIL": "help"}, "SUPPORT_EMAIL is no"), ({"SUPPORT_URL": "javascript:x"}, "SUPPORT_URL is no")],
)
def test_an_address_of_support_that_leads_nowhere_is_named(settings_for, named, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        settings_for(named)


def test_forwarded_addresses_are_believed_behind_https_or_when_an_operator_says_so(settings_for):
    assert settings_for({})["TRUSTED_PROXIES"] == 0
    assert settings_for(PRODUCTION)["TRUSTED_PROXIES"] == 1
    assert settings_for(PRODUCTION | {"TRUSTED_PROXIES": "2"})["TRUSTED_PROXIES"] == 2
