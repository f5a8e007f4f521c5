"""How much one request may hold: bounded, published where the protocol allows, and refused in words."""

import gzip
from io import BytesIO

import pytest

from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import members, op, path_of, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


@pytest.fixture
def team(company):
    return TeammateGroupFactory(company=company, idp=True, name="Team")


def nested(depth):
    return b'{"userName": "a@example.com", "x": ' + b"[" * depth + b"]" * depth + b"}"


def test_a_body_may_have_so_many_bytes(scim, settings, unchanged):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000
    assert scim.create_user("grace@example.com", nickName="x" * 4_000).status == 201

    with unchanged():
        answer = scim.create_user("joan@example.com", nickName="x" * 5_000)

    assert answer.status == 413
    assert "too large" in answer["detail"]


def test_a_packed_body_may_unpack_to_so_many_bytes(scim, settings, unchanged):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000

    with unchanged():
        answer = scim.send("POST", "/Users", gzip.compress(b" " * 6_000_000), content_encoding="gzip")

    assert answer.status == 413


def in_chunks(scim, body):
    """A POST as the web server hands on one that came in chunks: its length is not known beforehand."""
    environment = {
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "application/scim+json",
        "HTTP_AUTHORIZATION": f"Bearer {scim.token.value}",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": BytesIO(body),
    }
    response = scim.client.generic("POST", "/v2/Users", **environment)
    return response.status_code, response.json()


def test_a_body_may_come_in_chunks_up_to_the_same_size(scim, settings, unchanged):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000
    status, made = in_chunks(scim, b'{"userName": "grace@example.com"}')
    assert (status, made["userName"]) == (201, "grace@example.com")

    with unchanged():
        status, refused = in_chunks(scim, b'{"userName": "joan@example.com", "nickName": "' + b"x" * 5_000 + b'"}')

    assert (status, refused["status"]) == (413, "413")


def test_a_patch_may_have_so_many_operations(scim, ada, settings, unchanged):
    settings.SCIM_MAX_OPERATIONS = 3
    assert scim.patch(ada, *[op("replace", "title", "x")] * 3).status == 200

    with unchanged():
        answer = scim.patch(ada, *[op("replace", "title", "y")] * 4)

    assert answer.refusal == (400, "tooMany")
    assert "send at most 3" in answer["detail"]


def test_a_request_may_name_so_many_members(scim, company, team, settings, unchanged):
    settings.SCIM_MAX_MEMBERS = 3
    people = TeammateFactory.create_batch(4, company=company)
    assert scim.patch(team, op("add", "members", members(*people[:3]))).status == 204

    with unchanged():
        answers = [
            scim.patch(team, op("add", "members", members(*people))),
            scim.patch(team, op("remove", "members", members(*people))),
            scim.patch(team, *[op("add", "members", members(person)) for person in people]),
            scim.patch(team, op("add", None, {"members": members(*people)})),
            scim.put(path_of(team), {"displayName": "Team", "members": members(*people)}),
            scim.create_group("Crew", members=members(*people)),
        ]

    assert {answer.refusal for answer in answers} == {(400, "tooMany")}
    assert "More than 3 members in one request" in answers[0]["detail"]


def test_by_default_a_request_may_name_as_many_members_as_a_large_company_has(settings):
    assert settings.SCIM_MAX_MEMBERS >= 50_000


def test_brackets_may_be_nested_forty_deep(scim, unchanged):
    assert scim.send("POST", "/Users", nested(39)).status == 201

    with unchanged():
        answer = scim.send("POST", "/Users", nested(40))

    assert answer.refusal == (400, "invalidSyntax")
    assert "nested more than 40 deep" in answer["detail"]


@pytest.mark.parametrize("depth", [500, 1_500, 100_000])
def test_a_body_of_brackets_is_refused_at_any_depth(scim, depth):
    assert scim.send("POST", "/Users", nested(depth)).refusal == (400, "invalidSyntax")


def test_a_list_of_values_may_have_so_many(scim, unchanged):
    numbers = [{"type": "work", "value": str(number)} for number in range(251)]

    with unchanged():
        answer = scim.create_user(phoneNumbers=numbers)

    assert answer.refusal == (400, "invalidValue")
    assert "at most 250" in answer["detail"]


def test_a_filter_may_have_so_many_comparisons_and_characters(scim):
    many = scim.find("/Users", " or ".join(['userName eq "a"'] * 101))
    long = scim.post("/Users/.search", {"filter": f'userName eq "{"x" * 9_000}"'})

    assert (many.refusal, long.refusal) == ((400, "invalidFilter"), (400, "invalidFilter"))
    assert "100 comparisons" in many["detail"]


def test_an_answer_has_at_most_a_thousand_resources(scim):
    assert scim.get("/Users", "count=100000").status == 200
    assert scim.get("/ServiceProviderConfig")["filter"]["maxResults"] == 1_000


def test_what_the_protocol_has_a_place_for_is_published(scim, settings):
    settings.SCIM_MAX_BULK_OPERATIONS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 77, 88_000

    published = scim.get("/ServiceProviderConfig")

    assert (published["bulk"]["maxOperations"], published["bulk"]["maxPayloadSize"]) == (77, 88_000)
    assert published["pagination"]["maxPageSize"] == published["filter"]["maxResults"]


def test_one_attribute_may_have_ten_thousand_characters(scim, unchanged):
    assert scim.create_user("grace@example.com", nickName="x" * 10_000).status == 201

    with unchanged():
        answer = scim.post("/Users", user("joan@example.com", nickName="x" * 10_001))

    assert answer.refusal == (400, "invalidValue")
