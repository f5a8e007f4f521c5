"""Workspaces: made, renamed, deleted."""

from typing import Any

from django.db import transaction

from teammates.errors import NotFoundInCompany
from teammates.models import Company, Workspace
from teammates.services import events
from teammates.services.custom_fields import forget_inboxes
from teammates.services.events import Actor
from teammates.services.naming import name_kept_unique, required_name


def create_workspace(company: Company, name: str, *, actor: Actor) -> Workspace:
    """A new workspace without inboxes. Raises InvalidValue when the name is missing or taken."""
    workspace = Workspace(company=company, name=required_name(name, "A workspace"))
    with transaction.atomic():
        _save(workspace)
        events.append(
            company.pk, "workspace.created", actor,
            subject=workspace.public_id, name=workspace.name, data={"after": {"name": workspace.name}},
        )  # fmt: skip
    return workspace


def rename_workspace(company: Company, pk: int, name: str, *, actor: Actor) -> Workspace:
    """Raises NotFoundInCompany, and InvalidValue when the name is missing or taken."""
    with transaction.atomic():
        workspace = _locked(company, pk)
        before, workspace.name = workspace.name, required_name(name, "A workspace")
        if workspace.name != before:
            _save(workspace)
            data = {"before": {"name": before}, "after": {"name": workspace.name}}
            events.append(
                company.pk, "workspace.updated", actor, subject=workspace.public_id, name=workspace.name, data=data
            )
    return workspace


def delete_workspace(company: Company, pk: int, *, actor: Actor) -> None:
    """Delete the workspace, its inboxes, everybody's access and the values that name them. Raises NotFoundInCompany."""
    with transaction.atomic():
        workspace = _locked(company, pk)
        inboxes = [inbox.public_id for inbox in workspace.inboxes.all()]
        public_id = workspace.public_id
        workspace.delete()
        data: dict[str, Any] = {"before": {"name": workspace.name, "inboxes": inboxes}}
        if forgotten := forget_inboxes(company.pk, inboxes):
            data["values_forgotten"] = forgotten
        kept = [("workspace.deleted", public_id, workspace.name, data)]
        events.append_many(company.pk, [*kept, ("access.structure_changed", public_id, workspace.name, {})], actor)


def _save(workspace: Workspace) -> None:
    text = f"There is a workspace named {workspace.name} already. Use another name."
    with name_kept_unique("workspace_name_taken", text):
        workspace.save()


def _locked(company: Company, pk: int) -> Workspace:
    workspace = Workspace.objects.select_for_update(no_key=True).filter(company=company, pk=pk).first()
    if workspace is None:
        raise NotFoundInCompany("No such workspace in this company.")
    return workspace
