"""Patterns are found by the index that leads to them, counted where SQL can count, and stopped from outside."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from kgsync.errors import Unavailable
from kgsync.filters.query import parse_query
from kgsync.filters.query_check import check_query
from kgsync.filters.query_pattern import Pattern
from kgsync.model.edits import Op
from kgsync.store.base import Match, Reading
from kgsync.store.database import open_store
from kgsync.store.reading import StoreReading
from tests.backends import BACKENDS, opened_store
from tests.graphs import KNOWS, LIVES, PERSON, PLACE, Graph, add, connect, entity, link, uid


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    graph = Graph.make(open_store(tmp_path, None), PERSON, PLACE, KNOWS, LIVES)
    graph.apply(
        entity(Op.ADD, "Person", add(1, name="Ann", age=31), add(2, name="Bob", age=44)),
        entity(Op.ADD, "Place", add(10, name="Oslo")),
        link(Op.ADD, "Knows", connect(20, 1, 2), connect(21, 2, 2)),
        link(Op.ADD, "LivesIn", connect(30, 1, 10)),
    )
    return graph


def pattern_of(reading: Reading, text: str) -> Pattern:
    return check_query(parse_query(text), reading.data_model(), {}).pattern


def plans(graph: Graph, pattern: str) -> list[str]:
    """Explain the statements that find a pattern."""
    seen: list[tuple[str, object]] = []

    def note(c: Connection, cursor: object, statement: str, parameters: object, context: object, many: bool) -> None:
        seen.append((statement, parameters))

    with graph.store._backend.reading() as connection:
        reading = StoreReading(graph.store._backend, connection, graph.service.id)
        asked = pattern_of(reading, f"MATCH {pattern} RETURN 1")
        event.listen(connection, "before_cursor_execute", note)
        list(reading.matches(asked, asked.names(), None))
        event.remove(connection, "before_cursor_execute", note)
        found = []
        for statement, parameters in seen:
            if "FROM object" in statement:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
                found += [row[3] for row in rows]
    assert not [plan for plan in found if plan.startswith("SCAN")]
    return found


@pytest.mark.parametrize(
    ("pattern", "ways"),
    [
        ("(n:Person)", ["l USING INDEX ix_object_type (svc=? AND type=?)"]),
        (f"(n:Person) WHERE id(n) = '{uid(1)}'", ["l USING INDEX sqlite_autoindex_object_1 (svc=? AND id=?)"]),
        ("(a)-[r:Knows]->(b)", ["l USING INDEX ix_object_type (svc=? AND type=?)", "o USING", "d USING"]),
        ("(a:Person {name: 'Ann'})-[r:Knows]->(b)", ["l USING INDEX ix_object_origin (svc=? AND origin=?)", "e USING"]),
        ("(a)-[r:Knows]->(b:Person {name: 'Ann'})", ["l USING INDEX ix_object_dest (svc=? AND dest=?)", "e USING"]),
        ("(b)<-[r:Knows]-(a {name: 'Ann'})", ["l USING INDEX ix_object_origin (svc=? AND origin=?)", "e USING"]),
    ],
)
def test_a_pattern_is_found_by_the_index_that_leads_to_it(graph: Graph, pattern: str, ways: list[str]) -> None:
    found = [plan.removeprefix("SEARCH ") for plan in plans(graph, pattern)]
    for way in ways:
        assert [plan for plan in found if plan.startswith(way)], found


def matches(graph: Graph, query: str, *reads: str, limit: int | None = None) -> list[Match]:
    with graph.store.reading(graph.service.id) as reading:
        return list(reading.matches(pattern_of(reading, query), reads, limit))


def test_only_what_is_read_comes_with_its_row(graph: Graph) -> None:
    (one,) = matches(graph, "MATCH (a)-[r:LivesIn]->(b) RETURN 1", "b")
    assert [bool(o.row) for o in one.objects] == [False, False, True]
    assert [o.id.int for o in one.objects] == [1, 30, 10]


def test_a_match_says_whether_its_condition_is_still_to_be_evaluated(graph: Graph) -> None:
    exact = matches(graph, "MATCH (n:Person) WHERE n.age > 31 RETURN 1")
    assert [(m.exact, m.objects[0].id.int) for m in exact] == [(True, 2)]
    more = matches(graph, "MATCH (n:Person) WHERE n.age > 31 AND toUpper(n.name) = 'ANN' RETURN 1")
    assert [(m.exact, bool(m.objects[0].row)) for m in more] == [(False, True)]


def test_a_link_in_both_directions_is_found_twice_and_a_loop_once(graph: Graph) -> None:
    found = matches(graph, "MATCH (a)-[r:Knows]-(b) RETURN 1")
    assert sorted((m.objects[1].id.int, m.turned) for m in found) == [(20, False), (20, True), (21, False)]
    assert [m.objects[1].id.int for m in matches(graph, "MATCH (a)-[r]-(a) RETURN 1")] == [21]


def test_a_limit_ends_the_search_only_where_sql_is_exact(graph: Graph) -> None:
    assert len(matches(graph, "MATCH (n) RETURN 1", limit=2)) == 2
    assert len(matches(graph, "MATCH (n) WHERE toUpper(n.name) <> 'X' RETURN 1", limit=2)) == 3
    assert len(matches(graph, "MATCH (a)-[r]->(b) WHERE a.name < b.name RETURN 1", limit=1)) == 3


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("MATCH (n) RETURN 1", 3),
        ("MATCH (n:Person) WHERE n.age > 31 RETURN 1", 1),
        ("MATCH (a)-[r]-(b) RETURN 1", 5),
        ("MATCH (a {name: 'Ann'})-[r]->(b) RETURN 1", 2),
        ("MATCH (n) WHERE toUpper(n.name) = 'ANN' RETURN 1", None),
        ("MATCH (a)-[r]->(b) WHERE a.name < b.name RETURN 1", None),
    ],
)
def test_matches_are_counted_where_sql_is_exact(graph: Graph, query: str, count: int | None) -> None:
    with graph.store.reading(graph.service.id) as reading:
        assert reading.count_matches(pattern_of(reading, query)) == count


_NUMBERS = "SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000000000"
ENDLESS = f"WITH RECURSIVE c(x) AS ({_NUMBERS}) SELECT count(*) FROM c"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_statement_can_be_ended_from_another_thread(backend: str, tmp_path: Path) -> None:
    with opened_store(backend, tmp_path) as store:
        graph = Graph.make(store, PERSON)
        started = time.monotonic()
        with pytest.raises(Unavailable), store.reading(graph.service.id) as reading:
            stop = threading.Timer(0.3, reading.interrupter())
            stop.start()
            try:
                reading._connection.execute(text(ENDLESS))
            finally:
                stop.join()
        assert time.monotonic() - started < 10
        with store.reading(graph.service.id) as reading:
            assert reading.data_model().version >= 1
