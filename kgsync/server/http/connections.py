"""Connections that send nothing, or a head byte by byte, are ended; what they held is others' again.

aiohttp ends what is idle, or sends no whole head, between requests; for the first one it waits as long as it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web

HEAD_SECONDS = 30.0
_LOOKS = 3  # agreeing on TLS may take a minute
IDLE_SECONDS = 75.0  # longer than proxies keep a connection they mean to use again


class Begun:
    """The looks at connections that have not asked for anything yet; those that ask are let go of at once."""

    def __init__(self) -> None:
        self._looks: dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}

    def look_later(self, seconds: float, protocol: asyncio.BaseProtocol, look: Callable[[], None]) -> None:
        """Look at a connection after so many seconds, unless it asks for something before."""

        def now() -> None:
            del self._looks[protocol]
            look()

        self._looks[protocol] = asyncio.get_running_loop().call_later(seconds, now)

    def add(self, transport: asyncio.Transport) -> None:
        """Note that a request has come over a connection."""
        look = self._looks.pop(transport.get_protocol(), None)
        if look is not None:
            look.cancel()

    def __len__(self) -> int:
        return len(self._looks)


class PatientRunner(web.AppRunner):
    """Run an application for connections whose first request comes within so many seconds.

    Whoever answers requests adds the transport of each to `begun`.
    """

    def __init__(self, app: web.Application, begun: Begun, seconds: float = HEAD_SECONDS, **options: Any) -> None:
        super().__init__(app, **{"keepalive_timeout": IDLE_SECONDS, **options})
        self._begun, self._seconds = begun, seconds

    @property
    def server(self) -> Any:
        """Give what makes a connection's protocol, which sites hand to the loop."""
        return None if super().server is None else self._connected

    def _connected(self) -> asyncio.Protocol:
        make = super().server
        assert make is not None, "sites begin after the runner"
        protocol = make()
        self._begun.look_later(self._seconds, protocol, partial(self._look, protocol))
        return protocol

    def _look(self, protocol: Any, again: int = _LOOKS) -> None:
        if protocol.transport is not None:
            protocol.transport.abort()
        elif again:  # TLS may still be agreed on, or it is over
            self._begun.look_later(self._seconds, protocol, partial(self._look, protocol, again - 1))
