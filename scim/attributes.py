"""The one table of what this server knows of SCIM: its schemas and resource types (RFC 7643 §4, §6, §8.7).

Filters, PATCH, validation and /Schemas all read it, so that none of them can disagree.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from scim.schema import CORE, MAX_STRING, Attribute, Match, ResourceType, Schema

__all__ = [
    "COMMON",
    "CORE",
    "CUSTOM_FIELDS_URN",
    "ENTERPRISE_URN",
    "EXTENSION",
    "GROUP",
    "GROUP_URN",
    "MAX_STRING",
    "TEAMMATE_GROUP_URN",
    "TEAMMATE_URN",
    "USER",
    "USER_URN",
    "Attribute",
    "Match",
    "ResourceType",
    "Schema",
    "user_resource",
]

EXTENSION: Final = "urn:ietf:params:scim:schemas:extension:"
USER_URN: Final = CORE + "User"
GROUP_URN: Final = CORE + "Group"
ENTERPRISE_URN: Final = EXTENSION + "enterprise:2.0:User"
TEAMMATE_URN: Final = EXTENSION + "frontapp:teammate"
CUSTOM_FIELDS_URN: Final = EXTENSION + "frontapp:teammate_custom_fields"
TEAMMATE_GROUP_URN: Final = EXTENSION + "frontapp:group"

MAX_USER_NAME: Final = 320  # 64 + @ + 255, the longest e-mail address
MAX_EXTERNAL_ID: Final = 320
MAX_DISPLAY_NAME: Final = 1_000


def _sub(name: str, description: str, **facts: Any) -> Attribute:
    return Attribute(name, description=description, **facts)


def _plural(name: str, description: str, value: Attribute, *types: str, **facts: Any) -> Attribute:
    """A multi-valued attribute with the default sub-attributes (RFC 7643 §2.4)."""
    subs = (
        value,
        _sub("display", "A name for people to read.", aliases=("displayName",)),
        _sub("type", "What this value is for.", canonical=types),
        _sub("primary", "Whether this is the preferred value; true once at most.", type="boolean"),
    )
    return Attribute(name, "complex", multi=True, description=description, subs=subs, **facts)


_ID = Attribute(
    "id",
    description="The identifier this server gave the resource; never changes and is never used again.",
    case_exact=True,
    mutability="readOnly",
    returned="always",
    uniqueness="server",
    column="public_id",
)
_EXTERNAL_ID = Attribute(
    "externalId",
    description="The identifier the provisioning client gave the resource.",
    case_exact=True,
    column="external_id",
    max_length=MAX_EXTERNAL_ID,
)
_META = Attribute(
    "meta",
    "complex",
    description="Facts this server keeps about the resource.",
    mutability="readOnly",
    published=False,
    subs=(
        _sub("resourceType", "The kind of resource.", case_exact=True, mutability="readOnly"),
        _sub("created", "When it was created.", type="dateTime", mutability="readOnly", column="created_at"),
        _sub("lastModified", "When it last changed.", type="dateTime", mutability="readOnly", column="updated_at"),
        _sub("location", "Its URL.", type="reference", case_exact=True, mutability="readOnly"),
        _sub("version", "Its version, as in the ETag.", case_exact=True, mutability="readOnly", column="version"),
    ),
)
_SCHEMAS = Attribute(
    "schemas",
    "reference",
    multi=True,
    description="The URNs of the schemas whose attributes the resource has.",
    case_exact=True,
    mutability="readOnly",
    returned="always",
    reference_types=("uri",),
    published=False,
)
COMMON: Final = (_ID, _EXTERNAL_ID, _META, _SCHEMAS)  # RFC 7643 §3.1: part of every resource, under no URN

_NAME = Attribute(
    "name",
    "complex",
    description="The parts of the person's name.",
    subs=(
        _sub("formatted", "The full name, as it is displayed."),
        _sub("familyName", "The last name.", column="last_name", max_length=MAX_DISPLAY_NAME),
        _sub("givenName", "The first name.", column="first_name", max_length=MAX_DISPLAY_NAME),
        _sub("middleName", "The middle names."),
        _sub("honorificPrefix", "The title, as in Ms."),
        _sub("honorificSuffix", "The suffix, as in III."),
    ),
)
_ADDRESSES = Attribute(
    "addresses",
    "complex",
    multi=True,
    description="Postal addresses.",
    subs=(
        _sub("formatted", "The full address, for a label."),
        _sub("streetAddress", "Street and house number."),
        _sub("locality", "The city."),
        _sub("region", "The state or region."),
        _sub("postalCode", "The postal code."),
        _sub("country", "The country."),
        _sub("type", "What this address is for.", canonical=("work", "home", "other")),
        _sub("primary", "Whether this is the preferred address; true once at most.", type="boolean"),
    ),
)
_GROUPS = Attribute(
    "groups",
    "complex",
    multi=True,
    description="The teammate groups the person is a member of; changed through the groups.",
    mutability="readOnly",
    column="groups",
    subs=(
        _sub("value", "The id of the group.", case_exact=True, mutability="readOnly"),
        _sub(
            "$ref",
            "The URL of the group.",
            type="reference",
            case_exact=True,
            mutability="readOnly",
            reference_types=("Group",),
        ),
        _sub("display", "The name of the group.", mutability="readOnly"),
        _sub("type", "How the person is a member.", mutability="readOnly", canonical=("direct",)),
    ),
)
_EMAIL = _sub("value", "The e-mail address.", max_length=MAX_USER_NAME)
_PHOTO = _sub("value", "The URL of the picture.", type="reference", case_exact=True, reference_types=("external",))
_CERTIFICATE = _sub("value", "The certificate, DER in base64.", type="binary", case_exact=True)

USER_SCHEMA: Final = Schema(
    USER_URN,
    "User",
    "User Account: a teammate",
    (
        Attribute(
            "userName",
            description="What the person signs in with, normally the user principal name.",
            required=True,
            uniqueness="server",
            column="login",
            max_length=MAX_USER_NAME,
        ),
        _NAME,
        _sub("displayName", "The name shown to others.", column="display_name", max_length=MAX_DISPLAY_NAME),
        _sub("nickName", "What the person is called."),
        _sub(
            "profileUrl", "A page about the person.", type="reference", case_exact=True, reference_types=("external",)
        ),
        _sub("title", "The job title."),
        _sub("userType", "The relation to the company, as in Employee."),
        _sub("preferredLanguage", "The preferred language, as in en-US."),
        _sub("locale", "The locale for dates and numbers, as in en-US."),
        _sub("timezone", "The time zone, as in Europe/Berlin."),
        Attribute(
            "active",
            "boolean",
            description="Whether the person can sign in and takes a licence; false blocks at once.",
            required=True,
            column="status",
        ),
        Attribute(
            "password",
            description="Accepted and not kept: people sign in through the identity provider.",
            mutability="writeOnly",
            returned="never",
            case_exact=True,
            published=False,
        ),
        _plural("emails", "E-mail addresses.", _EMAIL, "work", "home", "other", column="emails"),
        _plural(
            "phoneNumbers",
            "Telephone numbers, kept as sent.",
            _sub("value", "The number."),
            *("work", "home", "mobile", "fax", "pager", "other"),
        ),
        _plural(
            "ims",
            "Instant messaging addresses.",
            _sub("value", "The address."),
            *("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
        ),
        _plural("photos", "Pictures of the person.", _PHOTO, "photo", "thumbnail"),
        _ADDRESSES,
        _GROUPS,
        _plural("entitlements", "What the person is entitled to.", _sub("value", "The entitlement.")),
        _plural("roles", "Roles; one of type template names a teammate template.", _sub("value", "The role.")),
        _plural("x509Certificates", "Certificates of the person.", _CERTIFICATE),
    ),
    common=COMMON,
)
ENTERPRISE_SCHEMA: Final = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    "A person's place in the organisation",
    (
        _sub("employeeNumber", "The number the organisation gave the person."),
        _sub("costCenter", "The cost center."),
        _sub("organization", "The organisation."),
        _sub("division", "The division."),
        _sub("department", "The department."),
        Attribute(
            "manager",
            "complex",
            description="The person's manager.",
            subs=(
                _sub("value", "The id of the manager's User resource.", case_exact=True),
                _sub(
                    "$ref",
                    "The URL of the manager's User resource.",
                    type="reference",
                    case_exact=True,
                    mutability="readOnly",
                    reference_types=("User",),
                ),
                _sub("displayName", "The manager's name.", mutability="readOnly"),
            ),
        ),
    ),
    variants=(EXTENSION + "enterprise:2.0User",),  # as Microsoft's own example spells it
)
TEAMMATE_SCHEMA: Final = Schema(
    TEAMMATE_URN,
    "Teammate",
    "What only this product knows of a teammate",
    (
        Attribute(
            "template",
            description="The teammate template applied when the teammate was created, never afterwards.",
            mutability="immutable",
            column="created_from_template",
            max_length=MAX_DISPLAY_NAME,
        ),
    ),
    variants=(TEAMMATE_URN + ":2.0:User", EXTENSION + "frontapp:2.0:User"),
)
CUSTOM_FIELDS_SCHEMA: Final = Schema(
    CUSTOM_FIELDS_URN,
    "TeammateCustomFields",
    "The company's own fields of a teammate, by field id",
    (),
    variants=(CUSTOM_FIELDS_URN + ":2.0:User",),
)
GROUP_SCHEMA: Final = Schema(
    GROUP_URN,
    "Group",
    "A teammate group",
    (
        Attribute(
            "displayName",
            description="The name of the group, unique within the company.",
            required=True,
            uniqueness="server",
            column="name",
            max_length=MAX_DISPLAY_NAME,
        ),
        Attribute(
            "members",
            "complex",
            multi=True,
            description="The teammates in the group.",
            column="members",
            max_values=None,
            subs=(
                _sub("value", "The id of the teammate.", required=True, case_exact=True, mutability="immutable"),
                _sub(
                    "$ref",
                    "The URL of the teammate.",
                    type="reference",
                    case_exact=True,
                    mutability="immutable",
                    reference_types=("User",),
                ),
                _sub("type", "The kind of member.", mutability="immutable", canonical=("User",)),
                _sub(
                    "display",
                    "The name of the teammate, when it is asked for.",
                    mutability="readOnly",
                    returned="request",
                    aliases=("displayName",),
                ),
            ),
        ),
    ),
    common=COMMON,
)
TEAMMATE_GROUP_SCHEMA: Final = Schema(
    TEAMMATE_GROUP_URN,
    "TeammateGroup",
    "What only this product knows of a group",
    (_sub("description", "What the group is for.", column="description"),),
    variants=(TEAMMATE_GROUP_URN + ":2.0:Group", EXTENSION + "frontapp:2.0:Group"),
)

GROUP: Final = ResourceType("Group", "/Groups", GROUP_SCHEMA, (TEAMMATE_GROUP_SCHEMA,), "A teammate group")


def user_resource(custom_fields: Sequence[Attribute] = ()) -> ResourceType:
    """The User resource type of a company with these custom fields; their names are the field ids."""
    extensions: tuple[Schema, ...] = (ENTERPRISE_SCHEMA, TEAMMATE_SCHEMA)
    if custom_fields:
        extensions += (replace(CUSTOM_FIELDS_SCHEMA, attributes=tuple(custom_fields)),)
    return ResourceType("User", "/Users", USER_SCHEMA, extensions, "A teammate")


USER: Final = user_resource()
