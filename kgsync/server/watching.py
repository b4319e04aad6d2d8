"""Watching a service: who waits for its commits is woken by them, and asked again whether they may know.

Nothing is made before it is taken: a slow watcher holds one answer of at most `MOST_BYTES`, and no thread,
read view or writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from kgsync.model.catalog import Service
from kgsync.model.history import Moment, Span
from kgsync.model.people import Principal
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.server.shares import Shares
from kgsync.store.base import Reading
from kgsync.sync.replicas import visible
from kgsync.sync.watching import Seen, watched

T = TypeVar("T")
_LOOK_SECONDS = 1.0  # commits of other processes ring no bell here
_EACH = 64  # watches of one user: each looks at the database once a second

Admit = Callable[[], Awaitable[tuple[Service, Principal]]]


class Watching:
    """Tell watchers what happens, as it happens."""

    def __init__(self, verbs: Verbs, heartbeat_seconds: float) -> None:
        self._verbs, self._heartbeat = verbs, heartbeat_seconds
        self._places = Shares("watches", _EACH, 0)

    async def changes(self, admit: Admit, replica_id: UUID, after: Moment) -> AsyncGenerator[Seen]:
        """Give what concerns a replica after a date, and a Seen without rows now and then; end at catching up.

        `admit` says for whom, before anything is told. Raises what it raises, NotFound, Forbidden, TooMany.
        """
        loop = asyncio.get_running_loop()
        service, who = await admit()
        async with self._places.place(who):
            due = loop.time()  # the first look is answered whatever it finds
            while True:
                bell = self._verbs.bells.of(service.id)
                if await self._read(service, _clock) != after or loop.time() >= due:
                    service, who = await admit()
                    told = await self._look(service, who, replica_id, after)
                    for seen in told or [Seen(Span(after, after))]:
                        after = seen.span.upto
                        if seen.rows or seen.catch_up or loop.time() >= due:
                            due = loop.time() + self._heartbeat
                            yield seen
                        if seen.catch_up:
                            return
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), min(_LOOK_SECONDS, self._heartbeat))

    async def _look(self, service: Service, who: Principal, replica_id: UUID, after: Moment) -> list[Seen]:
        verbs = self._verbs
        verbs.require_sync(service)
        registrar = rights.registrar(service, who)
        await verbs.sights.settle(service, who, replica_id, registrar)

        def look(reading: Reading) -> list[Seen]:
            return watched(reading, visible(reading, replica_id, registrar), after, verbs.wire.codec)

        return await self._read(service, look)

    async def _read(self, service: Service, look: Callable[[Reading], T]) -> T:
        def read() -> T:
            with self._verbs.store.reading(service.id) as reading:
                return look(reading)

        return await self._verbs.runner.read("watch", read)


def _clock(reading: Reading) -> Moment:
    return reading.clock()
