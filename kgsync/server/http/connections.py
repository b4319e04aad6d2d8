"""Connections that send nothing, or a head byte by byte, are ended; what they held is others' again.

aiohttp ends what is idle, or sends no whole head, between requests; for the first one it waits as long as it takes.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakSet

from aiohttp import web

HEAD_SECONDS = 30.0
_LOOKS = 3  # agreeing on TLS may take a minute
IDLE_SECONDS = 75.0  # longer than proxies keep a connection they mean to use again


class PatientRunner(web.AppRunner):
    """Run an application for connections whose first request comes within so many seconds.

    Whoever answers requests puts the transport of each into `begun`.
    """

    def __init__(
        self, app: web.Application, begun: WeakSet[asyncio.BaseTransport], seconds: float = HEAD_SECONDS, **options: Any
    ) -> None:
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
        asyncio.get_running_loop().call_later(self._seconds, self._look, protocol)
        return protocol

    def _look(self, protocol: Any, again: int = _LOOKS) -> None:
        transport = protocol.transport
        if transport is None and again:  # TLS may still be agreed on, or it is over
            asyncio.get_running_loop().call_later(self._seconds, self._look, protocol, again - 1)
        elif transport is not None and transport not in self._begun:
            transport.abort()
