"""Whatever is wrong with a request, the answer has one form, says what to do, and nothing was changed."""

import gzip
from typing import Any

import pytest
from django.test import Client

from teammates.api.views.company import Me
from teammates.models import Plan
from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return f"/teammates/{TeammateFactory.create(company=company).public_id}"


@pytest.fixture
def group(company):
    return f"/teammate_groups/{TeammateGroupFactory.create(company=company).public_id}"


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "TRACE", "QUERY"])
@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/teammates/tea_1/nothing", "/v2/Users", "/me/more", "/%00", "/%ff"]
)
def test_an_address_that_is_none(api, method, path):
    answer = api.send(method, path)

    assert answer.status == 404
    assert "/api/teammates" in answer.message


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/me", "GET, HEAD"),
        ("POST", "/teammates", "GET, HEAD"),
        ("DELETE", "/teammates/tea_1", "GET, PATCH, HEAD"),
        ("PUT", "/teammate_groups/cir_1", "GET, PATCH, DELETE, HEAD"),
        ("PATCH", "/teammate_groups/cir_1/teammates", "GET, POST, DELETE, HEAD"),
        ("OPTIONS", "/teams", "GET, HEAD"),
        ("BREW", "/inboxes", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_possible_with_those_that_are(api, method, path, allowed):
    answer = api.send(method, path)

    assert (answer.status, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"]
)
def test_a_body_of_another_kind(api, ada, unchanged, content_type):
    with unchanged():
        answer = api.send("PATCH", ada, b'{"username": "other"}', content_type=content_type)

    assert (answer.status, answer.headers["Accept"]) == (415, "application/json")


def test_a_packed_body_is_unpacked(api, ada):
    answer = api.send("PATCH", ada, gzip.compress(b'{"username": "other"}'), content_encoding="gzip")

    assert (answer.status, api.get(ada)["username"]) == (204, "other")


@pytest.mark.parametrize(("coding", "status"), [("br", 415), ("gzip, gzip", 415), ("gzip", 400)])
def test_a_body_that_cannot_be_unpacked(api, ada, unchanged, coding, status):
    with unchanged():
        answer = api.send("PATCH", ada, b'{"username": "other"}', content_encoding=coding)

    assert answer.status == status
    assert "Content-Encoding: gzip" in answer.message


def test_a_body_that_unpacks_to_too_much(api, ada, unchanged, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    with unchanged():
        answer = api.send("PATCH", ada, gzip.compress(b"[" * 1_001), content_encoding="gzip")

    assert answer.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"[]", b"null", b'"text"', b"1", b"NaN", b'{"username": NaN}', b"\xff\xfe{\x00}\x00",
        b'{"username": "\xe9"}', b'{"username": "\\ud800"}', b"[" * 2000, b'{"username": "a"} {}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_object(api, ada, unchanged, body):
    with unchanged():
        answer = api.send("PATCH", ada, body)

    assert answer.status == 400
    assert "JSON" in answer.message


def test_a_body_that_is_too_large(api, ada, unchanged, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    with unchanged():
        answer = api.patch(ada, {"first_name": "x" * 100})

    assert answer.status == 413


NO_NAMES: list[Any] = [None, 5, True, [], {}, ["x"], "\x00", "x" * 1001]
OF_TEAMMATES: dict[str, list[Any]] = {
    "first_name": NO_NAMES,
    "last_name": NO_NAMES,
    "username": [*NO_NAMES, "", "Has Capitals", "x" * 65, "é"],
    "is_available": [None, "true", 1, 0, [], {}],
    "custom_fields": [
        None, [], "x", 1, {"Nothing": "x"}, {"Team": {"a": 1}}, {"Team": ["x"]}, {"Team": "\x00"}, {"Team": 5},
    ],
}  # fmt: skip
OF_GROUPS: dict[str, list[Any]] = {"name": [*NO_NAMES, "", "   "], "description": [5, [], {}, "\x00"]}


def each(values):
    return [pytest.param(name, value, id=f"{name} {value}"[:40]) for name in values for value in values[name]]


@pytest.mark.parametrize(("name", "value"), each(OF_TEAMMATES))
def test_values_that_a_teammate_cannot_have(api, company, ada, unchanged, name, value):
    CustomFieldFactory.create(company=company, name="Team")

    with unchanged():
        answer = api.patch(ada, {"last_name": "Changed", name: value})

    assert answer.status == 400
    assert name in answer.details or "Custom field Team" in answer.details


@pytest.mark.parametrize(("name", "value"), each(OF_GROUPS))
def test_values_that_a_group_cannot_have(api, group, unchanged, name, value):
    with unchanged():
        changed = api.patch(group, {name: value})
        created = api.post("/teammate_groups", {"name": "New", name: value})

    assert (changed.status, created.status) == (400, 400)
    assert name in changed.details


def test_a_name_that_no_index_can_hold(api, unchanged):
    unlike = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(1000))

    with unchanged():
        answer = api.post("/teammate_groups", {"name": unlike})

    assert answer.status == 400
    assert "too long" in str(answer.details)


@pytest.mark.parametrize("what", ["teammates", "teams", "inboxes"])
@pytest.mark.parametrize(
    "ids",
    [
        None, "tea_1", 1, {}, [None], [1], [["tea_1"]], ["", "x"], ["tea_"], ["tea_\x00"], ["TEA_1"], ["tea_01"],
        ["evt_1"], ["tea_" + "z" * 13], ["tea_" + "z" * 5000], ["alt:email:ada@example.com"], ["x"] * 10_001,
    ],
    ids=lambda ids: str(ids)[:20],
)  # fmt: skip
def test_lists_of_what_is_no_id(api, group, unchanged, what, ids):
    field = {"teammates": "teammate_ids", "teams": "team_ids", "inboxes": "inbox_ids"}[what]

    with unchanged():
        answers = [
            api.post(f"{group}/{what}", {field: ids}),
            api.delete(f"{group}/{what}", {field: ids}),
            api.post("/teammate_groups", {"name": "New", field: ids}),
        ]

    assert {answer.status for answer in answers} == {400}
    assert all(field in answer.details for answer in answers)


def test_every_field_that_nobody_knows_is_named_with_all_else_that_is_wrong(api, ada, unchanged):
    with unchanged():
        answer = api.patch(ada, {"email": "other@example.com", "is_blocked": True, "username": 5, "first_name": "Ada"})

    assert answer.status == 400
    assert [text.partition(":")[0] for text in answer["_error"]["details"]] == ["email", "is_blocked", "username"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=101", "limit=x", "limit=", "limit=1e2", "limit=²", "limit=" + "9" * 5000, "limt=5",
     "page_token=", "page_token=x", "page_token=tea_1", "page_token=pge_%00", "page_token=pge_" + "z" * 13, "q=ada"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/teammates", "/teammate_groups", "/teams", "/inboxes", "/teammates/custom_fields"])
def test_a_list_asked_for_what_cannot_be(api, path, query):
    answer = api.get(f"{path}?{query}")

    assert answer.status == 400
    assert query.partition("=")[0] in answer.details


@pytest.mark.parametrize(
    "query", ["after=", "after=1", "after=tea_1", "after=evt_" + "z" * 13, "limit=501", "page_token=pge_1"]
)
def test_the_feed_asked_for_what_cannot_be(api, query):
    assert api.get(f"/events?{query}").status == 400


@pytest.mark.parametrize(
    "key", ["1", "tea_", "tea_x%00", "TEA_1", "tea_1 ", "%C3%28", "tea_" + "1" * 5000, "alt:email:", "alt:x:y"]
)
@pytest.mark.parametrize("noun", ["teammates", "teammate_groups", "teams", "inboxes"])
def test_an_id_that_can_be_nobodys(api, noun, key):
    assert api.get(f"/{noun}/{key}").status == 404


def test_a_host_this_server_does_not_answer_to(token):
    answer = Client().get("/api/me", headers={"authorization": f"Bearer {token.value}", "host": "evil.example"})

    assert answer.status_code == 400
    assert answer.json()["_error"]["status"] == 400


def test_a_fault_of_the_server_gives_nothing_away(api, monkeypatch, caplog):
    def fail(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Me, "get", fail)

    response = api.client.get("/api/me", headers={"authorization": f"Bearer {api.token.value}"})

    assert response.status_code == 500
    assert b"secret" not in response.content
    assert "secret detail" in caplog.text


def test_a_refusal_by_the_rules_is_a_409_with_what_to_do(api, company, unchanged):
    TeammateGroupFactory.create(company=company, name="Support")

    with unchanged():
        answer = api.post("/teammate_groups", {"name": " SUPPORT "})

    assert answer.status == 409
    assert "Use another name" in answer.message


def test_an_answer_to_head_has_the_headers_of_get_and_no_body(api):
    assert api.send("HEAD", "/teams").status == 200


def test_all_plans_have_a_limit(settings):
    assert set(settings.API_REQUESTS_PER_MINUTE) == set(Plan.values)
