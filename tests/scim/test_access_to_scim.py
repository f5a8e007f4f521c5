"""Who may come in: a usable token with Auto-Provisioning, of a company whose plan includes user provisioning."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from teammates.models import ApiToken, Company, Plan, Scope
from teammates.services.companies import update_company
from teammates.services.events import SYSTEM
from teammates.services.tokens import revoke_token, rotate_token
from tests.factories import ApiTokenFactory, CompanyFactory, TeammateFactory
from tests.scim.door import Door, op, path_of, user

pytestmark = pytest.mark.django_db

ROUTES = [
    ("GET", "/Users"), ("POST", "/Users"), ("GET", "/Users/tea_1"), ("PUT", "/Users/tea_1"), ("PATCH", "/Users/tea_1"),
    ("DELETE", "/Users/tea_1"), ("GET", "/Groups"), ("POST", "/Groups"), ("GET", "/Groups/cir_1"),
    ("PATCH", "/Groups/cir_1"), ("DELETE", "/Groups/cir_1"), ("POST", "/Users/.search"), ("POST", "/Groups/.search"),
    ("POST", "/.search"), ("POST", "/Bulk"), ("GET", "/Me"), ("GET", "/nothing"), ("GET", ""), ("BREW", "/Users"),
]  # fmt: skip


def knock(door, **headers):
    """The answers of every route; each is a SCIM answer, whatever it says."""
    return {door.send(method, path, user(), **headers).status for method, path in ROUTES}


@pytest.mark.parametrize(
    "header",
    [
        None, "", " ", "Bearer", "Bearer ", "Bearer wrong", "bearer fpv_" + "x" * 43, "Basic YWRhOnBhc3M=",
        "Token {token}", "{token}", "Bearer{token}", "Bearer {token}x", "Bearer x{token}", "Bearer {token},",
        "Bearer \u00e9",
        'Bearer "{token}"', "Bearer {upper}", "Bearer " + "x" * 10_000, "Bearer {token} {token}",
    ],
)  # fmt: skip
def test_no_token_or_a_wrong_one_is_401_with_a_challenge(company, unchanged, header):
    token = ApiTokenFactory(company=company)
    headers = {}
    if header is not None:
        headers["authorization"] = header.format(token=token.value, upper=token.value.swapcase())

    with unchanged():
        assert knock(Door(None), **headers) == {401}


@pytest.mark.parametrize("spelling", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", " Bearer {} "])
def test_the_scheme_is_read_in_any_case(company, spelling):
    token = ApiTokenFactory(company=company)

    assert Door(None).get("/Users", authorization=spelling.format(token.value)).status == 200


def test_the_token_is_read_from_the_header_only(company):
    token = ApiTokenFactory(company=company).value

    for query in (f"access_token={token}", f"token={token}", f"Authorization=Bearer+{token}"):
        assert Door(None).get("/Users", query).status == 401


def test_a_revoked_token_is_401_at_the_next_request(company, scim):
    assert scim.get("/Users").status == 200

    revoke_token(company, scim.token.pk, actor=SYSTEM)

    assert knock(scim) == {401}


def test_an_expired_token_is_401(company, scim):
    ApiToken.objects.filter(pk=scim.token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert knock(scim) == {401}


def test_both_tokens_work_while_one_replaces_the_other(company, scim):
    _, value = rotate_token(company, scim.token.pk, actor=SYSTEM)

    assert (scim.get("/Users").status, Door(value).get("/Users").status) == (200, 200)


def test_provisioning_alone_does_not_open_scim(company, unchanged):
    door = Door(ApiTokenFactory(company=company, name="Reports", scopes=[Scope.PROVISIONING]))

    with unchanged():
        assert knock(door) == {403}

    assert "Reports lacks the Auto-Provisioning scope" in door.get("/Users")["detail"]


def test_auto_provisioning_alone_is_enough(company):
    door = Door(ApiTokenFactory(company=company, scopes=[Scope.AUTO_PROVISIONING]))

    assert door.create_user().status == 201


@pytest.mark.parametrize("plan", [Plan.STARTER, Plan.PROFESSIONAL])
def test_a_plan_without_user_provisioning_is_403_and_says_which(plan, unchanged):
    door = Door.of(CompanyFactory(name="Initech", plan=plan))

    with unchanged():
        assert knock(door) == {403}

    assert f"Scale plan and above; Initech is on the {plan.label} plan" in door.get("/Users")["detail"]


def test_support_staff_can_allow_it_on_a_legacy_plan():
    company = CompanyFactory(plan=Plan.STARTER)
    door = Door.of(company)
    assert door.get("/Users").status == 403

    update_company(company.pk, {"scim_override": True}, actor=SYSTEM, reason="Legacy plan")

    assert door.get("/Users").status == 200


def test_an_upgrade_works_at_once_and_a_downgrade_too(company, scim):
    for plan, status in ((Plan.STARTER, 403), (Plan.ENTERPRISE, 200), (Plan.PROFESSIONAL, 403)):
        Company.objects.filter(pk=company.pk).update(plan=plan)
        assert scim.get("/Users").status == status


def test_a_signed_in_browser_does_not_open_scim(company, unchanged):
    """No session cookie, whoever's it is."""
    admin = TeammateFactory(company=company, admin=True)
    door = Door(None)
    door.client = Client()
    door.client.force_login(admin)

    with unchanged():
        assert knock(door) == {401}


def test_a_browser_with_a_session_and_a_token_acts_for_the_tokens_company(company, other_company, other_scim):
    other_scim.client.force_login(TeammateFactory(company=company, admin=True, login="ada@example.com"))

    assert other_scim.find("/Users", 'userName eq "ada@example.com"')["totalResults"] == 0


def test_a_token_in_use_says_when_from_where_and_by_whom(company, scim):
    scim.get("/Users", user_agent="Okta SCIM Client 1.0.0")

    scim.token.refresh_from_db()
    assert (scim.token.last_used_by, scim.token.last_used_from) == ("Okta SCIM Client 1.0.0", "127.0.0.1")
    assert timezone.now() - scim.token.last_used_at < timedelta(minutes=1)


def test_behind_a_proxy_a_token_is_used_from_where_the_client_is(scim, settings):
    settings.TRUSTED_PROXIES = 1

    scim.get("/Users", x_forwarded_for="made-up, 203.0.113.7")

    scim.token.refresh_from_db()
    assert scim.token.last_used_from == "203.0.113.7"


@pytest.mark.parametrize("agent", ["", "a" * 5_000, "\u00fc", "a\x00b"])
def test_the_user_agent_is_anything_or_nothing(scim, agent):
    assert scim.get("/Users", user_agent=agent).status == 200


def test_a_refusal_about_one_person_is_never_taken_for_bad_credentials(company, scim):
    """Entra stops the whole job at a 401 or 403, and repeats one object after a 400."""
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=False, licence_count=1)
    admin = TeammateFactory(company=company, admin=True)

    answers = [
        scim.create_user("new@example.com"),
        scim.patch(admin, op("replace", "active", False)),
        scim.delete(path_of(admin)),
        scim.create_group(),
        scim.post("/Users", user("x@example.com", active="perhaps")),
    ]

    assert [answer.status for answer in answers] == [400] * 5


def test_a_database_that_fails_is_a_scim_error_too(scim):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE teammates_apitoken RENAME TO teammates_gone")

    response = scim.client.get("/v2/Users", headers={"authorization": f"Bearer {scim.token.value}"})

    assert (response.status_code, response["Content-Type"]) == (500, "application/scim+json; charset=utf-8")
    assert response.json()["status"] == "500"
    assert "nothing was changed" in response.json()["detail"]
