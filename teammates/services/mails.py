"""What mails to one person have in common: where they go, and that the same one does not go out again and again."""

import logging

from django.core.cache import cache

from teammates.models import Teammate

logger = logging.getLogger(__name__)


def address_of(teammate: Teammate) -> str:
    """Where mail for this person goes; empty when there is no such address."""
    return next((text for text in (teammate.email, teammate.login) if "@" in text and "\n" not in text), "")


def first(key: str, seconds: int) -> bool:
    """Whether nobody asked for this key in the last so many seconds; true as well while Redis is away."""
    try:
        return bool(cache.add(key, 1, seconds))
    except Exception:
        logger.warning("Redis did not answer; sending all the same", exc_info=True)
        return True


def forget(key: str) -> None:
    """It came to nothing: the next one is the first again."""
    try:
        cache.delete(key)
    except Exception:
        logger.warning("Redis did not answer", exc_info=True)
