"""Addresses of lists that stay with one company: support staff may look at all of them, and come from a row of one."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from teammates.admin.permissions import looks_everywhere
from teammates.models import ActorKind, Event

COMPANY = "company__id__exact"


def list_beside(request: HttpRequest, label: str, company_id: int | None, **filters: Any) -> str:
    """`list_of`, for a link from a row of this company; who sees one company only needs no filter."""
    return list_of(label, company_id if looks_everywhere(request.user) else None, **filters)


def list_of(label: str, company_id: int | None, **filters: Any) -> str:
    """The list of the company's rows of a model ("teammates.event"); empty in an installation without that model.

    company_id: None leaves the list to what one looks at anyway. filters: look-ups that the list takes, by name.
    """
    try:
        url = reverse(f"admin:{label.replace('.', '_')}_changelist")
    except NoReverseMatch:
        return ""
    asked = {**({COMPANY: company_id} if company_id is not None else {}), **filters}
    return f"{url}?{urlencode(asked)}" if asked else url


def request_behind(event: Event) -> str:
    """The identity provider's request in the provisioning log; empty in an installation without that log."""
    if event.actor_kind != ActorKind.IDP or not event.subject:
        return ""
    try:
        return reverse("admin:scim_logentry_of_event", args=[event.public_id])
    except NoReverseMatch:
        return ""
