"""Inboxes: made, changed, deleted. Each of these may change who reaches what, which the worker works out."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import Company, Inbox, Workspace
from teammates.services import events
from teammates.services.custom_fields import forget_inboxes
from teammates.services.events import Actor
from teammates.services.naming import name_kept_unique, required_name

CHANGEABLE = frozenset({"name", "is_private", "workspace"})


def create_inbox(company: Company, workspace: Workspace, name: str, *, is_private: bool = False, actor: Actor) -> Inbox:
    """A new inbox: reached by all who have the workspace, or granted one by one when private.

    Raises InvalidValue when the name is missing or taken, or the workspace is another company's.
    """
    inbox = Inbox(company=company, workspace=workspace, is_private=is_private)
    inbox.name = required_name(name, "An inbox")
    with transaction.atomic():
        _save(inbox)
        _record("inbox.created", inbox, {"after": _for_event(inbox)}, actor, structure=True)
    return inbox


def update_inbox(company: Company, pk: int, changes: Mapping[str, Any], *, actor: Actor) -> Inbox:
    """Apply what differs (see CHANGEABLE). Raises NotFoundInCompany, InvalidValue."""
    if set(changes) - CHANGEABLE:
        raise AssertionError(f"update_inbox cannot change {set(changes) - CHANGEABLE}")
    with transaction.atomic():
        inbox = _locked(company, pk)
        before = _for_event(inbox)
        for name, value in changes.items():
            setattr(inbox, name, required_name(value, "An inbox") if name == "name" else value)
        data = events.difference(before, _for_event(inbox))
        if data["after"]:
            _save(inbox)
            _record("inbox.updated", inbox, data, actor, structure=list(data["after"]) != ["name"])
    return inbox


def delete_inbox(company: Company, pk: int, *, actor: Actor) -> None:
    """Delete the inbox, everybody's access to it and the values that name it. Raises NotFoundInCompany."""
    with transaction.atomic():
        inbox = _locked(company, pk)
        data: dict[str, Any] = {"before": _for_event(inbox)}
        if forgotten := forget_inboxes(company.pk, [inbox.public_id]):
            data["values_forgotten"] = forgotten
        _record("inbox.deleted", inbox, data, actor, structure=True)
        inbox.delete()


def _save(inbox: Inbox) -> None:
    if inbox.workspace.company_id != inbox.company_id:
        raise InvalidValue("workspace", "No such workspace in this company.")
    text = f"{inbox.workspace.name} has an inbox named {inbox.name} already. Use another name."
    with name_kept_unique("inbox_name_taken", text):
        inbox.save()


def _record(kind: str, inbox: Inbox, data: dict[str, Any], actor: Actor, *, structure: bool) -> None:
    happened: list[tuple[str, str, str, dict[str, Any]]] = [(kind, inbox.public_id, inbox.name, data)]
    if structure:
        happened.append(("access.structure_changed", inbox.public_id, inbox.name, {}))
    events.append_many(inbox.company_id, happened, actor)


def _for_event(inbox: Inbox) -> dict[str, Any]:
    return {"name": inbox.name, "is_private": inbox.is_private, "workspace": inbox.workspace.public_id}


def _locked(company: Company, pk: int) -> Inbox:
    inboxes = Inbox.objects.select_for_update(of=("self",), no_key=True).select_related("workspace")
    inbox = inboxes.filter(company=company, pk=pk).first()
    if inbox is None:
        raise NotFoundInCompany("No such inbox in this company.")
    return inbox
