"""What turning Teammate Group Sync on or off would mean for the groups there are (guide, part 5, warning)."""

from collections.abc import Sequence
from dataclasses import dataclass

from teammates import sql
from teammates.models import Company, Management, Source, Status

GROUPS = 50  # on a page
NAMES = 5  # of members to look at, in each group

_GROUPS = """
WITH shown AS (
    SELECT id, name, name_key, management FROM teammates_teammategroup
    WHERE company_id = %(company)s AND management <> %(idp)s ORDER BY name_key, id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT s.id, s.name, s.management = %(dormant)s, count(t.id),
       count(t.id) FILTER (WHERE t.source <> %(provisioned)s),
       (array_agg(coalesce(nullif(t.display_name, ''), t.login) ORDER BY t.login_key)
           FILTER (WHERE t.source <> %(provisioned)s))[1:%(names)s]
FROM shown s
LEFT JOIN teammates_membership m ON m.company_id = %(company)s AND m.group_id = s.id
LEFT JOIN teammates_teammate t ON t.company_id = m.company_id AND t.id = m.teammate_id AND t.status <> %(deleted)s
GROUP BY s.id, s.name, s.name_key, s.management ORDER BY s.name_key, s.id
"""
_COUNTS = """
SELECT count(*) FILTER (WHERE management = %(idp)s), count(*) FILTER (WHERE management <> %(idp)s),
       count(*) FILTER (WHERE management = %(dormant)s)
FROM teammates_teammategroup WHERE company_id = %(company)s
"""


@dataclass(frozen=True)
class Adoptable:
    """A group that the identity provider takes over if it pushes one of the same name.

    was_linked: it was managed before group sync was turned off. strangers: members whom no identity provider has
    provisioned; names: of the first of them.
    """

    pk: int
    name: str
    was_linked: bool
    members: int
    strangers: int
    names: Sequence[str]

    @property
    def more(self) -> int:
        return self.strangers - len(self.names)


@dataclass(frozen=True)
class GroupCounts:
    managed: int
    adoptable: int
    dormant: int


def adoptable_groups(company: Company, page: int = 1) -> list[Adoptable]:
    """A page of the groups that could be taken over, by name; in one statement."""
    params = {
        "company": company.pk,
        "idp": Management.IDP,
        "dormant": Management.DORMANT,
        "provisioned": Source.IDP,
        "deleted": Status.DELETED,
        "names": NAMES,
        "limit": GROUPS,
        "offset": (page - 1) * GROUPS,
    }
    found = sql.fetch_all(_GROUPS, params)
    return [Adoptable(pk, name, linked, members, odd, names or ()) for pk, name, linked, members, odd, names in found]


def group_counts(company: Company) -> GroupCounts:
    params = {"company": company.pk, "idp": Management.IDP, "dormant": Management.DORMANT}
    return GroupCounts(*(sql.fetch_one(_COUNTS, params) or (0, 0, 0)))
