"""Laws 1, 2, 4 and 5 on feature services: copies of layers converge with a fresh export, whoever edits.

A failing seed is named; it is lived again by `live`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kgsync.model.people import Role
from kgsync.server.compose import verbs_of
from kgsync.server.layers import publish_layers
from kgsync.server.security.accounts import add_account
from kgsync.server.service import Verbs
from kgsync.server.settings import Settings
from kgsync.store.database import open_store
from kgsync.store.runner import Runner
from tests.backends import BACKENDS
from tests.graphs import Graph
from tests.laws.layered import TYPES, live
from tests.postgres import fresh_database

_LIVES, _SHARDS = 80, 2
_NEEDED = (
    "checked", "lost answer", "sent more", "upload only", "adds", "updates", "deleteIds", "NoEdits", "changed back",
)  # fmt: skip


@pytest.fixture(params=BACKENDS)
async def verbs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Verbs]:
    if request.param == "sqlite":
        async for opened in _opened(tmp_path, None):
            yield opened
        return
    with fresh_database() as url:
        async for opened in _opened(tmp_path, url):
            yield opened


async def _opened(directory: Path, url: str | None) -> AsyncIterator[Verbs]:
    store, runner = open_store(directory, url), Runner()
    try:
        add_account(store, "ann", "a long password", role=Role.CONTRIBUTOR, now=1)
        yield verbs_of(Settings.model_validate({"data_dir": directory}), store, runner)
    finally:
        runner.close()
        store.close()


@pytest.mark.parametrize("shard", range(_SHARDS))
async def test_copies_of_layers_converge_with_a_fresh_export(
    verbs: Verbs, shard: int, request: pytest.FixtureRequest
) -> None:
    lives = _LIVES // _SHARDS * (20 if request.config.getoption("--long") else 1)
    on_postgres = "postgres" in request.node.name
    if on_postgres:
        lives //= 5
    counts: Counter[str] = Counter()
    for seed in range(shard, lives * _SHARDS, _SHARDS):
        graph = Graph.make(verbs.store, *TYPES)
        publish_layers(verbs.store, graph.service, 1)
        counts += await live(verbs, graph, seed)
    for wanted in _NEEDED:
        assert counts[wanted] >= (0 if on_postgres else 2), f"{wanted} was met {counts[wanted]} times: {counts}"
