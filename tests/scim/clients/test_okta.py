"""Okta, as its two kinds of integration send it: apps of the wizard write with PUT, the catalogue's with PATCH."""

import pytest

from scim.models import LogBody, LogEntry
from teammates.models import Teammate, TeammateGroup
from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory, TeammateTemplateFactory
from tests.scim.clients.provider import Provider, logged_clients, member_ids
from tests.scim.door import ERROR, FIELDS, GROUP, LIST, TEMPLATE, USER, op

pytestmark = pytest.mark.django_db

JOINER = "test.joiner@example.com"


class Okta(Provider):
    headers = {
        "User-Agent": "Okta SCIM Client 1.0.0",
        "Accept": "application/scim+json",
        "Accept-Charset": "utf-8",
        "Accept-Encoding": "gzip,deflate",
    }

    def find_user(self, user_name):
        return self.get("/Users", {"filter": f'userName eq "{user_name}"', "startIndex": 1, "count": 100})

    def find_group(self, name):
        return self.get("/Groups", {"filter": f'displayName eq "{name}"', "startIndex": 1, "count": 100})

    def push_user(self, user_name=JOINER, **more):
        return self.post("/Users", profile(user_name, **more))

    def replace_user(self, public_id, **changes):
        """The classic update: read the resource and write it back whole, with what changed."""
        current = self.get(f"/Users/{public_id}")
        assert current.status == 200
        return self.put(f"/Users/{public_id}", {**current.body, **changes})


def profile(user_name, **more):
    """The body of a create: with what Okta sends along and no server of ours keeps."""
    return {
        "schemas": [USER],
        "userName": user_name,
        "name": {"givenName": "Test", "familyName": "Joiner"},
        "emails": [{"primary": True, "value": user_name, "type": "work"}],
        "displayName": "Test Joiner",
        "locale": "en-US",
        "externalId": "00u18ep2sjmnGT1wk698",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
        **more,
    }


@pytest.fixture
def okta(company):
    return Okta.of(company)


# --- connecting and importing --------------------------------------------------------------------------------------


def test_the_connection_is_tested(okta, people):
    users, groups = okta.get("/Users?startIndex=1&count=2"), okta.get("/Groups?startIndex=1&count=100")

    assert (users.status, groups.status) == (200, 200)
    assert (users["totalResults"], users["itemsPerPage"], users["startIndex"]) == (3, 2, 1)
    assert groups["Resources"] == []


def test_a_token_that_does_not_hold_is_told_in_scim(company):
    answer = Okta("not-a-token").get("/Users?startIndex=1&count=2", authorization="non-token")

    assert (answer.status, answer["status"], answer["schemas"]) == (401, "401", [ERROR])


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_an_import_reads_everybody_once_the_blocked_too(okta, company, people, count):
    blocked = TeammateFactory(company=company, login="gone@example.com", blocked=True)

    found = okta.walk("/Users", count)

    assert [person["id"] for person in found] == [*people, blocked.public_id]
    assert [person["active"] for person in found] == [True, True, True, False]


def test_an_import_of_groups_shows_their_members(okta, company, people):
    team = TeammateGroupFactory(company=company, name="Support", with_members=list(company.teammates.all()))

    (found,) = okta.walk("/Groups", 100)

    assert (found["id"], found["displayName"]) == (team.public_id, "Support")
    assert {member["value"] for member in found["members"]} == set(people)


# --- people ---------------------------------------------------------------------------------------------------------


def test_somebody_new_is_looked_for_and_created(okta):
    assert okta.find_user(JOINER)["totalResults"] == 0

    made = okta.push_user()

    assert made.status == 201
    assert (made["userName"], made["active"], made["externalId"]) == (JOINER, True, "00u18ep2sjmnGT1wk698")
    assert "password" not in made.body
    assert "groups" not in made.body
    assert okta.find_user(JOINER.upper()).ids == [made["id"]]


def test_somebody_who_is_there_is_linked_and_never_doubled(okta, company, people):
    (found,) = okta.find_user("ann@example.com")["Resources"]

    answer = okta.replace_user(found["id"], externalId="00u18ep2sjmnGT1wk698", title="Engineer")

    assert (answer.status, answer["id"], answer["title"]) == (200, people[0], "Engineer")
    assert company.teammates.count() == 3


def test_a_second_create_is_409(okta):
    okta.push_user()

    assert okta.push_user(userName=JOINER.title()).refusal == (409, "uniqueness")


def test_a_profile_update_by_put_keeps_what_is_not_oktas(okta, company):
    field = CustomFieldFactory(company=company)
    template = TeammateTemplateFactory(company=company)
    made = okta.push_user(**{TEMPLATE: {"template": template.public_id}, FIELDS: {field.public_id: "blue"}})
    team = TeammateGroupFactory(company=company, with_members=[Teammate.objects.get(login=JOINER)])

    answer = okta.put(f"/Users/{made['id']}", profile(JOINER, title="Account Executive", id=made["id"]))

    assert (answer.status, answer["title"]) == (200, "Account Executive")
    assert answer[TEMPLATE] == {"template": template.public_id}
    assert answer[FIELDS] == {field.public_id: "blue"}
    assert [group["value"] for group in answer["groups"]] == [team.public_id]


def test_a_put_that_leaves_an_attribute_out_clears_it(okta):
    made = okta.push_user(title="Engineer")

    assert "title" not in okta.put(f"/Users/{made['id']}", profile(JOINER)).body


def test_the_resource_that_was_read_goes_back_unchanged(okta):
    made = okta.push_user()

    assert okta.replace_user(made["id"]).body == made.body


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda okta, person, on: okta.replace_user(person, active=on), id="PUT"),
        pytest.param(
            lambda okta, person, on: okta.operations(f"/Users/{person}", op("replace", None, {"active": on})),
            id="PATCH without a path",
        ),
    ],
)
def test_deactivating_blocks_and_reactivating_unblocks(okta, company, write):
    person = okta.push_user()["id"]

    off = write(okta, person, False)

    assert (off.status, off["active"]) == (200, False)
    assert company.teammates.active().count() == 0
    assert okta.find_user(JOINER)["Resources"][0]["active"] is False

    on = write(okta, person, True)

    assert (on.status, on["active"], on["id"]) == (200, True, person)
    assert company.teammates.active().count() == 1


def test_a_password_that_is_synchronised_is_taken_kept_nowhere_and_shown_nowhere(okta, company):
    person = okta.push_user()["id"]

    answer = okta.operations(f"/Users/{person}", op("replace", None, {"password": "s3cret-pass"}))

    assert answer.status == 200
    assert "password" not in answer.body
    assert not LogBody.objects.filter(request__contains="s3cret-pass").exists()


def test_a_template_comes_as_a_role_or_in_the_extension(okta, company):
    template = TeammateTemplateFactory(company=company).public_id

    first = okta.push_user("a@example.com", roles=[{"value": template, "type": "template"}])
    second = okta.push_user("b@example.com", schemas=[USER, TEMPLATE], **{TEMPLATE: {"template": template}})

    assert first[TEMPLATE] == second[TEMPLATE] == {"template": template}


@pytest.mark.parametrize(
    ("kind", "sent", "stored"), [("text", "blue", "blue"), ("number", 7, 7), ("yes_no", True, True)]
)
def test_custom_fields_come_by_their_id(okta, company, kind, sent, stored):
    field = CustomFieldFactory(company=company, kind=kind).public_id

    made = okta.push_user(**{FIELDS: {field: sent}})

    assert made[FIELDS] == {field: stored}


# --- groups ---------------------------------------------------------------------------------------------------------


def display(*ids):
    """Members as Okta names them: with the login, and no type."""
    return [{"value": public_id, "display": "somebody@example.com"} for public_id in ids]


@pytest.fixture
def pushed(okta, people):
    """A group that Okta pushed, with the first two people."""
    answer = okta.post("/Groups", {"schemas": [GROUP], "displayName": "Support", "members": display(*people[:2])})
    assert answer.status == 201
    return f"/Groups/{answer['id']}"


def test_a_group_is_looked_for_pushed_and_written_back_whole(okta, people):
    assert okta.find_group("Support")["totalResults"] == 0
    made = okta.post("/Groups", {"schemas": [GROUP], "displayName": "Support", "members": []})

    answer = okta.put(
        f"/Groups/{made['id']}",
        {"schemas": [GROUP], "id": made["id"], "displayName": "Support", "members": display(*people)},
    )

    assert (made.status, answer.status) == (201, 200)
    assert member_ids(answer) == set(people)
    assert okta.find_group("support").ids == [made["id"]]


def test_a_push_that_repeats_id_and_name_changes_nothing(okta, unchanged, pushed, people):
    with unchanged():
        answer = okta.operations(
            pushed, op("replace", None, {"id": pushed.rpartition("/")[2], "displayName": "Support"})
        )

    assert answer.status == 204
    assert member_ids(okta.get(pushed)) == set(people[:2])


def test_a_group_is_renamed_and_keeps_its_members(okta, pushed, people):
    okta.operations(pushed, op("replace", None, {"id": pushed.rpartition("/")[2], "displayName": "Help desk"}))

    answer = okta.get(pushed)
    assert (answer["displayName"], member_ids(answer)) == ("Help desk", set(people[:2]))


def test_members_come_and_go_in_one_request(okta, pushed, people):
    answer = okta.operations(
        pushed, op("remove", f'members[value eq "{people[0]}"]'), op("add", "members", display(people[2]))
    )

    assert answer.status == 204
    assert member_ids(okta.get(pushed)) == {people[1], people[2]}


@pytest.mark.parametrize(
    "replace",
    [
        pytest.param(lambda group, ids: op("replace", "members", display(*ids)), id="by path"),
        pytest.param(
            lambda group, ids: op("replace", None, {"members": display(*ids), "id": group, "displayName": "Support"}),
            id="with name and id",
        ),
    ],
)
def test_a_list_replaces_the_members(okta, pushed, people, replace):
    group = pushed.rpartition("/")[2]

    for ids in ([people[2]], people, []):
        assert okta.operations(pushed, replace(group, ids)).status == 204
        assert member_ids(okta.get(pushed)) == set(ids)


def test_a_put_with_an_empty_list_empties_the_group(okta, pushed):
    answer = okta.put(pushed, {"schemas": [GROUP], "displayName": "Support", "members": []})

    assert answer.status == 200
    assert "members" not in answer.body


def test_a_group_that_is_there_is_linked_and_taken_over(okta, company, people):
    ours = TeammateGroupFactory(company=company, name="Support", with_members=list(company.teammates.all()))
    (found,) = okta.find_group("Support")["Resources"]

    okta.operations(f"/Groups/{found['id']}", op("replace", "members", display(people[0])))

    group = TeammateGroup.objects.get(pk=ours.pk)
    assert group.is_idp_managed
    assert member_ids(okta.read(group)) == {people[0]}


def test_a_pushed_group_that_is_deleted_is_gone_and_blocks_nobody(okta, company, pushed):
    assert okta.delete(pushed).status == 204
    assert okta.get(pushed).status == 404
    assert company.teammates.active().count() == 3


# --- Okta's own specification test -----------------------------------------------------------------------------------


def test_what_okta_asks_of_every_server(okta, company):
    """The assertions of Okta's published SCIM 2.0 suite, whose requests call themselves by another name."""
    okta.client.defaults["HTTP_USER_AGENT"] = "OKTA SCIM Integration"
    okta.push_user()

    page = okta.get("/Users?count=1&startIndex=1")
    first = page["Resources"][0]
    assert page["schemas"] == [LIST]
    assert all([first["id"], first["userName"], first["active"], first["name"]["familyName"]])
    assert all([first["name"]["givenName"], first["emails"][0]["value"]])
    assert okta.get(f"/Users/{first['id']}").body == first
    missing = okta.get("/Users/00919288221112222")
    assert (missing.status, missing["status"], bool(missing["detail"])) == (404, "404", True)
    assert okta.find_user("nobody@example.com")["totalResults"] == 0
    made = okta.send("POST", "/Users", profile("ok@example.com"), content_type="application/json")
    assert (made.status, made["active"], made["schemas"][0]) == (201, True, USER)
    again = okta.send("POST", "/Users", profile("ok@example.com"), content_type="application/json")
    assert again.status == 409
    assert okta.find_user("OK@EXAMPLE.COM").status == 200


# --- the log --------------------------------------------------------------------------------------------------------


def test_the_log_knows_okta(okta, company):
    okta.push_user()

    assert logged_clients(company) == {"okta"}


def test_the_log_knows_okta_behind_a_proxy_that_renames_it(okta, company):
    okta.client.defaults["HTTP_USER_AGENT"] = "corporate-proxy/2"
    okta.push_user()

    assert logged_clients(company) == {"okta"}
    assert LogEntry.objects.get(company=company).text
