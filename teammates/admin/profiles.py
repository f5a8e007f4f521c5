"""What the identity provider sent of a person and no column holds: title, department, manager and the rest, in words.

A profile is kept in the provider's own shape (RFC 7643 §4.1 and §4.3); a value in it is named by the keys that lead
to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teammates.admin.changes import written
from teammates.models import Teammate
from teammates.models.base import fold
from teammates.sentences import called, leaves

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
Where = tuple[str, ...]
MANAGER: Where = (ENTERPRISE, "manager", "value")
# What people are asked about, in this order; a page shows whatever else was sent after these, and a file has no more.
ATTRIBUTES: dict[Where, str | Promise] = {
    ("title",): _("Title"),
    (ENTERPRISE, "department"): _("Department"),
    MANAGER: _("Manager"),
    (ENTERPRISE, "division"): _("Division"),
    (ENTERPRISE, "organization"): _("Organisation"),
    (ENTERPRISE, "costCenter"): _("Cost centre"),
    (ENTERPRISE, "employeeNumber"): _("Employee number"),
    ("userType",): _("User type"),
    ("phoneNumbers",): _("Phone numbers"),
    ("addresses",): _("Addresses"),
    ("preferredLanguage",): _("Preferred language"),
    ("locale",): _("Locale"),
    ("timezone",): _("Time zone"),
}
# What other values say already, and what nobody reads.
UNSHOWN: set[Where] = {
    ("name", "formatted"),
    ("x509Certificates",),
    (*MANAGER[:-1], "displayName"),
    (*MANAGER[:-1], "$ref"),
}
ADDRESS = ("streetAddress", "postalCode", "locality", "region", "country")


def sent(profile: dict[str, Any]) -> dict[Where, tuple[str, str]]:
    """What a profile has, by where: what it is called, and its value in words."""
    found = leaves(profile)
    order = [*(path for path in ATTRIBUTES if path in found), *(path for path in found if path not in ATTRIBUTES)]
    shown = {path: (_label(path), in_words(path, found[path])) for path in order if path not in UNSHOWN}
    return {path: (label, value) for path, (label, value) in shown.items() if value != written(None, {})}


def value_at(profile: Mapping[str, Any], path: Where) -> Any:
    """The value at a place of a profile; None where there is none."""
    value: Any = profile
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def in_words(path: Where, value: Any) -> str:
    if path == ("addresses",) and isinstance(value, list):
        return "; ".join(_address(each) for each in value if isinstance(each, dict))
    return written(value, {})


def managers_of(people: Iterable[Teammate]) -> dict[tuple[int | None, str], Teammate]:
    """The managers of these people who are teammates of their company, by company and what was sent; one statement.

    A provider names a manager by the id of this product, as SCIM asks for, or by their login, as some can only do.
    """
    named = {(person.company_id, value) for person in people if (value := sent_manager(person))}
    if not named:
        return {}
    keys = {value: Teammate.pk_of(value) for _company, value in named}
    by_key = Q(pk__in=[key for key in keys.values() if key is not None])
    by_login = Q(login_key__in=[fold(value) for value, key in keys.items() if key is None])
    rows = Teammate.objects.filter(by_key | by_login, company__in={company for company, _value in named})
    known: dict[tuple[int | None, str], Teammate] = {}
    for row in rows.filter(address_released_at=None):
        known |= {(row.company_id, row.public_id): row, (row.company_id, row.login_key): row}
    found = {(company, value): known.get((company, value if keys[value] else fold(value))) for company, value in named}
    return {key: row for key, row in found.items() if row is not None}


def sent_manager(person: Teammate) -> str:
    """The manager as the identity provider names them; empty without one."""
    value = value_at(person.profile, MANAGER)
    return value if isinstance(value, str) else ""


def _label(path: Where) -> str:
    name = str(ATTRIBUTES.get(path) or called(path))
    return name[:1].upper() + name[1:]


def _address(parts: dict[str, Any]) -> str:
    """On one line. Some providers send the whole of it as one text, others a room or a building as that."""
    whole = ", ".join(str(parts.get("formatted") or "").split("\n"))
    single = [str(parts[key]) for key in ADDRESS if parts.get(key)]
    return ", ".join([*([whole] if whole else []), *(each for each in single if each not in whole)])
