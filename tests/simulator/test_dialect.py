"""The bodies Entra sends, in both spellings."""

import pytest

from frontprov.simulator import dialect
from frontprov.simulator.mapping import (
    DESCRIPTION,
    ENTERPRISE,
    MANAGER,
    TEMPLATE,
    USER_MAPPINGS,
    Attributes,
    Change,
    changes,
    map_object,
)
from frontprov.simulator.paths import parse_path
from frontprov.simulator.tenant import Person, Status

ADA = Person(
    object_id="o-1",
    user_principal_name="ada@example.com",
    mail_nickname="ada",
    given_name="Ada",
    surname="Lovelace",
    display_name="Ada Lovelace",
    department="R&D",
    telephone="+1 555",
    mobile="+49 151",
    app_role="Support squad: tea_6nvkx",
)


def operations(body):
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    return body["Operations"]


def test_a_user_is_created_as_the_mapping_page_says():
    body = dialect.create_user(map_object(USER_MAPPINGS, ADA, creating=True), flag=True)
    assert body == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "meta": {"resourceType": "User"},
        "roles": [],
        "userName": "ada@example.com",
        "active": True,
        "displayName": "Ada Lovelace",
        "emails": [{"type": "work", "value": "ada@example.com", "primary": True}],
        "name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"},
        "phoneNumbers": [
            {"type": "work", "value": "+1 555", "primary": True},
            {"type": "mobile", "value": "+49 151"},
        ],
        "externalId": "ada",
        ENTERPRISE: {"department": "R&D"},
        "urn:ietf:params:scim:schemas:extension:frontapp:teammate": {"template": "Support squad: tea_6nvkx"},
    }


def test_without_the_flag_to_lower_makes_active_a_string():
    assert dialect.create_user({"active": True}, flag=False)["active"] == "true"


def test_external_id_and_template_are_sent_on_creation_only():
    assert not {"externalId", TEMPLATE} & map_object(USER_MAPPINGS, ADA).keys()


def test_a_group_is_created_empty_with_its_description_nested():
    body = dialect.create_group({"displayName": "G", "externalId": "o-2", DESCRIPTION: "Text"})
    assert body == {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:Group",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "meta": {"resourceType": "Group"},
        "displayName": "G",
        "externalId": "o-2",
        "urn:ietf:params:scim:schemas:extension:frontapp:group": {"description": "Text"},
    }


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (True, {"op": "replace", "path": "active", "value": False}),
        (False, {"op": "Replace", "path": "active", "value": "false"}),
    ],
)
def test_disabling(flag, expected):
    body = dialect.update([Change("replace", "active", False, True)], flag=flag)
    assert operations(body) == [expected]


MOVE = [
    Change("replace", "displayName", "Bjfe", "Old"),
    Change("replace", "name.givenName", "Kkom", "Old"),
    Change("replace", f"{ENTERPRISE}:employeeNumber", "Aklq", "1"),
    Change("add", "title", "Lead"),
    Change("replace", 'emails[type eq "work"].value', "a@b", "old@b"),
    Change("add", 'addresses[type eq "work"].formatted', "18/2111"),
    Change("remove", 'phoneNumbers[type eq "fax"].value', old="+33"),
]


def test_with_the_flag_plain_attributes_share_one_operation_without_a_path():
    assert operations(dialect.update(MOVE, flag=True)) == [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@b"},
        {"op": "add", "path": 'addresses[type eq "work"].formatted', "value": "18/2111"},
        {"op": "remove", "path": 'phoneNumbers[type eq "fax"].value'},
        {
            "op": "replace",
            "value": {
                "displayName": "Bjfe",
                "name.givenName": "Kkom",
                f"{ENTERPRISE}:employeeNumber": "Aklq",
            },
        },
        {"op": "add", "value": {"title": "Lead"}},
    ]


def test_without_the_flag_each_attribute_has_its_operation_and_removal_carries_the_old_value():
    assert operations(dialect.update(MOVE, flag=False)) == [
        {"op": "Replace", "path": "displayName", "value": "Bjfe"},
        {"op": "Replace", "path": "name.givenName", "value": "Kkom"},
        {"op": "Replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "Aklq"},
        {"op": "Add", "path": "title", "value": "Lead"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "a@b"},
        {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "18/2111"},
        {"op": "Remove", "path": 'phoneNumbers[type eq "fax"].value', "value": "+33"},
    ]


@pytest.mark.parametrize(
    ("new", "old", "flag", "expected"),
    [
        ("m1", None, False, {"op": "Add", "path": MANAGER, "value": "m1"}),
        ("m2", "m1", False, {"op": "Replace", "path": MANAGER, "value": "m2"}),
        (None, "m1", False, {"op": "Remove", "path": MANAGER}),
        ("m1", None, True, {"op": "add", "path": MANAGER, "value": "m1"}),
        (None, "m1", True, {"op": "replace", "path": MANAGER, "value": ""}),
    ],
)
def test_the_manager_is_a_bare_id(new, old, flag, expected):
    assert operations(dialect.set_manager(new, old, flag=flag)) == [expected]


def test_members_are_removed_by_list_without_the_flag_and_by_filter_with_it():
    assert operations(dialect.change_members(["b"], ["a", "c"], flag=False)) == [
        {
            "op": "Remove",
            "path": "members",
            "value": [{"$ref": None, "value": "a"}, {"$ref": None, "value": "c"}],
        },
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "b"}]},
    ]
    assert operations(dialect.change_members(["b"], ["a", "c"], flag=True)) == [
        {"op": "remove", "path": 'members[value eq "a"]'},
        {"op": "remove", "path": 'members[value eq "c"]'},
        {"op": "add", "path": "members", "value": [{"$ref": None, "value": "b"}]},
    ]


def test_only_what_differs_is_written_and_what_is_missing_is_added():
    shown = {"USERNAME": "ada@example.com", "active": True, "displayName": "Ada L.", "emails": []}
    wanted: Attributes = {
        "userName": "ada@example.com",
        "active": True,
        "displayName": "Ada",
        "title": "Lead",
        'emails[type eq "work"].value': "ada@example.com",
    }
    assert changes(shown, wanted, ['phoneNumbers[type eq "fax"].value']) == [
        Change("replace", "displayName", "Ada", "Ada L."),
        Change("add", "title", "Lead"),
        Change("add", 'emails[type eq "work"].value', "ada@example.com"),
    ]


def test_null_is_never_provisioned():
    nobody = Person("o", "n@example.com", "n", "N", "N", "N", status=Status.DISABLED)
    assert None not in map_object(USER_MAPPINGS, nobody, creating=True).values()


def test_an_extension_attribute_is_cut_at_its_last_colon():
    path = parse_path(MANAGER)
    assert (path.schema, path.name) == (ENTERPRISE, "manager")
    assert path.read({ENTERPRISE.lower(): {"Manager": {"value": "m"}}}) == {"value": "m"}
