"""Rows as SCIM resources. What is unassigned is left out: no nulls, no empty lists (RFC 7643 §2.5)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from scim.attributes import (
    CUSTOM_FIELDS_URN,
    ENTERPRISE_URN,
    GROUP_URN,
    TEAMMATE_GROUP_URN,
    TEAMMATE_URN,
    USER_URN,
)
from scim.reading import GroupRow, MemberRow, UserRow
from scim.versioning import etag
from teammates.models import Status, Teammate, TeammateGroup
from teammates.public_ids import encode


def timestamp(moment: datetime) -> str:
    """UTC with milliseconds (RFC 7643 §2.3.5)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _meta(kind: str, row: UserRow | GroupRow, location: str) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "created": timestamp(row.created_at),
        "lastModified": timestamp(row.updated_at),
        "location": location,
        "version": etag(row.version, getattr(row, "groups", None)),
    }


def user_document(row: Any) -> dict[str, Any]:
    """What the identity provider wrote about a teammate, in canonical form: the document that PATCH works on.

    row: a UserRow, or anything with its fields by name.
    """
    document: dict[str, Any] = {"userName": row.login, "active": row.status == Status.ACTIVE}
    if row.external_id:
        document["externalId"] = row.external_id
    if row.display_name:
        document["displayName"] = row.display_name
    document |= row.profile
    name = {**row.profile.get("name", {})}
    if row.first_name:
        name["givenName"] = row.first_name
    if row.last_name:
        name["familyName"] = row.last_name
    if name:
        document["name"] = name
    if row.emails:
        document["emails"] = row.emails
    if row.custom_fields and (custom := {key: value for key, value in row.custom_fields.items() if value is not None}):
        document[CUSTOM_FIELDS_URN] = custom
    return document


def user_resource(row: UserRow, base: str) -> dict[str, Any]:
    """The User resource (RFC 7643 §4.1); `base` is scheme, host and prefix, ending in a slash."""
    public_id = encode(Teammate.prefix, row.pk)
    resource: dict[str, Any] = {"schemas": [USER_URN], "id": public_id, **user_document(row)}
    if row.template:
        resource[TEAMMATE_URN] = {"template": row.template}
    resource["schemas"] += [urn for urn in (ENTERPRISE_URN, TEAMMATE_URN, CUSTOM_FIELDS_URN) if urn in resource]
    if row.groups:
        resource["groups"] = [_group_reference(pk, name, base) for pk, name in row.groups]
    resource["meta"] = _meta("User", row, f"{base}Users/{public_id}")
    return resource


def _group_reference(pk: int, name: str, base: str) -> dict[str, str]:
    group = encode(TeammateGroup.prefix, pk)
    return {"value": group, "$ref": f"{base}Groups/{group}", "display": name, "type": "direct"}


def group_document(row: Any) -> dict[str, Any]:
    """What the identity provider wrote about a group, members aside: the document that PATCH works on."""
    document: dict[str, Any] = {"displayName": row.name}
    if row.external_id:
        document["externalId"] = row.external_id
    if row.description:
        document[TEAMMATE_GROUP_URN] = {"description": row.description}
    return document


def group_resource(row: GroupRow, base: str) -> dict[str, Any]:
    """The Group resource (RFC 7643 §4.2) without its members."""
    public_id = encode(TeammateGroup.prefix, row.pk)
    resource: dict[str, Any] = {"schemas": [GROUP_URN], "id": public_id, **group_document(row)}
    if TEAMMATE_GROUP_URN in resource:
        resource["schemas"].append(TEAMMATE_GROUP_URN)
    resource["meta"] = _meta("Group", row, f"{base}Groups/{public_id}")
    return resource


def member_resources(
    rows: Iterable[MemberRow], base: str, *, refs: bool = True, names: bool = False
) -> list[dict[str, Any]]:
    """The values of a group's `members`; refs: with the URL of each, names: with the name of each."""
    prefix, users = Teammate.prefix, base + "Users/"
    members = []
    for row in rows:
        member: dict[str, Any] = {"value": encode(prefix, row.pk), "type": "User"}
        if refs:
            member["$ref"] = users + member["value"]
        if names:
            member["display"] = row.name
        members.append(member)
    return members
