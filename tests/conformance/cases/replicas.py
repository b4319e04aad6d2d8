"""Replicas: created, named, listed, described, unregistered."""

import uuid

from esriPBuffer.graph.CreateReplicaRequest_pb2 import CreateReplicaRequest
from esriPBuffer.graph.CreateReplicaResponse_pb2 import CreateReplicaResponse
from esriPBuffer.graph.ReplicaDefinitionResponse_pb2 import ReplicaDefinitionResponse
from esriPBuffer.graph.ReplicasResponse_pb2 import ReplicasResponse
from esriPBuffer.graph.SynchronizeReplicaResponse_pb2 import SynchronizeReplicaResponse
from esriPBuffer.graph.UnregisterReplicaRequest_pb2 import UnregisterReplicaRequest
from esriPBuffer.graph.UnregisterReplicaResponse_pb2 import UnregisterReplicaResponse

from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, OSLO, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, definition, refused, snapshot


def refused_create(answer: CreateReplicaResponse, *words: str, code: int | None = None) -> None:
    """Clients lose the message unless an empty result stands beside it."""
    refused(answer.error, *words, code=code)
    assert answer.WhichOneof("result") == "create_replica_result", "no empty create_replica_result beside the error"
    assert not answer.create_replica_result.replica_id, "a replica id beside the error"


def unique(word: str) -> str:
    return f"{word}_{uuid.uuid4().hex[:8]}"


@case("REPL-001", "P:CreateReplicaResponse; facts §5.5")
def a_replica_is_created_with_everything_a_client_needs(ctx: Context) -> None:
    result = ctx.shared.replica()
    assert result.replica_data_format == 1, result.replica_data_format
    assert result.replica_data_url.startswith(ctx.target.url + "/"), result.replica_data_url
    assert result.sync_date > 1_500_000_000_000, result.sync_date
    assert result.replica_name == result.requested_replica_name, result


@case("REPL-002", "P:CreateReplicaRequest.replica_id; facts/clients.md A§7: chosen by the client")
def a_client_chooses_the_replica_id(ctx: Context) -> None:
    wanted = uuid.uuid4()
    result = ctx.shared.replica(identifier=wanted)
    assert result.replica_id == wanted.bytes, result.replica_id.hex()
    assert wanted in ctx.shared.replicas()


@case("REPL-003", "facts §5.2: replica_id absent -> generated")
def a_missing_replica_id_is_generated(ctx: Context) -> None:
    first, second = ctx.shared.replica(), ctx.shared.replica()
    assert first.replica_id != second.replica_id
    assert any(first.replica_id), "the nil uuid"


@case("REPL-004", "facts §5.2: taken -> a free name is derived, MyReplica -> MyReplica_0")
def a_taken_name_gets_a_number(ctx: Context) -> None:
    name = unique("Mine")
    found = [ctx.shared.replica(name=name) for _ in range(3)]
    assert [item.replica_name for item in found] == [name, f"{name}_0", f"{name}_1"], found
    assert {item.requested_replica_name for item in found} == {name}


@case("REPL-005", "facts §5.2 WE DO: names compare case-insensitively, original case kept")
def names_are_unique_in_any_case(ctx: Context) -> None:
    name = unique("CaseMatters")
    ctx.shared.replica(name=name)
    assert ctx.shared.replica(name=name.upper()).replica_name == f"{name.upper()}_0"


@case("REPL-006", "facts §5.2 WE DO: <ServiceName>_Replica")
def a_missing_name_is_chosen(ctx: Context) -> None:
    result = ctx.shared.created(definition(("Person",), ()))
    assert result.replica_name.startswith(f"{ctx.shared.name}_Replica"), result.replica_name
    identifier = uuid.UUID(bytes=result.replica_id)
    assert ctx.shared.replicas()[identifier].replica_name == result.replica_name


@case("REPL-007", "facts §5.2: length != 16 -> error 400")
def a_replica_id_of_15_bytes_is_refused(ctx: Context) -> None:
    for wrong in (b"", b"\x01" * 15, b"\x01" * 17):
        request = definition(("Person",), ())
        request.replica_id = wrong
        refused_create(ctx.shared.create(request), code=400)


@case("REPL-008", "facts §5.2: nil UUID -> error 400")
def the_nil_replica_id_is_refused(ctx: Context) -> None:
    request = definition(("Person",), ())
    request.replica_id = bytes(16)
    refused_create(ctx.shared.create(request), code=400)


@case("REPL-009", "facts §5.2 WE DO: names of at most 128 characters")
def a_name_that_is_too_long_is_refused(ctx: Context) -> None:
    request = definition(("Person",), ())
    request.requested_replica_name = "x" * 129
    refused_create(ctx.shared.create(request))


@case("REPL-010", "D:kgs-replicas; P:ReplicasResponse name, id, last_sync_date")
def replicas_are_listed(ctx: Context) -> None:
    service = ctx.service()
    assert service.replicas() == {}, "a new service has replicas"
    result = service.replica(name="First")
    (info,) = service.replicas().values()
    assert (info.replica_name, info.replica_id) == ("First", result.replica_id), info
    assert info.last_sync_date == result.sync_date, f"{info.last_sync_date}, not {result.sync_date}"


@case("REPL-011", "P:ReplicaDefinitionResponse; facts/clients.md A§0 rule 5")
def a_definition_has_all_its_options_present(ctx: Context) -> None:
    request = definition(("Person", "Place"), ("Knows",))
    static = request.replica_filters.static_definition
    for item in static.entity_types:
        item.entity_type_replica_definition.ClearField("provenance_options")
    found = ctx.shared.described(ctx.shared.created(request).replica_id)
    static = found.replica_filters.static_definition
    names = [item.entity_type_replica_definition.type_name for item in static.entity_types]
    assert names == ["Person", "Place"], names
    for item in static.entity_types:
        assert item.HasField("document_options"), "document_options is absent"
        assert item.entity_type_replica_definition.HasField("provenance_options"), "provenance_options is absent"
    (knows,) = static.relationship_types
    assert knows.relationship_type_replica_definition.type_name == "Knows"
    assert knows.relationship_type_replica_definition.HasField("provenance_options"), "provenance_options is absent"


@case("REPL-012", "P:ReplicaDefinition owner, dates, direction; facts/clients.md B: direction other than 0")
def a_definition_says_whose_it_is_and_which_way_it_goes(ctx: Context) -> None:
    for direction, number in (("BIDIRECTIONAL", 1), ("UPLOAD", 2), ("DOWNLOAD", 3)):
        result = ctx.shared.replica(direction=direction)
        found = ctx.shared.described(result.replica_id)
        assert found.sync_direction == number, found.sync_direction
        assert found.replica_owner == ctx.target.user, found.replica_owner
        assert found.replica_id == result.replica_id
        assert found.replica_name == result.replica_name
        assert found.creation_date > 1_500_000_000_000, found.creation_date
        assert found.last_sync_date == result.sync_date, found.last_sync_date


@case("REPL-013", "facts §4 WE DO: UNSPECIFIED -> BIDIRECTIONAL when the caller may have it")
def an_unspecified_direction_is_both(ctx: Context) -> None:
    result = ctx.shared.replica(direction="UNSPECIFIED")
    assert ctx.shared.described(result.replica_id).sync_direction == 1


@case("REPL-014", "facts/clients.md B: the path id is percent-encoded with braces, upper case; any case")
def a_replica_is_found_under_every_spelling_of_its_id(ctx: Context) -> None:
    result = ctx.shared.replica()
    text = str(uuid.UUID(bytes=result.replica_id))
    for spelling in (text, text.upper(), f"%7B{text.upper()}%7D", f"%7b{text}%7d"):
        assert ctx.shared.described(spelling).replica_id == result.replica_id, spelling


@case("REPL-015", "facts/clients.md A§7: error alone raises its message (good for unknown ids); facts §14: 404")
def an_unknown_replica_is_an_error(ctx: Context) -> None:
    refused(ctx.shared.describe(uuid.uuid4().bytes).error, code=404)
    refused(ctx.shared.describe("not-an-id").error)


@case("REPL-016", "P:CreateReplicaRequest.reference_replica; facts §5.3 WE DO: copy of the filters")
def a_reference_copies_the_definition(ctx: Context) -> None:
    model = ctx.shared.replica(("Person",), ("Knows",))
    request = CreateReplicaRequest(sync_direction="DOWNLOAD", data_format="PBF")
    request.reference_replica.reference_replica_id = model.replica_id
    copy = ctx.shared.created(request)
    ctx.shared.unregister(model.replica_id)
    found = ctx.shared.described(copy.replica_id)
    static = found.replica_filters.static_definition
    assert [i.entity_type_replica_definition.type_name for i in static.entity_types] == ["Person"]
    assert [i.relationship_type_replica_definition.type_name for i in static.relationship_types] == ["Knows"]
    assert found.sync_direction == 3, "the direction is not the request's own"
    archive, _ = ctx.shared.snapshot_of(copy.replica_id)
    assert archive.ids(1) == {ANN, BOB, ANN_KNOWS_BOB}, archive.ids(1)


@case("REPL-017", "facts §5.3 WE DO: the reference must exist")
def a_reference_to_nothing_is_refused(ctx: Context) -> None:
    for wrong in (uuid.uuid4().bytes, b"\x01" * 15, b""):
        request = CreateReplicaRequest(sync_direction="DOWNLOAD", data_format="PBF")
        request.reference_replica.reference_replica_id = wrong
        refused_create(ctx.shared.create(request))


@case("REPL-018", "laws.md law 5: a known replica_id, same owner and definition: the replica with a fresh archive")
def creating_the_same_replica_again_answers_it(ctx: Context) -> None:

    service = ctx.service()
    wanted = uuid.uuid4()
    first = service.replica(identifier=wanted, name="Once")
    service.apply(Edits().add("Person", ANN, name="Ann"))
    second = service.replica(identifier=wanted, name="Once")
    assert second.replica_id == wanted.bytes
    assert second.replica_name == first.replica_name, f"a second name: {second.replica_name}"
    assert list(service.replicas()) == [wanted], "two replicas"
    assert service.first_archive(second).ids(1) == {ANN}, "the archive is not fresh"


@case("REPL-019", "laws.md law 5: any other reuse of a replica_id is an error; facts §5.2: 409")
def a_known_id_with_another_definition_is_refused(ctx: Context) -> None:
    wanted = uuid.uuid4()
    ctx.shared.replica(("Person",), (), identifier=wanted)
    request = definition(("Place",), ())
    request.replica_id = wanted.bytes
    refused_create(ctx.shared.create(request), code=409)
    static = ctx.shared.described(wanted.bytes).replica_filters.static_definition
    assert [i.entity_type_replica_definition.type_name for i in static.entity_types] == ["Person"]


@case("REPL-020", "facts §5.5 WE DO: full snapshot on create for every direction")
def every_direction_gets_its_data(ctx: Context) -> None:
    for direction in ("BIDIRECTIONAL", "UPLOAD", "DOWNLOAD"):
        archive = ctx.shared.first_archive(ctx.shared.replica(direction=direction))
        assert {ANN, BOB, OSLO} <= archive.ids(1), direction


def unregister_all(service: Service) -> UnregisterReplicaResponse:
    request = UnregisterReplicaRequest()
    request.unregister_all.SetInParent()
    return service.post(UnregisterReplicaResponse, "replicas/unregister", request)


@case("REPL-021", "D:kgs-replica-unregister; P:UnregisterReplicaRequest.replica_ids concatenated")
def several_replicas_are_unregistered_at_once(ctx: Context) -> None:
    service = ctx.service()
    gone = [service.replica().replica_id for _ in range(2)]
    stays = service.replica().replica_id
    answer = service.unregister(*gone)
    clean(answer)
    assert [item.replica_id for item in answer.unregister_results] == gone, answer
    assert not any(item.error.error_code for item in answer.unregister_results), answer
    assert [info.replica_id for info in service.replicas().values()] == [stays]


@case("REPL-022", "P:UnregisterAllAccessibleReplicas; facts §9")
def all_replicas_are_unregistered(ctx: Context) -> None:
    service = ctx.service()
    gone = {service.replica().replica_id for _ in range(3)}
    answer = unregister_all(service)
    clean(answer)
    assert {item.replica_id for item in answer.unregister_results} == gone, answer
    assert service.replicas() == {}
    again = unregister_all(service)
    clean(again)
    assert not again.unregister_results, "unregister_all on none is an empty list"


@case("REPL-023", "facts §9 WE DO: bad length -> high-level error")
def ids_of_a_wrong_length_are_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    for wrong in (replica.replica_id[:15], replica.replica_id + b"\x01", b""):
        request = UnregisterReplicaRequest(replica_ids=wrong)
        refused(ctx.shared.post(UnregisterReplicaResponse, "replicas/unregister", request).error)
    assert uuid.UUID(bytes=replica.replica_id) in ctx.shared.replicas(), "it was unregistered all the same"


@case("REPL-024", "facts §9 WE DO: unknown -> per-id error 404; duplicates -> second one errors")
def unknown_and_repeated_ids_are_errors_of_their_own(ctx: Context) -> None:
    replica, nobody = ctx.shared.replica().replica_id, uuid.uuid4().bytes
    answer = ctx.shared.unregister(replica, nobody, replica)
    clean(answer)
    codes = [(item.replica_id, item.error.error_code) for item in answer.unregister_results]
    assert codes == [(replica, 0), (nobody, 404), (replica, 404)], codes


@case("REPL-025", "P:UnregisterReplicaRequest oneof replicas")
def a_request_that_names_nothing_is_refused(ctx: Context) -> None:
    answer = ctx.shared.post(UnregisterReplicaResponse, "replicas/unregister", UnregisterReplicaRequest())
    refused(answer.error)


@case("REPL-026", "facts §9: further synchronize on a removed id fails as the resource is gone")
def an_unregistered_replica_is_gone(ctx: Context) -> None:
    replica = ctx.shared.replica()
    ctx.shared.unregister(replica.replica_id)
    answer = ctx.shared.sync(replica.replica_id, snapshot())
    refused(answer.error, code=404)
    assert answer.WhichOneof("result") == "synchronize_replica_result", "no empty result beside the error"
    refused(ctx.shared.describe(replica.replica_id).error, code=404)


@case("REPL-027", "facts §9 WE DO: archives already issued are revoked")
def an_unregistered_replica_takes_its_archives_along(ctx: Context) -> None:
    replica = ctx.shared.replica()
    assert ctx.shared.download(replica.replica_data_url).status == 200
    ctx.shared.unregister(replica.replica_id)
    answer = ctx.shared.download(replica.replica_data_url)
    assert not answer.body.startswith(b"PK"), "the archive is still served"
    answer.json_error()


@case("REPL-028", "issue 1: without sync every replica call is refused; facts §14: 412 sync not enabled")
def without_sync_every_replica_call_is_refused(ctx: Context) -> None:
    service = ctx.service(sync=False)
    refused_create(service.create(definition(("Person",), ())), "sync", code=412)
    refused(service.sync(uuid.uuid4().bytes, snapshot()).error, "sync", code=412)
    refused(service.unregister(uuid.uuid4().bytes).error, "sync", code=412)
    refused(service.describe(uuid.uuid4().bytes).error, "sync", code=412)
    refused(service.fetch(ReplicasResponse, "replicas").error, "sync", code=412)


@case("REPL-029", "issue 1 Faces: replica ids without braces, percent-encoded, in any case on synchronize too")
def a_replica_synchronizes_under_every_spelling_of_its_id(ctx: Context) -> None:

    replica = ctx.shared.replica()
    text = str(uuid.UUID(bytes=replica.replica_id)).upper()
    for spelling in (text, f"%7B{text}%7D"):
        answer = ctx.shared.post(SynchronizeReplicaResponse, f"replicas/{spelling}/synchronize", snapshot())
        clean(answer)
        assert answer.synchronize_replica_result.replica_id == replica.replica_id


@case("REPL-030", "facts/knowledge-graph.md §1: path segments match case-insensitively")
def replica_paths_are_case_insensitive(ctx: Context) -> None:
    replica = ctx.shared.replica()
    text = str(uuid.UUID(bytes=replica.replica_id))
    found = ctx.shared.fetch(ReplicaDefinitionResponse, f"Replicas/{text}")
    assert found.replica_definition.replica_id == replica.replica_id
