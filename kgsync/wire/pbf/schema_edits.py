"""Requests that edit the data model, and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from esriPBuffer.graph import AddDomainRequest_pb2 as add_domain
from esriPBuffer.graph import AddDomainResponse_pb2 as add_domain_answer
from esriPBuffer.graph import AddFieldsRequest_pb2 as add_fields
from esriPBuffer.graph import AddFieldsResponse_pb2 as add_fields_answer
from esriPBuffer.graph import AddIndexesRequest_pb2 as add_indexes
from esriPBuffer.graph import AddIndexesResponse_pb2 as add_indexes_answer
from esriPBuffer.graph import AddNamedTypesRequest_pb2 as add_types
from esriPBuffer.graph import AddNamedTypesResponse_pb2 as add_types_answer
from esriPBuffer.graph import DeleteDomainResponse_pb2 as delete_domain_answer
from esriPBuffer.graph import DeleteFieldRequest_pb2 as delete_field
from esriPBuffer.graph import DeleteFieldResponse_pb2 as delete_field_answer
from esriPBuffer.graph import DeleteIndexesRequest_pb2 as delete_indexes
from esriPBuffer.graph import DeleteIndexesResponse_pb2 as delete_indexes_answer
from esriPBuffer.graph import DeleteNamedTypeResponse_pb2 as delete_type_answer
from esriPBuffer.graph import SyncDataModelResponse_pb2 as sync_model_answer
from esriPBuffer.graph import UpdateDomainRequest_pb2 as update_domain
from esriPBuffer.graph import UpdateDomainResponse_pb2 as update_domain_answer
from esriPBuffer.graph import UpdateFieldRequest_pb2 as update_field
from esriPBuffer.graph import UpdateFieldResponse_pb2 as update_field_answer
from esriPBuffer.graph import UpdateNamedTypeRequest_pb2 as update_type
from esriPBuffer.graph import UpdateNamedTypeResponse_pb2 as update_type_answer

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.schema import Category, DataModel, FieldIndex, NamedType, Property
from kgsync.model.schema import Domain as DomainValue
from kgsync.model.schema_edits import DomainChange, ItemResult, PropertyChange, TypeChange
from kgsync.wire.pbf.datamodel import decode_domain, decode_index, decode_named_type, decode_property, error_message
from kgsync.wire.pbf.frames import parse_message


def decode_add_types(data: bytes) -> tuple[NamedType, ...]:
    message = parse_message(add_types.GraphNamedObjectTypeAddsRequest, data, "GraphNamedObjectTypeAddsRequest")
    entities = (decode_named_type(m, Category.ENTITY, f"entity_types[{k}]") for k, m in enumerate(message.entity_types))
    links = (
        decode_named_type(m, Category.RELATIONSHIP, f"relationship_types[{k}]")
        for k, m in enumerate(message.relationship_types)
    )
    return (*entities, *links)


_TYPE_MASK = {"update_name": "name", "update_alias": "alias", "update_role": "role", "update_strict": "strict"}


def _masked(mask: Any, names: dict[str, str]) -> frozenset[str]:
    return frozenset(attribute for flag, attribute in names.items() if getattr(mask, flag))


def decode_update_type(data: bytes) -> TypeChange:
    message = parse_message(update_type.GraphNamedObjectTypeUpdateRequest, data, "GraphNamedObjectTypeUpdateRequest")
    which = message.WhichOneof("named_type_update")
    if which == "entity_update":
        update = message.entity_update
        replacement = decode_named_type(update.entity_type, Category.ENTITY, "entity_type")
        return TypeChange(replacement=replacement, masked=_masked(update.mask, _TYPE_MASK))
    if which == "relationship_update":
        link = message.relationship_update
        replacement = decode_named_type(link.relationship_type, Category.RELATIONSHIP, "relationship_type")
        return TypeChange(replacement=replacement, masked=_masked(link.mask.named_object_type_mask, _TYPE_MASK))
    raise MalformedInput("neither entity_update nor relationship_update is set", place="named_type_update")


def decode_add_properties(data: bytes) -> tuple[Property, ...]:
    message = parse_message(add_fields.GraphPropertyAddsRequest, data, "GraphPropertyAddsRequest")
    return tuple(decode_property(p, f"graph_properties[{k}]") for k, p in enumerate(message.graph_properties))


_PROPERTY_MASK = {
    "update_name": "name",
    "update_alias": "alias",
    "update_field_type": "field_type",
    "update_geometry_type": "geometry_kind",
    "update_default_value": "default",
    "update_nullable": "nullable",
    "update_editable": "editable",
    "update_visible": "visible",
    "update_required": "required",
    "update_domain": "domain",
    "update_has_z": "has_z",
    "update_has_m": "has_m",
}


def decode_update_property(data: bytes) -> PropertyChange:
    message = parse_message(update_field.GraphPropertyUpdateRequest, data, "GraphPropertyUpdateRequest")
    body = message.graph_property
    if not message.mask.update_field_type and not body.fieldType:
        body.fieldType = 5  # unmasked, so it does not apply; only its range was checked
    return PropertyChange(
        property_name=message.property_name or body.name,
        replacement=decode_property(body, "graph_property"),
        masked=_masked(message.mask, _PROPERTY_MASK),
    )


def decode_delete_property(data: bytes) -> str:
    name: str = parse_message(delete_field.GraphPropertyDeleteRequest, data, "GraphPropertyDeleteRequest").name
    return name


def decode_add_indexes(data: bytes) -> tuple[FieldIndex, ...]:
    message = parse_message(add_indexes.GraphPropertyIndexAddsRequest, data, "GraphPropertyIndexAddsRequest")
    return tuple(decode_index(i) for i in message.field_indexes)


def decode_delete_indexes(data: bytes) -> tuple[str, ...]:
    message = parse_message(delete_indexes.GraphPropertyIndexDeleteRequest, data, "GraphPropertyIndexDeleteRequest")
    return tuple(message.name)


def decode_add_domain(data: bytes) -> DomainValue:
    message = parse_message(add_domain.GraphDomainAddRequest, data, "GraphDomainAddRequest")
    return decode_domain(message.domains, "domains")


_DOMAIN_MASK = {
    "update_name": "name",
    "update_type": "codes",
    "update_domain": "codes",
    "update_field_type": "field_type",
    "update_merge_policy": "merge_policy",
    "update_split_policy": "split_policy",
}


def decode_update_domain(data: bytes) -> DomainChange:
    message = parse_message(update_domain.DomainUpdateRequest, data, "DomainUpdateRequest")
    masked = _masked(message.mask, _DOMAIN_MASK)
    body = message.domain
    if "codes" not in masked:
        body.codedValueDomain.SetInParent()  # unmasked, so it does not apply
    if "field_type" not in masked and not body.fieldType:
        body.fieldType = 5
        for coded in body.codedValueDomain.codesValues:
            if coded.code.WhichOneof("value_type") != "string_value":
                body.fieldType = 2
    return DomainChange(replacement=decode_domain(body, "domain"), masked=masked)


# ---- answers --------------------------------------------------------------------------------------


def _with_items(message: Any, entries: Any, results: Iterable[ItemResult]) -> None:
    for result in results:
        entry = entries.add(name=result.name)
        if result.error is not None:
            entry.error.CopyFrom(error_message(int(result.error.code), result.error.message))


def encode_add_types_answer(results: Sequence[tuple[Category, ItemResult]]) -> bytes:
    message = add_types_answer.GraphNamedObjectTypeAddsResponse()
    _with_items(message, message.entity_add_results, (r for c, r in results if c is Category.ENTITY))
    _with_items(message, message.relationship_add_results, (r for c, r in results if c is Category.RELATIONSHIP))
    return _bytes(message)


def encode_add_properties_answer(results: Sequence[ItemResult]) -> bytes:
    message = add_fields_answer.GraphPropertyAddsResponse()
    _with_items(message, message.property_add_results, results)
    return _bytes(message)


def encode_add_indexes_answer(results: Sequence[ItemResult]) -> bytes:
    message = add_indexes_answer.GraphPropertyIndexAddsResponse()
    _with_items(message, message.index_add_results, results)
    return _bytes(message)


def encode_delete_indexes_answer(results: Sequence[ItemResult]) -> bytes:
    message = delete_indexes_answer.GraphIndexDeleteResponse()
    _with_items(message, message.index_delete_results, results)
    return _bytes(message)


def encode_delete_type_answer(warnings: Sequence[str]) -> bytes:
    message = delete_type_answer.GraphNamedObjectTypeDeleteResponse()
    for warning in warnings:
        message.warnings.add(error_message=warning)
    return _bytes(message)


def encode_sync_data_model_answer(model: DataModel) -> bytes:
    """Answer syncDataModel: an ArcGIS-managed store has nothing to discover, only its timestamp."""
    return _bytes(sync_model_answer.SyncDataModelResponse(data_model_timestamp=model.timestamp))


# Answers that carry nothing but an optional error; empty bytes are their success.
EMPTY_ANSWERS = {
    "update_type": update_type_answer.GraphNamedObjectTypeUpdateResponse,
    "update_property": update_field_answer.GraphPropertyUpdateResponse,
    "delete_property": delete_field_answer.GraphPropertyDeleteResponse,
    "add_domain": add_domain_answer.GraphDomainAddResponse,
    "update_domain": update_domain_answer.GraphDomainUpdateResponse,
    "delete_domain": delete_domain_answer.GraphDomainDeleteResponse,
}


def encode_error_answer(error: KgsyncError) -> bytes:
    """Write an error into field 1, where every data-model answer keeps it."""
    message = update_type_answer.GraphNamedObjectTypeUpdateResponse()
    message.error.CopyFrom(error_message(int(error.code), error.message))
    return _bytes(message)


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
