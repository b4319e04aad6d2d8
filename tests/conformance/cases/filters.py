"""Filtered replicas over the wire: where-clauses, parameters, connected documents, provenance, source documents."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from esriPBuffer.graph.CreateReplicaRequest_pb2 import CreateReplicaRequest
from esriPBuffer.graph.DeleteFieldRequest_pb2 import GraphPropertyDeleteRequest
from esriPBuffer.graph.DeleteFieldResponse_pb2 import GraphPropertyDeleteResponse
from esriPBuffer.graph.EsriGraphTypes_pb2 import StringArray

from tests.conformance.archives import ADD, DELETE, UPDATE, Archive
from tests.conformance.cases.delta import EDGE, couple
from tests.conformance.cases.provenance import FIRST, PAPER, about
from tests.conformance.context import ANN, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, definition, deltas, refused, snapshot, upload
from tests.conformance.values import CLIENT_TRANSFORM, POLYGON, any_value, array, point, shape

EVE = uuid.UUID("f3000000-0000-4000-8000-00000000000e")
HAS = uuid.UUID("f3000000-0000-4000-8000-000000000009")


def filtered(
    entities: dict[str, str],
    relationships: dict[str, str] | None = None,
    parameters: Mapping[str, object] = MappingProxyType({}),
) -> CreateReplicaRequest:
    """Ask for types with clauses; parameters go to the first entity type."""
    links = relationships or {}
    request = definition(tuple(entities), tuple(links))
    static = request.replica_filters.static_definition
    for wanted, clause in zip(static.entity_types, entities.values(), strict=True):
        wanted.entity_type_replica_definition.open_cypher_where_clause = clause
    for item, clause in zip(static.relationship_types, links.values(), strict=True):
        item.relationship_type_replica_definition.open_cypher_where_clause = clause
    given = static.entity_types[0].entity_type_replica_definition.parameters
    for name, value in parameters.items():
        given[name].CopyFrom(any_value(value))
    request.replica_filters.input_transform.CopyFrom(CLIENT_TRANSFORM)
    return request


class Filtered:
    """A replica with clauses, and the deltas that follow."""

    def __init__(self, service: Service, request: CreateReplicaRequest) -> None:
        self.service = service
        result = service.created(request)
        self.replica, self.since = result.replica_id, result.sync_date
        self.first = service.first_archive(result)

    def holds(self, *ids: uuid.UUID) -> None:
        found = sorted(str(row.id) for row in self.first.rows)
        assert found == sorted(map(str, ids)), f"the first archive holds {found}"

    def sends(self, *wanted: tuple[int, uuid.UUID]) -> Archive:
        archive, self.since = self.service.delta(self.replica, self.since)
        found = sorted((row.delta, str(row.id)) for row in archive.rows)
        assert found == sorted((delta, str(i)) for delta, i in wanted), f"rows {found}"
        return archive


def two(ctx: Context) -> Service:
    service = ctx.service()
    service.apply(couple(), Edits().update("Person", ANN, age=40).update("Person", BOB, age=20))
    return service


@case("FILT-001", "facts §5.4: membership = rows of MATCH (n:T) WHERE clause; closure of relationships")
def a_clause_selects_and_closes(ctx: Context) -> None:
    service = two(ctx)
    Filtered(service, filtered({"Person": "n.age > 30"}, {"Knows": ""})).holds(ANN)
    Filtered(service, filtered({"Person": "n.age >= 20"}, {"Knows": ""})).holds(ANN, BOB, EDGE)
    Filtered(service, filtered({"Person": ""}, {"Knows": "n.since > 1"})).holds(ANN, BOB)


@case("FILT-002", "laws.md 1: what enters or leaves the filter comes and goes, with its relationships")
def moves_in_and_out_are_sent(ctx: Context) -> None:
    service = two(ctx)
    replica = Filtered(service, filtered({"Person": "n.age > 30"}, {"Knows": ""}))
    service.apply(Edits().update("Person", BOB, age=50))
    replica.sends((ADD, BOB), (ADD, EDGE))
    service.apply(Edits().update("Person", BOB, name="Robert"))
    replica.sends((UPDATE, BOB))
    service.apply(Edits().update("Person", ANN, age=1))
    replica.sends((DELETE, ANN), (DELETE, EDGE))
    service.apply(Edits().update("Person", ANN, age=2))
    replica.sends()


@case("FILT-003", "facts §5.4: clauses use parameters; every one must be used")
def parameters_are_bound(ctx: Context) -> None:
    service = two(ctx)
    clause, names = "n.age > $least AND n.name IN $names", array(string_array=StringArray(value=["Ann", "Eve"]))
    Filtered(service, filtered({"Person": clause}, parameters={"least": 30, "names": names})).holds(ANN)
    hostile = {"it": "'; DROP TABLE object; --"}
    Filtered(service, filtered({"Person": "n.name = $it"}, parameters=hostile)).holds()
    for clause, parameters in (("n.age > $x", {}), ("n.age > 1", {"unused": 1})):
        refused(service.create(filtered({"Person": clause}, parameters=parameters)).error, "Person")


@case("FILT-004", "facts §16: a clause that cannot be is refused with its place; nothing is registered")
def bad_clauses_are_refused(ctx: Context) -> None:
    service = two(ctx)
    before = service.replicas()
    kinds = ("n.age >", "n.nothing = 1", "n.age = rand()", "(n)-[:Knows]->()", "x.age = 1", "n.name")
    for clause in (*kinds, "(" * 10_000):
        refused(service.create(filtered({"Person": clause})).error, "open_cypher_where_clause")
    refused(service.create(filtered({"Person": "n.age = 1 " + "OR n.age = 1 " * 90_000})).error, "where")
    assert service.replicas() == before
    service.still_up()


@case("FILT-005", "facts §16: startNode(n) and endNode(n) in clauses on relationships")
def clauses_look_at_ends(ctx: Context) -> None:
    service = two(ctx)
    replica = Filtered(service, filtered({"Person": ""}, {"Knows": "startNode(n).age > endNode(n).age"}))
    replica.holds(ANN, BOB, EDGE)
    service.apply(Edits().update("Person", BOB, age=41))
    replica.sends((UPDATE, BOB), (DELETE, EDGE))


@case("FILT-006", "facts §5.4 WE DO: a clause that later breaks refuses synchronize, no partial data")
def a_broken_clause_refuses(ctx: Context) -> None:
    service = two(ctx)
    replica = Filtered(service, filtered({"Person": "n.age > 30"}))
    drop = GraphPropertyDeleteRequest(name="age")
    clean(service.post(GraphPropertyDeleteResponse, "dataModel/edit/namedTypes/Person/fields/delete", drop))
    answer = service.sync(replica.replica, deltas(replica.since))
    refused(answer.error, "Person", "age", "make the replica again")
    # An upload in the same call is refused with it; alone it is applied.
    edits = Edits().add("Person", EVE, name="Eve")
    for request in (upload(edits, base=replica.since), upload(edits, into=snapshot())):
        refused(service.sync(replica.replica, request).error, "Person", "age", "make the replica again")
    Filtered(service, filtered({"Person": ""})).holds(ANN, BOB)
    assert not service.sync(replica.replica, upload(edits)).error.error_code
    Filtered(service, filtered({"Person": ""})).holds(ANN, BOB, EVE)
    service.still_up()


@case("FILT-007", "facts §5.4: the definition is echoed, clause and parameters")
def clauses_are_echoed(ctx: Context) -> None:
    service = two(ctx)
    request = filtered({"Person": "n.age > $least"}, parameters={"least": 30})
    made = service.created(request)
    told = service.described(made.replica_id).replica_filters.static_definition.entity_types[0]
    asked = request.replica_filters.static_definition.entity_types[0]
    found, wanted = told.entity_type_replica_definition, asked.entity_type_replica_definition
    assert found.open_cypher_where_clause == wanted.open_cypher_where_clause, found
    assert dict(found.parameters) == dict(wanted.parameters), found


@case("FILT-008", "facts §5.4: connected documents, provenance and source documents come and go with their owners")
def options_pull_objects_in(ctx: Context) -> None:
    service = ctx.service(supportsProvenance=True)
    service.apply(couple(), Edits().update("Person", ANN, age=40).add("Document", PAPER, name="register.pdf"))
    service.apply(about(Edits(), FIRST, ANN).relate("HasDocument", HAS, ANN, PAPER))
    request = filtered({"Person": "n.age > 30"})
    entity = request.replica_filters.static_definition.entity_types[0]
    entity.document_options.include_connected_documents.SetInParent()
    wanted = entity.entity_type_replica_definition
    wanted.provenance_options.include_provenance.include_source_documents = True
    replica = Filtered(service, request)
    replica.holds(ANN, PAPER, HAS, FIRST)
    service.apply(Edits().update("Person", ANN, age=1))
    replica.sends((DELETE, ANN), (DELETE, PAPER), (DELETE, HAS), (DELETE, FIRST))
    service.apply(Edits().update("Person", ANN, age=31))
    replica.sends((ADD, ANN), (ADD, PAPER), (ADD, HAS), (ADD, FIRST))


@case("FILT-009", "facts §5.4, §16: spatial clauses, a geometry parameter and a WKT literal")
def spatial_clauses_select(ctx: Context) -> None:
    service = ctx.shared_geometric
    near, far = (uuid.UUID(f"f{k}000000-0000-4000-8000-00000000000a") for k in (4, 5))
    service.apply(Edits().add("Spot", near, shape=point(100.75, 50.5)).add("Spot", far, shape=point(-70.0, -33.0)))
    box = shape(POLYGON, [(100, 50), (100, 51), (101, 51), (101, 50), (100, 50)])
    around = "esri.graph.ST_GeoDistance(n.shape, esri.graph.ST_WKTToGeometry('POINT (100.7 50.4)')) < 100000"
    crossing = filtered({"Spot": "esri.graph.ST_Intersects($box, n.shape)"}, parameters={"box": box})
    for request in (crossing, filtered({"Spot": around})):
        Filtered(service, request).holds(near)
