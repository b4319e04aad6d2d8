"""Editing the data model: what is refused, and what each change does to rows and replicas."""

from __future__ import annotations

from typing import Any

import pytest

from kgsync.errors import Conflict, KgsyncError, MalformedInput, NotFound, NotSupported, UnknownType
from kgsync.model.edits import Add, Op, Update
from kgsync.model.schema import Category, Domain, FieldIndex, FieldType, Property
from kgsync.model.schema_edits import DomainChange, PropertyChange, TypeChange
from kgsync.sync import datamodel
from tests.graphs import CODEC, Graph, add, change, connect, entity, link, named_type


def _property(name: str, kind: FieldType = FieldType.STRING, **more: Any) -> Property:
    return Property(id=0, name=name, field_type=kind, **more)


def _edit(graph: Graph, edit: Any, *arguments: Any) -> Any:
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        return edit(writing, *arguments)


def _renamed(name: str, new: str, kind: FieldType = FieldType.STRING) -> PropertyChange:
    return PropertyChange(property_name=name, replacement=_property(new, kind), masked=frozenset({"name"}))


def _retyped(name: str, kind: FieldType) -> PropertyChange:
    return PropertyChange(property_name=name, replacement=_property(name, kind), masked=frozenset({"field_type"}))


def _values(graph: Graph, name: str) -> list[Any]:
    steps = graph.snapshot(graph.bound("Person")).steps
    return [e.values.get(name) for _, _, _, edits in steps for e in edits if isinstance(e, Add)]


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "1st", "esri__x", "a b", "a/b", "a:b", "a\x00", "Return", "ObjectID", "a\u202eb"]
)
def test_names_queries_could_not_write_are_refused(graph: Graph, name: str) -> None:
    ((_, result),) = _edit(graph, datamodel.add_types, [named_type(name, Category.ENTITY, {})])
    assert isinstance(result.error, MalformedInput)


def test_one_bad_type_does_not_cost_the_good_ones(graph: Graph) -> None:
    wanted = [named_type(n, Category.ENTITY, {}) for n in ("New", "Person", "New")]
    results = [r.error for _, r in _edit(graph, datamodel.add_types, wanted)]
    assert results[0] is None
    assert [type(e) for e in results[1:]] == [Conflict, Conflict]


def test_every_type_gets_the_two_system_properties(graph: Graph) -> None:
    with graph.store.reading(graph.service.id) as reading:
        person = reading.data_model().require("Person")
    assert [(p.name, p.system) for p in person.properties[:2]] == [("objectid", True), ("globalid", True)]


def test_every_edit_bumps_the_timestamp(graph: Graph) -> None:
    with graph.store.reading(graph.service.id) as reading:
        before = reading.data_model().timestamp
    _edit(graph, datamodel.add_properties, "Person", [_property("nick")], CODEC)
    with graph.store.reading(graph.service.id) as reading:
        assert reading.data_model().timestamp > before


def test_a_new_property_reads_null_and_sends_no_rows(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann"))).moment
    _edit(graph, datamodel.add_properties, "Person", [_property("nick", default=("none",))], CODEC)
    assert graph.delta(graph.bound(), date).steps == []
    assert _values(graph, "nick") == [None]


def test_a_default_fills_new_objects_only(graph: Graph) -> None:
    _edit(graph, datamodel.add_properties, "Person", [_property("nick", default=("none",))], CODEC)
    graph.apply(entity(Op.ADD, "Person", add(1), add(2, nick=None)))
    assert sorted(_values(graph, "nick"), key=str) == [None, "none"]


def test_a_required_property_must_be_given(graph: Graph) -> None:
    _edit(graph, datamodel.add_properties, "Person", [_property("nick", required=True)], CODEC)
    outcome = graph.apply(entity(Op.ADD, "Person", add(1), add(2, nick="x")), fails=True)
    assert list(outcome.results[0].errors) == [0]


def test_a_not_nullable_property_may_be_left_out_but_not_cleared(graph: Graph) -> None:
    _edit(graph, datamodel.add_properties, "Person", [_property("nick", nullable=False)], CODEC)
    graph.apply(entity(Op.ADD, "Person", add(1)))
    outcome = graph.apply(entity(Op.UPDATE, "Person", change(1, nick=None)), fails=True)
    assert "cannot be null" in outcome.results[0].errors[0].message


def test_a_dropped_property_does_not_come_back_with_its_name(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=3)))
    _edit(graph, datamodel.delete_property, "Person", "age")
    _edit(graph, datamodel.add_properties, "Person", [_property("age", FieldType.INTEGER)], CODEC)
    assert _values(graph, "age") == [None]


def test_a_name_given_again_clears_what_replicas_hold_under_it(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=3), add(2, name="Bob"))).moment
    _edit(graph, datamodel.delete_property, "Person", "age")
    _edit(graph, datamodel.add_properties, "Person", [_property("age", FieldType.INTEGER)], CODEC)
    assert graph.delta(graph.bound(), date).summary() == {"update Person": [1]}


def test_a_name_given_to_another_property_clears_what_replicas_hold_under_it(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, age=3), add(2, name="Bob"), add(3))).moment
    _edit(graph, datamodel.delete_property, "Person", "age")
    _edit(graph, datamodel.update_property, "Person", _renamed("name", "age"), CODEC)
    assert graph.delta(graph.bound(), date).summary() == {"update Person": [1, 2]}


def test_a_renamed_property_keeps_its_values_and_sends_those_rows(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann"), add(2, age=3))).moment
    _edit(graph, datamodel.update_property, "Person", _renamed("name", "title"), CODEC)
    delta = graph.delta(graph.bound(), date)
    assert delta.summary() == {"update Person": [1]}
    assert sorted(_values(graph, "title"), key=str) == ["Ann", None]


def test_a_changed_field_type_converts_values_and_sends_those_rows(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, name="41"), add(2))).moment
    _edit(graph, datamodel.update_property, "Person", _retyped("name", FieldType.INTEGER), CODEC)
    assert graph.delta(graph.bound(), date).summary() == {"update Person": [1]}
    assert sorted(_values(graph, "name"), key=str) == [41, None]


def test_a_field_type_that_values_do_not_fit_is_refused_whole(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="41"), add(2, name="Ann")))
    with pytest.raises(MalformedInput, match="nothing was changed"):
        _edit(graph, datamodel.update_property, "Person", _retyped("name", FieldType.INTEGER), CODEC)
    assert sorted(_values(graph, "name")) == ["41", "Ann"]


def test_a_wider_integer_sends_no_rows_and_a_narrower_one_checks_them(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, age=70_000))).moment
    _edit(graph, datamodel.update_property, "Person", _retyped("age", FieldType.BIG_INTEGER), CODEC)
    assert graph.delta(graph.bound(), date).steps == []
    with pytest.raises(MalformedInput, match="range"):
        _edit(graph, datamodel.update_property, "Person", _retyped("age", FieldType.SMALL_INTEGER), CODEC)


def test_only_masked_members_apply(graph: Graph) -> None:
    filled_in = PropertyChange(
        property_name="age", replacement=_property("age", alias="Years"), masked=frozenset({"alias"})
    )
    _edit(graph, datamodel.update_property, "Person", filled_in, CODEC)
    with graph.store.reading(graph.service.id) as reading:
        age = reading.data_model().require("Person").property("age")
    assert age is not None
    assert (age.alias, age.field_type) == ("Years", FieldType.INTEGER)


def test_a_renamed_type_leaves_under_the_old_name_and_enters_under_the_new(graph: Graph) -> None:
    date = graph.apply(
        entity(Op.ADD, "Person", add(1, name="Ann"), add(2)),
        entity(Op.ADD, "Place", add(3)),
        link(Op.ADD, "Knows", connect(4, 1, 2)),
        link(Op.ADD, "LivesIn", connect(5, 1, 3)),
    ).moment
    definition = graph.bound()
    wanted = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
    _edit(graph, datamodel.update_type, "Person", wanted, CODEC)
    delta = graph.delta(definition, date)
    assert delta.summary() == {
        "add Human": [1, 2],
        "add Knows": [4],
        "add LivesIn": [5],
        "delete Knows": [4],
        "delete LivesIn": [5],
        "delete Person": [1, 2],
    }
    assert any("Human" in w for w in delta.warnings)


def test_a_deleted_type_takes_its_objects_and_their_relationships(graph: Graph) -> None:
    date = graph.apply(
        entity(Op.ADD, "Person", add(1)), entity(Op.ADD, "Place", add(3)), link(Op.ADD, "LivesIn", connect(5, 1, 3))
    ).moment
    definition = graph.bound()
    warnings = _edit(graph, datamodel.delete_type, "Place")
    assert len(warnings) == 2
    delta = graph.delta(definition, date)
    assert delta.summary() == {"delete LivesIn": [5], "delete Place": [3]}
    assert any("Place" in w for w in delta.warnings)


def test_an_update_to_a_row_of_an_older_shape_is_whole(graph: Graph) -> None:
    date = graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=3))).moment
    _edit(graph, datamodel.delete_property, "Person", "age")
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="Anna")))
    ((_, _, _, (row,)),) = graph.delta(graph.bound(), date).steps
    assert isinstance(row, Update)
    assert set(row.values) == {"objectid", "globalid", "name"}


@pytest.mark.parametrize(
    ("edit", "arguments", "error"),
    [
        (datamodel.delete_type, ("Ghost",), UnknownType),
        (datamodel.delete_property, ("Ghost", "name"), UnknownType),
        (datamodel.delete_property, ("Person", "ghost"), NotFound),
        (datamodel.delete_property, ("Person", "objectid"), MalformedInput),
        (datamodel.update_property, ("Person", _renamed("name", "age"), CODEC), Conflict),
        (datamodel.update_property, ("Person", _renamed("globalid", "x"), CODEC), MalformedInput),
        (datamodel.delete_domain, ("ghost",), NotFound),
        (datamodel.add_properties, ("Ghost", [], CODEC), UnknownType),
    ],
)
def test_what_is_not_there_or_not_ours_to_change_is_refused(
    graph: Graph, edit: Any, arguments: Any, error: type[KgsyncError]
) -> None:
    with pytest.raises(error):
        _edit(graph, edit, *arguments)


def test_indexes_are_kept_in_the_model_and_unique_ones_refused(graph: Graph) -> None:
    wanted = [
        FieldIndex(name="by_name", properties=("name",)),
        FieldIndex(name="by_name", properties=("name",)),
        FieldIndex(name="only", properties=("name",), unique=True),
        FieldIndex(name="missing", properties=("ghost",)),
    ]
    errors = [type(r.error) for r in _edit(graph, datamodel.add_indexes, "Person", wanted)]
    assert errors == [type(None), Conflict, NotSupported, NotFound]
    assert [type(r.error) for r in _edit(graph, datamodel.delete_indexes, "Person", ["by_name", "by_name"])] == [
        type(None),
        NotFound,
    ]


def test_a_type_keeps_account_of_whose_envelope_versions_are_kept_with(graph: Graph) -> None:
    def since() -> int:
        with graph.store.reading(graph.service.id) as reading:
            return reading.data_model().require("Person").envelope_since

    first, second = (_property(name, FieldType.GEOMETRY) for name in ("first", "second"))
    _edit(graph, datamodel.add_properties, "Person", [first, second], CODEC)
    _edit(graph, datamodel.delete_property, "Person", "second")
    assert since() == 0
    _edit(graph, datamodel.add_properties, "Person", [second], CODEC)
    _edit(graph, datamodel.delete_property, "Person", "first")
    with graph.store.reading(graph.service.id) as reading:
        version = reading.data_model().version
    _edit(graph, datamodel.add_properties, "Person", [first], CODEC)
    assert since() == version


def test_a_domain_in_use_cannot_go_and_its_users_follow_a_new_name(graph: Graph) -> None:
    _edit(graph, datamodel.add_domain, Domain(name="moods", field_type=FieldType.STRING, codes=(("Good", "g"),)))
    _edit(graph, datamodel.add_properties, "Person", [_property("mood", domain="moods")], CODEC)
    with pytest.raises(Conflict, match="in use"):
        _edit(graph, datamodel.delete_domain, "moods")
    change_name = DomainChange(
        replacement=Domain(name="tempers", field_type=FieldType.STRING), masked=frozenset({"name"})
    )
    _edit(graph, datamodel.update_domain, "moods", change_name)
    with graph.store.reading(graph.service.id) as reading:
        mood = reading.data_model().require("Person").property("mood")
    assert mood is not None
    assert mood.domain == "tempers"


def test_a_type_may_list_the_system_properties_itself(graph: Graph) -> None:
    listed = named_type(
        "Listed", Category.ENTITY, {"objectid": FieldType.OID, "globalid": FieldType.GLOBAL_ID, "a": FieldType.STRING}
    )
    ((_, result),) = _edit(graph, datamodel.add_types, [listed])
    assert result.error is None
    with graph.store.reading(graph.service.id) as reading:
        assert [p.name for p in reading.data_model().require("Listed").properties] == ["objectid", "globalid", "a"]
