"""Fields and attributes as JSON of the ArcGIS REST API has them: what a property is called, and how its values look."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

from kgsync.model.geometry import Geometry, SpatialReference
from kgsync.model.plain import plain
from kgsync.model.schema import GLOBALID, OBJECTID, DataModel, Domain, FieldType, NamedType, Property
from kgsync.model.values import DateTime
from kgsync.wire.esrijson.geometry import rounded

# The two fields the server keeps, as feature layers spell them; conditions find fields whatever their case.
OBJECT_ID_FIELD, GLOBAL_ID_FIELD = "OBJECTID", "GlobalID"
_SHOWN = {OBJECTID: OBJECT_ID_FIELD, GLOBALID: GLOBAL_ID_FIELD}
KINDS = {
    FieldType.SMALL_INTEGER: "esriFieldTypeSmallInteger",
    FieldType.INTEGER: "esriFieldTypeInteger",
    FieldType.BIG_INTEGER: "esriFieldTypeBigInteger",
    FieldType.SINGLE: "esriFieldTypeSingle",
    FieldType.DOUBLE: "esriFieldTypeDouble",
    FieldType.STRING: "esriFieldTypeString",
    FieldType.DATE: "esriFieldTypeDate",
    FieldType.OID: "esriFieldTypeOID",
    FieldType.GEOMETRY: "esriFieldTypeGeometry",
    FieldType.BLOB: "esriFieldTypeBlob",
    FieldType.RASTER: "esriFieldTypeRaster",
    FieldType.GUID: "esriFieldTypeGUID",
    FieldType.GLOBAL_ID: "esriFieldTypeGlobalID",
    FieldType.XML: "esriFieldTypeXML",
    FieldType.DATE_ONLY: "esriFieldTypeDateOnly",
    FieldType.TIME_ONLY: "esriFieldTypeTimeOnly",
    FieldType.TIMESTAMP_OFFSET: "esriFieldTypeTimestampOffset",
}
_LENGTHS = {FieldType.STRING: 4000, FieldType.DATE: 8, FieldType.GUID: 38, FieldType.GLOBAL_ID: 38}
# Not among the attributes: geometry stands beside them, the others have no form in JSON.
_APART = (FieldType.GEOMETRY, FieldType.BLOB, FieldType.RASTER)


def field_name(found: Property) -> str:
    return field_name_of(found.name)


def field_name_of(name: str) -> str:
    """Give what the property of a name is called as a field."""
    return _SHOWN.get(name, name)


def attribute_properties(layer: NamedType) -> list[Property]:
    """List the properties that are attributes of a feature."""
    return [p for p in layer.properties if p.field_type not in _APART and p.visible]


def geometry_property(layer: NamedType) -> Property | None:
    """Give the property a feature's geometry is kept in: the first there is."""
    return next((p for p in layer.properties if p.field_type is FieldType.GEOMETRY), None)


def field_json(found: Property, model: DataModel) -> dict[str, Any]:
    """Describe a field."""
    told: dict[str, Any] = {
        "name": field_name(found),
        "type": KINDS[found.field_type],
        "alias": found.alias or field_name(found),
        "nullable": found.nullable and not found.system,
        "editable": found.editable and not found.system,
        "domain": _domain(model.domain(found.domain)) if found.domain else None,
        "defaultValue": attribute(found.default[0]) if found.default else None,
    }
    if found.field_type in _LENGTHS:
        told["length"] = _LENGTHS[found.field_type]
    return told


def _domain(found: Domain | None) -> dict[str, Any] | None:
    if found is None:
        return None
    if found.codes is not None:
        codes = [{"name": name, "code": code} for name, code in found.codes]
        return {"type": "codedValue", "name": found.name, "codedValues": codes}
    return {"type": "range", "name": found.name, "range": list(found.range or ())}


def attribute(value: Any) -> Any:
    """Write a value: dates as ms since 1970, ids in braces and upper case; what JSON has no number for is null."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is UUID:
        return id_text(value)
    if kind is DateTime:
        return value.ms
    if isinstance(value, Geometry):
        return None
    return plain(value)


def as_told(value: Any, reference: SpatialReference) -> Any:
    """Give a value as it is written, a geometry as its coordinates are: two that are told alike are equal."""
    return rounded(value, reference) if isinstance(value, Geometry) else attribute(value)


def id_text(value: UUID) -> str:
    """Write an id in braces and upper case; every feature has one, and this takes half the time of str()."""
    h = f"{value.int:032X}"
    return f"{{{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}}}"
