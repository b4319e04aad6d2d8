"""Trims beside writers and syncing replicas: a delta is refused, or it is exact; never short."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from kgsync.errors import SnapshotRequired
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.model.replica import Warnings
from kgsync.model.trim import TrimBefore
from kgsync.server.upkeep import trim_service
from kgsync.store.database import Store
from kgsync.sync import trim
from kgsync.sync.delta import delta
from kgsync.sync.snapshot import snapshot
from tests.graphs import CODEC, PERSON, Archive, Graph, LocalReplica, add, change, entity, gone

PATIENCE_SECONDS = 60.0
NEEDED = {"commits": 60, "rows": 20, "exact": 20, "refused": 2}


class Race:
    """What happened so far, until enough of everything did."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._guard = threading.Lock()
        self._until = time.monotonic() + PATIENCE_SECONDS
        self.failed = False

    def note(self, name: str, count: int = 1) -> None:
        with self._guard:
            self.counts[name] += count

    def going(self) -> bool:
        missing = any(self.counts[name] < count for name, count in NEEDED.items())
        return missing and not self.failed and time.monotonic() < self._until


def _write(graph: Graph, race: Race) -> None:
    dice, alive = random.Random(1), set(range(1, 21))
    while race.going():
        number = dice.randrange(1, 21)
        if number not in alive:
            graph.apply(entity(Op.ADD, "Person", add(number, age=race.counts["commits"])))
            alive.add(number)
        elif dice.random() < 0.3:
            graph.apply(entity(Op.DELETE, "Person", gone(number)))
            alive.remove(number)
        else:
            graph.apply(entity(Op.UPDATE, "Person", change(number, age=dice.randrange(3))))
        race.note("commits")


def _sync(graph: Graph, race: Race, pause: float) -> None:
    """Sync a replica now and then; every delta must lead to the snapshot of its own read view."""
    definition = graph.bound()
    copy = LocalReplica(graph.snapshot(definition))
    while race.going():
        threading.Event().wait(pause)
        with graph.store.reading(graph.service.id) as reading:
            try:
                contents = delta(reading, definition, copy.sync_date, CODEC, Warnings())
            except SnapshotRequired:
                race.note("refused")
                copy = LocalReplica(graph.snapshot(definition))
                continue
            threading.Event().wait(0.01)  # a trim may come between the look at the floor and the rows
            copy.apply(Archive.of(contents, Warnings()))
            now = LocalReplica(Archive.of(snapshot(reading, definition, CODEC, Warnings()), Warnings()))
        race.note("exact")
        race.failed = race.failed or copy.rows != now.rows
        assert copy.rows == now.rows, "a delta was silently short"


def _trim(graph: Graph, race: Race) -> None:
    dice = random.Random(2)
    while race.going():
        date = Moment(max(1, graph.clock().ms - dice.choice((0, 3, 30))))
        done = trim_service(graph.store, graph.service.id, TrimBefore(date=date, force=True), 2**40)
        race.note("rows", done.rows)
        threading.Event().wait(0.01)


def test_a_delta_beside_trims_is_exact_or_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trim, "BATCH", 2)  # history is half removed most of the time
    graph, race = Graph.make(store, PERSON), Race()
    graph.apply(entity(Op.ADD, "Person", *(add(k, age=0) for k in range(1, 21))))
    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(_write, graph, race), pool.submit(_trim, graph, race)]
        work += [pool.submit(_sync, graph, race, pause) for pause in (0.0, 0.02, 0.1, 0.3)]
        for done in work:
            done.result()
    assert all(race.counts[name] >= count for name, count in NEEDED.items()), race.counts
