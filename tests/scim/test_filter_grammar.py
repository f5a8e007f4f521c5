"""The grammar of filters and PATCH paths (RFC 7644 §3.4.2.2, §3.5.2)."""

import json
import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim.attributes import USER
from scim.errors import InvalidFilter, InvalidPath, ScimError
from scim.filters.lexer import MAX_LENGTH
from scim.filters.nodes import OPERATORS, And, AttrPath, Compare, Not, Or, PatchPath, Present, ValuePath
from scim.filters.parser import MAX_DEPTH, MAX_TERMS, parse_filter, parse_path


def eq(name, value, op="eq"):
    return Compare(AttrPath(None, *name.split(".", 1)), op, value)


A, B, C = eq("a", 1), eq("b", 2), eq("c", 3)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ('userName eq "bjensen"', eq("userName", "bjensen")),
        ('USERNAME EQ "x"', eq("USERNAME", "x")),
        ('name.familyName co "O\'Malley"', eq("name.familyName", "O'Malley", "co")),
        ("title pr", Present(AttrPath(None, "title"))),
        ("title PR", Present(AttrPath(None, "title"))),
        ('meta.lastModified gt "2011-05-13T04:42:34Z"', eq("meta.lastModified", "2011-05-13T04:42:34Z", "gt")),
        ("a eq 1 or b eq 2 and c eq 3", Or((A, And((B, C))))),
        ("a eq 1 and b eq 2 or c eq 3", Or((And((A, B)), C))),
        ("(a eq 1 or b eq 2) and c eq 3", And((Or((A, B)), C))),
        ("a eq 1 and b eq 2 and c eq 3", And((A, B, C))),
        ("not (a eq 1) and b eq 2", And((Not(A), B))),
        ("NOT(a eq 1 Or b eq 2)", Not(Or((A, B)))),
        ("a eq 1 AND(not(b eq 2))", And((A, Not(B)))),
        ("  ( a   eq\t1 )  ", A),
        ("not pr", Present(AttrPath(None, "not"))),
        ("eq eq 1", eq("eq", 1)),
        ("and eq 1 and or eq 2", And((eq("and", 1), eq("or", 2)))),
        (
            "emails[a eq 1] and ims[b eq 2]",
            And((ValuePath(AttrPath(None, "emails"), A), ValuePath(AttrPath(None, "ims"), B))),
        ),
        ("emails[type eq 1]", ValuePath(AttrPath(None, "emails"), eq("type", 1))),
        (
            'emails[type eq "work" and value co "@example.com"] or a eq 1',
            Or(
                (
                    ValuePath(AttrPath(None, "emails"), And((eq("type", "work"), eq("value", "@example.com", "co")))),
                    A,
                )
            ),
        ),
        (
            "emails[not (type eq 1)]",
            ValuePath(AttrPath(None, "emails"), Not(eq("type", 1))),
        ),
    ],
)
def test_the_grammar_of_the_rfc(text, node):
    assert parse_filter(text) == node


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ('emails[type eq "work"].value eq "x@y.z"', eq("value", "x@y.z")),
        ('emails[type eq "work"].VALUE EQ x@y.z', eq("VALUE", "x@y.z")),
        ('emails[type eq "work"].value pr', Present(AttrPath(None, "value"))),
    ],
)
def test_entra_matches_by_a_sub_attribute_of_the_selected_element(text, then):
    assert parse_filter(text) == ValuePath(AttrPath(None, "emails"), eq("type", "work"), then)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "x"', "userName"),
        ('urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "x"', "name.givenName"),
        ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "x"', "manager.value"),
        ('urn:ietf:params:scim:schemas:extension:frontapp:teammate:template eq "x"', "template"),
    ],
)
def test_a_urn_ends_at_the_last_colon_and_never_at_a_dot(text, path):
    node = parse_filter(text)
    assert isinstance(node, Compare)
    assert node.path.urn is not None
    assert node.path.text == text.split(" ")[0]
    found = USER.find(node.path.text)
    assert found is not None
    assert ".".join(part.name for part in (found.attribute, found.sub) if part) == path


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"x"', "x"),
        ('""', ""),
        (r'"say \"hi\" \\ \/ \u00e9 \n"', 'say "hi" \\ / é \n'),
        (r'"\ud83d\ude00"', "😀"),
        ('"a (b) [c] and d"', "a (b) [c] and d"),
        ('"tab\there"', "tab\there"),
        ("12", 12),
        ("-1", -1),
        ("0", 0),
        ("1.5", Decimal("1.5")),
        ("-1.50e3", Decimal("-1.50e3")),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("Null", None),
        # Bare words, as in Microsoft's own example of a filter by externalId.
        ("jyoung", "jyoung"),
        ("6f1a2b3c-0000-4d5e-8f90-abcdefabcdef", "6f1a2b3c-0000-4d5e-8f90-abcdefabcdef"),
        ("o'brien+a@example.com", "o'brien+a@example.com"),
        ("trueman", "trueman"),
        ("falsework", "falsework"),
        ("nullable", "nullable"),
        ("007", "007"),
        ("1e9999", "1e9999"),
        ("9" * 60, "9" * 60),
        ("DOMAIN\\user", "DOMAIN\\user"),
    ],
)
def test_values_are_json_literals_or_bare_words(literal, value):
    node = parse_filter(f"x eq {literal}")
    assert isinstance(node, Compare)
    assert node.value == value
    assert type(node.value) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "an attribute name expected at the end"),
        ("userName", "an operator such as eq expected at the end"),
        ("userName eq", "a value expected at the end"),
        ('userName is "x"', '"is" at character 10 is no operator'),
        ('"userName" eq "x"', "an attribute name expected at character 1"),
        ('user:name:9 eq "x"', "is no attribute name"),
        ('userName eq "x', "no closing"),
        ('userName eq "x" "y"', "and, or, or the end expected at character 17"),
        ("displayName eq Sales Team", "and, or, or the end expected at character 22"),
        ("displayName eq 'Sales'", "needs double quotes"),
        (r'userName eq "DOMAIN\user"', "not a JSON string"),
        ('(userName eq "x"', "a closing ) expected at the end"),
        ('userName eq "x")', "the end expected at character 16"),
        ('emails[type eq "work"', "a closing ] expected at the end"),
        ('emails[type eq "work"].value', "an operator such as eq expected at the end"),
        ('emails[type eq "work"]. eq "x"', "no sub-attribute name"),
        ('emails[phones[type eq "x"]]', "no [ can follow"),
        ('emails.value[type eq "x"]', "no [ can follow"),
        ("a eq 1 and", "an attribute name expected at the end"),
        ("a eq 1 xor b eq 2", "expected at character 8"),
        ("not a eq 1", '"a" at character 5 is no operator'),
        ('userName eq "a\x00b"', "NUL"),
        (r'userName eq "a\u0000b"', "NUL"),
        (r'userName eq "\ud800"', "surrogate"),
        ('userName eq "\ud800"', "surrogate"),
    ],
)
def test_a_malformed_filter_is_refused_with_its_place(text, reason):
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(text)
    assert reason in refused.value.detail
    assert (refused.value.status, refused.value.scim_type) == (400, "invalidFilter")


def test_limits_of_depth_terms_and_length_are_exact():
    parse_filter("(" * MAX_DEPTH + "a pr" + ")" * MAX_DEPTH)
    parse_filter(" or ".join(["a pr"] * MAX_TERMS))
    parse_filter(f'a eq "{"x" * (MAX_LENGTH - 7)}"')
    for text, reason in (
        ("(" * (MAX_DEPTH + 1) + "a pr" + ")" * (MAX_DEPTH + 1), "nested"),
        ("not (" * 200 + "a pr" + ")" * 200, "nested"),
        (" or ".join(["a pr"] * (MAX_TERMS + 1)), "comparisons"),
        (f'a eq "{"x" * (MAX_LENGTH - 6)}"', "characters"),
    ):
        with pytest.raises(InvalidFilter, match=reason):
            parse_filter(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("displayName", PatchPath(AttrPath(None, "displayName"))),
        (" name.givenName ", PatchPath(AttrPath(None, "name", "givenName"))),
        ("members[value eq 5]", PatchPath(AttrPath(None, "members"), eq("value", 5))),
        ('emails[type eq "work"].value', PatchPath(AttrPath(None, "emails", "value"), eq("type", "work"))),
        ("manager.$ref", PatchPath(AttrPath(None, "manager", "$ref"))),
        (
            'urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "a.b:c"].value',
            PatchPath(AttrPath("urn:ietf:params:scim:schemas:core:2.0:User", "emails", "value"), eq("type", "a.b:c")),
        ),
    ],
)
def test_patch_paths(text, path):
    assert parse_path(text) == path
    assert parse_path(text).sub == path.attr_path.sub


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "[",
        "9lives",
        "a b",
        "name..givenName",
        "a.",
        ".a",
        "emails[",
        "emails[]",
        "emails[type]",
        'a eq "x"',
        'emails[type eq "work"]value',
        'emails[type eq "work"].value x',
        'emails.value[type eq "x"]',
        '"a"',
        "a\x00",
        "a" * (MAX_LENGTH + 1),
        "urn:",
        "x:",
        ":x",
        "emails[type eq 'x']",
    ],
)
def test_a_malformed_path_is_refused(text):
    with pytest.raises(InvalidPath) as refused:
        parse_path(text)
    assert (refused.value.status, refused.value.scim_type) == (400, "invalidPath")


_names = st.text(string.ascii_letters, min_size=1, max_size=6).filter(lambda name: name.lower() != "not")
_paths = st.builds(
    AttrPath, st.none() | st.just("urn:ietf:params:scim:schemas:core:2.0:User"), _names, st.none() | _names
)
_texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
_numbers = st.integers(-(10**30), 10**30) | st.decimals(-999, 999, places=3)
_values = _texts | _numbers | st.booleans() | st.none()
_terms = st.builds(Compare, _paths, st.sampled_from(sorted(OPERATORS)), _values) | st.builds(Present, _paths)


def _joined(children):
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, children)


_filters = st.recursive(_terms, _joined, max_leaves=6)
_value_paths = st.builds(
    ValuePath,
    st.builds(AttrPath, st.none(), _names, st.none()),
    _filters,
    st.none() | st.builds(Compare, st.builds(AttrPath, st.none(), _names, st.none()), st.just("eq"), _texts),
)


def _text(node, case=str.lower):
    match node:
        case And(items) | Or(items):
            word = case(" and " if isinstance(node, And) else " or ")
            return word.join(f"({_text(item, case)})" for item in items)
        case Not(item):
            return f"{case('not')} ({_text(item, case)})"
        case Present(path):
            return f"{path.text} {case('pr')}"
        case ValuePath(path, inner, then):
            return f"{path.text}[{_text(inner, case)}]" + (f".{_text(then, case)}" if then else "")
        case Compare(path, op, value):
            written = str(value) if isinstance(value, Decimal) else json.dumps(value)
            return f"{path.text} {case(op)} {written}"


@settings(deadline=None)
@given(_filters | _value_paths, st.sampled_from([str.lower, str.upper, str.title]))
def test_a_filter_written_down_reads_as_itself(node, case):
    assert parse_filter(_text(node, case)) == node


_marks = st.sampled_from([*"()[] .:\"\\'-\n\x00é", "\ud800"])
_words = st.sampled_from(["and", "or", "not", "eq", "pr", "userName", "emails", "urn:", "true", "null", "1", "1e5"])
_pieces = st.sampled_from([".value", "$ref", '"x"', r'"\u12"'])
_soup = st.lists(_marks | _words | _pieces, max_size=30).map("".join)


@settings(deadline=None, max_examples=400)
@given(st.text(max_size=60) | _soup)
def test_any_text_is_a_filter_or_a_scim_error(text):
    for parse in (parse_filter, parse_path):
        try:
            parse(text)
        except ScimError as refused:
            assert refused.status == 400  # noqa: PT017


@pytest.mark.parametrize("text", ["(" * 100_000, "not(" * 2_000, "a[" * 4_000, '"' * 8_001, "\\" * 8_000, ":" * 8_000])
def test_a_hostile_text_is_refused_at_once(text):
    for parse in (parse_filter, parse_path):
        with pytest.raises(ScimError):
            parse(text)
