"""Who can run the company: one company admin who can sign in stays, whoever asks for what."""

from collections.abc import Sequence

from teammates import sql
from teammates.errors import LastAdmin
from teammates.models import Teammate

NAMED = 3  # admins without a password that a refusal names


def refuse_last_admin(teammate: Teammate) -> None:
    """Raise LastAdmin when this active admin may not go; under the company's lock, for two could go at one moment."""
    sql.execute("SELECT 1 FROM teammates_company WHERE id = %s FOR NO KEY UPDATE", [teammate.tenant_id])
    refusal = why_needed([teammate])
    if refusal is not None:
        raise refusal


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
    last = (able or leaving)[0]
    return LastAdmin(
        last.name, last.public_id, can_sign_in=bool(able),
        waiting=[admin.name for admin in without[:NAMED]], more=len(without) > NAMED,
    )  # fmt: skip
