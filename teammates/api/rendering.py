"""Rows as the API shows them. `base` is what every link begins with; it ends in a slash."""

from collections.abc import Iterable
from typing import Any

from teammates.models import CustomField, Event, FieldKind, Inbox, Teammate, TeammateGroup, Workspace

Shown = dict[str, Any]

AVAILABLE = "is_available"  # the preference that says whether a teammate takes work; everybody does at first
TYPES = {
    FieldKind.TEXT: "string",
    FieldKind.NUMBER: "number",
    FieldKind.YES_NO: "boolean",
    FieldKind.DROPDOWN: "enum",
    FieldKind.TEAMMATE: "teammate",
    FieldKind.INBOX: "inbox",
}


def links(address: str, **related: str) -> Shown:
    return {"self": address, "related": related} if related else {"self": address}


def teammate(row: Teammate, names: dict[str, str], base: str) -> Shown:
    """names: of the company's custom fields, by their ids."""
    address = f"{base}teammates/{row.public_id}"
    return {
        "_links": links(address, inboxes=f"{address}/inboxes"),
        "id": row.public_id,
        "email": row.email or row.login,
        "username": row.username,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "is_admin": row.is_company_admin,
        "is_available": row.is_active and row.preferences.get(AVAILABLE) is not False,
        "is_blocked": row.is_blocked,
        "type": "user",
        "custom_fields": {
            names[key]: value for key, value in row.custom_fields.items() if key in names and value is not None
        },
    }


def field_names(fields: Iterable[CustomField]) -> dict[str, str]:
    return {field.public_id: field.name for field in fields}


def group(row: TeammateGroup, base: str) -> Shown:
    """The row's company must be at hand."""
    address = f"{base}teammate_groups/{row.public_id}"
    related = {name: f"{address}/{name}" for name in ("teammates", "teams", "inboxes")}
    return {
        "_links": links(address, **related),
        "id": row.public_id,
        "name": row.name,
        "description": row.description or None,
        "is_managed_by_scim": row.is_idp_managed,
    }


def team(row: Workspace, base: str) -> Shown:
    address = f"{base}teams/{row.public_id}"
    return {
        "_links": links(address, inboxes=f"{address}/inboxes", teammates=f"{address}/teammates"),
        "id": row.public_id,
        "name": row.name,
    }


def inbox(row: Inbox, base: str) -> Shown:
    workspace = Workspace(pk=row.workspace_id)
    return {
        "_links": links(f"{base}inboxes/{row.public_id}", team=f"{base}teams/{workspace.public_id}"),
        "id": row.public_id,
        "name": row.name,
        "team_id": workspace.public_id,
        "is_private": row.is_private,
        "is_public": not row.is_private,
    }


def custom_field(row: CustomField) -> Shown:
    shown: Shown = {
        "id": row.public_id,
        "name": row.name,
        "description": row.description or None,
        "type": TYPES[FieldKind(row.kind)],
    }
    if row.kind == FieldKind.DROPDOWN:
        shown["values"] = [{"value": option, "label": option} for option in row.options]
    return shown


def event(row: Event) -> Shown:
    return {
        "id": row.public_id,
        "type": row.kind,
        "emitted_at": row.at.timestamp(),
        "source": {"type": row.actor_kind, "id": row.actor_id or None, "name": row.actor},
        "target": {"id": row.subject, "name": row.subject_name} if row.subject else None,
        "data": row.data,
    }
