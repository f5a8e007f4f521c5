"""Who gets in: a token with the Provisioning scope, on every plan; and how often."""

import socket
from contextlib import closing
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_redis import get_redis_connection

from teammates.api import throttling
from teammates.models import ActorKind, Plan, Scope
from teammates.services.tokens import revoke_token
from tests.factories import PASSWORD, ApiTokenFactory, CompanyFactory, TeammateFactory
from tests.teammates.actors import ADMIN
from tests.teammates.api.conftest import Api

pytestmark = pytest.mark.django_db


def test_the_token_says_whose_it_is(api, company):
    answer = api.get("/me")

    assert (answer["id"], answer["name"]) == (company.public_id, "Initech")
    assert answer.body.keys() == {"_links", "id", "name"}


@pytest.mark.parametrize("sent", [None, "", "Basic abc", "Bearer", "Bearer ", "Bearer wrong", "Bearer a b", "Token x"])
def test_without_a_token_that_is_known_nothing_opens(db, sent):
    headers = {} if sent is None else {"authorization": sent}

    answer = Api(None).send("GET", "/me", **headers)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Frontprov API"'
    assert "Authorization" in answer.message or "API tokens" in answer.message


def test_a_path_that_is_none_tells_a_stranger_nothing(db):
    assert Api(None).get("/nothing").status == 401


def test_a_revoked_token_is_refused_at_the_next_request(api, company, token):
    assert api.get("/me").status == 200

    revoke_token(company, token.pk, actor=ADMIN)

    assert api.get("/me").status == 401


def test_an_expired_token_is_refused(company):
    expired = ApiTokenFactory.create(company=company, expires_at=timezone.now() - timedelta(hours=1))

    assert Api(expired).get("/me").status == 401


def test_auto_provisioning_alone_does_not_open_the_api_and_the_answer_says_which_scope_does(company):
    scim_only = ApiTokenFactory.create(company=company, name="Entra", scopes=[Scope.AUTO_PROVISIONING])

    answer = Api(scim_only).get("/teammates")

    assert answer.status == 403
    assert "Entra lacks the Provisioning scope" in answer.message
    assert answer.headers["WWW-Authenticate"].endswith('error="insufficient_scope", scope="provisioning"')


@pytest.mark.parametrize("plan", Plan.values)
def test_the_api_is_part_of_every_plan(plan):
    token = ApiTokenFactory.create(company__plan=plan, scopes=[Scope.PROVISIONING])

    assert Api(token).get("/teammates").status == 200


def test_a_signed_in_browser_is_nobody_here(company):
    admin = TeammateFactory.create(company=company, admin=True)
    browser = Client()
    browser.force_login(admin)

    assert browser.get("/admin/teammates/teammate/").status_code == 200
    assert browser.get("/api/me").status_code == 401
    assert browser.patch("/api/teammates/tea_1", {}, content_type="application/json").status_code == 401


def test_a_login_and_password_open_nothing(company):
    admin = TeammateFactory.create(company=company, admin=True)

    assert Client().get("/api/me", headers={"authorization": f"Basic {admin.login}:{PASSWORD}"}).status_code == 401


def test_the_use_of_a_token_is_noted(api, token):
    api.send("GET", "/me", user_agent="reporting/1.0")

    token.refresh_from_db()
    assert (token.last_used_by, token.last_used_from) == ("reporting/1.0", "127.0.0.1")


def test_behind_a_proxy_a_token_is_used_from_where_the_client_is(api, token, settings):
    settings.TRUSTED_PROXIES = 1

    api.send("GET", "/me", x_forwarded_for="made-up, 203.0.113.7")

    token.refresh_from_db()
    assert token.last_used_from == "203.0.113.7"


def test_what_a_token_does_carries_its_name_in_the_audit_log(api, token, last_event):
    api.post("/teammate_groups", {"name": "Support"})

    event = last_event()
    assert (event.kind, event.actor_kind, event.actor) == ("group.created", ActorKind.API, "Reporting")
    assert event.actor_id == str(token.pk)


# --- every spelling of a path --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/me", "/api/me/", "/api//me", "//api/me", "/api/me//"])
def test_slashes_mean_nothing_and_nothing_redirects(token, path):
    headers = {"authorization": f"Bearer {token.value}"}

    assert Client().get("/", headers=headers, PATH_INFO=path).status_code == 200


def test_a_body_is_not_lost_with_a_trailing_slash_nor_asked_for_a_csrf_token(token):
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post(
        "/api/teammate_groups/", {"name": "Support"}, content_type="application/json",
        headers={"authorization": f"Bearer {token.value}"},
    )  # fmt: skip

    assert answer.status_code == 201


def test_nothing_below_the_api_is_redirected_to_https(token, settings):
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get("/api/me", headers={"authorization": f"Bearer {token.value}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/apis/me", "/api2", "/xapi/me"])
def test_what_only_looks_like_the_api_is_not_it(token, path):
    answer = Client().get(path, headers={"authorization": f"Bearer {token.value}"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_links_begin_with_the_address_the_operator_named(api, settings):
    settings.PUBLIC_URL, settings.PUBLIC_URL_IS_NAMED = "https://scim.example.com", True

    assert api.get("/me")["_links"]["self"] == "https://scim.example.com/api/me"


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_second_55(monkeypatch):
    monkeypatch.setattr(throttling.time, "time", lambda: 1_900_000_075.5)


@pytest.mark.parametrize(
    ("plan", "limit"), [("starter", 50), ("professional", 100), ("scale", 200), ("enterprise", 200)]
)
def test_a_plan_says_how_many_requests_a_minute_has(at_second_55, plan, limit):
    api = Api(ApiTokenFactory.create(company__plan=plan, scopes=[Scope.PROVISIONING]))

    answer = api.get("/me")

    assert answer.headers["x-ratelimit-limit"] == str(limit)
    assert answer.headers["x-ratelimit-remaining"] == str(limit - 1)
    assert answer.headers["x-ratelimit-reset"] == "1900000080"


def test_over_the_limit_is_429_with_when_to_try_again_and_changes_nothing(api, settings, at_second_55, unchanged):
    settings.API_REQUESTS_PER_MINUTE = {"scale": 3}
    assert [api.get("/me").status for _ in range(3)] == [200] * 3

    with unchanged():
        answer = api.post("/teammate_groups", {"name": "Support"})

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["x-ratelimit-remaining"] == "0"


def test_the_next_minute_is_a_new_budget(api, settings, at_second_55, monkeypatch):
    settings.API_REQUESTS_PER_MINUTE = {"scale": 1}
    assert [api.get("/me").status for _ in range(2)] == [200, 429]

    monkeypatch.setattr(throttling.time, "time", lambda: 1_900_000_080.0)

    assert api.get("/me").status == 200


def test_the_budget_is_the_companys_over_all_its_tokens(api, company, settings, at_second_55):
    settings.API_REQUESTS_PER_MINUTE = {"scale": 2}
    second = Api(ApiTokenFactory.create(company=company))
    other = Api(ApiTokenFactory.create(company=CompanyFactory.create()))

    assert [caller.get("/me").status for caller in (api, second, api, other)] == [200, 200, 429, 200]


def test_a_refusal_counts_and_says_what_is_left(api):
    answer = api.get("/nothing")

    assert answer.headers["x-ratelimit-remaining"] == "199"


def test_a_wrong_token_spends_nobodys_budget(api, token):
    Api(token.value + "x").get("/me")

    assert api.get("/me").headers["x-ratelimit-remaining"] == "199"


def test_what_other_processes_counted_counts(api, company, at_second_55):
    get_redis_connection("default").incrby(f"api-budget:{company.pk}:{1_900_000_075 // 60}", 200)

    assert api.get("/me").status == 429


def test_without_redis_the_door_stays_open(api, settings):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    location = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": location}}
    settings.API_REQUESTS_PER_MINUTE = {"scale": 1}

    answers = [api.get("/me") for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3
    assert "x-ratelimit-limit" not in answers[0].headers
