"""Teammate templates over SCIM: applied when a teammate is created, and never again (guide, part 4)."""

import json

import pytest

from scim.models import LogEntry
from teammates.models import AccessGrant, Event, GrantSource, InboxAccess, Teammate
from teammates.services.effects import drain_events
from tests.factories import (
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
    TeammateTemplateFactory,
    WorkspaceFactory,
)
from tests.scim.door import FIELDS, TEMPLATE, USER, op, path_of, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(company):
    return CustomFieldFactory(company=company, name="Office")


@pytest.fixture
def squad(company, office):
    """A template with a workspace, a private inbox, a custom field and a preference."""
    template = TeammateTemplateFactory(
        company=company, name="Support squad", custom_fields={office.public_id: "London"}, preferences={"theme": "dark"}
    )
    workspace = WorkspaceFactory(company=company)
    template.workspaces.add(workspace)
    template.open_inbox = InboxFactory(company=company, workspace=workspace)
    template.private_inbox = InboxFactory(company=company, is_private=True)
    template.inboxes.add(template.private_inbox)
    return template


@pytest.fixture
def create(scim, squad):
    """Create a user with a template value in the extension; `{id}` in it is the template's id."""
    return lambda value, **more: scim.create_user(
        **{TEMPLATE: {"template": value.replace("{id}", squad.public_id)}}, **more
    )


def test_the_log_calls_the_template_by_its_name(create, squad):
    create("{id}")
    text = LogEntry.objects.get().text
    assert f" from template {squad.name};" in text
    assert squad.public_id not in text


def test_the_creation_is_told_before_what_the_template_gave(create, squad):
    answer = create("{id}")
    kinds = Event.objects.filter(subject=answer["id"]).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["teammate.created", "teammate.access_changed"]


def test_everything_of_the_template_is_there_with_the_teammate(scim, create, squad, office, events):
    answer = create("{id}")

    assert answer.status == 201
    assert answer[TEMPLATE] == {"template": squad.public_id}
    assert answer[FIELDS] == {office.public_id: "London"}
    assert TEMPLATE in answer["schemas"]
    made = Teammate.objects.get()
    assert (made.preferences, made.custom_fields, made.created_from_template) == (
        {"theme": "dark"}, {office.public_id: "London"}, squad.public_id,
    )  # fmt: skip
    assert {grant.source for grant in made.grants.all()} == {GrantSource.TEMPLATE}
    drain_events()
    assert set(InboxAccess.objects.values_list("inbox_id", flat=True)) == {squad.open_inbox.pk, squad.private_inbox.pk}
    assert events("teammate.created")[0].data["template"] == squad.public_id


FORMS = [
    "{id}", " {id} ", "Support squad: {id}", "Support squad:{id}", "Support squad", "SUPPORT SQUAD", "Team A: B: {id}",
    "tea_zzzz or rather {id}", "({id})", '{{"id": "1", "value": "{id}", "displayName": "Support squad: {id}"}}',
    '{{"value": "Support squad"}}', '{{"displayName": "Support squad: {id}"}}', '{{"value": "{id}"',
    '{{"value": "", "displayName": "{id}"}}',
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_value_arrives_in_many_forms(create, squad, form):
    answer = create(form.replace("{{", "{").replace("}}", "}"))

    assert (answer.status, answer[TEMPLATE]) == (201, {"template": squad.public_id})


@pytest.mark.parametrize(
    "extension",
    [
        lambda value: {TEMPLATE: {"template": value}},
        lambda value: {f"{TEMPLATE}:template": value},
        lambda value: {f"{TEMPLATE}:2.0:User": {"template": value}},
        lambda value: {"urn:ietf:params:scim:schemas:extension:frontapp:2.0:User": {"template": value}},
        lambda value: {TEMPLATE.upper(): {"Template": value}},
        lambda value: {"roles": [{"type": "template", "value": value}]},
        lambda value: {"roles": [{"type": "Template", "value": value, "primary": "True"}]},
        lambda value: {"roles": {"type": "template", "value": value}},
        lambda value: {"roles": [{"type": "template", "value": json.dumps({"id": "1", "value": value})}]},
        lambda value: {"roles": [{"type": "template", "value": value}], TEMPLATE: None},
    ],
    ids=[
        "nested",
        "flat",
        "versioned",
        "short",
        "other case",
        "role",
        "role in other case",
        "one role",
        "app role",
        "null",
    ],
)
def test_the_template_is_read_under_every_name(scim, squad, extension):
    answer = scim.create_user(**extension(squad.public_id))

    assert (answer.status, answer[TEMPLATE]["template"]) == (201, squad.public_id)


def test_the_extension_goes_before_a_role(scim, company, squad):
    other = TeammateTemplateFactory(company=company)

    answer = scim.create_user(
        roles=[{"type": "template", "value": other.public_id}], **{TEMPLATE: {"template": squad.public_id}}
    )

    assert answer[TEMPLATE] == {"template": squad.public_id}


@pytest.mark.parametrize(
    "value", ["User", "msiam_access", "Default Access", "Support", "", "   ", "tea_", "Steam_1 powered"]
)
def test_a_value_with_nothing_like_a_template_creates_without_one_and_says_so(scim, create, events, value):
    answer = create(value)

    assert answer.status == 201
    assert TEMPLATE not in answer.body
    assert not AccessGrant.objects.exists()
    remarks = events("teammate.created")[0].data.get("remarks", [])
    assert bool(remarks) == bool(value.strip())
    assert all("names no teammate template" in remark for remark in remarks)


def test_roles_of_another_type_are_roles_and_no_template(scim, squad):
    role = {"type": "WindowsAzureActiveDirectoryRole", "value": squad.public_id, "primary": True}

    answer = scim.create_user(roles=[role])

    assert answer.status == 201
    assert TEMPLATE not in answer.body
    assert answer["roles"] == [role]


@pytest.mark.parametrize("what", ["unknown", "another company's", "a teammate's", "deleted"])
@pytest.mark.parametrize("form", ["{}", "Support squad: {}", '{{"value": "{}"}}'])
def test_an_id_that_is_no_template_here_is_400_and_nobody_is_created(
    scim, company, other_company, unchanged, squad, what, form
):
    ids = {
        "unknown": "tea_zzzzz",
        "another company's": TeammateTemplateFactory(company=other_company).public_id,
        "a teammate's": TeammateFactory(company=company).public_id,
        "deleted": squad.public_id,
    }
    if what == "deleted":
        squad.delete()

    with unchanged():
        answer = scim.create_user(**{TEMPLATE: {"template": form.format(ids[what])}})

    assert answer.refusal == (400, "invalidValue")
    assert f"Teammate template {ids[what]} does not exist" in answer["detail"]


def test_a_refused_creation_leaves_nothing_of_the_template(scim, company, unchanged, squad):
    type(company).objects.filter(pk=company.pk).update(licence_count=0)

    with unchanged("Notice"):
        assert scim.create_user(**{TEMPLATE: {"template": squad.public_id}}).status == 400


LATER = [
    lambda t: [op("Add", f"{TEMPLATE}:template", t)],
    lambda t: [op("replace", None, {f"{TEMPLATE}:template": t})],
    lambda t: [op("replace", None, {TEMPLATE: {"template": t}})],
    lambda t: [op("Add", TEMPLATE, {"template": t})],
    lambda t: [op("Remove", f"{TEMPLATE}:template")],
    lambda t: [op("Replace", f"{TEMPLATE}:template", "")],
]


@pytest.mark.parametrize("operations", LATER)
def test_on_an_existing_teammate_it_is_ignored(scim, company, squad, operations):
    ada = TeammateFactory(company=company, created_from_template="tea_zz")

    answer = scim.patch(ada, *operations(squad.public_id), op("Replace", "title", "Countess"))

    assert (answer.status, answer["title"]) == (200, "Countess")
    assert answer[TEMPLATE] == {"template": "tea_zz"}
    assert not ada.grants.exists()


def test_even_an_unknown_one_is_ignored_later(scim, company):
    ada = TeammateFactory(company=company, login="ada@example.com")

    assert scim.patch(ada, op("Add", f"{TEMPLATE}:template", "tea_zzzz")).status == 200
    assert scim.put(path_of(ada), user(**{TEMPLATE: {"template": "tea_zzzz"}})).status == 200


def test_ignoring_it_is_said_in_the_event(scim, company, events, squad):
    ada = TeammateFactory(company=company)

    scim.patch(ada, op("Add", f"{TEMPLATE}:template", squad.public_id), op("Replace", "title", "x"))

    assert events("teammate.updated")[0].data["remarks"] == ["template applies only at creation: ignored."]


def test_somebody_who_comes_back_keeps_what_they_had(scim, company, squad):
    ada = TeammateFactory(company=company, login="ada@example.com")
    scim.delete(path_of(ada))

    answer = scim.create_user("ada@example.com", **{TEMPLATE: {"template": squad.public_id}})

    assert (answer.status, answer["id"]) == (201, ada.public_id)
    assert TEMPLATE not in answer.body
    assert not ada.grants.exists()


def test_later_edits_of_a_template_change_nobody(scim, create, squad):
    made = create("{id}")
    squad.workspaces.clear()
    type(squad).objects.filter(pk=squad.pk).update(preferences={}, custom_fields={})

    assert scim.get(f"/Users/{made['id']}").body == made.body
    assert Teammate.objects.get().grants.count() == 2


def test_what_the_client_sends_wins_over_the_template(scim, create, office):
    answer = create("{id}", **{FIELDS: {office.public_id: "Paris"}})

    assert answer[FIELDS] == {office.public_id: "Paris"}


def test_a_template_never_makes_an_admin(create, squad):
    type(squad).objects.filter(pk=squad.pk).update(preferences={"is_company_admin": True})

    create("{id}")

    assert not Teammate.objects.get().is_company_admin


def test_two_templates_of_one_company_are_told_apart(scim, company, squad):
    other = TeammateTemplateFactory(company=company, name="Sales")

    answers = [scim.create_user(f"{t.pk}@example.com", **{TEMPLATE: {"template": t.public_id}}) for t in (squad, other)]

    assert [answer[TEMPLATE]["template"] for answer in answers] == [squad.public_id, other.public_id]
    found = scim.find("/Users", f'{TEMPLATE}:template eq "{other.public_id}"')
    assert found.ids == [answers[1]["id"]]


def test_without_the_extension_there_is_none(scim, squad):
    assert scim.create_user(schemas=[USER, TEMPLATE])["schemas"] == [USER]
