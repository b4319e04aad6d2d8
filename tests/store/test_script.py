"""A script's steps are written once and run for any Span, by many threads at once, each on its own connection."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from kgsync.model.edits import Op
from kgsync.store.backend import Backend
from kgsync.store.database import Store
from kgsync.store.script import AFTER, SVC, Script
from kgsync.store.states import step
from kgsync.store.tables import object_
from tests.backends import BACKENDS, opened_store
from tests.graphs import PERSON, Graph, add, entity

_YOUNGER, _AGAIN = step("younger"), step("again")


@pytest.fixture(params=BACKENDS)
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Graph]:
    """Give a service of three commits, with one more object each."""
    with opened_store(request.param, tmp_path) as store:
        yield _grown(store)


def _grown(store: Store) -> Graph:
    made = Graph.make(store, PERSON)
    for number in (1, 2, 3):
        made.apply(entity(Op.ADD, "Person", add(number, name="x")))
    return made


def _ids(backend: Backend, connection: Connection, script: Script, graph: Graph, after: int) -> list[int] | None:
    parameters = {"service": graph.service.id, "after": after, "upto": after, "shape": 1}
    final = script.run(connection, parameters, [lambda _: True] * 2)
    return None if final is None else sorted(row.id.int & 0xFF for row in connection.execute(final, parameters))


def _script(backend: Backend, *, needed: bool = False) -> Script:
    """Write a script of two steps: the objects younger than `after`, and the same once more."""
    script, o = Script(backend), object_.c
    younger = script.stage(_YOUNGER, select(o.id).where(o.svc == SVC, o.changed > AFTER), needed=needed)
    again = script.stage(_AGAIN, select(younger.c.id))
    script.final = select(again.c.id)
    return script


def test_a_script_gives_what_the_span_it_is_run_for_holds(graph: Graph) -> None:
    backend = graph.store._backend
    script = _script(backend)
    with backend.reading() as connection:
        assert _ids(backend, connection, script, graph, 0) == [1, 2, 3]
    with backend.reading() as connection:
        assert _ids(backend, connection, script, graph, graph.clock().ms - 1) == [3]


def test_a_script_runs_twice_in_one_read_view(graph: Graph) -> None:
    backend = graph.store._backend
    script = _script(backend)
    with backend.reading() as connection:
        assert [_ids(backend, connection, script, graph, a) for a in (0, graph.clock().ms)] == [[1, 2, 3], []]


def test_a_step_that_is_needed_ends_a_script_without_rows(tmp_path: Path) -> None:
    with opened_store("sqlite", tmp_path) as store:
        graph = _grown(store)
        backend = store._backend
        script = _script(backend, needed=True)
        with backend.reading() as connection:
            assert _ids(backend, connection, script, graph, graph.clock().ms) is None
            assert _ids(backend, connection, script, graph, 0) == [1, 2, 3]


def test_threads_run_one_script_each_for_its_own_span(graph: Graph) -> None:
    backend, clock = graph.store._backend, graph.clock().ms
    script = _script(backend)

    def run(number: int) -> list[int] | None:
        with backend.reading() as connection:
            return _ids(backend, connection, script, graph, clock - number % 2)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(40))) == [[], [3]] * 20
