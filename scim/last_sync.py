"""When an identity provider last wrote a teammate or a group, for pages that know nothing of SCIM."""

from scim.models import Client, LogEntry, Outcome
from teammates.sync import Sync


def last_sync(company_id: int, public_id: str) -> Sync | None:
    """The last write to this teammate or group that was accepted, whether or not it changed anything."""
    accepted = [Outcome.CHANGED, Outcome.UNCHANGED]
    entries = LogEntry.objects.filter(company_id=company_id, resource=public_id, outcome__in=accepted)
    entry = entries.order_by("-at").values("at", "client", "token_name").first()
    if entry is None:
        return None
    known = entry["client"] != Client.OTHER
    return Sync(str(Client(entry["client"]).label) if known else entry["token_name"], entry["at"])
