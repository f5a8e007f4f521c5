"""Where other servers made provisioning clients stumble, each as the request that was seen and the answer it needs.

What is not here stands with its subject: blocking in test_users_blocking, spellings in test_patch_users and
test_dialect, members in test_groups_members, parallel writes in test_concurrency.
"""

import pytest

from scim.models import LogEntry
from teammates.models import Company, Membership
from tests.factories import TeammateFactory, TeammateGroupFactory, make_crowd
from tests.scim.door import ENTERPRISE, GROUP, TEMPLATE, USER, members, op, user

pytestmark = pytest.mark.django_db

GUID = "0f9ae6a5-7e5c-4a2e-8d39-6f3c1f5b2a10"


@pytest.fixture
def ada(scim):
    """Somebody whom the provider created."""
    return f"/Users/{scim.create_user('ada@example.com', title='Countess')['id']}"


# --- finding ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filter_text", [f'externalId eq "{GUID}"', f"externalId eq {GUID}", f"externalid EQ {GUID}"])
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_an_external_id_is_matched_in_quotes_and_without(scim, path, filter_text):
    scim.create_user("other@example.com"), scim.create_group("Other")
    made = scim.create_user(externalId=GUID) if path == "/Users" else scim.create_group(externalId=GUID)

    assert scim.find(path, filter_text).ids == [made["id"]]
    assert scim.get(f"{path}/{made['id']}")["externalId"] == GUID


def test_an_external_id_is_matched_exactly(scim):
    scim.create_user(externalId="AbC")

    assert scim.find("/Users", 'externalId eq "abc"')["totalResults"] == 0


@pytest.mark.parametrize(
    "query",
    [
        'filter=userName+eq+"a%2Bb%40example.com"',
        "filter=userName%20eq%20%22a%2Bb%40example.com%22",
        'filter=userName eq "a%2Bb@example.com"',
        "filter=userName+eq+a%2Bb%40example.com",
    ],
)
def test_a_plus_in_a_query_is_a_space_and_an_escaped_one_a_plus(scim, query):
    made = scim.create_user("a+b@example.com")

    assert scim.get("/Users", query).ids == [made["id"]]


@pytest.mark.parametrize(
    "login", ['o"brien@example.com', "back\\slash@example.com", "o'neil&co@example.com", "岡@例え.jp"]
)
def test_special_characters_in_a_login_are_matched(scim, login):
    made = scim.create_user(login)

    text = login.replace("\\", "\\\\").replace('"', '\\"')
    assert scim.find("/Users", f'userName eq "{text}"').ids == [made["id"]]


@pytest.mark.parametrize("address", ["ada@example.com", "ADA@Example.COM"])
def test_a_work_address_is_matched(scim, ada, address):
    assert scim.find("/Users", f'emails[type eq "work"].value eq "{address}"')["totalResults"] == 1


def test_a_group_whose_name_only_begins_alike_is_no_match(scim):
    for name in ("group-app", "group-app-test", "my group-app"):
        scim.create_group(name)

    assert [found["displayName"] for found in scim.find("/Groups", 'displayName eq "group-app"')["Resources"]] == [
        "group-app"
    ]


@pytest.mark.parametrize("filter_text", ['shoeSize eq "43"', "userName", 'userName like "a"', 'userName eq "a" and'])
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_a_filter_that_cannot_be_run_is_refused_and_never_ignored(scim, ada, path, filter_text):
    assert scim.find(path, filter_text).refusal == (400, "invalidFilter")


# --- people -------------------------------------------------------------------------------------------------------


def test_a_user_name_that_is_taken_cannot_be_taken_by_patch(scim, unchanged, ada):
    grace = f"/Users/{scim.create_user('grace@example.com')['id']}"

    with unchanged():
        answer = scim.patch(grace, op("replace", "title", "x"), op("Replace", "userName", "ADA@example.com"))

    assert answer.refusal == (409, "uniqueness")
    assert "userName" in answer["detail"] or "ada@example.com" in answer["detail"].lower()


def test_an_extension_need_not_be_declared_to_be_read_and_is_declared_when_shown(scim):
    made = scim.post("/Users", {"schemas": [USER], "userName": "a@example.com", ENTERPRISE: {"department": "D"}})

    assert (made.status, made["schemas"], made[ENTERPRISE]) == (201, [USER, ENTERPRISE], {"department": "D"})


@pytest.mark.parametrize(
    "schemas", [None, [], ["urn:made:up"], [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]]
)
def test_schemas_that_are_missing_odd_or_misspelt_do_not_matter(scim, schemas):
    made = scim.post("/Users", {"schemas": schemas, "userName": "a@example.com"})

    assert (made.status, made["schemas"]) == (201, [USER])


def test_a_null_extension_is_none(scim):
    made = scim.post("/Users", user(**{TEMPLATE: None, ENTERPRISE: None}))

    assert (made.status, made["schemas"]) == (201, [USER])


@pytest.mark.parametrize(
    "odd",
    [
        op("Add", "urn:made:up:2.0:User:colours", [{"value": "1"}]),
        op("Add", f"{USER}:role", "Admin"),
        op("Add", "shoeSize", 43),
        op("Replace", 'addresses[kind eq "work"].formatted', "1 Main St"),
        op("Remove", "shoeSize"),
        op("replace", None, {"urn:made:up:2.0:User:colour": "red", "shoeSize": None}),
    ],
)
def test_one_odd_mapping_never_stops_the_block_beside_it(scim, ada, odd):
    answer = scim.patch(ada, odd, op("Replace", "active", "False"))

    assert (answer.status, answer["active"]) == (200, False)
    assert "ignored" in LogEntry.objects.latest("pk").text


@pytest.mark.parametrize("value", ["", "perhaps", None, [], 2])
def test_an_active_that_means_nothing_is_refused_and_not_taken_as_done(scim, unchanged, ada, value):
    with unchanged():
        answer = scim.patch(ada, op("Replace", "active", value))

    assert answer.refusal == (400, "invalidValue")


@pytest.mark.parametrize(
    "operation", [op("replace", "name", {"givenName": "A."}), op("replace", None, {"name": {"givenName": "A."}})]
)
def test_a_part_of_a_name_leaves_the_others(scim, ada, operation):
    assert scim.patch(ada, operation)["name"] == {"givenName": "A.", "familyName": "Lovelace"}


def test_five_fragments_of_an_address_make_one(scim, ada):
    parts = {"formatted": "1 Main St", "streetAddress": "1 Main", "locality": "Town", "region": "R", "postalCode": "1"}

    answer = scim.patch(ada, *[op("Add", f'addresses[type eq "work"].{part}', parts[part]) for part in parts])

    assert answer["addresses"] == [{"type": "work", **parts}]


def test_a_manager_is_read_back_where_it_was_written_so_that_it_is_not_sent_every_cycle(scim, ada):
    scim.patch(ada, op("Add", f"{ENTERPRISE}:manager", "tea_9"))

    assert scim.get(ada)[ENTERPRISE]["manager"]["value"] == "tea_9"
    assert scim.find("/Users", f'id eq "{ada[7:]}" and manager eq "tea_9"', attributes="id").ids == [ada[7:]]


def test_what_was_written_reads_back_the_same_so_that_nothing_is_sent_twice(scim):
    sent = user(
        "x@example.com", displayName="  Ada ", title="Dr.  ", phoneNumbers=[{"type": "work", "value": "(0) 1-2 x3"}]
    )
    read = scim.get(f"/Users/{scim.post('/Users', sent)['id']}")

    assert {name: read[name] for name in ("displayName", "title", "phoneNumbers", "emails")} == {
        name: sent[name] for name in ("displayName", "title", "phoneNumbers", "emails")
    }


# --- groups -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "member", [{"value": "{}"}, {"value": "{}", "display": "Ada", "type": "User"}, {"$ref": None, "value": "{}"}, "{}"]
)
def test_a_member_is_an_id_and_nothing_else_is_needed(scim, company, member):
    person = TeammateFactory(company=company).public_id
    value = member.format(person) if isinstance(member, str) else {**member, "value": person}

    made = scim.post("/Groups", {"displayName": "Team", "members": [value]})

    assert [found["value"] for found in made["members"]] == [person]


@pytest.mark.parametrize(
    "operation", [op("Replace", "members", None), op("Replace", "members", []), op("remove", "members")]
)
def test_members_without_a_value_are_cleared_and_the_log_says_so(scim, company, operation):
    team = TeammateGroupFactory(company=company, idp=True, with_members=[TeammateFactory(company=company)])

    assert scim.patch(team, operation).status == 204

    assert "members" not in scim.read(team).body
    assert "1 member removed" in LogEntry.objects.latest("pk").text


def test_a_change_in_a_group_larger_than_any_page_loses_nobody(scim, company):
    Company.objects.filter(pk=company.pk).update(licence_count=3_000)
    team = TeammateGroupFactory(company=company, idp=True)
    make_crowd(company, 1_200, team)
    newcomer = TeammateFactory(company=company)

    scim.patch(team, op("Add", "members", members(newcomer)))
    scim.patch(team, op("replace", None, {"displayName": "Everybody"}))

    assert Membership.objects.filter(group=team).count() == 1_201
    assert len(scim.read(team)["members"]) == 1_201


def test_a_group_patch_answers_without_a_body(scim, company):
    team = TeammateGroupFactory(company=company, idp=True)

    answer = scim.patch(team, op("replace", "displayName", "Crew"))

    assert (answer.status, answer.content) == (204, b"")


def test_the_group_schema_of_microsoft_is_no_obstacle(scim):
    microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

    made = scim.post("/Groups", {"schemas": [GROUP, microsoft], "displayName": "Team", "externalId": GUID})

    assert (made.status, made["schemas"]) == (201, [GROUP])


# --- the connection -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/Users/", "//Users"])
def test_the_connection_test_is_an_empty_list_and_never_a_404(scim, path):
    answer = scim.find(path, f'externalId eq "{GUID}"')

    assert (answer.status, answer["totalResults"], answer["Resources"]) == (200, 0, [])


def test_a_repeated_request_changes_nothing(scim, unchanged, ada):
    block = op("Replace", "active", "False")
    scim.patch(ada, block)
    before = scim.get(ada).body

    with unchanged():
        scim.patch(ada, block)

    assert scim.get(ada).body == before
