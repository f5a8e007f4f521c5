"""Limits that protect: a budget of requests for each token, and how many reads of which kind there were.

Both are counted in Redis. A process that is busy counts by itself for a fraction of a second and then tells Redis in
one round trip, which costs a look-up next to nothing; what it may overlook is what the other processes let through in
that time. What is left when it falls silent it tells a moment later, or when it ends. Without Redis the door stays
open: losing the protection is better than locking the identity provider out; /readyz and the metrics say so.
"""

import logging
import re
import threading
import time
from collections import Counter
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django_redis import get_redis_connection
from prometheus_client import Counter as Total
from prometheus_client import Gauge
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from scim.attributes import GROUP, USER
from scim.clients import client_of
from teammates.models import ApiToken

logger = logging.getLogger(__name__)

WINDOW = 10  # seconds over which the budget is counted, so that short bursts are fine
TELL_AFTER = 0.2  # seconds that a process counts by itself
TELL_REST_AFTER = 1.0  # seconds until it tells reads that no later request took along
READS = "scim-reads"  # a hash per minute: "company:token:client:kind" -> count
READS_KEPT = 3600  # seconds until uncollected counts are forgotten
PAUSE = 5.0  # seconds without trying after Redis did not answer
MOST_UNTOLD = 10_000  # counts of reads that wait for Redis to come back
OPEN = Gauge(
    "frontprov_limits_open",
    "1 while Redis does not answer and requests are not limited",
    multiprocess_mode="livemostrecent",
)
UNLIMITED = Total("frontprov_unlimited_requests", "SCIM requests that were not limited because Redis did not answer")

COLLECTIONS = {"Users", "Groups", "Schemas", "ResourceTypes", "ServiceProviderConfig"}
FIRST_NAME = re.compile(r"(?:urn:[\w:.-]+:)?([A-Za-z0-9]+)")
NAMES = {
    attribute.name.lower(): attribute.name
    for resource in (USER, GROUP)
    for schema in resource.schemas
    for attribute in (*schema.attributes, *schema.common)
}


class TokenBudget(BaseThrottle):
    """Requests a second for each token: the company's own number, else SCIM_REQUESTS_PER_SECOND.

    Well above the 25 a second that Microsoft asks of a server. Over it: 429 with Retry-After.
    """

    waits = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        token = cast(ApiToken, request.auth)
        allowed = token.company.requests_per_second or settings.SCIM_REQUESTS_PER_SECOND
        used = counts.count(token, request._request)
        if used <= allowed * WINDOW:
            return True
        self.waits = WINDOW - time.time() % WINDOW
        return False

    def wait(self) -> float:
        return self.waits


class Counts:
    """What this process counted and has not told Redis yet, and what Redis said last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told_at = 0.0
        self._requests: Counter[str] = Counter()
        self._reads: Counter[tuple[str, str]] = Counter()
        self._known: dict[str, int] = {}
        self._rest: threading.Timer | None = None

    def count(self, token: ApiToken, request: HttpRequest) -> int:
        """Count the request; how many this token made in this window, this one included, as far as is known."""
        now = time.time()
        key = f"scim-budget:{token.pk}:{int(now // WINDOW)}"
        with self._lock:
            self._requests[key] += 1
            if request.method == "GET" or request.path.endswith("/.search"):
                self._note(now, token, request, kind_of_read(request))
            if now >= self._told_at and (key not in self._known or now - self._told_at >= TELL_AFTER):
                self._tell(now)
            self._tell_rest_soon()
            if now < self._told_at:  # Redis is silent, or was a moment ago
                self._requests.clear()
                UNLIMITED.inc()
                return 0
            return self._known.get(key, 0) + self._requests[key]

    def note(self, token: ApiToken, request: HttpRequest, kind: str) -> None:
        """Count something else that happened, beside the reads."""
        with self._lock:
            self._note(time.time(), token, request, kind)
            self._tell_rest_soon()

    def _note(self, now: float, token: ApiToken, request: HttpRequest, kind: str) -> None:
        field = f"{token.company_id}:{token.pk}:{client_of(request, token.pk)}:{kind}"
        self._reads[f"{READS}:{int(now // 60)}", field] += 1

    def _tell_rest_soon(self, seconds: float | None = None, *, holds_up: bool = True) -> None:
        """See to it that reads do not wait for a request that may never come.

        holds_up: a process that ends waits for this thread first, as it does for every thread that is no daemon, so
        that the last reads before the end count too. For a Redis that is away it does not wait.
        """
        if self._reads and self._rest is None:
            self._rest = threading.Timer(TELL_REST_AFTER if seconds is None else seconds, self._tell_rest)
            self._rest.daemon = not holds_up
            self._rest.start()

    def _tell_rest(self) -> None:
        with self._lock:
            self._rest = None
            now = time.time()
            if self._reads and now >= self._told_at:
                self._tell(now)
            self._tell_rest_soon(PAUSE, holds_up=False)

    def _tell(self, now: float) -> None:
        """Add what was counted to Redis and learn what the other processes counted."""
        requests, reads = self._requests, self._reads
        try:
            with get_redis_connection("default").pipeline(transaction=False) as pipe:
                for key, number in requests.items():
                    pipe.incrby(key, number).expire(key, 2 * WINDOW)
                for (minute, field), number in reads.items():
                    pipe.hincrby(minute, field, number)
                for minute in {minute for minute, _ in reads}:
                    pipe.expire(minute, READS_KEPT)
                answers = pipe.execute()
        except (RedisError, OSError):
            self._told_at = now + PAUSE
            self._requests, self._known = Counter(), {}
            if len(self._reads) > MOST_UNTOLD:
                self._reads.clear()
            OPEN.set(1)
            logger.warning("Redis does not answer: requests are not limited", exc_info=True)
            return
        OPEN.set(0)
        self._told_at = now
        self._known = {key: int(answers[2 * place]) for place, key in enumerate(requests)}
        self._requests, self._reads = Counter(), Counter()


counts = Counts()


def kind_of_read(request: HttpRequest) -> str:
    """What a read is about, without what it is looking for: "Users by userName", "one of Groups", "all of Users".

    Only names that this server knows: whatever else a request says is not to be stored as a kind of its own.
    """
    _, _, collection, *rest = f"{request.path}//".split("/")
    if collection == ".search" or rest[0] == ".search":
        return f"search of {collection if collection in COLLECTIONS else 'everything'}"
    if collection not in COLLECTIONS:
        return "something else"
    if rest[0]:
        return f"one of {collection}"
    text = request.GET.get("filter", "")
    if not text:
        return f"all of {collection}"
    name = FIRST_NAME.match(text)
    return f"{collection} by {NAMES.get(name[1].lower(), 'a filter') if name else 'a filter'}"
