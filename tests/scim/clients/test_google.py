"""Google Workspace: people only, all bodies called application/json, and deletion when the deadline has passed."""

import pytest

from tests.factories import TeammateFactory
from tests.scim.clients.provider import Provider, logged_clients
from tests.scim.door import ENTERPRISE, USER, op

pytestmark = pytest.mark.django_db

KIM = "kim@example.com"


class Google(Provider):
    headers = {"User-Agent": "Google-Auto-Provisioning", "Accept": "application/json"}
    content_type = "application/json"

    def find_user(self, user_name):
        return self.get("/Users", {"filter": f'userName eq "{user_name}"'})


def account(user_name=KIM, **more):
    """The attributes that Google's mapping has by default."""
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": user_name,
        "externalId": "107594853123456789012",
        "active": True,
        "displayName": "Kim Park",
        "name": {"givenName": "Kim", "familyName": "Park", "formatted": "Kim Park"},
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+1 555 0100", "type": "work"}],
        "addresses": [{"type": "work", "streetAddress": "1 Main St", "locality": "Springfield", "country": "US"}],
        ENTERPRISE: {"department": "Sales", "organization": "Initech", "employeeNumber": "7"},
        **more,
    }


@pytest.fixture
def google(company):
    return Google.of(company)


@pytest.fixture
def kim(google):
    return google.post("/Users", account())["id"]


def test_the_connection_is_tested(google):
    assert google.get("/Users?startIndex=1&count=1").status == 200
    assert google.get("/ServiceProviderConfig").status == 200
    assert google.get("/Schemas").status == 200


def test_somebody_new_is_looked_for_and_created(google):
    assert google.find_user(KIM)["totalResults"] == 0

    made = google.post("/Users", account())

    assert made.status == 201
    sent = account()
    assert {name: made[name] for name in sent} == sent
    assert made.headers["Content-Type"].startswith("application/scim+json")


def test_somebody_who_is_there_is_found_and_linked(google, company):
    ann = TeammateFactory(company=company, login="ann@example.com")

    (found,) = google.find_user("ANN@example.com")["Resources"]
    answer = google.put(f"/Users/{found['id']}", account("ann@example.com"))

    assert (answer.status, answer["id"], answer["displayName"]) == (200, ann.public_id, "Kim Park")


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client, path: client.put(path, account(title="Lead")), id="PUT"),
        pytest.param(lambda client, path: client.operations(path, op("replace", "title", "Lead")), id="PATCH"),
        pytest.param(lambda client, path: client.operations(path, op("replace", None, {"title": "Lead"})), id="packed"),
    ],
)
def test_a_change_is_written(google, kim, write):
    answer = write(google, f"/Users/{kim}")

    assert (answer.status, answer["title"], answer["userName"]) == (200, "Lead", KIM)


def test_a_new_primary_address_renames_the_person(google, kim):
    answer = google.put(f"/Users/{kim}", account("kim.lee@example.com"))

    assert (answer["id"], answer["userName"]) == (kim, "kim.lee@example.com")
    assert google.find_user(KIM)["totalResults"] == 0


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client, path, on: client.put(path, account(active=on)), id="PUT"),
        pytest.param(lambda client, path, on: client.operations(path, op("replace", "active", on)), id="PATCH"),
    ],
)
def test_suspending_blocks_and_restoring_unblocks(google, company, kim, write):
    assert write(google, f"/Users/{kim}", False)["active"] is False
    assert company.teammates.active().count() == 0

    assert write(google, f"/Users/{kim}", True)["active"] is True
    assert company.teammates.active().count() == 1


def test_turning_the_app_off_deletes_and_on_again_brings_back(google, company, kim):
    assert google.delete(f"/Users/{kim}").status == 204
    assert google.delete(f"/Users/{kim}").status == 404
    assert google.find_user(KIM)["totalResults"] == 0
    assert company.teammates.active().count() == 0

    assert google.post("/Users", account()).status == 201
    assert company.teammates.active().count() == 1


def test_the_log_knows_google(google, company, kim):
    assert logged_clients(company) == {"google"}
