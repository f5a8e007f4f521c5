"""What clients really send becomes canonical SCIM: shapes of bodies, refusals, remarks (RFC 7644 §3.3, §3.5, §3.12)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim.attributes import (
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
from scim.dialect import read_patch, read_resource
from scim.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    ScimError,
    TooMany,
)
from scim.group_plan import group_changes
from scim.patch import apply
from tests.scim.patching import ada, body, patched, read

BLOCK = {"op": "Replace", "path": "active", "value": "False"}


def created(sent, resource=USER):
    return read_resource({"userName": "ada", **sent}, resource, replacing=False)


@pytest.mark.parametrize(
    "sent",
    [
        {"Operations": [BLOCK]},
        {"operations": [BLOCK]},
        {"OPERATIONS": BLOCK},
        {"schemas": None, "Operations": [BLOCK]},
        {"schemas": "urn:nonsense", "Operations": [BLOCK]},
        {"schemas": [7], "Operations": [BLOCK], "more": {}},
        {"Operations": [{"OP": "REPLACE", "Path": "ACTIVE", "VALUE": False}]},
        {"Operations": [{"op": "add", "path": "active", "value": "FALSE"}]},
        {"Operations": [{"op": "replace", "path": None, "value": {"active": "false"}}]},
        {"Operations": [{"op": "replace", "path": "", "value": {"Active": False}}]},
        {"Operations": [{"op": "replace", "path": f"{USER_URN}:active", "value": False}]},
        {"Operations": [{"op": "replace", "path": USER_URN, "value": {"active": False}}]},
        {"Operations": [{"op": "replace", "value": {USER_URN: {"active": False}}}]},
        {"Operations": [{"op": "replace", "value": {f"{USER_URN}:active": False}}]},
    ],
)
def test_a_body_blocks_in_every_spelling_of_entra_and_okta(sent):
    patch = read_patch(sent, USER)
    assert apply(patch.operations, ada()) == ada(active=False)
    assert patch.remarks == []


@pytest.mark.parametrize(
    ("sent", "error", "reason"),
    [
        (None, InvalidSyntax, "must be an object"),
        ([BLOCK], InvalidSyntax, "not a list"),
        ("x", InvalidSyntax, "not a string"),
        ({}, InvalidSyntax, "needs Operations"),
        ({"Operations": []}, InvalidSyntax, "at least one"),
        ({"Operations": "x"}, InvalidSyntax, "needs Operations"),
        ({"Operations": [5]}, InvalidSyntax, "must be an object"),
        ({"Operations": [{}]}, InvalidSyntax, "needs op"),
        ({"Operations": [{"op": "move", "path": "title"}]}, InvalidSyntax, '"move"'),
        ({"Operations": [{"op": 5, "path": "title"}]}, InvalidSyntax, "not a number"),
        ({"Operations": [{"op": "add", "path": 5, "value": 1}]}, InvalidPath, "path must be a string"),
        ({"Operations": [{"op": "add", "path": "title"}]}, InvalidValue, "needs a value"),
        ({"Operations": [{"op": "add", "path": "emails[", "value": "x"}]}, InvalidPath, "cannot be read"),
        ({"Operations": [{"op": "add", "path": "a b", "value": "x"}]}, InvalidPath, "cannot be read"),
        ({"Operations": [{"op": "add", "path": "title[value pr]", "value": "x"}]}, InvalidPath, "one value"),
        ({"Operations": [{"op": "add", "path": "name[givenName pr]", "value": "x"}]}, InvalidPath, "one value"),
        ({"Operations": [{"op": "add", "path": "emails[primary gt true]", "value": "x"}]}, InvalidFilter, "primary"),
        ({"Operations": [{"op": "add", "value": {"emails[type": "x"}}]}, InvalidPath, "cannot be read"),
        ({"Operations": [{"op": "add", "value": "x"}]}, InvalidValue, "Without a path"),
        ({"Operations": [{"op": "add", "value": ["x"]}]}, InvalidValue, "Without a path"),
        ({"Operations": [{"op": "remove"}]}, NoTarget, "needs a path"),
        ({"Operations": [{"op": "remove", "value": {"title": "x"}}]}, NoTarget, "needs a path"),
        ({"Operations": [{"op": "remove", "path": USER_URN}]}, NoTarget, "core schema"),
        ({"Operations": [{"op": "add", "path": ENTERPRISE_URN, "value": "x"}]}, InvalidValue, "must hold an object"),
        ({"Operations": [{"op": "add", "value": {ENTERPRISE_URN: ["x"]}}]}, InvalidValue, "must hold an object"),
        ({"Operations": [{"op": "replace", "path": "active", "value": "maybe"}]}, InvalidValue, "active must be"),
        ({"Operations": [{"op": "replace", "path": "title", "value": 5}]}, InvalidValue, "title must be"),
        ({"Operations": [{"op": "replace", "path": "title", "value": {"a": 1}}]}, InvalidValue, "title must be"),
        ({"Operations": [{"op": "replace", "path": "name", "value": "Ada"}]}, InvalidValue, "name must be"),
        ({"Operations": [{"op": "replace", "path": "name.givenName", "value": 5}]}, InvalidValue, "name.givenName"),
        ({"Operations": [{"op": "replace", "path": "title", "value": "a\x00"}]}, InvalidValue, "NUL"),
        ({"Operations": [{"op": "replace", "path": "colour", "value": "\ud800"}]}, InvalidValue, "surrogate"),
        ({"Operations": [{"op": "replace", "path": "userName", "value": None}]}, InvalidValue, "cannot be empty"),
        ({"Operations": [{"op": "replace", "path": "userName", "value": " "}]}, InvalidValue, "cannot be empty"),
        ({"Operations": [{"op": "replace", "path": "active", "value": ""}]}, InvalidValue, "cannot be empty"),
        (
            {"Operations": [{"op": "add", "path": 'emails[type eq "work"]', "value": ["a", "b"]}]},
            InvalidValue,
            "2 were",
        ),
        ({"Operations": [{"op": "add", "path": f"{ENTERPRISE_URN}:manager", "value": ["a", "b"]}]}, InvalidValue, "2"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(sent, error, reason):
    with pytest.raises(error) as refused:
        read_patch(sent, USER)
    assert reason in refused.value.detail
    assert refused.value.to_dict()["status"] == "400"


def test_a_thousand_operations_are_read_and_one_more_is_refused():
    assert len(read(*[BLOCK] * 1_000).operations) == 1_000
    with pytest.raises(TooMany, match="send at most 1000"):
        read(*[BLOCK] * 1_001)


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize("path", ["id", "meta", "meta.created", "schemas", "groups", "groups[value pr]"])
def test_a_path_to_what_is_read_only_is_refused(op, path):
    with pytest.raises(Mutability, match="read-only"):
        read({"op": op, "path": path, "value": "x"})


def test_the_name_of_the_manager_is_read_only():
    with pytest.raises(Mutability):
        read({"op": "replace", "path": f"{ENTERPRISE_URN}:manager.displayName", "value": "Grace"})


def test_okta_sends_read_only_attributes_along_and_asks_for_no_change_of_them():
    sent = {"id": "tea_1", "schemas": [USER_URN], "meta": {"version": "1"}, "groups": [], "active": False}
    patch = read({"op": "replace", "value": sent})
    assert [operation.target.attribute.name for operation in patch.operations] == ["active"]
    assert patch.remarks == []


@pytest.mark.parametrize(
    ("odd", "remark"),
    [
        ({"op": "Add", "path": "colour", "value": "red"}, '"colour" is no attribute of User here: ignored.'),
        ({"op": "Add", "path": "name.colour", "value": "red"}, '"name.colour" is no attribute'),
        ({"op": "Add", "path": "userName.value", "value": "red"}, '"userName.value" is no attribute'),
        ({"op": "Add", "path": 'colours[type eq "x"].value', "value": 5}, '"colours.value" is no attribute'),
        ({"op": "Add", "path": 'emails[colour eq "x"].value', "value": "a"}, 'emails has no sub-attribute "colour"'),
        ({"op": "Add", "path": "urn:acme:2.0:User:colour", "value": "red"}, '"urn:acme:2.0:User:colour" is no'),
        ({"op": "Add", "path": f"{ENTERPRISE_URN}:colour", "value": "red"}, ":colour"),
        ({"op": "Add", "path": "emails", "value": {"value": "a@x", "colour": "red"}}, 'no sub-attribute "colour"'),
        ({"op": "Add", "value": {"colour": "red", "active": True}}, '"colour" is no attribute'),
        ({"op": "Add", "value": {"9 odd keys!": 1}}, '"9 odd keys!" is no attribute'),
        ({"op": "Add", "value": {"urn:acme:2.0:User": {"colour": "red"}}}, '"urn:acme:2.0:User" is no attribute'),
        ({"op": "Add", "value": {ENTERPRISE_URN: {"colour": "red"}}}, ":colour"),
        ({"op": "Remove", "path": "colour"}, '"colour" is no attribute'),
        ({"op": "Add", "path": f"{TEAMMATE_URN}:template", "value": "tea_9"}, "template applies only at creation"),
        ({"op": "Replace", "value": {TEAMMATE_URN: {"template": "tea_9"}}}, "template applies only at creation"),
        ({"op": "Replace", "path": "password", "value": "hunter2"}, "password is not kept"),
        ({"op": "Remove", "path": "emails", "value": []}, "named no value"),
    ],
)
def test_one_odd_mapping_leaves_a_remark_and_never_stops_the_block_beside_it(odd, remark):
    patch = read(odd, BLOCK)
    assert apply(patch.operations, ada())["active"] is False
    assert len(patch.remarks) == 1
    assert remark in patch.remarks[0]
    assert "hunter2" not in patch.remarks[0]


def test_a_custom_field_of_the_company_is_written_by_its_id():
    resource = user_resource(
        [Attribute("fld_1", "boolean"), Attribute("fld_2", "decimal"), Attribute("fld_3", "reference")]
    )
    after = patched(
        {},
        {"op": "Add", "path": f"{CUSTOM_FIELDS_URN}:fld_1", "value": "True"},
        {"op": "Add", "value": {f"{CUSTOM_FIELDS_URN}:FLD_2": "7"}},
        {"op": "Add", "path": CUSTOM_FIELDS_URN, "value": {"fld_3": "tea_1", "fld_4": "?"}},
        resource=resource,
    )
    assert after == {CUSTOM_FIELDS_URN: {"fld_1": True, "fld_2": 7, "fld_3": "tea_1"}}


ENTRA_CREATE = {
    "schemas": [USER_URN, f"{EXTENSION}enterprise:2.0User"],
    "externalId": "0a1b",
    "userName": "ada@example.com",
    "active": "True",
    "displayName": "Ada Lovelace",
    "emails": [{"primary": "True", "type": "work", "value": "ada@example.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
    "addresses": None,
    "title": None,
    "nickName": "",
    "roles": [],
    ENTERPRISE_URN: {"department": "Engines", "manager": "tea_1"},
}
ENTRA_DOCUMENT = {
    "externalId": "0a1b",
    "userName": "ada@example.com",
    "active": True,
    "displayName": "Ada Lovelace",
    "emails": [{"primary": True, "type": "work", "value": "ada@example.com"}],
    "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
    ENTERPRISE_URN: {"department": "Engines", "manager": {"value": "tea_1"}},
}


@pytest.mark.parametrize("replacing", [False, True])
def test_entras_create_becomes_a_canonical_document(replacing):
    document = read_resource(ENTRA_CREATE, USER, replacing=replacing)
    assert document.data == ENTRA_DOCUMENT
    assert document.remarks == []


@pytest.mark.parametrize(
    "sent",
    [
        {TEAMMATE_URN: {"template": "Support squad: tea_9"}},
        {f"{TEAMMATE_URN}:template": "Support squad: tea_9"},
        {f"{TEAMMATE_URN}:2.0:User": {"template": "Support squad: tea_9"}},
        {f"{EXTENSION}frontapp:2.0:User": {"Template": "Support squad: tea_9"}},
        {f"{EXTENSION}FrontApp:2.0:User:template": "Support squad: tea_9"},
    ],
)
def test_the_template_is_read_under_every_form_of_its_urn(sent):
    assert created(sent).data[TEAMMATE_URN] == {"template": "Support squad: tea_9"}
    replaced = read_resource({"userName": "ada", **sent}, USER, replacing=True)
    assert TEAMMATE_URN not in replaced.data
    assert replaced.remarks == ["template applies only at creation: ignored."]


@pytest.mark.parametrize("empty", [None, "", {}, {"template": None}, {"template": ""}])
def test_an_empty_extension_is_no_extension(empty):
    document = created({TEAMMATE_URN: empty})
    assert document.data == {"userName": "ada"}
    assert document.remarks == []


def test_a_template_by_role_is_kept_as_a_role():
    assert created({"roles": [{"value": "tea_9", "type": "template"}]}).data["roles"] == [
        {"value": "tea_9", "type": "template"}
    ]


def test_a_role_without_a_value_is_accepted():
    role = {"primary": "true", "type": "WindowsAzureActiveDirectoryRole"}
    assert created({"roles": [role]}).data["roles"] == [{"primary": True, "type": "WindowsAzureActiveDirectoryRole"}]


@pytest.mark.parametrize("name", ["display", "displayName"])
def test_roles_may_call_their_display_displayname(name):
    assert created({"roles": [{"value": "25", name: "Admin"}]}).data["roles"] == [{"value": "25", "display": "Admin"}]


def test_a_body_may_have_dotted_qualified_and_value_path_names():
    flat = {
        "USERNAME": "ada",
        "name.givenName": "Ada",
        f"{USER_URN}:title": "Countess",
        f"{ENTERPRISE_URN}:department": "Engines",
        'emails[type eq "work"].value': "ada@example.com",
    }
    assert read_resource(flat, USER, replacing=False).data == {
        "userName": "ada",
        "name": {"givenName": "Ada"},
        "title": "Countess",
        ENTERPRISE_URN: {"department": "Engines"},
        "emails": [{"type": "work", "value": "ada@example.com"}],
    }


@pytest.mark.parametrize("sent", [{}, {"userName": None}, {"userName": ""}, {"userName": "  "}])
def test_a_person_needs_a_username(sent):
    for replacing in (False, True):
        with pytest.raises(InvalidValue, match="userName is required"):
            read_resource({"active": True, **sent}, USER, replacing=replacing)


def test_a_username_that_is_no_string_is_refused():
    with pytest.raises(InvalidValue, match="userName must be a string"):
        read_resource({"userName": 5}, USER, replacing=False)


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_active_in_a_resource_is_no_active(empty):
    for sent in ({"active": empty}, {USER_URN: {"active": empty}}):
        assert created(sent).data == {"userName": "ada"}


def test_schemas_nested_in_schemas_are_unknown_however_deep():
    nested: dict = {"title": "Countess"}
    for _ in range(5_000):
        nested = {USER_URN: nested}
    document = created(nested)
    assert document.data == {"userName": "ada"}
    assert len(document.remarks) == 1


@pytest.mark.parametrize("sent", [None, [], "x", 5])
def test_a_resource_is_an_object(sent):
    with pytest.raises(InvalidSyntax, match="must be an object"):
        read_resource(sent, USER, replacing=False)


def test_unknown_attributes_and_the_password_leave_remarks_without_values():
    document = created({"colour": "red", "password": "hunter2", "urn:acme:User": {"x": 1}})
    assert document.data == {"userName": "ada"}
    assert document.remarks == [
        '"colour" is no attribute of User here: ignored.',
        "password is not kept: ignored.",
        '"urn:acme:User" is no attribute of User here: ignored.',
    ]


def test_only_one_of_the_values_sent_stays_primary():
    sent = [{"value": "a@x", "primary": "True"}, {"value": "b@x", "primary": True}, {"value": "c@x", "primary": False}]
    assert [email["primary"] for email in created({"emails": sent}).data["emails"]] == [False, True, False]


def test_entras_group_becomes_a_canonical_document():
    sent = {
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "9f",
        "displayName": "Support",
        "meta": {"resourceType": "Group"},
        TEAMMATE_GROUP_URN: {"description": "First line"},
        "members": [{"value": "tea_1", "display": "Ada"}, {"value": "tea_1"}, "tea_2"],
    }
    document = read_resource(sent, GROUP, replacing=False)
    assert document.data == {
        "externalId": "9f",
        "displayName": "Support",
        TEAMMATE_GROUP_URN: {"description": "First line"},
        "members": [{"value": "tea_1"}, {"value": "tea_2"}],
    }
    assert document.remarks == []
    with pytest.raises(InvalidValue, match="displayName is required"):
        read_resource({"members": []}, GROUP, replacing=True)


def test_a_group_of_twenty_thousand_is_read():
    members = [{"value": f"tea_{number}"} for number in range(20_000)]
    document = read_resource({"displayName": "All", "members": members}, GROUP, replacing=False)
    assert document.data["members"] == members


_paths = st.sampled_from(
    [
        "active",
        "name",
        "name.givenName",
        "emails",
        'emails[type eq "work"].value',
        "emails.value",
        "id",
        "",
        None,
        "members",
        'members[value eq "a"]',
        "members[type pr]",
        ENTERPRISE_URN,
        f"{ENTERPRISE_URN}:manager",
        "roles",
        'roles[primary eq "True"].value',
        TEAMMATE_GROUP_URN,
        USER_URN,
        GROUP_URN,
        "members.type",
        5,
    ]
)
_keys = _paths.map(str) | st.sampled_from(["value", "type", "primary", "$ref", "display"]) | st.text(max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just('{"value":"1"}'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)
_operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["Add", "replace", "REMOVE"]) | _json}, optional={"path": _paths | _json, "value": _json}
)
_bodies = _json | st.lists(_operations | _json, max_size=4).map(lambda operations: body(*operations))


@settings(deadline=None, max_examples=600)
@given(_bodies)
def test_any_body_is_read_or_refused_as_a_scim_error(sent):
    for resource in (USER, GROUP):
        try:
            operations = read_patch(sent, resource).operations
            if resource is GROUP:
                plan = group_changes(operations)
                apply(plan.document_ops, {"displayName": "Support"})
            else:
                apply(operations, ada())
        except ScimError as refused:
            assert refused.status == 400  # noqa: PT017
        for replacing in (False, True):
            try:
                read_resource(sent, resource, replacing=replacing)
            except ScimError as refused:
                assert refused.status == 400  # noqa: PT017
