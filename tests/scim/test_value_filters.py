"""Value filters over the elements of a multi-valued attribute, in memory (RFC 7644 §3.4.2.2, §3.5.2)."""

import pytest

from scim.errors import InvalidFilter
from scim.filters.evaluate import check, matches, unknown_name
from scim.filters.nodes import AttrPath, Present, ValuePath
from scim.filters.parser import parse_filter
from scim.schema import Attribute
from tests.scim.patching import attribute

WORK = {"type": "work", "value": "Ada@Example.com", "primary": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('type eq "WORK"', True),
        ('type ne "work"', False),
        ('type ne "home"', True),
        ('TYPE eq "work" and VALUE co "@example"', True),
        ('value sw "ADA" and value ew ".com"', True),
        ('value sw "example"', False),
        ('value gt "ab" and value le "b"', True),
        ('value ge "z" or value lt "b"', True),
        ("primary eq true", True),
        ('primary eq "True"', True),
        ('primary ne "false"', True),
        ("primary eq FALSE", False),
        ("display pr", False),
        ("not (display pr) and value pr", True),
        ('display eq "x"', False),
        ('display ne "x"', True),
        ("display eq null", True),
        ("value eq null", False),
        ("value ne null", True),
        ('display co "x"', False),
        ("displayName pr", False),
    ],
)
def test_value_filters_over_an_element(text, expected):
    emails = attribute("emails")
    node = parse_filter(text)
    check(node, emails)
    assert matches(node, WORK, emails) is expected


def test_ids_in_value_filters_compare_exactly():
    members = attribute("members")
    assert matches(parse_filter('value eq "tea_1"'), {"value": "tea_1"}, members)
    assert not matches(parse_filter('value eq "TEA_1"'), {"value": "tea_1"}, members)
    assert matches(parse_filter("value eq 673"), {"value": "673"}, members)


def test_value_filters_know_numbers_and_dates():
    log = Attribute(
        "log",
        "complex",
        multi=True,
        subs=(Attribute("at", "dateTime"), Attribute("count", "integer"), Attribute("key", "binary")),
    )
    entry = {"at": "2026-01-31T09:30:00Z", "count": 7, "key": "YQ=="}
    assert matches(parse_filter('at gt "2026-01-31T10:00:00+01:00" and count ge 6.5'), entry, log)
    assert matches(parse_filter('at eq "2026-01-31T09:30:00" and count lt "8" and key eq "YQ=="'), entry, log)
    for text in (
        'at gt "soon"',
        'at co "2026"',
        "at eq 5",
        "count eq true",
        'count eq "x"',
        "count co 7",
        'key gt "a"',
    ):
        with pytest.raises(InvalidFilter):
            check(parse_filter(text), log)


@pytest.mark.parametrize(
    "text", ['colour eq "x"', "emails.type pr", "urn:x:type pr", "primary gt true", 'primary eq "x"', "type gt null"]
)
def test_a_value_filter_that_means_nothing_is_refused(text):
    emails = attribute("emails")
    with pytest.raises(InvalidFilter):
        check(parse_filter(text), emails)
    with pytest.raises(InvalidFilter):
        matches(parse_filter(text), WORK, emails)


def test_the_first_unknown_name_of_a_value_filter_is_found():
    emails = attribute("emails")
    assert unknown_name(parse_filter('type eq "x" and not (value pr or colour pr)'), emails) == "colour"
    assert unknown_name(parse_filter("type pr and not (VALUE pr or displayName pr)"), emails) is None


def test_a_value_filter_within_a_value_filter_means_nothing():
    nested = ValuePath(AttrPath(None, "value"), Present(AttrPath(None, "type")))
    assert unknown_name(nested, attribute("emails")) is None
    with pytest.raises(InvalidFilter, match="another"):
        check(nested, attribute("emails"))
    with pytest.raises(InvalidFilter, match="another"):
        matches(nested, WORK, attribute("emails"))
