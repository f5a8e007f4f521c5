"""Filters as conditions of the ORM: what the tree of a filter says, over the columns that hold it.

Every attribute that /Schemas publishes can be filtered. What cannot be compared is 400 invalidFilter: a filter
that would be ignored, or a term that would be dropped, never turns into a longer list.
"""

from collections.abc import Callable, Sequence

from django.db.models import Q, QuerySet

from scim.attributes import GROUP
from scim.errors import InvalidFilter
from scim.filters.kinds import Term, joined, negated, of_element
from scim.filters.nodes import And, AttrPath, Compare, Node, Not, Or, Present, ValuePath
from scim.filters.terms import Members, group_terms, user_terms
from scim.schema import Match, ResourceType
from teammates.models import Teammate, TeammateGroup

MEMBERS = next(attribute for attribute in GROUP.schema.attributes if attribute.name == "members")


def users_where(company_id: int, node: Node | None, resource: ResourceType) -> QuerySet[Teammate]:
    """The teammates of the company that SCIM may see and the filter selects; `resource` names what it may speak of."""
    found = Teammate.objects.filter(company_id=company_id).visible_to_idp()
    return found if node is None else found.filter(Compiler(resource, user_terms).condition(node))


def groups_where(company_id: int, node: Node | None) -> QuerySet[TeammateGroup]:
    """The groups of the company that the filter selects."""
    found = TeammateGroup.objects.filter(company_id=company_id)
    return found if node is None else found.filter(Compiler(GROUP, group_terms).condition(node))


def members_where(company_id: int, group_id: int, node: Node, pending: Sequence[str] = ()) -> list[str]:
    """The ids of the group's members (or of those about to be added) that a filter of `members` selects."""
    waiting = [pk for pk in map(Teammate.pk_of, pending) if pk is not None]
    those = Q(memberships__group_id=group_id, memberships__company_id=company_id) | Q(pk__in=waiting)
    condition = of_element(node, MEMBERS, Members.of_teammate)
    found = Teammate.objects.filter(those, condition, company_id=company_id).distinct()
    return [teammate.public_id for teammate in found.only("pk")]


class Compiler:
    """Walks a tree and asks each attribute's term for its condition.

    unknown: where to collect the names that this resource type does not have, for a query over several types: such
    a term matches nothing (RFC 7644 §3.4.2.1). None: they are refused.
    """

    def __init__(
        self, resource: ResourceType, terms: Callable[[Match], Term | None], unknown: set[str] | None = None
    ) -> None:
        self.resource = resource
        self.terms = terms
        self.unknown = unknown

    def condition(self, node: Node) -> Q:
        match node:
            case And(items):
                return joined(Q.AND, [self.condition(item) for item in items])
            case Or(items):
                return joined(Q.OR, [self.condition(item) for item in items])
            case Not(item):
                return negated(self.condition(item))
            case Compare() | Present() | ValuePath() if self.lacks(node.path):
                return Q(pk__in=[])
            case Compare(path, op, value):
                return Q(self.term(path).compare(op, value))
            case Present(path):
                return Q(self.term(path).present())
            case ValuePath(path, inner, then):
                both = inner if then is None else And((inner, then))
                return Q(self.term(path).any_element(both))

    def lacks(self, path: AttrPath) -> bool:
        """Whether a name is to be collected rather than refused, and is unknown here."""
        if self.unknown is None or self.resource.find(path.text) is not None:
            return False
        self.unknown.add(path.text.lower())
        return True

    def term(self, path: AttrPath) -> Term:
        found = self.resource.find(path.text)
        term = self.terms(found) if found is not None else None
        if term is None:
            raise InvalidFilter(f"{path.text[:100]} cannot be filtered: this server has no such attribute.")
        return term
