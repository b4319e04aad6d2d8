"""A server process that is killed in the middle of things, and comes back with what it had made durable."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from kgsync.server.clock import wall_clock
from kgsync.server.security.keys import Signers
from kgsync.server.security.tokens import Tokens
from kgsync.store.database import open_store
from tests.client.house import Place
from tests.harness import RunningServer, free_port, running_server
from tests.laws.offline import Somebody


class MortalServer(Place):
    """A server that can be killed; the roads lead to where it answers now."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._stack = directory, ExitStack()
        self._running: RunningServer | None = None

    async def start(self) -> None:
        rpc = free_port()
        server = running_server(self._directory, arguments=("--grpc-port", str(rpc)))
        self._running = await asyncio.to_thread(self._stack.enter_context, server)
        if not hasattr(self, "store"):
            store = open_store(self._directory, None)
            tokens = Tokens(store, Signers(store, wall_clock()).tokens)
            super().__init__(store, tokens, "", "")
        self.http, self.rpc = self._running.url, f"grpc://127.0.0.1:{rpc}"

    async def stop(self) -> None:
        await asyncio.to_thread(self._stack.close)
        self.store.close()

    def die_once(self) -> Callable[[random.Random, Counter[str], list[Somebody]], Awaitable[None]]:
        """Make what kills the server once, while others synchronize, and starts it again."""
        left = 1

        async def trouble(dice: random.Random, counts: Counter[str], everyone: list[Somebody]) -> None:
            nonlocal left
            if not left or dice.random() < 0.4:
                return
            left -= 1
            await asyncio.sleep(dice.uniform(0, 0.06))
            assert self._running is not None, "started"
            await asyncio.to_thread(self._running.kill)
            counts["kill -9"] += 1
            await asyncio.to_thread(self._stack.close)
            await self.start()
            for one in everyone:
                parts = urlsplit(self.rpc if one.rpc else self.http)
                assert parts.port is not None, "an address has a port"
                one.road.upstream = ("127.0.0.1", parts.port)

        return trouble


@asynccontextmanager
async def mortal_server(directory: Path) -> AsyncIterator[MortalServer]:
    server = MortalServer(directory)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
