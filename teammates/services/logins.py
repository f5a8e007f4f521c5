"""Logins, aliases and addresses: what follows from which, and who holds one."""

import re
from typing import Any

from django.utils import timezone

from teammates import rows, sql
from teammates.models import Teammate, fold
from teammates.services import events
from teammates.services.events import Actor
from teammates.services.locks import lock_teammate

ALIAS_LENGTH = 50


def main_address(emails: list[Any], login: str) -> str:
    """The address the product writes to: the primary one, else the work one, else the first, else the login."""
    entries = [entry for entry in emails if isinstance(entry, dict) and isinstance(entry.get("value"), str)]
    ranked = sorted(entries, key=lambda entry: (entry.get("primary") is not True, entry.get("type") != "work"))
    if ranked:
        return str(ranked[0]["value"])
    return login if "@" in login else ""


def alias_from(login: str, nickname: str = "") -> str:
    """The @alias a login suggests: lower-case letters, digits and underscores (a UPN is not a legal alias)."""
    local_part = nickname or login.partition("@")[0]
    return re.sub(r"[^a-z0-9]+", "_", fold(local_part)).strip("_")[:ALIAS_LENGTH] or "teammate"


def holder_of(draft: Teammate) -> int | None:
    """The primary key of the teammate of this company who holds the login."""
    row = sql.fetch_one(
        "SELECT id FROM teammates_teammate WHERE company_id = %s AND login_key = %s AND address_released_at IS NULL",
        [draft.tenant_id, draft.login_key],
    )
    return row[0] if row else None


def free_alias(company_id: int, base: str) -> str:
    """`base`, with the next number behind it when it is taken."""
    taken = sql.fetch_all(
        "SELECT username FROM teammates_teammate WHERE company_id = %s AND username ~ %s",
        [company_id, f"^{base}(_[0-9]+)?$"],
    )
    numbers = [int(name[len(base) + 1 :] or 1) for (name,) in taken]
    return f"{base}_{max(numbers) + 1}" if numbers else base


def vacate(successor: Teammate, actor: Actor) -> bool:
    """Free a login that only somebody whom the identity provider removed still holds.

    For the provider that person is gone and must not stand in the way of a successor (RFC 7644 §3.6).
    """
    holder = lock_teammate(successor.tenant_id, holder_of(successor) or 0)
    if holder.removed_by_idp_at is None:
        return False
    holder.address_released_at = timezone.now()
    rows.update(holder, ["address_released_at"])
    data = {"login": holder.login, "reason": f"the identity provider gave it to {successor.name}"}
    events.append(
        holder.tenant_id, "teammate.address_released", actor, subject=holder.public_id, name=holder.name, data=data
    )
    return True
