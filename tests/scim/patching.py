"""Short ways to say "this PATCH on that document" for the tests of the SCIM door that need no database."""

from typing import Any

from scim.attributes import ENTERPRISE_URN, GROUP, USER
from scim.dialect import Patch, read_patch
from scim.group_plan import GroupPlan, group_changes
from scim.patch import apply
from scim.schema import Attribute, ResourceType

MESSAGE = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def attribute(path: str) -> Attribute:
    """The attribute or sub-attribute of a path of a User or a Group."""
    found = USER.find(path) or GROUP.find(path)
    assert found is not None
    return found.sub or found.attribute


def body(*operations: Any) -> dict[str, Any]:
    return {"schemas": [MESSAGE], "Operations": list(operations)}


def read(*operations: Any, resource: ResourceType = USER) -> Patch:
    return read_patch(body(*operations), resource)


def patched(document: dict[str, Any], *operations: Any, resource: ResourceType = USER) -> dict[str, Any]:
    return apply(read(*operations, resource=resource).operations, document)


def plan(*operations: Any, **options: bool) -> GroupPlan:
    return group_changes(read(*operations, resource=GROUP).operations, **options)


def ada(**more: Any) -> dict[str, Any]:
    """A person with a work e-mail, as a canonical document."""
    return {
        "userName": "ada@example.com",
        "active": True,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"type": "work", "value": "ada@example.com", "primary": True}],
        ENTERPRISE_URN: {"department": "Engines"},
        **more,
    }
