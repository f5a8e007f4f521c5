"""POST /.search at the root: one query over users and groups together (RFC 7644 §3.4.2.1, §3.4.3)."""

import pytest

from teammates.models import Status
from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import DESCRIPTION, ENTERPRISE, FIELDS, LIST, SEARCH, USER, op

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(scim):
    def ask(**query):
        return scim.post("/.search", {"schemas": [SEARCH], **query})

    return ask


@pytest.fixture
def everybody(company):
    """Three people and two groups, as they are to be found: users first, each kind by id."""
    people = [TeammateFactory(company=company, login=f"person{n}@example.com", external_id=f"x{n}") for n in range(3)]
    groups = [TeammateGroupFactory(company=company, name=f"Team {n}", external_id=f"x{n}") for n in range(2)]
    groups[0].memberships.create(company=company, teammate=people[0], confirmed=True)
    return [*people, *groups]


def found(things):
    return [thing.public_id for thing in things]


def test_users_come_first_and_then_groups(search, everybody):
    answer = search()

    assert answer["schemas"] == [LIST]
    assert answer.ids == found(everybody)
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (5, 1, 5)
    assert [resource["meta"]["resourceType"] for resource in answer["Resources"]] == ["User"] * 3 + ["Group"] * 2


def test_each_resource_is_what_its_own_url_gives(scim, search, everybody):
    for resource in search()["Resources"]:
        path = resource["meta"]["location"].partition("/v2")[2]
        assert scim.get(path).body == resource


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (1, 2, slice(0, 2)),
        (2, 3, slice(1, 4)),
        (3, 2, slice(2, 4)),
        (4, 9, slice(3, 5)),
        (5, 1, slice(4, 5)),
        (6, 5, slice(5, 5)),
        (99, 5, slice(5, 5)),
        (0, 1, slice(0, 1)),
        (-7, 1, slice(0, 1)),
        (1, 0, slice(0, 0)),
        (1, -1, slice(0, 0)),
    ],
)
def test_pages_go_across_the_border_between_kinds(search, everybody, start, count, expected):
    answer = search(startIndex=start, count=count)

    assert answer.ids == found(everybody[expected])
    assert answer["totalResults"] == 5
    assert answer["startIndex"] == max(start, 1)


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        ('userName eq "PERSON1@example.com"', [1]),
        ('displayName eq "team 1"', [4]),
        ('userName sw "person" or displayName sw "Team"', [0, 1, 2, 3, 4]),
        ('userName sw "person" and displayName sw "Team"', []),
        ('externalId eq "x0"', [0, 3]),
        ('meta.resourceType eq "Group"', [3, 4]),
        ('meta.resourceType eq "User" and externalId eq "x1"', [1]),
        ("members pr", [3]),
        ("groups pr", [0]),
        ("active eq true", [0, 1, 2]),
        ("not (active eq true)", [3, 4]),
        (f'{ENTERPRISE}:department eq "x"', []),
        (f"{DESCRIPTION}:description pr", []),
        (f'schemas eq "{USER}"', [0, 1, 2]),
        ("id pr", [0, 1, 2, 3, 4]),
    ],
)
def test_a_filter_selects_from_the_kinds_that_have_the_attribute(search, everybody, filter_text, expected):
    answer = search(filter=filter_text)

    assert answer.status == 200, answer.body
    assert answer.ids == found(everybody[n] for n in expected)
    assert answer["totalResults"] == len(expected)


@pytest.mark.parametrize(
    "filter_text",
    ['nonsense eq "x"', 'userName eq "a" or nonsense pr', "userName", 'userName is "a"', "active gt true"],
)
def test_a_filter_that_no_kind_can_answer_is_refused(search, everybody, filter_text):
    assert search(filter=filter_text).refusal == (400, "invalidFilter")


def test_attributes_choose_for_both_kinds(search, everybody):
    answer = search(attributes=["userName", "displayName"])

    assert set(answer["Resources"][0]) == {"schemas", "id", "userName"}
    assert set(answer["Resources"][4]) == {"schemas", "id", "displayName"}


def test_excluded_attributes_leave_members_out(search, everybody):
    assert "members" in search()["Resources"][3]
    assert "members" not in search(excludedAttributes=["members", "nonsense"])["Resources"][3]


def test_custom_fields_are_found_by_their_id(scim, search, company, everybody):
    field = CustomFieldFactory(company=company)
    scim.patch(everybody[1], op("add", f"{FIELDS}:{field.public_id}", "red"))

    answer = search(filter=f'{FIELDS}:{field.public_id} eq "red"')

    assert answer.ids == [everybody[1].public_id]


def test_what_only_one_kind_at_a_time_can_do_is_refused(search, everybody):
    assert search(cursor="").refusal == (400, "invalidValue")


@pytest.fixture
def mixed(company):
    """Users and groups whose names alternate; the last user has none. By short names."""
    made = {
        "Bee": TeammateFactory(company=company, display_name="bee"),
        "Ant": TeammateGroupFactory(company=company, name="Ant"),
        "Cat": TeammateGroupFactory(company=company, name="cat", external_id="x1"),
        "Dog": TeammateFactory(company=company, display_name="Dog", external_id="x0"),
        "none": TeammateFactory(company=company),
    }
    return {name: thing.public_id for name, thing in made.items()}


@pytest.mark.parametrize(
    ("sorting", "order"),
    [
        ({"sortBy": "displayName"}, ["Ant", "Bee", "Cat", "Dog", "none"]),
        ({"sortBy": "displayName", "sortOrder": "descending"}, ["none", "Dog", "Cat", "Bee", "Ant"]),
        ({"sortBy": "DISPLAYNAME", "startIndex": 2, "count": 2}, ["Bee", "Cat"]),
        ({"sortBy": "externalId", "count": 2}, ["Dog", "Cat"]),
        ({"sortBy": "active", "count": 3}, ["Bee", "Dog", "none"]),
        ({"sortBy": "userName", "startIndex": 4}, ["Ant", "Cat"]),
        ({"sortBy": "meta.created"}, ["Bee", "Ant", "Cat", "Dog", "none"]),
        ({"sortBy": "displayName", "filter": 'displayName co "a"'}, ["Ant", "Cat"]),
        ({"sortBy": "displayName", "count": 0}, []),
        ({"sortBy": "emails", "count": 3}, ["Bee", "Dog", "none"]),
        ({"sortBy": "description"}, ["Bee", "Dog", "none", "Ant", "Cat"]),
        ({"sortBy": "name.familyName", "count": 1}, ["Bee"]),
    ],
)
def test_both_kinds_are_sorted_together_and_those_without_the_attribute_come_last(search, mixed, sorting, order):
    answer = search(**sorting)

    assert answer.status == 200
    assert answer.ids == [mixed[name] for name in order]


def test_custom_fields_are_sorted_among_groups_too(search, scim, company, mixed):
    field = CustomFieldFactory(company=company, kind="number").public_id
    for name, number in (("Bee", 10), ("Dog", 9)):
        scim.patch(f"/Users/{mixed[name]}", op("add", f"{FIELDS}:{field}", number))

    assert search(sortBy=f"{FIELDS}:{field}", count=2).ids == [mixed["Dog"], mixed["Bee"]]


@pytest.mark.parametrize("name", ["shoeSize", "emails[", "name", "members"])
def test_what_no_kind_can_be_sorted_by_is_refused(search, mixed, name):
    assert search(sortBy=name).refusal == (400, "invalidValue")


def test_nothing_of_another_company_and_nobody_who_was_removed_is_found(scim, other_scim, search, company, everybody):
    TeammateFactory(company=company, status=Status.DELETED)
    scim.delete(f"/Users/{everybody[2].public_id}")

    assert search().ids == found([everybody[0], everybody[1], everybody[3], everybody[4]])
    assert other_scim.post("/.search", {"schemas": [SEARCH]})["totalResults"] == 0


def test_the_number_of_statements_does_not_grow_with_the_page(scim, search, company, everybody, statements):
    TeammateFactory.create_batch(10, company=company)
    TeammateGroupFactory.create_batch(10, company=company, with_members=everybody[:3])
    counts = []
    for count in (14, 25):
        with statements(scim) as sent:
            assert len(search(count=count).ids) == count
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 9


def test_a_url_cannot_ask(scim, everybody):
    answer = scim.get("/.search", {"filter": "id pr"})

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
