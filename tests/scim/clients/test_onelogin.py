"""OneLogin: people are written from a JSON template of the administrator's, roles become groups by rules."""

import pytest

from tests.factories import TeammateGroupFactory, TeammateTemplateFactory
from tests.scim.clients.provider import Provider, logged_clients, member_ids
from tests.scim.door import ENTERPRISE, GROUP, TEMPLATE, USER, op

pytestmark = pytest.mark.django_db

JANE = "jane.doe@example.com"


class OneLogin(Provider):
    headers = {"User-Agent": "OneLogin SCIM"}  # as the custom headers of docs/connect-onelogin.md say
    content_type = "application/scim+json"

    def find_user(self, user_name):
        return self.get("/Users", {"filter": f'userName eq "{user_name}"'})


def from_template(user_name=JANE, **more):
    """What docs/connect-onelogin.md has an administrator paste, filled in."""
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": user_name,
        "externalId": "12345678",
        "active": True,
        "name": {"givenName": "Jane", "familyName": "Doe", "formatted": "Jane Doe"},
        "displayName": "Jane Doe",
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        ENTERPRISE: {"department": "Engineering"},
        **more,
    }


@pytest.fixture
def onelogin(company):
    return OneLogin.of(company)


@pytest.fixture
def jane(onelogin):
    return onelogin.post("/Users", from_template())["id"]


def test_the_connection_is_enabled(onelogin):
    assert onelogin.get("/ServiceProviderConfig")["patch"] == {"supported": True}
    assert onelogin.get("/Users?startIndex=1&count=1").status == 200
    assert onelogin.get("/Groups").status == 200


def test_somebody_new_is_looked_for_and_created(onelogin):
    assert onelogin.find_user(JANE)["Resources"] == []

    made = onelogin.post("/Users", from_template())

    assert (made.status, made["userName"], made["active"]) == (201, JANE, True)
    assert made[ENTERPRISE] == {"department": "Engineering"}
    assert onelogin.find_user(JANE).ids == [made["id"]]


@pytest.mark.parametrize(
    "older",
    [
        pytest.param({"emails": {"value": JANE, "type": "work", "primary": True}}, id="one e-mail as an object"),
        pytest.param({"emails": [{"value": JANE}]}, id="an e-mail without a type"),
        pytest.param({"schemas": ["urn:scim:schemas:core:1.0"]}, id="the schema of version 1"),
        pytest.param({"id": None, "meta": {"resourceType": "User"}}, id="an id of null"),
        pytest.param({"active": "true"}, id="active as a text"),
        pytest.param({"displayName": "", "title": ""}, id="parameters that are empty"),
        pytest.param({ENTERPRISE: {"manager": {"managerId": "1", "displayName": " "}}}, id="a manager of version 1"),
    ],
)
def test_templates_in_circulation_are_read(onelogin, older):
    made = onelogin.post("/Users", from_template(**older))

    assert (made.status, made["active"], made["emails"][0]["value"]) == (201, True, JANE)


def test_a_change_is_written_with_put(onelogin, jane):
    answer = onelogin.put(f"/Users/{jane}", from_template(title="Engineer", externalId="12345678"))

    assert (answer.status, answer["id"], answer["title"]) == (200, jane, "Engineer")


def test_a_change_is_written_with_patch(onelogin, jane):
    answer = onelogin.operations(
        f"/Users/{jane}", op("replace", "name.familyName", "Roe"), op("replace", "displayName", "Jane Roe")
    )

    assert (answer.status, answer["displayName"], answer["name"]["familyName"]) == (200, "Jane Roe", "Roe")


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client, path, on: client.put(path, from_template(active=on)), id="PUT"),
        pytest.param(lambda client, path, on: client.operations(path, op("replace", "active", on)), id="PATCH"),
        pytest.param(lambda client, path, on: client.operations(path, op("Replace", "active", str(on))), id="a text"),
    ],
)
def test_suspending_blocks_and_activating_unblocks(onelogin, company, jane, write):
    assert write(onelogin, f"/Users/{jane}", False)["active"] is False
    assert company.teammates.active().count() == 0

    assert write(onelogin, f"/Users/{jane}", True)["active"] is True
    assert company.teammates.active().count() == 1


def test_deleting_blocks_and_a_later_create_brings_the_person_back(onelogin, company, jane):
    assert onelogin.delete(f"/Users/{jane}").status == 204
    assert onelogin.find_user(JANE)["totalResults"] == 0
    assert company.teammates.active().count() == 0

    assert onelogin.post("/Users", from_template()).status == 201
    assert company.teammates.count() == 1


def test_a_template_comes_in_the_json_template(onelogin, company):
    template = TeammateTemplateFactory(company=company).public_id

    made = onelogin.post("/Users", from_template(**{TEMPLATE: {"template": template}}))

    assert made[TEMPLATE] == {"template": template}


def test_groups_are_imported_for_the_rules_to_name(onelogin, company):
    TeammateGroupFactory(company=company, name="Support")

    assert [group["displayName"] for group in onelogin.walk("/Groups", 100)] == ["Support"]


def test_a_rule_creates_a_group_and_members_come_and_go(onelogin, people):
    assert onelogin.get("/Groups", {"filter": 'displayName eq "Support"'})["totalResults"] == 0
    made = onelogin.post("/Groups", {"schemas": [GROUP], "displayName": "Support"})
    path = f"/Groups/{made['id']}"

    for person in people:
        added = onelogin.operations(path, {"op": "add", "path": "members", "value": [{"value": person}]})
        assert added.status == 204
    onelogin.operations(path, {"op": "remove", "path": f'members[value eq "{people[0]}"]'})
    onelogin.operations(path, {"op": "remove", "path": "members", "value": [{"value": people[1]}]})

    assert member_ids(onelogin.get(path)) == {people[2]}


def test_the_log_knows_onelogin(onelogin, company, jane):
    assert logged_clients(company) == {"onelogin"}
