"""What a delta says of types that left the data model: who held their objects, as the clause said then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgsync.errors import Conflict
from kgsync.model.catalog import Feature
from kgsync.model.edits import Op
from kgsync.model.replica import Definition
from kgsync.model.schema import Category
from kgsync.model.schema_edits import TypeChange
from kgsync.model.trim import TrimBefore
from kgsync.server.upkeep import trim_service
from kgsync.sync import datamodel
from tests.graphs import CODEC, Graph, LocalReplica, add, change, connect, entity, link, named_type

_OLD = {"Person": "n.age > 2 AND toUpper(n.name) <> 'N3'"}
_ENDS = {"Knows": "startNode(n).age < 4"}


@pytest.fixture
def peopled(graph: Graph) -> Graph:
    graph.apply(
        entity(Op.ADD, "Person", *(add(k, name=f"n{k}", age=k) for k in range(1, 7))),
        entity(Op.ADD, "Place", add(50, name="here")),
        link(Op.ADD, "Knows", *(connect(100 + k, k, k + 1) for k in range(1, 6))),
        link(Op.ADD, "LivesIn", connect(200, 5, 50), connect(201, 1, 50)),
    )
    return graph


def test_of_a_deleted_type_only_those_the_clause_let_in_are_deleted(peopled: Graph) -> None:
    definition = peopled.bound("Person", "Place", "LivesIn", where=_OLD)
    before = peopled.clock()
    replica = LocalReplica(peopled.snapshot(definition))
    peopled.edit(datamodel.delete_type, "Person")
    delta = peopled.delta(definition, before)
    assert delta.summary() == {"delete Person": [4, 5, 6], "delete LivesIn": [200]}
    replica.apply(delta)
    assert [i.int for i in replica.rows] == [50]


def test_so_it_is_after_renames_and_when_the_clause_looks_at_ends(peopled: Graph) -> None:
    definition = peopled.bound("Person", "Knows", where=_ENDS)
    before = peopled.clock()
    human = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
    peopled.edit(datamodel.delete_type, "Knows")
    peopled.edit(datamodel.delete_property, "Person", "age")
    peopled.edit(datamodel.update_type, "Person", human, CODEC)
    assert peopled.delta(definition, before).summary()["delete Knows"] == [101, 102, 103]


def test_a_clause_that_was_broken_before_its_type_left_stays_broken(peopled: Graph) -> None:
    definition = peopled.bound("Person", where=_OLD)
    before = peopled.clock()
    peopled.edit(datamodel.delete_property, "Person", "age")
    peopled.edit(datamodel.delete_type, "Person")
    with pytest.raises(Conflict, match=r"Person\.age"):
        peopled.delta(definition, before)


def test_when_its_history_is_trimmed_the_type_is_forgotten(peopled: Graph) -> None:
    definition = peopled.bound("Person", "Place", where=_OLD)
    peopled.edit(datamodel.delete_type, "Person")
    for name in ("there", "elsewhere"):
        peopled.apply(entity(Op.UPDATE, "Place", change(50, name=name)))
    date = peopled.clock()
    trim_service(peopled.store, peopled.service.id, TrimBefore(date=date, force=True), peopled.wall + 2**40)
    peopled.apply(entity(Op.UPDATE, "Place", change(50, name="nowhere")))
    with peopled.store.reading(peopled.service.id) as reading:
        assert [reading.data_model(v).find(Category.ENTITY, "Person") for v in reading.data_model_versions(100)] == [
            None
        ]
    assert peopled.delta(definition, date).summary() == {"update Place": [50]}


def test_switched_off_provenance_takes_its_records_from_replicas(peopled: Graph) -> None:
    peopled.switch(Feature.PROVENANCE)
    about = {"typeName": "Person", "propertyName": "name", "sourceType": "String", "source": "he"}
    noted = [add(300 + k, instanceID=add(k).id, **about) for k in (1, 4)]
    peopled.apply(entity(Op.ADD, "Provenance", *noted))
    definition = _with_provenance(peopled.bound("Person", where=_OLD))
    before, replica = peopled.clock(), LocalReplica(peopled.snapshot(definition))
    assert {i.int for i in replica.rows} == {4, 5, 6, 304}
    peopled.switch(Feature.PROVENANCE, False)
    delta = peopled.delta(definition, before)
    assert delta.summary() == {"delete Provenance": [304]}
    peopled.switch(Feature.PROVENANCE)
    peopled.apply(entity(Op.ADD, "Provenance", *noted))
    assert peopled.delta(definition, before).summary() == {"delete Provenance": [304], "add Provenance": [304]}


def _with_provenance(definition: Definition) -> Definition:
    return replace(definition, types=tuple(replace(t, provenance=False) for t in definition.types))
