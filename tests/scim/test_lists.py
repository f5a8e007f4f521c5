"""Lists: pages by index, sorting, and searches in a body (RFC 7644 §3.4.2, §3.4.3)."""

import pytest

from teammates.models import Status
from tests.factories import TeammateFactory, TeammateGroupFactory, make_crowd
from tests.scim.door import LIST, SEARCH

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(company):
    return TeammateFactory.create_batch(11, company=company)


@pytest.fixture
def ids(people):
    return [person.public_id for person in people]


@pytest.mark.parametrize(
    ("query", "start", "shown"),
    [
        ("", 1, slice(0, 11)),
        ("startIndex=1&count=5", 1, slice(0, 5)),
        ("startIndex=6&count=5", 6, slice(5, 10)),
        ("startIndex=11&count=5", 11, slice(10, 11)),
        ("startIndex=12&count=5", 12, slice(11, 11)),
        ("startIndex=1000000", 1_000_000, slice(11, 11)),
        ("startIndex=0&count=2", 1, slice(0, 2)),
        ("startIndex=-7&count=2", 1, slice(0, 2)),
        ("count=0", 1, slice(0, 0)),
        ("count=-1", 1, slice(0, 0)),
        ("startIndex=&count=", 1, slice(0, 11)),
        ("count=11", 1, slice(0, 11)),
        ("count=10", 1, slice(0, 10)),
        ("count=99999999999999999999", 1, slice(0, 11)),
        ("startIndex=99999999999999999999", 2**31, slice(11, 11)),
        ("startIndex=-99999999999999999999", 1, slice(0, 11)),
    ],
)
def test_a_page_has_what_was_asked_for_and_the_total_of_all(scim, ids, query, start, shown):
    answer = scim.get("/Users", query)

    assert answer["schemas"] == [LIST]
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (11, start, len(ids[shown]))
    assert answer.ids == ids[shown]


@pytest.mark.parametrize("name", ["startIndex", "count"])
@pytest.mark.parametrize("value", ["x", "1.5", "1e3", "0x1", "true", " ", "1;2", "9" * 5_000])
def test_what_is_no_number_is_refused(scim, name, value):
    assert scim.get("/Users", {name: value}).refusal == (400, "invalidValue")


def test_pages_by_index_are_the_whole_list_once(scim, ids):
    pages = [scim.get("/Users", {"startIndex": start, "count": 4}).ids for start in (1, 5, 9)]

    assert [public_id for page in pages for public_id in page] == ids


def test_a_page_has_a_hundred_unless_asked_and_a_thousand_at_most(scim, company):
    make_crowd(company, 1_005)

    for query, size in (("", 100), ("count=500", 500), ("count=5000", 1_000)):
        answer = scim.get("/Users", query)
        assert (answer["totalResults"], answer["itemsPerPage"], len(answer.ids)) == (1_005, size, size)


def test_who_is_deleted_or_removed_is_in_no_list(scim, company, ids):
    TeammateFactory(company=company, status=Status.DELETED)
    scim.delete(f"/Users/{ids[0]}")

    assert scim.get("/Users").ids == ids[1:]
    assert scim.get("/Users", "count=0")["totalResults"] == 10


def test_an_empty_company_has_an_empty_list(scim):
    for path in ("/Users", "/Groups"):
        assert scim.get(path).body == {
            "schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        }  # fmt: skip


def test_groups_are_paged_alike(scim, company):
    groups = TeammateGroupFactory.create_batch(5, company=company)

    answer = scim.get("/Groups", "startIndex=3&count=2")

    assert (answer["totalResults"], answer.ids) == (5, [group.public_id for group in groups[2:4]])


# --- sorting ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sorted_people(company):
    """Logins b, A, c, and one without a title."""
    return {
        login: TeammateFactory(company=company, login=login, profile={"title": title} if title else {}, last_name=name)
        for login, title, name in (("b", "Zoologist", "x"), ("A", "analyst", "y"), ("c", "", "X"))
    }


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("sortBy=userName", "Abc"),
        ("sortBy=userName&sortOrder=ascending", "Abc"),
        ("sortBy=USERNAME&sortOrder=Descending", "cbA"),
        ("sortBy=title", "Abc"),
        ("sortBy=title&sortOrder=descending", "cbA"),
        ("sortBy=id", "bAc"),
        ("sortBy=meta.created&sortOrder=descending", "cAb"),
        ("sortBy=name.familyName", "bcA"),
        ("sortBy=active", "bAc"),
        ("sortBy=urn:ietf:params:scim:schemas:core:2.0:User:userName", "Abc"),
        ("sortBy=emails.value", "Abc"),
        ("sortBy=emails", "Abc"),
    ],
)
def test_lists_are_sorted_without_case_and_what_is_unassigned_comes_last(scim, sorted_people, query, order):
    assert scim.get("/Users", query).ids == [sorted_people[login].public_id for login in order]


def test_sorting_by_what_nobody_has_keeps_the_order_of_ids(scim, ids):
    assert scim.get("/Users", "sortBy=nickName").ids == ids


@pytest.mark.parametrize("query", ["sortBy=shoeSize", "sortBy=a.b.c", "sortBy=%00", "sortOrder=sideways", "sortBy=["])
def test_what_cannot_be_sorted_by_is_refused(scim, ids, query):
    assert scim.get("/Users", query).status == 400


def test_groups_are_sorted_with_their_members(scim, company, people):
    last = TeammateGroupFactory(company=company, name="z", with_members=people[:1])
    first = TeammateGroupFactory(company=company, name="a", with_members=people[1:3])

    answer = scim.get("/Groups", "sortBy=displayName")

    assert answer.ids == [first.public_id, last.public_id]
    assert [len(group["members"]) for group in answer["Resources"]] == [2, 1]


# --- searches in a body ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_a_search_answers_what_the_query_does(scim, company, people, path):
    TeammateGroupFactory.create_batch(3, company=company, with_members=people[:2])
    query = {"filter": "id pr", "startIndex": 2, "count": 2, "sortBy": "externalId", "sortOrder": "descending"}

    answer = scim.post(f"{path}/.search", {"schemas": [SEARCH], **query, "excludedAttributes": ["members", "groups"]})

    assert answer.status == 200
    assert answer.body == scim.get(path, {**query, "excludedAttributes": "members,groups"}).body
    assert answer["itemsPerPage"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"attributes": 5}, {"attributes": {"a": 1}}, {"attributes": [5]}, {"excludedAttributes": True}, {"filter": 5},
        {"filter": ["a"]}, {"count": 1.5}, {"count": True}, {"count": {}}, {"startIndex": [1]}, {"sortBy": 5},
        {"cursor": 5}, {"sortOrder": {}},
    ],
)  # fmt: skip
def test_a_search_whose_parameters_have_the_wrong_type_is_refused(scim, ids, body):
    assert scim.post("/Users/.search", body).status == 400


def test_a_search_parameter_of_null_was_not_sent(scim, ids):
    names = ("filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor")

    assert scim.post("/Users/.search", dict.fromkeys(names)).ids == ids
