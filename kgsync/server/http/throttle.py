"""How often one caller may ask: a bucket of requests per user or address, filled at a steady rate.

Counted in this process alone: several servers over one database allow as many times as much.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from kgsync.errors import TooMany

# Callers remembered; who has not asked for longest is forgotten first, with a full bucket.
_MOST = 10_000
# A client that begins opens many things at once.
BURST_SECONDS = 5.0


class Throttle:
    """Let requests through, or say when to come back; without a rate everything passes."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = per_second, clock
        self._burst = max(1.0, per_second * BURST_SECONDS)
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one request of a caller's. Raises TooMany."""
        if not self._rate:
            return
        now = self._clock()
        level, since = self._levels.pop(caller, (self._burst, now))
        level = min(self._burst, level + max(0.0, now - since) * self._rate)
        refused = level < 1
        self._levels[caller] = (level if refused else level - 1, now)
        if len(self._levels) > _MOST:
            self._levels.popitem(last=False)
        if refused:
            raise TooMany(f"More than {self._rate:g} requests a second", retry_seconds=(1 - level) / self._rate)
