"""What each attribute is in the database: a term knows how to compare, to test for presence and to sort.

The terms of a resource follow from the attribute table; only where a column means something else than its
attribute (a status, a folded key, a relation) does it say so here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import (
    DecimalField,
    Exists,
    Expression,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    lookups,
)
from django.db.models.fields.json import KT, KeyTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim, Upper

from scim.attributes import CUSTOM_FIELDS_URN, ENTERPRISE_URN, GROUP_URN, TEAMMATE_GROUP_URN, TEAMMATE_URN, USER_URN
from scim.errors import InvalidFilter
from scim.filters.nodes import And, Compare, Node, Not, Or, Present
from scim.filters.sql import AnyElement, ElementText, FirstText, IsTrue, public_id
from scim.schema import Attribute, Match
from scim.values import literal
from scim.versioning import row_version
from teammates.models import Membership, Status, Teammate, TeammateGroup, fold

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
        super().__init__(sub or _value_of(attribute))
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
        super().__init__(sub or _value_of(attribute))
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

USER_SCHEMAS = {
    USER_URN: Q(pk__isnull=False),
    ENTERPRISE_URN: Q(profile__has_key=ENTERPRISE_URN),
    TEAMMATE_URN: ~Q(created_from_template=""),
    CUSTOM_FIELDS_URN: ~Q(custom_fields={}),
}
GROUP_SCHEMAS = {GROUP_URN: Q(pk__isnull=False), TEAMMATE_GROUP_URN: ~Q(description="")}
NAME_OF_TEAMMATE = ("display_name", "first_name", "last_name", "login")


def user_terms(match: Match) -> Term | None:
    """The term of what a path names on a User; None for what is never stored."""
    attribute, sub = match.attribute, match.sub
    if attribute.returned == "never":
        return None
    if match.urn == CUSTOM_FIELDS_URN:
        return _custom_field(attribute)
    match attribute.name:
        case "userName":
            return Key(attribute, "login_key")
        case "active":
            return Active(attribute)
        case "template":
            return Scalar(attribute, F("created_from_template"))
        case "groups":
            rows = Membership.objects.filter(company=OuterRef("company_id"), teammate=OuterRef("pk"))
            return Related(attribute, rows, _part_of_group_reference, sub)
        case "emails":
            return JsonList(attribute, F("emails"), sub)
        case "schemas":
            return Schemas(attribute, USER_SCHEMAS)
    common = _common(match, "User", Teammate)
    if common is not None:
        return common
    place = "profile" if match.urn == USER_URN else f"profile__{match.urn}"
    if attribute.multi:
        container: Any = F("profile") if match.urn == USER_URN else KeyTransform(match.urn, "profile")
        return JsonList(attribute, KeyTransform(attribute.name, container), sub)
    if attribute.is_complex:
        part = partial(_stored, f"{place}__{attribute.name}")
        return Parts(attribute, part) if sub is None else part(sub)
    return _stored(place, attribute)


def group_terms(match: Match) -> Term | None:
    """The term of what a path names on a Group."""
    attribute = match.attribute
    match attribute.name:
        case "displayName":
            return Key(attribute, "name_key")
        case "description":
            return Scalar(attribute, F("description"))
        case "members":
            rows = Membership.objects.filter(company=OuterRef("company_id"), group=OuterRef("pk"))
            return Related(attribute, rows.visible_to_idp(), Members.part, match.sub)
        case "schemas":
            return Schemas(attribute, GROUP_SCHEMAS)
    return _common(match, "Group", TeammateGroup)


class Members:
    """The parts of a group's members: over memberships, and over the teammates themselves."""

    @staticmethod
    def part(sub: Attribute, path: str = "teammate__", key: str = "teammate_id") -> Term:
        match sub.name:
            case "value" | "$ref":
                return PublicId(sub, key, Teammate.prefix, Teammate.pk_of)
            case "type":
                return Constant(sub, "User")
        return Scalar(sub, _name_of_teammate(path))

    @staticmethod
    def of_teammate(sub: Attribute) -> Term:
        return Members.part(sub, "", "pk")


def _common(match: Match, kind: str, model: type[Teammate] | type[TeammateGroup]) -> Term | None:
    """id, externalId and meta, which every resource has (RFC 7643 §3.1)."""
    attribute, sub = match.attribute, match.sub
    if attribute.name == "id":
        return PublicId(attribute, "pk", model.prefix, model.pk_of)
    if attribute.name == "externalId":
        return Scalar(attribute, F("external_id"))
    if attribute.name != "meta":
        return None
    if sub is None:
        return Parts(attribute, lambda part: _meta(part, kind, model))
    return _meta(sub, kind, model)


def _meta(sub: Attribute, kind: str, model: type[Teammate] | type[TeammateGroup]) -> Term:
    match sub.name:
        case "resourceType":
            return Constant(sub, kind)
        case "location":
            return PublicId(sub, "pk", model.prefix, model.pk_of)
        case "version":
            return Version(
                sub, Concat(Value('W/"'), Cast("version", TextField()), Value('"'), output_field=TextField())
            )
    moment = "created_at" if sub.name == "created" else "updated_at"  # shown, and so compared, in milliseconds
    return Scalar(sub, Func(Value("milliseconds"), F(moment), function="date_trunc", output_field=_field(moment)))


def _field(name: str) -> Any:
    return Teammate._meta.get_field(name)


def _stored(place: str, attribute: Attribute) -> Term:
    """A text in its own column, or in the profile as sent."""
    if attribute.column:
        return Scalar(attribute, F(attribute.column))
    return Scalar(attribute, KT(f"{place}__{attribute.name}"))


def _custom_field(attribute: Attribute) -> Term:
    stored: Any = KT(f"custom_fields__{attribute.name}")
    if attribute.type == "decimal":
        stored = Cast(stored, DecimalField(max_digits=40, decimal_places=15))
    return Scalar(attribute, stored)


def _part_of_group_reference(sub: Attribute) -> Term:
    match sub.name:
        case "value" | "$ref":
            return PublicId(sub, "group_id", TeammateGroup.prefix, TeammateGroup.pk_of)
        case "type":
            return Constant(sub, "direct")
    return Scalar(sub, F("group__name"))


def _name_of_teammate(path: str) -> Expression:
    """Teammate.name, in SQL."""
    display, first, last, login = (F(path + column) for column in NAME_OF_TEAMMATE)
    whole = Trim(Concat(first, Value(" "), last, output_field=TextField()))
    return Coalesce(NullIf(display, Value("")), NullIf(whole, Value("")), login, output_field=TextField())


def _value_of(attribute: Attribute) -> Attribute:
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
