"""The laws through the real client: local replicas, offline edits, and everything that happens to a network.

After healing and a synchronization each, every base equals a snapshot, nothing waits, and every answered edit is
there exactly once. A failing seed is replayed by the command its message holds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kgsync.model.edits import Op
from tests.client.house import Place, house
from tests.graphs import add, connect, entity, link
from tests.laws.faults import CALL_FAULTS, HTTP_FAULTS, RPC_FAULTS
from tests.laws.mortal import mortal_server
from tests.laws.offline import Somebody, upkeep, uploads_by_replica

RUNS, SHARDS = 30, 15  # in this process
LONG = 40  # times RUNS, and a ninth of it with processes: 20,010 runs
PROCESS_RUNS, PROCESS_SHARDS = 10, 5  # with a server process that is killed and comes back
NEEDED = {
    *(f"HTTP {fault}" for fault in HTTP_FAULTS),
    *(f"gRPC {fault}" for fault in (*RPC_FAULTS, *CALL_FAULTS)),
    *("token expiry", "nothing answered", "kill -9", "rejected", "conflicts", "sync broken off"),
    *("model: property added", "model: property dropped", "model: property widened", "trim", "snapshot instead"),
}

Trouble = Callable[[random.Random, Counter[str], list[Somebody]], Awaitable[None]]


@asynccontextmanager
async def people(
    dice: random.Random, counts: Counter[str], home: Place, upstream: dict[str, tuple[str, int]]
) -> AsyncIterator[list[Somebody]]:
    """Bring 2 to 6 people to their roads; each leaves at the end."""
    expired = home.expired()

    async def fetch() -> str:
        return home.token()

    async with AsyncExitStack() as stack:
        everyone = []
        for number in range(dice.choice((*(2,) * 15, *(3,) * 3, 4, 6))):
            rpc = dice.random() < 0.4
            one = Somebody(number, random.Random(dice.random()), counts, rpc=rpc, fetch=fetch, expired=expired)
            one.road.upstream = upstream["rpc" if rpc else "http"]
            await one.arrive()
            stack.push_async_callback(one.leave)
            everyone.append(one)
        yield everyone


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None, url
    return parts.hostname, parts.port


async def run(home: Place, seed: int, directory: Path, trouble: Trouble | None = None) -> Counter[str]:
    """Live one run, as the seed says; `trouble` may come upon the server in the middle of a step."""
    dice, counts = random.Random(seed), Counter[str]()
    graph = home.graph()
    graph.apply(
        entity(Op.ADD, "Person", *(add(n, name=f"shared{n}", age=dice.randrange(100)) for n in range(1, 7))),
        link(Op.ADD, "Knows", connect(11, 1, 2), connect(12, 2, 3)),
    )
    upstream = {"http": _address(home.http), "rpc": _address(home.rpc)}
    where = directory / str(seed)
    where.mkdir()
    async with people(dice, counts, home, upstream) as everyone:
        await asyncio.gather(*(one.begin(where, graph.service.path) for one in everyone))
        for _ in range(dice.randint(2, 3)):
            upkeep(graph, dice, counts, everyone)
            chosen = dice.sample(everyone, dice.choice((1, 1, 2)))
            for one in chosen:
                for _ in range(dice.randint(0, 3)):
                    one.edit()
            if dice.random() < 0.8:
                syncs = [one.sync() for one in chosen]
                await asyncio.gather(*syncs, *((trouble(dice, counts, everyone),) if trouble is not None else ()))
        await settle(everyone)
        events = uploads_by_replica(home.store, graph.service.id)
        for one in everyone:
            await one.check(home.store, graph.service.id, events)
    counts["runs"] += 1
    return counts


async def settle(everyone: list[Somebody]) -> None:
    """Heal every road, and have everyone send what waits, then hear what others sent."""
    for one in everyone:
        if one.waiting:
            await one.settle(sending=True)
    for one in everyone:
        await one.settle()


# A person may have a thousand replicas, and each run leaves up to three.
_OF_ONE_SERVER = 250


async def _shard(directory: Path, seeds: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    for begin in range(seeds.start, seeds.stop, _OF_ONE_SERVER):
        async with house(directory / f"server{begin}") as home:
            for seed in range(begin, min(begin + _OF_ONE_SERVER, seeds.stop)):
                try:
                    counts += await run(home, seed, directory)
                except Exception as error:
                    replay = "python -m pytest tests/laws/test_offline.py::test_replay_offline --seed"
                    raise AssertionError(f"replay with: {replay} {seed}") from error
    return counts


async def _process_shard(directory: Path, seeds: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    async with mortal_server(directory / "server") as home:
        for seed in seeds:
            try:
                counts += await run(home, seed, directory, home.die_once())
            except Exception as error:
                told = f"replay with: python -m pytest tests/laws/test_offline.py::test_replay_process --seed {seed}"
                raise AssertionError(told) from error
    return counts


async def test_replay_offline(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")  # deselected without one, see conftest.py
    async with house(tmp_path / "server") as home:
        await run(home, seed, tmp_path)


async def test_replay_process(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")  # deselected without one, see conftest.py
    async with mortal_server(tmp_path / "server") as home:
        await run(home, seed, tmp_path, home.die_once())


def _worth(directory: Path, name: str, counts: Counter[str], shards: int) -> None:
    """Keep a shard's counters; the last one to end demands that every kind of fault fired."""
    directory.mkdir(exist_ok=True)
    part = directory / f"{name}.part"
    part.write_text(json.dumps(counts))
    part.rename(directory / f"{name}.json")
    found = sorted(directory.glob("*.json"))
    if len(found) < shards:
        return
    total: Counter[str] = Counter()
    for path in found:
        total.update(json.loads(path.read_text()))
    told = ", ".join(f"{name}: {count}" for name, count in sorted(total.items()))
    (directory / "counts.txt").write_text(told)  # shown at the end of the run, see tests/conftest.py
    assert sorted(NEEDED - set(total)) == [], told


def _shared(factory: pytest.TempPathFactory, name: str) -> Path:
    """Give a directory that the workers of one run share."""
    base = factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_whatever_happens_on_the_road_replicas_agree_afterwards(
    shard: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    counts = await _shard(tmp_path, range(shard * 1_000_000, shard * 1_000_000 + RUNS))
    _worth(_shared(tmp_path_factory, "offline"), str(shard), counts, SHARDS + PROCESS_SHARDS)


@pytest.mark.parametrize("shard", range(PROCESS_SHARDS))
async def test_whatever_happens_to_the_server_replicas_agree_afterwards(
    shard: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    begin = (100 + shard) * 1_000_000
    counts = await _process_shard(tmp_path, range(begin, begin + PROCESS_RUNS))
    _worth(_shared(tmp_path_factory, "offline"), f"process-{shard}", counts, SHARDS + PROCESS_SHARDS)


@pytest.mark.long
@pytest.mark.timeout(90_000)
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_whatever_happens_on_the_road_over_a_campaign(
    shard: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    begin = (SHARDS + shard) * 1_000_000
    counts = await _shard(tmp_path, range(begin, begin + RUNS * LONG))
    begin += 500_000
    counts += await _process_shard(tmp_path / "process", range(begin, begin + -(-RUNS * LONG // 9)))
    _worth(_shared(tmp_path_factory, "offline-long"), str(shard), counts, SHARDS)
