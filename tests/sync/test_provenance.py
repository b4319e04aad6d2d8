"""Provenance: what a record must say, what it keeps from going, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from kgsync.errors import Code, Conflict, MalformedInput, UnknownType
from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Batch, EditError, Op, Outcome, Update
from kgsync.model.schema import Category, FieldType, Property, TypeRole
from kgsync.model.schema_edits import PropertyChange, TypeChange
from kgsync.sync import datamodel
from kgsync.sync.upload import RolledBack
from tests.graphs import CODEC, KNOWS, PERSON, PLACE, Graph, add, change, connect, entity, gone, link, named_type, uid

REPLICA = UUID(int=0xBEEF)


@pytest.fixture
def sourced(graph: Graph) -> Graph:
    """Ann (1) knows Bob (2) by 3; document 5; records can be made."""
    graph.switch(Feature.PROVENANCE)
    graph.apply(
        entity(Op.ADD, "Person", add(1, name="Ann", age=31), add(2, name="Bob")),
        entity(Op.ADD, "Document", add(5, name="register.pdf")),
        link(Op.ADD, "Knows", connect(3, 1, 2)),
    )
    return graph


def record(number: int, about: int, **values: Any) -> Add:
    said = {"typeName": "Person", "propertyName": "name", "sourceType": "String", "source": "she said so"}
    return Add(uid(number), {"instanceID": uid(about), **said, **values})


def of(outcome: Outcome, op: Op, name: str, category: Category = Category.ENTITY) -> dict[int, EditError]:
    return outcome.at(op, category, name).errors


def test_a_record_is_stored_as_about_its_object(sourced: Graph) -> None:
    outcome = sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    assert outcome.at(Op.ADD, Category.ENTITY, "Provenance").ids == [uid(10)]
    stored = sourced.stored(10)
    assert stored is not None
    assert (stored.origin, stored.dest, stored.origin_type, stored.dest_type) == (uid(1), None, None, None)
    assert sourced.values(10)["instanceID"] == uid(1)


def test_a_record_that_cites_a_document_is_stored_with_it(sourced: Graph) -> None:
    braced = "{" + str(uid(5)).upper() + "}"
    sourced.apply(
        entity(
            Op.ADD,
            "Provenance",
            record(10, 1, sourceType="Document", source=str(uid(5))),
            record(11, 1, sourceType="Document", source=braced),
            record(12, 1, sourceType="URL", source=str(uid(5))),
        )
    )
    assert [stored.dest for n in (10, 11, 12) if (stored := sourced.stored(n))] == [uid(5), uid(5), None]
    assert sourced.values(11)["source"] == braced


def test_records_of_an_archive_come_under_their_own_category(sourced: Graph) -> None:
    batches = [Batch(Op.ADD, Category.PROVENANCE, "Provenance", [record(10, 1)])]
    outcome = sourced.apply(*batches, replica=REPLICA)
    assert outcome.at(Op.ADD, Category.ENTITY, "Provenance").ids == [uid(10)]
    sourced.apply(Batch(Op.DELETE, Category.PROVENANCE, "Provenance", [gone(10)]), replica=REPLICA)
    assert sourced.stored(10) is None


def test_a_record_may_be_about_a_relationship_and_a_document(sourced: Graph) -> None:
    about_document = record(11, 5, typeName="Document", propertyName="title")
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 3, typeName="Knows", propertyName="since"), about_document))
    assert sourced.stored(10) is not None
    assert sourced.stored(11) is not None


def test_what_a_record_names_may_come_in_the_same_upload(sourced: Graph) -> None:
    sourced.apply(
        entity(Op.ADD, "Provenance", record(20, 21, sourceType="Document", source=str(uid(22)))),
        entity(Op.ADD, "Person", add(21)),
        entity(Op.ADD, "Document", add(22)),
    )
    stored = sourced.stored(20)
    assert stored is not None
    assert (stored.origin, stored.dest) == (uid(21), uid(22))


@pytest.mark.parametrize(
    "wrong",
    [
        {"instanceID": uid(99)},
        {"typeName": "Place"},
        {"typeName": "person"},
        {"propertyName": "wings"},
        {"sourceType": "Rumour"},
        {"sourceType": "Document", "source": "register.pdf"},
        {"sourceType": "Document", "source": str(uid(99))},
        {"sourceType": "Document", "source": str(uid(1))},
        {"instanceID": (uid(1),)},
        {"source": ("a", "b")},
    ],
)
def test_a_record_that_does_not_fit_is_an_error_of_its_edit(sourced: Graph, wrong: dict[str, Any]) -> None:
    outcome = sourced.apply(entity(Op.ADD, "Provenance", record(10, 1, **wrong), record(11, 1)), fails=True)
    assert {k: e.code for k, e in of(outcome, Op.ADD, "Provenance").items()} == {0: Code.EDIT_RECORD}
    assert (sourced.stored(10), sourced.stored(11) is None) == (None, False)


@pytest.mark.parametrize("missing", ["instanceID", "typeName", "propertyName", "sourceType", "source"])
def test_a_record_without_its_essentials_is_refused(sourced: Graph, missing: str) -> None:
    whole = record(10, 1)
    without = {name: value for name, value in whole.values.items() if name != missing}
    for values in (without, {**whole.values, missing: None}):
        outcome = sourced.apply(entity(Op.ADD, "Provenance", Add(uid(10), values)), fails=True)
        assert of(outcome, Op.ADD, "Provenance")[0].code is Code.EDIT_VALUE


def test_source_name_and_comment_may_be_null(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1, sourceName=None, comment=None)))


def test_a_record_cannot_be_about_a_record(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    nested = record(11, 10, typeName="Provenance", propertyName="comment")
    outcome = sourced.apply(entity(Op.ADD, "Provenance", nested), fails=True)
    assert of(outcome, Op.ADD, "Provenance")[0].code is Code.EDIT_RECORD


def test_no_relationship_ends_at_a_record(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    outcome = sourced.apply(link(Op.ADD, "Knows", connect(11, 1, 10), connect(12, 10, 1)), fails=True)
    assert {e.code for e in of(outcome, Op.ADD, "Knows", Category.RELATIONSHIP).values()} == {Code.EDIT_END_POINT}


def test_a_record_sent_again_makes_no_version(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    first = sourced.stored(10)
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    assert sourced.stored(10) == first


def test_an_updated_record_can_change_what_it_cites_and_is_about(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    sourced.apply(entity(Op.UPDATE, "Provenance", change(10, sourceType="Document", source=str(uid(5)))))
    sourced.apply(entity(Op.UPDATE, "Provenance", change(10, instanceID=uid(2))))
    stored = sourced.stored(10)
    assert stored is not None
    assert (stored.origin, stored.dest) == (uid(2), uid(5))
    sourced.apply(entity(Op.UPDATE, "Provenance", change(10, sourceType="String")))
    stored = sourced.stored(10)
    assert stored is not None
    assert stored.dest is None


@pytest.mark.parametrize(
    "wrong",
    [{"instanceID": uid(3)}, {"propertyName": "wings"}, {"typeName": "Place"}, {"sourceType": "Document"}],
)
def test_an_update_that_makes_a_record_unfit_is_refused(sourced: Graph, wrong: dict[str, Any]) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    before = sourced.stored(10)
    outcome = sourced.apply(entity(Op.UPDATE, "Provenance", Update(uid(10), wrong)), fails=True)
    assert of(outcome, Op.UPDATE, "Provenance")[0].code is Code.EDIT_RECORD
    assert sourced.stored(10) == before


# ---- what records keep from going


@pytest.mark.parametrize("category", [Category.ENTITY, Category.RELATIONSHIP])
def test_what_a_record_is_about_stays_unless_the_record_goes_too(sourced: Graph, category: Category) -> None:
    about, name = (2, "Person") if category is Category.ENTITY else (3, "Knows")
    make = entity if category is Category.ENTITY else link
    property_name = "name" if category is Category.ENTITY else "since"
    if category is Category.ENTITY:
        sourced.apply(link(Op.DELETE, "Knows", gone(3)))
    sourced.apply(entity(Op.ADD, "Provenance", record(10, about, typeName=name, propertyName=property_name)))
    outcome = sourced.apply(make(Op.DELETE, name, gone(about)), fails=True)
    assert of(outcome, Op.DELETE, name, category)[0].code is Code.EDIT_PROVENANCE
    assert sourced.stored(about) is not None
    sourced.apply(make(Op.DELETE, name, gone(about)), entity(Op.DELETE, "Provenance", gone(10)))
    assert (sourced.stored(about), sourced.stored(10)) == (None, None)


def test_records_go_with_the_object_when_asked_and_are_reported(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1), record(11, 1, propertyName="age"), record(12, 2)))
    outcome = sourced.apply(entity(Op.DELETE, "Person", gone(1)), cascade_provenance=True)
    assert outcome.records == [uid(10), uid(11)]
    assert (sourced.stored(10), sourced.stored(11), sourced.stored(12) is None) == (None, None, False)


def test_a_cascade_to_relationships_counts_their_records(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 3, typeName="Knows", propertyName="since")))
    outcome = sourced.apply(entity(Op.DELETE, "Person", gone(1)), fails=True)
    assert of(outcome, Op.DELETE, "Person")[0].code is Code.EDIT_PROVENANCE
    assert (outcome.cascades, sourced.stored(3) is None) == ({}, False)
    outcome = sourced.apply(entity(Op.DELETE, "Person", gone(1)), cascade_provenance=True)
    assert outcome.records == [uid(10)]
    assert list(outcome.cascades) == ["Knows"]


def test_clearing_a_value_with_records_is_refused_unless_they_go_too(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1), record(11, 1, propertyName="age")))
    outcome = sourced.apply(entity(Op.UPDATE, "Person", change(1, name=None), change(2, name=None)), fails=True)
    assert {k: e.code for k, e in of(outcome, Op.UPDATE, "Person").items()} == {0: Code.EDIT_PROVENANCE}
    assert sourced.values(1)["name"] == "Ann"
    outcome = sourced.apply(entity(Op.UPDATE, "Person", change(1, name=None)), cascade_provenance=True)
    assert outcome.records == [uid(10)]
    sourced.apply(entity(Op.UPDATE, "Person", change(1, age=None)), entity(Op.DELETE, "Provenance", gone(11)))
    assert (sourced.values(1)["age"], sourced.stored(11)) == (None, None)


def test_changing_a_value_and_clearing_a_null_leave_its_records(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1), record(11, 2, propertyName="age")))
    sourced.apply(entity(Op.UPDATE, "Person", change(1, name="Anna"), change(2, age=None)))
    assert sourced.stored(10) is not None
    assert sourced.stored(11) is not None


def test_rolled_back_nothing_of_a_cascade_is_reported(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    edits = (entity(Op.UPDATE, "Person", change(1, name=None)), entity(Op.DELETE, "Place", gone(77)))
    with pytest.raises(RolledBack) as undone:
        sourced.apply(*edits, cascade_provenance=True, rollback=True)
    assert undone.value.outcome.records == []
    assert sourced.stored(10) is not None


def test_a_deleted_document_leaves_the_text_of_records_that_cite_it(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1, sourceType="Document", source=str(uid(5)))))
    before = sourced.stored(10)
    sourced.apply(entity(Op.DELETE, "Document", gone(5)))
    after = sourced.stored(10)
    assert before is not None
    assert after is not None
    assert (after.dest, after.row, after.origin) == (None, before.row, uid(1))
    assert after.changed > before.changed
    sourced.apply(entity(Op.UPDATE, "Provenance", change(10, comment="the archive burnt")))
    outcome = sourced.apply(entity(Op.UPDATE, "Provenance", change(10, source=str(uid(5)))), fails=True)
    assert of(outcome, Op.UPDATE, "Provenance")[0].code is Code.EDIT_RECORD


def test_records_are_no_relationships_of_what_they_name(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1, sourceType="Document", source=str(uid(5)))))
    with sourced.store.reading(sourced.service.id) as reading:
        assert [found.id for found in reading.connected([uid(1), uid(5)])] == [uid(3)]
        assert [found.id for found in reading.records_about([uid(1), uid(3)])] == [uid(10)]
        assert [found.id for found in reading.records_citing([uid(5)])] == [uid(10)]


def test_records_are_in_no_replica_that_does_not_ask_for_them(sourced: Graph) -> None:
    definition, date = sourced.bound("Person", "Knows", "Document"), sourced.clock()
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1), record(11, 3, typeName="Knows", propertyName="since")))
    sourced.apply(entity(Op.UPDATE, "Provenance", change(10, comment="x")), entity(Op.DELETE, "Provenance", gone(11)))
    assert sourced.delta(definition, date).steps == []
    assert sourced.snapshot(definition).all_ids() == {uid(1), uid(2), uid(3), uid(5)}


# ---- the data model


def test_provenance_brings_documents_rules_and_source_types(sourced: Graph) -> None:
    model = sourced.model()
    assert model.provenance is not None
    assert model.named("Provenance") is model.find(Category.PROVENANCE, "Provenance") is model.provenance
    assert model.find(Category.ENTITY, "Provenance") is None
    assert (model.documents, model.document_links) == (model.require("Document"), model.require("HasDocument"))
    assert [s.value for s in model.source_types] == ["Document", "URL", "String"]
    assert model.domain("esri__provenanceSourceType") is not None
    assert len(model.constraints) == 3


def test_without_provenance_its_type_is_unknown(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    with pytest.raises(UnknownType):
        graph.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    outcome = graph.apply(entity(Op.ADD, "Provenance", record(10, 1)), replica=REPLICA)
    assert outcome.unknown_types == ["Provenance"]


def test_deleting_a_property_removes_its_records(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1), record(11, 1, propertyName="age")))
    sourced.edit(datamodel.delete_property, "Person", "age")
    assert (sourced.stored(10) is None, sourced.stored(11)) == (False, None)


def test_deleting_a_type_removes_the_records_of_its_objects_and_their_relationships(sourced: Graph) -> None:
    sourced.apply(
        entity(
            Op.ADD,
            "Provenance",
            record(10, 1),
            record(11, 3, typeName="Knows", propertyName="since"),
            record(12, 5, typeName="Document"),
        )
    )
    warnings = sourced.edit(datamodel.delete_type, "Person")
    assert warnings[-1] == "2 provenance records about them were deleted"
    assert [n for n in (10, 11, 12) if sourced.stored(n)] == [12]


def test_records_follow_renamed_properties_and_types(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1), record(11, 1, propertyName="age")))
    renamed = Property(id=0, name="called", field_type=FieldType.STRING)
    sourced.edit(
        datamodel.update_property,
        "Person",
        PropertyChange(property_name="name", replacement=renamed, masked=frozenset({"name"})),
        CODEC,
    )
    human = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
    sourced.edit(datamodel.update_type, "Person", human, CODEC)
    assert (sourced.values(10)["typeName"], sourced.values(10)["propertyName"]) == ("Human", "called")
    assert (sourced.values(11)["typeName"], sourced.values(11)["propertyName"]) == ("Human", "age")
    stored = sourced.stored(10)
    assert stored is not None
    assert stored.origin == uid(1)


@pytest.mark.parametrize("name", ["Provenance", "Document", "HasDocument"])
def test_what_a_feature_made_cannot_be_renamed_or_deleted(sourced: Graph, name: str) -> None:
    with pytest.raises(MalformedInput, match=name):
        sourced.edit(datamodel.delete_type, name)
    change = TypeChange(replacement=named_type("Other", Category.ENTITY, {}), masked=frozenset({"name"}))
    with pytest.raises(MalformedInput, match=name):
        sourced.edit(datamodel.update_type, name, change, CODEC)


def test_properties_with_a_role_stay_and_own_ones_can_be_added(sourced: Graph) -> None:
    with pytest.raises(MalformedInput, match="source"):
        sourced.edit(datamodel.delete_property, "Provenance", "source")
    trust = Property(id=0, name="trust", field_type=FieldType.INTEGER)
    (result,) = sourced.edit(datamodel.add_properties, "Provenance", [trust], CODEC)
    assert result.error is None
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1, trust=3)))
    assert sourced.values(10)["trust"] == 3
    sourced.edit(datamodel.delete_property, "Provenance", "trust")


def test_the_domain_of_source_types_stays(sourced: Graph) -> None:
    with pytest.raises(MalformedInput, match="esri__"):
        sourced.edit(datamodel.delete_domain, "esri__provenanceSourceType")


@pytest.mark.parametrize("role", [TypeRole.DOCUMENT, TypeRole.PROVENANCE])
def test_only_features_make_types_with_a_role(graph: Graph, role: TypeRole) -> None:
    ((_, result),) = graph.edit(datamodel.add_types, [replace(named_type("Paper", Category.ENTITY, {}), role=role)])
    assert isinstance(result.error, MalformedInput)


# ---- switching


def test_switched_off_the_records_are_gone_and_come_back_to_an_empty_type(sourced: Graph) -> None:
    sourced.apply(entity(Op.ADD, "Provenance", record(10, 1)))
    sourced.switch(Feature.PROVENANCE, False)
    model = sourced.model()
    assert (model.provenance, model.source_types, model.domains) == (None, (), ())
    assert len(model.constraints) == 1
    assert sourced.stored(10) is None
    sourced.apply(entity(Op.UPDATE, "Person", change(1, name=None)))
    sourced.switch(Feature.PROVENANCE)
    sourced.apply(entity(Op.ADD, "Provenance", record(11, 1)))


def test_switching_to_what_is_changes_nothing(sourced: Graph) -> None:
    before = sourced.model()
    for feature in (Feature.PROVENANCE, Feature.DOCUMENTS):
        sourced.switch(feature)
    assert sourced.model() == before


def test_documents_stay_while_they_are_needed_or_there(sourced: Graph) -> None:
    with pytest.raises(Conflict, match="provenance"):
        sourced.switch(Feature.DOCUMENTS, False)
    sourced.switch(Feature.PROVENANCE, False)
    with pytest.raises(Conflict, match="documents"):
        sourced.switch(Feature.DOCUMENTS, False)
    sourced.apply(entity(Op.DELETE, "Document", gone(5)))
    sourced.switch(Feature.DOCUMENTS, False)
    assert (sourced.model().documents, sourced.model().constraints) == (None, ())


def test_a_taken_name_keeps_a_feature_off(graph: Graph) -> None:
    graph.edit(datamodel.add_types, [named_type("HasDocument", Category.ENTITY, {})])
    before = graph.model()
    with pytest.raises(Conflict, match="HasDocument"):
        graph.switch(Feature.PROVENANCE)
    assert graph.model() == before


def test_has_document_leads_to_documents_only(sourced: Graph) -> None:
    outcome = sourced.apply(link(Op.ADD, "HasDocument", connect(30, 1, 5), connect(31, 1, 2)), fails=True)
    errors = of(outcome, Op.ADD, "HasDocument", Category.RELATIONSHIP)
    assert {k: e.code for k, e in errors.items()} == {1: Code.EDIT_RULE}
    assert "esri__HasDocument" in errors[1].message


def test_a_service_without_features_asks_nothing_of_records(graph: Graph) -> None:
    assert {t.name for t in (PERSON, PLACE, KNOWS)} <= {t.name for t in graph.model().types}
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann")))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name=None)))
    graph.apply(entity(Op.DELETE, "Person", gone(1)))
