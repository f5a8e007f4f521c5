"""Who may do what in the web admin: one matrix, and which rows there are for whom.

Company admins have their own company's settings. Support staff read every company and do four things, each with
a reason: toggle group sync, set the plan, release an address, remove a second factor that was lost. They may choose
one company to look at, which narrows what they see and widens nothing. Nobody else has a web admin.
"""

from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from teammates.models import Company, Teammate
from teammates.services.companies import ADMIN_SETTINGS, STAFF_SETTINGS

User = Teammate | AnonymousUser


class Role(StrEnum):
    COMPANY_ADMIN = "company admin"
    SUPPORT = "support staff"


READ = frozenset({"view"})
EDIT = READ | {"add", "change", "delete"}

# Model → role → verbs. "view", "add" and "change" are Django's; the others are actions (teammates.admin.actions).
MATRIX: dict[str, dict[Role, frozenset[str]]] = {
    "teammates.teammate": {
        Role.COMPANY_ADMIN: EDIT
        | {"block", "unblock", "sign_out", "invite", "new_password", "reset_two_factor", "export"},
        Role.SUPPORT: READ | {"release_address", "reset_two_factor", "export"},
    },
    "teammates.teammategroup": {Role.COMPANY_ADMIN: EDIT | {"remove_unconfirmed"}, Role.SUPPORT: READ},
    "teammates.membership": {Role.COMPANY_ADMIN: READ | {"remove"}, Role.SUPPORT: READ},
    "templates_app.teammatetemplate": {Role.COMPANY_ADMIN: EDIT, Role.SUPPORT: READ},
    "teammates.workspace": {Role.COMPANY_ADMIN: EDIT, Role.SUPPORT: READ},
    "teammates.inbox": {Role.COMPANY_ADMIN: EDIT, Role.SUPPORT: READ},
    "teammates.customfield": {Role.COMPANY_ADMIN: EDIT, Role.SUPPORT: READ},
    "teammates.apitoken": {Role.COMPANY_ADMIN: READ | {"add", "rotate", "revoke"}, Role.SUPPORT: READ},
    "teammates.company": {Role.COMPANY_ADMIN: READ | {"change"}, Role.SUPPORT: READ | {"change"}},
    "scim.logentry": {Role.COMPANY_ADMIN: READ, Role.SUPPORT: READ},
    "teammates.event": {Role.COMPANY_ADMIN: READ, Role.SUPPORT: READ},
    "teammates.notice": {Role.COMPANY_ADMIN: READ | {"close"}, Role.SUPPORT: READ},
}
COMPANY_SETTINGS = {Role.COMPANY_ADMIN: ADMIN_SETTINGS, Role.SUPPORT: STAFF_SETTINGS}


def role_of(user: User) -> Role | None:
    if isinstance(user, AnonymousUser) or not user.is_active:
        return None
    if user.is_support:
        return Role.SUPPORT
    return Role.COMPANY_ADMIN if user.is_company_admin else None


def allows(user: User, model: type[Model], verb: str, row: Model | None = None) -> bool:
    """Whether the user may do `verb` to rows of `model`; to this row, when one is named."""
    role = role_of(user)
    if role is None or verb not in MATRIX.get(model._meta.label_lower, {}).get(role, ()):
        return False
    return row is None or role == Role.SUPPORT or _company_of(row) == user.company_id  # type: ignore[union-attr]


def looked_at(user: User) -> Company | None:
    """The one company that support staff chose to look at (teammates.admin.chosen); None for all of them."""
    company: Company | None = getattr(user, "looking_at", None)
    return company


def looks_everywhere(user: User) -> bool:
    """Whether rows of several companies stand beside each other: support staff who chose none."""
    return role_of(user) == Role.SUPPORT and looked_at(user) is None


def visible(queryset: QuerySet[Any], user: User) -> QuerySet[Any]:
    """The rows that there are for this user; another company's do not exist.

    Support staff who chose a company see its rows only; of companies they see all, to choose another.
    """
    company = "pk" if queryset.model is Company else "company"
    match role_of(user):
        case Role.SUPPORT:
            chosen = looked_at(user)
            if chosen is not None and queryset.model is not Company:
                return queryset.filter(company=chosen)
            return queryset.filter(**{f"{company}__isnull": False})  # of companies, not of support itself
        case Role.COMPANY_ADMIN:
            return queryset.filter(**{company: user.company_id})  # type: ignore[union-attr]
        case _:
            return queryset.none()


def _company_of(row: Model) -> int | None:
    company_id: int | None = row.pk if isinstance(row, Company) else getattr(row, "company_id", None)
    return company_id
