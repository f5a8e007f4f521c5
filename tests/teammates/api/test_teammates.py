"""Teammates over the REST API: read by id and address, and the few facts that other systems may change."""

import pytest

from teammates.models import FieldKind, Source, Status
from teammates.services.departures import delete_teammate, remove_by_idp
from tests.factories import (
    CustomFieldFactory,
    InboxAccessFactory,
    InboxFactory,
    TeammateFactory,
)
from tests.teammates.actors import ADMIN, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory.create(
        company=company, login="Ada@Example.com", username="ada", first_name="Ada", last_name="Lovelace"
    )


def path(teammate, rest=""):
    return f"/teammates/{teammate.public_id}{rest}"


def test_a_teammate_has_the_names_of_the_core_api(api, ada):
    answer = api.get(path(ada))

    address = f"http://testserver/api{path(ada)}"
    assert answer.body == {
        "_links": {"self": address, "related": {"inboxes": f"{address}/inboxes"}},
        "id": ada.public_id,
        "email": "Ada@Example.com",
        "username": "ada",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "is_admin": False,
        "is_available": True,
        "is_blocked": False,
        "type": "user",
        "custom_fields": {},
    }


def test_values_of_custom_fields_stand_under_the_names_of_the_fields(api, company, ada):
    team = CustomFieldFactory.create(company=company, name="Team")
    ada.custom_fields = {team.public_id: "Analysis", "fld_gone": "x"}
    ada.save()

    assert api.get(path(ada))["custom_fields"] == {"Team": "Analysis"}


def test_a_list_has_the_blocked_and_not_the_deleted(api, company, ada):
    blocked = TeammateFactory.create(company=company, blocked=True)
    gone = TeammateFactory.create(company=company)
    delete_teammate(company.pk, gone.pk, actor=ADMIN)

    answer = api.get("/teammates")

    assert answer.ids == [ada.public_id, blocked.public_id]
    assert [row["is_blocked"] for row in answer["_results"]] == [False, True]
    assert [row["is_available"] for row in answer["_results"]] == [True, False]
    assert api.get(path(gone)).status == 404


def test_whom_the_identity_provider_removed_is_there_and_blocked(api, company, ada):
    remove_by_idp(company.pk, ada.pk, actor=idp())

    assert api.get(path(ada))["is_blocked"] is True


def test_pages_follow_each_other_until_there_is_no_next(api, company):
    everybody = [teammate.public_id for teammate in TeammateFactory.create_batch(5, company=company)]

    pages = [page.ids for page in api.all_pages("/teammates?limit=2")]

    assert pages == [everybody[:2], everybody[2:4], everybody[4:]]


def test_a_full_last_page_has_no_next(api, company):
    TeammateFactory.create_batch(2, company=company)

    assert api.get("/teammates?limit=2")["_pagination"] == {"next": None}


def test_who_leaves_between_two_pages_makes_nobody_be_passed_over(api, company):
    everybody = TeammateFactory.create_batch(4, company=company)
    following = api.get("/teammates?limit=2")["_pagination"]["next"]

    delete_teammate(company.pk, everybody[1].pk, actor=ADMIN)

    assert api.get(following).ids == [teammate.public_id for teammate in everybody[2:]]


@pytest.mark.parametrize("address", ["Ada@Example.com", "ada@example.COM", "ada%40example.com"])
def test_a_teammate_is_found_by_the_login_in_any_case(api, ada, address):
    assert api.get(f"/teammates/alt:email:{address}")["id"] == ada.public_id


def test_a_teammate_is_found_by_another_address_of_theirs(api, ada):
    ada.emails = [*ada.emails, {"value": "countess@example.com", "type": "home"}]
    ada.save()

    assert api.get("/teammates/alt:email:countess@example.com")["id"] == ada.public_id
    assert api.patch("/teammates/alt:email:countess@example.com", {"username": "countess"}).status == 204


def test_an_address_that_nobody_has_is_404(api, ada):
    assert api.get("/teammates/alt:email:eve@example.com").status == 404


def test_an_address_that_two_people_have_names_neither(api, company, unchanged):
    TeammateFactory.create_batch(2, company=company, email="shared@example.com")

    with unchanged():
        answer = api.patch("/teammates/alt:email:shared@example.com", {"username": "other"})

    assert answer.status == 409
    assert "by the id" in answer.message


def test_a_login_goes_before_somebody_elses_address(api, company, ada):
    TeammateFactory.create(company=company, email="ada@example.com")

    assert api.get("/teammates/alt:email:ada@example.com")["id"] == ada.public_id


# --- changing --------------------------------------------------------------------------------------------------------


def test_names_and_alias_can_be_changed(api, ada):
    answer = api.patch(path(ada), {"username": "countess", "first_name": "Augusta", "last_name": ""})

    assert (answer.status, answer.content) == (204, b"")
    shown = api.get(path(ada))
    assert (shown["username"], shown["first_name"], shown["last_name"]) == ("countess", "Augusta", "")


def test_a_change_of_nothing_is_no_event(api, ada, unchanged):
    with unchanged():
        assert api.patch(path(ada), {"first_name": "Ada"}).status == 204
        assert api.patch(path(ada), {}).status == 204


def test_an_alias_that_is_taken_is_refused(api, company, ada, unchanged):
    TeammateFactory.create(company=company, username="grace")

    with unchanged():
        answer = api.patch(path(ada), {"username": "grace", "first_name": "Grace"})

    assert (answer.status, "taken" in answer.details) == (400, True)


def test_who_is_not_available_is_so_until_said_otherwise_and_keeps_other_preferences(api, ada):
    ada.preferences = {"theme": "dark"}
    ada.save()

    api.patch(path(ada), {"is_available": False})

    assert api.get(path(ada))["is_available"] is False
    ada.refresh_from_db()
    assert ada.preferences == {"theme": "dark", "is_available": False}


@pytest.mark.parametrize(
    "field", ["email", "login", "is_blocked", "is_admin", "id", "type", "active", "company", "password"]
)
def test_what_other_systems_may_not_change_is_named(api, ada, unchanged, field):
    with unchanged():
        answer = api.patch(path(ada), {field: "x"})

    assert (answer.status, answer.details) == (400, f"{field}: There is no such field here.")


def test_teammates_are_neither_created_nor_deleted_here(api, ada, unchanged):
    with unchanged():
        assert api.post("/teammates", {"email": "eve@example.com"}).status == 405
        assert api.delete(path(ada)).status == 405


def test_the_names_of_a_provisioned_teammate_are_the_identity_providers(api, company, unchanged):
    ada = TeammateFactory.create(company=company, source=Source.IDP)

    with unchanged():
        answer = api.patch(path(ada), {"first_name": "Other", "username": "other"})

    assert answer.status == 409
    assert "the first name cannot be changed here. Change it in the identity provider" in answer.message


def test_the_rest_of_a_provisioned_teammate_is_open(api, company):
    ada = TeammateFactory.create(company=company, source=Source.IDP, first_name="Ada")

    assert api.patch(path(ada), {"first_name": "Ada", "username": "other", "is_available": False}).status == 204
    assert api.get(path(ada))["username"] == "other"


def test_a_blocked_teammate_can_be_changed_and_stays_blocked(api, company):
    ada = TeammateFactory.create(company=company, blocked=True)

    assert api.patch(path(ada), {"is_available": True, "first_name": "Augusta"}).status == 204

    ada.refresh_from_db()
    assert (ada.status, ada.first_name) == (Status.BLOCKED, "Augusta")


def test_custom_fields_are_replaced_as_a_whole(api, company, ada):
    fields = {
        kind: CustomFieldFactory.create(
            company=company, name=f"My {kind}", kind=kind, options=["a", "b"] if kind == FieldKind.DROPDOWN else []
        )
        for kind in FieldKind.values
    }
    inbox = InboxFactory.create(company=company)
    ada.custom_fields = {fields["text"].public_id: "old", fields["number"].public_id: 1}
    ada.save()
    values = {
        "My number": 2.5, "My yes_no": True, "My dropdown": "b", "My teammate": ada.public_id,
        "My inbox": inbox.public_id,
    }  # fmt: skip

    assert api.patch(path(ada), {"custom_fields": {**values, "My text": None}}).status == 204

    assert api.get(path(ada))["custom_fields"] == values
    ada.refresh_from_db()
    assert set(ada.custom_fields) == {fields[kind].public_id for kind in FieldKind.values if kind != "text"}


def test_an_empty_set_of_custom_fields_takes_every_value(api, company, ada):
    ada.custom_fields = {CustomFieldFactory.create(company=company).public_id: "old"}
    ada.save()

    api.patch(path(ada), {"custom_fields": {}})

    assert api.get(path(ada))["custom_fields"] == {}


def test_a_value_that_its_field_cannot_hold_is_refused_with_what_it_takes(api, company, ada, unchanged):
    CustomFieldFactory.create(company=company, name="Seat", kind=FieldKind.NUMBER)

    with unchanged():
        answer = api.patch(path(ada), {"custom_fields": {"Seat": "window"}, "first_name": "Other"})

    assert answer.status == 400
    assert "Custom field Seat" in answer.details
    assert "takes a number" in answer.details


def test_a_custom_field_that_does_not_exist_is_named_with_those_that_do(api, company, ada):
    CustomFieldFactory.create(company=company, name="Team")

    answer = api.patch(path(ada), {"custom_fields": {"team": "Analysis"}})

    assert answer.status == 400
    assert "No custom field is named team. There are: Team." in answer.details


def test_definitions_of_custom_fields_have_the_types_of_the_core_api(api, company):
    for kind in FieldKind.values:
        options = ["a", "b"] if kind == FieldKind.DROPDOWN else []
        CustomFieldFactory.create(company=company, name=kind, kind=kind, options=options, description=f"A {kind}")

    rows = {row["name"]: row for row in api.get("/teammates/custom_fields")["_results"]}

    assert {name: row["type"] for name, row in rows.items()} == {
        "text": "string", "number": "number", "yes_no": "boolean", "dropdown": "enum", "teammate": "teammate",
        "inbox": "inbox",
    }  # fmt: skip
    assert rows["dropdown"]["values"] == [{"value": "a", "label": "a"}, {"value": "b", "label": "b"}]
    assert rows["text"]["description"] == "A text"


# --- inboxes ---------------------------------------------------------------------------------------------------------


def test_the_inboxes_a_teammate_reaches(api, company, ada):
    inbox = InboxFactory.create(company=company, name="Refunds", is_private=True)
    InboxAccessFactory.create(teammate=ada, inbox=inbox)
    InboxFactory.create(company=company)

    (shown,) = api.get(path(ada, "/inboxes"))["_results"]

    assert (shown["id"], shown["name"], shown["team_id"]) == (inbox.public_id, "Refunds", inbox.workspace.public_id)
    assert (shown["is_private"], shown["is_public"]) == (True, False)


def test_a_blocked_teammate_reaches_none(api, company):
    blocked = TeammateFactory.create(company=company, blocked=True)
    InboxAccessFactory.create(teammate=blocked)

    assert api.get(path(blocked, "/inboxes")).ids == []
