"""Discovery without a token, and what a token adds to it (RFC 7644 §4, RFC 7643 §5)."""

import pytest

from scim.models import LogEntry
from teammates.models import FieldKind, Scope
from teammates.services.events import SYSTEM
from teammates.services.tokens import revoke_token
from tests.factories import ApiTokenFactory, CompanyFactory, CustomFieldFactory
from tests.scim.door import ENTERPRISE, FIELDS, GROUP, TEMPLATE, USER, Door

pytestmark = pytest.mark.django_db

PATHS = [
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/ResourceTypes/Group",
    "/Schemas",
    f"/Schemas/{USER}",
    f"/Schemas/{GROUP}",
    f"/Schemas/{ENTERPRISE}",
    f"/Schemas/{TEMPLATE}",
]


@pytest.fixture
def stranger(db):
    return Door(None)


def schema_ids(answer):
    return {schema["id"] for schema in answer["Resources"]}


@pytest.mark.parametrize("path", PATHS)
def test_what_the_server_can_do_is_told_to_all(stranger, path):
    answer = stranger.get(path)

    assert answer.status == 200
    assert stranger.send("HEAD", path).status == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_token_of_a_company_without_fields_of_its_own_is_told_the_same(stranger, scim, path):
    assert scim.get(path).body == stranger.get(path).body


def test_everything_else_stays_closed_to_strangers(stranger, unchanged):
    with unchanged():
        for path in ("/Users", "/Users/tea_1", "/Groups", "/Groups/cir_1", "/Me", "/Nothing", ""):
            assert stranger.get(path).status == 401, path
        for path in ("/Users", "/Groups", "/.search", "/Users/.search", "/Bulk"):
            assert stranger.post(path, {"userName": "a"}).status == 401, path


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "nonsense", "Basic YWxhZGRpbjpvcGVuc2VzYW1l", "Bearer", "Bearer ", ""]
)
def test_a_token_that_does_not_hold_is_refused_here_too(stranger, header):
    for path in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes"):
        assert stranger.get(path, authorization=header).status == 401


def test_a_revoked_token_and_one_without_the_scope_are_refused_here_too(company, scim):
    revoke_token(company, scim.token.pk, actor=SYSTEM)
    limited = Door(ApiTokenFactory(company=company, scopes=[Scope.PROVISIONING]))

    assert scim.get("/Schemas").status == 401
    assert limited.get("/Schemas").status == 403
    assert Door.of(CompanyFactory(plan="starter")).get("/ServiceProviderConfig").status == 403


def test_custom_fields_are_told_to_their_own_company_alone(company, scim, other_scim, stranger):
    shoe = CustomFieldFactory(company=company, name="Shoe size", kind=FieldKind.NUMBER)

    (schema,) = [found for found in scim.get("/Schemas")["Resources"] if found["id"] == FIELDS]
    assert [(attribute["name"], attribute["type"]) for attribute in schema["attributes"]] == [
        (shoe.public_id, "decimal")
    ]
    assert scim.get(f"/Schemas/{FIELDS}").status == 200
    extensions = scim.get("/ResourceTypes/User")["schemaExtensions"]
    assert {"schema": FIELDS, "required": False} in extensions
    for other in (other_scim, stranger):
        assert FIELDS not in schema_ids(other.get("/Schemas"))
        assert other.get(f"/Schemas/{FIELDS}").status == 404
        assert FIELDS not in other.get("/ResourceTypes").content.decode()


def member_parts(door):
    (members,) = [a for a in door.get(f"/Schemas/{GROUP}")["attributes"] if a["name"] == "members"]
    return {sub["name"] for sub in members["subAttributes"]}


def test_a_company_that_shows_no_member_urls_publishes_none(company, scim, other_scim, stranger):
    assert "$ref" in member_parts(scim)

    company.show_member_refs = False
    company.save()

    assert "$ref" not in member_parts(scim)
    assert "$ref" not in str([s for s in scim.get("/Schemas")["Resources"] if s["id"] == GROUP])
    assert "$ref" in member_parts(other_scim)
    assert "$ref" in member_parts(stranger)


def test_locations_are_where_things_are_and_without_the_flag(stranger):
    for path in PATHS:
        body = stranger.get(f"{path}?aadOptscim062020").body
        for thing in body.get("Resources", [body]):
            assert stranger.get(thing["meta"]["location"].partition("/v2")[2]).body == thing


def test_resource_types_name_schemas_that_are_there(stranger):
    published = schema_ids(stranger.get("/Schemas"))

    for resource_type in stranger.get("/ResourceTypes")["Resources"]:
        named = {resource_type["schema"], *(e["schema"] for e in resource_type["schemaExtensions"])}
        assert named <= published


@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes", "/ResourceTypes/User", f"/Schemas/{USER}"])
def test_a_filter_is_refused_and_paging_and_sorting_are_ignored(stranger, path):
    refused = stranger.get(path, {"filter": 'id eq "User"'})
    assert refused.status == 403
    plain = stranger.get(path)

    assert stranger.get(path, {"startIndex": 5, "count": 1, "sortBy": "id", "cursor": ""}).body == plain.body


def test_discovery_leaves_no_entry_in_the_log(scim, stranger):
    for path in PATHS:
        scim.get(path)
        stranger.get(path)

    assert not LogEntry.objects.exists()
