"""Source attributes to SCIM attributes, and how a server's resource differs from them.

The tables are the default ones for a custom application with the setup guide's adjustments: e-mail from the user
principal name, `active` through ToLower, `externalId` and the template on creation only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from frontprov.simulator.paths import parse_path
from frontprov.simulator.tenant import Group, Person, Status

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER = f"{ENTERPRISE}:manager"
TEMPLATE = "urn:ietf:params:scim:schemas:extension:frontapp:teammate:template"
DESCRIPTION = "urn:ietf:params:scim:schemas:extension:frontapp:group:description"

Attributes = dict[str, str | bool]
Source = TypeVar("Source", Person, Group)


@dataclass(frozen=True)
class Mapping(Generic[Source]):
    """One row of the attribute mapping page.

    clearable: a source that becomes empty is removed from the target. Entra provisions no nulls, so for most
    attributes an emptied source sends nothing; the removals seen on the wire are of single values like these.
    """

    target: str
    source: Callable[[Source], str | bool | None]
    on_creation_only: bool = False
    clearable: bool = False


@dataclass(frozen=True)
class Change:
    """One attribute to write. `old` is what the server shows now."""

    op: Literal["add", "replace", "remove"]
    path: str
    value: str | bool | None = None
    old: Any = None


USER_MAPPINGS: tuple[Mapping[Person], ...] = (
    Mapping("userName", lambda person: person.user_principal_name),
    Mapping("active", lambda person: person.status is Status.ACTIVE),
    Mapping("displayName", lambda person: person.display_name),
    Mapping("title", lambda person: person.job_title),
    Mapping('emails[type eq "work"].value', lambda person: person.user_principal_name),
    Mapping("preferredLanguage", lambda person: person.preferred_language),
    Mapping("name.givenName", lambda person: person.given_name),
    Mapping("name.familyName", lambda person: person.surname),
    Mapping("name.formatted", lambda person: f"{person.given_name} {person.surname}"),
    Mapping('addresses[type eq "work"].formatted', lambda person: person.office),
    Mapping('addresses[type eq "work"].streetAddress', lambda person: person.street),
    Mapping('addresses[type eq "work"].locality', lambda person: person.city),
    Mapping('addresses[type eq "work"].region', lambda person: person.state),
    Mapping('addresses[type eq "work"].postalCode', lambda person: person.postal_code),
    Mapping('addresses[type eq "work"].country', lambda person: person.country),
    Mapping('phoneNumbers[type eq "work"].value', lambda person: person.telephone),
    Mapping('phoneNumbers[type eq "mobile"].value', lambda person: person.mobile),
    Mapping('phoneNumbers[type eq "fax"].value', lambda person: person.fax, clearable=True),
    Mapping("externalId", lambda person: person.mail_nickname, on_creation_only=True),
    Mapping(f"{ENTERPRISE}:employeeNumber", lambda person: person.employee_id),
    Mapping(f"{ENTERPRISE}:department", lambda person: person.department),
    Mapping(TEMPLATE, lambda person: person.app_role, on_creation_only=True),
)

GROUP_MAPPINGS: tuple[Mapping[Group], ...] = (
    Mapping("displayName", lambda group: group.display_name),
    Mapping("externalId", lambda group: group.object_id),
)
DESCRIPTION_MAPPING: Mapping[Group] = Mapping(DESCRIPTION, lambda group: group.description)


def map_object(mappings: tuple[Mapping[Source], ...], source: Source, *, creating: bool = False) -> Attributes:
    """The attributes to provision. Null is never among them (Microsoft: "Known issues for provisioning")."""
    values = ((row.target, row.source(source)) for row in mappings if creating or not row.on_creation_only)
    return {target: value for target, value in values if value is not None}


def emptied(mappings: tuple[Mapping[Source], ...], source: Source, shown: dict[str, str | bool | None]) -> list[str]:
    """Attributes that were provisioned, have no source value any more and are to be removed."""
    return [
        row.target
        for row in mappings
        if row.clearable and shown.get(row.target) is not None and row.source(source) is None
    ]


def changes(resource: dict[str, Any], wanted: Attributes, removed: list[str]) -> list[Change]:
    """What has to be written so that the server's resource shows the wanted values, and nothing else.

    A boolean is taken for the same when only its spelling differs: Entra compares its own text with the server's.
    """
    found: list[Change] = []
    for path, value in wanted.items():
        current = parse_path(path).read(resource)
        if _same(current, value):
            continue
        found.append(Change("add" if current in (None, "") else "replace", path, value, current))
    for path in removed:
        current = parse_path(path).read(resource)
        if current not in (None, ""):
            found.append(Change("remove", path, old=current))
    return found


def _same(current: Any, value: str | bool) -> bool:
    if isinstance(value, bool):
        return str(current).lower() == str(value).lower()
    return bool(current == value)
