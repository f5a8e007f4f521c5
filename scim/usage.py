"""What the provisioning log and the counted reads say of an API token's use."""

from datetime import timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from scim.models import Client, LogEntry, Outcome, ReadCount
from teammates.models import ApiToken
from teammates.services.tokens import Usage

LOOKED_BACK = timedelta(days=1)


def usage_of(token: ApiToken) -> Usage | None:
    """All requests in the last 24 hours, and which of the clients that can be told made most; None for no request.

    Reads are counted by the minute, and written down within seconds.
    """
    since = timezone.now() - LOOKED_BACK
    of_token = {"company": token.company_id, "token": token.pk}
    reads = ReadCount.objects.filter(**of_token, minute__gte=since).order_by().values("client").annotate(n=Sum("count"))
    entries = LogEntry.objects.filter(**of_token, at__gte=since).exclude(outcome=Outcome.NOT_FOUND)  # those are reads
    logged = entries.order_by().values("client").annotate(n=Count("pk"))
    requests: dict[str, int] = {}
    for row in (*reads, *logged):
        requests[row["client"]] = requests.get(row["client"], 0) + row["n"]
    if not requests:
        return None
    told = {client: number for client, number in requests.items() if client != Client.OTHER}
    words = str(Client(max(told, key=lambda client: told[client])).label) if told else ""
    return Usage(client=words, requests=sum(requests.values()))
