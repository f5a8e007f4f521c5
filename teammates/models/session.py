"""Sign-in sessions that know whose they are, so that they can be listed, counted and ended."""

from datetime import datetime
from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from teammates.models.teammate import Teammate

AGENT_LENGTH = 400
SIGNED_IN = "_signed_in"  # in the session's data: when, from where and with what


class TeammateSession(AbstractBaseSession):
    """One signed-in browser. Blocking a teammate deletes the rows (and ends the epoch their cookies carry)."""

    teammate = models.ForeignKey(Teammate, on_delete=models.CASCADE, null=True, related_name="sessions")
    signed_in_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=AGENT_LENGTH, blank=True)

    class Meta:
        verbose_name = _("session")

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SessionStore(DatabaseSessionStore):
    """Django's database sessions, plus whose they are and where they are used (SESSION_ENGINE is this module)."""

    last_seen_at: datetime | None = None  # as the row said when it was read

    @classmethod
    def get_model_class(cls) -> type[TeammateSession]:
        return TeammateSession

    def _get_session_from_db(self) -> TeammateSession | None:
        row = cast(TeammateSession | None, super()._get_session_from_db())  # type: ignore[misc]
        self.last_seen_at = row.last_seen_at if row else None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> TeammateSession:
        session = cast(TeammateSession, super().create_model_instance(data))
        teammate_id = data.get("_auth_user_id")
        session.teammate_id = int(teammate_id) if teammate_id else None
        at, session.address, session.user_agent = data.get(SIGNED_IN, (None, None, ""))
        session.signed_in_at = datetime.fromisoformat(at) if at else None
        session.last_seen_at = self.last_seen_at
        return session
