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
from kgsync.model.edits import Op
from tests.client.house import House
from tests.graphs import add, change, connect, entity, link, uid

# What a child does: synchronize, and end as by a power cut when the step it is told comes.
_CHILD = """
import asyncio, os, signal, sys
from kgsync.client.aio import Replica, connect
path, url, token, wanted = sys.argv[1:5]
def report(name, done, whole):
    if name == wanted:
        os.kill(os.getpid(), signal.SIGKILL)
async def main():
    async with await connect(url, token=token) as server:
        with Replica.open(path) as replica:
            await replica.at(server).sync(report=report)
asyncio.run(main())
"""
_CREATION = ("registering", "registered", "download", "downloaded", "apply", "applied")
_SYNC = ("prepared", "asking", "answered", "download", "downloaded", "apply", "applied")


async def _die_at(home: House, path: Path, kind: str, step: str) -> None:
    """Synchronize in a process that dies at a step; the file is whole afterwards."""
    url = home.http if kind == "http" else home.rpc
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _CHILD, str(path), url, home.token(), step)
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
