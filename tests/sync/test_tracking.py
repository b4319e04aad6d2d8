"""Editor tracking: the server stamps plain edits; what a replica brings is kept."""

from __future__ import annotations

from uuid import UUID

import pytest

from kgsync.errors import Code, Conflict, MalformedInput
from kgsync.model.catalog import Feature
from kgsync.model.edits import Op
from kgsync.model.schema import Category, EditorTracking, FieldType, Property, TrackingName
from kgsync.model.values import DateTime, Value
from kgsync.sync import datamodel
from tests.graphs import CODEC, Graph, add, change, connect, entity, link, named_type

REPLICA = UUID(int=0xBEEF)
NAMES = EditorTracking().names()


@pytest.fixture
def tracked(graph: Graph) -> Graph:
    graph.switch(Feature.EDITOR_TRACKING)
    return graph


def stamps(graph: Graph, number: int) -> tuple[Value, ...]:
    values = graph.values(number)
    return tuple(values.get(name) for name in NAMES)


def test_every_type_of_now_and_later_has_the_four_properties(tracked: Graph) -> None:
    tracked.edit(datamodel.add_types, [named_type("Later", Category.RELATIONSHIP, {"note": FieldType.STRING})])
    tracked.switch(Feature.PROVENANCE)
    model = tracked.model()
    for named in model.types:
        roles = [p.role for p in named.properties if p.system and p.name in NAMES]
        assert roles == ([] if named is model.provenance else [17, 18, 19, 20]), named.name
    assert len({p.id for t in model.types for p in t.properties}) == sum(len(t.properties) for t in model.types)
    assert model.tracking == EditorTracking()


def test_a_plain_edit_is_stamped_whatever_it_says(tracked: Graph) -> None:
    first = tracked.apply(
        entity(Op.ADD, "Person", add(1, created_user="eve", last_edited_date=DateTime(5))),
        entity(Op.ADD, "Person", add(2)),
        link(Op.ADD, "Knows", connect(3, 1, 2)),
        user="ann",
    )
    born = ("ann", DateTime(first.moment.ms), "ann", DateTime(first.moment.ms))
    assert [stamps(tracked, n) for n in (1, 2, 3)] == [born] * 3
    second = tracked.apply(
        entity(Op.UPDATE, "Person", change(1, name="Ann", created_user="eve", last_edited_user=7)), user="bob"
    )
    assert stamps(tracked, 1) == (*born[:2], "bob", DateTime(second.moment.ms))


def test_an_edit_that_changes_nothing_is_not_stamped(tracked: Graph) -> None:
    tracked.apply(entity(Op.ADD, "Person", add(1, name="Ann")), user="ann")
    before = tracked.stored(1)
    tracked.apply(entity(Op.UPDATE, "Person", change(1, name="Ann", last_edited_user="eve")), user="bob")
    tracked.apply(entity(Op.ADD, "Person", add(1, name="Ann")), user="bob")
    assert tracked.stored(1) == before


def test_a_replica_keeps_its_values_and_gets_those_it_does_not_bring(tracked: Graph) -> None:
    first = tracked.apply(
        entity(
            Op.ADD,
            "Person",
            add(1, created_user="eve", created_date=DateTime(1), last_edited_user="max", last_edited_date=DateTime(2)),
            add(2, created_user="eve", created_date=None),
        ),
        user="ann",
        replica=REPLICA,
    )
    now = DateTime(first.moment.ms)
    assert stamps(tracked, 1) == ("eve", DateTime(1), "max", DateTime(2))
    assert stamps(tracked, 2) == ("eve", now, "ann", now)
    second = tracked.apply(
        entity(
            Op.UPDATE,
            "Person",
            change(1, name="x", last_edited_user="zoe", created_user=None),
            change(2, name="y", last_edited_date=DateTime(9), created_user="gus"),
        ),
        user="bob",
        replica=REPLICA,
    )
    assert stamps(tracked, 1) == ("eve", DateTime(1), "zoe", DateTime(second.moment.ms))
    assert stamps(tracked, 2) == ("gus", now, "bob", DateTime(9))


def test_a_replicas_add_sent_again_is_the_same_content(tracked: Graph) -> None:
    again = entity(Op.ADD, "Person", add(1, name="Ann", created_user="eve"))
    tracked.apply(again, replica=REPLICA)
    before = tracked.stored(1)
    tracked.apply(again, replica=REPLICA)
    assert tracked.stored(1) == before
    outcome = tracked.apply(
        entity(Op.ADD, "Person", add(1, name="Ann", created_user="max")), replica=REPLICA, fails=True
    )
    assert outcome.results[0].errors[0].code is Code.EDIT_EXISTS


def test_a_brought_value_must_fit(tracked: Graph) -> None:
    edit = entity(Op.ADD, "Person", add(1, created_date="yesterday"), add(2, created_user=("a", "b")))
    outcome = tracked.apply(edit, replica=REPLICA, fails=True)
    assert {e.code for e in outcome.results[0].errors.values()} == {Code.EDIT_VALUE}
    assert len(outcome.results[0].errors) == 2


def test_objects_from_before_are_known_from_their_next_edit(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    date = graph.clock()
    graph.switch(Feature.EDITOR_TRACKING)
    assert stamps(graph, 1) == (None,) * 4
    assert graph.delta(graph.bound(), date).steps == []
    second = graph.apply(entity(Op.UPDATE, "Person", change(1, name="Ann")), user="bob")
    assert stamps(graph, 1) == (None, None, "bob", DateTime(second.moment.ms))


def test_the_names_are_the_services_choice(graph: Graph) -> None:
    def named(name: str) -> TrackingName:
        return TrackingName(name=name, alias=name.title())

    own = EditorTracking(
        creator=named("maker"), create_date=named("made"), editor=named("mender"), edit_date=named("m")
    )
    graph.switch(Feature.EDITOR_TRACKING, True, own)
    graph.apply(entity(Op.ADD, "Person", add(1)), user="ann")
    assert (graph.values(1)["maker"], graph.values(1)["mender"]) == ("ann", "ann")
    graph.switch(Feature.EDITOR_TRACKING)
    with pytest.raises(Conflict, match="off first"):
        graph.switch(Feature.EDITOR_TRACKING, True, EditorTracking())


@pytest.mark.parametrize("name", ["esri__x", "two words", "last_edited_user", ""])
def test_names_that_cannot_be_are_refused(graph: Graph, name: str) -> None:
    with pytest.raises(MalformedInput):
        graph.switch(Feature.EDITOR_TRACKING, True, EditorTracking(creator=TrackingName(name=name, alias="")))
    assert graph.model().tracking is None


def test_a_taken_property_name_keeps_tracking_off(graph: Graph) -> None:
    taken = Property(id=0, name="created_user", field_type=FieldType.STRING)
    graph.edit(datamodel.add_properties, "Place", [taken], CODEC)
    with pytest.raises(Conflict, match="Place"):
        graph.switch(Feature.EDITOR_TRACKING)


def test_the_four_properties_cannot_be_edited(tracked: Graph) -> None:
    with pytest.raises(MalformedInput, match="maintained"):
        tracked.edit(datamodel.delete_property, "Person", "created_user")
    (result,) = tracked.edit(
        datamodel.add_properties, "Person", [Property(id=0, name="created_user", field_type=FieldType.STRING)], CODEC
    )
    assert isinstance(result.error, Conflict)


def test_switched_off_they_are_gone_and_come_back_empty(tracked: Graph) -> None:
    date = tracked.apply(entity(Op.ADD, "Person", add(1, name="Ann"))).moment
    tracked.switch(Feature.EDITOR_TRACKING, False)
    assert not {"created_user", "last_edited_date"} & set(tracked.values(1))
    assert tracked.delta(tracked.bound(), date).steps == []
    tracked.switch(Feature.EDITOR_TRACKING)
    assert stamps(tracked, 1) == (None,) * 4
    assert tracked.delta(tracked.bound(), date).summary() == {"update Person": [1]}


def test_clients_that_list_the_properties_do_not_double_them(tracked: Graph) -> None:
    copied = named_type("Copy", Category.ENTITY, {"created_user": FieldType.STRING, "note": FieldType.STRING})
    ((_, result),) = tracked.edit(datamodel.add_types, [copied])
    assert result.error is None
    names = [p.name for p in tracked.model().require("Copy").properties]
    assert names == ["objectid", "globalid", *NAMES, "note"]
