"""Which attributes an answer carries, over reads, lists and writes (RFC 7644 §3.9, RFC 7643 §7)."""

import json

import pytest

from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory, make_crowd
from tests.scim.door import DESCRIPTION, ENTERPRISE, FIELDS, USER, group, op, path_of, user

pytestmark = pytest.mark.django_db

ALWAYS = {"schemas", "id"}


@pytest.fixture
def ada(scim, company):
    made = scim.create_user(
        title="Countess",
        displayName="Ada",
        addresses=[{"type": "work", "locality": "London", "country": "GB"}],
        **{ENTERPRISE: {"department": "Engines", "manager": {"value": "tea_1"}}},
    )
    person = company.teammates.get(pk=int(made["id"][4:], 36))
    TeammateGroupFactory(company=company, name="Team", with_members=[person], description="Helps")
    return person


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("userName", {"userName"}),
        ("USERNAME", {"userName"}),
        ("userName,title", {"userName", "title"}),
        (" userName , title ,", {"userName", "title"}),
        ("id", set()),
        ("meta", {"meta"}),
        ("groups", {"groups"}),
        (f"{USER}:title", {"title"}),
        (ENTERPRISE, {ENTERPRISE}),
        (f"{ENTERPRISE}:department", {ENTERPRISE}),
        ("shoeSize", set()),
        ("password", set()),
        ("active,shoeSize", {"active"}),
        ('emails[type eq "work"]', {"emails"}),
        ('emails[type eq "work"].value,title', {"emails", "title"}),
    ],
)
def test_only_what_is_asked_for_and_what_is_always_there(scim, ada, asked, shown):
    answer = scim.read(ada, {"attributes": asked})

    assert answer.body.keys() == ALWAYS | shown


def test_parts_of_an_attribute_can_be_asked_for(scim, ada):
    asked = f"name.givenName,emails.value,addresses.country,meta.resourceType,groups.display,{ENTERPRISE}:manager.value"

    answer = scim.read(ada, {"attributes": asked}).body

    assert answer == {
        "schemas": [USER, ENTERPRISE], "id": ada.public_id, "name": {"givenName": "Ada"},
        "emails": [{"value": "ada@example.com"}], "addresses": [{"country": "GB"}], "meta": {"resourceType": "User"},
        "groups": [{"display": "Team"}], ENTERPRISE: {"manager": {"value": "tea_1"}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unwanted", "missing"),
    [
        ("title", {"title"}),
        ("TITLE,name", {"title", "name"}),
        ("groups", {"groups"}),
        (ENTERPRISE, {ENTERPRISE}),
        ("id,schemas", set()),
        ("shoeSize", set()),
        ("meta", {"meta"}),
    ],
)
def test_what_is_excluded_is_left_out_and_what_is_always_there_stays(scim, ada, unwanted, missing):
    everything = scim.read(ada).body

    answer = scim.read(ada, {"excludedAttributes": unwanted}).body

    if "groups" in missing:  # which the version tells of
        everything["meta"].pop("version"), answer["meta"].pop("version")
    assert answer == {name: value for name, value in everything.items() if name not in missing}


def test_parts_can_be_excluded(scim, ada):
    answer = scim.read(ada, {"excludedAttributes": f"name.familyName,emails.primary,{ENTERPRISE}:department"})

    assert answer["name"] == {"givenName": "Ada"}
    assert answer["emails"] == [{"type": "work", "value": "ada@example.com"}]
    assert answer[ENTERPRISE] == {"manager": {"value": "tea_1"}}


def test_lists_and_searches_project_alike(scim, ada):
    query = {"attributes": "userName,emails.value"}
    (listed,) = scim.get("/Users", query)["Resources"]
    (searched,) = scim.post("/Users/.search", {"attributes": ["userName", "emails.value"]})["Resources"]

    assert listed == searched == scim.read(ada, query).body


def test_answers_to_writes_project_too(scim, ada):
    created = scim.post("/Users?attributes=title", user("new@example.com", title="x"))
    replaced = scim.put(f"{path_of(ada)}?attributes=title", user("ada@example.com", title="y"))
    patched = scim.patch(ada, op("replace", "title", "z"), query="?excludedAttributes=title")

    assert (created.status, created.body.keys()) == (201, ALWAYS | {"title"})
    assert replaced.body == {"schemas": [USER], "id": ada.public_id, "title": "y"}
    assert "title" not in patched.body
    assert patched["userName"] == "ada@example.com"


def test_custom_fields_can_be_asked_for_one_by_one(scim, company, ada):
    first, second = CustomFieldFactory.create_batch(2, company=company)
    scim.patch(ada, op("replace", None, {FIELDS: {first.public_id: "a", second.public_id: "b"}}))

    answer = scim.read(ada, {"attributes": f"{FIELDS}:{first.public_id}"})

    assert answer.body.keys() == ALWAYS | {FIELDS}
    assert answer[FIELDS] == {first.public_id: "a"}


# --- members ------------------------------------------------------------------------------------------------------


@pytest.fixture
def team(company, ada):
    return company.groups.get()


@pytest.mark.parametrize(
    "query", ["excludedAttributes=members", "excludedAttributes=MEMBERS", "attributes=displayName"]
)
def test_members_are_left_out_of_an_item_and_of_a_list(scim, team, query):
    assert "members" not in scim.read(team, query).body
    assert "members" not in scim.get("/Groups", query)["Resources"][0]
    assert "members" not in scim.get("/Groups", query + "&filter=displayName+eq+%22Team%22")["Resources"][0]


def test_the_group_is_otherwise_the_same_without_them(scim, team):
    whole = scim.read(team).body
    without = scim.read(team, "excludedAttributes=members").body

    assert whole.pop("members")
    assert without == whole
    assert whole[DESCRIPTION] == {"description": "Helps"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("attributes=members", {"value", "type", "$ref"}),
        ("attributes=members.value", {"value"}),
        ("attributes=members.value,members.display", {"value", "display"}),
        ("excludedAttributes=members.$ref", {"value", "type"}),
        ("excludedAttributes=members.$ref,members.type", {"value"}),
    ],
)
def test_parts_of_members_can_be_chosen(scim, team, ada, query, shown):
    (member,) = scim.read(team, query)["members"]

    assert member.keys() == shown
    assert member["value"] == ada.public_id
    assert scim.get("/Groups", query)["Resources"][0]["members"] == [member]


def test_a_name_of_a_member_is_what_people_call_them(scim, company):
    people = [
        TeammateFactory(company=company, display_name="The Countess"),
        TeammateFactory(company=company, first_name="Grace", last_name="Hopper"),
        TeammateFactory(company=company, first_name="", last_name="", login="edsger@example.com"),
    ]
    made = TeammateGroupFactory(company=company, with_members=people)

    members = scim.read(made, "attributes=members.display")["members"]

    assert [member["display"] for member in members] == ["The Countess", "Grace Hopper", "edsger@example.com"]
    assert [member["display"] for member in members] == [person.name for person in people]


def test_a_large_group_is_streamed_in_pieces_and_complete(scim, company):
    crowd = TeammateGroupFactory(company=company)
    make_crowd(company, 12_000, crowd)

    response = scim.client.get(
        f"/v2/Groups/{crowd.public_id}", headers={"authorization": f"Bearer {scim.token.value}"}
    )  # fmt: skip
    pieces = list(response.streaming_content)

    assert response.streaming
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 2_000_000
    ids = [member["value"] for member in json.loads(b"".join(pieces))["members"]]
    assert len(set(ids)) == len(ids) == 12_000


def test_groups_in_a_list_keep_their_own_members(scim, company):
    people = TeammateFactory.create_batch(5, company=company)
    groups = [
        TeammateGroupFactory(company=company, with_members=chosen)
        for chosen in (people[:2], [], people[1:4], [], people[4:], [])
    ]

    listed = scim.get("/Groups")["Resources"]

    wanted = [[p.public_id for p in chosen] for chosen in (people[:2], [], people[1:4], [], people[4:], [])]
    assert [resource["id"] for resource in listed] == [made.public_id for made in groups]
    assert [[member["value"] for member in resource.get("members", [])] for resource in listed] == wanted
    assert listed == [scim.read(made).body for made in groups]


def test_a_patch_of_a_group_answers_with_a_body_when_attributes_are_asked_for(scim, team):
    """RFC 7644 §3.5.2; without, 204 as Microsoft asks."""
    without = scim.patch(team, op("replace", "displayName", "A"))
    asked = scim.patch(team, op("replace", "displayName", "B"), query="?attributes=displayName")

    assert (without.status, without.content) == (204, b"")
    assert without.headers["ETag"] == 'W/"2"'
    assert (asked.status, asked["displayName"], asked.body.keys()) == (200, "B", ALWAYS | {"displayName"})


def test_writes_of_groups_leave_members_out_when_asked(scim, team, ada):
    body = group("Team", members=[{"value": ada.public_id}])

    assert scim.put(path_of(team), body)["members"]
    assert "members" not in scim.put(f"{path_of(team)}?excludedAttributes=members", body).body
