"""A User resource, turned into what the teammates' services understand (RFC 7643 §4.1)."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django_scim.adapters import SCIMUser

from scim.adapters.base import CompanyAdapter
from scim.attributes import CUSTOM_FIELDS_URN, TEAMMATE_URN, Attribute, ResourceType, user_resource
from scim.attributes import USER as PLAIN_USER
from scim.dialect import read_patch, read_resource
from scim.patch import apply
from scim.reading import UserRow, row_of
from scim.rendering import user_document
from scim.rendering import user_resource as rendered
from teammates.errors import NotFoundInCompany
from teammates.models import CustomField, FieldKind, Status, Teammate
from teammates.services.custom_fields import clean_values, note_sent_by_idp
from teammates.services.departures import remove_by_idp
from teammates.services.teammates import update_teammate
from templates_app.services import create_from_template

IN_COLUMNS = {"userName", "externalId", "active", "displayName", "emails", TEAMMATE_URN, CUSTOM_FIELDS_URN}
NAMES_IN_COLUMNS = {"givenName", "familyName"}
MENTIONS_CUSTOM_FIELDS = re.compile(re.escape(CUSTOM_FIELDS_URN), re.IGNORECASE)
SCIM_TYPES = {
    FieldKind.NUMBER: "decimal",
    FieldKind.YES_NO: "boolean",
    FieldKind.TEAMMATE: "reference",
}
TEMPLATE_ROLE = "template"
NOTHING: Mapping[str, Any] = MappingProxyType({})


class TeammateAdapter(CompanyAdapter, SCIMUser):
    obj: Any  # Unread, then a Teammate

    def from_dict(self, d: dict[str, Any]) -> None:
        """Stage a POST or PUT body."""
        resource = self.resource_type(d)
        document = read_resource(d, resource, replacing=self.obj.pk is not None)
        self.actor.remarks += document.remarks
        self.document = document.data

    def save(self) -> None:
        """Create the teammate, or replace what the identity provider wrote about an existing one."""
        self.obj = self._create() if self.obj.pk is None else self._update(self._replacement)

    def patch(self, body: Any) -> None:
        patch = read_patch(body, self.resource_type(body))
        self.actor.remarks += patch.remarks
        self.obj = self._update(lambda stored: apply(patch.operations, stored))

    def delete(self) -> None:
        """Block, and be seen no more (RFC 7644 §3.6)."""
        remove_by_idp(self.company.pk, self.obj.pk, actor=self.actor, check=self.check)

    def to_dict(self) -> dict[str, Any]:
        return rendered(self.row, self.base)

    @property
    def row(self) -> UserRow:
        return row_of(self.obj)

    def resource_type(self, body: Any) -> ResourceType:
        """The User resource type, with the company's custom fields where the body mentions them."""
        if not MENTIONS_CUSTOM_FIELDS.search(str(body)):
            return PLAIN_USER
        self._fields = list(CustomField.objects.filter(company=self.company))
        self.names = {field.public_id: field.name for field in self._fields}
        return user_resource([custom_attribute(field) for field in self._fields])

    def _create(self) -> Teammate:
        changes = self._changes(self.document)
        active = changes.pop("active")
        draft = Teammate(company=self.company, status=Status.ACTIVE if active else Status.BLOCKED, **changes)
        return create_from_template(draft, template_of(self.document), actor=self.actor)

    def _replacement(self, stored: dict[str, Any]) -> dict[str, Any]:
        """A PUT replaces what the client could have sent and keeps what the server owns (RFC 7644 §3.5.1)."""
        kept = {"active": stored["active"]}
        if template_of(self.document):
            self.actor.remarks.append("A template applies only when a teammate is created: it was ignored.")
        return {**kept, **self.document}

    def _update(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Teammate:
        def decide(teammate: Teammate) -> dict[str, Any]:
            if teammate.removed_by_idp_at is not None or teammate.status == Status.DELETED:
                raise NotFoundInCompany("No such teammate in this company.")
            self.check(teammate)
            stored = user_document(teammate)
            wanted = change(stored)
            return {} if wanted == stored else self._changes(wanted, stored.get(CUSTOM_FIELDS_URN, {}))

        return update_teammate(self.company.pk, self.obj.pk, decide, actor=self.actor)

    def _changes(self, document: dict[str, Any], stored_fields: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
        """The product's fields for a document. stored_fields: the custom fields that were there before."""
        name = document.get("name", {})
        profile = {key: value for key, value in document.items() if key not in IN_COLUMNS and key != "name"}
        if rest := {key: value for key, value in name.items() if key not in NAMES_IN_COLUMNS}:
            profile["name"] = rest
        changes = {
            "login": document["userName"],
            "external_id": document.get("externalId", ""),
            "active": document.get("active", True),
            "display_name": document.get("displayName", ""),
            "first_name": name.get("givenName", ""),
            "last_name": name.get("familyName", ""),
            "emails": document.get("emails", []),
            "profile": profile,
        }
        if hasattr(self, "_fields"):
            changes["custom_fields"] = self._custom_fields(document.get(CUSTOM_FIELDS_URN, {}), stored_fields)
        return changes

    def _custom_fields(self, values: dict[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
        """The values to store. Only new ones are checked: an old one may be of a dropdown that lost the option."""
        known = {field.public_id for field in self._fields}
        kept = {key: value for key, value in values.items() if key in known}
        new = {key: value for key, value in kept.items() if stored.get(key) != value}
        kept |= clean_values(self.company.pk, new, self._fields)
        note_sent_by_idp(self.company.pk, [field for field in self._fields if new.get(field.public_id) is not None])
        return {key: value for key, value in kept.items() if value is not None}


def custom_attribute(field: CustomField) -> Attribute:
    """A custom field as an attribute of the custom fields extension; its name is the field's id."""
    return Attribute(
        field.public_id,
        SCIM_TYPES.get(FieldKind(field.kind), "string"),
        description=f"{field.name}. {field.description}".strip(),
        canonical=tuple(field.options),
        case_exact=True,
        column="custom_fields",
        reference_types=("User",) if field.kind == FieldKind.TEAMMATE else (),
    )


def template_of(document: dict[str, Any]) -> str:
    """The template a new teammate is to start with: the extension's, else a role of type `template`."""
    named: str = document.get(TEAMMATE_URN, {}).get("template", "")
    roles = (role for role in document.get("roles", []) if str(role.get("type", "")).lower() == TEMPLATE_ROLE)
    return named or next((role["value"] for role in roles if role.get("value")), "")
