"""Workspaces, inboxes and who is granted them."""

from typing import Any

import pytest

from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import AccessGrant, Company, Event, Inbox, InboxAccess, Workspace
from teammates.services import access, inboxes, workspaces
from teammates.services.effects import drain_events
from teammates.services.events import SYSTEM
from tests.factories import (
    AccessGrantFactory,
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)


def kinds(company: Company) -> list[str]:
    return list(Event.objects.filter(company=company).order_by("pk").values_list("kind", flat=True))


def test_a_workspace_is_made_renamed_and_deleted_with_its_inboxes(company: Company) -> None:
    workspace = workspaces.create_workspace(company, " Support ", actor=SYSTEM)
    assert workspace.name == "Support"
    inbox = inboxes.create_inbox(company, workspace, "Mail", actor=SYSTEM)
    workspaces.rename_workspace(company, workspace.pk, "Care", actor=SYSTEM)
    workspaces.delete_workspace(company, workspace.pk, actor=SYSTEM)
    assert not Inbox.objects.filter(pk=inbox.pk).exists()
    assert kinds(company) == [
        "workspace.created", "inbox.created", "access.structure_changed", "workspace.updated", "workspace.deleted",
        "access.structure_changed",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "  ", "Support"])
def test_a_workspace_needs_a_name_of_its_own(company: Company, name: str) -> None:
    WorkspaceFactory.create(company=company, name="Support")
    with pytest.raises(InvalidValue):
        workspaces.create_workspace(company, name, actor=SYSTEM)
    assert Workspace.objects.count() == 1
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("changes", "structure"),
    [({"name": "Post"}, False), ({"is_private": True}, True), ({"is_private": False}, None)],
)
def test_only_what_moves_access_tells_the_worker(
    company: Company, changes: dict[str, Any], structure: bool | None
) -> None:
    inbox = InboxFactory.create(company=company)
    inboxes.update_inbox(company, inbox.pk, changes, actor=SYSTEM)
    expected = {None: [], False: ["inbox.updated"], True: ["inbox.updated", "access.structure_changed"]}
    assert kinds(company) == expected[structure]


def test_making_an_inbox_private_takes_it_from_those_who_had_it_through_the_workspace(company: Company) -> None:
    inbox, teammate = InboxFactory.create(company=company), TeammateFactory.create(company=company)
    access.set_grants(teammate, [inbox.workspace], [], actor=SYSTEM)
    drain_events()
    assert InboxAccess.objects.filter(teammate=teammate, inbox=inbox).exists()
    inboxes.update_inbox(company, inbox.pk, {"is_private": True}, actor=SYSTEM)
    drain_events()
    assert not InboxAccess.objects.exists()


@pytest.mark.parametrize("what", ["inbox", "workspace"])
def test_values_that_name_an_inbox_are_emptied_when_it_is_deleted(company: Company, what: str) -> None:
    gone, kept = InboxFactory.create_batch(2, company=company)
    field = CustomFieldFactory.create(company=company, kind="inbox")
    plain = CustomFieldFactory.create(company=company, kind="text")
    values = {field.public_id: gone.public_id, plain.public_id: gone.public_id}
    loses = TeammateFactory.create(company=company, custom_fields=values)
    keeps = TeammateFactory.create(company=company, custom_fields={field.public_id: kept.public_id})
    if what == "inbox":
        inboxes.delete_inbox(company, gone.pk, actor=SYSTEM)
    else:
        workspaces.delete_workspace(company, gone.workspace_id, actor=SYSTEM)
    for teammate in (loses, keeps):
        teammate.refresh_from_db()
    assert (loses.custom_fields, loses.version) == ({plain.public_id: gone.public_id}, 2)
    assert (keeps.custom_fields, keeps.version) == ({field.public_id: kept.public_id}, 1)
    assert Event.objects.get(company=company, kind=f"{what}.deleted").data["values_forgotten"] == 1


def test_another_companys_places_do_not_exist(company: Company, other_company: Company) -> None:
    inbox = InboxFactory.create(company=other_company)
    with pytest.raises(NotFoundInCompany):
        inboxes.update_inbox(company, inbox.pk, {"name": "Mine"}, actor=SYSTEM)
    with pytest.raises(NotFoundInCompany):
        inboxes.delete_inbox(company, inbox.pk, actor=SYSTEM)
    with pytest.raises(NotFoundInCompany):
        workspaces.delete_workspace(company, inbox.workspace_id, actor=SYSTEM)
    with pytest.raises(InvalidValue):
        inboxes.create_inbox(company, inbox.workspace, "Mine", actor=SYSTEM)


def test_grants_are_added_and_taken_one_by_one_and_named_in_the_event(company: Company) -> None:
    group = TeammateGroupFactory.create(company=company)
    kept, gone, new = InboxFactory.create_batch(3, company=company)
    AccessGrantFactory.create(group=group, inbox=kept)
    AccessGrantFactory.create(group=group, inbox=gone)
    access.change_grants(group, grant=[kept, new, new.workspace], take=[gone, kept.workspace], actor=SYSTEM)
    access.change_grants(group, grant=[new], take=[gone], actor=SYSTEM)
    granted = AccessGrant.objects.filter(group=group)
    assert {grant.inbox or grant.workspace for grant in granted} == {kept, new, new.workspace}
    event = Event.objects.get(company=company)
    assert event.data == {"granted": [new.public_id, new.workspace.public_id], "taken": [gone.public_id]}
