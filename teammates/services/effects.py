"""What the worker does after events: bring access in line with who is in which group, and write to whom they concern.

Events are read from PostgreSQL, so a lost nudge, a dead worker or a Redis that forgot everything loses nothing.
"""

import logging
from collections.abc import Iterable

from celery import current_app
from django.core.cache import cache
from django.db import transaction

from teammates import sql
from teammates.models import Event, Membership, Teammate, TeammateGroup
from teammates.services import security_mail
from teammates.services.access import recompute_access
from teammates.services.events import INVITATION_TASK, NUDGED, OF_SIGNING_IN

logger = logging.getLogger(__name__)
BATCH = 500


def drain_events() -> int:
    """Do what pending events call for, company by company; how many events were done.

    Any number of workers may drain at once: each takes the events that no other holds. A company whose effects
    fail keeps its events for the next round, and the others go on.
    """
    try:
        cache.delete(NUDGED)  # first: whoever commits from now on sends a nudge of their own
    except Exception:
        logger.warning("Redis did not answer; draining all the same", exc_info=True)
    done, failed = 0, set[int]()
    while True:
        with transaction.atomic():
            batch = list(
                Event.objects.pending()
                .exclude(company_id__in=failed)
                .order_by("pk")
                .select_for_update(skip_locked=True, of=("self",), no_key=True)[:BATCH]
            )
            if not batch:
                return done
            for company_id in sorted({event.company_id for event in batch}):
                events = [event for event in batch if event.company_id == company_id]
                try:
                    with transaction.atomic():
                        _apply(company_id, events)
                        sql.execute(
                            "UPDATE teammates_event SET pending = false WHERE id = ANY(%s)", [[e.pk for e in events]]
                        )
                    done += len(events)
                except Exception:
                    logger.exception("The effects of %s events of company %s failed", len(events), company_id)
                    failed.add(company_id)


def _apply(company_id: int, events: Iterable[Event]) -> None:
    affected: set[int] = set()
    for event in events:
        if event.kind == "teammate.invited":
            current_app.send_task(INVITATION_TASK, [Teammate.pk_of(event.subject)], retry=False)
            continue
        if event.kind in OF_SIGNING_IN:
            security_mail.tell_of_event(event)
            continue
        whose = _whose_access(event)
        if whose is None:
            recompute_access(company_id)
            return
        affected |= whose
    if affected:
        recompute_access(company_id, affected)


def _whose_access(event: Event) -> set[int] | None:
    """Whose access the event may have changed; None for "everybody's"."""
    if event.kind == "group.access_changed":
        group = TeammateGroup.pk_of(event.subject)
        members = Membership.objects.filter(company_id=event.company_id, group_id=group)
        return set(members.values_list("teammate_id", flat=True))
    if event.kind.startswith("teammate."):
        return {pk for pk in [Teammate.pk_of(event.subject)] if pk is not None}
    if event.kind.startswith("group."):
        named: set[int] = set()
        for key in ("members_added", "members_removed", "members"):
            ids = event.data.get(key, [])
            if len(ids) < event.data.get(key + "_count", 0):
                return None  # too many to name in the event
            named |= {pk for pk in map(Teammate.pk_of, ids) if pk is not None}
        return named
    return None
