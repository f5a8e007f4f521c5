"""Why somebody did something, in their own words: what support staff owe, and anybody may give."""

from typing import Any

from teammates.errors import InvalidValue
from teammates.models import ActorKind
from teammates.services.events import Actor

REASON_LENGTH = 500  # characters


def require_reason(actor: Actor, reason: str) -> None:
    """What support staff change they explain: to the company's admins, and to whoever reads the log later."""
    if actor.kind == ActorKind.STAFF and not reason.strip():
        raise InvalidValue("reason", "Say why: the company's admins see the reason.")


def told(reason: str) -> dict[str, Any]:
    """What an event keeps of the reason; nothing of none. Raises InvalidValue for one that is too long."""
    given = reason.strip()
    if len(given) > REASON_LENGTH:
        raise InvalidValue("reason", f"A reason has {REASON_LENGTH} characters at most.")
    return {"reason": given} if given else {}
