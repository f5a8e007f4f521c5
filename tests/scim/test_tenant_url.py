"""Every form in which the Tenant URL arrives leads to the same place: no redirect, and the flag never comes back."""

import pytest

from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import members, op, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


FLAG = "aadOptscim062020"
COLLECTIONS = [
    "/v2/Users", "/v2/Users/", "/v2//Users", "http://testserver//v2/Users", "/v2///Users//",
    f"/v2/Users?{FLAG}", f"/v2/Users?{FLAG}=", f"/v2/Users?{FLAG}=true", f"/v2/Users/?{FLAG}", f"/v2//Users?{FLAG}",
    f"/v2?{FLAG}/Users", f"/v2/?{FLAG}/Users", f"/v2/?{FLAG}/Users/", f"/v2/?{FLAG}=true/Users", f"/v2?{FLAG}=/Users",
    f"/v2/%3F{FLAG}/Users", f"/v2%3F{FLAG}/Users", f"/v2/?{FLAG.lower()}/Users", "/v2/Users?AzureAdScimPatch062020",
    "/v2/Users?unknown=1&_=2", "/v2/Users?", f"/v2/Users?{FLAG}&{FLAG}", f"/v2/Users?{FLAG}?{FLAG}",
]  # fmt: skip


@pytest.mark.parametrize("url", COLLECTIONS)
def test_a_list_is_found_under_every_form(scim, ada, url):
    answer = scim.send("GET", url, prefix="")

    assert (answer.status, answer.ids) == (200, [ada.public_id])
    assert answer["Resources"][0]["meta"]["location"] == f"http://testserver/v2/Users/{ada.public_id}"


QUERY = "filter=userName+eq+%22ada%40example.com%22"
QUERIES = [
    f"/v2/Users?{QUERY}", f"/v2/Users?{FLAG}&{QUERY}", f"/v2/Users?{QUERY}&{FLAG}", f"/v2/Users?{FLAG}=&{QUERY}",
    f"/v2/Users?{FLAG}=true&{QUERY}", f"/v2/Users/?{QUERY}", f"/v2//Users/?{QUERY}&{FLAG}", f"/v2/Users?&&{QUERY}&",
    f"/v2/?{FLAG}/Users?{QUERY}", f"/v2?{FLAG}/Users?{QUERY}", f"/v2/?{FLAG}=true/Users?{QUERY}",
    f"/v2/%3F{FLAG}/Users?{QUERY}", f"/v2/?{FLAG}/Users&{QUERY}", f"/v2?{FLAG}=true/Users&{QUERY}",
]  # fmt: skip


@pytest.mark.parametrize("url", QUERIES)
def test_a_filter_works_under_every_form(scim, company, ada, url):
    TeammateFactory(company=company)

    answer = scim.send("GET", url, prefix="")

    assert (answer.status, answer["totalResults"], answer.ids) == (200, 1, [ada.public_id])


ITEMS = [
    "/v2/Users/{id}", "/v2/Users/{id}/", "/v2//Users//{id}", "/v2/Users/{id}?" + FLAG, "/v2/?" + FLAG + "/Users/{id}",
    "/v2/%3F" + FLAG + "/Users/{id}", "/v2?" + FLAG + "=true/Users/{id}", "/v2/Users/{id}/?" + FLAG + "=true",
]  # fmt: skip


@pytest.mark.parametrize("url", ITEMS)
def test_a_person_is_read_patched_replaced_and_removed_under_every_form(scim, ada, url):
    url = url.format(id=ada.public_id)

    read = scim.send("GET", url, prefix="")
    patched = scim.send("PATCH", url, {"Operations": [op("Replace", "title", "Countess")]}, prefix="")
    replaced = scim.send("PUT", url, user("ada@example.com"), prefix="")
    removed = scim.send("DELETE", url, prefix="")

    assert [answer.status for answer in (read, patched, replaced, removed)] == [200, 200, 200, 204]
    assert (read["id"], patched["title"]) == (ada.public_id, "Countess")


@pytest.mark.parametrize("url", [url.replace("Users", "Groups") for url in COLLECTIONS[:13]])
def test_a_group_is_created_under_every_form(scim, company, ada, url):
    made = scim.send("POST", url, {"displayName": "Support", "members": members(ada)}, prefix="")

    assert made.status == 201
    assert made.headers["Location"] == made["meta"]["location"] == f"http://testserver/v2/Groups/{made['id']}"


def test_the_flag_changes_nothing_in_an_answer(scim, company, ada):
    group = TeammateGroupFactory(company=company, with_members=[ada])

    for path in ("/Users", f"/Users/{ada.public_id}", "/Groups", f"/Groups/{group.public_id}"):
        assert scim.get(path).content == scim.get(path, FLAG).content


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes"])
def test_discovery_is_found_with_the_flag_too(scim, path):
    assert scim.get(path).content == scim.get(path, FLAG).content == scim.get(f"/{path}/", FLAG).content


@pytest.mark.parametrize("url", ["/v2", "/v2/", f"/v2?{FLAG}", f"/v2/?{FLAG}", f"/v2/?{FLAG}=true"])
def test_the_tenant_url_itself_is_no_resource(scim, url):
    answer = scim.send("GET", url, prefix="")

    assert answer.status == 404
    assert "Resources are at /Users and /Groups" in answer["detail"]


def test_a_path_that_only_begins_alike_is_not_scim(scim):
    for path in ("/v2x/Users", "/v22/Users", "/api/v2/Users"):
        assert scim.client.get(path).headers["Content-Type"] != "application/scim+json; charset=utf-8"
