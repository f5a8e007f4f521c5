"""Values as clients send them become values as SCIM defines them (RFC 7643 §2.3 to §2.5)."""

from datetime import UTC, datetime

import pytest

from scim.attributes import ENTERPRISE_URN
from scim.errors import InvalidFilter, InvalidValue
from scim.schema import MAX_VALUES, Attribute
from scim.values import MAX_ID, MAX_REMARKS, Remarks, check_texts, element, elements, literal, moment, simple
from tests.scim.patching import attribute


@pytest.mark.parametrize("value", [" Ada  ", "ADA@Example.COM", "+49 (0)30 / 12-34", "Ζωή 😀", "a\tb\n", "007", "true"])
def test_strings_stay_exactly_as_sent(value):
    assert simple(attribute("title"), value, "title") == value


@pytest.mark.parametrize(
    ("value", "kind"),
    [(5, "a number"), (1.5, "a number"), (True, "a boolean"), (["x"], "a list"), ({"a": 1}, "an object")],
)
def test_nothing_else_is_a_string(value, kind):
    with pytest.raises(InvalidValue, match=f"title must be a string, not {kind}"):
        simple(attribute("title"), value, "title")


@pytest.mark.parametrize(
    ("value", "read"),
    [(True, True), (False, False), ("True", True), ("False", False), ("true", True), ("FALSE", False)],
)
def test_booleans_may_be_strings_in_any_case(value, read):
    assert simple(attribute("active"), value, "active") is read


@pytest.mark.parametrize("value", ["yes", "1", 1, 0, " true", [], {}, 0.0])
def test_nothing_else_is_a_boolean(value):
    with pytest.raises(InvalidValue, match="active must be true or false"):
        simple(attribute("active"), value, "active")


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("integer", 5, 5),
        ("integer", "5", 5),
        ("integer", "-05", -5),
        ("integer", 5.0, 5),
        ("decimal", 5, 5),
        ("decimal", 5.5, 5.5),
        ("decimal", "5.5", 5.5),
        ("decimal", "+.5", 0.5),
        ("decimal", "5.0", 5),
        ("integer", 10**15, 10**15),
    ],
)
def test_numbers_may_be_strings(kind, value, read):
    number = simple(Attribute("fld_1", kind), value, "fld_1")
    assert number == read
    assert type(number) is type(read)


_NO_INTEGERS: tuple[object, ...] = (True, "5.5", 5.5, "", "five", "1e3", [1], {}, 10**16, -(10**400), "9" * 5000)
_NO_DECIMALS: tuple[object, ...] = (False, "NaN", "Infinity", float("nan"), float("inf"), "1,5", "٣", "1e3", 1e300)


@pytest.mark.parametrize(
    ("kind", "value"),
    [*(("integer", value) for value in _NO_INTEGERS), *(("decimal", value) for value in _NO_DECIMALS)],
)
def test_nothing_else_is_a_number(kind, value):
    with pytest.raises(InvalidValue, match="fld_1 must be a"):
        simple(Attribute("fld_1", kind), value, "fld_1")


def test_dates_references_and_certificates_are_checked_and_kept_as_sent():
    assert simple(Attribute("at", "dateTime"), "2026-01-31T09:30:00Z", "at") == "2026-01-31T09:30:00Z"
    assert simple(attribute("x509Certificates.value"), "TUlJ\nQw==", "x") == "TUlJ\nQw=="
    assert simple(attribute("profileUrl"), "anything at all", "profileUrl") == "anything at all"
    for wrong, value in ((Attribute("at", "dateTime"), "soon"), (attribute("x509Certificates.value"), "%%")):
        with pytest.raises(InvalidValue):
            simple(wrong, value, "it")


def test_a_reference_to_a_person_may_be_spelled_like_the_manager():
    field = Attribute("fld_1", "reference", reference_types=("User",))
    assert simple(field, {"value": "tea_1"}, "fld_1") == simple(field, "tea_1", "fld_1") == "tea_1"
    with pytest.raises(InvalidValue):
        simple(field, {"id": "tea_1"}, "fld_1")


@pytest.mark.parametrize("path", ["userName", "externalId", "displayName", "name.givenName", "title", "emails.value"])
def test_length_limits_are_exact_and_the_refusal_says_them(path):
    facts = attribute(path)
    assert simple(facts, "x" * facts.max_length, path)
    with pytest.raises(InvalidValue, match=f"at most {facts.max_length} are kept"):
        simple(facts, "x" * (facts.max_length + 1), path)


@pytest.mark.parametrize(
    "body",
    ["a\x00b", ["\x00"], {"a": {"b": ["\x00"]}}, {"\x00": 1}, "\ud800", {"a": "é\udfff"}, {"\udc00": None}],
)
def test_nul_and_lone_surrogates_are_refused_anywhere(body):
    with pytest.raises(InvalidValue, match="remove it from the value"):
        check_texts(body)


def test_other_texts_and_deep_nesting_pass_the_check():
    deep: list = []
    for _ in range(50_000):
        deep = [deep]
    check_texts([deep, {"é😀\x01": "\u2028"}, None, 1, 1.5, True])


def test_sub_attributes_are_known_in_any_case_and_others_are_left_out_with_a_remark():
    remarks = Remarks()
    sent = {"VALUE": "a@x", "Type": "work", "Primary": "True", "colour": "red", "displayName": "A"}
    assert element(attribute("emails"), sent, "emails", remarks) == {
        "value": "a@x",
        "type": "work",
        "primary": True,
        "display": "A",
    }
    assert remarks == ['emails has no sub-attribute "colour": ignored.']


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a@x", [{"value": "a@x"}]),
        ({"value": "a@x"}, [{"value": "a@x"}]),
        ([{"value": "a@x"}, "b@x"], [{"value": "a@x"}, {"value": "b@x"}]),
        ([None, "", {}, {"value": None}, {"value": "", "type": "work", "primary": True}], []),
        ({"type": "work", "primary": "true"}, [{"type": "work", "primary": True}]),
        ({"type": "work", "value": None, "display": "A"}, [{"type": "work", "display": "A"}]),
    ],
)
def test_lists_single_objects_and_bare_values_are_one_thing(sent, read):
    assert elements(attribute("emails"), sent, "emails", Remarks()) == read


def test_an_address_has_no_bare_value():
    with pytest.raises(InvalidValue, match="addresses must be a list of objects, not a string"):
        elements(attribute("addresses"), "Berlin", "addresses", Remarks())
    with pytest.raises(InvalidValue, match="emails must be a list of objects, not a number"):
        elements(attribute("emails"), [5], "emails", Remarks())
    with pytest.raises(InvalidValue, match="name must be an object, not a string"):
        element(attribute("name"), "Ada", "name", Remarks())


def test_a_list_has_a_limit():
    assert len(elements(attribute("emails"), ["a@x"] * MAX_VALUES, "emails", Remarks())) == MAX_VALUES
    with pytest.raises(InvalidValue, match=f"at most {MAX_VALUES} are kept"):
        elements(attribute("emails"), ["a@x"] * (MAX_VALUES + 1), "emails", Remarks())


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('{"id":"9","value":"25","displayName":"Role1234"}', {"value": "25", "display": "Role1234"}),
        ('{"value":"25"}', {"value": "25"}),
        ('{"displayName":"Role1234","value":null}', {"display": "Role1234"}),
        ('{"value":"25","displayName":""}', {"value": "25"}),
        ('{"id":"9"}', {"value": '{"id":"9"}'}),
        ('{"value":', {"value": '{"value":'}),
        ("{" * 100_0, {"value": "{" * 100_0}),
        ("Admin", {"value": "Admin"}),
    ],
)
def test_entras_app_role_as_json_in_a_string_is_opened(value, read):
    roles = attribute("roles")
    assert elements(roles, [{"value": value}], "roles", Remarks()) == [read]
    assert elements(roles, value, "roles", Remarks()) == [read]


def test_an_opened_role_keeps_its_type_and_is_checked_like_all_texts():
    roles = attribute("roles")
    sent = {"value": '{"value":"25"}', "type": "x", "primary": "True"}
    assert element(roles, sent, "roles", Remarks()) == {"value": "25", "type": "x", "primary": True}
    with pytest.raises(InvalidValue, match="NUL"):
        element(roles, {"value": '{"value":"\\u0000"}'}, "roles", Remarks())


def test_read_only_parts_of_the_manager_are_this_servers_to_say():
    manager = attribute(f"{ENTERPRISE_URN}:manager")
    sent = {"value": "tea_1", "$ref": "../Users/tea_1", "displayName": "Grace"}
    assert element(manager, sent, "manager", Remarks()) == {"value": "tea_1"}


@pytest.mark.parametrize(
    ("sent", "ids"),
    [
        ([{"$ref": None, "value": "tea_1"}], ["tea_1"]),
        ([{"value": "tea_1", "display": "Ada", "type": "User"}, {"value": "tea_2"}], ["tea_1", "tea_2"]),
        (["tea_1", {"value": "tea_2"}, "tea_1"], ["tea_1", "tea_2"]),
        ("tea_1", ["tea_1"]),
        ("x" * MAX_ID, ["x" * MAX_ID]),
        ({"Value": "tea_1"}, ["tea_1"]),
        ([{"$ref": "https://example.com/v2/Users/tea_1"}], ["tea_1"]),
    ],
)
def test_members_are_read_by_id_in_every_spelling(sent, ids):
    read = elements(attribute("members"), sent, "members", Remarks())
    assert read == [{"value": member} for member in ids]


@pytest.mark.parametrize(
    "sent", [5, [5], [{"value": 673}], [{}], [{"display": "Ada"}], [""], [None], ["x" * (MAX_ID + 1)]]
)
def test_a_member_without_an_id_is_refused(sent):
    with pytest.raises(InvalidValue, match="Every member needs a value"):
        elements(attribute("members"), sent, "members", Remarks())


@pytest.mark.parametrize(
    "sent", [{"value": "cir_1", "type": "Group"}, {"value": "cir_1", "$ref": "https://example.com/v2/Groups/cir_1"}]
)
def test_a_group_in_a_group_is_refused(sent):
    with pytest.raises(InvalidValue, match="Nested groups are not supported"):
        elements(attribute("members"), [sent], "members", Remarks())


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("active", "TRUE", True),
        ("active", False, False),
        ("userName", True, "true"),
        ("userName", 5, "5"),
        ("meta.created", "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("meta.created", "2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("userName", None, None),
    ],
)
def test_a_filter_value_takes_the_type_of_its_attribute(path, value, read):
    assert literal(attribute(path), "eq", value) == read


@pytest.mark.parametrize(
    ("path", "op", "value"),
    [
        ("active", "gt", True),
        ("active", "eq", "maybe"),
        ("active", "eq", 1),
        ("meta.created", "gt", "soon"),
        ("meta.created", "sw", "2026"),
        ("emails", "eq", "x"),
        ("title", "gt", None),
        ("x509Certificates.value", "lt", "x"),
    ],
)
def test_a_comparison_that_means_nothing_is_an_invalid_filter(path, op, value):
    with pytest.raises(InvalidFilter):
        literal(attribute(path), op, value)


def test_a_moment_without_offset_is_utc():
    assert moment("2026-01-31T09:30:00") == moment("2026-01-31T10:30:00+01:00")
    with pytest.raises(InvalidValue):
        moment("soon")


def test_remarks_are_said_once_and_not_without_end():
    remarks = Remarks()
    for number in range(2 * MAX_REMARKS):
        remarks.add(f"remark {number}")
        remarks.add(f"remark {number}")
    assert len(remarks) == MAX_REMARKS
