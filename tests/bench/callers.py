"""What callers get: a first synchronization into a local replica, and small calls of many at once."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from kgsync.client import aio
from kgsync.client.http import HttpTransport
from kgsync.client.tokens import Tokens
from kgsync.model.edits import Add, Batch, Edit, Op
from kgsync.model.history import Moment
from kgsync.model.replica import Created, Download
from kgsync.model.schema import Category
from tests.bench.graph import fill
from tests.harness import PASSWORD, USER, RunningServer, free_port, running_server

CALLERS, ROUNDS = 32, 3
COMMITS = 4  # a second, where others write meanwhile

# A process of its own, so that its memory is the client's alone.
_CLONE = """
import sys, time
from kgsync.client import Replica, connect
url, user, password, path = sys.argv[1:]
with connect(url, user=user, password=password) as server:
    begin = time.perf_counter()
    with Replica.create(server.service("Hosted/bench"), None, path) as replica:
        seconds = time.perf_counter() - begin
        replica.verify()
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print(seconds, peak / 1024)
"""


def first_sync(directory: Path, objects: int) -> tuple[float, float]:
    """Clone so many objects from a server beside; give the objects a second, and the client's peak memory in MiB."""
    data = directory / f"clone{objects}"
    fill(data, "bench", objects)
    rates, peaks = [], []
    with running_server(data) as server:
        for k in range(ROUNDS):
            path = directory / f"{objects}-{k}.kgr"
            command = [sys.executable, "-c", _CLONE, server.url, USER, PASSWORD, str(path)]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            rates.append(objects / float(out[0]))
            peaks.append(float(out[1]))
            path.unlink()
    return statistics.median(rates), max(peaks)


async def _many(call: Callable[[int], Awaitable[object]], seconds: float) -> float:
    """Have all callers call, again and again; give the calls a second."""
    done, until = 0, time.perf_counter() + seconds

    async def one(number: int) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await call(number)
            done += 1

    begin = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(CALLERS)))
    return done / (time.perf_counter() - begin)


@asynccontextmanager
async def _commits(service: aio.Service) -> AsyncIterator[None]:
    """Commit something a few times a second meanwhile, that concerns nobody who calls."""

    async def commit() -> None:
        while True:
            edit = Add(None, {"name": "elsewhere", "population": 1})
            await service.apply_edits([[Batch(Op.ADD, Category.ENTITY, "Place", [edit])]])
            await asyncio.sleep(1 / COMMITS)

    task = asyncio.create_task(commit())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _replicas(service: aio.Service) -> list[Created]:
    return [await service.create_replica({"Place": "n.population < 0"}) for _ in range(CALLERS)]


async def empty_deltas(server: RunningServer, rpc: int, *, busy: bool = False) -> float:
    """SynchronizeReplica over gRPC, with nothing new for the caller: calls a second; `busy`, others write meanwhile."""
    token = await _token(server)
    async with await aio.connect(f"grpc://127.0.0.1:{rpc}", token=token) as connected:
        service = connected.service("Hosted/bench")
        made = await _replicas(service)
        await service.synchronize(made[0].replica_id, Download(after=made[0].sync_date))

        async def call(number: int) -> None:
            await service.synchronize(made[number].replica_id, Download(after=made[-1].sync_date))

        for number in range(CALLERS):
            await call(number)
        async with _commits(service) if busy else nullcontext():
            return await _many(call, 5.0)


async def deltas_of_100(server: RunningServer, *, busy: bool = False) -> float:
    """Synchronize over HTTP with 100 changes each time, the archive not fetched: requests a second."""
    async with await aio.connect(server.url, token=await _token(server)) as connected:
        service = connected.service("Hosted/bench")
        made = [await service.create_replica({"Place": "n.name STARTS WITH 'new'"}) for _ in range(CALLERS)]
        before: Moment = made[-1].sync_date
        added: list[Edit] = [Add(None, {"name": f"new {k}"}) for k in range(100)]
        await service.apply_edits([[Batch(Op.ADD, Category.ENTITY, "Place", added)]])

        async def call(number: int) -> None:
            done = await service.synchronize(made[number].replica_id, Download(after=before))
            assert done.archive is not None

        for number in range(CALLERS):
            await call(number)
        async with _commits(service) if busy else nullcontext():
            return await _many(call, 5.0)


async def _token(server: RunningServer) -> str:
    door = HttpTransport(server.url, Tokens())
    try:
        return await door.fetch_token(USER, PASSWORD, bound=False)
    finally:
        await door.close()


def calls(directory: Path) -> tuple[float, float, float, float]:
    """Give the calls a second of empty deltas over gRPC, and of 100 changes over HTTP; then both while others write."""
    data, rpc = directory / "calls", free_port()
    fill(data, "bench", 30_000)
    limits = {"KGSYNC_REQUESTS_PER_SECOND": "100000", "KGSYNC_ARCHIVES_AT_ONCE": "64"}
    with running_server(data, arguments=("--grpc-port", str(rpc)), environment=limits) as server:
        empty = statistics.median(asyncio.run(empty_deltas(server, rpc)) for _ in range(ROUNDS))
        some = statistics.median(asyncio.run(deltas_of_100(server)) for _ in range(ROUNDS))
        return (
            empty,
            some,
            asyncio.run(empty_deltas(server, rpc, busy=True)),
            asyncio.run(deltas_of_100(server, busy=True)),
        )
