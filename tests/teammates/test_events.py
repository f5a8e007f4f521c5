"""Events: who did what, before and after. Written once, and in the transaction of the change itself."""

from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from teammates.errors import LoginTaken
from teammates.models import ActorKind, Event, Teammate, TeammateGroup
from teammates.sentences import sentence
from teammates.services import departures, teammates
from teammates.services.companies import update_company
from teammates.services.events import append
from teammates.services.groups import create_group, delete_group, update_group
from teammates.services.members import MemberChange
from tests.factories import AccessGrantFactory, TeammateFactory, TeammateGroupFactory, WorkspaceFactory
from tests.scim.door import ENTERPRISE
from tests.teammates.actors import ADMIN, STAFF, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com", display_name="Ada")


def last(kind):
    return Event.objects.filter(kind=kind).latest("pk")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE teammates_event SET actor = 'Nobody'",
        "UPDATE teammates_event SET data = '{}'",
        "UPDATE teammates_event SET company_id = company_id + 1",
        "UPDATE teammates_event SET pending = true",
        "UPDATE teammates_event SET pending = false, actor = 'Nobody'",
        "DELETE FROM teammates_event",
    ],
)
@pytest.mark.parametrize("pending", [True, False])
def test_an_event_can_be_neither_changed_nor_deleted(company, statement, pending):
    append(company.pk, "group.updated" if pending else "teammate.updated", ADMIN, data={"a": 1})
    before = list(Event.objects.values())
    if not pending:
        statement += " WHERE NOT pending"

    final = pytest.raises((InternalError, ProgrammingError), match="events are written once")
    with final, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(Event.objects.values()) == before


def test_a_pending_event_can_become_done_and_never_pending_again(company):
    append(company.pk, "group.updated", ADMIN)

    Event.objects.update(pending=False)

    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        Event.objects.update(pending=True)


def test_a_change_that_fails_leaves_no_event(company, ada):
    TeammateFactory(company=company, login="taken@example.com")

    with pytest.raises(LoginTaken):
        teammates.update_teammate(company.pk, ada.pk, {"login": "taken@example.com", "active": False}, actor=idp())

    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("actor", "kind"), [(idp(), ActorKind.IDP), (ADMIN, ActorKind.TEAMMATE), (STAFF, ActorKind.STAFF)]
)
def test_it_says_who_did_it(company, ada, actor, kind):
    teammates.update_teammate(company.pk, ada.pk, {"display_name": "Ada King"}, actor=actor)

    event = last("teammate.updated")
    assert (event.actor_kind, event.actor, event.actor_id) == (kind, actor.name, actor.id)
    assert (event.subject, event.subject_name, event.company) == (ada.public_id, "Ada King", company)


def test_it_keeps_what_was_before_and_after(company, ada):
    changes = {"display_name": "Ada King", "first_name": "Ada", "external_id": "object-1"}

    teammates.update_teammate(company.pk, ada.pk, changes, actor=idp())

    data = last("teammate.updated").data
    assert data["before"] == {"display_name": "Ada", "external_id": ""}
    assert data["after"] == {"display_name": "Ada King", "external_id": "object-1"}


@pytest.mark.parametrize(
    ("field", "old", "new", "before", "after"),
    [
        ("profile", {"title": "Countess", "locale": "en"}, {"title": "Analyst", "locale": "en"},
         {"title": "Countess"}, {"title": "Analyst"}),
        ("custom_fields", {"fld_1": "red"}, {"fld_1": "blue", "fld_2": 5},
         {"fld_1": "red"}, {"fld_1": "blue", "fld_2": 5}),
        ("preferences", {"theme": "dark"}, {}, {"theme": "dark"}, {}),
        ("emails", [{"value": "a@b.c"}], [{"value": "d@e.f"}], [{"value": "a@b.c"}], [{"value": "d@e.f"}]),
    ],
)  # fmt: skip
def test_it_keeps_before_and_after_of_what_the_product_has_no_column_for(company, field, old, new, before, after):
    person = TeammateFactory(company=company, **{field: old})

    teammates.update_teammate(company.pk, person.pk, {field: new}, actor=idp())

    data = last("teammate.updated").data
    assert (data["before"][field], data["after"][field]) == (before, after)


def test_a_change_that_changes_nothing_is_none(company, ada):
    teammates.update_teammate(company.pk, ada.pk, {"display_name": "Ada", "active": True}, actor=ADMIN)

    assert not Event.objects.exists()


def test_blocking_and_unblocking_are_told_with_what_followed(company, ada):
    teammates.block_teammate(company.pk, ada.pk, actor=idp())
    teammates.unblock_teammate(company.pk, ada.pk, actor=ADMIN)

    kinds = list(Event.objects.order_by("pk").values_list("kind", "actor_kind"))
    assert kinds == [
        ("teammate.blocked", "idp"),
        ("teammate.conversations_released", "idp"),
        ("teammate.unblocked", "teammate"),
    ]
    assert Event.objects.get(kind="teammate.blocked").data["sessions_ended"] == 0


def test_creation_tells_what_was_made(company):
    made = teammates.create_teammate(Teammate(company=company, login="g@example.com", first_name="G"), actor=idp())

    event = last("teammate.created")
    assert (event.subject, event.data["after"]["login"], event.data["after"]["status"]) == (
        made.public_id, "g@example.com", "active",
    )  # fmt: skip


def test_remarks_on_the_request_are_kept_with_its_event(company, ada):
    actor = idp()
    actor.remarks.append("shoeSize is no attribute of User here: ignored.")

    teammates.update_teammate(company.pk, ada.pk, {"display_name": "Ada King"}, actor=actor)

    assert last("teammate.updated").data["remarks"] == actor.remarks


def test_members_who_came_and_went_are_named(company, ada):
    group = TeammateGroupFactory(company=company, idp=True, with_members=[ada])
    new = TeammateFactory(company=company)

    steps = [MemberChange(add=[new.public_id]), MemberChange(remove=[ada.public_id])]
    update_group(company, group.pk, {}, steps, actor=idp())

    data = last("group.updated").data
    assert (data["members_added"], data["members_removed"]) == ([new.public_id], [ada.public_id])
    assert (data["members_added_count"], data["members_removed_count"]) == (1, 1)


def test_a_groups_link_to_the_identity_provider_is_told_before_and_after(company):
    group = TeammateGroupFactory(company=company, idp=True, external_id="object-1")

    update_group(company, group.pk, {"external_id": "object-2"}, actor=idp())

    data = last("group.updated").data
    assert (data["before"], data["after"]) == ({"external_id": "object-1"}, {"external_id": "object-2"})


def test_confirming_members_is_told(company, ada):
    group = TeammateGroupFactory(company=company, with_members=[ada])
    update_group(company, group.pk, {"external_id": "object-1"}, actor=idp())

    update_group(company, group.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())

    assert last("group.updated").data["members_confirmed"] == 1


def test_a_deleted_group_can_be_rebuilt_from_its_event(company, ada):
    workspace = WorkspaceFactory(company=company)
    group = TeammateGroupFactory(
        company=company, idp=True, name="Support", description="Helps", external_id="object-1", with_members=[ada]
    )
    AccessGrantFactory(group=group, workspace=workspace)

    delete_group(company, group.pk, actor=idp())

    data = last("group.deleted").data
    assert data["before"]["name"] == "Support"
    assert (data["before"]["description"], data["before"]["external_id"]) == ("Helps", "object-1")
    assert (data["members"], data["access"]) == ([ada.public_id], [workspace.public_id])
    assert not TeammateGroup.objects.filter(pk=group.pk).exists()


def test_adoption_tells_how_many_members_were_not_confirmed(company, ada):
    group = TeammateGroupFactory(company=company, name="Support", with_members=[ada])

    create_group(company, TeammateGroup(name="Support"), actor=idp())

    assert last("group.adopted").data == {"members": 1, "unconfirmed": 1}
    assert last("group.adopted").subject == group.public_id


def test_a_setting_is_told_with_its_reason(company):
    update_company(company.pk, {"scim_override": True}, actor=STAFF, reason="Legacy plan, ticket 5")

    event = last("company.updated")
    assert event.actor_kind == "staff"
    assert (event.data["before"], event.data["after"]) == ({"scim_override": False}, {"scim_override": True})
    assert event.data["reason"] == "Legacy plan, ticket 5"


def test_releasing_an_address_is_told_with_who_and_why(company, ada):
    departures.delete_teammate(company.pk, ada.pk, actor=ADMIN)

    departures.release_address(company.pk, ada.pk, actor=STAFF, reason="Rehired")

    event = last("teammate.address_released")
    assert (event.actor, event.data) == (STAFF.name, {"reason": "Rehired", "login": "ada@example.com"})


def test_a_sentence_names_what_of_a_profile_changed() -> None:
    before = {"profile": {"title": "Clerk", ENTERPRISE: {"department": "Sales"}}}
    enterprise = {"department": "Sales", "manager": {"value": "tea_9"}}
    after = {"profile": {"title": "Head", "phoneNumbers": [{"value": "1"}], ENTERPRISE: enterprise}}

    told = sentence("teammate.updated", "Ada", {"changed": ["profile"], "before": before, "after": after})

    assert told == "Changed title, phone numbers, manager of Ada"


def test_a_profile_that_gains_a_schema_is_told_by_what_is_in_it() -> None:
    before: dict[str, Any] = {"profile": {ENTERPRISE: {}}}
    after = {"profile": {ENTERPRISE: {"department": "Sales"}}}
    data = {"changed": ["profile"], "before": before, "after": after}

    told = sentence("teammate.updated", "Ada", data)

    assert told == "Changed department of Ada"
