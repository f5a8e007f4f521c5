"""Paging by cursor (RFC 9865)."""

import re

import pytest

from scim import cursors
from scim.lists import DEFAULT_COUNT, MAX_COUNT
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import SEARCH

pytestmark = pytest.mark.django_db

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986 §2.3


@pytest.fixture
def people(company):
    """Seven people, of whom three have no display name."""
    names = ["Grace", "", "Ada", "joan", "", "Betty", ""]
    return [
        TeammateFactory(company=company, login=f"person{n}@example.com", display_name=name)
        for n, name in enumerate(names)
    ]


def walk(ask, **query):
    """All pages of a query, the first by an empty cursor."""
    pages, cursor = [], ""
    while True:
        answer = ask({**query, "cursor": cursor})
        assert answer.status == 200, answer.body
        pages.append(answer)
        cursor = answer.body.get("nextCursor")
        if cursor is None:
            return pages
        assert UNRESERVED.fullmatch(cursor)


def users(scim):
    return lambda query: scim.get("/Users", query)


def ids(pages):
    return [found for page in pages for found in page.ids]


@pytest.mark.parametrize(("count", "pages"), [(1, 7), (2, 4), (3, 3), (6, 2), (7, 1), (50, 1)])
def test_walking_visits_everybody_once_in_order(scim, people, count, pages):
    walked = walk(users(scim), count=count)

    assert ids(walked) == [person.public_id for person in people]
    assert len(walked) == pages
    assert {page["totalResults"] for page in walked} == {7}
    assert all(page["itemsPerPage"] == len(page.ids) <= count for page in walked)
    assert not any("startIndex" in page.body or "previousCursor" in page.body for page in walked)


def test_walking_a_filter_visits_whom_it_selects(scim, people):
    walked = walk(users(scim), count=1, filter='displayName co "a" or displayName sw "j"')

    assert ids(walked) == [people[n].public_id for n in (0, 2, 3)]
    assert {page["totalResults"] for page in walked} == {3}


def test_walking_a_look_up_ends_at_once(scim, people):
    walked = walk(users(scim), count=5, filter='userName eq "PERSON3@example.com"')

    assert [page.ids for page in walked] == [[people[3].public_id]]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("ascending", [2, 5, 0, 3, 1, 4, 6]), ("descending", [1, 4, 6, 3, 0, 5, 2])],
)
def test_walking_in_an_order_keeps_it(scim, people, order, expected):
    walked = walk(users(scim), count=2, sortBy="displayName", sortOrder=order)

    assert ids(walked) == [people[n].public_id for n in expected]


@pytest.mark.parametrize("query", ["cursor&count=1", "cursor&count=1&sortBy=userName", "cursor&count=1&filter=id pr"])
def test_a_cursor_needs_no_escaping_in_a_url(scim, people, query):
    assert UNRESERVED.fullmatch(scim.get("/Users", query)["nextCursor"])


def test_nobody_is_one_empty_page_without_a_next(scim):
    (page,) = walk(users(scim))

    assert (page["totalResults"], page["itemsPerPage"], page["Resources"]) == (0, 0, [])


def test_who_comes_while_walking_is_met_at_the_end_and_nobody_twice(scim, company, people):
    first = scim.get("/Users", {"cursor": "", "count": 3})
    assert scim.delete(f"/Users/{first.ids[0]}").status == 204
    newcomer = TeammateFactory(company=company)

    rest, cursor = [], first["nextCursor"]
    while cursor:
        page = scim.get("/Users", {"cursor": cursor, "count": 3})
        rest += page.ids
        cursor = page.body.get("nextCursor")

    assert rest == [*(person.public_id for person in people[3:]), newcomer.public_id]


def test_groups_are_walked_with_their_members(scim, company, people):
    for number in range(5):
        TeammateGroupFactory(company=company, with_members=people[:number])

    walked = walk(lambda query: scim.get("/Groups", query), count=2)

    assert [len(group.get("members", [])) for page in walked for group in page["Resources"]] == [0, 1, 2, 3, 4]


def test_a_search_body_is_walked_as_well(scim, people):
    def search(query):
        return scim.post("/Users/.search", {"schemas": [SEARCH], "attributes": ["userName"], **query})

    walked = walk(search, count=3, filter="active eq true")

    assert ids(walked) == [person.public_id for person in people]
    assert set(walked[0]["Resources"][0]) == {"schemas", "id", "userName"}


def test_the_size_of_a_page_may_change_on_the_way(scim, people):
    first = scim.get("/Users", {"cursor": "", "count": 2})
    second = scim.get("/Users", {"cursor": first["nextCursor"], "count": 4})

    assert second.ids == [person.public_id for person in people[2:6]]


# --- what a count may be -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, -3])
def test_no_results_were_asked_for_but_the_total_and_where_to_begin(scim, people, count):
    answer = scim.get("/Users", {"cursor": "", "count": count})

    assert (answer["totalResults"], answer["itemsPerPage"], answer["Resources"]) == (7, 0, [])
    begun = scim.get("/Users", {"cursor": answer["nextCursor"]})
    assert len(begun.ids) == 7


def test_counts_in_the_middle_of_a_walk_lose_nobody(scim, people):
    first = scim.get("/Users", {"cursor": "", "count": 3})
    pause = scim.get("/Users", {"cursor": first["nextCursor"], "count": 0})
    last = scim.get("/Users", {"cursor": pause["nextCursor"]})

    assert first.ids + pause.ids + last.ids == [person.public_id for person in people]


@pytest.mark.parametrize("count", ["many", "1.5", "0x10", "1e2"])
def test_a_count_that_is_no_number_is_refused_by_the_name_it_has_there(scim, people, count):
    assert scim.get("/Users", {"cursor": "", "count": count}).refusal == (400, "invalidCount")
    assert scim.get("/Users", {"count": count}).refusal == (400, "invalidValue")


def test_a_count_above_the_largest_page_is_the_largest_page(scim, people):
    assert len(scim.get("/Users", {"cursor": "", "count": MAX_COUNT * 10}).ids) == 7


# --- what a cursor may be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cursor", ["x", "a.b.c", ".", "W10.1tXYZ.abc", "%00", "\u00e9", "null", "1", "VZUTiyhEQJ94IR", "x" * 5_000]
)
def test_a_cursor_of_nobodys_is_refused(scim, people, cursor):
    assert scim.get("/Users", {"cursor": cursor}).refusal == (400, "invalidCursor")


def test_a_cursor_that_was_changed_is_refused(scim, people):
    cursor = scim.get("/Users", {"cursor": "", "count": 1})["nextCursor"]
    place = len(cursor) // 4

    changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]

    assert scim.get("/Users", {"cursor": changed}).refusal == (400, "invalidCursor")


@pytest.mark.parametrize(
    "other", [{"filter": "active eq true"}, {"sortBy": "userName"}, {"sortOrder": "descending", "sortBy": "id"}]
)
def test_a_cursor_of_another_query_is_refused(scim, people, other):
    cursor = scim.get("/Users", {"cursor": "", "count": 1})["nextCursor"]

    assert scim.get("/Users", {"cursor": cursor, **other}).refusal == (400, "invalidCursor")


def test_a_cursor_of_users_is_none_of_groups(scim, people):
    cursor = scim.get("/Users", {"cursor": "", "count": 1})["nextCursor"]

    assert scim.get("/Groups", {"cursor": cursor}).refusal == (400, "invalidCursor")


def test_a_cursor_of_another_company_is_refused(scim, other_scim, other_company, people):
    TeammateFactory.create_batch(2, company=other_company)
    cursor = scim.get("/Users", {"cursor": "", "count": 1})["nextCursor"]

    assert other_scim.get("/Users", {"cursor": cursor}).refusal == (400, "invalidCursor")


def test_a_cursor_that_is_too_old_is_refused_as_such(scim, people, monkeypatch):
    cursor = scim.get("/Users", {"cursor": "", "count": 1})["nextCursor"]
    monkeypatch.setattr(cursors, "SECONDS", -1)

    assert scim.get("/Users", {"cursor": cursor}).refusal == (400, "expiredCursor")


# --- both ways of paging -------------------------------------------------------------------------------------------


def test_paging_is_published_and_index_is_the_default(scim, people):
    assert scim.get("/ServiceProviderConfig")["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": DEFAULT_COUNT,
        "maxPageSize": MAX_COUNT,
        "cursorTimeout": cursors.SECONDS,
    }
    plain = scim.get("/Users")
    assert plain["startIndex"] == 1
    assert "nextCursor" not in plain.body
    assert "nextCursor" not in scim.get("/Users", {"startIndex": 2, "count": 2}).body


def test_a_cursor_goes_before_a_start_index(scim, people):
    answer = scim.get("/Users", {"cursor": "", "startIndex": 5, "count": 2})

    assert answer.ids == [person.public_id for person in people[:2]]
