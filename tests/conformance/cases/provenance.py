"""Provenance over the wire: the meta entity type, records as edits, and what they protect."""

from uuid import UUID

from esriPBuffer.graph.ApplyEditsResponse_pb2 import EditResults
from esriPBuffer.graph.DataModelTypes_pb2 import NamedObjectType

from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, OSLO, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, results_of, upload
from tests.conformance.values import identities

PAPER = UUID("f0000000-0000-4000-8000-000000000006")
FIRST = UUID("f1000000-0000-4000-8000-000000000007")
SECOND = UUID("f2000000-0000-4000-8000-000000000008")
EDIT_VALUE, EDIT_PROVENANCE, EDIT_RECORD = 112902, 112913, 112914
ROLES = {
    10: "instanceID",
    11: "sourceType",
    12: "sourceName",
    13: "source",
    14: "comment",
    15: "typeName",
    16: "propertyName",
}


def people(ctx: Context) -> Service:
    """Ann knows Bob; a document; provenance is on."""
    service = ctx.service(supportsProvenance=True)
    service.apply(
        Edits()
        .add("Person", ANN, name="Ann", age=31)
        .add("Person", BOB, name="Bob")
        .add("Document", PAPER, name="register.pdf")
        .relate("Knows", ANN_KNOWS_BOB, ANN, BOB, since=2001)
    )
    return service


def about(edits: Edits, record: UUID, instance: UUID, /, **said: object) -> Edits:
    usual = {"typeName": "Person", "propertyName": "name", "sourceType": "String", "source": "her word"}
    return edits.add("Provenance", record, instanceID=instance, **{**usual, **said})


def meta_type(service: Service) -> NamedObjectType:
    (found,) = service.model().meta_entity_types
    return found.entity


def codes(results: EditResults) -> dict[int, int]:
    return {index: error.error_code for index, error in results.errors.items()}


@case("PROV-001", "P:QueryDataModelResponse meta_entity_types; facts §15.1 roles of provenance properties")
def the_data_model_shows_the_meta_entity_type(ctx: Context) -> None:
    service = ctx.service(bare=True, supportsProvenance=True)
    found = meta_type(service)
    assert (found.name, found.role) == ("Provenance", 1), found
    assert {p.role: p.name for p in found.properties if p.role > 1} == ROLES
    assert "Provenance" not in {t.entity.name for t in service.model().entity_types}
    needed = {p.name for p in found.properties if p.not_nullable and p.role > 1}
    assert needed == {"instanceID", "sourceType", "source", "typeName", "propertyName"}, needed


@case("PROV-002", "facts §15.1: coded domain esri__provenanceSourceType, provenance_source_type_values")
def source_types_are_a_coded_domain(ctx: Context) -> None:
    model = ctx.service(bare=True, supportsProvenance=True).model()
    values = {v.value: v.behavior for v in model.provenance_source_type_values.value_behavior_array}
    assert values == {"Document": "Document", "URL": "URL", "String": "String"}, values
    (domain,) = [d for d in model.domains if d.name == "esri__provenanceSourceType"]
    assert {c.code.string_value for c in domain.codedValueDomain.codesValues} == set(values)
    source_type = next(p for t in model.meta_entity_types for p in t.entity.properties if p.role == 11)
    assert source_type.domain == domain.name, source_type


@case("PROV-003", "facts §15.1: off by default")
def without_provenance_there_is_no_such_type(ctx: Context) -> None:
    assert not ctx.shared.model().meta_entity_types
    answer = ctx.shared.send(about(Edits(), FIRST, ANN))
    assert answer.error.error_code == 112020, answer.error


@case("PROV-004", "P:ApplyEditsRequest: records are entities of their type; results beside those of entities")
def records_are_added_updated_and_deleted_like_entities(ctx: Context) -> None:
    service = people(ctx)
    added = service.apply(
        about(about(Edits(), FIRST, ANN), SECOND, ANN_KNOWS_BOB, typeName="Knows", propertyName="since")
    )
    assert identities(added.entity_add_results["Provenance"].id_array) == [FIRST, SECOND]
    service.apply(Edits().update("Provenance", FIRST, comment="sure"))
    gone = service.apply(Edits().delete("Provenance", FIRST, SECOND))
    assert identities(gone.entity_delete_results["Provenance"].id_array) == [FIRST, SECOND]


@case("PROV-005", "facts §15.1: a record names instance, type and property; source must not be null")
def a_record_must_fit_what_it_is_about(ctx: Context) -> None:
    service = people(ctx)
    for wrong, code in (
        ({"instanceID": OSLO}, EDIT_RECORD),
        ({"typeName": "Place"}, EDIT_RECORD),
        ({"propertyName": "wings"}, EDIT_RECORD),
        ({"sourceType": "Rumour"}, EDIT_RECORD),
        ({"source": None}, EDIT_VALUE),
    ):
        values = {"instanceID": ANN, "typeName": "Person", "propertyName": "name"}
        values |= {"sourceType": "String", "source": "her word", **wrong}
        answer = service.send(Edits().add("Provenance", FIRST, **values))
        clean(answer)
        assert codes(answer.entity_add_results["Provenance"]) == {0: code}, (wrong, answer)


@case("PROV-006", "facts §15.1 WE DO: the source of type Document is the global id text of a document")
def a_document_source_must_exist(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(Edits(), FIRST, ANN, sourceType="Document", source=f"{{{str(PAPER).upper()}}}"))
    answer = service.send(about(Edits(), SECOND, ANN, sourceType="Document", source=str(BOB)))
    assert codes(answer.entity_add_results["Provenance"]) == {0: EDIT_RECORD}, answer


@case("PROV-007", "facts §11.4: without cascade_delete_provenance the client must supply provenance deletes")
def what_a_record_is_about_is_not_deleted(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(Edits(), FIRST, ANN_KNOWS_BOB, typeName="Knows", propertyName="since"))
    answer = service.send(Edits().delete_relationship("Knows", ANN_KNOWS_BOB))
    assert codes(answer.relationship_delete_results["Knows"]) == {0: EDIT_PROVENANCE}, answer
    service.apply(Edits().delete_relationship("Knows", ANN_KNOWS_BOB).delete("Provenance", FIRST))


@case("PROV-008", "facts §11.4: true -> removed and reported in cascading_provenance_delete_results")
def a_cascade_takes_the_records_along(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(about(Edits(), FIRST, ANN), SECOND, ANN_KNOWS_BOB, typeName="Knows", propertyName="since"))
    refused = service.send(Edits().delete("Person", ANN), header=edits_header(cascade=True))
    assert codes(refused.entity_delete_results["Person"]) == {0: EDIT_PROVENANCE}, refused
    answer = service.apply(Edits().delete("Person", ANN), header=edits_header(cascade=True, cascade_provenance=True))
    gone = answer.cascading_provenance_delete_results.provenance_delete_results
    assert set(identities(gone.id_array)) == {FIRST, SECOND}, answer
    assert list(answer.cascading_relationship_delete_results) == ["Knows"], answer


@case("PROV-009", "facts §11.4: clearing a property by null counts as deleting a property value")
def clearing_a_value_needs_its_records_gone(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(about(Edits(), FIRST, ANN), SECOND, ANN, propertyName="age"))
    answer = service.send(Edits().update("Person", ANN, name=None).update("Person", BOB, name=None))
    assert codes(answer.entity_update_results["Person"]) == {0: EDIT_PROVENANCE}, answer
    answer = service.apply(Edits().update("Person", ANN, name=None), header=edits_header(cascade_provenance=True))
    gone = answer.cascading_provenance_delete_results.provenance_delete_results
    assert identities(gone.id_array) == [FIRST], answer
    service.apply(Edits().update("Person", ANN, age=None).delete("Provenance", SECOND))


@case("PROV-010", "facts §6.3: an upload is executed like applyEdits")
def a_replica_uploads_records(ctx: Context) -> None:
    service = people(ctx)
    made = service.replica()
    request = upload(about(Edits().add("Person", OSLO, name="New"), FIRST, OSLO), base=made.sync_date)
    results = results_of(service.synced(made.replica_id, request))
    assert identities(results.entity_add_results["Provenance"].id_array) == [FIRST], results
    answer = service.send(Edits().delete("Person", OSLO))
    assert codes(answer.entity_delete_results["Person"]) == {0: EDIT_PROVENANCE}, answer


@case("PROV-011", "facts §3 WE DO: switched off, the type and its records are gone")
def switched_off_nothing_is_protected(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(Edits(), FIRST, BOB))
    service.switch(supportsProvenance=False)
    assert not service.model().meta_entity_types
    service.apply(Edits().delete("Person", BOB), header=edits_header(cascade=True))
    service.switch(supportsProvenance=True)
    service.apply(about(Edits(), FIRST, ANN))


@case(
    "PROV-012",
    "facts §15.3: system rules NoProvenanceOrigin, NoProvenanceDestination; no relationship ends at a record",
)
def no_relationship_ends_at_a_record(ctx: Context) -> None:
    service = people(ctx)
    assert [rule.role for rule in service.model().constraint_rules] == [2, 3, 4]
    service.apply(about(Edits(), FIRST, ANN))
    answer = service.send(Edits().relate("Knows", None, ANN, FIRST).relate("Knows", None, FIRST, ANN))
    assert len(codes(answer.relationship_add_results["Knows"])) == 2, answer


@case("PROV-013", "WE DO: a deleted document leaves the records that cite it")
def a_source_document_may_go(ctx: Context) -> None:
    service = people(ctx)
    service.apply(about(Edits(), FIRST, ANN, sourceType="Document", source=str(PAPER)))
    service.apply(Edits().delete("Document", PAPER))
    service.apply(Edits().update("Provenance", FIRST, comment="the paper is lost"))
    answer = service.send(Edits().delete("Person", ANN), header=edits_header(cascade=True))
    assert codes(answer.entity_delete_results["Person"]) == {0: EDIT_PROVENANCE}, answer
