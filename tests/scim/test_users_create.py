"""POST /Users: active at once with a licence, everything kept as sent, nobody made twice."""

import pytest

from teammates.models import Source, Status, Teammate
from teammates.services.departures import delete_teammate, release_address
from teammates.services.events import SYSTEM
from tests.factories import CompanyFactory, TeammateFactory
from tests.scim.door import ENTERPRISE, TEMPLATE, USER, Door, user

pytestmark = pytest.mark.django_db


def test_a_new_teammate_is_active_at_once_and_takes_a_licence(scim, company, events):
    answer = scim.create_user("ada@example.com")

    assert (answer.status, answer["active"]) == (201, True)
    made = Teammate.objects.get()
    assert (made.company, made.login, made.email, made.status) == (
        company, "ada@example.com", "ada@example.com", Status.ACTIVE,
    )  # fmt: skip
    assert (made.first_name, made.last_name, made.external_id, made.source) == ("Ada", "Lovelace", "ada", Source.IDP)
    assert not made.has_usable_password()
    company.refresh_from_db()
    assert company.licences_used == 1
    assert [event.kind for event in events(about=made)] == ["teammate.created"]


def test_the_answer_carries_id_location_and_version(scim):
    answer = scim.create_user()

    made = Teammate.objects.get()
    assert answer["id"] == made.public_id
    assert answer.headers["Location"] == answer["meta"]["location"] == f"http://testserver/v2/Users/{made.public_id}"
    assert answer.headers["ETag"] == answer["meta"]["version"] == 'W/"1"'
    assert answer["meta"]["resourceType"] == "User"
    assert answer["meta"]["created"] == answer["meta"]["lastModified"]
    assert answer["meta"]["created"].endswith("Z")
    assert scim.read(made).body == answer.body


EVERYTHING = {
    "userName": "Ada.Lovelace@Example.com",
    "externalId": " 7b\u00e9 ",
    "displayName": "Ada, Countess of Lovelace",
    "nickName": "Ada",
    "profileUrl": "https://example.com/ada?a=b&c",
    "title": "Analyst",
    "userType": "Employee",
    "preferredLanguage": "en-GB",
    "locale": "en",
    "timezone": "Europe/London",
    "active": True,
    "name": {
        "formatted": "Ms. Ada King", "familyName": "Lovelace", "givenName": "Ada", "middleName": "Augusta",
        "honorificPrefix": "Ms.", "honorificSuffix": "III",
    },
    "emails": [
        {"value": "Ada@Example.com", "type": "work", "primary": True},
        {"value": "ada@home.example", "type": "home", "display": "At home"},
    ],
    "phoneNumbers": [
        {"value": "+44 (0)20 123-456", "type": "work", "primary": True},
        {"value": "555", "type": "mobile"},
        {"value": "556", "type": "fax"},
    ],
    "ims": [{"value": "ada", "type": "xmpp"}],
    "photos": [{"value": "https://example.com/p.jpg", "type": "photo"}],
    "addresses": [
        {"type": "work", "formatted": "12 St James's Square\nLondon", "streetAddress": "12 St James's Square",
         "locality": "London", "region": "LND", "postalCode": "SW1Y 4JH", "country": "GB", "primary": True},
    ],
    "entitlements": [{"value": "reports"}],
    "roles": [{"value": "engineer", "display": "Engineer", "type": "job", "primary": True}],
    "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVMx"}],
    ENTERPRISE: {
        "employeeNumber": "701984", "costCenter": "4130", "organization": "Analytical", "division": "Engines",
        "department": "Operations", "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"},
    },
}  # fmt: skip


def test_every_attribute_is_kept_and_returned_exactly_as_sent(scim):
    answer = scim.post("/Users", {"schemas": [USER, ENTERPRISE], **EVERYTHING})

    assert answer.status == 201
    shown = {name: value for name, value in answer.body.items() if name not in ("id", "meta", "schemas")}
    assert shown == EVERYTHING
    assert answer["schemas"] == [USER, ENTERPRISE]
    assert scim.get(f"/Users/{answer['id']}").body == answer.body


@pytest.mark.parametrize(
    "name",
    ["\u4e2d\u6587", "\u0645\u0631\u062d", "O'Brien", "<b>&amp;", "\U0001f469\u200d\U0001f680", "a\tb", '"\\'],
)
def test_a_name_is_any_text(scim, name):
    answer = scim.create_user(name={"givenName": name, "familyName": name}, displayName=name)

    assert answer.status == 201
    assert scim.get(f"/Users/{answer['id']}", "attributes=name,displayName")["name"]["givenName"] == name


@pytest.mark.parametrize(
    "login", ["ada", "26118915-6090-4610-87e4-49d8ca9f808d", "a b", "\u00fc", "x" * 320, "a#EXT#@b"]
)
def test_a_user_name_is_any_text_that_is_not_empty(scim, login):
    assert scim.post("/Users", {"schemas": [USER], "userName": login})["userName"] == login


def test_nothing_is_made_up(scim):
    """What was not sent is not in the answer: no display name, no addresses, no null."""
    answer = scim.post("/Users", {"schemas": [USER], "userName": "ada@example.com"})

    assert answer.body.keys() == {"schemas", "id", "userName", "active", "meta"}
    assert Teammate.objects.get().email == "ada@example.com"  # what the product writes to, from the login


@pytest.mark.parametrize("missing", [{}, {"userName": ""}, {"userName": None}, {"userName": "   "}])
def test_a_user_name_is_required(scim, unchanged, missing):
    with unchanged():
        answer = scim.post("/Users", {"schemas": [USER], "displayName": "Ada", **missing})

    assert answer.refusal == (400, "invalidValue")
    assert "userName is required" in answer["detail"]


@pytest.mark.parametrize("again", ["ada@example.com", "ADA@Example.com"])
@pytest.mark.parametrize("status", [Status.ACTIVE, Status.BLOCKED])
def test_a_user_name_that_exists_is_409_and_never_a_second_person(scim, company, unchanged, again, status):
    TeammateFactory(company=company, login="ada@example.com", status=status)

    with unchanged():
        answer = scim.create_user(again, externalId="other")

    assert answer.refusal == (409, "uniqueness")
    assert "in SCIM with a filter on userName" in answer["detail"]


def test_the_same_user_name_in_another_company_is_another_person(scim, other_scim):
    first, second = scim.create_user(), other_scim.create_user()

    assert (first.status, second.status) == (201, 201)
    assert first["id"] != second["id"]


def test_an_external_id_need_not_be_unique(scim):
    """Nicknames repeat; only userName decides who somebody is."""
    answers = [scim.create_user(f"ada{n}@example.com", externalId="ada") for n in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert scim.find("/Users", 'externalId eq "ada"')["totalResults"] == 2


def test_whom_an_admin_deleted_keeps_the_address_until_support_releases_it(scim, company, unchanged):
    ada = TeammateFactory(company=company, login="ada@example.com")
    delete_teammate(company.pk, ada.pk, actor=SYSTEM)

    with unchanged():
        answer = scim.create_user("Ada@example.com")
    assert answer.refusal == (409, "uniqueness")
    assert "Support can release it" in answer["detail"]

    release_address(company.pk, ada.pk, actor=SYSTEM, reason="Rehired")
    again = scim.create_user("Ada@example.com")
    assert again.status == 201
    assert again["id"] != ada.public_id


@pytest.mark.parametrize("active", [False, "False", "false"])
def test_somebody_can_be_created_blocked_without_a_licence(scim, company, active):
    answer = scim.create_user(active=active)

    assert (answer.status, answer["active"]) == (201, False)
    company.refresh_from_db()
    assert company.licences_used == 0


def test_active_is_true_when_not_said(scim):
    body = user()
    del body["active"]

    assert scim.post("/Users", body)["active"] is True


def test_no_licence_left_is_a_400_that_says_how_many_and_whom_to_ask(unchanged):
    door = Door.of(CompanyFactory(licence_count=0))

    with unchanged("Notice"):
        answer = door.create_user()

    assert answer.refusal == (400, None)
    assert "No licence is left (0 of 0 are in use)" in answer["detail"]
    assert "company admin" in answer["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": []},
        {"schemas": None},
        {"schemas": [USER, "urn:example:unknown"]},
        {"schemas": "nonsense"},
        {"shoeSize": 43, "urn:example:unknown": {"a": 1}, "unknown": None},
        {
            "id": "chosen-by-the-client",
            "meta": {"resourceType": "Group", "version": "x"},
            "groups": [{"value": "cir_1"}],
        },
        {TEMPLATE: None, ENTERPRISE: None, "roles": [], "addresses": None, "title": None, "manager": None},
        {ENTERPRISE: {"manager": None, "department": None}},
        {"password": "secret"},
    ],
    ids=str,
)
def test_what_is_unknown_empty_or_not_the_clients_is_left_out(scim, body):
    answer = scim.create_user(**body)

    assert answer.status == 201
    assert answer.body.keys() == {"schemas", "id", "externalId", "userName", "name", "emails", "active", "meta"}
    assert answer["id"] == Teammate.objects.get().public_id
    assert "secret" not in str(Teammate.objects.values().get())


def test_an_address_without_type_or_primary_is_kept_so(scim):
    answer = scim.create_user(emails=[{"value": "ada@work.example"}])

    assert answer["emails"] == [{"value": "ada@work.example"}]
    assert Teammate.objects.get().email == "ada@work.example"


def test_at_most_one_address_is_primary(scim):
    answer = scim.create_user(emails=[{"value": f"{n}@b.c", "type": "work", "primary": "True"} for n in range(3)])

    assert [email["primary"] for email in answer["emails"]] == [False, False, True]
    assert Teammate.objects.get().email == "2@b.c"


def test_attribute_names_are_read_in_any_case(scim):
    answer = scim.post(
        "/Users",
        {"SCHEMAS": [USER], "USERNAME": "ada@example.com", "Active": "FALSE", "NAME": {"GIVENNAME": "Ada"},
         ENTERPRISE.upper(): {"Department": "Engines"}},
    )  # fmt: skip

    assert (answer["userName"], answer["active"], answer["name"]) == ("ada@example.com", False, {"givenName": "Ada"})
    assert answer[ENTERPRISE] == {"department": "Engines"}
