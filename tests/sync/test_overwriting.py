"""What is a conflict: what an upload overwrites that its sender has not seen, and that says something else."""

from __future__ import annotations

import uuid
from itertools import pairwise
from typing import Any

import pytest

from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Batch, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.schema import Category, FieldType, Property
from kgsync.model.schema_edits import PropertyChange, TypeChange
from kgsync.sync import conflicts, datamodel
from tests.graphs import CODEC, Graph, add, change, connect, entity, gone, link, named_type, uid

REPLICA = uuid.UUID(int=0xBEEF)


def _upload(graph: Graph, base: Moment, *batches: Batch, **options: Any) -> Outcome:
    return graph.apply(*batches, replica=REPLICA, base=base, user="bob", **options)


def _kept(graph: Graph) -> list[tuple[str, int]]:
    with graph.store.reading(graph.service.id) as reading:
        return [(c.entry.operation, c.entry.object.int) for c in conflicts.listed(reading, None, 100)]


def _rename_property(graph: Graph, type_name: str, old: str, new: str, kind: FieldType = FieldType.STRING) -> None:
    replacement = Property(id=0, name=new, field_type=kind)
    wanted = PropertyChange(property_name=old, replacement=replacement, masked=frozenset({"name", "field_type"}))
    graph.edit(datamodel.update_property, type_name, wanted, CODEC)


def _rename_type(graph: Graph, old: str, new: str) -> None:
    replacement = named_type(new, Category.ENTITY, {})
    graph.edit(datamodel.update_type, old, TypeChange(replacement=replacement, masked=frozenset({"name"})), CODEC)


@pytest.fixture
def base(graph: Graph) -> Moment:
    """Ann (1) knows Bob (2) by 3, and a replica has seen them."""
    people = entity(Op.ADD, "Person", add(1, name="Ann", age=31), add(2, name="Bob"))
    return graph.apply(people, link(Op.ADD, "Knows", connect(3, 1, 2))).moment


def _about(number: int, object: int, **values: Any) -> Add:
    said = {"typeName": "Person", "propertyName": "name", "sourceType": "String", "source": "she said so"}
    return Add(uid(number), {"instanceID": uid(object), **said, **values})


# ---- records that went with what they were about


def test_a_record_changed_unseen_is_kept_when_its_object_is_deleted(graph: Graph) -> None:
    graph.switch(Feature.PROVENANCE)
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann")))
    base = graph.apply(entity(Op.ADD, "Provenance", _about(10, 1), _about(11, 1))).moment
    graph.apply(
        entity(Op.UPDATE, "Provenance", change(10, comment="late")), entity(Op.ADD, "Provenance", _about(12, 1))
    )
    outcome = _upload(graph, base, entity(Op.DELETE, "Person", gone(1)), cascade_provenance=True)
    assert _kept(graph) == [("cascade", 12), ("cascade", 10)]
    assert (outcome.conflict_count, str(uid(10)) in outcome.conflicts[0]) == (2, True)


def test_a_record_changed_unseen_is_kept_when_its_property_is_cleared(graph: Graph) -> None:
    graph.switch(Feature.PROVENANCE)
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann")))
    base = graph.apply(entity(Op.ADD, "Provenance", _about(10, 1))).moment
    graph.apply(entity(Op.UPDATE, "Provenance", change(10, comment="late")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name=None)), cascade_provenance=True)
    assert _kept(graph) == [("cascade", 10)]


# ---- edits of the data model


def test_renaming_a_property_is_no_change_of_its_objects(graph: Graph, base: Moment) -> None:
    _rename_property(graph, "Person", "name", "nom")
    outcome = _upload(graph, base, entity(Op.UPDATE, "Person", change(1, age=5)), entity(Op.DELETE, "Person", gone(2)))
    assert (outcome.conflicts, _kept(graph)) == ([], [])


def test_giving_a_property_another_type_is_no_change_of_its_objects(graph: Graph, base: Moment) -> None:
    _rename_property(graph, "Person", "age", "age", FieldType.DOUBLE)
    assert _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="x"))).conflicts == []


def test_renaming_a_type_is_no_change_of_its_objects_nor_of_their_relationships(graph: Graph, base: Moment) -> None:
    _rename_type(graph, "Person", "Human")
    _rename_type(graph, "Human", "Person")
    assert _upload(graph, base, link(Op.UPDATE, "Knows", change(3, since=None))).conflicts == []
    assert _upload(graph, base, entity(Op.DELETE, "Person", gone(1))).conflicts == []
    assert _kept(graph) == []


def test_records_that_follow_a_renamed_type_are_not_changed(graph: Graph) -> None:
    graph.switch(Feature.PROVENANCE)
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann")))
    base = graph.apply(entity(Op.ADD, "Provenance", _about(10, 1))).moment
    _rename_type(graph, "Person", "Human")
    _rename_property(graph, "Human", "name", "nom")
    assert _upload(graph, base, entity(Op.UPDATE, "Provenance", change(10, comment="x"))).conflicts == []


@pytest.mark.parametrize("edited_first", [True, False])
def test_an_edit_is_seen_behind_an_edit_of_the_data_model(graph: Graph, base: Moment, edited_first: bool) -> None:
    if edited_first:
        graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs")))
    _rename_property(graph, "Person", "name", "nom")
    if not edited_first:
        graph.apply(entity(Op.UPDATE, "Person", change(1, nom="theirs")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, age=5)))
    assert _kept(graph) == [("update", 1)]


def test_many_edits_of_the_data_model_hide_no_edit(graph: Graph, base: Moment) -> None:
    names = ["name", *(f"name{k}" for k in range(10))]
    graph.apply(entity(Op.UPDATE, "Person", change(2, name="theirs")))
    for old, new in pairwise(names):
        _rename_property(graph, "Person", old, new)
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, age=5), change(2, age=5)))
    assert _kept(graph) == [("update", 2)]


def test_an_upload_that_teaches_the_data_model_is_an_edit_like_others(graph: Graph, base: Moment) -> None:
    teaching = (entity(Op.ADD, "Place", add(8)), link(Op.ADD, "LivesIn", connect(9, 1, 8)))
    graph.apply(*teaching, entity(Op.UPDATE, "Person", change(1, name="theirs")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")))
    assert _kept(graph) == [("update", 1)]


def test_what_the_replica_brought_itself_is_still_its_own_after_a_rename(graph: Graph, base: Moment) -> None:
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")))
    _rename_property(graph, "Person", "age", "years", FieldType.INTEGER)
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine too")))
    assert _kept(graph) == []


# ---- what says the same


def test_what_was_changed_and_put_back_is_no_conflict(graph: Graph, base: Moment) -> None:
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="Ann")))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, name="mine")))
    assert _kept(graph) == []


def test_a_relationship_that_came_back_between_others_is_a_conflict(graph: Graph, base: Moment) -> None:
    graph.apply(link(Op.DELETE, "Knows", gone(3)))
    graph.apply(link(Op.ADD, "Knows", connect(3, 2, 1)))
    _upload(graph, base, link(Op.DELETE, "Knows", gone(3)))
    assert _kept(graph) == [("delete", 3)]


def test_what_was_added_later_is_a_conflict(graph: Graph, base: Moment) -> None:
    graph.apply(entity(Op.ADD, "Person", add(4)))
    _upload(graph, base, entity(Op.UPDATE, "Person", change(4, name="mine")))
    assert _kept(graph) == [("update", 4)]


def test_what_was_deleted_when_the_replica_looked_and_came_back_is_a_conflict(graph: Graph, base: Moment) -> None:
    deleted = graph.apply(entity(Op.DELETE, "Person", gone(2))).moment
    graph.apply(entity(Op.ADD, "Person", add(2, name="Bob")))
    _upload(graph, deleted, entity(Op.DELETE, "Person", gone(2)))
    _upload(graph, base, entity(Op.DELETE, "Person", gone(1)))
    assert _kept(graph) == [("delete", 2)]


def test_a_base_that_is_not_kept_any_more_makes_every_later_version_a_conflict(graph: Graph, base: Moment) -> None:
    _rename_property(graph, "Person", "name", "nom")
    with graph.store.tending(graph.service.id) as tending:
        tending.raise_floor(graph.clock())
        while tending.drop_history(graph.clock(), 100):
            pass
    _upload(graph, base, entity(Op.UPDATE, "Person", change(1, age=5)))
    assert _kept(graph) == [("update", 1)]
