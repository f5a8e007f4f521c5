"""PATCH of a group becomes the fewest changes of membership rows (RFC 7644 §3.5.2)."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim.attributes import GROUP, TEAMMATE_GROUP_URN
from scim.errors import InvalidValue, Mutability, NoTarget
from scim.filters.evaluate import matches
from scim.group_plan import Add, Clear, MemberStep, Remove, RemoveWhere, Replace
from scim.patch import apply
from tests.scim.patching import attribute, plan, read


def add(*ids):
    return {"op": "Add", "path": "members", "value": [{"$ref": None, "value": member} for member in ids]}


def remove(*ids):
    return {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": member} for member in ids]}


def replace(*ids):
    return {"op": "Replace", "path": "members", "value": [{"value": member} for member in ids]}


def filtered(op, text, **more):
    return {"op": op, "path": f"members[{text}]", **more}


@pytest.mark.parametrize(
    "operation",
    [
        add("a"),
        {"op": "add", "path": "members", "value": "a"},
        {"op": "add", "path": "members", "value": ["a"]},
        {"op": "add", "path": "members", "value": {"value": "a", "display": "Ada"}},
        {"op": "add", "path": "MEMBERS.value", "value": "a"},
        {"op": "add", "value": {"members": [{"value": "a"}]}},
        filtered("add", 'value eq "a"', value={"value": "a"}),
        filtered("replace", 'value eq "a"', value="a"),
    ],
)
def test_a_member_is_added_in_every_spelling(operation):
    assert plan(operation).members == [Add(("a",))]


@pytest.mark.parametrize(
    "operation",
    [
        remove("a"),
        {"op": "remove", "path": "members", "value": "a"},
        {"op": "remove", "path": "members", "value": {"value": "a"}},
        {"op": "remove", "path": "members.value", "value": "a"},
        filtered("remove", 'value eq "a"'),
        filtered("Remove", 'VALUE EQ "a"', value=[{"value": "b"}]),
        filtered("remove", "value eq a"),
        {"op": "remove", "path": 'members[value eq "a"].value'},
        {"op": "replace", "path": 'members[value eq "a"]', "value": None},
    ],
)
def test_only_the_named_member_is_removed(operation):
    assert plan(operation).members == [Remove(("a",))]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "members"},
        {"op": "remove", "path": "members", "value": None},
        {"op": "replace", "path": "members", "value": None},
        {"op": "replace", "path": "members", "value": []},
        {"op": "replace", "value": {"members": []}},
        {"op": "replace", "path": "members.value", "value": ""},
    ],
)
def test_a_remove_without_value_and_a_replace_by_nothing_clear_the_group(operation):
    assert plan(operation).members == [Clear()]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "members", "value": None},
        {"op": "add", "path": "members", "value": []},
        {"op": "remove", "path": "members", "value": []},
        {"op": "replace", "path": "members.type", "value": "User"},
        {"op": "remove", "path": "members.type"},
        {"op": "remove", "path": 'members[value eq "a"].type'},
        {"op": "replace", "path": 'members[type eq "x"].type', "value": "User"},
    ],
)
def test_what_names_no_member_changes_none(operation):
    assert plan(operation).members == []


@pytest.mark.parametrize(
    ("operations", "steps"),
    [
        ([add("a", "b", "a")], [Add(("a", "b"))]),
        ([add("a"), add("b")], [Add(("a", "b"))]),
        ([add("a"), remove("a")], [Remove(("a",))]),
        ([remove("a"), add("a")], [Add(("a",))]),
        ([add("a"), remove("b")], [Remove(("b",)), Add(("a",))]),
        ([remove("a"), remove("b", "a")], [Remove(("a", "b"))]),
        ([replace("a", "b")], [Replace(("a", "b"))]),
        ([add("x"), remove("y"), replace("a")], [Replace(("a",))]),
        ([replace("a"), add("b"), remove("a")], [Replace(("b",))]),
        ([replace("a"), remove("a")], [Clear()]),
        ([{"op": "remove", "path": "members"}, add("a")], [Replace(("a",))]),
        ([filtered("remove", 'value eq "a" or (value eq "b" or value eq "c")')], [Remove(("a", "b", "c"))]),
        ([filtered("replace", 'value eq "a"', value={"value": "b"})], [Remove(("a",)), Add(("b",))]),
        ([{"op": "replace", "path": 'members[value eq "a"].value', "value": "b"}], [Remove(("a",)), Add(("b",))]),
        ([replace("a", "c"), filtered("replace", "value eq a", value="b")], [Replace(("c", "b"))]),
    ],
)
def test_steps_come_to_their_net_effect(operations, steps):
    assert plan(*operations).members == steps


def test_other_filters_stay_filters_in_their_place():
    [before, where, after] = plan(add("a"), filtered("remove", 'type eq "User"'), add("b")).members
    assert (before, after) == (Add(("a",)), Add(("b",)))
    assert isinstance(where, RemoveWhere)
    assert plan(filtered("remove", "value pr"), replace("a")).members == [Replace(("a",))]
    assert plan(replace(), filtered("remove", "value pr")).members == [Clear()]
    [where] = plan(filtered("remove", 'value eq "a" and type eq "User"')).members
    assert isinstance(where, RemoveWhere)
    [where] = plan(filtered("remove", 'value eq "a" or display sw "B"')).members
    assert isinstance(where, RemoveWhere)


@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_filter_that_is_no_choice_of_ids_cannot_say_whom_to_add(op):
    with pytest.raises(NoTarget, match="by its id"):
        plan(filtered(op, 'type eq "User"', value="a"))


@pytest.mark.parametrize(
    "value",
    [
        [{"value": "cir_1", "type": "Group"}],
        [{"value": "cir_1", "Type": "GROUP"}],
        [{"value": "cir_1", "$ref": "https://example.com/v2/Groups/cir_1"}],
    ],
)
def test_a_group_as_a_member_is_refused(value):
    with pytest.raises(InvalidValue, match="Nested groups are not supported"):
        plan({"op": "add", "path": "members", "value": value})


def test_the_display_of_a_member_is_read_only():
    with pytest.raises(Mutability):
        plan({"op": "replace", "path": 'members[value eq "a"].display', "value": "Ada"})


def test_a_rename_touches_no_member():
    changes = plan({"op": "replace", "value": {"displayName": "Support", "externalId": "9f", "id": "cir_1"}})
    assert changes.members == []
    before = {"displayName": "Old", TEAMMATE_GROUP_URN: {"description": "First line"}}
    assert apply(changes.document_ops, before) == {**before, "displayName": "Support", "externalId": "9f"}


def test_okta_replaces_name_and_members_in_one_object():
    changes = plan({"op": "replace", "value": {"id": "cir_1", "displayName": "Support", "members": [{"value": "a"}]}})
    assert changes.members == [Replace(("a",))]
    assert apply(changes.document_ops, {"displayName": "Old"}) == {"displayName": "Support"}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Add", "path": f"{TEAMMATE_GROUP_URN}:description", "value": "First line"},
        {"op": "replace", "value": {f"{TEAMMATE_GROUP_URN}:description": "First line"}},
        {"op": "replace", "value": {TEAMMATE_GROUP_URN: {"description": "First line"}}},
        {"op": "replace", "path": TEAMMATE_GROUP_URN, "value": {"description": "First line"}},
    ],
)
def test_the_description_arrives_in_every_spelling(operation):
    after = apply(plan(operation).document_ops, {"displayName": "Support"})
    assert after == {"displayName": "Support", TEAMMATE_GROUP_URN: {"description": "First line"}}


def test_the_name_of_a_group_cannot_be_removed():
    with pytest.raises(Mutability):
        apply(plan({"op": "remove", "path": "displayName"}).document_ops, {"displayName": "Support"})
    with pytest.raises(InvalidValue):
        plan({"op": "replace", "path": "displayName", "value": ""})


def test_a_company_can_have_single_replaces_read_as_adds():
    assert plan(replace("a"), replace("b"), single_replace_adds=True).members == [Add(("a", "b"))]
    assert plan(replace("a", "b"), single_replace_adds=True).members == [Replace(("a", "b"))]
    assert plan(replace(), single_replace_adds=True).members == [Clear()]
    assert plan(replace("a"), replace("b")).members == [Replace(("b",))]


_ids = st.lists(st.sampled_from("abcd"), max_size=3)
_operations = st.lists(
    st.one_of(
        _ids.map(lambda ids: add(*ids)),
        _ids.map(lambda ids: remove(*ids)),
        _ids.map(lambda ids: replace(*ids)),
        st.just({"op": "remove", "path": "members"}),
        st.sampled_from("abcd").map(lambda member: filtered("remove", f'value eq "{member}"')),
        st.sampled_from("abcd").map(lambda member: filtered("remove", f'value ne "{member}"')),
    ),
    max_size=6,
)


def _run(steps: list[MemberStep], members: set[str]) -> set[str]:
    for step in steps:
        match step:
            case Add(ids):
                members = members | set(ids)
            case Remove(ids):
                members = members - set(ids)
            case Replace(ids):
                members = set(ids)
            case Clear():
                members = set()
            case RemoveWhere(node):
                members = {member for member in members if not matches(node, {"value": member}, attribute("members"))}
    return members


@settings(deadline=None)
@given(_operations, st.sets(st.sampled_from("abcd")))
def test_a_plan_does_what_its_operations_do_one_by_one(operations, members):
    document: dict[str, Any] = {"displayName": "Support"}
    if members:
        document["members"] = [{"value": member} for member in sorted(members)]
    one_by_one = apply(read(*operations, resource=GROUP).operations, document) if operations else document
    expected = {member["value"] for member in one_by_one.get("members", ())}
    steps = plan(*operations).members if operations else []
    assert _run(steps, members) == expected
    kinds = [type(step) for step in steps]
    assert all(first is not second or first is RemoveWhere for first, second in itertools.pairwise(kinds))
