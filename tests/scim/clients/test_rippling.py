"""Rippling: a custom app whose features (pagination, PATCH, groups) its administrator ticks."""

import pytest

from tests.factories import TeammateFactory
from tests.scim.clients.provider import Provider, logged_clients, member_ids
from tests.scim.door import GROUP, USER, op

pytestmark = pytest.mark.django_db

LEE = "lee@example.com"


class Rippling(Provider):
    headers = {"User-Agent": "Rippling/1.0"}

    def find_user(self, user_name):
        return self.get("/Users", {"filter": f'userName eq "{user_name}"'})


def employee(user_name=LEE, **more):
    """The attributes that docs/connect-rippling.md has an administrator choose."""
    return {
        "schemas": [USER],
        "userName": user_name,
        "externalId": "63f5a1c0de1b2c0012345678",
        "name": {"givenName": "Lee", "familyName": "Chan"},
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "active": True,
        **more,
    }


@pytest.fixture
def rippling(company):
    return Rippling.of(company)


@pytest.fixture
def lee(rippling):
    return rippling.post("/Users", employee())["id"]


def test_the_connection_is_tested(rippling):
    assert rippling.get("/ServiceProviderConfig").status == 200
    assert rippling.get("/Users?startIndex=1&count=1").status == 200


def test_existing_accounts_are_matched_page_by_page(rippling, company, people):
    found = rippling.walk("/Users", 2)

    assert [account["id"] for account in found] == people
    assert {account["emails"][0]["value"] for account in found} == {f"{n}@example.com" for n in ("ann", "bob", "cyd")}


def test_a_hire_is_looked_for_and_created_and_a_repeated_create_is_409(rippling):
    assert rippling.find_user(LEE)["totalResults"] == 0

    first, again = rippling.post("/Users", employee()), rippling.post("/Users", employee())

    assert first.status == 201
    assert again.refusal == (409, "uniqueness")
    assert rippling.get("/Users", {"filter": 'externalId eq "63f5a1c0de1b2c0012345678"'}).ids == [first["id"]]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client, path: client.put(path, employee(title="Lead")), id="PUT"),
        pytest.param(lambda client, path: client.operations(path, op("replace", None, {"title": "Lead"})), id="PATCH"),
    ],
)
def test_a_change_of_job_is_written(rippling, lee, write):
    assert write(rippling, f"/Users/{lee}")["title"] == "Lead"


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client, path, on: client.put(path, employee(active=on)), id="PUT"),
        pytest.param(lambda client, path, on: client.operations(path, op("replace", "active", on)), id="PATCH"),
        pytest.param(
            lambda client, path, on: client.operations(path, op("replace", None, {"active": on})), id="packed"
        ),
    ],
)
def test_a_leaver_is_blocked_and_a_rehire_unblocked(rippling, company, lee, write):
    assert write(rippling, f"/Users/{lee}", False)["active"] is False
    assert company.teammates.active().count() == 0
    assert rippling.find_user(LEE)["Resources"][0]["active"] is False

    assert write(rippling, f"/Users/{lee}", True)["id"] == lee
    assert company.teammates.active().count() == 1


def test_a_leaver_who_is_deleted_comes_back_with_a_create(rippling, company, lee):
    assert rippling.delete(f"/Users/{lee}").status == 204

    assert rippling.post("/Users", employee()).status == 201
    assert company.teammates.count() == 1


def test_an_address_an_admin_deleted_here_is_told_in_words(rippling, company):
    TeammateFactory(company=company, login=LEE, status="deleted")

    answer = rippling.post("/Users", employee())

    assert answer.refusal == (409, "uniqueness")
    assert "support" in answer["detail"].lower()


def test_groups_are_written_too_when_they_are_ticked(rippling, people):
    made = rippling.post("/Groups", {"schemas": [GROUP], "displayName": "Sales", "members": [{"value": people[0]}]})
    path = f"/Groups/{made['id']}"
    rippling.operations(path, op("add", "members", [{"value": people[1]}]))
    rippling.operations(path, op("remove", f'members[value eq "{people[0]}"]'))

    assert member_ids(rippling.get(path)) == {people[1]}
    assert rippling.delete(path).status == 204


def test_the_log_knows_rippling(rippling, company, lee):
    assert logged_clients(company) == {"rippling"}
