"""One place turns what clients send into canonical SCIM (RFC 7644 §3.3, §3.5).

Entra speaks two dialects, with and without aadOptscim062020, and one tenant may send both; Okta has a third. All
are read at all times. What is unknown here is left out with a remark, so that one odd mapping never stops the
`active: false` beside it; what is known and impossible is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, cast

from django.conf import settings

from scim.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, TooMany
from scim.filters import evaluate
from scim.filters.nodes import Node
from scim.filters.parser import parse_path
from scim.patch import Op, Operation, Target, apply
from scim.schema import Attribute, ResourceType, Schema
from scim.values import Remarks, check_texts, element, elements, is_empty, kind_of, shown, simple

__all__ = ["Document", "Operation", "Patch", "Target", "read_patch", "read_resource"]

_OPS: Final = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class Patch:
    """A PATCH body in canonical form; remarks: in plain words, what was left out and why."""

    operations: list[Operation]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Document:
    """A POST or PUT body in canonical form.

    data: core attributes at the top under their canonical names, extension attributes under their URN; no
    nulls, no empty values.
    """

    data: dict[str, Any]
    remarks: list[str]


def read_patch(body: object, resource: ResourceType) -> Patch:
    """Read a PATCH body, in whatever spelling, for this resource type (RFC 7644 §3.5.2).

    Objects come out as one operation per sub-attribute; null and "" as a remove of what is optional.
    """
    check_texts(body)
    if not isinstance(body, dict):
        raise InvalidSyntax(f"The body must be an object with a list of Operations, not {kind_of(body)}.")
    raw = _fact(body, "Operations")
    if isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list) or not raw:
        raise InvalidSyntax("The body needs Operations: a list of at least one object with op, path and value.")
    most = settings.SCIM_MAX_OPERATIONS
    if len(raw) > most:
        raise TooMany(f"{len(raw)} operations in one request; send at most {most} at a time.")
    reader = _Reader(resource)
    for item in raw:
        reader.operation(item)
    return Patch(reader.operations, list(reader.remarks))


def read_resource(body: object, resource: ResourceType, *, replacing: bool) -> Document:
    """Read a POST or PUT body, in whatever spelling (RFC 7644 §3.3, §3.5.1).

    replacing: it is a PUT, to which immutable attributes mean nothing any more.
    """
    check_texts(body)
    if not isinstance(body, dict):
        raise InvalidSyntax(f"The body must be an object with the attributes, not {kind_of(body)}.")
    reader = _Reader(resource, whole=True, creating=not replacing)
    reader.members_of_object("add", body)
    data = apply(reader.operations, {})
    for attribute in resource.schema.attributes:
        # active is required of every answer but not of a request: it has a default.
        if attribute.required and attribute.type == "string" and not str(data.get(attribute.name, "")).strip():
            raise InvalidValue(f"{attribute.name} is required: map it to an attribute that is never empty.")
    return Document(data, list(reader.remarks))


def _fact(mapping: dict[str, Any], name: str) -> Any:
    """A member of an object by its name in any case."""
    if name in mapping:
        return mapping[name]
    return next((value for key, value in mapping.items() if key.lower() == name.lower()), None)


class _Reader:
    """Collects the canonical operations of one body, and the remarks on it.

    whole: the body is a resource and not a change of one: what is empty is simply not there.
    """

    def __init__(self, resource: ResourceType, *, whole: bool = False, creating: bool = False) -> None:
        self.resource = resource
        self.whole = whole
        self.creating = creating
        self.operations: list[Operation] = []
        self.members = 0
        self.remarks = Remarks()

    def operation(self, raw: object) -> None:
        """One entry of Operations (RFC 7644 §3.5.2); op and its siblings in any case."""
        if not isinstance(raw, dict):
            raise InvalidSyntax(
                f"Each of the Operations must be an object with op, path and value, not {kind_of(raw)}."
            )
        op, path = _fact(raw, "op"), _fact(raw, "path")
        name = op.lower() if isinstance(op, str) else None
        if name not in _OPS:
            raise InvalidSyntax(f"Each of the Operations needs op: add, replace or remove, not {_op_shown(op)}.")
        op = cast(Op, name)
        value = _fact(raw, "value")
        if op != "remove" and value is None and not any(key.lower() == "value" for key in raw):
            raise InvalidValue(f"The operation {op} needs a value; to clear an attribute, send remove.")
        if path is None or path == "":
            self.without_path(op, value)
        elif isinstance(path, str):
            self.with_path(op, path, value)
        else:
            raise InvalidPath(f"path must be a string such as displayName, not {kind_of(path)}.")

    def without_path(self, op: Op, value: object) -> None:
        if op == "remove":
            raise NoTarget("The operation remove needs a path: name the attribute to remove.")
        if not isinstance(value, dict):
            raise InvalidValue(f"Without a path, value must be an object of attributes, not {kind_of(value)}.")
        self.members_of_object(op, value)

    def with_path(self, op: Op, path: str, value: object) -> None:
        parts = self.resource.split(path.strip())
        if parts and not parts[1]:
            self.schema_object(op, parts[0], value)
            return
        target = self.target(path)
        if target is None:
            return
        attribute = target.attribute
        if attribute.read_only or (target.sub and target.sub.read_only):
            raise Mutability(f"{target.name} is read-only: take it out of the attribute mapping.")
        self.emit(op, target, value)

    def members_of_object(self, op: Op, value: dict[str, Any], within: Schema | None = None) -> None:
        """The attributes of an object: plain, dotted, URN-qualified and value-path names, nested extensions."""
        for key, item in value.items():
            parts = self.resource.split(key)
            if parts and not parts[1] and within is None:
                self.schema_object(op, parts[0], item)
                continue
            path = f"{within.urn}:{key}" if within and not parts else key
            target = self.target(path, in_object=True)
            if target is None or target.attribute.read_only or (target.sub and target.sub.read_only):
                continue  # Okta sends the id along; it asks for no change of it
            self.emit(op, target, item)

    def schema_object(self, op: Op, schema: Schema, value: object) -> None:
        """An object under the URN of a schema; null is all of the extension (RFC 7643 §2.5)."""
        if isinstance(value, dict) and op != "remove":
            self.members_of_object(op, value, schema)
        elif not is_empty(value) and op != "remove":
            raise InvalidValue(f"{schema.urn} must hold an object of attributes, not {kind_of(value)}.")
        elif schema is self.resource.schema:
            raise NoTarget("Name the attribute to remove: a resource cannot lose its core schema.")
        elif op != "add":
            for attribute in schema.attributes:
                self.emit("remove", Target(schema.urn, attribute), None)

    def target(self, path: str, in_object: bool = False) -> Target | None:
        """What a path names; None, with a remark, when that is nothing this server knows."""
        found = self.resource.find(path)
        node: Node | None = None
        if found is None:
            if in_object and "[" not in path:
                self.unknown(path)
                return None
            parsed = parse_path(path)
            node = parsed.filter
            found = self.resource.find(parsed.attr_path.text)
            if found is None:
                self.unknown(parsed.attr_path.text)
                return None
        urn = None if found.urn == self.resource.schema.urn else found.urn
        if node is not None and not self.can_select(found.attribute, node):
            return None
        sub = found.sub
        if sub is not None and node is None and found.attribute.name == "members" and sub.name == "value":
            sub = None
        return Target(urn, found.attribute, node, sub)

    def can_select(self, attribute: Attribute, node: Node) -> bool:
        if not attribute.multi or not attribute.is_complex:
            raise InvalidPath(f"{attribute.name} has one value: no [ ] can follow it.")
        unknown = evaluate.unknown_name(node, attribute)
        if unknown is None:
            evaluate.check(node, attribute)
            return True
        self.remarks.add(f"{attribute.name} has no sub-attribute {shown(unknown)}: ignored.")
        return False

    def unknown(self, path: str) -> None:
        self.remarks.add(f"{shown(path)} is no attribute of {self.resource.name} here: ignored.")

    def emit(self, op: Op, target: Target, value: object) -> None:
        attribute, sub = target.attribute, target.sub
        if attribute.mutability == "writeOnly":
            self.remarks.add(f"{attribute.name} is not kept: ignored.")
        elif attribute.mutability == "immutable" and not self.creating:
            if op != "remove" and not is_empty(value):
                self.remarks.add(f"{attribute.name} applies only at creation: ignored.")
        elif op == "remove":
            self.remove(target, value)
        elif is_empty(value) or (attribute.required and isinstance(value, str) and not value.strip()):
            self.empty(op, target)
        elif sub is not None:
            self.append(op, target, simple(sub, value, target.name))
        elif attribute.multi:
            self.plural(op, target, value)
        elif attribute.is_complex:
            self.parts(op, target, value)
        else:
            self.append(op, target, simple(attribute, value, attribute.name))

    def append(self, op: Op, target: Target, value: object = None) -> None:
        self.operations.append(Operation(op, target, value))
        if target.attribute.name == "members":
            self.members += len(value) if isinstance(value, list) else 1
            if self.members > settings.SCIM_MAX_MEMBERS:
                raise TooMany(
                    f"More than {settings.SCIM_MAX_MEMBERS} members in one request: send the rest in further requests, "
                    "as PATCH with op add."
                )

    def empty(self, op: Op, target: Target) -> None:
        """null, "" and [] unassign what is optional; adding nothing to a list changes nothing."""
        if self.whole or (op == "add" and target.attribute.multi and target.filter is None):
            return
        if target.attribute.required:
            raise InvalidValue(f"{target.name} is required and cannot be empty.")
        self.append("remove", target)

    def remove(self, target: Target, value: object) -> None:
        """A remove; with values, as Entra sends it, of those alone (not in the RFC)."""
        if target.filter is None and target.sub is None and target.attribute.multi and value not in (None, ""):
            named = elements(target.attribute, value, target.name, self.remarks)
            if named:
                self.append("remove", target, named)
            else:
                self.remarks.add(f"remove of {target.name} named no value: nothing removed.")
        else:
            self.append("remove", target)

    def plural(self, op: Op, target: Target, value: object) -> None:
        attribute = target.attribute
        found = elements(attribute, value, target.name, self.remarks)
        if target.filter is None:
            if found or op == "replace":
                self.append(op if found else "remove", target, found or None)
        elif len(found) > 1:
            raise InvalidValue(f"{attribute.name}[ ] stands for one value; {len(found)} were sent.")
        elif found:
            self.append(op, target, found[0])
        elif op == "replace":
            self.append("remove", target)

    def parts(self, op: Op, target: Target, value: object) -> None:
        """An object for a single complex attribute changes only what it names (RFC 7644 §3.5.2.3)."""
        if isinstance(value, list):
            if len(value) != 1:
                raise InvalidValue(f"{target.name} has one value; {len(value)} were sent.")
            value = value[0]
        found = element(target.attribute, value, target.name, self.remarks) or {}
        sent = {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
        for sub in target.attribute.subs:
            part = replace(target, sub=sub)
            if sub.name in found:
                self.append(op, part, found[sub.name])
            elif not sub.read_only and sub.name.lower() in sent:
                self.empty(op, part)


def _op_shown(op: object) -> str:
    return shown(op) if isinstance(op, str) else kind_of(op)
