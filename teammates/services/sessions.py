"""Where and when people are signed in: noted at sign-in and every few minutes while they are at work, and ended."""

from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from teammates import rows, sql
from teammates.addresses import client_address
from teammates.models import Teammate
from teammates.models.session import AGENT_LENGTH, SIGNED_IN, SessionStore
from teammates.services import events
from teammates.services.events import Actor
from teammates.services.locks import lock_teammate
from teammates.services.notices import all_or_nothing

SEEN_EVERY = timedelta(minutes=5)

_SEEN_PERSON = "UPDATE teammates_teammate SET last_seen_at = now() WHERE id = %s"
_SEEN = """
WITH seen AS (
    UPDATE teammates_teammatesession SET last_seen_at = now() WHERE session_key = %s
    AND (last_seen_at IS NULL OR last_seen_at < now() - %s) RETURNING teammate_id)
UPDATE teammates_teammate SET last_seen_at = now() WHERE id IN (SELECT teammate_id FROM seen)
"""


def note_sign_in(request: HttpRequest, teammate: Teammate) -> None:
    """Remember when, from where and with which browser `teammate` has just signed in."""
    now = timezone.now()
    agent = request.META.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH]
    request.session[SIGNED_IN] = (now.isoformat(), client_address(request), agent)
    if isinstance(request.session, SessionStore):
        request.session.last_seen_at = now
    sql.execute(_SEEN_PERSON, [teammate.pk])


def clear_expired() -> None:
    """Delete the sessions that ran out; nothing else does, for a browser that never comes back."""
    SessionStore.clear_expired()


def note_seen(session: SessionBase) -> None:
    """The browser of this session is in use; written at most once in SEEN_EVERY."""
    if not isinstance(session, SessionStore) or not session.session_key:
        return
    now = timezone.now()
    if session.last_seen_at is None or now - session.last_seen_at > SEEN_EVERY:
        sql.execute(_SEEN, [session.session_key, SEEN_EVERY])
        session.last_seen_at = now


def end_sessions(company_id: int, pk: int, *, actor: Actor) -> int:
    """Sign the teammate out everywhere; how many sessions there were."""
    with all_or_nothing(company_id):
        teammate = lock_teammate(company_id, pk)
        teammate.session_epoch += 1
        rows.update(teammate, ["session_epoch"], new_version=False)
        ended = teammate.sessions.all().delete()[0]
        data = {"sessions_ended": ended}
        events.append(
            company_id, "teammate.signed_out", actor, subject=teammate.public_id, name=teammate.name, data=data
        )
        return ended
