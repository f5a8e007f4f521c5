"""What is known of the last synchronisation of a teammate or a group, and of what was refused about them.

The door of the identity provider has its own log; the settings LAST_SYNC and REFUSALS name the functions that look
into it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Sync:
    """provider: as a person would say it, such as "Microsoft Entra ID"."""

    provider: str
    at: datetime


def last_sync(company_id: int, public_id: str) -> Sync | None:
    """The last write of an identity provider to this teammate or group; None when its log has none (any more)."""
    look_up = import_string(settings.LAST_SYNC)
    found: Sync | None = look_up(company_id, public_id)
    return found


@dataclass(frozen=True)
class Refused:
    """A request that was refused. group: the name of the group it was about, if it was about one. path: its page."""

    at: datetime
    text: str
    group: str
    path: str


def refusals(company_id: int, public_id: str, most: int) -> list[Refused]:
    """The latest refusals of an identity provider's requests that were about a teammate or named them as a member."""
    look_up = import_string(settings.REFUSALS)
    found: list[Refused] = look_up(company_id, public_id, most)
    return found
