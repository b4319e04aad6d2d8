"""What a clause is held to: the types it names, the steps and the time it may take."""

from __future__ import annotations

import base64
from dataclasses import replace
from uuid import uuid4

import pytest

from kgsync.errors import Conflict, MalformedInput, TooLarge
from kgsync.model.edits import Op
from kgsync.model.replica import (
    CreateReplica,
    Definition,
    Direction,
    NamedLabel,
    Replica,
    TypeDefinition,
    Warnings,
)
from kgsync.model.schema import Category
from kgsync.model.schema_edits import TypeChange
from kgsync.store import documents
from kgsync.sync import datamodel
from kgsync.sync.delta import delta
from kgsync.sync.replicas import Registrar, prepare, register
from kgsync.sync.snapshot import snapshot
from tests.conformance.values import any_value
from tests.graphs import CODEC, PLACE, Archive, Graph, add, connect, entity, link, named_type

_ENDS = {"LivesIn": "endNode(n):Place"}
_OWN = {"Place": "n:Place AND n.name = 'Oslo'"}


@pytest.fixture
def housed(graph: Graph) -> Graph:
    graph.apply(
        entity(Op.ADD, "Person", add(1, name="Ann")),
        entity(Op.ADD, "Place", add(10, name="Oslo"), add(11, name="Bergen")),
        link(Op.ADD, "LivesIn", connect(20, 1, 10)),
    )
    return graph


def rename(graph: Graph, name: str, to: str) -> None:
    renamed = TypeChange(replacement=named_type(to, Category.ENTITY, {}), masked=frozenset({"name"}))
    graph.edit(datamodel.update_type, name, renamed, CODEC)


def refuses(graph: Graph, definition: Definition, told: str) -> None:
    """Check that neither a delta nor a snapshot is given, and why."""
    date = graph.clock()
    with pytest.raises(Conflict) as caught:
        graph.delta(definition, date)
    with pytest.raises(Conflict):
        graph.snapshot(definition)
    assert caught.value.message == told + " since the replica was made; make the replica again"


def test_the_types_a_clause_names_are_noted_and_kept(housed: Graph) -> None:
    definition = housed.bound(where={**_ENDS, "Knows": "startNode(n):Person OR endNode(n):Place:Person"})
    place, person = (housed.model().require(name).id for name in ("Place", "Person"))
    assert {t.name: t.labels for t in definition.types if t.labels} == {
        "LivesIn": (NamedLabel("Place", place),),
        "Knows": (NamedLabel("Person", person), NamedLabel("Place", place)),
    }
    text = documents.DEFINITION.dump(definition)
    assert documents.DEFINITION.load(text) == definition
    older = documents.DEFINITION.load('{"types": [{"name": "Place", "category": 1, "where": "n:Place"}]}')
    assert older.types[0].labels == ()


def test_a_clause_that_names_a_renamed_type_is_refused_by_name(housed: Graph) -> None:
    definition = housed.bound("Person", "Place", "LivesIn", where=_ENDS)
    rename(housed, "Place", "Town")
    place = "relationship_types[LivesIn].open_cypher_where_clause"
    refuses(housed, definition, f"{place}: the clause names the type 'Place', which was renamed to 'Town'")
    housed.edit(datamodel.add_types, [PLACE])
    refuses(housed, definition, f"{place}: the clause names the type 'Place', which was renamed to 'Town'")


def test_a_clause_that_names_a_deleted_type_is_refused_even_if_another_took_the_name(housed: Graph) -> None:
    definition = housed.bound("Person", "LivesIn", where={"LivesIn": "NOT endNode(n):Place"})
    housed.edit(datamodel.delete_type, "Place")
    place = "relationship_types[LivesIn].open_cypher_where_clause"
    refuses(housed, definition, f"{place}: the clause names the type 'Place', which was deleted")
    housed.edit(datamodel.add_types, [PLACE])
    refuses(housed, definition, f"{place}: the clause names the type 'Place', which was deleted")


def test_a_clause_that_names_its_own_type_is_refused_when_the_type_was_renamed(housed: Graph) -> None:
    definition = housed.bound("Place", where=_OWN)
    rename(housed, "Place", "Town")
    place = "entity_types[Place].open_cypher_where_clause"
    refuses(housed, definition, f"{place}: the clause names the type 'Place', which was renamed to 'Town'")
    rename(housed, "Town", "Place")
    assert housed.snapshot(definition).summary() == {"add Place": [10]}


def test_a_clause_of_a_definition_without_noted_types_is_refused_likewise(housed: Graph) -> None:
    definition = housed.bound("Person", "Place", "LivesIn", where=_ENDS)
    older = replace(definition, types=tuple(replace(t, labels=()) for t in definition.types))
    rename(housed, "Place", "Town")
    with pytest.raises(Conflict, match=r"LivesIn.*has no type Place; .* make the replica again"):
        housed.snapshot(older)


def test_objects_of_a_deleted_type_that_its_own_clause_names_leave(housed: Graph) -> None:
    definition = housed.bound("Place", where=_OWN)
    before = housed.clock()
    housed.edit(datamodel.delete_type, "Place")
    assert housed.delta(definition, before).summary() == {"delete Place": [10]}


# ---- limits

_ENDLESS = "any(x IN range(1, 5000) WHERE any(y IN range(1, 5000) WHERE x + y + size(n.name) < 0))"


def test_a_row_that_takes_too_many_steps_is_an_error_and_never_left_out(housed: Graph) -> None:
    definition = housed.bound("Person", where={"Person": _ENDLESS})
    told = (
        "entity_types[Person].open_cypher_where_clause: line 1, column 1: "
        "this takes more than 1,000,000 steps to evaluate on one object; make it simpler"
    )
    with pytest.raises(TooLarge) as caught:
        housed.snapshot(definition)
    assert caught.value.message == told
    before = housed.clock()
    housed.apply(entity(Op.ADD, "Person", add(2, name="Bob")))
    with pytest.raises(TooLarge):
        housed.delta(definition, before)
    aside = housed.bound("Person", where={"Person": f"n.name = 'Cy' AND {_ENDLESS}"})
    assert housed.snapshot(aside).summary() == {}, "rows SQL does not select are not evaluated"


def test_all_rows_and_clauses_of_a_call_together_may_take_so_long_and_no_longer(housed: Graph) -> None:
    before = housed.clock()
    housed.apply(entity(Op.ADD, "Person", *(add(100 + k, name=f"n{k}") for k in range(200))))
    slow = "any(x IN range(1, 3000) WHERE x + size(n.name) < 0)"
    definition = housed.bound("Place", "Person", where={"Person": slow, "Place": "toUpper(n.name) = 'OSLO'"})
    hurried = replace(CODEC, clause_seconds=0.02)
    told = r"^entity_types\[Person\]\.open_cypher_where_clause: .* more than 0\.02 seconds"
    with housed.store.reading(housed.service.id) as reading, pytest.raises(TooLarge, match=told):
        Archive.of(snapshot(reading, definition, hurried, Warnings()), Warnings())
    with housed.store.reading(housed.service.id) as reading, pytest.raises(TooLarge, match=told):
        Archive.of(delta(reading, definition, before, hurried, Warnings()), Warnings())
    assert housed.snapshot(definition).summary() == {"add Place": [10]}, "each call has the whole time"


# ---- constants


def test_a_faulty_constant_is_refused_when_the_replica_is_made_and_not_of_replicas_made_before(housed: Graph) -> None:
    place = r"entity_types\[Person\]\.open_cypher_where_clause: line 1, column 10: .*: 'x' is no date"
    with pytest.raises(MalformedInput, match=place):
        housed.bound("Person", where={"Person": "n.name = date('x')"})
    (wanted,) = housed.bound("Person", where={"Person": "n.name = 'x'"}).types
    older = Definition(types=(replace(wanted, where="n.name = date('x') OR n.name = 'Ann'"),))
    assert housed.snapshot(older).summary() == {"add Person": [1]}


_NEVER = {
    "Person": "n.name <> 'x' AND n.age < toInteger('x') AND (n.name = 1 OR null)",
    "Place": "toUpper(n.name) = 'OSLO' OR n.name = $p",
    "LivesIn": "startNode(n).age > $p",
}


def test_conditions_that_no_object_can_fulfil_are_told_when_the_replica_is_made(housed: Graph) -> None:
    parameter = (("p", base64.b64encode(any_value(None).SerializeToString()).decode()),)
    types = tuple(
        TypeDefinition(
            name=name,
            category=housed.model().require(name).category,
            where=where,
            parameters=parameter if "$p" in where else (),
        )
        for name, where in _NEVER.items()
    )
    asked = CreateReplica(definition=Definition(types=types))
    made, told = made_of(housed, asked)
    person = "entity_types[Person].open_cypher_where_clause"
    lives = "relationship_types[LivesIn].open_cypher_where_clause"
    assert told == (
        f"{person}: \"n.age < toInteger('x')\" is never true: no object can be a member",
        f"{person}: '(n.name = 1 OR null)' is never true: no object can be a member",
        f"{lives}: 'startNode(n).age > $p' is never true: no object can be a member",
    )
    assert housed.snapshot(made.definition).summary() == {"add Place": [10]}
    with housed.store.registering(housed.service.id) as registering:
        register(registering, made, housed.clock(), 1, service_name="g")
    assert made_of(housed, CreateReplica(reference=made.id))[1] == told


def test_conditions_that_some_object_might_fulfil_are_not_told(housed: Graph) -> None:
    where = {"Person": "n.age = 1 AND n.name IS NULL OR n.name = 1", "Place": "n.name < toString(id(n))"}
    types = housed.bound(where=where).types
    bare = tuple(replace(t, type_id=0, reads=(), labels=()) for t in types)
    assert made_of(housed, CreateReplica(definition=Definition(types=bare)))[1] == ()


def made_of(graph: Graph, call: CreateReplica) -> tuple[Replica, tuple[str, ...]]:
    """Prepare the replica a call asks for; give it and the warnings."""
    registrar, warnings = Registrar(user="ann", sees_all=True, may_edit=True), Warnings()
    call = replace(call, direction=Direction.BIDIRECTIONAL)
    with graph.store.reading(graph.service.id) as reading:
        made = prepare(reading, call, registrar, now=1, new_id=uuid4, codec=CODEC, warnings=warnings)
    return made, warnings.all()
