"""Applying edits: one result per edit, good ones stay, and nothing doubles."""

from __future__ import annotations

import uuid

import pytest

from kgsync.errors import Code, UnknownType
from kgsync.model.edits import Add, Capabilities, EditsHeader, Op, Outcome
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.schema import Category
from kgsync.model.values import Invalid
from kgsync.store.database import Store
from kgsync.sync.upload import Caller, RolledBack, apply_edits
from tests.graphs import CODEC, PLACE, Graph, LocalReplica, add, change, connect, entity, gone, link, uid

REPLICA = uuid.UUID(int=0xBEEF)


def test_a_bad_edit_does_not_cost_the_good_ones(graph: Graph) -> None:
    outcome = graph.apply(entity(Op.ADD, "Person", add(1, age=1), add(2, age="old"), add(3)), fails=True)
    results = outcome.at(Op.ADD, Category.ENTITY, "Person")
    assert results.ids == [uid(1), None, uid(3)]
    assert results.errors[1].code is Code.EDIT_VALUE
    assert "Person" in results.errors[1].message
    assert "'age'" in results.errors[1].message
    assert graph.snapshot(graph.bound()).ids(Op.ADD, "Person") == [1, 3]


def test_with_rollback_one_bad_edit_undoes_all(graph: Graph) -> None:
    before = graph.clock()
    with pytest.raises(RolledBack) as undone:
        graph.apply(entity(Op.ADD, "Person", add(1), add(2, age="old")), rollback=True)
    outcome = undone.value.outcome
    assert outcome.error is not None
    assert outcome.at(Op.ADD, Category.ENTITY, "Person").ids == [None, None]
    assert (graph.clock(), graph.snapshot(graph.bound()).steps) == (before, [])


def test_an_add_with_the_same_content_again_makes_no_version(graph: Graph) -> None:
    first = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann"))).moment
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann")))
    assert graph.delta(graph.bound(), first).steps == []


def test_an_add_with_other_content_is_refused(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann")))
    outcome = graph.apply(entity(Op.ADD, "Person", add(1, name="Eve")), fails=True)
    assert outcome.at(Op.ADD, Category.ENTITY, "Person").errors[0].code is Code.EDIT_EXISTS


def test_an_id_is_unique_across_types(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    outcome = graph.apply(entity(Op.ADD, "Place", add(1)), fails=True)
    assert outcome.at(Op.ADD, Category.ENTITY, "Place").errors[0].code is Code.EDIT_EXISTS


def test_an_update_that_changes_nothing_makes_no_version(graph: Graph) -> None:
    first = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="Ann")))
    assert graph.delta(graph.bound(), first).steps == []


def test_an_object_updated_and_deleted_in_one_upload_is_gone(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="Anna")), entity(Op.DELETE, "Person", gone(1)))
    assert graph.delta(graph.bound(), date).summary() == {"delete Person": [1]}


def test_an_update_keeps_what_it_does_not_name(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=3)))
    graph.apply(entity(Op.UPDATE, "Person", change(1, age=None)))
    _, _, _, (row,) = graph.snapshot(graph.bound("Person")).steps[0]
    assert isinstance(row, Add)
    assert (row.values["name"], row.values["age"]) == ("Ann", None)


@pytest.mark.parametrize("op", [Op.UPDATE, Op.DELETE])
def test_changing_what_is_gone_is_an_error(graph: Graph, op: Op) -> None:
    edit = change(9) if op is Op.UPDATE else gone(9)
    outcome = graph.apply(entity(op, "Person", edit), fails=True)
    assert outcome.at(op, Category.ENTITY, "Person").errors[0].code is Code.EDIT_MISSING


@pytest.mark.parametrize("op", [Op.UPDATE, Op.DELETE])
def test_changing_under_the_wrong_type_is_an_error(graph: Graph, op: Op) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    edit = change(1, name="x") if op is Op.UPDATE else gone(1)
    outcome = graph.apply(entity(op, "Place", edit), fails=True)
    assert outcome.at(op, Category.ENTITY, "Place").errors[0].code is Code.EDIT_WRONG_TYPE


def test_the_same_id_twice_in_one_upload_fails_the_second_time(graph: Graph) -> None:
    outcome = graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(1, name="a")), fails=True)
    results = outcome.at(Op.ADD, Category.ENTITY, "Person")
    assert results.ids == [uid(1), None]
    assert results.errors[1].code is Code.EDIT_REPEATED


def test_ends_added_in_the_same_upload_count(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    assert graph.snapshot(graph.bound()).ids(Op.ADD, "Knows") == [3]


def test_a_relationship_needs_ends_that_are_entities(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    outcome = graph.apply(link(Op.ADD, "Knows", connect(4, 1, 3), connect(5, 9, 1)), fails=True)
    errors = outcome.at(Op.ADD, Category.RELATIONSHIP, "Knows").errors
    assert {e.code for e in errors.values()} == {Code.EDIT_END_POINT}
    assert len(errors) == 2


def test_without_cascade_a_connected_entity_stays(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    outcome = graph.apply(entity(Op.DELETE, "Person", gone(1)), cascade=False, fails=True)
    assert outcome.at(Op.DELETE, Category.ENTITY, "Person").errors[0].code is Code.EDIT_CONNECTED
    assert graph.snapshot(graph.bound()).ids(Op.ADD, "Knows") == [3]


def test_without_cascade_deleting_both_works(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    graph.apply(link(Op.DELETE, "Knows", gone(3)), entity(Op.DELETE, "Person", gone(1)), cascade=False)
    assert graph.snapshot(graph.bound()).summary() == {"add Person": [2]}


def test_a_cascade_is_reported_once_with_its_ends(graph: Graph) -> None:
    graph.apply(
        entity(Op.ADD, "Person", add(1), add(2)),
        link(Op.ADD, "Knows", connect(3, 1, 2), connect(4, 2, 2)),
    )
    outcome = graph.apply(entity(Op.DELETE, "Person", gone(1), gone(2)))
    cascade = outcome.cascades["Knows"]
    assert sorted(zip(cascade.ids, cascade.origins, cascade.dests, strict=True)) == [
        (uid(3), uid(1), uid(2)),
        (uid(4), uid(2), uid(2)),
    ]


def test_new_pairs_of_ends_are_learned_once(graph: Graph) -> None:
    people = entity(Op.ADD, "Person", add(1), add(2))
    first = graph.apply(people, link(Op.ADD, "Knows", connect(3, 1, 2)))
    again = graph.apply(link(Op.ADD, "Knows", connect(4, 2, 1)))
    assert (first.end_points, again.end_points) == ({"Knows": [("Person", "Person")]}, {})
    with graph.store.reading(graph.service.id) as reading:
        model = reading.data_model()
    person = model.require("Person").id
    assert model.require("Knows").end_points == ((person, person),)


def test_outside_synchronize_an_unknown_type_refuses_the_call(graph: Graph) -> None:
    with pytest.raises(UnknownType, match="Ghost"):
        graph.apply(entity(Op.ADD, "Person", add(1)), entity(Op.ADD, "Ghost", add(2)))
    assert graph.snapshot(graph.bound()).steps == []


def test_inside_synchronize_unknown_names_are_dropped_and_listed(graph: Graph) -> None:
    outcome = graph.apply(
        entity(Op.ADD, "Person", add(1, name="Ann", wings=2, objectid=77)),
        entity(Op.ADD, "Ghost", add(2)),
        replica=REPLICA,
    )
    assert (outcome.unknown_types, outcome.unknown_properties) == (["Ghost"], {"Person": ["wings"]})
    assert graph.snapshot(graph.bound()).summary() == {"add Person": [1]}


def test_outside_synchronize_server_owned_values_are_refused(graph: Graph) -> None:
    outcome = graph.apply(entity(Op.ADD, "Person", add(1, objectid=77), add(2, wings=2)), fails=True)
    errors = outcome.at(Op.ADD, Category.ENTITY, "Person").errors
    assert [errors[k].code for k in (0, 1)] == [Code.EDIT_READ_ONLY, Code.EDIT_UNKNOWN_PROPERTY]


def test_an_id_may_come_as_the_globalid_property(graph: Graph) -> None:
    outcome = graph.apply(entity(Op.ADD, "Person", Add(None, {"globalid": uid(5), "name": "Ann"})))
    assert outcome.at(Op.ADD, Category.ENTITY, "Person").ids == [uid(5)]


def test_an_unusable_id_is_an_error_of_its_edit(graph: Graph) -> None:
    outcome = graph.apply(entity(Op.ADD, "Person", Add(Invalid("15 bytes"), {}), add(2)), fails=True)
    results = outcome.at(Op.ADD, Category.ENTITY, "Person")
    assert (results.ids, results.errors[0].code) == ([None, uid(2)], Code.EDIT_MALFORMED)


def test_each_kind_of_edit_needs_its_capability(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    allowed = Capabilities(create=False, update=True, delete=False)
    outcome = graph.apply(
        entity(Op.ADD, "Person", add(2)),
        entity(Op.UPDATE, "Person", change(1, name="x")),
        entity(Op.DELETE, "Person", gone(1)),
        allowed=allowed,
        fails=True,
    )
    failed = {r.op: [e.code for e in r.errors.values()] for r in outcome.results}
    assert failed == {Op.ADD: [Code.EDIT_CAPABILITY], Op.UPDATE: [], Op.DELETE: [Code.EDIT_CAPABILITY]}


def test_overwriting_a_newer_version_is_reported_as_a_conflict(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(2))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="b")))
    outcome = graph.apply(
        entity(Op.UPDATE, "Person", change(1, name="c"), change(2, age=1)), replica=REPLICA, base=base
    )
    assert outcome.conflict_count == 1
    assert str(uid(1)) in outcome.conflicts[0]


def test_a_replicas_own_newer_version_is_no_conflict(graph: Graph) -> None:
    base = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="b")), replica=REPLICA)
    outcome = graph.apply(entity(Op.UPDATE, "Person", change(1, name="c")), replica=REPLICA, base=base)
    assert outcome.conflict_count == 0


def test_conflicts_are_capped_and_counted(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", *(add(k) for k in range(1, 1_101))))
    edits = [change(k, age=1) for k in range(1, 1_101)]
    outcome = graph.apply(entity(Op.UPDATE, "Person", *edits), replica=REPLICA, base=Moment(1))
    assert (len(outcome.conflicts), outcome.conflict_count) == (1_000, 1_100)


def _send_in(store: Store, wkid: int, x: float, y: float) -> tuple[Graph, Outcome]:
    graph = Graph.make(store, PLACE)
    caller = Caller(user="ann", allowed=Capabilities(), rollback=False, new_id=uuid.uuid4)
    header = EditsHeader(spatial_reference=SpatialReference(wkid=wkid))
    there = Geometry(GeometryKind.POINT, has_z=False, has_m=False, parts=((x, y),))
    frame = [entity(Op.ADD, "Place", add(1, shape=there))]
    with graph.store.writing(graph.service.id, 1) as writing:
        return graph, apply_edits(writing, header, [frame], CODEC, caller)


def test_geometries_of_another_reference_system_are_carried_over(store: Store) -> None:
    graph, outcome = _send_in(store, 102100, 1113194.9079, 8399737.8898)
    assert not outcome.failed
    ((_, values, _, _),) = LocalReplica(graph.snapshot(graph.bound())).rows.values()
    found = values["shape"]
    assert isinstance(found, Geometry)
    assert found.parts[0] == pytest.approx((10.0, 60.0), abs=1e-6)


def test_geometries_of_a_reference_nobody_knows_fail_each(store: Store) -> None:
    _, outcome = _send_in(store, 999_999, 1.0, 1.0)
    (error,) = [e.message for r in outcome.results for e in r.errors.values()]
    assert "999999" in error
