"""What the server says about itself is true (RFC 7644 §4, RFC 7643 §5 to §7)."""

import pytest

from teammates.models import Company, FieldKind
from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import DESCRIPTION, ENTERPRISE, FIELDS, GROUP, LIST, TEMPLATE, USER, Door, op

pytestmark = pytest.mark.django_db


def by_name(attributes):
    return {attribute["name"]: attribute for attribute in attributes}


@pytest.fixture
def schemas(scim):
    return lambda door=scim: {schema["id"]: schema for schema in door.get("/Schemas")["Resources"]}


def test_the_lists_are_list_responses(scim):
    for path, ids in (
        ("/ResourceTypes", ["User", "Group"]),
        ("/Schemas", [USER, ENTERPRISE, TEMPLATE, GROUP, DESCRIPTION]),
    ):
        answer = scim.get(path)

        assert answer["schemas"] == [LIST]
        assert answer["totalResults"] == answer["itemsPerPage"] == len(answer["Resources"])
        assert (answer["startIndex"], answer.ids) == (1, ids)


def test_each_thing_is_found_at_its_location(scim):
    for path in ("/ResourceTypes", "/Schemas"):
        for thing in scim.get(path)["Resources"]:
            location = thing["meta"]["location"].removeprefix("http://testserver/v2")
            assert scim.get(location).body == thing
            assert (
                scim.get(
                    location.swapcase().replace("/sCHEMAS", "/Schemas").replace("/rESOURCEtYPES", "/ResourceTypes")
                ).body
                == thing
            )


@pytest.mark.parametrize("path", ["/Schemas/urn:nothing", "/ResourceTypes/Nothing"])
def test_what_is_not_there_is_404(scim, path):
    assert scim.get(path).status == 404


@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes", "/ResourceTypes/User", "/ServiceProviderConfig"])
def test_discovery_cannot_be_filtered(scim, path):
    assert scim.get(path, 'filter=name eq "User"').status == 403


def test_resource_types_name_their_schemas(scim):
    user, group = scim.get("/ResourceTypes")["Resources"]

    assert (user["endpoint"], user["schema"]) == ("/Users", USER)
    assert [extension["schema"] for extension in user["schemaExtensions"]] == [ENTERPRISE, TEMPLATE]
    assert (group["endpoint"], group["schema"]) == ("/Groups", GROUP)
    assert group["schemaExtensions"] == [{"schema": DESCRIPTION, "required": False}]


CHARACTERISTICS = {
    "mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
    "returned": {"always", "never", "default", "request"},
    "uniqueness": {"none", "server", "global"},
    "type": {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"},
}


def test_every_attribute_has_every_characteristic(schemas):
    def check(attribute):
        for name, values in CHARACTERISTICS.items():
            assert attribute[name] in values, attribute
        for name in ("multiValued", "required", "caseExact"):
            assert isinstance(attribute[name], bool)
        assert attribute["description"]
        assert ("subAttributes" in attribute) == (attribute["type"] == "complex")
        assert ("referenceTypes" in attribute) == (attribute["type"] == "reference")
        for sub in attribute.get("subAttributes", []):
            check(sub)

    for schema in schemas().values():
        for attribute in schema["attributes"]:
            check(attribute)


def test_the_attributes_that_decide_who_somebody_is_are_told_rightly(schemas):
    users, groups = by_name(schemas()[USER]["attributes"]), by_name(schemas()[GROUP]["attributes"])

    assert (users["userName"]["required"], users["userName"]["uniqueness"], users["userName"]["caseExact"]) == (
        True, "server", False,
    )  # fmt: skip
    assert users["groups"]["mutability"] == "readOnly"
    assert "password" not in users
    assert groups["displayName"]["required"] is True
    assert by_name(schemas()[TEMPLATE]["attributes"])["template"]["mutability"] == "immutable"


ENTRA = [
    (USER, "externalId"), (GROUP, "externalId"), (USER, "userName"), (USER, "active"),
    (USER, "displayName"), (USER, "title"), (USER, "emails.value"),
    (USER, "preferredLanguage"), (USER, "name.givenName"), (USER, "name.familyName"), (USER, "name.formatted"),
    (USER, "addresses.formatted"), (USER, "addresses.streetAddress"), (USER, "addresses.locality"),
    (USER, "addresses.region"), (USER, "addresses.postalCode"), (USER, "addresses.country"),
    (USER, "phoneNumbers.value"), (USER, "roles.value"), (ENTERPRISE, "employeeNumber"), (ENTERPRISE, "department"),
    (ENTERPRISE, "manager.value"), (TEMPLATE, "template"), (GROUP, "displayName"), (GROUP, "members.value"),
    (DESCRIPTION, "description"),
]  # fmt: skip


@pytest.mark.parametrize(("urn", "path"), ENTRA)
def test_every_attribute_an_admin_maps_in_entra_is_published(schemas, urn, path):
    name, _, sub = path.partition(".")
    attribute = by_name(schemas()[urn]["attributes"])[name]

    assert not sub or sub in by_name(attribute["subAttributes"])


def test_of_the_common_attributes_those_that_can_be_mapped_are_published(schemas):
    """Microsoft's gallery tests count: a group schema must show no fewer attributes than a mapping has."""
    for urn in (USER, GROUP):
        shown = by_name(schemas()[urn]["attributes"])
        assert (shown["id"]["mutability"], shown["id"]["returned"]) == ("readOnly", "always")
        assert (shown["externalId"]["mutability"], shown["externalId"]["caseExact"]) == ("readWrite", True)
        assert not shown.keys() & {"meta", "schemas"}


@pytest.mark.parametrize(
    ("name", "types"), [("emails", {"work", "home", "other"}), ("phoneNumbers", {"mobile", "fax"})]
)
def test_the_types_that_paths_select_by_are_canonical_values(schemas, name, types):
    subs = by_name(by_name(schemas()[USER]["attributes"])[name]["subAttributes"])

    assert types <= set(subs["type"]["canonicalValues"])


def test_a_company_can_leave_the_url_of_members_out(scim, company, schemas):
    """Microsoft's validator cannot read a schema that has it."""
    ada = TeammateFactory(company=company)
    group = TeammateGroupFactory(company=company, with_members=[ada])
    members = by_name(schemas()[GROUP]["attributes"])["members"]
    assert "$ref" in by_name(members["subAttributes"])
    assert "$ref" in scim.read(group)["members"][0]

    Company.objects.filter(pk=company.pk).update(show_member_refs=False)

    members = by_name(schemas()[GROUP]["attributes"])["members"]
    assert "$ref" not in by_name(members["subAttributes"])
    assert scim.read(group)["members"] == [{"value": ada.public_id, "type": "User"}]


KINDS = {
    FieldKind.TEXT: "string", FieldKind.NUMBER: "decimal", FieldKind.YES_NO: "boolean", FieldKind.DROPDOWN: "string",
    FieldKind.TEAMMATE: "reference", FieldKind.INBOX: "string",
}  # fmt: skip


def test_a_companys_custom_fields_are_published_by_id_and_kind(scim, company, schemas):
    fields = {
        kind: CustomFieldFactory(company=company, kind=kind, options=["a", "b"] if kind == FieldKind.DROPDOWN else [])
        for kind in FieldKind
    }

    published = by_name(schemas()[FIELDS]["attributes"])

    assert {kind: published[field.public_id]["type"] for kind, field in fields.items()} == KINDS
    assert published[fields[FieldKind.DROPDOWN].public_id]["canonicalValues"] == ["a", "b"]
    assert FIELDS in [e["schema"] for e in scim.get("/ResourceTypes/User")["schemaExtensions"]]


def test_the_configuration_tells_what_works(scim, company):
    config = scim.get("/ServiceProviderConfig").body
    made = scim.create_user()
    path = f"/Users/{made['id']}"

    assert config["patch"]["supported"] is (scim.patch(path, op("replace", "title", "x")).status == 200) is True
    assert config["etag"]["supported"] is (scim.get(path, if_none_match='W/"2"').status == 304) is True
    assert config["sort"]["supported"] is (scim.get("/Users", "sortBy=userName").status == 200) is True
    assert config["filter"]["supported"] is True
    assert len(scim.get("/Users", {"count": 10**6}).ids) <= config["filter"]["maxResults"]
    assert config["bulk"]["supported"] is (scim.post("/Bulk", {}).status != 501) is True
    assert config["changePassword"]["supported"] is False
    assert (config["pagination"]["cursor"], config["pagination"]["index"]) == (True, True)
    assert config["pagination"]["defaultPaginationMethod"] == "index"
    assert [scheme["type"] for scheme in config["authenticationSchemes"]] == ["oauthbearertoken"]
    assert config["meta"]["location"] == "http://testserver/v2/ServiceProviderConfig"


def test_discovery_needs_no_token_and_tells_a_stranger_nothing_of_a_company(company):
    CustomFieldFactory(company=company, name="Shoe size")
    stranger = Door(None)

    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig", f"/Schemas/{USER}"):
        answer = stranger.get(path)
        assert answer.status == 200
        assert b"Shoe size" not in answer.content
    assert stranger.get(f"/Schemas/{FIELDS}").status == 404


def test_discovery_refuses_a_token_that_does_not_hold(company):
    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        assert Door("wrong").get(path).status == 401
