"""Licences: every teammate who is neither blocked nor deleted takes one, admins too.

The company row counts them. One UPDATE checks, takes and locks, so that any number of creates at once can never
take more licences than there are; the check constraint on the company says the same.
"""

from teammates import rows, sql
from teammates.errors import NoLicenceLeft
from teammates.models import LicencePolicy

_TAKE = """
UPDATE teammates_company
SET licences_used = licences_used + 1,
    licence_count = CASE WHEN licence_policy = %s THEN greatest(licence_count, licences_used + 1) ELSE licence_count END
WHERE id = %s AND (licences_used < licence_count OR licence_policy = %s)
RETURNING 1
"""
_END_SESSIONS = "DELETE FROM teammates_teammatesession WHERE teammate_id = %s RETURNING 1"
_RELEASE = "UPDATE teammates_company SET licences_used = licences_used - 1 WHERE id = %s RETURNING 1"
_RECOUNT = """
UPDATE teammates_company company
SET licences_used = (
    SELECT count(*) FROM teammates_teammate WHERE company_id = company.id AND status = 'active'
)
WHERE id = %s
"""


def taking(company_id: int) -> rows.Statement:
    """The statement that takes one licence, for `rows.update(along=…)`; `check_taken` its row count afterwards."""
    return _TAKE, [LicencePolicy.ADD, company_id, LicencePolicy.ADD]


def releasing(company_id: int, leaver_id: int) -> list[rows.Statement]:
    """The statements for somebody who may no longer sign in: sessions end (counted first), the licence is free."""
    return [(_END_SESSIONS, [leaver_id]), (_RELEASE, [company_id])]


def check_taken(taken: int, company_id: int, name: str) -> None:
    """Raise NoLicenceLeft (and so undo the transaction) when there was no licence for `name` to take."""
    if not taken:
        row = sql.fetch_one("SELECT licence_count FROM teammates_company WHERE id = %s", [company_id])
        raise NoLicenceLeft(row[0] if row else 0, name)


def take_licence(company_id: int, name: str) -> None:
    """Take one licence for `name`, who has just been created.

    Raises NoLicenceLeft when all are taken and the company refuses (rather than adds) then.
    """
    check_taken(sql.execute(*taking(company_id)), company_id, name)


def recount_licences(company_id: int) -> None:
    """Set the count from the teammates themselves (for operators, after rows were changed by hand)."""
    sql.execute(_RECOUNT, [company_id])
