"""The wall clock, in ms UTC; engine functions are handed its readings."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]


def wall_clock() -> int:
    return time.time_ns() // 1_000_000
