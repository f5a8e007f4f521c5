"""Appending events, and telling the worker that there are some."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from celery import current_app
from django.core.cache import cache
from django.db import transaction

from teammates import sql
from teammates.models import ActorKind
from teammates.rows import Statement

logger = logging.getLogger(__name__)

DRAIN_TASK = "teammates.drain_events"
INVITATION_TASK = "teammates.send_invitation"
SECURITY_TASK = "teammates.send_security_mail"
NUDGED = "events-nudged"
NUDGE_SECONDS = 30  # how long a nudge counts as on its way when no worker answers

# Events of somebody's own way of signing in, about which they get a mail (see teammates.services.security_mail).
OF_SIGNING_IN = frozenset(
    {
        "teammate.password_set",
        "teammate.two_factor_on",
        "teammate.two_factor_off",
        "teammate.two_factor_reset",
        "teammate.recovery_codes_made",
    }
)
# Events after which the worker has something to do (see teammates.services.effects).
WITH_EFFECTS = OF_SIGNING_IN | frozenset(
    {
        "group.created",
        "group.updated",
        "group.deleted",
        "group.access_changed",
        "teammate.deleted",
        "teammate.invited",
        "teammate.access_changed",
        "access.structure_changed",
    }
)


@dataclass
class Actor:
    """Who does something: stands in every event it causes.

    remarks: plain sentences about what a request contained and did not do; the door that read the request fills
    them in, and the events of the request keep them.
    happened: (kind, subject, name, data) of each event it caused; None when nobody wants to know.
    """

    kind: ActorKind
    name: str
    id: str = ""
    remarks: list[str] = field(default_factory=list)
    happened: list[tuple[str, str, str, dict[str, Any]]] | None = None

    @property
    def is_idp(self) -> bool:
        return self.kind == ActorKind.IDP


SYSTEM = Actor(ActorKind.SYSTEM, "Frontprov")

_INSERT = """
INSERT INTO teammates_event (company_id, at, kind, actor_kind, actor, actor_id, subject, subject_name, data, pending)
VALUES {values} RETURNING 1
"""
# The moment of writing, not of the transaction's start: teammates.services.feed compares it with those.
_VALUES = "(%s, clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s)"


def _run(statement: Statement) -> None:
    sql.execute(*statement, prepared=True)


def append(
    company_id: int,
    kind: str,
    actor: Actor,
    *,
    subject: str = "",
    name: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Record that `kind` happened to `subject` (a public id), in the transaction of the change itself."""
    append_many(company_id, [(kind, subject, name, data or {})], actor)


def append_many(
    company_id: int,
    rows: Sequence[tuple[str, str, str, dict[str, Any]]],
    actor: Actor,
    *,
    run: Callable[[Statement], object] = _run,
) -> None:
    """Record several events of one change in one statement: (kind, subject, name, data) each.

    run: runs that statement, along with the change itself (see teammates.rows.update).
    """
    params: list[Any] = []
    pending = False
    for kind, subject, name, data in rows:
        effects = kind in WITH_EFFECTS
        pending = pending or effects
        kept = {**data, "remarks": list(actor.remarks)} if actor.remarks else data
        text = orjson.dumps(kept, default=str).decode()
        params += [company_id, kind, actor.kind, actor.name[:400], actor.id, subject, name[:1000], text, effects]
    run((_INSERT.format(values=", ".join([_VALUES] * len(rows))), params))
    if actor.happened is not None:
        actor.happened += rows
    if pending:
        transaction.on_commit(nudge)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields in which two states of a thing differ, as an event tells them: {"before": …, "after": …}."""
    differ = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {
        "before": {key: before[key] for key in differ if key in before},
        "after": {key: after[key] for key in differ if key in after},
    }


def nudge() -> None:
    """Tell the worker to read the events; one nudge under way is enough for any number of them.

    A nudge that is lost costs time, never an event: beat sweeps up what is pending every minute.
    """
    try:
        if cache.add(NUDGED, 1, NUDGE_SECONDS):
            current_app.send_task(DRAIN_TASK, retry=False)
    except Exception:  # the broker's client has many ways to say that Redis is away
        logger.warning("Redis did not take the nudge; the minute's sweep will find the events", exc_info=True)
