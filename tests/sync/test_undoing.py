"""Bringing back what a conflict overwrote: once, with what went along, and losing nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kgsync.errors import Conflict
from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Batch, Op
from kgsync.model.history import Moment
from kgsync.model.schema import FieldType, Property
from kgsync.model.schema_edits import PropertyChange
from kgsync.model.values import DateOnly
from kgsync.sync import conflicts, datamodel, undoing
from tests.graphs import CODEC, Graph, add, change, connect, entity, gone, link, uid

REPLICA = uuid.UUID(int=0xBEEF)


def _upload(graph: Graph, base: Moment, *batches: Batch) -> None:
    graph.apply(*batches, replica=REPLICA, base=base, user="bob", cascade_provenance=True)


def _restore(graph: Graph, number: int) -> undoing.Restored:
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        return undoing.restore(writing, number, CODEC, "ann", uuid.uuid4)


def _kept(graph: Graph) -> dict[int, conflicts.Listed]:
    with graph.store.reading(graph.service.id) as reading:
        return {each.entry.number: each for each in conflicts.listed(reading, None, 100)}


def _number(graph: Graph, object: int) -> int:
    return next(number for number, each in _kept(graph).items() if each.entry.object == uid(object))


def _forget(graph: Graph) -> None:
    """Trim all history."""
    with graph.store.tending(graph.service.id) as tending:
        tending.raise_floor(graph.clock())
        while tending.drop_history(graph.clock(), 100):
            pass


def _about(number: int, object: int, type_name: str = "Person", property_name: str = "name") -> Add:
    said: dict[str, Any] = {"typeName": type_name, "propertyName": property_name, "sourceType": "String"}
    return Add(uid(number), {"instanceID": uid(object), "source": "she said so", **said})


@pytest.fixture
def deleted(graph: Graph) -> Graph:
    """Ann (1) knew Bob (2) by 10 and 11, Eve (3) knew her by 12; 20 was about Ann, 21 about 11. A replica that had
    not seen 11, 21 and Ann's age deleted Ann and Eve."""
    graph.switch(Feature.PROVENANCE)
    people = entity(Op.ADD, "Person", add(1, name="Ann"), add(2, name="Bob"), add(3, name="Eve"))
    graph.apply(people, link(Op.ADD, "Knows", connect(10, 1, 2), connect(12, 3, 1), connect(13, 2, 3)))
    base = graph.apply(entity(Op.ADD, "Provenance", _about(20, 1), _about(22, 2))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, age=31)), link(Op.ADD, "Knows", connect(11, 2, 1)))
    graph.apply(entity(Op.ADD, "Provenance", _about(21, 11, "Knows", "since")))
    _upload(graph, base, entity(Op.DELETE, "Person", gone(1), gone(3)))
    return graph


def _there(graph: Graph) -> set[int]:
    return {number for number in (*range(1, 4), *range(10, 14), *range(20, 23)) if graph.stored(number)}


def test_what_went_with_an_entity_comes_back_with_it(deleted: Graph) -> None:
    assert _there(deleted) == {2, 22}
    done = _restore(deleted, _number(deleted, 1))
    assert _there(deleted) == {1, 2, 10, 11, 20, 21, 22}
    assert {each.id.int for each in done.back} == {10, 11, 20, 21}
    assert not done.forgotten
    record = deleted.stored(20)
    assert record is not None
    assert record.origin == uid(1)


def test_conflicts_that_came_along_are_restored_too(deleted: Graph) -> None:
    done = _restore(deleted, _number(deleted, 1))
    assert {each.id.int: each.conflict is not None for each in done.back} == {10: False, 11: True, 20: False, 21: True}
    assert all(each.entry.restored == done.moment for each in _kept(deleted).values())


def test_what_cannot_come_back_is_told_with_the_reason(deleted: Graph) -> None:
    (left,) = _restore(deleted, _number(deleted, 1)).left
    assert (left.id, left.type_name, left.conflict) == (uid(12), "Knows", None)
    assert left.reason == f"the origin {uid(3)} does not exist"


def test_a_trim_leaves_the_conflicts_to_come_back(deleted: Graph) -> None:
    _forget(deleted)
    done = _restore(deleted, _number(deleted, 1))
    assert (done.forgotten, {each.id.int for each in done.back}) == (True, {11, 21})


def test_what_a_later_upload_deleted_comes_back_whole(graph: Graph) -> None:
    people = entity(Op.ADD, "Person", add(1, name="Ann"), add(2))
    base = graph.apply(people, link(Op.ADD, "Knows", connect(10, 1, 2))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs")), link(Op.ADD, "Knows", connect(11, 2, 1)))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")))
    _upload(graph, base, entity(Op.DELETE, "Person", gone(1)))
    _restore(graph, _number(graph, 1))
    assert _there(graph) == {1, 2, 10, 11}
    assert {each.entry.restored is not None for each in _kept(graph).values()} == {True}


@pytest.mark.parametrize("taken", [True, False])
def test_without_history_what_the_upload_changed_comes_back_if_it_is_gone(graph: Graph, taken: bool) -> None:
    people = entity(Op.ADD, "Person", add(1, name="Ann"), add(2))
    base = graph.apply(people, link(Op.ADD, "Knows", connect(10, 1, 2))).moment
    theirs = link(Op.UPDATE, "Knows", change(10, since=DateOnly(1)))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs")), theirs)
    mine = link(Op.UPDATE, "Knows", change(10, since=DateOnly(2)))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")), mine)
    graph.apply(entity(Op.DELETE, "Person", gone(1)))
    if taken:
        graph.apply(link(Op.ADD, "Knows", connect(10, 2, 2)))
    _forget(graph)
    done = _restore(graph, _number(graph, 1))
    assert ([each.id.int for each in done.back], done.left, done.forgotten) == ([] if taken else [10], (), True)


def test_what_came_back_on_its_own_and_went_again_stays_away(deleted: Graph) -> None:
    deleted.apply(entity(Op.ADD, "Person", add(1)))
    _restore(deleted, _number(deleted, 11))
    deleted.apply(entity(Op.DELETE, "Person", gone(1)), cascade_provenance=True)
    done = _restore(deleted, _number(deleted, 1))
    assert {each.id.int for each in done.back} == {11, 21}


def test_what_was_deleted_by_others_at_other_times_stays_away(deleted: Graph) -> None:
    first = _restore(deleted, _number(deleted, 1))
    deleted.apply(link(Op.DELETE, "Knows", gone(10)))
    _upload(deleted, Moment(first.moment.ms - 1), entity(Op.DELETE, "Person", gone(1)))
    _restore(deleted, _number(deleted, 1))
    assert _there(deleted) == {1, 2, 11, 20, 21, 22}


def test_an_id_that_was_taken_meanwhile_is_left_alone(deleted: Graph) -> None:
    deleted.apply(link(Op.ADD, "Knows", connect(11, 2, 2)))
    done = _restore(deleted, _number(deleted, 1))
    reasons = {each.id.int: each.reason for each in done.left}
    assert reasons[11] == "the id exists with other content"
    stored = deleted.stored(11)
    assert stored is not None
    assert (stored.origin, stored.dest) == (uid(2), uid(2))


def test_a_relationship_comes_back_with_the_records_about_it(graph: Graph) -> None:
    graph.switch(Feature.PROVENANCE)
    people = entity(Op.ADD, "Person", add(1), add(2))
    base = graph.apply(people, link(Op.ADD, "Knows", connect(10, 1, 2))).moment
    graph.apply(link(Op.DELETE, "Knows", gone(10)))
    later = _about(20, 10, "Knows", "since")
    graph.apply(link(Op.ADD, "Knows", connect(10, 2, 1)), entity(Op.ADD, "Provenance", later))
    _upload(graph, base, link(Op.DELETE, "Knows", gone(10)))
    done = _restore(graph, _number(graph, 10))
    assert [each.id.int for each in done.back] == [20]


# ---- once, and losing nothing


def _overwritten(graph: Graph) -> None:
    """Keep conflict 1: "theirs" was overwritten by "mine"."""
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")))


def test_a_conflict_is_restored_once_only(graph: Graph) -> None:
    _overwritten(graph)
    done = _restore(graph, 1)
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="newer")))
    clock = graph.clock()
    with pytest.raises(Conflict, match=f"was restored at {done.moment} already"):
        _restore(graph, 1)
    assert (graph.values(1)["name"], graph.clock()) == ("newer", clock)


def test_what_a_restore_overwrites_is_kept_and_comes_back_like_anything_else(graph: Graph) -> None:
    _overwritten(graph)
    newer = graph.apply(entity(Op.UPDATE, "Person", change(1, name="newer"))).moment
    done = _restore(graph, 1)
    assert (graph.values(1)["name"], done.kept) == ("theirs", 2)
    kept = _kept(graph)[2].entry
    assert (kept.operation, kept.since, kept.moment, kept.account) == ("restore", newer, done.moment, "ann")
    with graph.store.reading(graph.service.id) as reading:
        sides = conflicts.sides(reading, 2, CODEC)
    assert [side.values and side.values["name"] for side in (sides.overwritten, sides.written)] == ["newer", "theirs"]
    assert _restore(graph, 2).kept == 3
    assert graph.values(1)["name"] == "newer"


def test_a_restore_that_changes_nothing_keeps_nothing(graph: Graph) -> None:
    _overwritten(graph)
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs")))
    assert (_restore(graph, 1).kept, len(_kept(graph))) == (None, 1)


def test_a_restore_leaves_alone_what_the_row_could_not_say(graph: Graph) -> None:
    _overwritten(graph)
    nom = Property(id=0, name="nom", field_type=FieldType.STRING)
    wanted = PropertyChange(property_name="name", replacement=nom, masked=frozenset({"name"}))
    graph.edit(datamodel.update_property, "Person", wanted, CODEC)
    _restore(graph, 1)
    assert graph.values(1)["nom"] == "mine"
