"""What Microsoft's validators ask of a server: the hosted one's tests, in its order and words, and the gallery's.

Both dialects: packed, where one operation has no path and an object of flat keys, and verbose, one per attribute.
"""

from typing import Any

import pytest

from teammates.models import Company
from tests.factories import TeammateFactory, make_crowd
from tests.scim.door import DESCRIPTION, ENTERPRISE, GROUP, LIST, TEMPLATE, USER, group, members, op

pytestmark = pytest.mark.django_db

MANAGER = f"{ENTERPRISE}:manager"
EVERYTHING: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "a-guid",
    "userName": "Grace.Hopper@Example.com",
    "active": True,
    "displayName": "Grace Hopper",
    "nickName": "Amazing Grace",
    "title": "Rear Admiral",
    "userType": "Employee",
    "profileUrl": "https://example.com/grace",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/New_York",
    "name": {
        "formatted": "Grace Hopper", "familyName": "Hopper", "givenName": "Grace", "middleName": "Brewster",
        "honorificPrefix": "Adm.", "honorificSuffix": "PhD",
    },
    "emails": [
        {"type": "work", "value": "grace@example.com", "primary": True},
        {"type": "home", "value": "grace@home.example"},
        {"type": "other", "value": "grace@other.example"},
    ],
    "phoneNumbers": [
        {"type": kind, "value": f"+1 555 {kind}"} for kind in ("work", "mobile", "fax", "home", "pager", "other")
    ],
    "addresses": [
        {"type": kind, "formatted": f"{kind} 1", "streetAddress": "1 Main St", "locality": "Arlington", "region": "VA",
         "postalCode": "22201", "country": "US"}
        for kind in ("work", "home", "other")
    ],
    "roles": [{"primary": "True", "display": "Officer", "value": "officer", "type": "rank"}],
    ENTERPRISE: {
        "employeeNumber": "1", "department": "Navy", "costCenter": "C", "organization": "USN", "division": "D",
    },
}  # fmt: skip
ADDED = {  # path: value, on somebody with a userName and nothing else
    **{name: f"new {name}" for name in ("displayName", "nickName", "title", "userType", "locale", "timezone")},
    "externalId": "new-guid",
    "preferredLanguage": "de-DE",
    "profileUrl": "https://example.com/new",
    **{f"name.{part}": f"new {part}" for part in EVERYTHING["name"]},
    **{f'emails[type eq "{kind}"].value': f"{kind}@new.example" for kind in ("work", "home", "other")},
    **{f'phoneNumbers[type eq "{kind}"].value': f"+49 {kind}" for kind in ("work", "mobile", "fax", "pager")},
    **{
        f'addresses[type eq "work"].{part}': f"new {part}"
        for part in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
    },
    **{f'roles[primary eq "True"].{part}': f"new {part}" for part in ("display", "value", "type")},
    **{f"{ENTERPRISE}:{part}": f"new {part}" for part in EVERYTHING[ENTERPRISE]},
}


def verbose(kind, changes):
    """One operation per attribute."""
    return [op(kind, path, value) for path, value in changes.items()]


def packed(kind, changes):
    """Value paths by themselves, and all else in one object without a path."""
    paths = {path: value for path, value in changes.items() if "[" in path}
    return [*verbose(kind, paths), op(kind, None, {path: changes[path] for path in changes if "[" not in path})]


def value_at(resource, path):
    """The value that a path of ADDED names."""
    if path.startswith(ENTERPRISE):
        return resource[ENTERPRISE][path.rpartition(":")[2]]
    if "[" not in path:
        name, _, part = path.partition(".")
        return resource[name][part] if part else resource[name]
    name, _, rest = path.partition("[")
    choice, _, part = rest.partition("].")
    key, wanted = choice.split(" eq ")
    wanted = True if wanted == '"True"' else wanted.strip('"')
    (element,) = [element for element in resource[name] if element.get(key) == wanted]
    return element[part]


@pytest.fixture
def grace(scim):
    answer = scim.post("/Users", EVERYTHING)
    assert answer.status == 201
    return f"/Users/{answer['id']}"


@pytest.fixture
def bare(scim):
    """Somebody with a userName only."""
    return f"/Users/{scim.post('/Users', {'schemas': [USER], 'userName': 'bare@example.com'})['id']}"


@pytest.fixture
def team(scim):
    return f"/Groups/{scim.create_group('Team', externalId='team-guid')['id']}"


# --- the hosted validator: users --------------------------------------------------------------------------------------


def test_create_a_new_user(scim, grace):
    found = scim.find("/Users", 'userName eq "Grace.Hopper@Example.com"')["Resources"]

    assert len(found) == 1
    wanted = {**EVERYTHING, "roles": [{**EVERYTHING["roles"][0], "primary": True}]}
    assert {name: found[0][name] for name in wanted} == wanted


def test_create_a_duplicate_user(scim, grace):
    assert scim.post("/Users", EVERYTHING).refusal == (409, "uniqueness")


def test_filter_existing_user(scim, grace):
    answer = scim.find("/Users", 'userName eq "Grace.Hopper@Example.com"')

    assert (answer.status, answer["schemas"], answer["totalResults"]) == (200, [LIST], 1)
    (found,) = answer["Resources"]
    assert (found["id"], found["schemas"], found["active"]) == (grace.rpartition("/")[2], [USER, ENTERPRISE], True)
    assert found["meta"]["resourceType"] == "User"


def test_filter_non_existing_user(scim, grace):
    answer = scim.find("/Users", 'userName eq "nobody@example.com"')

    assert (answer.status, answer["totalResults"], answer["Resources"]) == (200, 0, [])


def test_filter_user_with_different_case(scim, grace):
    assert scim.find("/Users", 'userName eq "gRACE.hOPPER@eXAMPLE.COM"')["totalResults"] == 1


@pytest.mark.parametrize("dialect", [packed, verbose])
@pytest.mark.parametrize("kind", ["add", "replace", "Add", "Replace"])
@pytest.mark.parametrize("who", ["bare", "grace"])
def test_patch_user_add_and_replace_attributes(scim, request, dialect, kind, who):
    path = request.getfixturevalue(who)

    answer = scim.patch(path, *dialect(kind, ADDED))

    assert answer.status == 200
    resource = scim.get(path).body
    assert {place: value_at(resource, place) for place in ADDED} == ADDED
    assert resource == answer.body


@pytest.mark.parametrize(
    "operation",
    [op("replace", "userName", "new@example.com"), op("replace", None, {"userName": "new@example.com"})],
)
def test_update_user_user_name(scim, grace, operation):
    assert scim.patch(grace, operation)["userName"] == "new@example.com"
    assert scim.find("/Users", 'userName eq "new@example.com"').ids == [grace.rpartition("/")[2]]


@pytest.mark.parametrize("value", [False, "False", "false"])
def test_disable_user(scim, grace, value):
    changed = scim.patch(grace, op("replace", "active", value))

    read, found = scim.get(grace), scim.find("/Users", 'userName eq "Grace.Hopper@Example.com"')["Resources"][0]
    assert changed["active"] is read["active"] is found["active"] is False


def test_add_replace_and_remove_manager(scim, grace):
    assert scim.patch(grace, op("add", MANAGER, "tea_1"))[ENTERPRISE]["manager"]["value"] == "tea_1"
    assert scim.patch(grace, op("replace", MANAGER, "tea_2"))[ENTERPRISE]["manager"]["value"] == "tea_2"
    assert "manager" not in scim.patch(grace, op("replace", MANAGER, ""))[ENTERPRISE]
    assert "manager" not in scim.get(grace)[ENTERPRISE]


def test_delete_a_user_and_delete_it_again(scim, grace):
    assert scim.delete(grace).status == 204
    assert [scim.get(grace).status, scim.delete(grace).status] == [404, 404]
    assert scim.find("/Users", 'userName eq "Grace.Hopper@Example.com"')["totalResults"] == 0


def test_delete_a_non_existent_user_and_group(scim):
    assert [scim.delete("/Users/a-guid").status, scim.delete("/Groups/a-guid").status] == [404, 404]


def test_multiple_operations_on_different_attributes(scim, grace):
    answer = scim.patch(
        grace, op("remove", "title"), op("add", "nickName", "Grace"), op("replace", "displayName", "G. Hopper")
    )

    assert (answer["nickName"], answer["displayName"], "title" in answer.body) == ("Grace", "G. Hopper", False)


def test_multiple_operations_on_the_same_attribute(scim, grace, team):
    same = [op("remove", "externalId"), op("add", "externalId", "first"), op("replace", "externalId", "last")]

    assert scim.patch(grace, *same)["externalId"] == "last"
    assert scim.patch(team, *same).status == 204
    assert scim.get(team)["externalId"] == "last"


# --- the hosted validator: groups -------------------------------------------------------------------------------------


def test_get_group_by_id_excluding_members(scim, company, team):
    scim.patch(team, op("add", "members", members(TeammateFactory(company=company))))

    answer = scim.get(team, "excludedAttributes=members")

    assert (answer.status, answer["displayName"], "members" in answer.body) == (200, "Team", False)


@pytest.mark.parametrize("query", [{}, {"excludedAttributes": "members"}])
@pytest.mark.parametrize(("name", "total"), [("Team", 1), ("tEAM", 1), ("Teams", 0)])
def test_filter_groups(scim, team, query, name, total):
    answer = scim.find("/Groups", f'displayName eq "{name}"', **query)

    assert (answer.status, answer["totalResults"], len(answer["Resources"])) == (200, total, total)


def test_create_a_group_and_its_duplicate(scim):
    first, second = scim.create_group("Team"), scim.create_group("Team")

    assert (first.status, second.refusal) == (201, (409, "uniqueness"))


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param([op("replace", None, {"displayName": "Crew", "externalId": "e2"})], id="packed"),
        pytest.param([op("Replace", "displayName", "Crew"), op("Replace", "externalId", "e2")], id="verbose"),
    ],
)
def test_patch_group_replace_attributes(scim, team, operations):
    assert scim.patch(team, *operations).status == 204
    assert (scim.get(team)["displayName"], scim.get(team)["externalId"]) == ("Crew", "e2")


def test_update_group_add_and_remove_member(scim, company, team):
    ada = TeammateFactory(company=company)

    assert scim.patch(team, op("Add", "members", members(ada))).status == 204
    assert [member["value"] for member in scim.get(team)["members"]] == [ada.public_id]
    assert scim.patch(team, op("Remove", "members", members(ada))).status == 204
    assert "members" not in scim.get(team).body


def test_delete_a_group_and_delete_it_again(scim, team):
    assert [scim.delete(team).status, scim.get(team).status, scim.delete(team).status] == [204, 404, 404]


# --- the tests of the app gallery -------------------------------------------------------------------------------------


def test_schema_discoverability(scim):
    """They count: the attributes of a mapping against those of a schema, flattened by its canonical values."""
    schemas = {schema["id"]: schema["attributes"] for schema in scim.get("/Schemas")["Resources"]}

    def count(attributes):
        total = 0
        for attribute in attributes:
            subs = [sub for sub in attribute.get("subAttributes", []) if sub["type"] not in ("complex", "reference")]
            if attribute["name"] in ("manager", "members") or not subs:
                total += attribute["type"] != "reference"
            elif not attribute["multiValued"]:
                total += len(subs)
            else:
                kinds = next((len(sub.get("canonicalValues", [])) for sub in subs if sub["name"] == "type"), 0)
                total += max(kinds, 1) * len([sub for sub in subs if sub["name"] not in ("type", "primary")])
        return total

    assert count(schemas[USER] + schemas[ENTERPRISE]) >= len(ADDED) + len(["userName", "active", "manager", "template"])
    assert count(schemas[GROUP]) >= len(["displayName", "externalId", "members", "description"])
    assert {TEMPLATE, DESCRIPTION} <= schemas.keys()


@pytest.mark.parametrize("nothing", ["", None])
@pytest.mark.parametrize("dialect", [packed, verbose])
def test_null_update(scim, grace, nothing, dialect):
    optional = [path for path in ADDED if "[" not in path]

    answers = [scim.patch(grace, *dialect("replace", dict.fromkeys(optional, nothing))) for _ in range(2)]

    assert {answer.status for answer in answers} == {200}
    resource = scim.get(grace).body
    assert not {path for path in optional if "." not in path and ":" not in path} & resource.keys()
    assert "name" not in resource
    assert ENTERPRISE not in resource
    assert (resource["userName"], resource["active"]) == (EVERYTHING["userName"], True)


def test_restore_user(scim, grace):
    """Unassigned, then assigned again: found by the matching query, then patched."""
    scim.patch(grace, op("Replace", "active", "False"))
    (found,) = scim.find("/Users", 'userName eq "Grace.Hopper@Example.com"')["Resources"]

    restored = scim.patch(f"/Users/{found['id']}", op("Replace", "active", "True"))

    assert (restored.status, restored["active"], restored["title"]) == (200, True, "Rear Admiral")


def test_restore_after_a_hard_delete(scim, grace):
    scim.delete(grace)

    answer = scim.post("/Users", EVERYTHING)

    assert (answer.status, answer["active"]) == (201, True)


def test_group_description_is_updated(scim, team):
    for kind, path, value in (
        ("Add", f"{DESCRIPTION}:description", "Helps"),
        ("Replace", None, {f"{DESCRIPTION}:description": "Helps more"}),
    ):
        assert scim.patch(team, op(kind, path, value)).status == 204
    assert scim.get(team)[DESCRIPTION] == {"description": "Helps more"}


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_pagination(scim, company, path):
    Company.objects.filter(pk=company.pk).update(licence_count=50)
    make_crowd(company, 12)
    for number in range(12):
        scim.post("/Groups", group(f"Group {number}"))

    pages = [scim.get(path, f"startIndex={start}&count=5") for start in (1, 6, 11)]

    assert [page["startIndex"] for page in pages] == [1, 6, 11]
    assert [len(page["Resources"]) for page in pages] == [5, 5, 2]
    assert len({public_id for page in pages for public_id in page.ids}) == 12
