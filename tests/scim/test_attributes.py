"""The table of attributes: finding one by its path, and what /Schemas will say (RFC 7643)."""

import pytest

from scim.attributes import (
    CORE,
    CUSTOM_FIELDS_URN,
    ENTERPRISE_URN,
    EXTENSION,
    GROUP,
    GROUP_URN,
    TEAMMATE_GROUP_URN,
    TEAMMATE_URN,
    USER,
    USER_URN,
    Attribute,
    user_resource,
)
from tests.scim.patching import attribute


@pytest.mark.parametrize(
    ("path", "urn", "name"),
    [
        ("userName", USER_URN, "userName"),
        ("USERNAME", USER_URN, "userName"),
        ("name.givenName", USER_URN, "name.givenName"),
        ("Name.GIVENname", USER_URN, "name.givenName"),
        ("emails.value", USER_URN, "emails.value"),
        ("roles.displayName", USER_URN, "roles.display"),
        ("externalId", USER_URN, "externalId"),
        ("meta.lastModified", USER_URN, "meta.lastModified"),
        ("id", USER_URN, "id"),
        ("schemas", USER_URN, "schemas"),
        (f"{USER_URN}:userName", USER_URN, "userName"),
        (f"{USER_URN}:name.familyName", USER_URN, "name.familyName"),
        (f"{USER_URN.upper()}:username", USER_URN, "userName"),
        (f"{ENTERPRISE_URN}:department", ENTERPRISE_URN, "department"),
        (f"{ENTERPRISE_URN.lower()}:Manager.Value", ENTERPRISE_URN, "manager.value"),
        (f"{EXTENSION}enterprise:2.0User:manager", ENTERPRISE_URN, "manager"),
        (f"{TEAMMATE_URN}:template", TEAMMATE_URN, "template"),
        (f"{TEAMMATE_URN}:2.0:User:template", TEAMMATE_URN, "template"),
        (f"{EXTENSION}frontapp:2.0:User:template", TEAMMATE_URN, "template"),
    ],
)
def test_a_path_names_its_attribute_in_any_case_with_or_without_urn(path, urn, name):
    found = USER.find(path)
    assert found is not None
    assert found.urn == urn
    assert ".".join(part.name for part in (found.attribute, found.sub) if part) == name


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        ":",
        "colour",
        "name.",
        "name.colour",
        "userName.value",
        "members",
        USER_URN,
        ENTERPRISE_URN,
        f"{ENTERPRISE_URN}:",
        f"{ENTERPRISE_URN}:userName",
        f"{ENTERPRISE_URN}x:department",
        f"{USER_URN}.userName",
        f"{CUSTOM_FIELDS_URN}:fld_1",
        "urn:ietf:params:scim:schemas:extension:acme:2.0:User:colour",
    ],
)
def test_a_path_that_names_nothing_finds_nothing(path):
    assert USER.find(path) is None


def test_the_longest_schema_urn_wins_and_no_dot_splits_a_urn():
    teammate = USER.split(f"{TEAMMATE_URN}:2.0:User:template")
    assert teammate is not None
    assert (teammate[0].urn, teammate[1]) == (TEAMMATE_URN, "template")
    fields = user_resource([Attribute("fld_1")]).split(f"{CUSTOM_FIELDS_URN}:fld_1")
    assert fields is not None
    assert (fields[0].urn, fields[1]) == (CUSTOM_FIELDS_URN, "fld_1")


def test_an_attribute_of_an_extension_is_found_by_its_bare_name_too():
    """As Microsoft's examples write `manager`."""
    for name in ("manager", "MANAGER.value", "department"):
        assert USER.find(name) == USER.find(f"{ENTERPRISE_URN}:{name}")


def test_an_extension_is_known_by_its_urn_and_variants_alone():
    assert USER.extension(TEAMMATE_URN.upper()) is USER.extension(f"{EXTENSION}frontapp:2.0:User")
    assert USER.extension(USER_URN) is None
    assert USER.extension(f"{ENTERPRISE_URN}:manager") is None
    found = GROUP.extension(TEAMMATE_GROUP_URN)
    assert found is not None
    assert found.urn == TEAMMATE_GROUP_URN


def test_custom_fields_belong_to_the_company_that_has_them():
    resource = user_resource([Attribute("fld_co0e", "boolean", column="custom_fields")])
    found = resource.find(f"{CUSTOM_FIELDS_URN}:FLD_co0e")
    assert found is not None
    assert (found.urn, found.attribute.name) == (CUSTOM_FIELDS_URN, "fld_co0e")
    assert [schema.urn for schema in resource.extensions] == [ENTERPRISE_URN, TEAMMATE_URN, CUSTOM_FIELDS_URN]
    assert [schema.urn for schema in USER.extensions] == [ENTERPRISE_URN, TEAMMATE_URN]


@pytest.mark.parametrize("schema", [*USER.schemas, *GROUP.schemas], ids=lambda schema: schema.name)
def test_a_published_schema_has_every_characteristic_and_no_null(schema):
    shown = schema.as_schema_dict()
    assert (shown["id"], shown["name"], shown["schemas"]) == (schema.urn, schema.name, [CORE + "Schema"])

    def check(facts):
        assert None not in facts.values()
        assert facts["mutability"] in {"readOnly", "readWrite", "immutable", "writeOnly"}
        assert facts["returned"] in {"always", "never", "default", "request"}
        assert facts["uniqueness"] in {"none", "server", "global"}
        assert facts["description"].endswith(".")
        assert (facts["type"] == "complex") == ("subAttributes" in facts)
        for sub in facts.get("subAttributes", ()):
            check(sub)

    for facts in shown["attributes"]:
        check(facts)


def _published(schema, *names):
    attributes = schema.as_schema_dict()["attributes"]
    for name in names[:-1]:
        attributes = next(a for a in attributes if a["name"] == name)["subAttributes"]
    return next((a for a in attributes if a["name"] == names[-1]), None)


def test_the_published_facts_of_the_rfc():
    user_name = _published(USER.schema, "userName")
    assert (user_name["required"], user_name["caseExact"], user_name["uniqueness"]) == (True, False, "server")
    assert _published(USER.schema, "active")["required"] is True
    assert _published(USER.schema, "emails", "type")["canonicalValues"] == ["work", "home", "other"]
    assert "mobile" in _published(USER.schema, "phoneNumbers", "type")["canonicalValues"]
    assert _published(USER.schema, "groups")["mutability"] == "readOnly"
    assert _published(USER.extensions[0], "manager", "displayName")["mutability"] == "readOnly"
    assert _published(USER.extensions[1], "template")["mutability"] == "immutable"
    assert _published(GROUP.schema, "displayName")["required"] is True
    assert GROUP.schema.urn == GROUP_URN


def test_what_is_not_kept_is_not_published():
    assert _published(USER.schema, "password") is None
    assert _published(GROUP.schema, "members", "value") is not None


def test_ids_compare_exactly_and_logins_do_not():
    exact = {name: attribute(name).case_exact for name in ("id", "externalId", "userName", "displayName")}
    assert exact == {"id": True, "externalId": True, "userName": False, "displayName": False}
