"""Optional features: how a service gets and loses them, and what its own JSON says of them."""

from esriPBuffer.graph.AddNamedTypesRequest_pb2 import GraphNamedObjectTypeAddsRequest
from esriPBuffer.graph.AddNamedTypesResponse_pb2 import GraphNamedObjectTypeAddsResponse
from esriPBuffer.graph.DataModelTypes_pb2 import NamedObjectType
from esriPBuffer.graph.DeleteNamedTypeResponse_pb2 import GraphNamedObjectTypeDeleteResponse

from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits
from tests.conformance.models import entity, prop
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, definition, deltas, refused

SHOWN = ("supportsSync", "supportsDocuments", "supportsProvenance", "supportsEditorTracking")
DOCUMENT_ROLES = {2: "name", 3: "title", 4: "url", 5: "text", 6: "keywords", 7: "contentType", 8: "metadata"} | {
    9: "fileExtension",
    21: "shape",
}


def shown(service: Service) -> tuple[bool, ...]:
    found = service.definition()
    return tuple(found[name] for name in SHOWN)


def entity_type(service: Service, name: str) -> NamedObjectType | None:
    return next((t.entity for t in service.model().entity_types if t.entity.name == name), None)


@case("FEAT-001", "facts §3: creation takes jsonProperties{supportsProvenance, supportsEditorTracking, supportsSync}")
def features_are_given_at_creation(ctx: Context) -> None:
    assert shown(ctx.service(bare=True)) == (True, False, False, False)
    assert shown(ctx.service(bare=True, supportsDocuments=True)) == (True, True, False, False)
    every = ctx.service(bare=True, sync=False, supportsProvenance=True, supportsEditorTracking=True)
    assert shown(every) == (False, True, True, True), shown(every)


@case("FEAT-002", "facts §3: updateFeature, form updateFeature=<json>; UNKNOWN answer, WE DO success true")
def features_are_switched_later(ctx: Context) -> None:
    service = ctx.service()
    for name in ("supportsDocuments", "supportsProvenance", "supportsEditorTracking"):
        service.switch(**{name: True})
    assert shown(service) == (True, True, True, True)
    for name in ("supportsProvenance", "supportsDocuments", "supportsEditorTracking", "supportsSync"):
        service.switch(**{name: False})
    assert shown(service) == (False, False, False, False)


@case("FEAT-003", "facts §2.4: one feature per request")
def two_features_at_once_are_refused(ctx: Context) -> None:
    answer = ctx.shared.update_feature(supportsDocuments=True, supportsProvenance=True)
    assert answer["error"]["code"] == 400, answer
    assert shown(ctx.shared) == (True, False, False, False)


@case("FEAT-004", "facts §14: errors are ArcGIS JSON at HTTP 200; unknown features and values have a place")
def what_is_no_feature_is_refused(ctx: Context) -> None:
    for wanted in ({}, {"supportsFlying": True}, {"supportsSync": "perhaps"}, {"supportsSync": None}):
        answer = ctx.shared.update_feature(**wanted)
        assert answer["error"]["code"] == 400, answer
    assert ctx.shared.update_feature(supportsSearch=True)["error"]["code"] == 501
    for text in ("", "{", "[]"):
        ctx.client.form(f"{ctx.shared.admin}/updateFeature", updateFeature=text, f="json").json_error()


@case("FEAT-005", "facts §3: by the service owner or an admin; a stranger is told 499")
def a_stranger_switches_nothing(ctx: Context) -> None:
    answer = ctx.client.request(
        "POST",
        f"{ctx.shared.admin}/updateFeature",
        b"updateFeature=%7B%22supportsSync%22%3Afalse%7D&f=json",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        anonymous=True,
    )
    assert answer.json_error()["code"] == 499, answer.body
    assert shown(ctx.shared)[0], "sync was switched off by a stranger"


@case("FEAT-006", "facts §15.1: Document and HasDocument; properties by role, names WE DO")
def documents_have_their_properties_by_role(ctx: Context) -> None:
    service = ctx.service(bare=True, supportsDocuments=True)
    document = entity_type(service, "Document")
    assert document is not None, "there is no entity type Document"
    assert document.role == 2, document.role
    found = {p.role: p.name for p in document.properties if p.role > 1}
    assert found == DOCUMENT_ROLES, found
    links = {t.relationship.name: t.relationship.role for t in service.model().relationship_types}
    assert links == {"HasDocument": 2}, links
    rules = [rule.role for rule in service.model().constraint_rules]
    assert rules == [2], rules


@case("FEAT-007", "facts §3 WE DO: documents cannot be switched off while there are documents")
def documents_stay_while_there_are_some(ctx: Context) -> None:
    service = ctx.service(supportsDocuments=True)
    service.apply(Edits().add("Document", ANN, name="passport"))
    assert service.update_feature(supportsDocuments=False)["error"]["code"] == 409
    service.apply(Edits().delete("Document", ANN))
    service.switch(supportsDocuments=False)
    assert entity_type(service, "Document") is None


@case("FEAT-008", "facts §3 WE DO: change tracking starts at enabling; enabling time is the trim floor")
def a_delta_from_before_sync_needs_a_snapshot(ctx: Context) -> None:
    service = ctx.service(sync=False)
    before = service.model().data_model_timestamp
    refused(service.create(definition(("Person",), ())).error, code=412)
    service.apply(Edits().add("Person", ANN, name="Ann"))
    service.switch(supportsSync=True)
    made = service.replica()
    refused(service.sync(made.replica_id, deltas(before)).error, "snapshot", code=410)
    service.apply(Edits().update("Person", ANN, name="Anna"))
    changes, _ = service.delta(made.replica_id, made.sync_date)
    assert changes.row(ANN).props["name"] == "Anna"


@case("FEAT-009", "facts §3 WE DO: disabling sync unregisters all replicas")
def without_sync_no_replica_is_left(ctx: Context) -> None:
    service = ctx.service()
    made = service.replica()
    service.switch(supportsSync=False)
    refused(service.sync(made.replica_id, deltas(made.sync_date)).error, code=412)
    assert service.download(made.replica_data_url).status == 404, "its archive can still be downloaded"
    service.switch(supportsSync=True)
    assert service.replicas() == {}
    refused(service.sync(made.replica_id, deltas(made.sync_date)).error, code=404)


@case("FEAT-010", "facts §3 WE DO: switching to what is changes nothing")
def enabling_sync_again_leaves_replicas_alone(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    made = service.replica()
    service.switch(supportsSync=True)
    clean(service.sync(made.replica_id, deltas(made.sync_date)))


@case("FEAT-011", "facts §1: never mutate on GET")
def a_get_switches_nothing(ctx: Context) -> None:
    query = {"updateFeature": '{"supportsSync":false}', "f": "html"}
    answer = ctx.client.request("GET", f"{ctx.shared.admin}/updateFeature", query=query)
    assert answer.status == 200, answer.status
    assert shown(ctx.shared)[0], "sync was switched off by a GET"


@case("FEAT-012", "facts §15.1: what a feature made goes only with it")
def types_of_a_feature_cannot_be_made_or_unmade(ctx: Context) -> None:
    service = ctx.service(supportsProvenance=True)
    for name in ("Document", "HasDocument", "Provenance"):
        refused(
            service.post(GraphNamedObjectTypeDeleteResponse, f"dataModel/edit/namedTypes/{name}/delete").error, name
        )
    wanted = entity("Paper", prop("p", "String"))
    wanted.entity.role = 2
    request = GraphNamedObjectTypeAddsRequest(entity_types=[wanted])
    answer = service.post(GraphNamedObjectTypeAddsResponse, "dataModel/edit/namedTypes/add", request)
    refused(answer.entity_add_results[0].error, "Paper")
