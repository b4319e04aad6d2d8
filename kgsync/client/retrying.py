"""Asking again: after how long, how often, and what may be asked twice at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from kgsync.client.transport import Lost
from kgsync.errors import TooMany, Unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a call is made in all, and how long is waited between: twice as long each time, some less by chance.

    A replica that is not answered with its archive after `answer_seconds` is asked for as a job: what stands between
    client and server often gives a connection up that is silent for longer.
    """

    attempts: int = 6
    first_seconds: float = 0.2
    most_seconds: float = 30.0
    answer_seconds: float = 45.0

    def wait_after(self, attempt: int, error: Unavailable | TooMany) -> float:
        """Say how many seconds to wait after an attempt, counted from 0."""
        told = error.retry_seconds if isinstance(error, TooMany) else None
        grown: float = min(self.most_seconds, self.first_seconds * 2**attempt)
        return max(told or 0.0, grown * random.uniform(0.5, 1.0))


async def repeated(call: Callable[[], Awaitable[T]], patience: Patience, *, harmless: bool) -> T:
    """Await `call()`, again while the server is away or busy; after a lost answer only what is `harmless` twice."""
    for attempt in range(patience.attempts):
        try:
            return await call()
        except (Unavailable, TooMany) as error:
            if attempt == patience.attempts - 1 or (isinstance(error, Lost) and not harmless):
                raise
            await asyncio.sleep(patience.wait_after(attempt, error))
    raise AssertionError("an attempt returns or raises")
