"""People and groups that a client still asks for although they are gone: who they were, and how they went."""

from datetime import datetime
from typing import NamedTuple

from teammates import sql
from teammates.models import Teammate, TeammateGroup
from teammates.moments import moment

# A person's row stays; how they went is the latest event that says so.
_PERSON = """
SELECT coalesce(nullif(t.display_name, ''), nullif(btrim(t.first_name || ' ' || t.last_name), ''), t.login),
       e.kind, e.at, e.actor
FROM teammates_teammate t LEFT JOIN LATERAL (
    SELECT kind, at, actor FROM teammates_event
    WHERE company_id = t.company_id AND subject = %(public_id)s
      AND kind IN ('teammate.deleted', 'teammate.removed_by_idp') ORDER BY id DESC LIMIT 1) e ON true
WHERE t.company_id = %(company)s AND t.id = %(pk)s AND (t.status = 'deleted' OR t.removed_by_idp_at IS NOT NULL)
"""
_GROUP = """
SELECT subject_name, kind, at, actor FROM teammates_event
WHERE company_id = %(company)s AND subject = %(public_id)s AND kind = 'group.deleted' ORDER BY id DESC LIMIT 1
"""


class Gone(NamedTuple):
    """went: such as "was deleted on 3 May 2026 at 09:12 by Jo Admin"."""

    public_id: str
    name: str
    went: str


def gone(company_id: int, model: type[Teammate] | type[TeammateGroup], public_id: str) -> Gone | None:
    """Who or what this id belonged to in this company; None for one that is there, another company's, or nobody's."""
    if (pk := model.pk_of(public_id)) is None:
        return None
    statement = _PERSON if model is Teammate else _GROUP
    row = sql.fetch_one(statement, {"company": company_id, "pk": pk, "public_id": public_id})
    return Gone(public_id, row[0], _went(*row[1:])) if row is not None else None


def _went(kind: str | None, at: datetime | None, actor: str | None) -> str:
    if kind is None or at is None:
        return "was deleted"
    how = "was removed" if kind == "teammate.removed_by_idp" else "was deleted"
    return f"{how} on {moment(at)} by {actor}"
