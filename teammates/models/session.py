"""Sign-in sessions that know whose they are, so that they can be listed, counted and ended."""

from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from teammates.models.teammate import Teammate


class TeammateSession(AbstractBaseSession):
    """One signed-in browser. Blocking a teammate deletes the rows (and ends the epoch their cookies carry)."""

    teammate = models.ForeignKey(Teammate, on_delete=models.CASCADE, null=True, related_name="sessions")

    class Meta:
        verbose_name = "session"

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SessionStore(DatabaseSessionStore):
    """Django's database sessions, plus whose they are (SESSION_ENGINE is this module)."""

    @classmethod
    def get_model_class(cls) -> type[TeammateSession]:
        return TeammateSession

    def create_model_instance(self, data: dict[str, Any]) -> TeammateSession:
        session = cast(TeammateSession, super().create_model_instance(data))
        teammate_id = data.get("_auth_user_id")
        session.teammate_id = int(teammate_id) if teammate_id else None
        return session
