"""How an attribute is compared, tested for presence and sorted in the database, by what holds it there.

A column, a folded key, a JSON document, a relation: each kind of place has a term. scim.filters.terms says which
attribute is which.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db.models import (
    Exists,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
    lookups,
)
from django.db.models.functions import Coalesce, NullIf, Upper

from scim.errors import InvalidFilter
from scim.filters.nodes import And, Compare, Node, Not, Or, Present
from scim.filters.sql import AnyElement, ElementText, FirstText, IsTrue, public_id
from scim.schema import Attribute
from scim.values import literal
from scim.versioning import row_version
from teammates.models import Status, fold

EXACT = {
    "eq": lookups.Exact,
    "co": lookups.Contains,
    "sw": lookups.StartsWith,
    "ew": lookups.EndsWith,
    "gt": lookups.GreaterThan,
    "ge": lookups.GreaterThanOrEqual,
    "lt": lookups.LessThan,
    "le": lookups.LessThanOrEqual,
}
ANY_CASE = {
    "eq": lookups.IExact,
    "co": lookups.IContains,
    "sw": lookups.IStartsWith,
    "ew": lookups.IEndsWith,
}
PARTS_OF_A_TEXT = {"co", "sw", "ew"}


def negated(condition: Any) -> Q:
    return ~Q(IsTrue(condition if isinstance(condition, Q) else Q(condition)))


class Term:
    """One attribute in the database."""

    def __init__(self, attribute: Attribute) -> None:
        self.attribute = attribute

    def compare(self, op: str, value: Any) -> Any:
        """The condition `attribute op value`; an absent value equals null and nothing else."""
        wanted = literal(self.attribute, op, value)
        if wanted is None:
            return negated(self.present()) if op == "eq" else self.present()
        if wanted == "":  # "" is unassigned (RFC 7643 §2.5): no text equals it, and every text contains it
            is_of_all = op == "ne"
            return self.present() if op in ("co", "sw", "ew", "gt", "ge") else lookups.Exact(Value(1), int(is_of_all))
        if op == "ne":
            return negated(self.holds("eq", wanted))
        return self.holds(op, wanted)

    def holds(self, op: str, wanted: Any) -> Any:
        raise InvalidFilter(f"{self.attribute.name} cannot be compared by {op}.")

    def present(self) -> Any:
        raise NotImplementedError

    def any_element(self, node: Node) -> Any:
        raise InvalidFilter(f"{self.attribute.name} has no parts to filter in [ ].")

    def order(self) -> Any:
        """What to sort by (RFC 7644 §3.4.2.3)."""
        raise InvalidFilter(f"{self.attribute.name} cannot be sorted by.")


class Scalar(Term):
    """A text, number, date or boolean that an expression gives; texts compare as their caseExact says."""

    def __init__(self, attribute: Attribute, expression: Any) -> None:
        super().__init__(attribute)
        self.expression = expression
        self.is_text = attribute.type in ("string", "reference", "binary")

    def holds(self, op: str, wanted: Any) -> Any:
        if isinstance(wanted, bool):
            return lookups.Exact(self.expression, str(wanted).lower())
        if self.is_text and op in ("lt", "le"):
            return Q(self.text_holds(op, wanted)) & Q(self.present())
        return self.text_holds(op, wanted) if self.is_text else EXACT[op](self.expression, wanted)

    def text_holds(self, op: str, wanted: str) -> Any:
        if self.attribute.case_exact:
            return EXACT[op](self.expression, wanted)
        if op in ANY_CASE:
            return ANY_CASE[op](self.expression, wanted)
        return EXACT[op](Upper(self.expression), Upper(Value(wanted)))

    def present(self) -> Any:
        if self.is_text:
            return lookups.GreaterThan(self.expression, "")
        return lookups.IsNull(self.expression, False)

    def order(self) -> Any:
        if not self.is_text:
            return self.expression
        text = NullIf(self.expression, Value(""), output_field=TextField())  # no text is no value, and comes last
        return text if self.attribute.case_exact else Upper(text)


class Version(Scalar):
    """The version of a row; of a user, that is all but the digest of their groups."""

    def holds(self, op: str, wanted: Any) -> Any:
        return super().holds(op, row_version(wanted))


class Constant(Scalar):
    """What is the same for every resource of its kind."""

    def __init__(self, attribute: Attribute, text: str) -> None:
        super().__init__(attribute, Value(text, output_field=TextField()))

    def order(self) -> Any:
        return F("pk")


class Key(Term):
    """A text whose column has a folded twin to compare with."""

    def __init__(self, attribute: Attribute, column: str) -> None:
        super().__init__(attribute)
        self.column = F(column)

    def holds(self, op: str, wanted: str) -> Any:
        part = op in PARTS_OF_A_TEXT
        return EXACT[op](self.column, unicodedata.normalize("NFC", wanted).lower() if part else fold(wanted))

    def present(self) -> Any:
        return lookups.GreaterThan(self.column, "")

    def order(self) -> Any:
        return self.column


class PublicId(Term):
    """A primary key, or a URL that ends in it, compared as the outside world writes it."""

    def __init__(self, attribute: Attribute, column: str, prefix: str, decode: Callable[[object], int | None]) -> None:
        super().__init__(attribute)
        self.column, self.prefix, self.decode = F(column), prefix, decode

    def holds(self, op: str, wanted: str) -> Any:
        is_url = self.attribute.type == "reference"
        if op == "eq":
            number = self.decode(wanted.rsplit("/", 1)[-1] if is_url else wanted)
            return lookups.Exact(self.column, -1 if number is None else number)
        if is_url:
            raise InvalidFilter(f"{self.attribute.name} can only be compared by eq and ne.")
        return EXACT[op](public_id(self.prefix, self.column), wanted)

    def present(self) -> Any:
        return lookups.IsNull(self.column, False)

    def order(self) -> Any:
        return self.column


class Active(Term):
    """Whether the teammate is neither blocked nor deleted."""

    def holds(self, op: str, wanted: bool) -> Any:
        return Q(status=Status.ACTIVE) if wanted else ~Q(status=Status.ACTIVE)

    def present(self) -> Any:
        return Q(pk__isnull=False)

    def order(self) -> Any:
        return lookups.Exact(F("status"), Status.ACTIVE)


class Parts(Term):
    """A complex attribute with one value, such as name."""

    def __init__(self, attribute: Attribute, part: Callable[[Attribute], Term]) -> None:
        super().__init__(attribute)
        self.part = part

    def compare(self, op: str, value: Any) -> Any:
        """Without a part's name, by its value: Microsoft writes `manager eq "…"`."""
        main = self.attribute.sub("value")
        return self.part(main).compare(op, value) if main is not None else super().compare(op, value)

    def present(self) -> Any:
        found = Q()
        for sub in self.attribute.subs:
            found |= Q(self.part(sub).present())
        return found

    def any_element(self, node: Node) -> Any:
        return of_element(node, self.attribute, self.part)


class JsonList(Term):
    """A multi-valued complex attribute, kept as sent in a JSON list."""

    def __init__(self, attribute: Attribute, array: Any, sub: Attribute | None = None) -> None:
        super().__init__(sub or value_of(attribute))
        self.whole, self.array = attribute, array

    def part(self, sub: Attribute) -> Term:
        return Scalar(sub, ElementText(sub.name))

    def compare(self, op: str, value: Any) -> Any:
        if value is None:
            return super().compare(op, value)
        return AnyElement(self.array, Q(self.part(self.attribute).compare(op, value)))

    def present(self) -> Any:
        return AnyElement(self.array, Q(self.part(self.attribute).present()))

    def any_element(self, node: Node) -> Any:
        return AnyElement(self.array, of_element(node, self.whole, self.part))

    def order(self) -> Any:
        """The primary value, else the first (RFC 7644 §3.4.2.3)."""
        name = self.attribute.name
        primary, first = f'$[*] ? (@.primary == true)."{name}"', f'$[0]."{name}"'
        return Upper(Coalesce(FirstText(self.array, Value(primary)), FirstText(self.array, Value(first))))


class Related(Term):
    """A multi-valued attribute whose values are rows of another table."""

    def __init__(
        self,
        attribute: Attribute,
        rows: QuerySet[Any],
        part: Callable[[Attribute], Term],
        sub: Attribute | None = None,
    ) -> None:
        super().__init__(sub or value_of(attribute))
        self.whole, self.rows, self.part = attribute, rows, part

    def compare(self, op: str, value: Any) -> Any:
        if value is None:
            return super().compare(op, value)
        return Exists(self.rows.filter(self.part(self.attribute).compare(op, value)))

    def present(self) -> Any:
        return Exists(self.rows)

    def any_element(self, node: Node) -> Any:
        return Exists(self.rows.filter(of_element(node, self.whole, self.part)))


class Schemas(Term):
    """The URNs of the schemas whose attributes the resource has."""

    def __init__(self, attribute: Attribute, present: dict[str, Q]) -> None:
        super().__init__(attribute)
        self.conditions = {urn.lower(): condition for urn, condition in present.items()}

    def holds(self, op: str, wanted: str) -> Any:
        if op != "eq":
            raise InvalidFilter("schemas can only be compared by eq and ne.")
        return self.conditions.get(wanted.lower(), Q(pk__in=[]))

    def present(self) -> Any:
        return Q(pk__isnull=False)


# --- which term an attribute has -----------------------------------------------------------------------------------


def value_of(attribute: Attribute) -> Attribute:
    """The sub-attribute that a multi-valued attribute is compared by when none is named (RFC 7643 §2.4)."""
    return attribute.sub("value") or attribute.sub("formatted") or attribute


def of_element(node: Node, attribute: Attribute, part: Callable[[Attribute], Term]) -> Q:
    """The condition of a filter in [ ], which speaks of the sub-attributes of one element."""

    def term(path: Any) -> Term:
        sub = attribute.sub(path.attr) if path.urn is None and path.sub is None else None
        if sub is None:
            raise InvalidFilter(f"{attribute.name} has no sub-attribute {path.text[:100]}.")
        return part(sub)

    match node:
        case And(items):
            return joined(Q.AND, [of_element(item, attribute, part) for item in items])
        case Or(items):
            return joined(Q.OR, [of_element(item, attribute, part) for item in items])
        case Not(item):
            return negated(of_element(item, attribute, part))
        case Compare(path, op, value):
            return Q(term(path).compare(op, value))
        case Present(path):
            return Q(term(path).present())
        case _:
            raise InvalidFilter(f"A filter of {attribute.name} cannot contain another [ ].")


def joined(connector: str, conditions: list[Q]) -> Q:
    joined = conditions[0]
    for condition in conditions[1:]:
        joined = joined & condition if connector == Q.AND else joined | condition
    return joined
