"""How many requests a company may make in a minute, by its plan; counted in Redis over all processes.

Without Redis the door stays open: losing the protection is better than locking other systems out.
"""

import logging
import math
import time
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from teammates.models import ApiToken, Company

logger = logging.getLogger(__name__)

WINDOW = 60  # seconds
PAUSE = 5.0  # seconds without trying after Redis did not answer


@dataclass(frozen=True)
class Budget:
    """What a company may do in this minute and how much of it is spent, the present request included."""

    limit: int
    used: int
    reset: int  # Unix time at which the next minute begins

    def headers(self) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, self.limit - self.used)),
            "x-ratelimit-reset": str(self.reset),
        }


class CompanyBudget(BaseThrottle):
    """One budget for all tokens of a company. Over it: 429 with Retry-After. `view.budget` is what was found."""

    waits = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        company = cast(ApiToken, request.auth).company
        now = time.time()
        used = counter.count(company, now)
        if used is None:
            return True
        reset = (int(now // WINDOW) + 1) * WINDOW
        view.budget = budget = Budget(requests_per_minute(company), used, reset)
        self.waits = math.ceil(reset - now)
        return budget.used <= budget.limit

    def wait(self) -> float:
        return self.waits


def requests_per_minute(company: Company) -> int:
    """The number of the company's plan (API_REQUESTS_PER_MINUTE)."""
    limits: dict[str, int] = settings.API_REQUESTS_PER_MINUTE
    return limits[company.plan]


class Counter:
    """Counts requests in Redis, and leaves a silent Redis alone for a moment."""

    def __init__(self) -> None:
        self.silent_until = 0.0

    def count(self, company: Company, now: float) -> int | None:
        """Count a request; how many the company made in this minute, or None while Redis does not answer."""
        if now < self.silent_until:
            return None
        key = f"api-budget:{company.pk}:{int(now // WINDOW)}"
        try:
            with get_redis_connection("default").pipeline(transaction=False) as pipe:
                used, _ = pipe.incr(key).expire(key, 2 * WINDOW).execute()
        except (RedisError, OSError):
            self.silent_until = now + PAUSE
            logger.warning("Redis does not answer: requests to the REST API are not limited", exc_info=True)
            return None
        return int(used)


counter = Counter()
