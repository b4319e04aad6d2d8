"""An archive given again: for as long as nothing was committed, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgsync.client.server import Service
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.model.replica import Created, Download
from kgsync.store.database import open_store
from tests.client.house import House, house
from tests.graphs import Graph, add, entity


@pytest.fixture
async def home(tmp_path: Path):  # type: ignore[no-untyped-def]
    async with house(tmp_path / "server") as opened:
        yield opened


async def _asked(service: Service, made: Created, after: Moment) -> tuple[str | None, Moment | None]:
    done = await service.synchronize(made.replica_id, Download(after=after))
    return (None if done.archive is None else done.archive.rsplit("/", 1)[-1].split(".")[0]), done.sync_date


@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_the_same_question_is_answered_with_the_same_archive_and_nothing_is_written(
    home: House, kind: str
) -> None:
    graph: Graph = home.graph()
    async with await home.connect(kind) as server:
        service = server.service(graph.service.path)
        made = await service.create_replica(None)
        graph.apply(entity(Op.ADD, "Person", add(1)))
        first = await _asked(service, made, made.sync_date)
        version = home.store.version()
        assert [await _asked(service, made, made.sync_date) for _ in range(3)] == [first] * 3
        assert home.store.version() == version, "nothing was written"
        graph.apply(entity(Op.ADD, "Person", add(2)))
        name, date = await _asked(service, made, made.sync_date)
        assert name != first[0]
        assert date is not None and first[1] is not None and date > first[1]
        caught_up = await _asked(service, made, date)
        assert caught_up[0] != name, "another date to begin from is another delta"
        assert caught_up[1] == date


async def test_an_archive_that_is_gone_is_made_again(home: House) -> None:
    graph: Graph = home.graph()
    async with await home.connect() as server:
        service = server.service(graph.service.path)
        made = await service.create_replica(None)
        graph.apply(entity(Op.ADD, "Person", add(1)))
        name, _ = await _asked(service, made, made.sync_date)
        assert name is not None
        with home.store.changing_catalog() as catalog:
            catalog.live_archives(2**60)  # all have expired
        again, _ = await _asked(service, made, made.sync_date)
        assert again != name
        home.ctx.verbs.archives.remove(again or "")
        with home.store.changing_catalog():
            pass
        graph.apply(entity(Op.ADD, "Person", add(3)))
        third, _ = await _asked(service, made, made.sync_date)
        assert third not in (name, again)


async def test_others_get_archives_of_their_own(home: House) -> None:
    graph: Graph = home.graph()
    async with await home.connect("http", "ann") as ann, await home.connect("http", "root") as root:
        made = await ann.service(graph.service.path).create_replica(None)
        graph.apply(entity(Op.ADD, "Person", add(1)))
        mine = await _asked(ann.service(graph.service.path), made, made.sync_date)
        theirs = await _asked(root.service(graph.service.path), made, made.sync_date)
        assert mine[0] != theirs[0]
        assert mine[1] == theirs[1]


def test_the_version_is_another_after_every_commit_of_whoever(tmp_path: Path) -> None:
    one, other = open_store(tmp_path, None), open_store(tmp_path, None)
    try:
        before = one.version()
        assert one.version() == before
        graph = Graph.make(other)
        after = one.version()
        assert after != before
        graph.store = one
        with one.changing_catalog() as catalog:
            catalog.live_archives(1)
        assert one.version() is not None
        graph.apply()
        assert one.version() != after
    finally:
        one.close()
        other.close()
