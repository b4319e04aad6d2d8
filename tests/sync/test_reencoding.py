"""Encoding rows anew after data-model edits: nobody can tell, except that nothing is outgrown any more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kgsync.model.digest import row_hash
from kgsync.model.edits import Op
from kgsync.model.geometry import default_grid
from kgsync.model.history import Moment
from kgsync.model.schema import FieldType, Property
from kgsync.model.schema_edits import PropertyChange
from kgsync.model.trim import TrimPreserving
from kgsync.server.upkeep import Reencoder, trim_service
from kgsync.store.tables import history, object_
from kgsync.sync import datamodel, reencoding
from tests.graphs import CODEC, Graph, LocalReplica, add, change, connect, entity, link, uid


def _reencoded(graph: Graph) -> int:
    return Reencoder(graph.store, CODEC).pass_over(graph.service.id)


def _outgrown(graph: Graph) -> list[UUID]:
    with graph.store.reading(graph.service.id) as reading:
        return reencoding.outgrown(reading, None)


def _add_property(graph: Graph, name: str, kind: FieldType = FieldType.STRING) -> Moment:
    graph.wall += 1_000
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        datamodel.add_properties(writing, "Person", [Property(id=0, name=name, field_type=kind)], CODEC)
    return writing.moment


def _drop_property(graph: Graph, name: str) -> Moment:
    graph.wall += 1_000
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        datamodel.delete_property(writing, "Person", name)
    return writing.moment


def _rows(graph: Graph, table: Any) -> list[tuple[Any, ...]]:
    with graph.store._backend.reading() as connection:
        found = connection.execute(select(table).where(table.c.svc == graph.service.id).order_by(table.c.id))
        return [tuple(row) for row in found]


def _stored(graph: Graph, number: int) -> Any:
    mine = (object_.c.svc == graph.service.id, object_.c.id == uid(number))
    with graph.store._backend.reading() as connection:
        return connection.execute(select(object_).where(*mine)).one()


def test_a_row_becomes_what_readers_made_of_it(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="a", age=3)))
    _add_property(graph, "nick")
    with graph.store.reading(graph.service.id) as reading:
        shape = reading.data_model().require("Person").shape
    before = _stored(graph, 1)
    assert before.schema < shape
    assert _reencoded(graph) == 1
    after = _stored(graph, 1)
    assert after.schema >= shape
    assert CODEC.decode_row(after.row, _grid(graph))["nick"] is None
    assert after.hash == row_hash(after.row) != before.hash
    assert (after.changed, after.brought, after.type) == (before.changed, before.brought, before.type)
    assert after.props == before.props
    assert _outgrown(graph) == []


def _grid(graph: Graph) -> Any:
    with graph.store.reading(graph.service.id) as reading:
        return default_grid(reading.data_model().spatial_reference)


def test_nobody_can_tell(graph: Graph) -> None:
    first = graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(2, name="b"), add(3, name="c"))).moment
    graph.apply(link(Op.ADD, "Knows", connect(11, 1, 2)))
    moments = [first, graph.clock(), _add_property(graph, "nick")]
    moments.append(graph.apply(entity(Op.UPDATE, "Person", change(2, nick="n"))).moment)
    moments.append(_add_property(graph, "more", FieldType.INTEGER))
    everything = graph.bound()

    def answers() -> list[Any]:
        return [graph.snapshot(everything), *(graph.delta(everything, m) for m in moments)]

    before, clock, old = answers(), graph.clock(), _rows(graph, history)
    assert _reencoded(graph) == 3
    assert answers() == before
    assert graph.clock() == clock, "the pass took a Moment"
    assert _rows(graph, history) == old, "the pass touched history"


def test_a_second_pass_has_nothing_to_do(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    _add_property(graph, "nick")
    reencoder = Reencoder(graph.store, CODEC)
    assert [reencoder.pass_over_all() for _ in range(2)] == [1, 0]
    _add_property(graph, "more")
    assert reencoder.pass_over_all() == 1


def test_a_pass_goes_page_by_page(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencoding, "PAGE", 3)
    graph.apply(entity(Op.ADD, "Person", *(add(k, name=str(k)) for k in range(1, 9))))
    _add_property(graph, "nick")
    assert _reencoded(graph) == 8
    assert graph.snapshot(graph.bound()).ids(Op.ADD, "Person") == list(range(1, 9))


def test_a_value_of_a_dropped_property_waits_for_its_name_to_come_back(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="a", age=3), add(2, name="b")))
    copy = LocalReplica(graph.snapshot(graph.bound()))
    _drop_property(graph, "age")
    assert _reencoded(graph) == 1, "only the row without an age"
    assert _outgrown(graph) == [uid(1)]
    _add_property(graph, "age", FieldType.INTEGER)
    archive = graph.delta(graph.bound(), copy.sync_date)
    copy.apply(archive)
    assert copy.rows[uid(1)][1]["age"] is None, "the replica took the old age for the new one"


def test_a_value_of_a_dropped_property_goes_when_no_replica_can_hold_it(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="a", age=3)))
    dropped = _drop_property(graph, "age")
    graph.apply(entity(Op.ADD, "Person", add(2)))
    assert _reencoded(graph) == 0
    trim_service(graph.store, graph.service.id, TrimPreserving(), graph.wall + 1)
    with graph.store.reading(graph.service.id) as reading:
        assert reading.floor() >= dropped
    assert _reencoded(graph) == 1
    assert "age" not in CODEC.decode_row(_stored(graph, 1).row, _grid(graph))


def test_a_drop_just_above_the_floor_still_counts(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="a", age=3)))
    copy = LocalReplica(graph.snapshot(graph.bound()))
    with graph.store.tending(graph.service.id) as tending:
        tending.raise_floor(copy.sync_date)
    _drop_property(graph, "age")
    assert _reencoded(graph) == 0
    _add_property(graph, "age", FieldType.INTEGER)
    copy.apply(graph.delta(graph.bound(), copy.sync_date))
    assert copy.rows[uid(1)][1]["age"] is None


def test_renamed_properties_keep_their_values(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(2, age=3)))
    copy = LocalReplica(graph.snapshot(graph.bound()))
    renamed = PropertyChange(
        property_name="name",
        replacement=Property(id=0, name="title", field_type=FieldType.STRING),
        masked=frozenset({"name"}),
    )
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        datamodel.update_property(writing, "Person", renamed, CODEC)
    assert _reencoded(graph) == 1, "rows with a name were written when it was renamed"
    copy.apply(graph.delta(graph.bound(), copy.sync_date))
    assert copy.rows[uid(1)][1]["title"] == "a"


def test_an_upload_between_two_pages_is_not_undone(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="old")))
    _add_property(graph, "nick")
    page = _outgrown(graph)
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="new")))
    with graph.store.tending(graph.service.id) as tending:
        assert reencoding.reencode(tending, page, CODEC) == 0
    assert CODEC.decode_row(_stored(graph, 1).row, _grid(graph))["name"] == "new"
