"""Conflicts: what an upload overwrote unseen is kept, shown from both sides, and can be written again."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kgsync.errors import Conflict, NotFound
from kgsync.model.edits import Batch, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.schema import Category, FieldType, Property
from kgsync.model.schema_edits import TypeChange
from kgsync.sync import conflicts, datamodel, undoing
from kgsync.sync.upload import RolledBack
from tests.graphs import CODEC, Graph, add, change, connect, entity, gone, link, named_type, uid

REPLICA = uuid.UUID(int=0xBEEF)


def _upload(graph: Graph, base: Moment, *batches: Batch, **options: Any) -> Outcome:
    return graph.apply(*batches, replica=REPLICA, base=base, user="bob", **options)


def _listed(graph: Graph) -> list[conflicts.Listed]:
    with graph.store.reading(graph.service.id) as reading:
        return conflicts.listed(reading, None, 100)


def _sides(graph: Graph, number: int) -> conflicts.Sides:
    with graph.store.reading(graph.service.id) as reading:
        return conflicts.sides(reading, number, CODEC)


def _restore(graph: Graph, number: int) -> Moment:
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        return undoing.restore(writing, number, CODEC, "ann", uuid.uuid4).moment


def _values(graph: Graph, number: int) -> dict[str, Any]:
    archive = graph.snapshot(graph.bound())
    return next(e.values for _, _, _, es in archive.steps for e in es if e.id == uid(number))  # type: ignore[union-attr]


def _edit(graph: Graph, edit: Any, *arguments: Any) -> Any:
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        return edit(writing, *arguments)


def _two_overwritten(graph: Graph) -> Moment:
    """Let a replica at `base` update person 1 and delete person 2, both changed since."""
    people = entity(Op.ADD, "Person", add(1, name="a", age=1), add(2, name="b"), add(3))
    base = graph.apply(people, link(Op.ADD, "Knows", connect(10, 2, 3), connect(11, 2, 3))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs"), change(2, name="theirs too")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")), entity(Op.DELETE, "Person", gone(2)))
    return base


def test_an_overwritten_version_is_kept_with_who_and_when(graph: Graph) -> None:
    base = _two_overwritten(graph)
    deleted, updated = _listed(graph)
    assert (deleted.entry.number, updated.entry.number) == (2, 1)
    assert (deleted.entry.operation, updated.entry.operation) == ("delete", "update")
    assert (updated.entry.object, updated.type_name) == (uid(1), "Person")
    assert (updated.entry.base, updated.entry.account, updated.entry.replica) == (base, "bob", REPLICA)
    assert base < updated.entry.since < updated.entry.moment == graph.clock()
    assert (updated.entry.restored, updated.replica_name) == (None, None)


def test_what_the_caller_had_seen_is_no_conflict(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="a")))
    base = graph.apply(entity(Op.UPDATE, "Person", change(1, name="b"))).moment
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="c")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="d")))  # its own newer version
    graph.apply(entity(Op.DELETE, "Person", gone(1)))  # no replica, no base
    assert _listed(graph) == []


def test_an_update_of_nothing_is_no_conflict(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="b")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="b")))
    assert _listed(graph) == []


def test_a_cascade_keeps_the_newer_relationships_it_takes(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(10, 1, 2))).moment
    graph.apply(link(Op.ADD, "Knows", connect(11, 2, 1)))
    outcome = _upload(graph, base, entity(Op.DELETE, "Person", gone(1)))
    (kept,) = _listed(graph)
    assert (kept.entry.object, kept.entry.operation, kept.type_name) == (uid(11), "cascade", "Knows")
    assert (kept.entry.origin, kept.entry.dest) == (uid(2), uid(1))
    assert outcome.conflict_count == 1


def test_an_upload_that_is_rolled_back_overwrote_nothing(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="b")))
    with pytest.raises(RolledBack) as told:
        _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="c"), change(9)), rollback=True)
    assert (told.value.outcome.conflicts, _listed(graph)) == ([], [])


def test_both_sides_are_shown_with_what_stands_there_now(graph: Graph) -> None:
    _two_overwritten(graph)
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="now")))
    update, delete = _sides(graph, 1), _sides(graph, 2)
    assert [s.values and s.values["name"] for s in (update.overwritten, update.written, update.now)] == [
        "theirs",
        "mine",
        "now",
    ]
    assert {"name", "age", "objectid"} <= set(update.properties())
    assert delete.overwritten.values is not None
    assert delete.overwritten.values["name"] == "theirs too"
    assert (delete.written.told, delete.now.told) == ("deleted", "does not exist")
    with pytest.raises(NotFound):
        _sides(graph, 3)


def test_an_object_updated_and_deleted_by_one_upload_says_so(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="b")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="c")), entity(Op.DELETE, "Person", gone(1)))
    assert len(_listed(graph)) == 1
    assert _sides(graph, 1).written.told == "deleted by the same upload"


def test_a_restored_update_is_a_new_version_that_deltas_carry(graph: Graph) -> None:
    _two_overwritten(graph)
    before = graph.clock()
    moment = _restore(graph, 1)
    assert before < moment == graph.clock()
    assert _values(graph, 1)["name"] == "theirs"
    assert graph.delta(graph.bound(), before).summary() == {"update Person": [1]}
    assert {c.entry.number: c.entry.restored for c in _listed(graph)}[1] == moment


def test_restoring_clears_what_the_upload_added(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="b")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, age=7)))
    _restore(graph, 1)
    assert (_values(graph, 1)["name"], _values(graph, 1)["age"]) == ("b", None)


def test_a_deleted_object_comes_back_under_its_id(graph: Graph) -> None:
    _two_overwritten(graph)
    before = graph.clock()
    _restore(graph, 2)
    assert _values(graph, 2)["name"] == "theirs too"
    assert graph.delta(graph.bound(), before).summary() == {"add Person": [2], "add Knows": [10, 11]}


def test_a_relationship_comes_back_only_between_ends_that_live(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1), add(2))).moment
    graph.apply(link(Op.ADD, "Knows", connect(11, 2, 1)), entity(Op.UPDATE, "Person", change(1, name="x")))
    _upload(graph, base, entity(Op.DELETE, "Person", gone(1)))
    person, knows = ({c.type_name: c.entry.number for c in _listed(graph)}[name] for name in ("Person", "Knows"))
    with pytest.raises(Conflict, match=str(uid(1))):
        _restore(graph, knows)
    assert all(c.entry.restored is None for c in _listed(graph))
    _restore(graph, person)
    assert graph.snapshot(graph.bound()).summary() == {"add Person": [1, 2], "add Knows": [11]}


def test_an_id_taken_by_something_else_is_not_overwritten(graph: Graph) -> None:
    _two_overwritten(graph)
    graph.apply(entity(Op.ADD, "Place", add(2, name="here")))
    with pytest.raises(Conflict, match="Place"):
        _restore(graph, 2)


def test_a_relationship_between_others_is_not_overwritten(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1), add(2), add(3))).moment
    graph.apply(link(Op.ADD, "Knows", connect(11, 1, 2)))
    _upload(graph, base, link(Op.DELETE, "Knows", gone(11)))
    graph.apply(link(Op.ADD, "Knows", connect(11, 1, 3)))
    with pytest.raises(Conflict, match="connects other"):
        _restore(graph, 1)


def test_values_follow_properties_and_types_that_were_renamed(graph: Graph) -> None:
    _two_overwritten(graph)
    _edit(graph, datamodel.add_properties, "Person", [Property(id=0, name="size", field_type=FieldType.INTEGER)], CODEC)
    _edit(graph, datamodel.delete_property, "Person", "age")
    human = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
    _edit(graph, datamodel.update_type, "Person", human, CODEC)
    sides = _sides(graph, 1)
    assert sides.listed.type_name == "Person"
    assert sides.overwritten.values is not None
    assert (sides.overwritten.values["name"], "age" in sides.overwritten.values) == ("theirs", False)
    _restore(graph, 1)
    _restore(graph, 2)
    assert (_values(graph, 1)["name"], _values(graph, 2)["name"]) == ("theirs", "theirs too")


def test_nothing_comes_back_under_a_deleted_type(graph: Graph) -> None:
    _two_overwritten(graph)
    _edit(graph, datamodel.delete_type, "Person")
    with pytest.raises(Conflict, match="'Person'"):
        _restore(graph, 1)
