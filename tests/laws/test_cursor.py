"""The cursor under real concurrency: each commit lies in exactly one Span of each replica.

Eight writers whose wall clocks differ by hours and jump, eight replicas that sync without pause: processes on
PostgreSQL, threads on SQLite. Every commit adds one object, so what a delta brings names its commits.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kgsync.model.edits import ALL_EDITS, EditsHeader, Op
from kgsync.model.history import Moment, Span
from kgsync.server.clock import wall_clock
from kgsync.store.base import Membership
from kgsync.store.database import Store, open_store
from kgsync.sync.delta import check_answerable
from kgsync.sync.upload import Caller, apply_edits
from tests.graphs import CODEC, PERSON, Graph, add, entity
from tests.postgres import fresh_database

WRITERS, REPLICAS = 8, 8
HOUR = 3_600_000
OFFSETS = tuple(hours * HOUR for hours in (-9, -5, -1, 0, 0, 2, 7, 11))


@dataclass
class Reader:
    """One replica: every id its deltas brought, and how many deltas brought something."""

    last: Moment
    ids: Counter[int] = field(default_factory=Counter)
    spans: int = 0

    def sync(self, store: Store, svc: int, membership: Membership) -> None:
        with store.reading(svc) as reading:
            check_answerable(reading, self.last)
            span = Span(self.last, reading.clock())
            found = [change.id.int for change in reading.delta(membership, span, 0)]
        self.ids.update(found)
        self.spans += bool(found)
        self.last = span.upto


def _read_while(graph: Graph, alive: Callable[[], bool], start: Moment) -> list[Reader]:
    """Sync every replica again and again while writers live, and once when they have ended."""
    with graph.store.reading(graph.service.id) as reading:
        person = reading.data_model().require("Person")
    membership = Membership(entities=frozenset({person.id}), relationships=frozenset())
    readers = [Reader(start) for _ in range(REPLICAS)]

    def follow(reader: Reader) -> None:
        dice = random.Random(id(reader))
        while alive():
            reader.sync(graph.store, graph.service.id, membership)
            threading.Event().wait(dice.random() * 0.3)  # eight that never rest would take the writers' time
        reader.sync(graph.store, graph.service.id, membership)

    with ThreadPoolExecutor(REPLICAS) as pool:
        for done in [pool.submit(follow, reader) for reader in readers]:
            done.result()
    return readers


def _hold(readers: list[Reader], moments: list[int], commits: int) -> None:
    assert len(moments) == len(set(moments)) == WRITERS * commits, "a Moment was given twice, or a commit lost"
    everything = set(range(1, WRITERS * commits + 1))
    for reader in readers:
        assert set(reader.ids) == everything, "a commit lies in no Span"
        assert max(reader.ids.values()) == 1, "a commit lies in two Spans"
        assert reader.spans > 5, "the replica hardly ever looked while writers ran"


def _processes(commits: int) -> None:
    with fresh_database() as url:
        graph = Graph.make(open_store(Path(), url), PERSON)
        start = graph.clock()
        writers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.contracts.writer", url, *map(str, arguments)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for arguments in ((graph.service.id, offset, commits, 1 + k * commits) for k, offset in enumerate(OFFSETS))
        ]
        printed: list[str] = []
        # Drained beside the run: a full pipe would stop a writer.
        with ThreadPoolExecutor(WRITERS) as pool:
            outputs = [pool.submit(writer.communicate) for writer in writers]
            readers = _read_while(graph, lambda: not all(output.done() for output in outputs), start)
            for output in outputs:
                printed += output.result()[0].splitlines()
        graph.store.close()
    _hold(readers, [int(line.split()[0]) for line in printed], commits)


def _threads(directory: Path, commits: int) -> None:
    graph = Graph.make(open_store(directory, None), PERSON)
    start, svc = graph.clock(), graph.service.id
    caller = Caller(user="ann", allowed=ALL_EDITS, rollback=False, new_id=uuid.uuid4)

    def write(number: int) -> list[int]:
        jumps, moments = random.Random(number), []
        for position in range(1 + number * commits, 1 + (number + 1) * commits):
            wall = wall_clock() + OFFSETS[number] + jumps.choice((0, 0, -10 * HOUR, 10 * HOUR))
            with graph.store.writing(svc, wall) as writing:
                apply_edits(writing, EditsHeader(), [[entity(Op.ADD, "Person", add(position))]], CODEC, caller)
            moments.append(writing.moment.ms)
        return moments

    with ThreadPoolExecutor(WRITERS) as pool:
        written = [pool.submit(write, number) for number in range(WRITERS)]
        readers = _read_while(graph, lambda: not all(future.done() for future in written), start)
        moments = [moment for future in written for moment in future.result()]
    graph.store.close()
    _hold(readers, moments, commits)


def test_each_commit_is_in_one_span_of_each_replica_on_postgres() -> None:
    _processes(200)


def test_each_commit_is_in_one_span_of_each_replica_on_sqlite(tmp_path: Path) -> None:
    _threads(tmp_path, 200)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_each_of_100_000_commits_is_in_one_span_of_each_replica_on_postgres() -> None:
    _processes(12_500)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_each_of_100_000_commits_is_in_one_span_of_each_replica_on_sqlite(tmp_path: Path) -> None:
    _threads(tmp_path, 12_500)
