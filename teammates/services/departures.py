"""Teammates who leave: removed by the identity provider or deleted here, and what becomes of their address."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from teammates import rows, sql
from teammates.errors import NotFoundInCompany, Refusal
from teammates.models import Management, Status, Teammate, TeammateGroup
from teammates.public_ids import encode
from teammates.services import events
from teammates.services.admins import is_admin, refuse_last_admin, tell_the_others
from teammates.services.events import Actor
from teammates.services.licences import released, releasing
from teammates.services.locks import lock_teammate
from teammates.services.notices import all_or_nothing, tell_of_support_act
from teammates.services.reasons import require_reason, told

_LOCK_GROUPS = """
SELECT g.id FROM teammates_teammategroup g
WHERE g.company_id = %s AND g.management = ANY(%s) AND EXISTS (
    SELECT 1 FROM teammates_membership m
    WHERE m.company_id = g.company_id AND m.teammate_id = %s AND m.group_id = g.id)
ORDER BY g.id FOR NO KEY UPDATE OF g
"""
_LEAVE_GROUPS = """
WITH gone AS (
    DELETE FROM teammates_membership WHERE company_id = %s AND teammate_id = %s AND group_id = ANY(%s)
    RETURNING group_id)
UPDATE teammates_teammategroup SET version = version + 1, updated_at = now()
WHERE id IN (SELECT group_id FROM gone) RETURNING id
"""


def remove_by_idp(
    company_id: int, pk: int, *, actor: Actor, check: Callable[[Teammate], None] | None = None
) -> Teammate:
    """A SCIM DELETE: block, and let the identity provider see the person no more (RFC 7644 §3.6).

    They leave their IdP-managed groups; in groups managed here the membership stays, inert. check: called with the
    locked teammate before anything changes. Raises NotFoundInCompany, LastAdmin.
    """
    with all_or_nothing(company_id):
        groups = [row[0] for row in sql.fetch_all(_LOCK_GROUPS, [company_id, [Management.IDP], pk])]
        teammate = lock_teammate(company_id, pk)
        if teammate.status == Status.DELETED or teammate.removed_by_idp_at is not None:
            raise NotFoundInCompany("No such teammate in this company.")
        if check is not None:
            check(teammate)
        was_active, was_admin = teammate.is_active, is_admin(teammate)
        if was_admin:
            refuse_last_admin(teammate, f"remove {teammate.name}", actor)
        teammate.status = Status.BLOCKED
        teammate.session_epoch += 1
        teammate.removed_by_idp_at = timezone.now()
        along = releasing(company_id, pk) if was_active else []
        counts = rows.update(teammate, ["status", "session_epoch", "removed_by_idp_at"], along=along)
        ended = released(company_id, counts) if was_active else 0
        if groups:
            sql.fetch_all(_LEAVE_GROUPS, [company_id, pk, groups])
        left = [encode(TeammateGroup.prefix, group) for group in groups]
        happened: list[tuple[str, dict[str, Any]]] = [
            ("teammate.removed_by_idp", {"sessions_ended": ended, "left_groups": left})
        ]
        if was_active:
            happened += [
                ("teammate.blocked", {"sessions_ended": ended, "cause": "removed"}),
                ("teammate.conversations_released", {}),
            ]
        if groups:
            happened.append(("teammate.access_changed", {}))
        events.append_many(company_id, [(k, teammate.public_id, teammate.name, d) for k, d in happened], actor)
        tell_the_others(teammate, was_admin, actor=actor)
        return teammate


def delete_teammate(company_id: int, pk: int, *, actor: Actor, reason: str = "") -> Teammate:
    """Delete for good: no access, no groups; the address stays reserved until support releases it."""
    why = told(reason)
    with all_or_nothing(company_id):
        groups = [row[0] for row in sql.fetch_all(_LOCK_GROUPS, [company_id, Management.values, pk])]
        teammate = lock_teammate(company_id, pk)
        if teammate.status == Status.DELETED:
            return teammate
        was_active, was_admin = teammate.is_active, is_admin(teammate)
        if was_admin:
            refuse_last_admin(teammate, f"delete {teammate.name}", actor)
        teammate.status = Status.DELETED
        teammate.session_epoch += 1
        teammate.is_company_admin = False
        along = releasing(company_id, pk) if was_active else []
        counts = rows.update(teammate, ["status", "session_epoch", "is_company_admin"], along=along)
        if was_active:
            released(company_id, counts)
        if groups:
            sql.fetch_all(_LEAVE_GROUPS, [company_id, pk, groups])
        left = {"left_groups": [encode(TeammateGroup.prefix, group) for group in groups]} if groups else {}
        data = left | why
        events.append(company_id, "teammate.deleted", actor, subject=teammate.public_id, name=teammate.name, data=data)
        tell_the_others(teammate, was_admin, actor=actor)
        return teammate


def release_address(company_id: int, pk: int, *, actor: Actor, reason: str) -> Teammate:
    """Let the address of a deleted teammate be used again (support staff only; the reason is kept)."""
    with all_or_nothing(company_id):
        require_reason(actor, reason)
        teammate = lock_teammate(company_id, pk)
        if teammate.status != Status.DELETED:
            raise Refusal(f"{teammate.name} is not deleted, so the address {teammate.login} is in use.")
        if teammate.address_released_at is None:
            teammate.address_released_at = timezone.now()
            rows.update(teammate, ["address_released_at"])
            kind, data = "teammate.address_released", {**told(reason), "login": teammate.login}
            events.append(company_id, kind, actor, subject=teammate.public_id, name=teammate.name, data=data)
            tell_of_support_act(company_id, actor, kind, teammate.name, data)
        return teammate
