"""What each attribute is in the database: the term of each, by resource.

The terms follow from the attribute table; only where a column means something else than its attribute (a status, a
folded key, a relation) does it say so here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import (
    DecimalField,
    Expression,
    F,
    Func,
    OuterRef,
    Q,
    TextField,
    Value,
)
from django.db.models.fields.json import KT, KeyTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim

from scim.attributes import CUSTOM_FIELDS_URN, ENTERPRISE_URN, GROUP_URN, TEAMMATE_GROUP_URN, TEAMMATE_URN, USER_URN
from scim.filters.kinds import (
    Active,
    Constant,
    JsonList,
    Key,
    Parts,
    PublicId,
    Related,
    Scalar,
    Schemas,
    Term,
    Version,
)
from scim.schema import Attribute, Match
from teammates.models import Membership, Teammate, TeammateGroup

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
