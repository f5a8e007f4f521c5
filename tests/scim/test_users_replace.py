"""PUT /Users/{id}: replaces what the client could have sent and loses nothing of the server's (RFC 7644 §3.5.1)."""

import pytest

from tests.factories import CustomFieldFactory, TeammateFactory, TeammateGroupFactory, TeammateTemplateFactory
from tests.scim.door import ENTERPRISE, FIELDS, TEMPLATE, USER, path_of, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(scim, company):
    answer = scim.create_user("ada@example.com", title="Countess", **{ENTERPRISE: {"department": "Engines"}})
    return company.teammates.get(pk=int(answer["id"][4:], 36))


def test_it_replaces_what_is_named_and_clears_what_is_not(scim, ada):
    answer = scim.put(path_of(ada), {"schemas": [USER], "userName": "ada@example.com", "title": "Analyst"})

    assert answer.status == 200
    assert answer["title"] == "Analyst"
    assert not {"name", "emails", "externalId", ENTERPRISE} & answer.body.keys()
    assert scim.read(ada).body == answer.body


def test_it_keeps_what_the_product_owns(scim, company):
    person = TeammateFactory(
        company=company, login="ada@example.com", preferences={"theme": "dark"}, custom_fields={"fld_zz": "red"},
        created_from_template="tea_zz", admin=True,
    )  # fmt: skip
    group = TeammateGroupFactory(company=company, with_members=[person])

    answer = scim.put(path_of(person), user("ada@example.com"))

    person.refresh_from_db()
    assert (person.preferences, person.custom_fields) == ({"theme": "dark"}, {"fld_zz": "red"})
    assert (person.is_company_admin, answer[TEMPLATE]) == (True, {"template": "tea_zz"})
    assert [entry["value"] for entry in answer["groups"]] == [group.public_id]


def test_without_active_nobody_is_unblocked(scim, company):
    """Okta sends the whole user; what it does not say about `active` must not let somebody in."""
    blocked = TeammateFactory(company=company, login="ada@example.com", blocked=True)
    body = user("ada@example.com")
    del body["active"]

    assert scim.put(path_of(blocked), body)["active"] is False


def test_the_same_put_twice_is_one_change(scim, events, ada):
    first = scim.put(path_of(ada), user("ada@example.com", title="Analyst"))
    seen = len(events())
    second = scim.put(path_of(ada), user("ada@example.com", title="Analyst"))

    assert first.body == second.body
    assert len(events()) == seen


def test_it_never_creates(scim, unchanged):
    with unchanged():
        assert scim.put("/Users/tea_zzzz", user()).status == 404
        assert scim.put("/Users", user()).status == 405


def test_a_user_name_of_somebody_else_is_409(scim, company, unchanged, ada):
    TeammateFactory(company=company, login="grace@example.com")

    with unchanged():
        assert scim.put(path_of(ada), user("GRACE@example.com", title="x")).refusal == (409, "uniqueness")


def test_a_user_name_is_required(scim, unchanged, ada):
    with unchanged():
        assert scim.put(path_of(ada), {"schemas": [USER], "title": "x"}).refusal == (400, "invalidValue")


def test_a_new_user_name_is_the_new_login(scim, ada):
    answer = scim.put(path_of(ada), user("augusta@example.com"))

    assert (answer["id"], answer["userName"]) == (ada.public_id, "augusta@example.com")
    ada.refresh_from_db()
    assert (ada.login_key, ada.email, ada.username) == ("augusta@example.com", "augusta@example.com", "ada")


def test_read_only_attributes_that_come_along_are_ignored(scim, ada):
    body = scim.read(ada).body | {"id": "tea_zz", "groups": [{"value": "cir_1"}], "meta": {"version": "x"}}

    answer = scim.put(path_of(ada), body)

    assert (answer.status, answer["id"]) == (200, ada.public_id)
    assert "groups" not in answer.body


def test_what_was_read_can_be_put_back_unchanged(scim, company, events):
    field = CustomFieldFactory(company=company)
    made = scim.create_user(**{FIELDS: {field.public_id: "red"}, ENTERPRISE: {"manager": "tea_1"}})
    before = scim.get(f"/Users/{made['id']}").body
    seen = len(events())

    assert scim.put(f"/Users/{made['id']}", before).body == before
    assert len(events()) == seen


def test_a_template_is_ignored_on_somebody_who_exists(scim, company, ada):
    template = TeammateTemplateFactory(company=company)

    answer = scim.put(path_of(ada), user("ada@example.com", **{TEMPLATE: {"template": template.public_id}}))

    assert answer.status == 200
    assert TEMPLATE not in answer.body


def test_custom_fields_are_replaced_where_they_are_mentioned_and_kept_where_not(scim, company, ada):
    first, second = CustomFieldFactory.create_batch(2, company=company)
    scim.put(path_of(ada), user(**{FIELDS: {first.public_id: "a", second.public_id: "b"}}))

    assert scim.put(path_of(ada), user())[FIELDS] == {first.public_id: "a", second.public_id: "b"}
    assert scim.put(path_of(ada), user(**{FIELDS: {first.public_id: "c"}}))[FIELDS] == {first.public_id: "c"}
