"""When an identity provider last wrote a teammate or a group, and what was refused, for pages that know no SCIM."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from scim.models import Client, LogEntry, Outcome
from teammates.models import Company
from teammates.sync import Refused, Sync

RECENT = timedelta(days=30)


def last_sync(company_id: int, public_id: str) -> Sync | None:
    """The last write to this teammate or group that was accepted, whether or not it changed anything."""
    accepted = [Outcome.CHANGED, Outcome.UNCHANGED]
    entries = LogEntry.objects.filter(company_id=company_id, resource=public_id, outcome__in=accepted)
    entry = entries.order_by("-at").values("at", "client", "token_name").first()
    if entry is None:
        return None
    known = entry["client"] != Client.OTHER
    return Sync(str(Client(entry["client"]).label) if known else entry["token_name"], entry["at"])


def refusals(company_id: int, public_id: str, most: int) -> list[Refused]:
    """The latest refusals of requests about a teammate, or about a group that named them; of the last 30 days."""
    refused = LogEntry.objects.filter(company=company_id, at__gte=timezone.now() - RECENT)
    refused = refused.filter(outcome__in=[Outcome.REFUSED, Outcome.FAILED]).order_by("-at", "-pk")
    entries = [*refused.filter(resource=public_id)[:most], *refused.naming(company_id, public_id)[:most]]
    company = Company(pk=company_id).public_id
    return [
        Refused(entry.at, entry.text, _group(entry), f"{_page_of(entry)}?company={company}")
        for entry in sorted(entries, key=lambda entry: (entry.at, entry.pk), reverse=True)[:most]
    ]


def _group(entry: LogEntry) -> str:
    return entry.resource_name if entry.members and not entry.resource.startswith("tea_") else ""


def _page_of(entry: LogEntry) -> str:
    return reverse("admin:scim_logentry_change", args=[entry.pk])
