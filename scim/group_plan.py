"""A PATCH of a group as the fewest changes of membership rows (RFC 7644 §3.5.2), whatever the group's size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scim.errors import NoTarget
from scim.filters.nodes import Compare, Node, Or
from scim.patch import Operation


@dataclass(frozen=True, slots=True)
class Add:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clear:
    pass


@dataclass(frozen=True, slots=True)
class RemoveWhere:
    """Remove the members selected by a filter that is more than a choice of ids."""

    filter: Node


MemberStep = Add | Remove | Replace | Clear | RemoveWhere


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """document_ops: what to apply to the group's document; members: the steps that change its members, in order."""

    document_ops: list[Operation]
    members: list[MemberStep]


def group_changes(operations: Sequence[Operation], *, single_replace_adds: bool = False) -> GroupPlan:
    """Split a PATCH of a group into changes of its document and a minimal net sequence of member steps.

    single_replace_adds: read a replace of the members by one member as an add, for tenants whose client sends
    one such operation per person.
    """
    document_ops: list[Operation] = []
    net = _Net()
    for operation in operations:
        if operation.target.attribute.name == "members":
            _member_operation(operation, net, single_replace_adds)
        else:
            document_ops.append(operation)
    return GroupPlan(document_ops, net.finished())


class _Net:
    """What a sequence of changes comes to: done steps, then either a whole new list or a difference."""

    def __init__(self) -> None:
        self.done: list[MemberStep] = []
        self.whole: dict[str, None] | None = None
        self.difference: dict[str, bool] = {}  # id → whether it is a member afterwards

    def replace(self, ids: Iterable[str]) -> None:
        self.done, self.whole, self.difference = [], dict.fromkeys(ids), {}

    def change(self, ids: Iterable[str], present: bool) -> None:
        for member in ids:
            if self.whole is None:
                self.difference[member] = present
            elif present:
                self.whole[member] = None
            else:
                self.whole.pop(member, None)

    def remove_where(self, node: Node) -> None:
        if self.whole == {}:
            return
        self.done = [*self.finished(), RemoveWhere(node)]
        self.whole, self.difference = None, {}

    def finished(self) -> list[MemberStep]:
        if self.whole is not None:
            return [*self.done, Replace(tuple(self.whole)) if self.whole else Clear()]
        gone = tuple(member for member, present in self.difference.items() if not present)
        come = tuple(member for member, present in self.difference.items() if present)
        return [*self.done, *([Remove(gone)] if gone else []), *([Add(come)] if come else [])]


def _member_operation(operation: Operation, net: _Net, single_replace_adds: bool) -> None:
    target = operation.target
    if target.sub is not None and target.sub.name != "value":
        return  # membership has no other part that a client can change
    if target.filter is not None:
        _filtered(operation, target.filter, net)
    elif operation.op == "remove":
        if operation.value is None:
            net.replace(())
        else:
            net.change(_ids(operation.value), present=False)
    elif operation.op == "replace" and not (single_replace_adds and len(operation.value) == 1):
        net.replace(_ids(operation.value))
    else:
        net.change(_ids(operation.value), present=True)


def _filtered(operation: Operation, node: Node, net: _Net) -> None:
    """`members[value eq "a"]` names a member, whether there or not; other filters can only remove."""
    chosen = _chosen(node)
    if operation.op == "remove":
        if chosen is None:
            net.remove_where(node)
        else:
            net.change(chosen, present=False)
        return
    if chosen is None:
        raise NoTarget('Name the member to add or replace by its id, as in members[value eq "…"].')
    if operation.op == "replace":
        net.change(chosen, present=False)
    net.change([operation.value if operation.target.sub else operation.value["value"]], present=True)


def _chosen(node: Node) -> list[str] | None:
    """The ids that `value eq "a" or value eq "b"` names; None for any other filter."""
    found: list[str] = []
    for term in node.items if isinstance(node, Or) else (node,):
        if isinstance(term, Or):
            inner = _chosen(term)
        elif isinstance(term, Compare) and term.op == "eq" and term.path.attr.lower() == "value":
            inner = None if term.value is None else [str(term.value)]
        else:
            inner = None
        if inner is None:
            return None
        found += inner
    return found


def _ids(members: list[dict[str, str]]) -> list[str]:
    return [member["value"] for member in members]
