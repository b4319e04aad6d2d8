"""A whole server in this process, on loopback: HTTP and gRPC, and the people and graphs a test wants."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from kgsync.client import aio
from kgsync.model.catalog import Feature, ServiceSettings, Sharing
from kgsync.model.people import Account, Role
from kgsync.model.schema import NamedType
from kgsync.server.clock import wall_clock
from kgsync.server.compose import running
from kgsync.server.http.app import served
from kgsync.server.http.context import Context
from kgsync.server.publishing import publish
from kgsync.server.rpc.serving import serving
from kgsync.server.security.accounts import add_account
from kgsync.server.security.tokens import Tokens
from kgsync.server.settings import Settings
from kgsync.store.database import Store
from kgsync.sync.datamodel import add_types
from tests.graphs import KNOWS, LIVES, PERSON, PLACE, Graph

PASSWORD = "a long password"
FAST = aio.Patience(attempts=8, first_seconds=0.005, most_seconds=0.05)


class Place:
    """A server somewhere: what a test needs of it beside its addresses."""

    store: Store
    http: str
    rpc: str

    def __init__(self, store: Store, tokens: Tokens, http: str, rpc: str) -> None:
        self.store, self._tokens, self.http, self.rpc = store, tokens, http, rpc

    def account(self, name: str = "ann") -> Account:
        """Find somebody, added first where needed."""
        with self.store.people() as people:
            found = people.account(name)
        return found or add_account(self.store, name, PASSWORD, role=Role.CONTRIBUTOR, now=wall_clock())

    def token(self, name: str = "ann") -> str:
        return self._tokens.issue(self.account(name), 60, wall_clock())[0]

    def expired(self, name: str = "ann") -> str:
        """Make a token that has run out."""
        return self._tokens.issue(self.account(name), 1, wall_clock() - 3_600_000)[0]

    async def connect(self, kind: str = "http", name: str = "ann") -> aio.Server:
        url = self.http if kind == "http" else self.rpc
        return await aio.connect(url, token=self.token(name), patience=FAST)

    def graph(self, *types: NamedType, settings: ServiceSettings | None = None) -> Graph:
        """Publish a graph that everyone of the organization may edit."""
        wanted = settings or ServiceSettings(sharing=Sharing.ORGANIZATION)
        made = publish(self.store, f"g{uuid.uuid4().hex[:8]}", "Hosted", "root", wanted, wall_clock(), uuid.uuid4)
        graph = Graph(self.store, made, wall_clock())
        for _, result in graph.edit(add_types, types or (PERSON, PLACE, KNOWS, LIVES)):
            assert result.error is None, result.error
        return graph

    def tracked(self) -> Graph:
        graph = self.graph()
        graph.switch(Feature.EDITOR_TRACKING)
        return graph


class House(Place):
    """A server in this process."""

    def __init__(self, ctx: Context, http: str, rpc: str) -> None:
        super().__init__(ctx.verbs.store, ctx.tokens, http, rpc)
        self.ctx = ctx


@asynccontextmanager
async def house(data_dir: Path, **settings: object) -> AsyncIterator[House]:
    """Open a server with its data in a directory, for as long as the block lasts."""
    async with running(Settings.model_validate({"data_dir": data_dir, **settings})) as ctx:
        runner = served(ctx)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
            async with serving(ctx, "127.0.0.1", 0, None) as rpc:
                yield House(ctx, f"http://127.0.0.1:{port}", f"grpc://127.0.0.1:{rpc}")
        finally:
            await runner.cleanup()
