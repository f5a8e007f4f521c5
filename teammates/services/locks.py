"""Rows read and locked until the transaction ends, so that changes to one of them follow each other.

Always in the same order: groups by id, then teammates by id, then the company.
"""

import orjson

from teammates import rows, sql
from teammates.errors import NotFoundInCompany
from teammates.models import Teammate, TeammateGroup
from teammates.models.group import GROUPS_OF_TEAMMATE

_TEAMMATE = (
    f"SELECT {rows.select_list(Teammate, 't')}, {GROUPS_OF_TEAMMATE} FROM teammates_teammate t "
    "WHERE t.company_id = %s AND t.id = %s FOR NO KEY UPDATE"
)
_GROUP = (
    f"SELECT {rows.select_list(TeammateGroup, 'g')} FROM teammates_teammategroup g "
    "WHERE g.company_id = %s AND g.id = %s FOR NO KEY UPDATE"
)


def lock_teammate(company_id: int, pk: int) -> Teammate:
    """The teammate of this company, locked until the transaction ends; `groups_now` holds (id, name) of each group.

    Raises NotFoundInCompany for anybody else's teammate as for nobody's.
    """
    row = sql.fetch_one(_TEAMMATE, [company_id, pk], prepared=True)
    if row is None:
        raise NotFoundInCompany("No such teammate in this company.")
    teammate = rows.from_row(Teammate, row)
    teammate.groups_now = orjson.loads(row[-1]) if row[-1] else []
    return teammate


def lock_group(company_id: int, pk: int) -> TeammateGroup:
    """The group of this company, locked until the transaction ends. Raises NotFoundInCompany."""
    row = sql.fetch_one(_GROUP, [company_id, pk], prepared=True)
    if row is None:
        raise NotFoundInCompany("No such teammate group in this company.")
    return rows.from_row(TeammateGroup, row)
