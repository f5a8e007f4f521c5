"""What holds for every PATCH, whoever spells it (RFC 7644 §3.5.2)."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from scim.attributes import ENTERPRISE_URN, USER, USER_URN
from scim.dialect import read_resource
from scim.errors import ScimError
from tests.scim.patching import ada, patched

_words = st.sampled_from(["a", "b", "Ada", "ada@example.com", "é"])
_types = st.sampled_from(["work", "home", "other"])
_cases = st.sampled_from([str, str.lower, str.upper, str.title])
_booleans = {True: [True, "True", "true", "TRUE"], False: [False, "False", "false", "FALSE"]}


@st.composite
def _changes(draw):
    """One change with a meaning: (urn, attribute, sub-attribute, value)."""
    urn, attribute, sub = draw(
        st.sampled_from(
            [
                (None, "displayName", None),
                (None, "title", None),
                (None, "active", None),
                (None, "name", "givenName"),
                (None, "name", "formatted"),
                (ENTERPRISE_URN, "department", None),
                (ENTERPRISE_URN, "manager", "value"),
            ]
        )
    )
    return urn, attribute, sub, draw(st.booleans() if attribute == "active" else _words)


@st.composite
def _spelling(draw, change):
    """That change as some client would send it."""
    urn, attribute, sub, value = change
    case, op = draw(_cases), draw(st.sampled_from(["add", "Add", "replace", "Replace", "REPLACE"]))
    if attribute == "active":
        value = draw(st.sampled_from(_booleans[value]))
    if attribute == "manager" and draw(st.booleans()):
        sub, value = None, draw(st.sampled_from([value, {"value": value}, [{"VALUE": value}]]))
    dotted = case(f"{attribute}.{sub}" if sub else attribute)
    prefix = case(urn or USER_URN)
    inner = {case(attribute): {case(sub): value}} if sub else {case(attribute): value}
    forms = [
        {"path": f"{prefix}:{dotted}", "value": value},
        {"value": {f"{prefix}:{dotted}": value}},
        {"value": {prefix: inner}},
        {"value": {prefix: {dotted: value}}},
        {"path": prefix, "value": inner},
    ]
    if urn is None:
        forms += [{"path": dotted, "value": value}, {"value": {dotted: value}}, {"value": inner}]
    if sub:
        forms.append({"path": f"{prefix}:{case(attribute)}", "value": {case(sub): value}})
    return {"op": op, **draw(st.sampled_from(forms))}


_spelled_twice = st.lists(_changes(), min_size=1, max_size=4).flatmap(
    lambda changes: st.tuples(
        st.tuples(*(_spelling(change) for change in changes)), st.tuples(*(_spelling(change) for change in changes))
    )
)


@settings(deadline=None, max_examples=300)
@given(_spelled_twice)
def test_equal_meaning_in_different_spellings_gives_an_equal_document(spellings):
    one, other = spellings
    assert patched(ada(), *one) == patched(ada(), *other)


_entries = st.fixed_dictionaries({"value": _words}, optional={"type": _types, "primary": st.booleans()})


@st.composite
def _loosely(draw, entries):
    """A list of entries as some client would send it."""
    spelled = []
    for entry in entries:
        case = draw(_cases)
        loose = {case(key): value for key, value in entry.items()}
        if "primary" in entry:
            loose[case("primary")] = draw(st.sampled_from(_booleans[entry["primary"]]))
        spelled.append(entry["value"] if len(entry) == 1 and draw(st.booleans()) else loose)
    return spelled[0] if len(spelled) == 1 and draw(st.booleans()) else spelled


@settings(deadline=None)
@given(st.lists(_entries, min_size=1, max_size=3).flatmap(lambda e: st.tuples(_loosely(e), _loosely(e))), _cases)
def test_lists_single_objects_and_bare_values_mean_the_same(spellings, case):
    for op in ("add", "replace"):
        with_path = patched(ada(), {"op": op, "path": case("emails"), "value": spellings[0]})
        without = patched(ada(), {"op": case(op), "value": {"emails": spellings[1]}})
        assert with_path == without
    created = [read_resource({"userName": "a", "emails": emails}, USER, replacing=False) for emails in spellings]
    assert created[0] == created[1]


# Left out: operations that rightly find something else the second time, as emails.primary (every e-mail there is) and
# removes by value.
_selected = _types.map(lambda kind: f'emails[type eq "{kind}"]')
_operations = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "replace"]),
                "path": st.sampled_from(["title", "name.givenName", f"{ENTERPRISE_URN}:manager"]),
                "value": st.sampled_from(["", None, "a", "b"]),
            }
        ),
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "replace"]),
                "path": _selected.map("{}.value".format),
                "value": st.sampled_from(["", None, "a", "b"]),
            }
        ),
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "replace"]),
                "path": _selected.map("{}.primary".format),
                "value": st.sampled_from(["True", "False", True, None]),
            }
        ),
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "replace"]),
                "path": _selected,
                "value": st.fixed_dictionaries({"value": _words}, optional={"primary": st.booleans()}),
            }
        ),
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["remove"]),
                "path": st.sampled_from(["title", "name", "emails", ENTERPRISE_URN])
                | _selected
                | _selected.map("{}.value".format),
            }
        ),
        st.fixed_dictionaries(
            {"op": st.just("replace"), "path": st.just("emails"), "value": st.lists(_entries, max_size=3)}
        ),
    ),
    min_size=1,
    max_size=5,
)
_documents = st.lists(_entries, max_size=3).map(
    lambda emails: read_resource({"userName": "ada", "active": True, "emails": emails}, USER, replacing=False).data
)


def _unordered(document):
    """The order of values has no meaning (RFC 7643 §2.4)."""
    return document | {"emails": sorted(map(repr, map(sorted, map(dict.items, document.get("emails", ())))))}


@settings(deadline=None, max_examples=500)
@given(_documents, _operations)
def test_the_same_patch_twice_gives_the_same_document(document, operations):
    once = patched(document, *operations)
    assert _unordered(patched(once, *operations)) == _unordered(once)


@settings(deadline=None)
@given(_documents, _operations)
def test_the_input_is_never_touched_and_at_most_one_email_is_primary(document, operations):
    before = copy.deepcopy(document)
    sent = copy.deepcopy(operations)
    try:
        after = patched(document, *operations)
    except ScimError:
        after = {}
    assert document == before
    assert operations == sent
    assert sum(email.get("primary") is True for email in after.get("emails", ())) <= 1
    assert None not in after.values()
    assert [] not in after.values()
    assert {} not in after.values()


@settings(deadline=None)
@given(_documents, st.lists(_entries, max_size=3))
def test_a_canonical_document_reads_as_itself(document, emails):
    document = patched(document, {"op": "add", "path": "emails", "value": emails})
    assert read_resource(document, USER, replacing=True).data == document
