"""Who opens a connection and sends no request is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import web

from kgsync.server.http.connections import Begun, PatientRunner

_PATIENCE = 0.3
_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def begun() -> Begun:
    return Begun()


@pytest.fixture
async def port(begun: Begun) -> AsyncIterator[int]:

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        begun.add(request.transport)
        await asyncio.sleep(2 * _PATIENCE)
        return web.Response(text="answered")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = PatientRunner(app, begun, _PATIENCE, keepalive_timeout=_PATIENCE)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize("sent", [b"", _REQUEST[:-2]], ids=["nothing", "half a head"])
async def test_a_connection_without_a_request_is_ended(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10 * _PATIENCE):
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()


async def test_one_that_asked_in_time_is_answered_and_kept(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(_REQUEST)
        async with asyncio.timeout(20 * _PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"200 OK" in head
            assert await reader.readexactly(8) == b"answered"
    writer.write(_REQUEST[:-2])
    async with asyncio.timeout(20 * _PATIENCE):
        with suppress(ConnectionResetError):
            assert await reader.read() == b"", "half a head is waited for no longer the second time"
    writer.close()


async def test_connections_that_are_over_are_not_held(port: int, begun: Begun) -> None:
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_REQUEST)
        await asyncio.sleep(0.05)
        writer.close()
    assert len(begun) == 0
