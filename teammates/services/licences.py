"""Licences: every teammate who is neither blocked nor deleted takes one, admins too.

The company row counts them. One UPDATE checks, takes and locks, so that any number of creates at once can never
take more licences than there are; the check constraint on the company says the same.
"""

from teammates import sql
from teammates.errors import NoLicenceLeft
from teammates.models import LicencePolicy

_TAKE = """
UPDATE teammates_company
SET licences_used = licences_used + 1,
    licence_count = CASE WHEN licence_policy = %s THEN greatest(licence_count, licences_used + 1) ELSE licence_count END
WHERE id = %s AND (licences_used < licence_count OR licence_policy = %s)
"""
_RELEASE = """
WITH ended AS (DELETE FROM teammates_teammatesession WHERE teammate_id = %s RETURNING 1)
UPDATE teammates_company SET licences_used = licences_used - 1 WHERE id = %s
RETURNING (SELECT count(*) FROM ended)
"""
_RECOUNT = """
UPDATE teammates_company company
SET licences_used = (
    SELECT count(*) FROM teammates_teammate WHERE company_id = company.id AND status = 'active'
)
WHERE id = %s
"""


def take_licence(company_id: int, name: str) -> None:
    """Take one licence for `name`, who is being created or unblocked.

    Raises NoLicenceLeft when all are taken and the company refuses (rather than adds) then.
    """
    if not sql.execute(_TAKE, [LicencePolicy.ADD, company_id, LicencePolicy.ADD]):
        row = sql.fetch_one("SELECT licence_count FROM teammates_company WHERE id = %s", [company_id])
        raise NoLicenceLeft(row[0] if row else 0, name)


def release_licence(company_id: int, leaver_id: int) -> int:
    """Give back the licence of a teammate who may no longer sign in, and drop their sessions: how many there were."""
    row = sql.fetch_one(_RELEASE, [leaver_id, company_id])
    return row[0] if row else 0


def recount_licences(company_id: int) -> None:
    """Set the count from the teammates themselves (for operators, after rows were changed by hand)."""
    sql.execute(_RECOUNT, [company_id])
