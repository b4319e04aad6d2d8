"""A query being answered: its parts are made one at a time, when they are asked for.

Nothing is made ahead but what is being waited for, so a slow client holds a read view and no memory, thread
or loop. A query ends by its last part, by an error, by its time limit or because the client went.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from enum import Enum
from typing import Final, Protocol

import structlog

from kgsync.errors import Cancelled, KgsyncError, TooLarge, Unavailable
from kgsync.model.people import Principal
from kgsync.model.query import QueryAnswer
from kgsync.server.faults import fault
from kgsync.server.shares import Shares
from kgsync.store.database import QUERIES
from kgsync.store.reading import StoreReading
from kgsync.store.runner import Runner

_log = structlog.get_logger(__name__)
# Who waits longer for a place than this is told so, while its client still listens.
_PLACE_SECONDS = 30.0
_WAITING = 32  # queries of one user: more are told to come back
_STOP_AGAIN_SECONDS = 0.2


class Frames(Protocol):
    """An answer in parts: None where nothing was found for a while."""

    def __iter__(self) -> Iterator[bytes | None]: ...
    def failed(self, error: KgsyncError) -> bytes: ...
    def alive(self) -> bytes: ...


class Sign(Enum):
    WAITING = "nothing yet"
    ENDED = "nothing more"


WAITING: Final = Sign.WAITING
ENDED: Final = Sign.ENDED

Place = AsyncExitStack
Opened = Callable[[ExitStack], tuple[StoreReading, QueryAnswer]]


class QueryPlaces:
    """How many queries one process answers at once: each holds a connection of the database."""

    def __init__(self, each: int) -> None:
        self._free = asyncio.Semaphore(QUERIES)
        self._shares = Shares("queries", each, _WAITING)

    async def take(self, who: Principal) -> Place:
        """Wait for a place, one of the caller's first. Raises Unavailable, TooMany."""
        place = AsyncExitStack()
        try:
            async with asyncio.timeout(_PLACE_SECONDS):
                await place.enter_async_context(self._shares.place(who))
                await place.enter_async_context(self._free)
        except TimeoutError:
            await place.aclose()
            raise Unavailable("Too many queries run already; try again") from None
        except BaseException:
            await place.aclose()
            raise
        return place


class OpenQuery:
    """One query; `part` and `close` are for one task at a time."""

    def __init__(
        self,
        runner: Runner,
        open_: Opened,
        render: Callable[[QueryAnswer], Frames],
        seconds: float,
        place: Place,
    ) -> None:
        self._runner, self._open, self._render, self._place = runner, open_, render, place
        self._stack = ExitStack()
        self._frames: Frames | None = None
        self._parts: Iterator[bytes | None] | None = None
        self._rows: Iterator[object] | None = None
        self._making: asyncio.Task[bytes | Sign] | None = None
        self._reason: KgsyncError | None = None
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        told = f"the query took longer than {seconds:g} seconds; narrow WHERE or add a LIMIT"
        self._expiry = asyncio.get_running_loop().call_later(seconds, self._stop, TooLarge(told))

    @property
    def frames(self) -> Frames:
        assert self._frames is not None, "the first part has been given"
        return self._frames

    async def part(self, patience: float | None = None) -> bytes | Sign:
        """Give the next part, WAITING when there is none after `patience` seconds, ENDED after the last.

        Raises what the query raises.
        """
        if self._making is None:
            self._making = asyncio.ensure_future(self._runner.query("query", self._advance))
        done, _ = await asyncio.wait({self._making}, timeout=patience)
        if not done:
            return WAITING
        made, self._making = self._making, None
        return made.result()

    def failed(self, error: Exception) -> bytes:
        """Write the last part: what went wrong."""
        if not isinstance(error, KgsyncError):
            _log.error("query failed", exc_info=error)
            error = fault()
        return self.frames.failed(error)

    async def close(self) -> None:
        """Stop what is being made, and let go of the read view and the place."""
        self._expiry.cancel()
        self._stop(Cancelled("the client went away"))
        while self._making is not None and not self._making.done():
            await asyncio.wait({self._making}, timeout=_STOP_AGAIN_SECONDS)
            self._stop(Cancelled("the client went away"))
        if self._making is not None:
            with suppress(Exception):
                self._making.result()
        try:
            await self._runner.query("end query", self._end)
        finally:
            await self._place.aclose()

    # ---- on the pool of queries

    def _advance(self) -> bytes | Sign:
        try:
            if self._parts is None:
                self._begin()
            assert self._parts is not None, "just begun"
            for part in self._parts:
                self._check()
                if part is not None:
                    return part
        except Unavailable:
            self._check()  # a statement that was interrupted says no more than this
            raise
        return ENDED

    def _begin(self) -> None:
        self._check()
        reading, answer = self._open(self._stack)
        with self._lock:
            self._interrupt = reading.interrupter()
        self._rows = answer.rows
        self._frames = self._render(answer)
        self._parts = iter(self._frames)

    def _check(self) -> None:
        if self._reason is not None:
            raise self._reason

    def _end(self) -> None:
        with self._lock:
            self._interrupt = None  # from here on the connection may be someone else's
        for steps in (self._parts, self._rows):
            if isinstance(steps, Generator):
                steps.close()
        self._stack.close()

    # ---- on the loop

    def _stop(self, reason: KgsyncError) -> None:
        self._reason = self._reason or reason
        asyncio.get_running_loop().run_in_executor(None, self._interrupted)

    def _interrupted(self) -> None:
        with self._lock:
            if self._interrupt is not None:
                self._interrupt()
