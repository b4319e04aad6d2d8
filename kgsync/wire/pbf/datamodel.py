"""The data model on the wire: GraphDataModel and the requests that edit it."""

from __future__ import annotations

import math
from typing import Any

from esriPBuffer.graph import DataModelTypes_pb2 as types
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryDataModelResponse_pb2 as answer

from kgsync.errors import MalformedInput
from kgsync.model.geometry import GeometryKind
from kgsync.model.schema import (
    GLOBALID,
    OBJECTID,
    Category,
    DataModel,
    Domain,
    DomainCode,
    EditorTracking,
    FieldIndex,
    FieldType,
    NamedType,
    Property,
    TypeRole,
)
from kgsync.wire.pbf.geometry import encode_reference
from kgsync.wire.pbf.rules import encode_rule

_UUID_ESRI = 1


# ---- out ------------------------------------------------------------------------------------------


def _encode_default(message: Any, property: Property) -> None:
    for value in property.default:
        primitive = message.defaultValue.add()
        if value is None:
            primitive.null_tag = False
        elif isinstance(value, str):
            primitive.string_value = value
        elif isinstance(value, int):
            primitive.sint64_value = value
        else:
            primitive.double_value = value


def encode_property(property: Property) -> Any:
    message = types.GraphProperty(
        name=property.name,
        alias=property.alias,
        fieldType=int(property.field_type),
        geometryType=int(property.geometry_kind),
        not_nullable=not property.nullable,
        not_editable=not property.editable,
        not_visible=not property.visible,
        required=property.required,
        isSystemMaintained=property.system,
        domain=property.domain,
        hasZ=property.has_z,
        hasM=property.has_m,
        role=property.role,
    )
    _encode_default(message, property)
    return message


def _encode_named_object(message: Any, named_type: NamedType) -> None:
    message.name, message.alias = named_type.name, named_type.alias
    message.role, message.strict = int(named_type.role), named_type.strict
    message.properties.extend(encode_property(p) for p in named_type.properties)
    for index in named_type.indexes:
        message.field_indexes.add(
            name=index.name,
            fields=",".join(index.properties),
            isAscending=index.ascending,
            isUnique=index.unique,
            description=index.description,
        )


def _encode_code(message: Any, code: DomainCode, field_type: FieldType) -> None:
    if isinstance(code, str):
        message.string_value = code
    elif field_type in (FieldType.SINGLE, FieldType.DOUBLE):
        message.double_value = float(code)
    else:
        message.sint64_value = int(code)


def encode_domain(message: Any, domain: Domain) -> None:
    message.name, message.fieldType = domain.name, int(domain.field_type)
    message.mergePolicyType, message.splitPolicyType = domain.merge_policy, domain.split_policy
    if domain.codes is not None:
        message.type = "codedValue"
        message.codedValueDomain.SetInParent()
        for name, code in domain.codes:
            entry = message.codedValueDomain.codesValues.add(name=name)
            _encode_code(entry.code, code, domain.field_type)
    else:
        message.type = "range"
        for bound in domain.range or ():
            _encode_code(message.rangeDomain.range.add(), bound, domain.field_type)


def data_model_message(model: DataModel) -> Any:
    message = answer.GraphDataModel(
        data_model_timestamp=model.timestamp,
        strict=model.strict,
        objectid_property=OBJECTID,
        globalid_property=GLOBALID,
        arcgis_managed_data=True,
    )
    message.spatial_reference.CopyFrom(encode_reference(model.spatial_reference))
    for domain in model.domains:
        encode_domain(message.domains.add(), domain)
    for named_type in model.types:
        if named_type.category is Category.ENTITY:
            _encode_named_object(message.entity_types.add().entity, named_type)
        elif named_type.category is Category.PROVENANCE:
            _encode_named_object(message.meta_entity_types.add().entity, named_type)
        else:
            relationship = message.relationship_types.add()
            _encode_named_object(relationship.relationship, named_type)
            for origin, dest in named_type.end_points:
                relationship.observed_end_points.add(
                    origin_entity_type=model.label(origin), destination_entity_type=model.label(dest)
                )
    info = message.identifier_info
    info.mapping_info.uniform_property.identifier_property_name = GLOBALID
    info.generation_info.uuid_method_hint = _UUID_ESRI
    for source_type in model.source_types:
        message.provenance_source_type_values.value_behavior_array.add(
            behavior=source_type.behavior.value, value=source_type.value
        )
    for rule in model.constraints:
        encode_rule(message.constraint_rules.add(), rule)
    if model.tracking is not None:
        _encode_tracking(message.editor_tracking_info.editor_tracking_schema, model.tracking)
    return message


def _encode_tracking(message: Any, tracking: EditorTracking) -> None:
    for field, given in (
        ("creator_property", tracking.creator),
        ("create_date_property", tracking.create_date),
        ("editor_property", tracking.editor),
        ("edit_date_property", tracking.edit_date),
    ):
        setattr(message, field, given.name)
        setattr(message, f"{field}_alias", given.alias)


def encode_data_model(model: DataModel) -> bytes:
    """Write a bare GraphDataModel; never empty, because its timestamp is always set."""
    data: bytes = data_model_message(model).SerializeToString()
    return data


# ---- in -------------------------------------------------------------------------------------------


def _default_value(primitive: Any, place: str) -> str | int | float | None:
    which = primitive.WhichOneof("value_type")
    if which in (None, "null_tag"):
        return None
    value = getattr(primitive, which)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, float)):
        return value
    raise MalformedInput(f"a default of kind {which} is not supported", place=place)


def decode_property(message: Any, place: str) -> Property:
    """Read a GraphProperty; its id is given when it joins the model. Raises MalformedInput."""
    try:
        field_type = FieldType(message.fieldType)
    except ValueError:
        raise MalformedInput(f"field type {message.fieldType} is unknown", place=f"{place}.fieldType") from None
    if message.geometryType not in (0, 1, 2, 3):
        raise MalformedInput(
            f"geometry type {message.geometryType} is not point, multipoint, polyline or polygon",
            place=f"{place}.geometryType",
        )
    return Property(
        id=0,
        name=message.name,
        alias=message.alias,
        field_type=field_type,
        geometry_kind=GeometryKind(message.geometryType),
        default=tuple(_default_value(v, f"{place}.defaultValue") for v in message.defaultValue),
        nullable=not message.not_nullable,
        editable=not message.not_editable,
        visible=not message.not_visible,
        required=message.required,
        domain=message.domain,
        has_z=message.hasZ,
        has_m=message.hasM,
        role=message.role or 1,
    )


def decode_index(message: Any) -> FieldIndex:
    return FieldIndex(
        name=message.name,
        properties=tuple(name.strip() for name in message.fields.split(",") if name.strip()),
        ascending=message.isAscending,
        unique=message.isUnique,
        description=message.description,
    )


def decode_named_type(message: Any, category: Category, place: str) -> NamedType:
    """Read an EntityType or RelationshipType; ids and shape are given when it joins the model."""
    body = message.entity if category is Category.ENTITY else message.relationship
    if body.role not in (0, 1, 2):
        raise MalformedInput(f"role {body.role} is unknown", place=f"{place}.role")
    return NamedType(
        id=0,
        name=body.name,
        alias=body.alias,
        category=category,
        role=TypeRole(body.role),
        strict=body.strict,
        shape=0,
        properties=tuple(decode_property(p, f"{place}.properties[{k}]") for k, p in enumerate(body.properties)),
        indexes=tuple(decode_index(i) for i in body.field_indexes),
    )


def _decode_code(message: Any, field_type: FieldType, place: str) -> DomainCode:
    which = message.WhichOneof("value_type")
    if which in (None, "null_value"):
        raise MalformedInput("a domain code needs a value", place=place)
    value = getattr(message, which)
    if field_type in (FieldType.STRING, FieldType.XML):
        if not isinstance(value, str):
            raise MalformedInput("a code of a text domain is text", place=place)
        return value
    if isinstance(value, str) or not math.isfinite(value):
        raise MalformedInput("a code of a number domain is a finite number", place=place)
    if field_type in (FieldType.SINGLE, FieldType.DOUBLE):
        return float(value)
    if value != int(value) or not -(2**63) <= value < 2**63:
        raise MalformedInput("a code of an integer domain is an integer of 64 bits", place=place)
    return int(value)


def decode_domain(message: Any, place: str) -> Domain:
    try:
        field_type = FieldType(message.fieldType)
    except ValueError:
        raise MalformedInput(f"field type {message.fieldType} is unknown", place=f"{place}.fieldType") from None
    which = message.WhichOneof("of")
    codes = bounds = None
    if which == "codedValueDomain":
        codes = tuple(
            (c.name, _decode_code(c.code, field_type, f"{place}.codesValues[{k}]"))
            for k, c in enumerate(message.codedValueDomain.codesValues)
        )
    elif which == "rangeDomain":
        bounds = tuple(_decode_code(v, field_type, f"{place}.range") for v in message.rangeDomain.range)
        if len(bounds) != 2:
            raise MalformedInput(f"a range has two ends, not {len(bounds)}", place=f"{place}.range")
    else:
        raise MalformedInput("a domain needs coded values or a range", place=place)
    return Domain(
        name=message.name,
        field_type=field_type,
        codes=codes,
        range=bounds,
        merge_policy=message.mergePolicyType,
        split_policy=message.splitPolicyType,
    )


def error_message(code: int, text: str) -> Any:
    return graph.Error(error_code=code, error_message=text)
