"""So many places at once for each user: who has them all waits, and others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kgsync.errors import TooMany
from kgsync.model.people import Principal


class _Share:
    def __init__(self, places: int) -> None:
        self.free = asyncio.Semaphore(places)
        self.users = 0


class Shares:
    """Places of one kind of work; `waiting` is how many of one user's calls may wait for one.

    Administrators are not held to a share. Nobody in particular shares one.
    """

    def __init__(self, what: str, each: int, waiting: int) -> None:
        self._what, self._each, self._most = what, each, each + waiting
        self._shares: dict[str, _Share] = {}

    @asynccontextmanager
    async def place(self, who: Principal) -> AsyncIterator[None]:
        """Hold one of a user's places, waiting for it if need be. Raises TooMany when too many wait already."""
        if who.administrator:
            yield
            return
        share = self._shares.setdefault(who.name, _Share(self._each))
        if share.users >= self._most:
            raise TooMany(f"{share.users} {self._what} of yours are asked for already; wait until one has ended")
        share.users += 1
        try:
            async with share.free:
                yield
        finally:
            share.users -= 1
            if not share.users:
                self._shares.pop(who.name, None)
