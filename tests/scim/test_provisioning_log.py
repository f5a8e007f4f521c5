"""The provisioning log: one entry for every write and every refusal, in plain words."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scim.log import LONGEST_BODY, MASK
from scim.models import LogBody, LogEntry
from teammates.models import Scope
from teammates.services.departures import delete_teammate
from teammates.services.events import SYSTEM
from tests.factories import ApiTokenFactory, CustomFieldFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import ENTERPRISE, FIELDS, Door, group, members, op, path_of, user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com", display_name="Ada", external_id="ada", admin=True)


@pytest.fixture
def joan(company):
    return TeammateFactory(company=company, login="joan@example.com", display_name="Joan")


@pytest.fixture
def team(company, joan):
    return TeammateGroupFactory(company=company, idp=True, name="Team", with_members=[joan])


def entry():
    return LogEntry.objects.get()


def bodies():
    found = LogBody.objects.get(pk=entry().pk)
    return found.request, found.answer


WRITES = {
    "create": (
        lambda scim, **_: scim.create_user("grace@example.com", displayName="Grace"),
        "Created Grace; licence taken.",
        ["teammate.created"],
    ),
    "create blocked": (
        lambda scim, **_: scim.create_user("grace@example.com", active=False, displayName="Grace"),
        "Created Grace; blocked, no licence taken.",
        ["teammate.created"],
    ),
    "change": (
        lambda scim, joan, **_: scim.patch(joan, op("replace", "title", "x"), op("replace", "externalId", "j")),
        "Changed ID at the identity provider, title of Joan.",
        ["teammate.updated"],
    ),
    "replace": (
        lambda scim, joan, **_: scim.put(path_of(joan), {"userName": joan.login, "displayName": "Joan Clarke"}),
        "Changed display name, e-mail addresses, first name, last name of Joan Clarke.",
        ["teammate.updated"],
    ),
    "block": (
        lambda scim, joan, **_: scim.patch(joan, op("Replace", "active", "False")),
        "Blocked Joan; licence freed (reason: the identity provider sent that they are not active).",
        ["teammate.blocked", "teammate.conversations_released"],
    ),
    "delete": (
        lambda scim, joan, **_: scim.delete(path_of(joan)),
        "Removed Joan from the identity provider's view; left 1 IdP-managed group. Blocked Joan; licence "
        "freed (reason: the identity provider removed them).",
        ["teammate.removed_by_idp", "teammate.blocked", "teammate.conversations_released", "teammate.access_changed"],
    ),
    "create a group": (
        lambda scim, joan, **_: scim.create_group("Crew", members=members(joan)),
        "Created group Crew with 1 member.",
        ["group.created"],
    ),
    "rename a group": (
        lambda scim, team, **_: scim.patch(team, op("replace", "displayName", "Crew")),
        "Group Crew: renamed from Team.",
        ["group.updated"],
    ),
    "add a member": (
        lambda scim, team, ada, **_: scim.patch(team, op("Add", "members", members(ada))),
        "Group Team: 1 member added.",
        ["group.updated"],
    ),
    "delete a group": (
        lambda scim, team, **_: scim.delete(path_of(team)),
        "Deleted group Team, which had 1 member.",
        ["group.deleted"],
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_every_write_is_one_entry_that_says_what_came_of_it(scim, ada, joan, team, name):
    write, text, kinds = WRITES[name]

    answer = write(scim, ada=ada, joan=joan, team=team)

    written = entry()
    assert written.text == text
    assert (written.outcome, written.kinds, written.status) == ("changed", kinds, answer.status)
    assert written.token_id == scim.token.pk
    assert written.milliseconds >= 0


UNCHANGED = {
    "a value that is there": lambda scim, joan, team: scim.patch(joan, op("replace", "displayName", "Joan")),
    "a member who is there": lambda scim, joan, team: scim.patch(team, op("add", "members", members(joan))),
    "a stranger removed": lambda scim, joan, team: scim.patch(team, op("remove", "members", members("tea_zzz"))),
    "a name that is there": lambda scim, joan, team: scim.patch(team, op("replace", "displayName", "Team")),
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_what_changed_nothing_says_so(scim, joan, team, name):
    assert UNCHANGED[name](scim, joan, team).status in (200, 204)

    assert (entry().outcome, entry().text) == ("unchanged", "No change: everything was as asked already.")
    assert entry().kinds == []


REFUSED = {
    "400": lambda scim, ada, team: scim.patch(ada, op("replace", "active", "perhaps")),
    "400 of a rule": lambda scim, ada, team: scim.patch(ada, op("replace", "active", False)),
    "400 of a filter": lambda scim, ada, team: scim.find("/Users", "nonsense"),
    "400 of a page": lambda scim, ada, team: scim.get("/Users", "count=x"),
    "400 of a body": lambda scim, ada, team: scim.send("POST", "/Users", b"{"),
    "404": lambda scim, ada, team: scim.delete("/Users/tea_zzzzz"),
    "404 of a path": lambda scim, ada, team: scim.get("/Nothing"),
    "405": lambda scim, ada, team: scim.send("PATCH", "/Users", {"a": 1}),
    "409": lambda scim, ada, team: scim.create_user("ADA@example.com"),
    "412": lambda scim, ada, team: scim.delete(path_of(team), if_match='W/"9"'),
    "415": lambda scim, ada, team: scim.send("POST", "/Users", b"<User/>", content_type="text/xml"),
    "501": lambda scim, ada, team: scim.get("/Me"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_is_one_entry_with_its_reason(scim, ada, team, name):
    answer = REFUSED[name](scim, ada, team)

    assert str(answer.status) == name[:3]
    written = entry()
    outcome = "failed" if answer.status == 501 else "refused"
    assert (written.status, written.outcome) == (answer.status, outcome)
    assert written.text == f"Refused: {answer['detail'].rstrip('.')}." or written.text == f"Refused: {answer['detail']}"
    assert json.loads(bodies()[1]) == answer.body


def test_a_token_without_the_scope_is_told_of_and_a_stranger_is_not(company):
    assert Door(None).get("/Users").status == 401
    assert Door("nonsense").post("/Users", user()).status == 401
    assert not LogEntry.objects.exists()

    token = ApiTokenFactory(company=company, scopes=[Scope.PROVISIONING], name="Reporting")
    assert Door(token).get("/Users").status == 403

    assert (entry().status, entry().token_name) == (403, "Reporting")
    assert "Auto-Provisioning" in entry().text


def test_an_answered_read_is_no_entry(scim, ada, team):
    for path in ("/Users", path_of(ada), "/Groups", path_of(team), "/Schemas"):
        assert scim.get(path).status == 200
    assert scim.send("HEAD", "/Users").status == 200
    assert scim.post("/Users/.search", {"filter": "id pr"}).status == 200

    assert not LogEntry.objects.exists()


def test_an_entry_names_the_resource_the_request_and_the_client(scim, joan):
    scim.patch(joan, op("replace", "title", "x"), query="?aadOptscim062020", user_agent="Okta SCIM Client 1.0.0")

    written = entry()
    assert (written.resource, written.resource_name) == (joan.public_id, "Joan")
    assert (written.method, written.path) == ("PATCH", f"/v2{path_of(joan)}?aadOptscim062020")
    assert (written.client, written.company_id, written.token_name) == ("okta", joan.company_id, "Entra")
    assert written.public_id.startswith("log_")


@pytest.mark.parametrize(
    ("headers", "query", "body", "client"),
    [
        ({"user_agent": "Okta SCIM Client 1.0.0"}, "", user("a@example.com"), "okta"),
        ({"user_agent": "OneLogin"}, "", user("a@example.com"), "onelogin"),
        ({"user_agent": "Google-Auto-Provisioning"}, "", user("a@example.com"), "google"),
        ({"user_agent": "JumpCloud"}, "", user("a@example.com"), "jumpcloud"),
        ({"user_agent": "Rippling"}, "", user("a@example.com"), "rippling"),
        ({}, "?aadOptscim062020", {"userName": "a"}, "entra"),
        ({"user_agent": "axios/1"}, "", group("a"), "entra"),
        ({"user_agent": "axios/1"}, "", {"userName": "a"}, "other"),
        ({}, "", {"userName": "a"}, "other"),
    ],
)
def test_the_client_is_told_from_its_traffic(scim, headers, query, body, client):
    scim.send("POST", f"/{'Groups' if 'displayName' in body else 'Users'}{query}", body, **headers)

    assert entry().client == client


def test_a_request_that_says_nothing_of_its_client_is_of_the_one_seen_before_it(scim, joan):
    scim.patch(joan, op("Replace", "title", "x"))

    scim.send("DELETE", path_of(joan))

    assert LogEntry.objects.get(method="DELETE").client == "entra"


def test_another_user_agent_with_the_same_token_is_another_client(scim, joan):
    scim.patch(joan, op("Replace", "title", "x"))

    scim.send("DELETE", path_of(joan), user_agent="curl/8.5.0")

    assert LogEntry.objects.get(method="DELETE").client == "other"


def test_what_was_left_out_is_remarked(scim, joan):
    scim.patch(joan, op("replace", "shoeSize", 43), op("replace", "title", "x"), op("add", "password", "y"))

    assert entry().text == (
        'Changed title of Joan. "shoeSize" is no attribute of User here: ignored. password is not kept: ignored.'
    )


def test_a_role_that_is_no_template_is_remarked_even_when_nothing_else_is_said(scim):
    scim.create_user("grace@example.com", roles=[{"type": "template", "value": "msiam_access"}])

    assert entry().text == (
        "Created Ada Lovelace; licence taken. 'msiam_access' names no teammate template: created without one."
    )


def test_a_loss_of_half_a_group_is_said(scim, company, team):
    people = TeammateFactory.create_batch(11, company=company)
    crowd = TeammateGroupFactory(company=company, idp=True, name="Crowd", with_members=people)

    scim.patch(crowd, op("replace", "members", members(people[0])))

    assert entry().text == "Group Crowd: 10 members removed; more than half of its 11 members left at once."


def test_request_and_answer_are_kept(scim):
    sent = user("grace@example.com")
    answer = scim.post("/Users", sent)

    request, kept = bodies()
    assert json.loads(request) == sent
    assert json.loads(kept) == answer.body


def test_what_is_long_is_cut(scim):
    long = scim.create_group("Team", members=members(*[f"tea_{number:x}" for number in range(5_000)]))

    assert long.status == 400
    request, _ = bodies()
    assert len(request) < LONGEST_BODY + 100
    assert request.endswith("characters)")


def test_what_cannot_be_read_or_stored_as_text_does_not_matter(scim):
    scim.send("POST", "/Users", b'{"userName": "\xff\x00"')
    scim.get("/Users/%00%ff")
    scim.send("POST", "/Users", b"[" * 3_000)
    scim.send("GET", "/Users?filter=%00%ff%ED%B3%BF")

    assert LogEntry.objects.count() == 4


# --- masks ---------------------------------------------------------------------------------------------------------


def test_passwords_are_always_masked(scim, joan):
    scim.create_user("grace@example.com", password="secret-1")
    scim.patch(joan, op("add", "password", "secret-2"), op("add", None, {"Password": "secret-3", "title": "x"}))
    scim.put(path_of(joan), {"userName": joan.login, "PASSWORD": {"value": ["secret-4"]}})

    kept = "".join(body.request + body.answer for body in LogBody.objects.all())
    assert "secret" not in kept
    assert MASK in kept


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_body_that_cannot_be_searched_for_secrets_is_masked_as_a_whole(scim, encoding):
    scim.send("POST", "/Users", '{"userName": "a", "password": "s"}'.encode(encoding))

    assert bodies()[0] == MASK


def test_a_secret_behind_an_escaped_name_is_masked(scim):
    scim.send("POST", "/Users", b'{"userName": "a@example.com", "pass\\u0077ord": "secret"}')

    assert "secret" not in bodies()[0]


MASKED = [
    "phoneNumbers", "NICKNAME", "name.givenName", 'addresses[type eq "work"].locality', f"{ENTERPRISE}:employeeNumber",
]  # fmt: skip


def test_a_company_masks_attributes_in_every_spelling(scim, company, joan):
    field = CustomFieldFactory(company=company)
    company.masked_attributes = [*MASKED, field.public_id]
    company.save()
    secret = {
        "phoneNumbers": [{"type": "work", "value": "secret"}],
        "nickName": "secret",
        "name": {"givenName": "secret"},
        "addresses": [{"type": "work", "locality": "secret"}],
        ENTERPRISE: {"employeeNumber": "secret", "department": "shown"},
        FIELDS: {field.public_id: "secret"},
        "title": "shown",
    }

    scim.create_user("grace@example.com", **secret)
    scim.put(path_of(joan), {"userName": joan.login, **secret})
    scim.patch(joan, op("replace", None, {"name.givenName": "secret", f"{ENTERPRISE}:employeeNumber": "secret"}))
    scim.patch(joan, op("replace", 'phoneNumbers[type eq "work"].value', "secret"), op("add", "NickName", "secret"))
    scim.patch(
        joan, op("remove", 'phoneNumbers[value eq "secret"]'), op("add", f"{FIELDS}:{field.public_id}", "secret")
    )
    scim.post("/Users/.search", {"filter": 'phoneNumbers.value eq "secret" and nonsense pr'})
    scim.find("/Users", 'phoneNumbers[value eq "secret"] and nonsense pr')

    assert LogEntry.objects.count() == 7
    for body in LogBody.objects.all():
        assert "secret" not in body.request + body.answer
    assert not [written.path for written in LogEntry.objects.all() if "secret" in written.path]
    assert "shown" in LogBody.objects.order_by("pk")[0].request


def test_a_path_shows_its_query_when_nothing_in_it_is_masked(scim, company):
    company.masked_attributes = ["phoneNumbers"]
    company.save()

    scim.get("/Users", 'filter=nonsense+eq+"x"&count=5')

    assert entry().path == '/v2/Users?filter=nonsense+eq+"x"&count=5'


# --- what it costs, and that it cannot hurt ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["change", "add a member"])
def test_it_takes_one_statement(scim, ada, joan, team, name):
    with CaptureQueriesContext(connection) as captured:
        WRITES[name][0](scim, ada=ada, joan=joan, team=team)

    assert len([query for query in captured if "scim_log" in query["sql"]]) == 1


@pytest.mark.django_db(transaction=True)
def test_a_log_that_cannot_be_written_makes_no_request_fail(scim, company, joan):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scim_logentry RENAME TO scim_logentry_away")
    try:
        answers = [
            scim.create_user("grace@example.com"),
            scim.patch(joan, op("replace", "active", False)),
            scim.get("/Users/tea_zzzzz"),
        ]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE scim_logentry_away RENAME TO scim_logentry")

    assert [answer.status for answer in answers] == [201, 200, 404]
    joan.refresh_from_db()
    assert not joan.is_active
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_of_the_server_is_told_as_one(scim, joan):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE teammates_event RENAME TO teammates_event_away")
    try:
        response = Client().patch(
            f"/v2{path_of(joan)}",
            json.dumps({"Operations": [op("replace", "active", False)]}),
            content_type="application/scim+json",
            headers={"authorization": f"Bearer {scim.token.value}"},
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE teammates_event_away RENAME TO teammates_event")

    assert (response.status_code, response["Content-Type"]) == (500, "application/scim+json; charset=utf-8")
    assert (entry().status, entry().outcome) == (500, "failed")
    assert "nothing was changed" in entry().text
    joan.refresh_from_db()
    assert joan.is_active


# --- whom requests about groups concerned ---


def test_a_change_of_a_group_keeps_whom_it_brought_in_and_took_out(scim, team, joan, ada):
    scim.patch(team, op("Add", "members", members(ada, joan)))

    assert entry().members == [ada.public_id]  # joan was in the group already


REFUSED_OF_GROUPS = {
    "an unknown member beside them": lambda scim, ada, team: scim.patch(team, op("Add", "members", members(ada, "x"))),
    "a name that is taken": lambda scim, ada, team: scim.create_group("Team", members=members(ada)),
    "a filter that cannot be": lambda scim, ada, team: scim.patch(
        team, op("Remove", f'members[value eq "{ada.public_id}" and]')
    ),
}


@pytest.mark.parametrize("name", REFUSED_OF_GROUPS)
def test_a_refusal_about_a_group_keeps_whom_it_named(scim, ada, team, name):
    assert REFUSED_OF_GROUPS[name](scim, ada, team).status in (400, 409)

    assert entry().members == [ada.public_id]


def test_a_request_that_changed_nothing_keeps_a_few_whom_it_named(scim, company, team, joan, ada):
    scim.patch(team, op("Remove", "members", members(ada)))
    assert entry().members == [ada.public_id]

    LogEntry.objects.all().delete()
    scim.patch(team, op("Remove", "members", members(*(f"tea_{n}zz" for n in range(1, 40)))))
    assert entry().members == []


def test_a_request_about_a_person_names_no_members(scim, joan, ada):
    scim.patch(joan, op("replace", "title", ada.public_id))

    assert entry().members == []


def test_hidden_members_are_not_kept(scim, company, team, ada):
    company.masked_attributes = ["members"]
    company.save()
    scim.patch(team, op("Add", "members", members(ada, "tea_zzz")))

    assert entry().members == []


def test_a_change_of_a_custom_field_is_told_by_its_name(scim, company, joan):
    field = CustomFieldFactory(company=company, name="Office")
    scim.patch(joan, op("add", f"{FIELDS}:{field.public_id}", "Berlin"))

    assert entry().text == "Changed custom field Office of Joan."


def test_an_unknown_member_is_named_by_the_value_that_was_sent(scim, team, ada):
    scim.patch(team, op("Add", "members", members(ada, "8a1d-not-an-id")))

    assert "has the id 8a1d-not-an-id, so nothing in this request was applied" in entry().text


@pytest.mark.parametrize(
    ("how", "said"), [("delete", "was deleted"), ("remove", "was removed by the identity provider")]
)
def test_a_member_who_is_gone_is_named_by_name(scim, company, team, joan, how, said):
    if how == "delete":
        delete_teammate(company.pk, joan.pk, actor=SYSTEM)
    else:
        scim.delete(path_of(joan))
    LogEntry.objects.all().delete()

    scim.patch(team, op("Add", "members", members(joan)))

    assert entry().text.startswith(f"Refused: Joan ({joan.public_id}) {said}, so nothing in this request was applied.")
    assert entry().members == [joan.public_id]


@pytest.mark.parametrize("value", ["ADA@example.com", "ada"])
def test_a_member_who_is_named_by_login_or_foreign_id_is_told_by_name(scim, team, ada, value):
    scim.patch(team, op("Add", "members", members(value)))

    assert f"{value} means Ada, whose id is {ada.public_id}: name members by that" in entry().text
    assert entry().members == [ada.public_id]
