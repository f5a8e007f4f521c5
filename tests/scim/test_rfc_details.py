"""What RFC 7643 and RFC 7644 ask for in passing, and no other file has for its subject."""

import pytest

from teammates.models import Teammate
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import ENTERPRISE, LIST, SEARCH, op, user

pytestmark = pytest.mark.django_db

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def below(url):
    return url.removeprefix("http://testserver/v2")


def test_every_reference_leads_to_what_it_refers_to(scim, company):
    """RFC 7643 §2.3.7, §2.4."""
    ada = TeammateFactory(company=company)
    team = TeammateGroupFactory(company=company, with_members=[ada])

    (member,), (membership,) = scim.read(team)["members"], scim.read(ada)["groups"]

    assert scim.get(below(member["$ref"]))["id"] == member["value"] == ada.public_id
    assert scim.get(below(membership["$ref"]))["id"] == membership["value"] == team.public_id
    assert scim.get(below(scim.read(ada)["meta"]["location"]))["id"] == ada.public_id


def test_lists_are_sorted_by_the_primary_value(scim):
    """RFC 7644 §3.4.2.3: the primary value, or else the first."""
    for login, addresses in {
        "one": [{"value": "a@x.example"}, {"value": "m@x.example", "primary": True}],
        "two": [{"value": "b@x.example"}, {"value": "a@x.example"}],
        "three": [{"value": "z@x.example", "primary": True}],
    }.items():
        scim.create_user(login, emails=addresses)

    found = scim.get("/Users", "sortBy=emails")["Resources"]

    assert [person["userName"] for person in found] == ["two", "one", "three"]


def test_an_id_is_given_once(scim, company):
    """RFC 7643 §3.1: not by the client, never again, and never the word of bulk requests."""
    first = scim.create_group("Team", id="mine", meta={"location": "http://elsewhere.example", "version": "x"})
    scim.delete(f"/Groups/{first['id']}")
    second = scim.create_group("Team")

    assert "mine" not in (first["id"], second["id"])
    assert first["id"] != second["id"]
    assert not first["id"].startswith("bulkId")
    assert first["meta"]["location"] == f"http://testserver/v2/Groups/{first['id']}"


def test_an_external_id_belongs_to_its_company(scim, other_scim):
    """RFC 7643 §3.1: it is scoped to who provisions."""
    ours, theirs = scim.create_user(externalId="7"), other_scim.create_user(externalId="7")

    assert scim.find("/Users", 'externalId eq "7"').ids == [ours["id"]]
    assert other_scim.find("/Users", 'externalId eq "7"').ids == [theirs["id"]]


def test_a_list_has_all_that_a_list_response_needs(scim, company):
    """RFC 7644 §3.4.2."""
    TeammateFactory.create_batch(3, company=company)

    for answer in (scim.get("/Users", "count=2"), scim.post("/Users/.search", {"schemas": [SEARCH], "count": 2})):
        assert answer["schemas"] == [LIST]
        assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (3, 1, 2)
        assert len(answer["Resources"]) == 2


def test_the_location_of_a_new_resource_is_in_the_header_and_in_meta(scim):
    """RFC 7644 §3.3."""
    for made in (scim.create_user(), scim.create_group()):
        assert made.headers["Location"] == made["meta"]["location"]
        assert scim.get(below(made.headers["Location"])).body == made.body


def test_membership_is_changed_through_the_group_alone(scim, company):
    """RFC 7643 §4.1.2, RFC 7644 §3.5.2."""
    ada = TeammateFactory(company=company)
    team = TeammateGroupFactory(company=company)

    patched = scim.patch(ada, op("add", "groups", [{"value": team.public_id}]))
    put = scim.put(f"/Users/{ada.public_id}", user(groups=[{"value": team.public_id}]))

    assert patched.refusal == (400, "mutability")
    assert (put.status, "groups" in put.body) == (200, False)


def test_a_part_of_an_extension_is_named_in_full_in_every_place(scim):
    """RFC 7644 §3.10: in paths, filters, sorting and projections."""
    name = f"{ENTERPRISE}:department"
    made = scim.create_user(**{ENTERPRISE: {"department": "Engines"}})
    path = f"/Users/{made['id']}"

    assert scim.find("/Users", f'{name} eq "engines"').ids == [made["id"]]
    assert scim.get("/Users", {"sortBy": name}).ids == [made["id"]]
    assert scim.get(path, {"attributes": name}).body.keys() == {"schemas", "id", ENTERPRISE}
    assert scim.patch(path, op("replace", name, "Numbers"))[ENTERPRISE] == {"department": "Numbers"}


def test_a_value_replaced_by_put_is_the_whole_value(scim):
    """RFC 7644 §3.5.1: what is left out of a PUT is cleared."""
    made = scim.create_user(phoneNumbers=[{"type": "work", "value": "1"}], nickName="A")
    path = f"/Users/{made['id']}"

    answer = scim.put(path, user(phoneNumbers=[{"type": "home", "value": "2"}]))

    assert answer["phoneNumbers"] == [{"type": "home", "value": "2"}]
    assert "nickName" not in answer.body


def test_one_primary_remains_whatever_makes_another(scim):
    """RFC 7644 §3.5.2."""
    two = [{"type": "work", "value": "w", "primary": True}, {"type": "home", "value": "h"}]
    path = f"/Users/{scim.create_user(emails=two)['id']}"

    def primary(*operations):
        return [entry["value"] for entry in scim.patch(path, *operations)["emails"] if entry.get("primary")]

    assert primary(op("replace", 'emails[type eq "home"].primary', True)) == ["h"]
    assert primary(op("add", "emails", [{"type": "other", "value": "o", "primary": True}])) == ["o"]
    assert primary(op("replace", 'emails[type eq "work"]', {"value": "w2", "primary": True})) == ["w2"]
    assert primary(op("replace", "emails", two)) == ["w"]


def test_the_same_type_and_value_are_shown_once(scim):
    """RFC 7643 §2.4."""
    path = f"/Users/{scim.create_user(emails=[{'type': 'work', 'value': 'a'}, {'type': 'work', 'value': 'a'}])['id']}"

    scim.patch(path, op("add", "emails", [{"type": "work", "value": "a"}]))

    assert [entry["value"] for entry in scim.get(path)["emails"]] == ["a"]


def test_the_parts_of_messages_are_read_in_any_case(scim, company):
    """RFC 7643 §2.1; a filter that was not read would be a longer list."""
    TeammateFactory.create_batch(3, company=company)
    made = {"METHOD": "post", "Path": "/Users", "BulkID": "a", "Data": {"USERNAME": "grace@example.com"}}

    bulk = scim.post("/Bulk", {"Schemas": [BULK_REQUEST], "operations": [made], "FailOnErrors": 1})
    found = scim.post("/Users/.search", {"SCHEMAS": [SEARCH], "Filter": 'userName sw "grace"', "COUNT": 1})
    patched = scim.send(
        "PATCH", f"/Users/{found.ids[0]}", {"operations": [{"OP": "Add", "Path": "title", "Value": "x"}]}
    )

    assert [operation["status"] for operation in bulk["Operations"]] == ["201"]
    assert found["totalResults"] == 1
    assert patched["title"] == "x"


def test_a_filter_of_a_search_is_refused_as_in_a_query(scim):
    """RFC 7644 §3.4.2.2, §3.4.3."""
    for path in ("/Users/.search", "/Groups/.search", "/.search"):
        assert scim.post(path, {"schemas": [SEARCH], "filter": "nothing"}).refusal == (400, "invalidFilter")


def test_a_person_who_was_deleted_counts_nowhere(scim, company):
    """RFC 7644 §3.6."""
    made = scim.create_user()
    scim.delete(f"/Users/{made['id']}")

    assert scim.get("/Users", "count=0")["totalResults"] == 0
    assert scim.post("/.search", {"schemas": [SEARCH], "filter": f'id eq "{made["id"]}"'})["totalResults"] == 0
    assert Teammate.objects.filter(company=company).count() == 1
