"""Companies: made, and what is set for them."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from teammates import sql
from teammates.errors import InvalidValue
from teammates.models import ActorKind, Company, LicencePolicy, Management, NoticeKind, Plan
from teammates.services import events, notices, reasons
from teammates.services.events import Actor
from teammates.services.naming import required_name

# What a company's admins may set themselves, and what takes support staff (with a reason, which is kept).
ADMIN_SETTINGS = frozenset(
    {
        "name", "licence_policy", "group_sync_enabled", "single_replace_adds", "requests_per_second",
        "masked_attributes", "show_member_refs", "require_two_factor",
    }
)  # fmt: skip
STAFF_SETTINGS = frozenset({"plan", "scim_override", "licence_count", "group_sync_enabled", "requests_per_second"})

FEWEST_REQUESTS = 25  # a second: what Microsoft asks of a server that Entra provisions to
MOST_REQUESTS = 5_000
MOST_MASKED = 50
ATTRIBUTE = re.compile(r"(?:urn:[\w.:-]+:)?[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)?", re.ASCII)


def create_company(name: str, slug: str, *, plan: str, licences: int, actor: Actor, **settings: Any) -> Company:
    """A new company without people."""
    with transaction.atomic():
        company = Company.objects.create(name=name, slug=slug, plan=plan, licence_count=licences, **settings)
        events.append(company.pk, "company.created", actor, subject=company.public_id, name=company.name)
    return company


def update_company(company_id: int, changes: dict[str, Any], *, actor: Actor, reason: str = "") -> Company:
    """Set what differs; each change is an event, the reason with it.

    Support staff need a reason, and the company's admins get a notice of what they did.

    Turning group sync off makes IdP-managed groups editable here: they keep members, access and a dormant link,
    which the identity provider's next write picks up after sync was turned on again. Raises InvalidValue for a
    setting that cannot be.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
        changes = {name: CLEANERS[name](value, actor) if name in CLEANERS else value for name, value in changes.items()}
        changed = {name: value for name, value in changes.items() if getattr(company, name) != value}
        if not changed:
            return company
        reasons.require_reason(actor, reason)
        before = {name: getattr(company, name) for name in changed}
        for name, value in changed.items():
            setattr(company, name, value)
        if company.licence_policy == LicencePolicy.REFUSE and company.licences_used > company.licence_count:
            raise InvalidValue(
                "licence_count",
                _too_few(company.licences_used, for_support=actor.kind == ActorKind.STAFF),
            )
        company.save(update_fields=list(changed))
        if changed.get("group_sync_enabled") is False:
            sql.execute(
                "UPDATE teammates_teammategroup SET management = %s, version = version + 1, updated_at = now() "
                "WHERE company_id = %s AND management = %s",
                [Management.DORMANT, company.pk, Management.IDP],
            )
        data = {"before": before, "after": changed, **reasons.told(reason)}
        events.append(company.pk, _kind(changed), actor, subject=company.public_id, name=company.name, data=data)
        if changed.keys() & {"licence_count", "licence_policy"}:
            notices.resolve_licences(company.pk)
        notices.tell_of_support_act(company.pk, actor, _kind(changed), company.name, data)
        if "group_sync_enabled" in changed and actor.kind != ActorKind.STAFF:
            turned = "on" if company.group_sync_enabled else "off"
            text = f"{actor.name} turned Teammate Group Sync {turned}."
            kind, subject = NoticeKind.SYNC_SWITCHED, notices.last_event()
            notices.tell_other_admins(company.pk, kind, text, actor=actor, subject=subject)
    return company


def _too_few(used: int, *, for_support: bool) -> str:
    """Why there cannot be fewer licences, and what to do: support staff block nobody."""
    who = "One teammate uses a licence." if used == 1 else f"{used} teammates use a licence."
    if for_support:
        return f"{who} Keep that many licences at least, or have a company admin block somebody first."
    return f"{who} Block some first, or keep that many licences."


def most_requests(actor_kind: ActorKind) -> int:
    """How many requests a second may be set: an admin may lower the server's own limit, support may raise it too."""
    return MOST_REQUESTS if actor_kind == ActorKind.STAFF else int(settings.SCIM_REQUESTS_PER_SECOND)


def _requests_per_second(value: int | None, actor: Actor) -> int | None:
    most = most_requests(actor.kind)
    if value is not None and not FEWEST_REQUESTS <= value <= most:
        raise InvalidValue(
            "requests_per_second",
            f"Between {FEWEST_REQUESTS} (Microsoft Entra ID needs that many) and {most}, or empty for the server's own "
            "limit.",
        )
    return value


def _masked_attributes(names: Sequence[str], actor: Actor) -> list[str]:
    """The names, each once: attributes compare without case (RFC 7643 §2.1)."""
    kept: dict[str, str] = {}
    for name in names:
        if name.strip():
            kept.setdefault(name.strip().lower(), name.strip())
    for name in kept.values():
        if len(name) > 200 or not ATTRIBUTE.fullmatch(name):
            raise InvalidValue(
                "masked_attributes",
                f"{name[:100]!r} is no attribute. Write its SCIM name, such as phoneNumbers or name.familyName.",
            )
    if len(kept) > MOST_MASKED:
        raise InvalidValue("masked_attributes", f"At most {MOST_MASKED} attributes can be hidden.")
    return list(kept.values())


def _one_of(attribute: str, choices: Sequence[str]) -> Callable[[Any, Actor], Any]:
    def check(value: Any, actor: Actor) -> Any:
        if value not in choices:
            raise InvalidValue(attribute, f"Choose one of: {', '.join(choices)}.")
        return value

    return check


CLEANERS: dict[str, Callable[[Any, Actor], Any]] = {
    "name": lambda value, actor: required_name(value, "A company"),
    "plan": _one_of("plan", Plan.values),
    "licence_policy": _one_of("licence_policy", LicencePolicy.values),
    "requests_per_second": _requests_per_second,
    "masked_attributes": _masked_attributes,
}


def _kind(changed: dict[str, Any]) -> str:
    if list(changed) == ["group_sync_enabled"]:
        return "company.group_sync_enabled" if changed["group_sync_enabled"] else "company.group_sync_disabled"
    return "company.updated"
