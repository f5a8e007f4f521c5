"""The open notices of the company that is looked at, for the badge in the menu and the banner on every page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Q, Value, When, Window
from django.http import HttpRequest

from teammates.admin.permissions import Role, looked_at, role_of
from teammates.models import URGENT_NOTICES, Notice, NoticeKind

IN_BANNER = (*URGENT_NOTICES, NoticeKind.TOKEN_LAST_DAYS, NoticeKind.PROVISIONING_SILENT)


NAMED = 3  # notices that the banner names


@dataclass(frozen=True)
class Waiting:
    """total: open notices, of what oneself did none. urgent: how many of them cannot wait. first: the first of those.

    What stops people from working comes before what will, and the newest before the others.
    """

    total: int = 0
    urgent: int = 0
    first: Sequence[Notice] = ()


def waiting(request: HttpRequest) -> Waiting:
    """One statement, once for each page."""
    known: Waiting | None = getattr(request, "waiting", None)
    if known is None:
        known = _asked(request)
        request.waiting = known  # type: ignore[attr-defined]
    return known


def _asked(request: HttpRequest) -> Waiting:
    company_id = _company_id(request)
    if company_id is None:
        return Waiting()
    in_banner = Q(kind__in=IN_BANNER)
    open_ones = Notice.objects.filter(company=company_id, closed_at=None).exclude(by=request.user.pk)
    open_ones = open_ones.select_related("company")
    notices = open_ones.annotate(
        rank=Case(
            When(kind__in=URGENT_NOTICES, then=Value(0)),
            When(in_banner, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        ),
        total=Window(Count("*")),
        in_banner=Window(Count("pk", filter=in_banner)),
    )
    found = list(notices.order_by("rank", F("first_at").desc(), "-pk")[:NAMED])
    if not found:
        return Waiting()
    urgent = found[0].in_banner
    return Waiting(found[0].total, urgent, found[:urgent])


def _company_id(request: HttpRequest) -> int | None:
    user = request.user
    match role_of(user):
        case Role.COMPANY_ADMIN:
            return user.company_id  # type: ignore[union-attr]
        case Role.SUPPORT:
            company = looked_at(user)
            return company.pk if company else None
    return None
