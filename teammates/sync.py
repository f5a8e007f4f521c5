"""What is known of the last synchronisation of a teammate or a group.

The door of the identity provider has its own log; the setting LAST_SYNC names the function that looks into it.
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
