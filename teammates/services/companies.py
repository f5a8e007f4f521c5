"""Companies: made, and what is set for them."""

from typing import Any

from django.db import transaction

from teammates import sql
from teammates.errors import InvalidValue
from teammates.models import Company, LicencePolicy, Management
from teammates.services import events
from teammates.services.events import Actor

# What a company's admins may set themselves, and what takes support staff (with a reason, which is kept).
ADMIN_SETTINGS = frozenset(
    {"name", "licence_policy", "group_sync_enabled", "single_replace_adds", "require_two_factor"}
)
STAFF_SETTINGS = frozenset({"plan", "scim_override", "licence_count", "group_sync_enabled"})


def create_company(name: str, slug: str, *, plan: str, licences: int, actor: Actor, **settings: Any) -> Company:
    """A new company without people."""
    with transaction.atomic():
        company = Company.objects.create(name=name, slug=slug, plan=plan, licence_count=licences, **settings)
        events.append(company.pk, "company.created", actor, subject=company.public_id, name=company.name)
    return company


def update_company(company_id: int, changes: dict[str, Any], *, actor: Actor, reason: str = "") -> Company:
    """Set what differs; each change is an event, the reason with it.

    Turning group sync off makes IdP-managed groups editable here: they keep members, access and a dormant link,
    which the identity provider's next write picks up after sync was turned on again.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
        changed = {name: value for name, value in changes.items() if getattr(company, name) != value}
        if not changed:
            return company
        before = {name: getattr(company, name) for name in changed}
        for name, value in changed.items():
            setattr(company, name, value)
        if company.licence_policy == LicencePolicy.REFUSE and company.licences_used > company.licence_count:
            raise InvalidValue(
                "licence_count",
                f"{company.licences_used} teammates use a licence. Block some first, or keep that many licences.",
            )
        company.save(update_fields=list(changed))
        if changed.get("group_sync_enabled") is False:
            sql.execute(
                "UPDATE teammates_teammategroup SET management = %s, version = version + 1, updated_at = now() "
                "WHERE company_id = %s AND management = %s",
                [Management.DORMANT, company.pk, Management.IDP],
            )
        data = {"before": before, "after": changed, **({"reason": reason} if reason else {})}
        events.append(company.pk, _kind(changed), actor, subject=company.public_id, name=company.name, data=data)
    return company


def _kind(changed: dict[str, Any]) -> str:
    if list(changed) == ["group_sync_enabled"]:
        return "company.group_sync_enabled" if changed["group_sync_enabled"] else "company.group_sync_disabled"
    return "company.updated"
