"""JumpCloud: tests its connection with an account of its own, and writes one operation per attribute."""

import pytest

from tests.scim.clients.provider import Provider, logged_clients, member_ids
from tests.scim.door import ENTERPRISE, GROUP, USER, op

pytestmark = pytest.mark.django_db

SAM = "sam@example.com"


class JumpCloud(Provider):
    headers = {"User-Agent": "JumpCloud-SCIM-Client", "Accept": "application/scim+json"}

    def find_user(self, user_name):
        return self.get("/Users", {"filter": f'userName eq "{user_name}"'})

    def find_group(self, name):
        return self.get("/Groups", {"filter": f'displayName eq "{name}"'})


def account(user_name=SAM, **more):
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": "5f1b2c3d4e5f6a7b8c9d0e1f",
        "userName": user_name,
        "name": {"givenName": "Sam", "familyName": "Ortiz"},
        "displayName": "Sam Ortiz",
        "emails": [{"type": "work", "primary": True, "value": user_name}],
        "phoneNumbers": [],
        "addresses": [],
        "title": "",
        "active": True,
        ENTERPRISE: {"department": "", "costCenter": "", "employeeNumber": ""},
        **more,
    }


@pytest.fixture
def jumpcloud(company):
    return JumpCloud.of(company)


@pytest.fixture
def sam(jumpcloud):
    return jumpcloud.post("/Users", account())["id"]


def test_the_connection_is_tested_with_an_account_that_comes_and_goes(jumpcloud, company):
    tester = "scim-test@example.com"

    assert jumpcloud.get("/Users?count=1&startIndex=1").status == 200
    assert jumpcloud.get("/Groups?count=1&startIndex=1").status == 200
    assert jumpcloud.find_user(tester)["totalResults"] == 0
    made = jumpcloud.post("/Users", account(tester))
    changed = jumpcloud.put(f"/Users/{made['id']}", account(tester, displayName="Changed"))
    blocked = jumpcloud.put(f"/Users/{made['id']}", account(tester, active=False))
    again = jumpcloud.put(f"/Users/{made['id']}", account(tester))

    assert [made.status, changed.status, blocked.status, again.status] == [201, 200, 200, 200]
    assert (changed["displayName"], blocked["active"], again["active"]) == ("Changed", False, True)
    assert jumpcloud.delete(f"/Users/{made['id']}").status == 204
    assert company.teammates.active().count() == 0


def test_what_is_empty_is_not_kept(jumpcloud):
    made = jumpcloud.post("/Users", account())

    assert made.status == 201
    assert not {"phoneNumbers", "addresses", "title", ENTERPRISE} & made.body.keys()
    assert made["schemas"] == [USER]


def test_a_change_is_one_operation_per_attribute(jumpcloud, sam):
    answer = jumpcloud.operations(
        f"/Users/{sam}",
        op("replace", "name.givenName", "Samuel"),
        op("replace", "displayName", "Samuel Ortiz"),
        op("replace", "active", False),
    )

    assert (answer.status, answer["active"]) == (200, False)
    assert (answer["name"]["givenName"], answer["displayName"]) == ("Samuel", "Samuel Ortiz")


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client, path, on: client.put(path, account(active=on)), id="PUT"),
        pytest.param(lambda client, path, on: client.operations(path, op("replace", "active", on)), id="PATCH"),
    ],
)
def test_leaving_the_group_blocks_and_joining_again_unblocks(jumpcloud, company, sam, write):
    assert write(jumpcloud, f"/Users/{sam}", False)["active"] is False
    assert company.teammates.active().count() == 0

    (found,) = jumpcloud.find_user(SAM)["Resources"]
    assert (found["id"], found["active"]) == (sam, False)
    assert write(jumpcloud, f"/Users/{sam}", True)["active"] is True
    assert company.teammates.active().count() == 1


def test_a_group_comes_with_its_members_and_goes(jumpcloud, people):
    assert jumpcloud.find_group("Support")["totalResults"] == 0
    made = jumpcloud.post(
        "/Groups", {"schemas": [GROUP], "displayName": "Support", "externalId": "60aa", "members": []}
    )
    path = f"/Groups/{made['id']}"
    add = [jumpcloud.operations(path, op("add", "members", [{"value": person}])) for person in people]
    gone = jumpcloud.operations(path, op("remove", "members", [{"value": people[0]}]))

    assert {answer.status for answer in (*add, gone)} == {204}
    assert member_ids(jumpcloud.get(path)) == set(people[1:])
    assert jumpcloud.delete(path).status == 204
    assert jumpcloud.find_group("Support")["totalResults"] == 0


def test_a_group_is_written_back_whole(jumpcloud, people):
    made = jumpcloud.post("/Groups", {"schemas": [GROUP], "displayName": "Support", "members": []})

    answer = jumpcloud.put(
        f"/Groups/{made['id']}",
        {"schemas": [GROUP], "displayName": "Help desk", "members": [{"value": person} for person in people]},
    )

    assert (answer.status, answer["displayName"], member_ids(answer)) == (200, "Help desk", set(people))


def test_the_log_knows_jumpcloud(jumpcloud, company, sam):
    assert logged_clients(company) == {"jumpcloud"}
