"""A server in this process, and who calls it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest

from kgsync.model.catalog import Feature, ServiceSettings, Sharing
from kgsync.server.compose import running
from kgsync.server.http.context import Context
from kgsync.server.publishing import publish
from kgsync.server.rpc.serving import serving
from kgsync.server.settings import Settings
from kgsync.sync.datamodel import add_types
from tests.graphs import KNOWS, LIVES, PERSON, PLACE, Graph
from tests.server.rpc.callers import Caller, caller_of


@pytest.fixture
async def ctx(tmp_path: Path) -> AsyncIterator[Context]:
    async with running(Settings.model_validate({"data_dir": tmp_path})) as context:
        store = context.verbs.store
        settings = ServiceSettings(sharing=Sharing.ORGANIZATION)
        made = publish(store, "Field", "Hosted", "root", settings, context.clock(), uuid.uuid4)
        graph = Graph(store, made)
        graph.edit(add_types, [PERSON, PLACE, KNOWS, LIVES])
        graph.switch(Feature.EDITOR_TRACKING)
        yield context


@pytest.fixture
async def channel(ctx: Context) -> AsyncIterator[grpc.aio.Channel]:
    async with serving(ctx, "127.0.0.1", 0, None) as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened


@pytest.fixture
def ann(ctx: Context, channel: grpc.aio.Channel) -> Caller:
    return caller_of(ctx, channel, "ann")
