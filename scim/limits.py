"""Limits that protect: a budget of requests for each token, and how many reads of which kind there were.

Both are counted in Redis with one round trip per request. Without Redis the door stays open: losing the protection
is better than locking the identity provider out; /readyz and the metrics say so.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from scim.clients import client_of
from teammates.models import ApiToken

logger = logging.getLogger(__name__)

WINDOW = 10  # seconds over which the budget is counted, so that short bursts are fine
READS = "scim-reads"  # a hash per minute: "company:token:client:kind" -> count
READS_KEPT = 3600  # seconds until uncollected counts are forgotten
PAUSE = 5.0  # seconds without trying after Redis did not answer

_silent_until = 0.0


class TokenBudget(BaseThrottle):
    """Requests a second for each token: the company's own number, else SCIM_REQUESTS_PER_SECOND.

    Well above the 25 a second that Microsoft asks of a server. Over it: 429 with Retry-After.
    """

    waits = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        token: ApiToken = request.auth
        allowed = token.company.requests_per_second or settings.SCIM_REQUESTS_PER_SECOND
        used = _count(token, request)
        if used is None or used <= allowed * WINDOW:
            return True
        self.waits = WINDOW - time.time() % WINDOW
        return False

    def wait(self) -> float:
        return self.waits


def _count(token: ApiToken, request: Request) -> int | None:
    """How many requests the token made in this window, this one included; None when Redis cannot say."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return None
    now = time.time()
    key = f"scim-budget:{token.pk}:{int(now // WINDOW)}"
    try:
        with get_redis_connection("default").pipeline(transaction=False) as pipe:
            pipe.incr(key).expire(key, 2 * WINDOW)
            if request.method == "GET":
                minute = f"{READS}:{int(now // 60)}"
                field = f"{token.company_id}:{token.pk}:{client_of(request._request)}:{kind_of_read(request)}"
                pipe.hincrby(minute, field, 1).expire(minute, READS_KEPT)
            return int(pipe.execute()[0])
    except (RedisError, OSError):
        _silent_until = time.monotonic() + PAUSE
        logger.warning("Redis does not answer: requests are not limited or counted", exc_info=True)
        return None


def kind_of_read(request: Request) -> str:
    """What a read is about, without what it is looking for: "Users by userName", "one of Groups", "all of Users"."""
    _, _, collection, *rest = f"{request.path}//".split("/")
    if rest[0]:
        return f"one of {collection}"[:40]
    text = request.GET.get("filter", "")
    if text:
        return f"{collection} by {text.split(' ', 1)[0].split('[', 1)[0]}"[:40]
    return f"all of {collection}"[:40]
