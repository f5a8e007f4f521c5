"""Thousands of odd requests to every route: always a SCIM answer, never a server error, and a refusal changes nothing.

`make fuzz N=50000` sends as many as one likes. A failure names the numbers that make the request again:
`make fuzz SEED=… FIRST=… N=1`. With BASE=http://localhost:8000/v2 TOKEN=… they go to a running server, over HTTP,
whose answers are held to the same rules; it should be one whose people do not matter.
"""

import gzip
import json
import os
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from teammates.models import FieldKind, Scope
from tests.factories import (
    ApiTokenFactory,
    CustomFieldFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
)
from tests.scim.conftest import NOT_STATE, TABLES
from tests.scim.door import Answer, check_answer, check_error, path_of
from tests.scim.odd_requests import Odd, odd_request

pytestmark = pytest.mark.django_db

REQUESTS = int(os.environ.get("FUZZ_REQUESTS") or 2_000)
SEED = int(os.environ.get("FUZZ_SEED") or 1)
FIRST = int(os.environ.get("FUZZ_FIRST") or 0)
BASE, TOKEN = os.environ.get("FUZZ_BASE", ""), os.environ.get("FUZZ_TOKEN", "")
NO_CREDENTIAL = ("none", "wrong", "basic", "empty", "revoked")
PLACES_MADE = [  # what requests to a running server can reach
    ("user", "Users", "userName"), ("joan", "Users", "userName"), ("blocked", "Users", "userName"),
    ("group", "Groups", "displayName"), ("managed", "Groups", "displayName"),
]  # fmt: skip
NO_STATE = ("Notice",)  # tells admins of what was refused
AT_ONCE = 500  # requests of one test, so that several processes can share them


@pytest.fixture
def places(company, other_company):
    """A company with something of everything that requests can reach."""
    ada = TeammateFactory(company=company, login="ada@example.com", external_id="ada", admin=True)
    joan = TeammateFactory(company=company, login="joan@example.com", display_name="Joan")
    blocked = TeammateFactory(company=company, login="blocked@example.com", blocked=True)
    removed = TeammateFactory(company=company, login="gone@example.com", blocked=True, removed_by_idp_at=timezone.now())
    for kind in FieldKind:
        CustomFieldFactory(company=company, kind=kind, options=["a", "b"] if kind == FieldKind.DROPDOWN else [])
    team = TeammateGroupFactory(company=company, name="Team", with_members=[ada, joan])
    managed = TeammateGroupFactory(company=company, idp=True, name="Managed", with_members=[joan, blocked])
    return {
        "{user}": path_of(ada),
        "{joan}": path_of(joan),
        "{blocked}": path_of(blocked),
        "{removed}": path_of(removed),
        "{group}": path_of(team),
        "{managed}": path_of(managed),
        "{foreign}": path_of(TeammateFactory(company=other_company)),
        "{template}": TeammateTemplateFactory(company=company).public_id,
    }


@pytest.fixture
def credentials(company, settings):
    """What the Authorization header may say, by the names that requests know."""
    settings.SCIM_REQUESTS_PER_SECOND = 1_000_000
    later = timezone.now() + timedelta(days=1)  # so that no request notes a use
    good = ApiTokenFactory(company=company, last_used_at=later)
    revoked = ApiTokenFactory(company=company, revoked_at=timezone.now(), last_used_at=later)
    reporting = ApiTokenFactory(company=company, scopes=[Scope.PROVISIONING], last_used_at=later)
    return {
        "good": f"Bearer {good.value}",
        "none": None,
        "wrong": f"Bearer {good.value}x",
        "basic": "Basic YTpi",
        "revoked": f"Bearer {revoked.value}",
        "empty": "Bearer ",
        "other scope": f"Bearer {reporting.value}",
    }


def digest_statement() -> str:
    """One statement that reads every row of the product's tables as a digest, and the entries in the log."""
    parts = []
    without = ", ".join(f"'{name}'" for name in sorted(NOT_STATE))
    for label in TABLES:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.managed and model._meta.object_name not in NO_STATE:
                row = f"(to_jsonb(t) - ARRAY[{without}])::text"
                parts.append(f"(SELECT coalesce(string_agg({row}, '' ORDER BY t.{model._meta.pk.column}), '') "
                             f"FROM {model._meta.db_table} t)")  # fmt: skip
    return f"SELECT md5({' || '.join(parts)}), (SELECT count(*) FROM scim_logentry)"


STATE = digest_statement()


def state() -> tuple[str, int]:
    """A digest of all rows, and how many entries the log has."""
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        return cursor.fetchone()


def send(client: Client, odd: Odd, credentials: dict[str, str | None]) -> Answer:
    headers = dict(odd.headers)
    if (credential := credentials[odd.token]) is not None:
        headers["authorization"] = credential
    response = client.generic(odd.method, "/v2" + odd.path, odd.body, content_type=odd.content_type, headers=headers)
    content = response.getvalue()
    if response.headers.get("Content-Encoding") == "gzip":
        assert "gzip" in headers.get("accept-encoding", "")
        content = gzip.decompress(content)
    return Answer(response.status_code, response.headers, content)


def check(odd: Odd, answer: Answer) -> None:
    """What holds of the answer to any request."""
    check_answer(answer)
    assert (answer.status == 501) <= odd.path.lower().strip("/").startswith("me")
    if odd.token in NO_CREDENTIAL:
        assert answer.status in ((200, 401, 403, 404, 405) if odd.token == "none" else (401,))
    for step in operations_of(odd, answer):
        if int(step["status"]) >= 400:
            check_error(Answer(int(step["status"]), {}, json.dumps(step["response"]).encode()))


def check_state(odd: Odd, answer: Answer, before: tuple[str, int], after: tuple[str, int]) -> None:
    """A read and a refusal change no row, and each write and each refusal leaves one entry in the log."""
    steps = operations_of(odd, answer)
    refused = all(int(step["status"]) >= 400 for step in steps) if steps else answer.status >= 400
    if refused or odd.is_read:
        assert after[0] == before[0], "rows changed"
    if odd.token == "good":
        entries = len(steps) if steps else int(answer.status >= 400 or not odd.is_read)
        assert after[1] - before[1] == entries


def check_told_truly(client: Client, odd: Odd, answer: Answer, credentials: dict[str, str | None]) -> None:
    """What an answer to a write shows is what a read of the same attributes shows afterwards."""
    if (
        odd.method in ("POST", "PUT", "PATCH")
        and answer.status in (200, 201)
        and answer.content
        and "id" in answer.body
    ):
        place = answer.headers["Location"].removeprefix("http://testserver/v2")
        query = parse_qsl(urlsplit(odd.path).query, keep_blank_values=True)  # a fragment is never sent
        shown = urlencode([(name, text) for name, text in query if name.endswith("ttributes")])
        assert send(client, Odd("GET", f"{place}?{shown}"), credentials).body == answer.body


def operations_of(odd: Odd, answer: Answer) -> list[dict[str, Any]]:
    """The operations of an answer to a bulk request."""
    is_bulk = answer.status == 200 and answer.content and odd.path.lower().lstrip("/").startswith("bulk")
    return answer.body["Operations"] if is_bulk else []


def repeat(number: int, odd: Odd, answer: Answer | None) -> str:
    """What is told of a request that was answered wrongly: how to make it again, and what it is."""
    return (
        f"make fuzz SEED={SEED} FIRST={number} N=1: {odd.method} {odd.path!r} {odd.body[:2000]!r} "
        f"{odd.content_type!r} {odd.headers} {odd.token} -> {answer}"
    )


NUMBERS = range(FIRST, FIRST + REQUESTS)
BATCHES = [NUMBERS[start : start + AT_ONCE] for start in range(0, REQUESTS, AT_ONCE)]


@pytest.mark.parametrize("numbers", BATCHES, ids=lambda batch: f"seed {SEED}, {batch[0]} to {batch[-1]}")
def test_odd_requests_are_answered_as_scim_and_refusals_change_nothing(places, credentials, numbers):
    client = Client(raise_request_exception=False)
    before = state()
    for number in numbers:
        odd, answer = odd_request(SEED, number, places), None
        with transaction.atomic():  # each request meets the same company
            try:
                answer = send(client, odd, credentials)
                check(odd, answer)
                check_state(odd, answer, before, state())
                check_told_truly(client, odd, answer, credentials)
            except Exception as error:
                raise AssertionError(f"{repeat(number, odd, answer)}: {error}") from error
            transaction.set_rollback(True)


@pytest.mark.parametrize("numbers", BATCHES, ids=lambda batch: f"seed {SEED}, {batch[0]} to {batch[-1]}")
def test_a_running_server_answers_odd_requests_as_scim(numbers):
    good = {"Authorization": f"Bearer {TOKEN}"}
    others = {"none": None, "basic": "Basic YTpi", "empty": "Bearer"}
    with httpx.Client(timeout=30) as client:
        places = {"{foreign}": "/Users/tea_zzzzz", "{removed}": "/Users/tea_zzzzy", "{template}": "tea_zzzzx"}
        for name, kind, key in PLACES_MADE:
            made = client.post(f"{BASE}/{kind}", headers=good, json={key: f"fuzz-{secrets.token_hex(8)}"})
            assert made.status_code == 201, made.text
            places[f"{{{name}}}"] = f"/{kind}/{made.json()['id']}"
        for number in numbers:
            odd, answer = odd_request(SEED, number, places), None
            credential = good["Authorization"] if odd.token == "good" else others.get(odd.token, "Bearer fpv_nobodys")
            headers = {"Content-Type": odd.content_type, **odd.headers}
            headers |= {} if credential is None else {"Authorization": credential}
            sent = {name: text.encode("latin-1") for name, text in headers.items()}
            try:
                response = client.request(odd.method, BASE + odd.path, content=odd.body, headers=sent)
                answer = Answer(response.status_code, response.headers, response.content)
                check(odd, answer)
            except Exception as error:
                raise AssertionError(f"{repeat(number, odd, answer)}: {error}") from error


# Only one of them is asked for.
test_odd_requests_are_answered_as_scim_and_refusals_change_nothing.__test__ = not BASE
test_a_running_server_answers_odd_requests_as_scim.__test__ = bool(BASE)
