"""Writers in processes of their own, clocks hours apart: no Moment becomes visible out of order."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.errors import Unavailable
from kgsync.model.history import Moment, Span
from kgsync.store.base import Membership
from kgsync.store.database import Store, open_store
from tests.graphs import PERSON, Graph
from tests.postgres import fresh_database

WRITERS, COMMITS = 3, 60
HOUR = 3_600_000


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path)
        return
    with fresh_database() as url:
        yield url


def _open(target: str) -> Store:
    return open_store(Path(), target) if "://" in target else open_store(Path(target), None)


def _write(target: str, service: int, offset: int, first: int) -> subprocess.Popen[str]:
    arguments = [target, str(service), str(offset), str(COMMITS), str(first)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.writer", *arguments], stdout=subprocess.PIPE, text=True
    )


def _spans(graph: Graph, processes: list[subprocess.Popen[str]], last: Moment) -> list[list[int]]:
    """Read delta after delta while the writers run; give the ids each one brought."""
    with graph.store.reading(graph.service.id) as reading:
        person = reading.data_model().require("Person")
    membership = Membership(entities=frozenset({person.id}), relationships=frozenset())
    found: list[list[int]] = []
    running = True
    while running:
        running = any(p.poll() is None for p in processes)
        with graph.store.reading(graph.service.id) as reading:
            upto = reading.clock()
            found.append([c.id.int for c in reading.delta(membership, Span(last, upto), 0)])
        last = upto
    return found


def test_each_commit_of_any_process_is_in_exactly_one_span(target: str) -> None:
    graph = Graph.make(_open(target), PERSON)
    start = graph.clock()
    offsets = (-5 * HOUR, 0, 7 * HOUR)
    processes = [_write(target, graph.service.id, o, 1 + k * COMMITS) for k, o in enumerate(offsets)]
    spans = _spans(graph, processes, start)
    printed = [line for p in processes for line in p.communicate(timeout=60)[0].splitlines()]
    graph.store.close()
    moments = Counter(int(line.split()[0]) for line in printed)
    assert len(printed) == WRITERS * COMMITS
    assert max(moments.values()) == 1, "a Moment was given twice"
    assert Counter(i for span in spans for i in span) == Counter(range(1, WRITERS * COMMITS + 1))
    assert sum(1 for span in spans if span) > 3, "the reader never looked while writers ran"


def test_a_postgres_that_may_lose_answered_commits_is_refused() -> None:
    with (
        fresh_database(setting="synchronous_commit = off") as url,
        pytest.raises(Unavailable, match="synchronous_commit"),
    ):
        open_store(Path(), url)


def test_an_unreachable_postgres_is_said_in_one_line() -> None:
    with pytest.raises(Unavailable, match="could not be reached"):
        open_store(Path(), "postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=2")
