"""Connections that send nothing, or a head byte by byte, are ended; what they held is others' again.

aiohttp ends what is idle between requests, but waits for the first one as long as it takes.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakSet

from aiohttp import web

HEAD_SECONDS = 30.0


class PatientRunner(web.AppRunner):
    """Run an application for connections whose first request comes within so many seconds.

    Whoever answers requests puts the transport of each into `begun`.
    """

    def __init__(
        self, app: web.Application, begun: WeakSet[asyncio.BaseTransport], seconds: float = HEAD_SECONDS, **options: Any
    ) -> None:
        super().__init__(app, **options)
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

    def _look(self, protocol: Any) -> None:
        transport = protocol.transport
        if transport is not None and transport not in self._begun:
            transport.abort()
