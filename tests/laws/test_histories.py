"""Laws 1 to 5 and 8 on whole lives of services: random models, clauses, documents, provenance, trims, restores.

A failing seed is replayed by the command its message holds.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kgsync.server.backup import backup, restore
from kgsync.store.database import Store, open_store
from tests.backends import BACKENDS
from tests.laws.clauses import Clauses
from tests.laws.clients import Client
from tests.laws.life import Life
from tests.postgres import fresh_database


class Place:
    """A store that can be closed and opened again."""

    def __init__(self, directory: Path, url: str | None) -> None:
        self.directory, self.url = directory, url
        self.store = open_store(directory, url)

    def reopen(self) -> Store:
        self.store.close()
        self.store = open_store(self.directory, self.url)
        return self.store


@contextmanager
def place(backend: str, directory: Path) -> Iterator[Place]:
    if backend == "sqlite":
        yield from _open(Place(directory, None))
        return
    with fresh_database() as url:
        yield from _open(Place(directory, url))


def _open(made: Place) -> Iterator[Place]:
    try:
        yield made
    finally:
        made.store.close()


def live(where: Place, seed: int, *, steps: int = 5) -> Counter[str]:
    """Live one history: edits, uploads, skipped syncs, trims and restarts as the seed says."""
    life = Life(where.store, seed)
    dice = life.random
    clients = [Client(life, Clauses(life).definition()) for _ in range(dice.choice((1, 1, 2)))]
    restart = dice.randrange(steps) if dice.random() < 0.06 else None
    for k in range(steps):
        if dice.random() < 0.35:
            alive = [c for c in clients if not c.dead]
            life.sender = dice.choice(alive).send if alive else None
            life._edit()
            life.sender = None
        else:
            life.step()
        if k == restart:
            life.graph.store = where.reopen()
            life.counts["restart"] += 1
        if dice.random() < 0.08:
            life.trim([client.date for client in clients])
        if dice.random() < 0.15:
            life.reencode()
        if dice.random() < 0.02:
            clients.append(Client(life, Clauses(life).definition()))
        for client in clients:
            roll = dice.random()
            if roll < 0.16:
                client.sync()
            elif roll < 0.22:
                client.again()
            elif roll < 0.4:
                client.send_again()
    for client in clients:
        if dice.random() < 0.1:
            client.change(Clauses(life).definition())
        elif client.date < life.graph.clock():
            client.sync()
    if dice.random() < 0.2:
        dice.choice(clients).rest()
    life.counts["histories"] += 1
    return life.counts


def survive(backend: str, directory: Path, seed: int) -> Counter[str]:
    """Live on after a restore: what came after the backup is lost, and no date of it is believed."""
    with place(backend, directory / "data") as where:
        life = Life(where.store, seed)
        dice = life.random
        clients = [Client(life, Clauses(life).definition()) for _ in range(3)]
        for _ in range(3):
            life.step()
            dice.choice(clients).sync()
        then = life.graph.clock()
        kept = life.remembered()
        replicas = [(c.served, c.presented) for c in clients]
        backup(where.directory, where.url, directory / "backup", life.graph.wall, lambda *_: None)
        for _ in range(dice.choice((0, 1, 3))):
            life.step()
            dice.choice(clients).sync()
        newest = life.graph.clock()
        where.store.close()
        (restored,) = restore(
            directory / "backup",
            where.directory,
            where.url,
            life.graph.wall,
            lambda *_: None,
            at_least=newest,
            overwrite=True,
        )
        assert restored.lost.after == then and restored.lost.upto >= newest
        where.store = open_store(where.directory, where.url)
        life.graph.store = where.store
        life.recall(kept, then, restored.lost.upto)
        for client, (served, presented) in zip(clients, replicas, strict=True):
            client.restored(then, served, presented)
        for _ in range(3):
            for client in clients:
                if dice.random() < 0.5:
                    client.sync()
            alive = [c for c in clients if not c.dead]
            life.sender = dice.choice(alive).send if alive and dice.random() < 0.4 else None
            life._edit()
            life.sender = None
            life.step()
        for client in clients:
            client.rest()
        life.counts["restore"] += 1
        life.counts["histories"] += 1
        return life.counts


def told(test: str, seed: int) -> str:
    return f"replay with: python -m pytest 'tests/laws/test_histories.py::{test}' --seed {seed}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_replay(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")  # deselected without one, see conftest.py
    with place(backend, tmp_path / "data") as where:
        live(where, seed)


@pytest.mark.parametrize("backend", BACKENDS)
def test_replay_restore(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")  # deselected without one, see conftest.py
    survive(backend, tmp_path, seed)


def _shard(backend: str, directory: Path, seeds: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    with place(backend, directory) as where:
        for seed in seeds:
            try:
                counts += live(where, seed)
            except Exception as error:
                raise AssertionError(told(f"test_replay[{backend}]", seed)) from error
    return counts


# How many shards, of how many histories each: some 2,000 in all, and 100 times that with --long.
SHARDS = {"sqlite": (24, 79), "postgres": (4, 14), "restore": (4, 14), "restore-postgres": (1, 5)}
LONG = 100
EACH_SHARD = [(kind, k) for kind, (count, _) in SHARDS.items() for k in range(count)]
# Each of these must have happened this often in a run, or its zero would mean little.
OFTEN = 50
NEEDED = (
    *(f"net {row}" for row in ("add", "update", "nothing", "delete", "never", "moved")),
    *(
        f"{way} {word}"
        for way in ("clause", "geometry", "end point", "document", "provenance")
        for word in ("in", "out")
    ),
    *("cascade out", "trim", "restore", "restart", "clock jump", "upload only", "resent", "refused", "broken clause"),
    *(
        "composed",
        "repeated",
        "re-encoded",
        "digest carried",
        "skipped commits",
        "moved ends",
        "retyped",
        "retyped ends",
        "there and back",
        "type gone",
        "provenance off",
        "changed",
        "conflict",
        "seen",
    ),
)


def _worth(directory: Path, name: str, counts: Counter[str], times: int) -> None:
    """Keep a shard's counters; the last one to end demands that all together were worth something."""
    directory.mkdir(exist_ok=True)
    part = directory / f"{name}.part"
    part.write_text(json.dumps(counts))
    part.rename(directory / f"{name}.json")
    found = sorted(directory.glob("*.json"))
    if len(found) < len(EACH_SHARD):
        return
    total: Counter[str] = Counter()
    for path in found:
        total.update(json.loads(path.read_text()))
    assert [n for n in NEEDED if total[n] < OFTEN * times] == [], total
    assert total["deltas with content"] >= 0.6 * total["deltas"], total
    (directory / "counts.txt").write_text("".join(f"{n}: {c}\n" for n, c in sorted(total.items())))


def _shared(factory: pytest.TempPathFactory, name: str) -> Path:
    """Give a directory that the workers of one run share."""
    base = factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name


def _campaign(kind: str, shard: int, directory: Path, times: int) -> Counter[str]:
    each = SHARDS[kind][1] * times
    seeds = range(shard * 1_000_000, shard * 1_000_000 + each)
    if kind.startswith("restore"):
        return _restores("postgres" if kind.endswith("postgres") else "sqlite", directory, seeds)
    return _shard(kind, directory, seeds)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "shard"), EACH_SHARD)
def test_whatever_happens_replicas_hold_what_they_should(
    kind: str, shard: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    counts = _campaign(kind, shard, tmp_path, 1)
    _worth(_shared(tmp_path_factory, "laws"), f"{kind}-{shard}", counts, 1)


@pytest.mark.long
@pytest.mark.timeout(90_000)
@pytest.mark.parametrize(("kind", "shard"), EACH_SHARD)
def test_whatever_happens_over_a_campaign(
    kind: str, shard: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    counts = _campaign(kind, shard + len(EACH_SHARD), tmp_path, LONG)
    _worth(_shared(tmp_path_factory, "laws-long"), f"{kind}-{shard}", counts, LONG)


def _restores(backend: str, directory: Path, seeds: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in seeds:
        try:
            counts += survive(backend, directory / str(seed), seed)
        except Exception as error:
            raise AssertionError(told(f"test_replay_restore[{backend}]", seed)) from error
    return counts
