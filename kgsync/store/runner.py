"""The only door between async and blocking: named functions run on a bounded pool of threads.

A transaction is a function. Its name goes to logs; it must be able to run again, so it is never
handed a generator. A cancelled waiter loses the answer, not the write.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from kgsync.errors import TooMany
from kgsync.store.database import ARCHIVERS, POSTGRES_WRITERS, QUERIES, READERS

T = TypeVar("T")
LOG_INS_WAITING = 64  # some seconds of passwords; whoever comes then tries again
_log = structlog.get_logger(__name__)
_SLOW_SECONDS = 5.0


class Runner:
    """Run blocking functions off the event loop; reads and writes never wait for each other's threads."""

    def __init__(self) -> None:
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="kgsync-read")
        # Snapshots of large graphs must not keep log-ins and polls waiting.
        self._archives = ThreadPoolExecutor(ARCHIVERS, thread_name_prefix="kgsync-archive")
        # Nor may queries that look at everything.
        self._queries = ThreadPoolExecutor(QUERIES, thread_name_prefix="kgsync-query")
        # A password takes some 0.1 s of a core and 64 MiB; two at a time leave edits alone.
        self._log_ins = ThreadPoolExecutor(2, thread_name_prefix="kgsync-log-in")
        self._logging_in = 0
        # Beats of jobs must not wait behind uploads.
        self._upkeep = ThreadPoolExecutor(2, thread_name_prefix="kgsync-upkeep")
        # More threads than SQLite's one writer connection: they queue there in order.
        self._writers = ThreadPoolExecutor(POSTGRES_WRITERS, thread_name_prefix="kgsync-write")

    async def read(self, name: str, function: Callable[[], T]) -> T:
        return await self._run(self._readers, name, function)

    async def write(self, name: str, function: Callable[[], T]) -> T:
        return await self._run(self._writers, name, function)

    async def archive(self, name: str, function: Callable[[], T], undo: Callable[[T], None] | None = None) -> T:
        """Run work that reads and writes for long: the making of an archive; `undo` it when its waiter has gone."""
        return await self._run(self._archives, name, function, undo)

    async def query(self, name: str, function: Callable[[], T]) -> T:
        """Run a step of a query."""
        return await self._run(self._queries, name, function)

    async def log_in(self, name: str, function: Callable[[], T]) -> T:
        """Run a log-in, which costs the time of a password, where nothing else waits behind it. Raises TooMany."""
        if self._logging_in >= LOG_INS_WAITING:
            raise TooMany("Too many people log in at this moment", retry_seconds=5)
        self._logging_in += 1
        try:
            return await self._run(self._log_ins, name, function)
        finally:
            self._logging_in -= 1

    async def upkeep(self, name: str, function: Callable[[], T]) -> T:
        """Run short work of the server itself."""
        return await self._run(self._upkeep, name, function)

    async def _run(
        self, pool: ThreadPoolExecutor, name: str, function: Callable[[], T], undo: Callable[[T], None] | None = None
    ) -> T:
        def timed() -> T:
            start = time.perf_counter()
            try:
                return function()
            finally:
                seconds = time.perf_counter() - start
                if seconds > _SLOW_SECONDS:
                    _log.info("slow", work=name, seconds=round(seconds, 2))

        def unheard(done: asyncio.Future[T]) -> None:
            # Asking for the exception marks it as known: nobody is left to be told of it.
            if not done.cancelled() and done.exception() is None and undo is not None:
                self._upkeep.submit(undo, done.result())

        work = asyncio.wrap_future(pool.submit(timed))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(unheard)
            raise

    def close(self) -> None:
        """Wait for what runs, then end the threads."""
        for pool in (self._log_ins, self._writers, self._archives, self._queries, self._upkeep):
            pool.shutdown(wait=True)
        self._readers.shutdown(wait=True)
