"""Notices: what a company's admins should know, with what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from teammates import sql
from teammates.errors import NotFoundInCompany, Refusal
from teammates.models import Company, Notice
from teammates.services import events
from teammates.services.events import Actor

_RAISE = """
INSERT INTO teammates_notice (company_id, kind, subject, text, first_at, last_at, times)
VALUES (%s, %s, %s, %s, now(), now(), 1)
ON CONFLICT (company_id, kind, subject) WHERE closed_at IS NULL
DO UPDATE SET text = excluded.text, last_at = excluded.last_at, times = teammates_notice.times + 1
"""


def raise_notice(company_id: int, kind: str, text: str, *, subject: str = "") -> None:
    """Open a notice of a NoticeKind, or count one more time on the open one about the same thing."""
    sql.execute(_RAISE, [company_id, kind, subject, text])


def tell_admins(company_id: int, refusal: Refusal) -> None:
    """Raise the notice of a refusal that the company's admins have to know of; after what it undid."""
    if refusal.notice:
        raise_notice(company_id, refusal.notice, str(refusal), subject=refusal.subject)


def close_notice(company: Company, pk: int, *, actor: Actor) -> Notice:
    """Close a notice that was dealt with; the same thing happening again opens a new one. Raises NotFoundInCompany."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(company=company, pk=pk).first()
        if notice is None:
            raise NotFoundInCompany("No such notice in this company.")
        if notice.closed_at is None:
            notice.closed_at = timezone.now()
            notice.save(update_fields=["closed_at"])
            data = {"kind": notice.kind, "text": notice.text, "times": notice.times}
            events.append(
                company.pk, "notice.closed", actor, subject=notice.subject, name=notice.get_kind_display(), data=data
            )
    return notice


@contextmanager
def all_or_nothing(company_id: int) -> Iterator[None]:
    """One transaction for one decision. A refusal undoes it all; admins still learn of those that need them."""
    try:
        with transaction.atomic():
            yield
    except Refusal as refusal:
        tell_admins(company_id, refusal)
        raise
