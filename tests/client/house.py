"""A whole server in this process, on loopback: HTTP and gRPC, and the people and graphs a test wants."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from kgsync.client import aio
from kgsync.model.catalog import Feature, ServiceSettings, Sharing
from kgsync.model.people import Role
from kgsync.model.schema import NamedType
from kgsync.server.compose import running
from kgsync.server.http.app import served
from kgsync.server.http.context import Context
from kgsync.server.publishing import publish
from kgsync.server.rpc.serving import serving
from kgsync.server.security.accounts import add_account
from kgsync.server.settings import Settings
from kgsync.sync.datamodel import add_types
from tests.graphs import KNOWS, LIVES, PERSON, PLACE, Graph

PASSWORD = "a long password"
FAST = aio.Patience(attempts=8, first_seconds=0.005, most_seconds=0.05)


@dataclass
class House:
    """One server and where it is found."""

    ctx: Context
    http: str
    rpc: str

    def token(self, name: str = "ann", minutes: int = 60) -> str:
        """Make a token of somebody's, added first where needed."""
        store = self.ctx.verbs.store
        with store.people() as people:
            account = people.account(name)
        if account is None:
            account = add_account(store, name, PASSWORD, role=Role.CONTRIBUTOR, now=self.ctx.clock())
        return self.ctx.tokens.issue(account, minutes, self.ctx.clock())[0]

    def expired(self, name: str = "ann") -> str:
        """Make a token of somebody's that has run out."""
        self.token(name)
        with self.ctx.verbs.store.people() as people:
            account = people.account(name)
        assert account is not None, "added just now"
        return self.ctx.tokens.issue(account, 1, self.ctx.clock() - 3_600_000)[0]

    async def connect(self, kind: str = "http", name: str = "ann") -> aio.Server:
        url = self.http if kind == "http" else self.rpc
        return await aio.connect(url, token=self.token(name), patience=FAST)

    def graph(self, *types: NamedType, settings: ServiceSettings | None = None) -> Graph:
        """Publish a graph that everyone of the organization may edit."""
        store = self.ctx.verbs.store
        wanted = settings or ServiceSettings(sharing=Sharing.ORGANIZATION)
        made = publish(store, f"g{uuid.uuid4().hex[:8]}", "Hosted", "root", wanted, self.ctx.clock(), uuid.uuid4)
        graph = Graph(store, made, self.ctx.clock())
        graph.edit(add_types, types or (PERSON, PLACE, KNOWS, LIVES))
        return graph

    def tracked(self) -> Graph:
        graph = self.graph()
        graph.switch(Feature.EDITOR_TRACKING)
        return graph


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
