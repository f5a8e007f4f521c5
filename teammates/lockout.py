"""Brute force at the sign-in: who failed too often waits (django-axes, which counts in PostgreSQL).

Two counts: of one login from one address, and of all logins from one address, which may belong to a whole office and
so takes more. A login is not locked for everybody by what strangers do elsewhere.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from teammates.models import fold

logger = logging.getLogger(__name__)
NAME_LENGTH = 255  # what django-axes keeps of a login
MOST_ATTEMPTS = 200  # addresses and browsers of one login that are looked through for its locks, the latest first


@dataclass(frozen=True)
class Lock:
    """Of one login from one address (of IPv6, one network)."""

    address: str
    since: datetime
    until: datetime


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The login under which attempts are counted, however it was written (AXES_USERNAME_CALLABLE)."""
    return _name((credentials or {}).get("username") or "")


def is_locked(request: HttpRequest, login: str) -> bool:
    """Whether this login has to wait; the middleware of django-axes then answers with the page that says so."""
    allowed: bool = AxesProxyHandler.is_allowed(request, {"username": login})
    if not allowed:
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.axes_credentials = {"username": login}  # type: ignore[attr-defined]
    return not allowed


def count_failure(request: HttpRequest, login: str) -> None:
    """Count a wrong password or a wrong code."""
    user_login_failed.send(sender=__name__, credentials={"username": login}, request=request)


def minutes_to_wait(request: HttpRequest, login: str) -> int:
    """How long the lock lasts from now on, in whole minutes."""
    attempts = AccessAttempt.objects.filter(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]
    of_login = attempts.filter(username=_name(login)).aggregate(last=Max("attempt_time"))["last"]
    last = of_login or attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    left: timedelta = last + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(1, -(-int(left.total_seconds()) // 60))


def locks_of(login: str) -> list[Lock]:
    """From where this login cannot sign in now, the latest first.

    An address from which all logins together failed too often is locked besides; that is nobody's in particular.
    """
    begun = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(username=_name(login), attempt_time__gte=begun).order_by("-attempt_time")
    failures: dict[str, int] = {}
    last: dict[str, datetime] = {}
    counted = attempts.values_list("ip_address", "attempt_time", "failures_since_start")
    for address, at, number in counted[:MOST_ATTEMPTS]:
        failures[address] = failures.get(address, 0) + number
        last.setdefault(address, at)
    return [
        Lock(address or "", at, at + settings.AXES_COOLOFF_TIME)
        for address, at in last.items()
        if failures[address] >= settings.AXES_FAILURE_LIMIT
    ]


def unlock(login: str) -> None:
    """Let this login try again from everywhere."""
    reset(username=_name(login))


def clear_expired() -> None:
    """Delete the attempts that no lock can come of any more; they name logins and addresses."""
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME).delete()


def _name(login: str) -> str:
    return fold(login)[:NAME_LENGTH]


class LockoutHandler(AxesDatabaseHandler):
    """django-axes' counting in the database, with a limit of its own for each of the two counts (AXES_HANDLER)."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Failures of this login from this address; where the address alone is over its own limit, the limit."""
        of_both, of_address = (_sum(attempts) for attempts in self.get_user_attempts(request, credentials))
        if of_address >= settings.SIGN_IN_FAILURES_OF_ADDRESS:
            return max(of_both, settings.AXES_FAILURE_LIMIT)
        return of_both

    def user_login_failed(self, sender: Any, credentials: Any, request: Any = None, **kwargs: Any) -> None:
        super().user_login_failed(sender, credentials, request, **kwargs)
        if getattr(request, "axes_locked_out", False):
            logger.warning("Too many failed sign-ins from %s: locked for a while", request.axes_ip_address)

    def reset_user_attempts(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """A sign-in forgives the failures of its own login; those of others from the same address stay counted."""
        of_both, _of_address = self.filter_user_attempts(request, credentials)
        deleted: int = of_both.delete()[0]
        return deleted


def _sum(attempts: QuerySet[Any]) -> int:
    return attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
