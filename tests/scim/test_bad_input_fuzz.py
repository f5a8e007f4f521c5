"""Requests nobody thought of: always a SCIM answer, never a server error, and a refusal changes nothing."""

import json
from urllib.parse import quote, urlencode

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scim.attributes import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA
from scim.schema import Attribute, Schema
from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import DESCRIPTION, ENTERPRISE, FIELDS, TEMPLATE, USER, group, path_of, user

NAMES = sorted({attribute.name for schema in (USER_SCHEMA, GROUP_SCHEMA) for attribute in schema.attributes})
PATHS = [
    *NAMES, "id", "meta", "meta.version", "meta.lastModified", "externalId", "schemas", "name.givenName",
    "emails.value", "emails.primary", "members.value", "groups.value", "groups.$ref", USER, f"{USER}:userName",
    ENTERPRISE, f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value", f"{ENTERPRISE}:department", TEMPLATE,
    f"{TEMPLATE}:template", FIELDS, f"{FIELDS}:fld_1", DESCRIPTION, f"{DESCRIPTION}:description", "nonsense",
    "a.b.c", "$ref", "", " ",
]  # fmt: skip
FILTERED = [
    'emails[type eq "work"]',
    "roles[primary eq true]",
    'members[value eq "tea_1"]',
    "x[y pr]",
    "emails[",
    "emails[type]",
]
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "True", "false", "tea_1", "cir_1", "fld_1", "work", "User", "a" * 400, "2026-01-31T09:30:00Z"]
    ),
    st.sampled_from(
        ['W/"1"', "*", "null", "0", "-1", "1e5", "9" * 40, "0.1", "\\", '"', "%", "_", "ß", "\u0130", "💩", "a\x00"]
    ),
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS,
)  # fmt: skip
KEYS = st.one_of(
    st.sampled_from([*PATHS, *FILTERED]), st.sampled_from(["value", "type", "primary", "display", "$ref", "op"]), TEXTS
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def plausible(attribute: Attribute) -> st.SearchStrategy:
    """What the attribute could hold."""
    if attribute.is_complex:
        parts = {sub.name: plausible(sub) for sub in attribute.subs}
        element = st.one_of(st.fixed_dictionaries({}, optional=parts), TEXTS)
        return st.one_of(element, st.lists(element, max_size=3)) if attribute.multi else element
    if attribute.type == "boolean":
        return st.sampled_from([True, False, "True", "false"])
    return st.one_of(TEXTS, st.none())


def entries(*schemas: Schema) -> st.SearchStrategy:
    """An attribute or a part of one by its path, and mostly a value it could hold."""
    named = [
        (f"{schema.urn}:{attribute.name}" if schema.urn == ENTERPRISE else attribute.name, attribute)
        for schema in schemas
        for attribute in schema.attributes
        if attribute.mutability == "readWrite"
    ]
    named += [
        (f"{path}.{sub.name}", sub)
        for path, attribute in named
        for sub in attribute.subs
        if sub.mutability == "readWrite"
    ]
    named += [
        (f'{path}[type eq "work"].{sub.name}', sub)
        for path, attribute in named
        if attribute.is_complex and attribute.multi
        for sub in attribute.subs
    ]
    good = st.sampled_from(named).flatmap(lambda pair: st.tuples(st.just(pair[0]), plausible(pair[1])))
    odd = st.tuples(st.sampled_from([*PATHS, *FILTERED]), VALUES)
    return st.integers(0, 9).flatmap(lambda number: odd if number == 9 else good)


ENTRIES = {"Users": entries(USER_SCHEMA, ENTERPRISE_SCHEMA), "Groups": entries(GROUP_SCHEMA)}


def resources(kind: str) -> st.SearchStrategy:
    """Mostly a resource that could be, with some odd entries."""
    base = user("new@example.com") if kind == "Users" else group("New")
    return st.lists(ENTRIES[kind], max_size=3).map(lambda pairs: {**base, **dict(pairs)})


def patches(kind: str) -> st.SearchStrategy:
    """Mostly a PATCH that could be, with some odd operations."""
    verbs = st.sampled_from(["add", "Replace", "REMOVE", "replace"])
    by_path = st.builds(lambda verb, entry: {"op": verb, "path": entry[0], "value": entry[1]}, verbs, ENTRIES[kind])
    packed = st.builds(
        lambda verb, pairs: {"op": verb, "value": dict(pairs)}, verbs, st.lists(ENTRIES[kind], max_size=4)
    )
    odd = st.fixed_dictionaries({"op": LEAVES}, optional={"path": TEXTS, "value": VALUES})
    kinds = [*[by_path] * 6, *[packed] * 3, odd]
    operations = st.lists(st.integers(0, 9).flatmap(kinds.__getitem__), min_size=1, max_size=3)
    whole = st.integers(0, 9).flatmap(lambda number: VALUES if number == 9 else operations)
    return st.fixed_dictionaries({"Operations": whole})


ATOMS = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from([*PATHS, *FILTERED]),
        st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "pr", "xx"]),
        st.one_of(
            st.sampled_from(["", "true", "null", "1", "1.5", "-9e99", '"tea_1"', '"2026-01-31T09:30:00Z"', "b", '"']),
            TEXTS.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
            TEXTS.map(json.dumps),
        ),
    ),
    st.builds("{}[{} {} {}]".format, st.sampled_from(PATHS), st.sampled_from(["value", "type", "primary", "x"]),
              st.sampled_from(["eq", "co", "gt", "pr"]), st.sampled_from(['"work"', "true", "", "5"])),
)  # fmt: skip
FILTERS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({}".format, inner),
    ),
    max_leaves=4,
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "filter": FILTERS,
        "sortBy": st.one_of(st.sampled_from([*PATHS, *FILTERED]), TEXTS),
        "sortOrder": st.one_of(st.sampled_from(["ascending", "Descending"]), TEXTS),
        "startIndex": st.one_of(st.integers(), TEXTS),
        "count": st.one_of(st.integers(), TEXTS),
        "cursor": TEXTS,
        "attributes": st.one_of(st.sampled_from(PATHS), TEXTS),
        "excludedAttributes": st.one_of(st.sampled_from(PATHS), TEXTS),
        "aadOptscim062020": st.just(""),
    },
)
PARAMETERS = ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"]
SEARCHES = st.one_of(QUERIES, st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=4))
BULK_STEPS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"]),
        "path": st.sampled_from(["/Users", "{user}", "{group}", "/x"]),
    },
    optional={"bulkId": TEXTS, "version": TEXTS, "data": st.one_of(resources("Users"), patches("Users"), VALUES)},
)
BULKS = st.fixed_dictionaries(
    {
        "schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]),
        "Operations": st.one_of(st.lists(BULK_STEPS, max_size=3), VALUES),
    },
    optional={"failOnErrors": LEAVES},
)  # fmt: skip


def requests_to(*paths: str, method: str, bodies: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(st.just(method), st.sampled_from(paths), bodies, QUERIES)


REQUESTS = st.one_of(
    requests_to("/Users", "/Groups", "{user}", "{group}", method="GET", bodies=st.none()),
    *(
        strategy
        for kind, item in (("Users", "{user}"), ("Groups", "{group}"))
        for strategy in (
            requests_to(f"/{kind}", method="POST", bodies=resources(kind)),
            requests_to(item, method="PUT", bodies=resources(kind)),
            requests_to(item, method="PATCH", bodies=patches(kind)),
        )
    ),
    requests_to("/Users/.search", "/Groups/.search", "/.search", method="POST", bodies=SEARCHES),
    requests_to("/Bulk", method="POST", bodies=BULKS),
    st.tuples(
        st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
        st.builds("/{}/{}".format, st.sampled_from(["Users", "Groups", "Schemas", "ResourceTypes"]), TEXTS.map(quote)),
        VALUES,
        st.just({}),
    ),
)

STATE = """
SELECT (SELECT count(*) FROM teammates_event), (SELECT sum(version) FROM teammates_teammate),
       (SELECT sum(version) FROM teammates_teammategroup), (SELECT count(*) FROM teammates_membership),
       (SELECT sum(licences_used) FROM teammates_company), (SELECT sum(licence_count) FROM teammates_company)
"""


def state() -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        return cursor.fetchone()


def filled(value, names):
    """`{user}` and `{group}` in the paths of a request become real ones."""
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


@pytest.mark.django_db
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(request=REQUESTS)
def test_a_request_is_answered_as_scim_and_told_truly(scim, company, fuzzed, request):
    method, path, body, query = request
    path = fuzzed.get(path, path)
    with transaction.atomic():  # each request meets the same company
        before = state()
        answer = scim.send(method, f"{path}?{urlencode(query, errors='replace')}", filled(body, fuzzed))
        event(f"{method} {answer.status}")

        if answer.status >= 400:
            assert state() == before
        elif method in ("POST", "PUT", "PATCH") and answer.content and "id" in answer.body:
            place = answer.headers["Location"].removeprefix("http://testserver/v2")
            shown = {name: text for name, text in query.items() if "ttributes" in name}
            assert scim.get(place, shown).body == answer.body
        transaction.set_rollback(True)


@pytest.fixture
def fuzzed(company):
    """One user and one group that the requests of a test may reach, by the names they have in its paths."""
    ada = TeammateFactory(company=company, login="ada@example.com")
    CustomFieldFactory(company=company)
    team = TeammateGroupFactory(company=company, name="Team", with_members=[ada])
    return {"{user}": path_of(ada), "{group}": path_of(team)}
