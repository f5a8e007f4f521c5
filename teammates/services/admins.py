"""Who can run the company: one admin who can sign in stays, and the others learn who joined or left them."""

from collections.abc import Sequence

from teammates import sql
from teammates.errors import LastAdmin
from teammates.models import NoticeKind, Status, Teammate
from teammates.services import notices
from teammates.services.events import Actor

NAMED = 3  # admins without a password that a refusal names
LEFT = {Status.ACTIVE: "took the role away", Status.BLOCKED: "blocked them", Status.DELETED: "deleted them"}


def is_admin(teammate: Teammate) -> bool:
    """Whether they are one now: the blocked and the deleted are not."""
    return teammate.is_active and teammate.is_company_admin


def tell_the_others(teammate: Teammate, was_admin: bool, *, actor: Actor, joined: str = "gave them the role") -> None:
    """A notice for the other admins, when the teammate has become one of them or is one no more.

    joined: what the actor did to somebody who has become one.
    """
    if is_admin(teammate) == was_admin:
        return
    company_id, subject = teammate.tenant_id, teammate.public_id
    who = teammate.name if teammate.name == teammate.login else f"{teammate.name} ({teammate.login})"
    if was_admin:
        kind, opposite = NoticeKind.ADMIN_REMOVED, NoticeKind.ADMIN_ADDED
        text = f"{who} is a company admin no more: {actor.name} {LEFT[Status(teammate.status)]}."
    else:
        kind, opposite = NoticeKind.ADMIN_ADDED, NoticeKind.ADMIN_REMOVED
        text = f"{who} is a company admin now: {actor.name} {joined}."
    notices.resolve(company_id, opposite, subject=subject)
    notices.tell_other_admins(company_id, kind, text, actor=actor, subject=subject, about=teammate.pk)


def refuse_last_admin(teammate: Teammate, tried: str, actor: Actor) -> None:
    """Raise LastAdmin when this active admin may not go; under the company's lock, for two could go at one moment.

    tried: what the actor wanted to do with them, for the notice.
    """
    sql.execute("SELECT 1 FROM teammates_company WHERE id = %s FOR NO KEY UPDATE", [teammate.tenant_id])
    refusal = why_needed([teammate])
    if refusal is not None:
        raise refusal.of(tried, actor.name, by_idp=actor.is_idp)


def why_needed(leaving: Sequence[Teammate]) -> LastAdmin | None:
    """Why these active admins of one company may not all stop being that; None when they may.

    Somebody must be left who can open the company settings. An admin who has never set a password cannot, so they do
    not count, unless nobody among those who leave can either: in a company that is being set up any admin will do.
    """
    first = leaving[0]
    admins = Teammate.objects.active().filter(company_id=first.tenant_id, is_company_admin=True)
    others = admins.exclude(pk__in=[admin.pk for admin in leaving])
    if others.with_password().exists():
        return None
    without = list(others.order_by("pk")[: NAMED + 1])
    able = [admin for admin in leaving if admin.has_password]
    if without and not able:
        return None
    last = (able or leaving)[-1]  # one by one in this order, all before them may go
    return LastAdmin(
        last.name, last.public_id, can_sign_in=bool(able),
        waiting=[admin.name for admin in without[:NAMED]], more=len(without) > NAMED,
    )  # fmt: skip
