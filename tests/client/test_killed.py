"""Killed at each durable step of a synchronization, a local replica goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kgsync.client.aio import Replica
from kgsync.client.server import definition_of
from kgsync.model.audit import Action
from kgsync.model.catalog import ServiceSettings, Sharing
from kgsync.model.edits import Op
from tests.client.house import House
from tests.graphs import Graph, add, change, connect, entity, gone, link, uid

# What a child does: synchronize, and end as by a power cut when the step it is told comes.
_CHILD = """
import asyncio, os, signal, sys
from kgsync.client.aio import Replica, connect
path, url, token, wanted, snapshot = sys.argv[1:6]
def report(name, done, whole):
    if name == wanted:
        os.kill(os.getpid(), signal.SIGKILL)
async def main():
    async with await connect(url, token=token) as server:
        with Replica.open(path) as replica:
            await replica.at(server).sync(report=report, snapshot=snapshot == "snapshot")
asyncio.run(main())
"""
# Begins a replica, and ends when it has done so many things to files.
_BEGINNER = """
import os, signal, sys
from kgsync.client.local import LocalReplica
from kgsync.model.replica import Definition
path, left = sys.argv[1], int(sys.argv[2])
def look(event, arguments):
    global left
    if event in ("sqlite3.connect", "open", "os.rename", "os.remove") and str(arguments[0]).startswith(path):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(look)
LocalReplica.begin(path, url="http://x", service="Hosted/x", definition=Definition(types=())).close()
"""
_CREATION = ("registering", "registered", "download", "downloaded", "apply", "applied")
_SYNC = ("prepared", "asking", "heard", "answered", "download", "downloaded", "apply", "applied")


async def _die_at(home: House, path: Path, kind: str, step: str, how: str = "delta") -> None:
    """Synchronize in a process that dies at a step; the file is whole afterwards."""
    arguments = (str(path), home.http if kind == "http" else home.rpc, home.token(), step, how)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _CHILD, *arguments)
    status = await asyncio.wait_for(process.wait(), 60)
    assert status == -signal.SIGKILL, f"it never came to the step {step!r}"
    with Replica.open(path) as replica:
        replica.check()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_killed_at_any_step_it_goes_on_and_nothing_is_lost_or_done_twice(
    home: House, tmp_path: Path, kind: str
) -> None:
    graph = home.graph()
    people = [add(n, name=f"n{n}", age=n) for n in range(1, 40)]
    graph.apply(entity(Op.ADD, "Person", *people), link(Op.ADD, "Knows", connect(99, 1, 2)))
    path = tmp_path / "field.kgr"
    async with await home.connect(kind) as server:
        model = await server.service(graph.service.path).data_model()
    begun = Replica.begin(path, url=server.url, service=graph.service.path, definition=definition_of(model, None))
    begun.close()
    for step in _CREATION:
        await _die_at(home, path, kind, step)
    made: dict[UUID, int] = {}
    age = 100

    for step in _SYNC:
        age += 1
        with Replica.open(path) as replica:
            replica.edits.update(uid(3), {"age": age})
            made[replica.edits.add("Person", {"name": f"new{age}"}, id=uuid4())] = age
        graph.apply(entity(Op.UPDATE, "Person", change(4, age=age)))

        await _die_at(home, path, kind, step)
    async with await home.connect(kind) as server:
        with Replica.open(path).at(server) as replica:
            await replica.sync()
            assert (await replica.verify()).agrees is True
            assert replica.pending == [] == replica.rejected
            assert {o.id for o in replica.objects("Person")} == {uid(n) for n in range(1, 40)} | set(made)
            found = replica.get(uid(3))
            assert found is not None
            assert found["age"] == age
            begun_uploads, replica_id = int(replica._fact("uploads")), replica.id
    with home.store.audit_log() as log:
        events = [e.event for e in log.entries(graph.service.id) if e.event.replica == replica_id]
    assert sum(e.action is Action.UPLOAD for e in events) == begun_uploads, "each upload was applied once"
    left = sorted(p.name for p in tmp_path.iterdir() if p.is_file())
    assert left == [path.name], "nothing is left of what was killed"


async def _clone(home: House, graph: Graph, path: Path, kind: str) -> None:
    async with await home.connect(kind) as server:
        (await Replica.create(server.service(graph.service.path), None, path)).close()


async def _healed(home: House, path: Path, kind: str) -> list[UUID]:
    """Synchronize in peace; give what was rejected."""
    async with await home.connect(kind) as server:
        with Replica.open(path).at(server) as replica:
            await replica.sync()
            assert (await replica.verify()).agrees is True
            assert replica.pending == []
            return [r.edit.id for r in replica.rejected]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rollback", [False, True])
async def test_killed_over_an_upload_with_a_bad_edit_the_bad_one_is_rejected_once(
    home: House, tmp_path: Path, rollback: bool
) -> None:
    graph = home.graph(settings=ServiceSettings(sharing=Sharing.ORGANIZATION, rollback_on_failure=rollback))
    graph.apply(entity(Op.ADD, "Person", *(add(n, name=f"n{n}", age=n) for n in range(1, 20))))
    path = tmp_path / "field.kgr"
    await _clone(home, graph, path, "http")
    lost = []
    for number, step in enumerate(_SYNC if not rollback else ("prepared", "asking", "heard", "answered", "applied"), 2):
        with Replica.open(path) as replica:
            replica.edits.update(uid(1), {"age": 100 + number})
            replica.edits.update(uid(number), {"age": 1_000})
        graph.apply(entity(Op.DELETE, "Person", gone(number)))
        await _die_at(home, path, "http", step)
        lost.append(uid(number))
    assert sorted(await _healed(home, path, "http")) == lost
    assert graph.values(1)["age"] == 100 + number


@pytest.mark.timeout(600)
async def test_killed_over_everything_anew_it_is_all_there_afterwards(home: House, tmp_path: Path) -> None:
    graph = home.graph()
    graph.apply(entity(Op.ADD, "Person", *(add(n, name=f"n{n}", age=n) for n in range(1, 40))))
    path = tmp_path / "field.kgr"
    await _clone(home, graph, path, "http")
    for age, step in enumerate(_SYNC, 100):
        with Replica.open(path) as replica:
            replica.edits.update(uid(1), {"age": age})
        await _die_at(home, path, "http", step, "snapshot")
        with Replica.open(path) as replica:
            assert sum(replica.counts().values()) == 39, "the old base or the new one, whole"
    assert await _healed(home, path, "http") == []
    assert graph.values(1)["age"] == age


@pytest.mark.timeout(600)
async def test_killed_while_it_asks_for_an_archive_that_was_gone_it_asks_again(home: House, tmp_path: Path) -> None:
    graph = home.graph()
    graph.apply(entity(Op.ADD, "Person", *(add(n, name=f"n{n}", age=n) for n in range(1, 40))))
    path = tmp_path / "field.kgr"
    await _clone(home, graph, path, "http")
    for age, step in enumerate(("answered", "download", "downloaded", "apply", "applied"), 100):
        graph.apply(entity(Op.UPDATE, "Person", change(2, age=age)))
        with Replica.open(path) as replica:
            replica.edits.update(uid(1), {"age": age})
        await _die_at(home, path, "http", "answered")
        with home.store.changing_catalog() as catalog:
            catalog.live_archives(2**60)  # all are forgotten
        await _die_at(home, path, "http", step)
    assert await _healed(home, path, "http") == []
    assert (graph.values(1)["age"], graph.values(2)["age"]) == (age, age)


@pytest.mark.timeout(600)
async def test_killed_while_it_begins_there_is_a_whole_file_or_none(tmp_path: Path) -> None:
    path, died = tmp_path / "field.kgr", 0
    for steps in range(100):
        path.unlink(missing_ok=True)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _BEGINNER, str(path), str(steps))
        status = await asyncio.wait_for(process.wait(), 60)
        if path.exists():
            with Replica.open(path) as replica:
                assert replica.check() == "whole, empty"
        if status == 0:
            break
        assert status == -signal.SIGKILL
        died += 1
    assert died >= 3, "nothing was seen of the files"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
