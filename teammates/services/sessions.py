"""Where and when people are signed in: noted at sign-in, and every few minutes while they are at work."""

from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from teammates import sql
from teammates.models import Teammate
from teammates.models.session import AGENT_LENGTH, SIGNED_IN, SessionStore

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
    request.session[SIGNED_IN] = (now.isoformat(), request.META.get("REMOTE_ADDR") or None, agent)
    if isinstance(request.session, SessionStore):
        request.session.last_seen_at = now
    sql.execute(_SEEN_PERSON, [teammate.pk])


def note_seen(session: SessionBase) -> None:
    """The browser of this session is in use; written at most once in SEEN_EVERY."""
    if not isinstance(session, SessionStore) or not session.session_key:
        return
    now = timezone.now()
    if session.last_seen_at is None or now - session.last_seen_at > SEEN_EVERY:
        sql.execute(_SEEN, [session.session_key, SEEN_EVERY])
        session.last_seen_at = now
