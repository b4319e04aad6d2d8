"""A road to a server that things happen on: a proxy that refuses, cuts, delays, repeats and lies, as its dice say."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc
import grpc.aio

_PIECE = 64 * 1024
_WAIT_SECONDS = 5.0
HTTP_FAULTS = ("refused", "request cut", "unanswered", "answer cut", "5xx before", "5xx after", "delayed", "repeated")
RPC_FAULTS = ("refused", "request cut", "unanswered", "answer cut", "delayed")
# What is seen above the connection, of which gRPC has one for many calls.
CALL_FAULTS = ("unavailable before", "unavailable after", "repeated")
_UNAVAILABLE = grpc.aio.AioRpcError(
    grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), details="somewhere on the way"
)
_TOLD = b"HTTP/1.1 %d Trouble\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Road:
    """One client's way to the server. A connection over HTTP is one request: the client keeps none."""

    def __init__(self, dice: random.Random, counts: Counter[str], *, rpc: bool, rate: float) -> None:
        self._dice, self._rpc, self._rate = dice, rpc, rate
        self._all, self._kind = counts, "gRPC" if rpc else "HTTP"
        self.upstream = ("127.0.0.1", 0)
        self.healed = False
        self.silent = False  # nothing is answered, whatever is sent
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> Road:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """Break every connection there is."""
        for task in tuple(self._tasks):
            task.cancel()

    async def close(self) -> None:
        assert self._server is not None, "it was opened"
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _plan(self) -> str:
        if self.healed or (not self.silent and self._dice.random() >= self._rate):
            return "passed"
        return "unanswered" if self.silent else self._dice.choice(RPC_FAULTS if self._rpc else HTTP_FAULTS)

    def _fired(self, fault: str) -> None:
        self._all[f"{self._kind} {fault}"] += 1

    def call_plan(self) -> str:
        """Say what is to happen to a call of gRPC."""
        if self.healed or (not self.silent and self._dice.random() >= self._rate / 2):
            return "passed"
        plan = "unavailable after" if self.silent else self._dice.choice(CALL_FAULTS)
        self._fired(plan)
        return plan

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "run by the server"
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            # Cancelled when the road closes: nobody waits for it.
            with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._go(self._plan(), reader, writer)
        finally:
            writer.transport.abort()

    async def _go(self, plan: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if plan in ("refused", "5xx before"):
            self._fired(plan)
            if plan == "5xx before":
                await asyncio.wait_for(reader.read(_PIECE), _WAIT_SECONDS)
                writer.write(_TOLD % 503)
                await writer.drain()
                writer.close()
                await asyncio.wait_for(writer.wait_closed(), _WAIT_SECONDS)
            return
        if plan == "delayed":
            self._fired(plan)
            await asyncio.sleep(self._dice.uniform(0.001, 0.02))
        beyond_reader, beyond = await asyncio.open_connection(*self.upstream)
        try:
            await self._carry(plan, (reader, writer), (beyond_reader, beyond))
        finally:
            beyond.transport.abort()

    async def _carry(
        self,
        plan: str,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        sent = bytearray()
        most = self._dice.randint(1, 3_000)

        async def outward(data: bytes) -> bytes | None:
            if plan == "repeated":
                sent.extend(data)
            return self._cut(plan, "request cut", data, most, passed_out)

        async def inward(data: bytes) -> bytes | None:
            if plan == "unanswered" and (not self._rpc or passed_in[0] + len(data) > most):
                self._fired(plan)
                return None
            if plan == "5xx after":
                self._fired(plan)
                client[1].write(_TOLD % 502)
                await client[1].drain()
                return None
            return self._cut(plan, "answer cut", data, most, passed_in)

        passed_out, passed_in = [0], [0]
        ways = (_pump(client[0], server[1], outward), _pump(server[0], client[1], inward))
        pumps = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        if plan == "repeated" and sent and not self.healed:
            self._fired(plan)
            await self._repeat(bytes(sent))

    def _cut(self, plan: str, kind: str, data: bytes, most: int, passed: list[int]) -> bytes | None:
        """Pass bytes on as long as there are not too many; None ends the connection."""
        passed[0] += len(data)
        if plan != kind or passed[0] <= most:
            return data
        self._fired(plan)
        return None

    async def _repeat(self, sent: bytes) -> None:
        """Send a request once more, as a network does that thinks it was lost; nobody hears its answer."""
        reader, writer = await asyncio.open_connection(*self.upstream)
        try:
            writer.write(sent)
            await writer.drain()
            await asyncio.wait_for(reader.read(_PIECE), _WAIT_SECONDS)
        finally:
            writer.transport.abort()


async def _pump(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, see: Callable[[bytes], Awaitable[bytes | None]]
) -> None:
    while data := await source.read(_PIECE):
        passed = await see(data)
        if passed is None:
            return
        target.write(passed)
        await target.drain()


class CallFaults(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc.aio has no types
    """What happens to whole calls of gRPC: told unavailable before or after they were carried out, or made twice."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        plan = self._road.call_plan()
        if plan == "unavailable before":
            raise _UNAVAILABLE
        call = await continuation(client_call_details, request)
        if plan == "unavailable after":
            await call.code()
            raise _UNAVAILABLE
        if plan == "repeated":
            await call.code()
            again = await continuation(client_call_details, request)
            await again.code()
        return call
