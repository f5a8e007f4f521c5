"""Whatever a client sends by mistake or on purpose: a SCIM error that says so, and nothing has changed."""

import pytest

from scim.attributes import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA
from teammates.models import Status
from tests.factories import (
    SupportFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
)
from tests.scim.door import Door, group, op, path_of, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


@pytest.fixture
def team(company, ada):
    return TeammateGroupFactory(company=company, idp=True, name="Team", with_members=[ada])


@pytest.fixture
def writes(ada, team):
    """Every method and path that takes a body."""
    return [
        ("POST", "/Users"),
        ("PUT", path_of(ada)),
        ("PATCH", path_of(ada)),
        ("POST", "/Groups"),
        ("PUT", path_of(team)),
        ("PATCH", path_of(team)),
        ("POST", "/Users/.search"),
        ("POST", "/Groups/.search"),
        ("POST", "/.search"),
        ("POST", "/Bulk"),
    ]


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    inner = opening * depth + closing * depth
    return f'{{"userName": "deep@example.com", "displayName": "Deep", "attributes": {inner}, "x": {inner}}}'.encode()


BODIES = {
    "nothing": b"",
    "an open object": b"{",
    "a list": b"[]",
    "a list of resources": b'[{"userName": "a"}]',
    "null": b"null",
    "a number": b"1",
    "a text": b'"userName"',
    "true": b"true",
    "an empty object": b"{}",
    "NaN": b'{"userName": NaN}',
    "an infinite number": b'{"userName": 1e999}',
    "two documents": b"{} {}",
    "a comment": b'{"userName": "a"} // a',
    "single quotes": b"{'userName': 'a'}",
    "XML": b"<User/>",
    "a form": b"userName=a&active=true",
    "Latin-1": '{"userName": "ä"}'.encode("latin-1"),
    "UTF-16": '{"userName": "a", "displayName": "a"}'.encode("utf-16"),
    "a NUL byte": b'{"userName": "a\x00b"}',
    "brackets without end": b"[" * 100_000,
    "brackets beyond the parser's depth": nested(2_000),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_json_object_is_refused(scim, unchanged, writes, name):
    with unchanged():
        answers = [scim.send(method, path, BODIES[name]) for method, path in writes]

    assert {answer.refusal for answer in answers} == {(400, "invalidSyntax")}


@pytest.mark.parametrize("depth", [50, 500, 1_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"Operations":[', "]}")])
def test_nesting_beyond_all_need_is_refused(scim, unchanged, writes, depth, opening, closing):
    body = nested(depth, opening, closing).replace(b'"a":}', b'"a":1}')

    with unchanged():
        answers = [scim.send(method, path, body) for method, path in writes]

    assert {answer.refusal for answer in answers} == {(400, "invalidSyntax")}


@pytest.mark.parametrize(
    "text",
    ["a\\u0000b", "\\ud800", "\\udc00", "a\\udfffb"],
    ids=["NUL", "high surrogate", "low surrogate", "surrogate inside"],
)
def test_a_text_no_database_can_hold_is_refused_wherever_it_stands(scim, unchanged, writes, text):
    for method, path in writes[:-1]:
        for body in (
            f'{{"userName": "{text}", "displayName": "{text}", "filter": "userName eq \\"{text}\\""}}',
            f'{{"userName": "ok", "displayName": "ok", "filter": "userName eq 1", "{text}": 1, "attributes": "{text}",'
            f' "sortBy": "{text}"}}',
            f'{{"Operations": [{{"op": "replace", "path": "displayName", "value": "{text}"}}]}}',
            f'{{"Operations": [{{"op": "replace", "path": "x{text}", "value": "y"}}]}}',
            f'{{"Operations": [{{"op": "{text}", "path": "displayName", "value": "y"}}]}}',
            f'{{"Operations": [{{"op": "add", "path": "members", "value": [{{"value": "{text}"}}]}}]}}',
        ):
            if ".search" in path and "filter" not in body:
                continue
            with unchanged():
                answer = scim.send(method, path, body.encode())

            assert answer.status == 400, (method, path, body)


def test_a_body_over_the_limit_is_413(scim, unchanged, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000

    with unchanged():
        answer = scim.post("/Users", user(nickName="x" * 100_001))

    assert answer.status == 413


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "nonsense"],
)
def test_a_body_of_another_type_is_415(scim, unchanged, writes, content_type):
    with unchanged():
        answers = [scim.send(method, path, user("a@example.com"), content_type=content_type) for method, path in writes]

    assert {answer.status for answer in answers} == {415}


@pytest.mark.parametrize("content_type", ["application/json", "application/scim+json", "Application/SCIM+JSON"])
def test_both_types_of_json_are_read(scim, content_type):
    assert scim.send("POST", "/Users", user("a@example.com"), content_type=content_type).status == 201


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/Users", "GET, POST"),
        ("/Users/{user}", "GET, PUT, PATCH, DELETE"),
        ("/Groups", "GET, POST"),
        ("/Groups/{group}", "GET, PUT, PATCH, DELETE"),
        ("/Users/.search", "POST"),
        ("/Groups/.search", "POST"),
        ("/.search", "POST"),
        ("/Bulk", "POST"),
        ("/Schemas", "GET"),
        ("/ResourceTypes", "GET"),
        ("/ServiceProviderConfig", "GET"),
    ],
)
def test_a_wrong_method_is_405_and_says_which_are_right(scim, unchanged, ada, team, path, allowed):
    path = path.format(user=ada.public_id, group=team.public_id)

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - set(allowed.split(", ")):
        with unchanged():
            answer = scim.send(method, path, {"userName": "a", "displayName": "a"})

        assert (answer.status, answer.headers["Allow"]) == (405, allowed), method


@pytest.mark.parametrize(
    "path", ["", "/", "/Nothing", "/Users/a/b", "/Groups/a/members", "/v2/Users", "/users", "/.well-known"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_any_other_path_is_404(scim, unchanged, method, path):
    with unchanged():
        assert scim.send(method, path, user()).status == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_what_this_server_does_not_offer_is_501(scim, unchanged, method):
    with unchanged():
        assert scim.send(method, "/Me", user()).status == 501


NOBODY = [
    "tea_zzzzz", "cir_zzzzz", "tea_", "_", "tea", "tea_-1", "tea_0", "tea_01", "tea_1y2p0ij32e8e8", "tea_zzzzzzzzzzzzz",
    "TEA_1", "tea_1Z", "tea_1%00", "%00", "%ff", "1", "-1", "0", "null", "None", "tea_1;drop", "tea_1'--", "tea_%D9%A1",
    "tea_" + "1" * 5_000, "me", "*", "%2e%2e", "tea_1%2F", "e7a8ae4c-9f5a-4f0e-8d3c-7b6a5c4d3e2f", "%F0%9F%92%A9",
]  # fmt: skip


@pytest.mark.parametrize("public_id", NOBODY, ids=lambda text: text[:20])
def test_an_id_of_nobody_is_404_for_every_method(scim, unchanged, public_id):
    bodies = {"PUT": user() | group(), "PATCH": {"Operations": [op("replace", "displayName", "x")]}}

    with unchanged():
        for path in (f"/Users/{public_id}", f"/Groups/{public_id}"):
            for method in ("GET", "PUT", "PATCH", "DELETE"):
                assert scim.send(method, path, bodies.get(method)).status == 404, (method, path)


def test_ids_of_other_things_are_404(scim, unchanged, company, team):
    things = [
        TeammateTemplateFactory(company=company),
        SupportFactory(),
        TeammateFactory(company=company, status=Status.DELETED),
        company,
    ]
    bodies = {"PUT": user("x@example.com"), "PATCH": {"Operations": [op("replace", "active", False)]}}

    for path in [f"/Users/{thing.public_id}" for thing in things] + [f"/Users/{team.public_id}"]:
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            with unchanged():
                assert scim.send(method, path, bodies.get(method)).status == 404, (method, path)


# --- wrong types ---------------------------------------------------------------------------------------------------

WRONG = {
    "string": [5, 1.5, True, {"a": 1}, {}, ["a"], ["a", "b"], [[]]],
    "reference": [5, True, {"a": 1}, ["a"]],
    "boolean": ["maybe", "yes", 1, 0, 2.5, {}, [True], "truee"],
    "binary": ["***", 5, True],
}
ATTRIBUTES = [
    (attribute, path)
    for schema, prefix in ((USER_SCHEMA, ""), (ENTERPRISE_SCHEMA, ENTERPRISE_SCHEMA.urn + ":"))
    for attribute in schema.attributes
    if attribute.mutability == "readWrite"
    for path in [prefix + attribute.name]
]


def cases(attribute, path):
    """Paths and values that the attribute cannot have; bare strings stand for the value of a complex attribute."""
    if not attribute.is_complex:
        return [(path, value) for value in WRONG[attribute.type]]
    wrong = [(path, value) for value in (5, True, [5], [True, {}], [["a"]])]
    for sub in attribute.subs:
        if sub.mutability == "readWrite":
            for value in WRONG[sub.type]:
                element = {sub.name: value}
                wrong += [(path, [element] if attribute.multi else element), (f"{path}.{sub.name}", value)]
                if attribute.multi:
                    wrong.append((f'{path}[type eq "work"].{sub.name}', value))
    return wrong


@pytest.mark.parametrize(("attribute", "path"), ATTRIBUTES, ids=[path.rpartition(":")[2] for _, path in ATTRIBUTES])
def test_a_value_of_the_wrong_type_is_refused_in_every_spelling(scim, unchanged, ada, attribute, path):
    with unchanged():
        for number, (name, value) in enumerate(cases(attribute, path)):
            answers = [
                scim.patch(ada, op("replace", "title", "first"), op(("Add", "replace")[number % 2], name, value))
            ]
            if "[" not in name:
                answers += [
                    scim.patch(ada, op("replace", None, {"title": "first", name: value})),
                    scim.post("/Users", user("new@example.com") | {name: value}),
                    scim.put(path_of(ada), user("ada@example.com") | {name: value}),
                ]

            assert {answer.refusal for answer in answers} == {(400, "invalidValue")}, (name, value)


@pytest.mark.parametrize("attribute", GROUP_SCHEMA.attributes, ids=lambda attribute: attribute.name)
def test_a_group_value_of_the_wrong_type_is_refused(scim, unchanged, team, attribute):
    values = (
        WRONG["string"] if attribute.name == "displayName" else [5, True, [5], [{"value": 5}], {"value": True}, [["a"]]]
    )

    for value in values:
        with unchanged():
            answers = [
                scim.patch(team, op("replace", attribute.name, value)),
                scim.patch(team, op("add", None, {attribute.name: value})),
                scim.create_group("New", **{attribute.name: value}),
                scim.put(path_of(team), group("Team", **{attribute.name: value})),
            ]

        assert {answer.refusal for answer in answers} == {(400, "invalidValue")}, value


@pytest.mark.parametrize(
    ("name", "length"),
    [("userName", 321), ("externalId", 321), ("displayName", 1_001), ("nickName", 10_001), ("name.givenName", 1_001)],
)
def test_a_value_too_long_is_refused_not_cut(scim, unchanged, ada, name, length):
    with unchanged():
        answer = scim.patch(ada, op("replace", name, "x" * length))

    assert answer.refusal == (400, "invalidValue")


def test_a_login_that_grows_when_it_is_compared_is_refused(scim, unchanged):
    with unchanged():
        answer = scim.create_user("\u0130" * 320)  # each folds to two characters

    assert answer.refusal == (400, "invalidValue")


@pytest.mark.parametrize(
    "operations",
    [
        None, "x", 5, {}, [], [None], ["x"], [5], [[]], [{}], [{"op": "replace"}], [{"op": "move", "path": "title"}],
        [{"op": 5, "path": "title", "value": "x"}], [{"op": None, "path": "title", "value": "x"}],
        [{"op": "replace", "path": 5, "value": "x"}], [{"op": "replace", "path": ["title"], "value": "x"}],
        [{"op": "replace", "path": "title"}], [{"op": "remove"}], [{"op": "replace", "value": "x"}],
        [{"op": "replace", "value": ["x"]}], [{"op": "replace", "path": "emails[", "value": "x"}],
        [{"op": "replace", "path": "emails[type eq]", "value": "x"}], [{"op": "replace", "path": "a b", "value": "x"}],
        [{"op": "replace", "path": "emails[type gt 5 and]", "value": "x"}],
        [{"op": "replace", "path": "title[type eq 5]", "value": "x"}],
        [{"op": "replace", "path": "id", "value": "tea_1"}], [{"op": "replace", "path": "meta.version", "value": "x"}],
        [{"op": "replace", "path": "groups", "value": []}], [{"op": "remove", "path": "userName"}],
        [{"op": "remove", "path": "active"}], [{"op": "replace", "path": "userName", "value": ""}],
        [{"op": "replace", "path": "userName", "value": None}], [{"op": "replace", "path": "active", "value": None}],
        [{"op": "replace", "path": "x" * 8_193, "value": "x"}],
    ],
    ids=lambda operations: str(operations)[:60],
)  # fmt: skip
def test_operations_that_cannot_be_done_are_refused(scim, unchanged, ada, operations):
    with unchanged():
        answer = scim.send("PATCH", path_of(ada), {"Operations": operations})

    assert answer.status == 400
    assert answer["scimType"] in {"invalidSyntax", "invalidValue", "invalidPath", "noTarget", "mutability"}


def test_too_many_operations_are_refused(scim, unchanged, ada):
    with unchanged():
        answer = scim.patch(ada, *[op("replace", "title", "x")] * 1_001)

    assert answer.refusal == (400, "tooMany")


def test_an_operation_that_fails_undoes_those_before_it(scim, unchanged, ada, team):
    with unchanged():
        assert scim.patch(ada, op("replace", "title", "x"), op("replace", "active", "perhaps")).status == 400
        assert (
            scim.patch(team, op("replace", "displayName", "x"), op("add", "members", [{"value": "tea_zz"}])).status
            == 400
        )


def test_bad_input_without_a_token_is_401_before_it_is_read(company, unchanged, writes):
    stranger = Door(None)

    with unchanged():
        answers = [stranger.send(method, path, b"{") for method, path in writes]

    assert {answer.status for answer in answers} == {401}
