"""What keeps a flood of refused requests from filling the disk: an allowance of log entries for each token.

Everyday refusals are far below it and each leaves its entry, with the bodies. A client that is refused without end
spends it; what is beyond is counted (scim.limits) and not logged one by one. Each process keeps its own.
"""

import threading
import time

from django.conf import settings

BYTES_EACH = 4_096  # of requests and answers, for each entry allowed; a refused POST of a person has about 2,000


class Allowance:
    """So many entries at once for each token, and so many more a minute; likewise for the bytes of their bodies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[int, tuple[float, float, float]] = {}  # token -> entries, bytes, when

    def take(self, token: int, size: int) -> tuple[int, bool]:
        """Ask for an entry with bodies of so many bytes.

        Returns how many entries are left, this one included (0: leave it out), and whether its bodies may be kept.
        """
        now = time.monotonic()
        most = settings.LOG_REFUSALS_AT_ONCE
        with self._lock:
            entries, room, since = self._left.get(token, (most, most * BYTES_EACH, now))
            gained = (now - since) * settings.LOG_REFUSALS_PER_MINUTE / 60
            entries, room = min(entries + gained, most), min(room + gained * BYTES_EACH, most * BYTES_EACH)
            left, has_room = int(entries), size <= room
            if left:
                entries -= 1
                room -= size if has_room else 0
            self._left[token] = entries, room, now
        return left, left > 0 and has_room


allowance = Allowance()
of_look_ups = Allowance()  # that found nobody: they leave the room of refusals alone
