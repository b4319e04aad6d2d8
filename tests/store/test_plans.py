"""Without statistics and with them, SQLite answers the hot questions by the index made for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from kgsync.model.edits import Op
from kgsync.model.history import Moment, Span
from kgsync.model.schema import FieldIndex
from kgsync.store.base import Membership
from kgsync.store.database import Store, open_store
from kgsync.store.reading import StoreReading
from kgsync.store.tending import StoreTending
from kgsync.sync.datamodel import add_indexes
from tests.graphs import KNOWS, PERSON, Graph, add, change, connect, entity, link, uid


@pytest.fixture(params=["no statistics", "statistics"])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Graph:
    graph = Graph.make(open_store(tmp_path, None), PERSON, KNOWS)
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    if request.param == "statistics":
        # Enough for SQLite to be told about the table when an index is made.
        graph.apply(entity(Op.ADD, "Person", *(add(k, name=f"n{k}", age=k % 100) for k in range(10, 10_020))))
        with graph.store.writing(graph.service.id, graph.wall) as writing:
            add_indexes(writing, "Person", [FieldIndex(name="by_age", properties=("age",))])
        with graph.store._backend.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_stat1").scalar_one() > 0
    return graph


def _plans(store: Store, svc: int, ask: object) -> list[str]:
    """Explain every SELECT and INSERT ... SELECT a question runs."""
    statements: list[tuple[str, object]] = []

    def note(c: Connection, cursor: object, statement: str, parameters: object, context: object, many: bool) -> None:
        statements.append((statement, parameters))

    with store._backend.reading() as connection:
        reading = StoreReading(store._backend, connection, svc)
        event.listen(connection, "before_cursor_execute", note)
        ask(reading)  # type: ignore[operator]
        event.remove(connection, "before_cursor_execute", note)
        found = []
        for statement, parameters in statements:
            if statement.lstrip().startswith(("SELECT", "WITH", "INSERT")):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
                found += [row[3] for row in rows]
    return found


def _searches(plans: list[str], table: str) -> list[str]:
    scans = [p for p in plans if p.startswith(f"SCAN {table}")]
    assert scans == [], f"{table} is scanned whole"
    return [p for p in plans if p.startswith(f"SEARCH {table}")]


def test_objects_are_found_by_their_primary_key(graph: Graph) -> None:
    plans = _plans(graph.store, graph.service.id, lambda r: r.find([uid(1), uid(2)]))
    assert all("(svc=? AND id=?)" in p for p in _searches(plans, "object"))


def test_connected_relationships_are_found_by_their_ends(graph: Graph) -> None:
    plans = _searches(_plans(graph.store, graph.service.id, lambda r: r.connected([uid(1)])), "object")
    assert any("ix_object_origin" in p for p in plans)
    assert any("ix_object_dest" in p for p in plans)


def test_records_are_found_by_what_they_are_about_and_cite(graph: Graph) -> None:
    about = _searches(_plans(graph.store, graph.service.id, lambda r: r.records_about([uid(1)])), "object")
    citing = _searches(_plans(graph.store, graph.service.id, lambda r: r.records_citing([uid(1)])), "object")
    assert any("ix_object_origin" in p for p in about)
    assert any("ix_object_dest" in p for p in citing)


def test_records_naming_a_property_are_read_by_type(graph: Graph) -> None:
    plans = _plans(graph.store, graph.service.id, lambda r: r.records_naming(1, {3: "x"}, 10))
    assert all("type=?" in p for p in _searches(plans, "object"))


def test_members_are_read_by_type_and_position(graph: Graph) -> None:
    everything = Membership(entities=frozenset({1}), relationships=frozenset({6}))
    plans = _plans(graph.store, graph.service.id, lambda r: list(r.members(everything, 1, 0)))
    assert any("ix_object_type (svc=? AND type=? AND rowid>?)" in p for p in _searches(plans, "object"))


def test_a_delta_starts_from_what_changed(graph: Graph) -> None:
    everything = Membership(entities=frozenset({1}), relationships=frozenset({6}))
    span = Span(Moment(1), graph.clock())
    plans = _plans(graph.store, graph.service.id, lambda r: list(r.delta(everything, span, 0)))
    objects, versions = _searches(plans, "object"), _searches(plans, "history")
    assert any("ix_object_changed (svc=? AND changed>?)" in p for p in objects)
    assert any("ix_history_ended (svc=? AND ended=? AND closed>?)" in p for p in versions)
    assert not any("PRIMARY KEY (svc=?)" in p or "ix_object_type" in p for p in plans), plans


def _changed_plans(store: Store, svc: int, ask: Callable[[StoreTending], object]) -> list[str]:
    """Explain every statement of a transaction of upkeep."""
    statements: list[tuple[str, object]] = []

    def note(c: Connection, cursor: object, statement: str, parameters: object, context: object, many: bool) -> None:
        statements.append((statement, parameters))

    with store._backend.writing() as connection:
        tending = StoreTending(store._backend, connection, svc)
        event.listen(connection, "before_cursor_execute", note)
        ask(tending)
        event.remove(connection, "before_cursor_execute", note)
        rows = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", p).all() for s, p in statements]  # type: ignore[arg-type]
        return [row[3] for part in rows for row in part]


def test_a_trim_removes_a_range_of_moments_without_looking_further(graph: Graph) -> None:
    plans = _changed_plans(graph.store, graph.service.id, lambda t: t.drop_history(graph.clock(), 1))
    found = _searches(plans, "history")
    assert len(found) == 2
    assert all("closed<?)" in p or "closed,id)<(?,?))" in p for p in found), found
    assert not any("TEMP B-TREE" in p for p in plans)


def test_history_is_counted_and_looked_for_by_ranges_of_moments(graph: Graph) -> None:
    svc = graph.service.id
    _searches(_plans(graph.store, svc, lambda r: r.count_history([graph.clock()])), "history")
    _searches(_plans(graph.store, svc, lambda r: r.has_history(graph.clock())), "history")


def test_outgrown_rows_are_found_page_by_page_without_sorting(graph: Graph) -> None:
    for beyond in (None, uid(1)):
        plans = _plans(graph.store, graph.service.id, lambda r, b=beyond: r.outgrown({1: 9}, b, 5))
        assert any("PRIMARY KEY" in p or "sqlite_autoindex_object_1" in p for p in _searches(plans, "object")), plans
        assert not any("TEMP B-TREE" in p for p in plans), plans
