"""By which way documents and provenance records are with a replica, and why they are not."""

from __future__ import annotations

from typing import Any

import pytest

from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Op
from kgsync.model.replica import Definition, TypeDefinition, Warnings
from kgsync.model.schema import Category
from kgsync.sync.membership import bind
from kgsync.sync.why import Explanation, why
from tests.graphs import CODEC, Graph, add, connect, entity, link, tablet, uid


def _record(number: int, about: int, type_name: str = "Person", **values: Any) -> Add:
    said = {"typeName": type_name, "propertyName": "name", "sourceType": "String", "source": "she said so"}
    return Add(uid(number), {"instanceID": uid(about), **said, **values})


def _citing(number: int, about: int, document: int, type_name: str = "Person") -> Add:
    return _record(number, about, type_name, sourceType="Document", source=str(uid(document)))


@pytest.fixture
def sourced(graph: Graph) -> Graph:
    """Ann (1, 40) has the document 5 by 50, Bob (2, 5) has 6 by 60; a record about Ann (10) cites 7, one about Bob
    (11) cites 8, one about the document 5 (12) cites 9; nobody has 4."""
    graph.switch(Feature.PROVENANCE)
    graph.apply(
        entity(Op.ADD, "Person", add(1, name="Ann", age=40), add(2, name="Bob", age=5)),
        entity(Op.ADD, "Document", *(add(number) for number in range(4, 10))),
        link(Op.ADD, "HasDocument", connect(50, 1, 5), connect(60, 2, 6)),
    )
    records = [_citing(10, 1, 7), _citing(11, 2, 8), _citing(12, 5, 9, "Document")]
    graph.apply(entity(Op.ADD, "Provenance", *records))
    return graph


def _definition(graph: Graph, *more: TypeDefinition, where: str = "n.age > 30", **options: Any) -> Definition:
    person = TypeDefinition(name="Person", category=Category.ENTITY, where=where, **options)
    with graph.store.reading(graph.service.id) as reading:
        return bind(Definition(types=(person, *more)), reading.data_model(), CODEC, Warnings())


def _why(graph: Graph, definition: Definition, number: int) -> Explanation:
    replica = tablet(definition, served=graph.clock())
    with graph.store.reading(graph.service.id) as reading:
        return why(reading, replica, uid(number), CODEC)


def _last(graph: Graph, definition: Definition, number: int) -> tuple[bool, str]:
    told = _why(graph, definition, number)
    return told.member, told.reasons[-1]


def test_a_document_names_the_entity_that_has_it_and_by_what(sourced: Graph) -> None:
    wanted = _definition(sourced, documents=True)
    assert _last(sourced, wanted, 5) == (True, f"Person {uid(1)} has it, through HasDocument {uid(50)}")
    assert _last(sourced, wanted, 50) == (True, f"Person {uid(1)} brings its documents")


def test_a_document_is_a_member_by_its_own_type_and_clause(sourced: Graph) -> None:
    document = TypeDefinition(name="Document", category=Category.ENTITY, where="n.name IS NULL")
    told = _why(sourced, _definition(sourced, document), 4)
    clause = "the where-clause 'n.name IS NULL' is TRUE of it"
    assert (told.member, told.reasons) == (True, ("its type Document is in the definition", clause))


def test_a_document_names_the_record_that_cites_it(sourced: Graph) -> None:
    wanted = _definition(sourced, documents=True, provenance=True, documents_provenance=True)
    about = f"Person {uid(1)}, which is in the replica"
    assert _last(sourced, wanted, 7) == (True, f"Provenance {uid(10)} cites it as its source, and is about {about}")
    about = f"Document {uid(5)}, a document of Person {uid(1)}"
    assert _last(sourced, wanted, 9) == (True, f"Provenance {uid(12)} cites it as its source, and is about {about}")


def test_a_document_that_is_not_there_says_why(sourced: Graph) -> None:
    wanted = _definition(sourced, documents=True, provenance=True)
    had = f"Person {uid(2)} has it, through HasDocument {uid(60)}, but is not in the replica"
    assert had in _why(sourced, wanted, 6).reasons
    alone = _why(sourced, wanted, 4)
    assert not alone.member
    assert alone.reasons[1:] == ("no entity has it as its document", "no record cites it as its source")
    about = f"Person {uid(2)}, which is not in the replica"
    assert _last(sourced, wanted, 8) == (False, f"Provenance {uid(11)} cites it as its source, but is about {about}")
    assert _last(sourced, wanted, 60) == (False, f"Person {uid(2)} is not in the replica")


def test_a_document_says_what_the_definition_does_not_ask_for(sourced: Graph) -> None:
    assert _last(sourced, _definition(sourced), 5) == (
        False,
        "its type Document is not in the definition, for it asks for no documents",
    )
    sources_only = _why(sourced, _definition(sourced, provenance=True), 5).reasons
    assert "no type of the definition brings its documents" in sources_only
    documents_only = _why(sourced, _definition(sourced, documents=True), 7).reasons
    assert "no type of the definition brings the sources of its records" in documents_only


def test_a_record_names_what_it_is_about(sourced: Graph) -> None:
    wanted = _definition(sourced, documents=True, provenance=False, documents_provenance=False)
    assert _last(sourced, wanted, 10) == (True, f"it is about Person {uid(1)}, which is in the replica")
    assert _last(sourced, wanted, 11) == (False, f"it is about Person {uid(2)}, which is not in the replica")
    assert _last(sourced, wanted, 12) == (True, f"it is about Document {uid(5)}, a document of Person {uid(1)}")


def test_a_record_says_when_its_owner_comes_without_provenance(sourced: Graph) -> None:
    wanted = _definition(sourced, documents=True, provenance=False)
    told = f"it is about Document {uid(5)}, which is in the replica without its provenance"
    assert _last(sourced, wanted, 12) == (False, told)
    assert _last(sourced, _definition(sourced), 10) == (
        False,
        "its type Provenance is not in the definition, for it asks for no provenance",
    )


def test_a_document_that_is_only_a_source_is_no_end_of_relationships(sourced: Graph) -> None:
    sourced.apply(link(Op.ADD, "Knows", connect(70, 1, 7)))
    knows = TypeDefinition(name="Knows", category=Category.RELATIONSHIP)
    told = _why(sourced, _definition(sourced, knows, provenance=True), 70)
    assert not told.member
    assert told.reasons[-1] == (
        f"its destination {uid(7)} is in the replica as a source only, which relationships do not lead to"
    )
