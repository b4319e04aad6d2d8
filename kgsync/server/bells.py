"""Bells: who waits for commits of a service is woken by those of this process."""

from __future__ import annotations

import asyncio


class Bells:
    """One bell for each service; rung on the event loop."""

    def __init__(self) -> None:
        self._bells: dict[int, asyncio.Event] = {}

    def of(self, service: int) -> asyncio.Event:
        """Give what the next commit of a service sets: taken before looking, it misses none."""
        return self._bells.setdefault(service, asyncio.Event())

    def ring(self, service: int) -> None:
        """Wake everyone who waits for a service."""
        bell = self._bells.pop(service, None)
        if bell is not None:
            bell.set()
