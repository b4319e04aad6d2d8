"""Requests and answers of the replicas resource: create, list, describe, unregister."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from esriPBuffer.graph import CreateReplicaRequest_pb2 as create_request
from esriPBuffer.graph import CreateReplicaResponse_pb2 as create_response
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as definition_response
from esriPBuffer.graph import ReplicasResponse_pb2 as list_response
from esriPBuffer.graph import UnregisterReplicaRequest_pb2 as unregister_request
from esriPBuffer.graph import UnregisterReplicaResponse_pb2 as unregister_response

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.replica import Created, CreateReplica, Definition, Direction, Replica, TypeDefinition, Unregister
from kgsync.model.schema import Category
from kgsync.wire.pbf.datamodel import error_message
from kgsync.wire.pbf.frames import parse_message
from kgsync.wire.pbf.geometry import decode_grid, decode_reference, encode_grid, encode_reference
from kgsync.wire.pbf.parameters import pack_parameters, unpack_parameters
from kgsync.wire.pbf.synchronize import check_data_format

MAX_NAME = 128  # characters of a replica name


def decode_replica_id(data: bytes, place: str) -> UUID:
    """Read a replica id: 16 bytes RFC 4122, not nil. Raises MalformedInput."""
    if len(data) != 16:
        raise MalformedInput(f"an id has 16 bytes, not {len(data)}", place=place)
    if data == bytes(16):
        raise MalformedInput("the nil id cannot name a replica", place=place)
    return UUID(bytes=data)


def _provenance(options: Any) -> bool | None:
    if not options.HasField("include_provenance"):
        return None
    return bool(options.include_provenance.include_source_documents)


def _type_definition(message: Any, category: Category, documents: Any | None) -> TypeDefinition:
    asked = documents is not None and documents.HasField("include_connected_documents")
    inner = documents.include_connected_documents.provenance_options if documents is not None and asked else None
    return TypeDefinition(
        name=message.type_name,
        category=category,
        where=message.open_cypher_where_clause,
        parameters=pack_parameters(message.parameters),
        provenance=_provenance(message.provenance_options),
        documents=asked,
        documents_provenance=None if inner is None else _provenance(inner),
    )


def decode_definition(filters: Any) -> Definition:
    """Read ReplicaFilters. Raises MalformedInput."""
    if filters.WhichOneof("definition") is None:
        raise MalformedInput("static_definition is not set", place="replica_filters")
    static = filters.static_definition
    entities = (
        _type_definition(e.entity_type_replica_definition, Category.ENTITY, e.document_options)
        for e in static.entity_types
    )
    links = (
        _type_definition(r.relationship_type_replica_definition, Category.RELATIONSHIP, None)
        for r in static.relationship_types
    )
    in_sr = decode_reference(filters.in_sr)
    return Definition(
        types=(*entities, *links),
        input_grid=decode_grid(filters.input_transform),
        in_sr=in_sr if in_sr.is_set else None,
    )


def decode_direction(number: int) -> Direction:
    """Read a SyncDirection. Raises MalformedInput."""
    if number not in (0, 1, 2, 3):
        raise MalformedInput(f"direction {number} is unknown", place="sync_direction")
    return Direction(number)


def decode_create(data: bytes) -> CreateReplica:
    """Read a bare CreateReplicaRequest. Raises MalformedInput with the field it is about."""
    message = parse_message(create_request.CreateReplicaRequest, data, "CreateReplicaRequest")
    check_data_format(message.data_format, "data_format")
    name = message.requested_replica_name if message.HasField("requested_replica_name") else None
    if name is not None and (len(name) > MAX_NAME or any(ord(c) < 32 for c in name)):
        told = f"a name has at most {MAX_NAME} characters and no control characters"
        raise MalformedInput(told, place="requested_replica_name")
    which = message.WhichOneof("replica_definition")
    if which is None:
        raise MalformedInput("neither replica_filters nor reference_replica is set", place="replica_definition")
    reference = None
    if which == "reference_replica":
        reference = decode_replica_id(message.reference_replica.reference_replica_id, "reference_replica_id")
    replica_id = message.replica_id if message.HasField("replica_id") else None
    return CreateReplica(
        requested_name=name or None,
        replica_id=None if replica_id is None else decode_replica_id(replica_id, "replica_id"),
        definition=decode_definition(message.replica_filters) if reference is None else None,
        reference=reference,
        direction=decode_direction(message.sync_direction),
        asynchronous=getattr(message, "async"),
    )


def encode_create(call: CreateReplica) -> bytes:
    """Write a bare CreateReplicaRequest, as a client does."""
    message = create_request.CreateReplicaRequest(sync_direction=int(call.direction), data_format=1)
    if call.requested_name is not None:
        message.requested_replica_name = call.requested_name
    if call.replica_id is not None:
        message.replica_id = call.replica_id.bytes
    if call.definition is not None:
        _filters_into(message.replica_filters, call.definition)
    if call.reference is not None:
        message.reference_replica.reference_replica_id = call.reference.bytes
    setattr(message, "async", call.asynchronous)
    return _bytes(message)


def created_message(result: Created, url: str) -> Any:
    message = create_response.CreateReplicaResult(
        replica_name=result.name,
        requested_replica_name=result.requested_name,
        replica_id=result.replica_id.bytes,
        sync_date=result.sync_date.ms,
        replica_data_format=1,
        replica_data_url=url,
    )
    for warning in result.warnings:
        message.warnings.add(error_message=warning)
    return message


def encode_created(result: Created, url: str) -> bytes:
    return _bytes(create_response.CreateReplicaResponse(create_replica_result=created_message(result, url)))


def encode_create_job(status_url: str) -> bytes:
    return _bytes(create_response.CreateReplicaResponse(async_status_url=status_url))


def encode_create_error(error: KgsyncError) -> bytes:
    """Write the error with an empty result beside it: without one, clients lose the message."""
    return _bytes(
        create_response.CreateReplicaResponse(
            error=error_message(int(error.code), error.message),
            create_replica_result=create_response.CreateReplicaResult(),
        )
    )


def encode_replicas(replicas: Iterable[Replica]) -> bytes:
    message = list_response.ReplicasResponse()
    for replica in replicas:
        message.replicas.add(replica_name=replica.name, replica_id=replica.id.bytes, last_sync_date=replica.served.ms)
    return _bytes(message)


def _provenance_into(message: Any, asked: bool | None) -> None:
    message.SetInParent()
    if asked is not None:
        message.include_provenance.include_source_documents = asked
        message.include_provenance.SetInParent()


def _filters_into(filters: Any, definition: Definition) -> None:
    filters.static_definition.SetInParent()
    if definition.input_grid is not None:
        filters.input_transform.CopyFrom(encode_grid(definition.input_grid))
    if definition.in_sr is not None:
        filters.in_sr.CopyFrom(encode_reference(definition.in_sr))
    for wanted in definition.types:
        if wanted.category is Category.ENTITY:
            entry = filters.static_definition.entity_types.add()
            body = entry.entity_type_replica_definition
            entry.document_options.SetInParent()
            if wanted.documents:
                inner = entry.document_options.include_connected_documents.provenance_options
                _provenance_into(inner, wanted.documents_provenance)
        else:
            link = filters.static_definition.relationship_types.add()
            body = link.relationship_type_replica_definition
        body.type_name = wanted.name
        body.open_cypher_where_clause = wanted.where
        unpack_parameters(wanted.parameters, body.parameters)
        _provenance_into(body.provenance_options, wanted.provenance)


def definition_message(replica: Replica) -> Any:
    """Write a ReplicaDefinition; option members are always present, deployed clients crash without."""
    message = definition_response.ReplicaDefinition(
        replica_name=replica.name,
        replica_id=replica.id.bytes,
        replica_owner=replica.owner,
        last_sync_date=replica.served.ms,
        creation_date=replica.created,
        sync_direction=int(replica.direction),
    )
    _filters_into(message.replica_filters, replica.definition)
    return message


def encode_definition(replica: Replica) -> bytes:
    return _bytes(definition_response.ReplicaDefinitionResponse(replica_definition=definition_message(replica)))


def decode_unregister(data: bytes) -> Unregister:
    """Read a bare UnregisterReplicaRequest: concatenated 16-byte ids, or all accessible ones."""
    message = parse_message(unregister_request.UnregisterReplicaRequest, data, "UnregisterReplicaRequest")
    which = message.WhichOneof("replicas")
    if which == "unregister_all":
        return Unregister(everything=True)
    ids = message.replica_ids
    if which is None or not ids:
        raise MalformedInput("no replica id is given", place="replica_ids")
    if len(ids) % 16:
        raise MalformedInput(f"ids have 16 bytes each, {len(ids)} bytes are given", place="replica_ids")
    return Unregister(ids=tuple(UUID(bytes=ids[k : k + 16]) for k in range(0, len(ids), 16)))


def encode_unregister(call: Unregister) -> bytes:
    """Write a bare UnregisterReplicaRequest, as a client does."""
    if call.everything:
        message = unregister_request.UnregisterReplicaRequest()
        message.unregister_all.SetInParent()
    else:
        ids = b"".join(id.bytes for id in call.ids)
        message = unregister_request.UnregisterReplicaRequest(replica_ids=ids)
    return _bytes(message)


def encode_unregistered(results: Iterable[tuple[UUID, KgsyncError | None]]) -> bytes:
    message = unregister_response.UnregisterReplicaResponse()
    for replica_id, error in results:
        entry = message.unregister_results.add(replica_id=replica_id.bytes)
        if error is not None:
            entry.error.CopyFrom(error_message(int(error.code), error.message))
    return _bytes(message)


def encode_error(error: KgsyncError) -> bytes:
    """Write an error into field 1, where list, definition and unregister answers keep it."""
    return _bytes(list_response.ReplicasResponse(error=error_message(int(error.code), error.message)))


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
