"""The nouns of a company and its people."""

from teammates.models.access import AccessGrant, GrantSource, Inbox, InboxAccess, Workspace
from teammates.models.base import fold
from teammates.models.company import SCIM_PLANS, Company, LicencePolicy, Plan
from teammates.models.custom_field import CustomField, FieldKind
from teammates.models.event import (
    CONDITION_NOTICES,
    SECURITY_NOTICES,
    SERIOUS_NOTICES,
    URGENT_NOTICES,
    ActorKind,
    Event,
    Notice,
    NoticeKind,
    NoticeMail,
)
from teammates.models.group import Management, Membership, TeammateGroup
from teammates.models.session import TeammateSession
from teammates.models.teammate import LOGIN_LENGTH, Source, Status, Teammate
from teammates.models.token import ApiToken, Scope, new_token_value, token_digest

__all__ = [
    "CONDITION_NOTICES",
    "LOGIN_LENGTH",
    "SCIM_PLANS",
    "SECURITY_NOTICES",
    "SERIOUS_NOTICES",
    "URGENT_NOTICES",
    "AccessGrant",
    "ActorKind",
    "ApiToken",
    "Company",
    "CustomField",
    "Event",
    "FieldKind",
    "GrantSource",
    "Inbox",
    "InboxAccess",
    "LicencePolicy",
    "Management",
    "Membership",
    "Notice",
    "NoticeKind",
    "NoticeMail",
    "Plan",
    "Scope",
    "Source",
    "Status",
    "Teammate",
    "TeammateGroup",
    "TeammateSession",
    "Workspace",
    "fold",
    "new_token_value",
    "token_digest",
]
