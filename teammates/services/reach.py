"""Who reaches which inbox, and where each access comes from."""

from dataclasses import dataclass
from typing import Any

import orjson

from teammates import sql
from teammates.models import GrantSource, Teammate

_REACH = """
SELECT inbox.id, workspace.name, inbox.name, inbox.is_private,
       jsonb_agg(DISTINCT jsonb_build_array(given.source, given.group_id, given.group_name, given.by_workspace))
FROM (
    SELECT source, NULL::bigint AS group_id, '' AS group_name, workspace_id, inbox_id,
           workspace_id IS NOT NULL AS by_workspace
    FROM teammates_accessgrant WHERE company_id = %(company)s AND teammate_id = %(teammate)s
    UNION ALL
    SELECT 'group', g.id, g.name, granted.workspace_id, granted.inbox_id, granted.workspace_id IS NOT NULL
    FROM teammates_membership member
    JOIN teammates_teammategroup g ON g.company_id = member.company_id AND g.id = member.group_id
    JOIN teammates_accessgrant granted ON granted.company_id = member.company_id AND granted.group_id = g.id
    WHERE member.company_id = %(company)s AND member.teammate_id = %(teammate)s
) given
JOIN teammates_inbox inbox
  ON inbox.company_id = %(company)s
 AND (inbox.id = given.inbox_id OR (inbox.workspace_id = given.workspace_id AND NOT inbox.is_private))
JOIN teammates_workspace workspace ON workspace.company_id = inbox.company_id AND workspace.id = inbox.workspace_id
GROUP BY inbox.id, workspace.name, inbox.name, inbox.is_private
ORDER BY workspace.name, inbox.name, inbox.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Source:
    """Where access comes from. kind: "own", "template" or "group"; by_workspace: of the whole workspace."""

    kind: str
    group_id: int | None
    group_name: str
    by_workspace: bool

    @property
    def is_own(self) -> bool:
        return self.kind == GrantSource.OWN

    @property
    def is_template(self) -> bool:
        return self.kind == GrantSource.TEMPLATE


@dataclass(frozen=True)
class Reached:
    """An inbox that a teammate reaches (while active), and everything that gives it."""

    inbox_id: int
    workspace: str
    inbox: str
    is_private: bool
    sources: tuple[Source, ...]


def reach_of(teammate: Teammate, most: int) -> list[Reached]:
    """The first `most` inboxes that grants give this teammate, by workspace and name."""
    params: dict[str, Any] = {"company": teammate.company_id, "teammate": teammate.pk, "most": most}
    return [
        Reached(pk, workspace, inbox, is_private, tuple(Source(*each) for each in orjson.loads(sources)))
        for pk, workspace, inbox, is_private, sources in sql.fetch_all(_REACH, params)
    ]
