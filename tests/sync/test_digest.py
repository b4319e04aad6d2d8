"""What server and client add up alike: whatever the history, as long as both hold the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kgsync.client.holdings import held
from kgsync.model.digest import Digest
from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.history import Moment
from kgsync.model.replica import Definition
from kgsync.model.schema import Category, FieldType, Property
from kgsync.model.schema_edits import PropertyChange, TypeChange
from kgsync.store.base import KeptDigest
from kgsync.store.database import Store
from kgsync.sync import datamodel
from kgsync.sync.digest import Advance, advance, advance_from, digest_of, is_current, members_of, served_digest
from tests.archives import save_delta, save_snapshot
from tests.backends import BACKENDS, opened_store
from tests.contracts.test_store import replica_value
from tests.graphs import (
    CODEC,
    KNOWS,
    LIVES,
    PERSON,
    PLACE,
    Graph,
    add,
    change,
    connect,
    entity,
    gone,
    link,
    named_type,
    uid,
)


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened_store(request.param, tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def graph(store: Store) -> Graph:
    made = Graph.make(store, PERSON, PLACE, KNOWS, LIVES)
    spot = Geometry(GeometryKind.POINT, False, False, ((13.4, 52.5),))
    made.apply(
        entity(Op.ADD, "Person", *(add(k, name=f"n{k}", age=k) for k in range(1, 30))),
        entity(Op.ADD, "Place", add(50, name="here", shape=spot), add(51)),
        link(Op.ADD, "Knows", *(connect(100 + k, k, k + 1) for k in range(1, 20))),
        link(Op.ADD, "LivesIn", connect(200, 1, 50), connect(201, 2, 51)),
    )
    return made


def _digest(graph: Graph, definition: Definition) -> Digest:
    with graph.store.reading(graph.service.id) as reading:
        return digest_of(reading, definition, CODEC)


def _added_up(*paths: Path) -> Digest:
    with held(paths) as holdings:
        return holdings.digest()


def _model_edit(graph: Graph, kind: str) -> None:
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        if kind == "add":
            wanted = [Property(id=0, name="extra", field_type=FieldType.DOUBLE)]
            datamodel.add_properties(writing, "Person", wanted, CODEC)
        elif kind == "drop":
            datamodel.delete_property(writing, "Person", "age")
        elif kind == "rename":
            new = Property(id=0, name="title", field_type=FieldType.STRING)
            change = PropertyChange(property_name="name", replacement=new, masked=frozenset({"name"}))
            datamodel.update_property(writing, "Person", change, CODEC)
        elif kind == "retype":
            new = Property(id=0, name="age", field_type=FieldType.DOUBLE)
            change = PropertyChange(property_name="age", replacement=new, masked=frozenset({"field_type"}))
            datamodel.update_property(writing, "Person", change, CODEC)
        elif kind == "rename type":
            human = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
            datamodel.update_type(writing, "Person", human, CODEC)
        else:
            datamodel.delete_type(writing, "Place")


def test_a_snapshot_adds_up_to_the_servers_digest(graph: Graph, tmp_path: Path) -> None:
    for types in ((), ("Person",), ("Person", "Knows"), ("Place", "LivesIn")):
        definition = graph.bound(*types)
        found = _digest(graph, definition)
        assert found == _added_up(save_snapshot(graph, definition, tmp_path / "s.zip"))
        assert found.members > 0
    assert _digest(graph, graph.bound("Place", "LivesIn")).members == 2


def test_deltas_carry_the_digest_on(graph: Graph, tmp_path: Path) -> None:
    definition = graph.bound()
    archives, last = [save_snapshot(graph, definition, tmp_path / "0.zip")], graph.clock()
    for step, batches in enumerate(
        (
            [entity(Op.UPDATE, "Person", change(1, name="x"), change(2, age=None))],
            [entity(Op.DELETE, "Person", gone(3)), link(Op.ADD, "Knows", connect(300, 5, 9))],
            [entity(Op.ADD, "Place", add(3)), entity(Op.DELETE, "Place", gone(50))],
        ),
        1,
    ):
        graph.apply(*batches)
        archives.append(save_delta(graph, definition, last, tmp_path / f"{step}.zip"))
        last = graph.clock()
        assert _added_up(*archives) == _digest(graph, definition)


@pytest.mark.parametrize("kind", ["add", "drop", "rename", "retype", "rename type", "delete type"])
def test_clients_follow_a_changed_data_model_without_rows(graph: Graph, kind: str, tmp_path: Path) -> None:
    definition, before = graph.bound(), graph.clock()
    archives = [save_snapshot(graph, definition, tmp_path / "0.zip")]
    _model_edit(graph, kind)
    archives.append(save_delta(graph, definition, before, tmp_path / "1.zip"))
    assert _added_up(*archives) == _digest(graph, definition)
    middle = graph.clock()
    label = "Human" if kind == "rename type" else "Person"
    graph.apply(entity(Op.UPDATE, label, change(7, **{"title" if kind == "rename" else "name": "new"})))
    archives.append(save_delta(graph, definition, middle, tmp_path / "2.zip"))
    assert _added_up(*archives) == _digest(graph, definition)
    assert _added_up(save_snapshot(graph, definition, tmp_path / "3.zip")) == _digest(graph, definition)


def test_members_add_up_to_the_digest(graph: Graph) -> None:
    definition = graph.bound()
    for _ in range(2):
        total = Digest()
        with graph.store.reading(graph.service.id) as reading:
            for _, _, hash in members_of(reading, definition, CODEC):
                total = total.plus(hash)
        assert total == _digest(graph, definition)
        _model_edit(graph, "add")


def test_one_changed_row_changes_the_digest(graph: Graph) -> None:
    definition, before = graph.bound(), _digest(graph, graph.bound())
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    changed = _digest(graph, definition)
    assert (changed.members, changed != before) == (before.members, True)
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="n1")))
    assert _digest(graph, definition) == before


@dataclass
class _Change:
    type: int
    hash0: int = 0
    hash1: int = 0
    before_schema: int = 5
    schema: int = 5


def test_a_digest_advances_by_what_a_delta_brought_and_took() -> None:
    before = Digest().plus(2**61 + 5).plus(2**33 + 1)
    changes = [_Change(1, hash1=77), _Change(1, hash0=2**61 + 5), _Change(2, hash0=2**33 + 1, hash1=2**33 + 2)]
    assert advance(before, changes, {1: 5, 2: 5}) == Digest().plus(77).plus(2**33 + 2)
    assert advance(before, [], {}) == before


def test_rows_of_an_older_shape_stop_an_advance() -> None:
    before = Digest().plus(9)
    assert advance(before, [_Change(1, hash0=9, before_schema=4)], {1: 5}) is None
    assert advance(before, [_Change(1, hash1=9, schema=4)], {1: 5}) is None
    # The schema of a row that is not there says nothing.
    assert advance(before, [_Change(1, hash1=9, before_schema=0)], {1: 5}) == before.plus(9)


def test_changes_pass_by_an_advance_untouched() -> None:
    changes = [_Change(1, hash1=k) for k in range(1, 5)]
    carried = Advance(Digest(), {})
    assert list(carried.watch(changes)) == changes
    assert carried.digest is not None
    assert carried.digest.members == 4


def test_a_kept_digest_outlives_changes_of_other_types_only(graph: Graph) -> None:
    with graph.store.reading(graph.service.id) as reading:
        model = reading.data_model()
    kept = KeptDigest(Moment(1), model.version, Digest())
    _model_edit(graph, "add")
    with graph.store.reading(graph.service.id) as reading:
        model = reading.data_model()
    assert is_current(kept, [model.require("Place"), model.require("Knows")])
    assert not is_current(kept, [model.require("Person")])


def test_a_delta_begins_at_the_digest_kept_at_its_start(graph: Graph) -> None:
    definition, start = graph.bound("Person"), graph.clock()
    with graph.store.reading(graph.service.id) as reading:
        kept, person = served_digest(reading, definition, CODEC), reading.data_model().require("Person")
    with graph.store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(7, "Field"))
        registering.put_digest(uid(7), kept)
        begun = advance_from(registering, uid(7), start, [person])
        assert begun is not None
        assert begun.digest == kept.digest == _digest(graph, definition)
        assert advance_from(registering, uid(7), Moment(start.ms + 1), [person]) is None
    _model_edit(graph, "add")
    with graph.store.reading(graph.service.id) as reading:
        assert advance_from(reading, uid(7), start, [reading.data_model().require("Person")]) is None
