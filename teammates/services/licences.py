"""Licences: every teammate who is neither blocked nor deleted takes one, admins too.

The company row counts them. One UPDATE checks, takes and locks, so that any number of creates at once can never
take more licences than there are; the check constraint on the company says the same.
"""

from collections.abc import Sequence

from teammates import rows, sql
from teammates.errors import NoLicenceLeft
from teammates.models import Company, LicencePolicy, NoticeKind, Teammate
from teammates.services import events, notices
from teammates.services.events import Actor

_TAKE = """
UPDATE teammates_company SET licences_used = licences_used + 1
WHERE id = %s AND licences_used < licence_count RETURNING 1
"""
_END_SESSIONS = "DELETE FROM teammates_teammatesession WHERE teammate_id = %s RETURNING 1"
_RELEASE = "UPDATE teammates_company SET licences_used = licences_used - 1 WHERE id = %s RETURNING 1"
_TOLD_OF = "SELECT 1 FROM teammates_notice WHERE company_id = %s AND kind = %s AND resolved_at IS NULL"
_RECOUNT = """
UPDATE teammates_company company
SET licences_used = (
    SELECT count(*) FROM teammates_teammate WHERE company_id = company.id AND status = 'active'
)
WHERE id = %s
"""


def taking(company_id: int) -> rows.Statement:
    """The statement that takes a free licence, for `rows.update(along=…)`; `ensure_taken` its row count afterwards."""
    return _TAKE, [company_id]


def releasing(company_id: int, leaver_id: int) -> list[rows.Statement]:
    """The statements for somebody who may no longer sign in: sessions end, the licence is free; then `released`."""
    told = (_TOLD_OF, [company_id, NoticeKind.NO_LICENCE])
    return [(_END_SESSIONS, [leaver_id]), (_RELEASE, [company_id]), told]


def released(company_id: int, counts: Sequence[int]) -> int:
    """Close the notice that no licence is left, where there is one; `counts`, of `releasing`, say how many sessions
    ended, which is returned. Costs nothing while there is no such notice."""
    sessions_ended, _, told = counts
    if told:
        notices.resolve_licences(company_id)
    return sessions_ended


def take_licence(teammate: Teammate, *, actor: Actor) -> None:
    """Take one licence for somebody who has just been created. Raises NoLicenceLeft, see `ensure_taken`."""
    ensure_taken(sql.execute(*taking(teammate.tenant_id)), teammate, actor=actor)


def ensure_taken(taken: int, teammate: Teammate, *, actor: Actor) -> None:
    """Where no free licence was taken, add one if the company wants that; the event says for whom.

    Raises NoLicenceLeft (and so undoes the transaction) when all are taken and the company refuses then.
    """
    if taken:
        return
    company = Company.objects.select_for_update(no_key=True).get(pk=teammate.tenant_id)
    before = company.licence_count
    if company.licences_used >= before:  # nobody left since the look before
        if company.licence_policy != LicencePolicy.ADD:
            raise NoLicenceLeft(before, teammate.name)
        company.licence_count += 1
    company.licences_used += 1
    company.save(update_fields=["licences_used", "licence_count"])
    if company.licence_count > before:
        data = {"before": {"licence_count": before}, "after": {"licence_count": company.licence_count}}
        events.append(
            company.pk, "company.licence_added", actor,
            subject=company.public_id, name=company.name,
            data={**data, "for": teammate.name, "teammate": teammate.public_id},
        )  # fmt: skip


def recount_licences(company_id: int) -> None:
    """Set the count from the teammates themselves (for operators, after rows were changed by hand)."""
    sql.execute(_RECOUNT, [company_id])
