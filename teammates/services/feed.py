"""The events of a company in the order of their ids, for readers who remember only the last one they saw.

Ids are handed out when an event is written and become visible when its transaction commits, so a later id can be
seen before an earlier one. A reader who went on from the later would never see the earlier. The feed therefore
ends before the first event that a transaction still under way might precede: one that was written after the
oldest writing transaction of this moment began.
"""

from teammates import rows, sql
from teammates.models import Event

# A transaction without an id of its own (backend_xid) has written nothing yet, so it holds no event back; nor does
# autovacuum, which takes an id for its statistics and writes no events.
_AFTER = f"""
WITH under_way AS (
    SELECT min(xact_start) AS since FROM pg_stat_activity
    WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
        AND backend_type IS DISTINCT FROM 'autovacuum worker'
)
SELECT {rows.select_list(Event, "e")}, e.at < coalesce(under_way.since, 'infinity')
FROM teammates_event e, under_way
WHERE e.company_id = %s AND e.id > %s
ORDER BY e.id LIMIT %s
"""


def events_after(company_id: int, pk: int, limit: int) -> list[Event]:
    """Up to `limit` events of the company whose ids are above `pk`, oldest first; none is ever passed over."""
    settled = []
    for row in sql.fetch_all(_AFTER, [company_id, pk, limit]):
        if not row[-1]:
            break
        settled.append(rows.from_row(Event, row))
    return settled
