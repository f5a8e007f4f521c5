"""PATCH of a person, in the shapes that clients send (RFC 7644 §3.5.2)."""

import copy

import pytest

from scim.attributes import ENTERPRISE_URN, TEAMMATE_URN, USER_URN
from scim.errors import InvalidValue, Mutability, NoTarget
from tests.scim.patching import ada, patched, read

WORK = {"type": "work", "value": "ada@example.com", "primary": True}
HOME = {"type": "home", "value": "ada@home.example"}


def add(path, value):
    return {"op": "Add", "path": path, "value": value}


def replace(path, value):
    return {"op": "Replace", "path": path, "value": value}


def remove(path, **more):
    return {"op": "Remove", "path": path, **more}


@pytest.mark.parametrize("value", [False, "False", "false", "FALSE"])
@pytest.mark.parametrize("op", ["Replace", "replace", "Add", "add", "REPLACE"])
def test_entra_blocks_with_a_boolean_or_a_string(op, value):
    after = patched(ada(), {"op": op, "path": "active", "value": value})
    assert after["active"] is False


def test_entra_unblocks_by_add_with_a_string():
    assert patched(ada(active=False), add("active", "True"))["active"] is True


@pytest.mark.parametrize("op", ["add", "replace"])
def test_dotted_names_without_a_path_are_expanded_and_never_stored(op):
    sent = {"displayName": "Bjfe", "name.givenName": "Kkom", "name.formatted": "Kkom Unua"}
    after = patched(ada(), {"op": op, "value": sent})
    assert after == ada(
        displayName="Bjfe", name={"givenName": "Kkom", "familyName": "Lovelace", "formatted": "Kkom Unua"}
    )


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(
    "sent",
    [
        {"value": {f"{ENTERPRISE_URN}:employeeNumber": "Aklq"}},
        {"value": {ENTERPRISE_URN: {"employeeNumber": "Aklq"}}},
        {"value": {ENTERPRISE_URN.lower(): {"EMPLOYEENUMBER": "Aklq"}}},
        {"path": ENTERPRISE_URN, "value": {"employeeNumber": "Aklq"}},
        {"path": f"{ENTERPRISE_URN}:employeeNumber", "value": "Aklq"},
    ],
)
def test_extension_values_arrive_in_every_spelling_and_keep_their_siblings(op, sent):
    after = patched(ada(), {"op": op, **sent})
    assert after[ENTERPRISE_URN] == {"department": "Engines", "employeeNumber": "Aklq"}


def test_a_urn_is_not_split_at_its_version():
    after = patched(ada(), add(f"{ENTERPRISE_URN}:department", "Retail"))
    assert after == ada(**{ENTERPRISE_URN: {"department": "Retail"}})


def test_a_path_may_be_qualified_by_the_core_urn():
    assert patched(ada(), replace(f"{USER_URN}:name.givenName", "Ada B."))["name"]["givenName"] == "Ada B."
    after = patched(ada(), replace(f'{USER_URN}:emails[type eq "work"].value', "b@x"))
    assert after["emails"][0]["value"] == "b@x"


@pytest.mark.parametrize(
    "sent", [{"path": "name", "value": {"givenName": "A."}}, {"value": {"name": {"GivenName": "A."}}}]
)
def test_an_object_changes_only_the_parts_of_the_name_it_has(sent):
    after = patched(ada(), {"op": "replace", **sent})
    assert after["name"] == {"givenName": "A.", "familyName": "Lovelace"}


def test_a_null_part_of_an_object_is_removed_and_an_empty_object_changes_nothing():
    assert patched(ada(), replace("name", {"givenName": None}))["name"] == {"familyName": "Lovelace"}
    assert patched(ada(), replace("name", {})) == ada()
    assert "name" not in patched(ada(), replace("name", None))


def test_name_formatted_is_stored():
    assert patched(ada(), replace("name.formatted", "Countess"))["name"]["formatted"] == "Countess"


@pytest.mark.parametrize("make", [add, replace])
def test_a_work_email_that_is_not_there_is_created(make):
    bare = {"userName": "ada", "active": True}
    after = patched(bare, make('emails[type eq "work"].value', "a@x"))
    assert after["emails"] == [{"type": "work", "value": "a@x"}]


def test_a_work_address_is_added_beside_the_one_at_home():
    home = {"type": "home", "formatted": "Home 1"}
    after = patched(ada(addresses=[home]), add('addresses[type eq "work"].formatted', "18/2111"))
    assert after["addresses"] == [home, {"type": "work", "formatted": "18/2111"}]


def test_five_fragments_of_one_address_build_one_address():
    parts = {"formatted": "f", "streetAddress": "s", "locality": "l", "postalCode": "p", "country": "c"}
    after = patched(ada(), *(add(f'addresses[type eq "work"].{name}', value) for name, value in parts.items()))
    assert after["addresses"] == [{"type": "work", **parts}]


def test_primary_before_value_builds_one_email():
    after = patched(
        {"userName": "ada"},
        add('emails[type eq "work"].primary', "true"),
        add('emails[type eq "work"].value', "a@x"),
    )
    assert after["emails"] == [{"type": "work", "primary": True, "value": "a@x"}]


def test_a_boolean_in_a_filter_is_compared_and_created_as_a_boolean():
    document = ada()
    for value in ("Admin", "Agent"):
        document = patched(document, add('roles[primary eq "True"].value', value))
        assert document["roles"] == [{"primary": True, "value": value}]


def test_an_existing_entry_keeps_its_other_facts():
    after = patched(ada(emails=[WORK, HOME]), replace('emails[type eq "WORK"].value', "new@x"))
    assert after["emails"] == [{**WORK, "value": "new@x"}, HOME]


def test_every_entry_a_filter_selects_changes():
    phones = [{"type": "work", "value": "1"}, {"type": "fax", "value": "2"}, {"type": "mobile", "value": "3"}]
    after = patched(ada(phoneNumbers=phones), replace('phoneNumbers[type ne "fax" and value pr].display', "x"))
    assert [phone.get("display") for phone in after["phoneNumbers"]] == ["x", None, "x"]


def test_replacing_a_selected_entry_by_an_object_replaces_it_but_for_what_selects_it():
    after = patched(ada(emails=[{**WORK, "display": "Ada"}, HOME]), replace('emails[type eq "work"]', {"value": "n@x"}))
    assert after["emails"] == [{"type": "work", "value": "n@x"}, HOME]


@pytest.mark.parametrize("nothing", [None, "", {"value": None}, {"value": "", "type": "work"}])
def test_replacing_a_selected_entry_by_nothing_removes_it(nothing):
    assert patched(ada(emails=[WORK, HOME]), replace('emails[type eq "work"]', nothing))["emails"] == [HOME]
    assert patched(ada(), add('emails[type eq "work"]', {"value": None})) == ada()


def test_adding_an_object_to_a_selected_entry_merges_it():
    after = patched(ada(), add('emails[type eq "work"]', {"display": "Ada"}))
    assert after["emails"] == [{**WORK, "display": "Ada"}]


@pytest.mark.parametrize(
    "path",
    [
        'emails[type eq "x" or type eq "y"].value',
        'emails[type ne "work"].value',
        "emails[not (value pr)].value",
        'emails[type eq "x" and type eq "y"].value',
        'emails[type sw "x"].value',
        "emails[display eq null and type eq null].value",
        'emails[value eq "other@x"].value',
    ],
)
def test_a_filter_that_selects_nothing_and_describes_no_entry_has_no_target(path):
    with pytest.raises(NoTarget):
        patched(ada(), replace(path, "new@x"))


@pytest.mark.parametrize("path", ["emails.value", "EMAILS.Value"])
def test_a_sub_attribute_without_a_filter_is_that_of_every_entry(path):
    assert patched(ada(emails=[WORK, HOME]), replace(path, "n@x"))["emails"] == [
        {**WORK, "value": "n@x"},
        {**HOME, "value": "n@x"},
    ]
    assert patched({"userName": "ada"}, add(path, "n@x"))["emails"] == [{"value": "n@x"}]


def test_of_three_emails_made_primary_in_turn_the_last_is():
    after = patched(
        ada(),
        add('emails[type eq "home"].value', "h@x"),
        add('emails[type eq "home"].primary', True),
        add('emails[type eq "other"].value', "o@x"),
        add('emails[type eq "other"].primary', "True"),
    )
    assert [(email["type"], email["primary"]) for email in after["emails"]] == [
        ("work", False),
        ("home", False),
        ("other", True),
    ]


def test_entries_that_were_never_primary_get_no_primary():
    after = patched(ada(emails=[HOME]), add("emails", [{"value": "w@x", "primary": True}]))
    assert after["emails"] == [HOME, {"value": "w@x", "primary": True}]


@pytest.mark.parametrize(
    "again",
    [WORK, [WORK], {"value": "ada@example.com"}, "ada@example.com", [{"value": "ada@example.com", "type": "work"}]],
)
def test_adding_what_is_there_changes_nothing(again):
    assert patched(ada(), add("emails", again)) == ada()


def test_adding_new_facts_of_a_known_value_does_not_double_it():
    after = patched(ada(), add("emails", {"value": "ada@example.com", "type": "work", "display": "Ada"}))
    assert after["emails"] == [{**WORK, "display": "Ada"}]


def test_one_value_may_have_two_types_and_one_type_two_addresses():
    other = {"value": "ada@example.com", "type": "other"}
    assert patched(ada(), add("emails", other))["emails"] == [WORK, other]
    addresses = [{"type": "work", "locality": "London"}, {"type": "work", "locality": "Paris"}]
    assert patched(ada(), *(add("addresses", address) for address in addresses))["addresses"] == addresses


def test_adding_to_a_list_appends_and_replacing_it_replaces():
    assert patched(ada(), add("emails", HOME))["emails"] == [WORK, HOME]
    assert patched(ada(), replace("emails", HOME))["emails"] == [HOME]


def test_roles_as_json_strings_are_opened_and_added_to_the_others():
    sent = [{"value": '{"id":"9","value":"25","displayName":"Role1234"}'}]
    document = patched(ada(roles=[{"value": "1"}]), add("roles", sent))
    assert document["roles"] == [{"value": "1"}, {"value": "25", "display": "Role1234"}]
    assert patched(document, add("roles", sent)) == document


def test_assertive_roles_replace_the_others():
    sent = [{"value": "25", "displayName": "Admin", "primary": "false"}]
    after = patched(ada(roles=[{"value": "1"}]), replace("roles", sent))
    assert after["roles"] == [{"value": "25", "display": "Admin", "primary": False}]


@pytest.mark.parametrize(
    "value", ["tea_1", {"value": "tea_1"}, [{"value": "tea_1"}], ["tea_1"], {"$ref": "x", "VALUE": "tea_1"}]
)
@pytest.mark.parametrize("make", [add, replace])
def test_a_manager_may_be_an_id_an_object_or_a_list_of_one(make, value):
    after = patched(ada(), make(f"{ENTERPRISE_URN}:manager", value))
    assert after[ENTERPRISE_URN] == {"department": "Engines", "manager": {"value": "tea_1"}}


@pytest.mark.parametrize(
    "operation",
    [
        replace(f"{ENTERPRISE_URN}:manager", ""),
        replace(f"{ENTERPRISE_URN}:manager", None),
        replace(f"{ENTERPRISE_URN}:manager", []),
        replace(f"{ENTERPRISE_URN}:manager", {"value": ""}),
        replace(f"{ENTERPRISE_URN}:manager", [{"value": None}]),
        replace(f"{ENTERPRISE_URN}:manager.value", ""),
        add(f"{ENTERPRISE_URN}:manager", ""),
        remove(f"{ENTERPRISE_URN}:manager"),
        remove(f"{ENTERPRISE_URN}:manager", value="tea_1"),
        remove(f"{ENTERPRISE_URN}:manager.value"),
        {"op": "replace", "value": {f"{ENTERPRISE_URN}:manager": ""}},
        {"op": "replace", "value": {ENTERPRISE_URN: {"manager": None}}},
    ],
)
def test_a_manager_goes_by_empty_value_or_remove(operation):
    managed = ada(**{ENTERPRISE_URN: {"department": "Engines", "manager": {"value": "tea_1"}}})
    assert patched(managed, operation) == ada()


@pytest.mark.parametrize("empty", ["", None])
@pytest.mark.parametrize("op", ["add", "replace"])
def test_an_empty_value_unassigns_what_is_optional(op, empty):
    named = ada(nickName="Ada", phoneNumbers=[{"type": "work", "value": "1"}])
    gone = [{"op": op, "path": "nickName", "value": empty}]
    gone += [{"op": op, "path": 'phoneNumbers[type eq "work"].value', "value": empty}]
    assert patched(named, *gone) == ada()
    assert "nickName" not in patched(named, {"OP": op, "PATH": "nickName", "VALUE": empty})
    assert patched(named, {"op": op, "value": {"nickName": empty}}) == patched(named, remove("nickName"))


def test_adding_nothing_to_a_list_keeps_it_and_replacing_it_by_nothing_clears_it():
    nothings: tuple[object, ...] = (None, "", [], [{}], [{"value": None}])
    for nothing in nothings:
        assert patched(ada(), add("emails", nothing)) == ada()
        assert "emails" not in patched(ada(), replace("emails", nothing))


def test_a_remove_with_the_old_value_removes_and_never_sets():
    assert patched(ada(emails=[WORK, HOME]), remove('emails[type eq "work"].value', value="new@x"))["emails"] == [
        {"type": "home", "value": "ada@home.example"}
    ]
    assert "title" not in patched(ada(title="Countess"), remove("title", value="Countess"))


@pytest.mark.parametrize(
    "value",
    [
        [{"value": "ADA@example.com"}],
        {"type": "work"},
        "ada@example.com",
        [{**WORK, "display": "?", "primary": "false"}],
    ],
)
def test_a_remove_with_values_removes_those_alone(value):
    assert patched(ada(emails=[WORK, HOME]), remove("emails", value=value))["emails"] == [HOME]


def test_a_remove_may_name_the_primary_value_alone():
    assert patched(ada(emails=[WORK, HOME]), remove("emails", value={"primary": "True"}))["emails"] == [HOME]


def test_removes_by_filter_list_and_extension():
    both = ada(emails=[WORK, HOME])
    assert patched(both, remove('emails[type eq "home"]')) == ada()
    assert patched(both, remove("emails[primary eq true]"))["emails"] == [HOME]
    assert "emails" not in patched(both, remove("emails"))
    assert "emails" not in patched(both, remove("emails", value=None))
    assert ENTERPRISE_URN not in patched(both, remove(ENTERPRISE_URN))
    assert ENTERPRISE_URN not in patched(both, {"op": "replace", "value": {ENTERPRISE_URN: None}})
    assert patched(both, {"op": "add", "value": {ENTERPRISE_URN: None}}) == both
    assert "name" not in patched(both, remove("name.givenName"), remove("name.familyName"))


def test_what_is_left_of_an_entry_without_its_value_goes_with_it():
    labelled = {**WORK, "display": "Ada"}
    path = 'emails[type eq "work"].value'
    assert "emails" not in patched(ada(), remove(path))
    assert patched(ada(emails=[labelled]), remove(path))["emails"] == [
        {"type": "work", "primary": True, "display": "Ada"}
    ]


@pytest.mark.parametrize(
    "operation",
    [
        remove("nickName"),
        remove("name.middleName"),
        remove("ims"),
        remove('emails[type eq "other"]'),
        remove('emails[type eq "other"].value'),
        remove("emails", value=[{"value": "stranger@x"}]),
        remove(f"{ENTERPRISE_URN}:manager"),
        replace("nickName", ""),
        replace("displayName", None),
    ],
)
def test_removing_what_is_not_there_changes_nothing(operation):
    assert patched(ada(), operation) == ada()


@pytest.mark.parametrize("path", ["userName", "active", f"{USER_URN}:USERNAME"])
def test_what_is_required_cannot_be_removed(path):
    with pytest.raises(Mutability, match="required"):
        patched(ada(), remove(path))


def test_the_template_stays_and_removing_it_is_not_worth_a_remark():
    templated = ada(**{TEAMMATE_URN: {"template": "tea_9"}})
    for operation in (
        replace(f"{TEAMMATE_URN}:template", "tea_8"),
        replace(f"{TEAMMATE_URN}:template", ""),
        remove(f"{TEAMMATE_URN}:template"),
        remove(f"{TEAMMATE_URN}:template", value="tea_9"),
    ):
        assert patched(templated, operation) == templated
        assert len(read(operation).remarks) == (operation["op"] == "Replace" and operation["value"] != "")


def test_operations_on_one_attribute_take_effect_in_order():
    operations = [remove("externalId"), add("externalId", "1"), replace("externalId", "2")]
    assert patched(ada(externalId="0"), *operations)["externalId"] == "2"
    assert "externalId" not in patched(ada(externalId="0"), *reversed(operations))


def test_a_refusal_in_the_last_operation_leaves_the_document_as_it_was():
    document = ada()
    before = copy.deepcopy(document)
    with pytest.raises(Mutability):
        patched(document, replace("title", "Countess"), remove('emails[type eq "work"]'), remove("userName"))
    assert document == before


def test_a_list_cannot_grow_beyond_its_limit():
    many = [{"value": f"{number}@x"} for number in range(250)]
    with pytest.raises(InvalidValue, match="at most 250 are kept"):
        patched(ada(), add("emails", many))
    assert len(patched({"userName": "ada"}, add("emails", many))["emails"]) == 250


def test_the_operations_share_nothing_with_the_document():
    sent = [{"value": "a@x"}]
    first = patched({"userName": "ada"}, replace("emails", sent))
    first["emails"][0]["value"] = "changed"
    assert sent == [{"value": "a@x"}]
