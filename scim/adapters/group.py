"""A Group resource, turned into what the groups' services understand (RFC 7643 §4.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django_scim.adapters import SCIMGroup

from scim.adapters.base import CompanyAdapter
from scim.attributes import GROUP, TEAMMATE_GROUP_URN
from scim.dialect import read_patch, read_resource
from scim.filters.compiler import members_where
from scim.group_plan import Add, Clear, GroupPlan, Remove, RemoveWhere, Replace, group_changes
from scim.patch import apply
from scim.reading import GroupRow
from scim.rendering import group_document, group_resource
from teammates.models import TeammateGroup
from teammates.services.groups import create_group, delete_group, update_group
from teammates.services.members import MemberChange


class GroupAdapter(CompanyAdapter, SCIMGroup):
    obj: Any  # Unread, then a TeammateGroup

    def from_dict(self, d: dict[str, Any]) -> None:
        """Stage a POST or PUT body."""
        document = read_resource(d, GROUP, replacing=self.obj.pk is not None)
        self.actor.remarks += document.remarks
        self.document = document.data
        named = [member["value"] for member in self.document.pop("members", []) if "value" in member]
        listed = any(key.lower().rpartition(":")[2] == "members" for key in d)  # an empty list is a list, too
        self.member_ids = named if named or listed else None  # of members not mentioned nothing is said

    def save(self) -> None:
        """Create the group (or adopt the one of that name), or replace name, description and members."""
        if self.obj.pk is None:
            draft = TeammateGroup(company=self.company, **_changes(self.document))
            self.obj = create_group(self.company, draft, self.member_ids, actor=self.actor)
            return

        def decide(group: TeammateGroup) -> tuple[Mapping[str, Any], Sequence[MemberChange]]:
            self.check(group)
            steps = [] if self.member_ids is None else [MemberChange(replace=True, add=self.member_ids)]
            changes = _changes(self.document)
            if TEAMMATE_GROUP_URN not in self.document and not group.description_from_idp:
                changes["description"] = group.description  # written here; the client does not map it
            return changes, steps

        self.obj = update_group(self.company, self.obj.pk, decide, actor=self.actor)

    def patch(self, body: Any) -> None:
        patch = read_patch(body, GROUP)
        self.actor.remarks += patch.remarks
        plan = group_changes(patch.operations, single_replace_adds=self.company.single_replace_adds)

        def decide(group: TeammateGroup) -> tuple[Mapping[str, Any], Sequence[MemberChange]]:
            self.check(group)
            changes = _changes(apply(plan.document_ops, group_document(group))) if plan.document_ops else {}
            return changes, self._steps(group, plan)

        self.obj = update_group(self.company, self.obj.pk, decide, actor=self.actor)

    def delete(self) -> None:
        delete_group(self.company, self.obj.pk, actor=self.actor, check=self.check)

    def to_dict(self) -> dict[str, Any]:
        """The resource without its members, which are read only when asked for."""
        return group_resource(self.row, self.base)

    @property
    def row(self) -> GroupRow:
        g = self.obj
        return GroupRow(g.pk, g.name, g.external_id, g.description, g.version, g.created_at, g.updated_at)

    def _steps(self, group: TeammateGroup, plan: GroupPlan) -> list[MemberChange]:
        steps: list[MemberChange] = []
        for step in plan.members:
            match step:
                case Add(ids):
                    steps.append(MemberChange(add=ids))
                case Remove(ids):
                    steps.append(MemberChange(remove=ids))
                case Replace(ids):
                    steps.append(MemberChange(replace=True, add=ids))
                case Clear():
                    steps.append(MemberChange(replace=True))
                case RemoveWhere(node):
                    pending = [member for earlier in steps for member in earlier.add]
                    steps.append(MemberChange(remove=members_where(self.company.pk, group.pk, node, pending)))
        return steps


def _changes(document: dict[str, Any]) -> dict[str, Any]:
    """The product's fields for a document."""
    return {
        "name": document["displayName"],
        "external_id": document.get("externalId", ""),
        "description": document.get(TEAMMATE_GROUP_URN, {}).get("description", ""),
    }
