"""Request bodies in Entra's two spellings.

The flag `aadOptscim062020` in the Tenant URL changes what the client writes: lower-case operation names, real
booleans, plain and extension attributes packed into one operation without a path, members removed by a filter.
Without it each attribute has its own operation, names are capitalised, booleans are strings and members are
removed by a list (Microsoft: "Known issues and resolutions with SCIM 2.0 protocol compliance of the Microsoft Entra
user provisioning service"). A server meets both, even from one tenant: provision on demand ignores the flag.
"""

from collections.abc import Iterable
from typing import Any, Literal

from frontprov.simulator.mapping import ENTERPRISE, MANAGER, Attributes, Change
from frontprov.simulator.paths import parse_path

Body = dict[str, Any]

FLAG = "aadOptscim062020"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Not in any RFC; Entra names it in every group it creates.
ADSCIM_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def create_user(attributes: Attributes, *, flag: bool) -> Body:
    """A POST body. Extensions are nested under their schema; only the enterprise one is named in `schemas`
    (Microsoft: "Customize user provisioning attribute-mappings")."""
    body: Body = {"schemas": [USER, ENTERPRISE], "meta": {"resourceType": "User"}, "roles": []}
    for path, value in attributes.items():
        parse_path(path).place(body, _scalar(value, flag=flag))
    for name in ("emails", "addresses", "phoneNumbers"):
        for element in body.get(name, [])[:1]:
            element["primary"] = True
    return body


def create_group(attributes: Attributes) -> Body:
    """A POST body: without members, which follow as PATCHes."""
    body: Body = {"schemas": [GROUP, ADSCIM_GROUP], "meta": {"resourceType": "Group"}}
    for path, value in attributes.items():
        parse_path(path).place(body, value)
    return body


def update(changes: Iterable[Change], *, flag: bool) -> Body:
    """A PATCH body for the attributes that differ."""
    return _patch(_packed(changes) if flag else [_verbose(change) for change in changes])


def set_manager(manager: str | None, current: str | None, *, flag: bool) -> Body:
    """The reference is a bare id on the way in. Taking it away is an empty value or a Remove."""
    if manager is None and not flag:
        return _patch([{"op": "Remove", "path": MANAGER}])
    op = _op("replace" if current or manager is None else "add", flag=flag)
    return _patch([{"op": op, "path": MANAGER, "value": manager or ""}])


def change_members(added: Iterable[str], removed: Iterable[str], *, flag: bool) -> Body:
    operations: list[Body] = []
    removed_ids, added_ids = list(removed), list(added)
    if removed_ids and flag:
        operations += [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in removed_ids]
    elif removed_ids:
        operations.append({"op": "Remove", "path": "members", "value": _references(removed_ids)})
    if added_ids:
        operations.append({"op": _op("add", flag=flag), "path": "members", "value": _references(added_ids)})
    return _patch(operations)


def _packed(changes: Iterable[Change]) -> list[Body]:
    operations: list[Body] = []
    packs: dict[str, Body] = {}
    for change in changes:
        if change.op == "remove":
            operations.append({"op": "remove", "path": change.path})
        elif change.path == "active" or parse_path(change.path).is_filtered:
            operations.append({"op": change.op, "path": change.path, "value": change.value})
        else:
            packs.setdefault(change.op, {})[change.path] = change.value
    return [*operations, *({"op": op, "value": values} for op, values in packs.items())]


def _verbose(change: Change) -> Body:
    value = change.old if change.op == "remove" else _scalar(change.value, flag=False)
    return {"op": _op(change.op, flag=False), "path": change.path, "value": value}


def _op(name: Literal["add", "replace", "remove"], *, flag: bool) -> str:
    return name if flag else name.capitalize()


def _scalar(value: str | bool | None, *, flag: bool) -> str | bool | None:
    # ToLower([active]) is text; with the flag it is sent as the boolean it spells.
    return str(value).lower() if isinstance(value, bool) and not flag else value


def _references(ids: Iterable[str]) -> list[Body]:
    return [{"$ref": None, "value": member} for member in ids]


def _patch(operations: list[Body]) -> Body:
    return {"schemas": [PATCH_OP], "Operations": operations}
