"""What is SQLite's own: durability settings, read-only readers, a fallback for concatenation."""

from __future__ import annotations

import stat
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kgsync.model.edits import Op
from kgsync.store.base import Membership
from kgsync.store.database import Store
from kgsync.store.sqlite import SqliteBackend
from tests.graphs import PERSON, Graph, add, entity


@pytest.fixture
def backend(tmp_path: Path) -> SqliteBackend:
    return SqliteBackend(tmp_path / "g.sqlite", readers=2)


def test_commits_are_flushed_to_disk(backend: SqliteBackend) -> None:
    with backend.writing() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_readers_cannot_write(backend: SqliteBackend) -> None:
    Store(backend)
    with pytest.raises(OperationalError, match="readonly"), backend.reading() as connection:
        connection.execute(text("DELETE FROM object"))


def test_the_database_is_the_owners_alone(backend: SqliteBackend) -> None:
    assert stat.S_IMODE(backend.path.stat().st_mode) == 0o600


def test_rows_come_whole_without_blob_concatenation(backend: SqliteBackend) -> None:
    graph = Graph.make(Store(backend), PERSON)
    graph.apply(entity(Op.ADD, "Person", *(add(k, name="x" * k) for k in range(1, 50))))
    everything = Membership(entities=frozenset({1}), relationships=frozenset())

    def rows() -> bytes:
        with graph.store.reading(graph.service.id) as reading:
            return b"".join(reading.members(everything, 1, 0))

    fast = rows()
    backend._concatenates = False
    assert rows() == fast != b""


def test_waiting_writers_get_the_writer_in_the_order_they_came(backend: SqliteBackend) -> None:
    order: list[int] = []
    waiting = [threading.Event() for _ in range(5)]

    def write(number: int) -> None:
        waiting[number].set()
        with backend.writing():
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    with backend.writing():
        for number, thread in enumerate(threads):
            thread.start()
            waiting[number].wait()
            while len(backend._turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(5))
