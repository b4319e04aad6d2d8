"""The objects of one type as a table: Arrow, pandas, geopandas. Needs the extras [arrow], [pandas] or [geo]."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time
from typing import TYPE_CHECKING, Any

from kgsync.client.exports.extras import needed
from kgsync.client.local import LocalReplica
from kgsync.client.objects import Object, from_python
from kgsync.errors import MalformedInput
from kgsync.model.geometry import Geometry, SpatialReference
from kgsync.model.plain import plain
from kgsync.model.schema import Category, FieldType, NamedType
from kgsync.wire.geojson import to_geojson

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame
    from pyarrow import Schema, Table

_BATCH = 10_000
_ENDS = ("origin", "destination")
_DATUMS = {102100: 3857, 102113: 3857}  # numbers of Esri's for what others have another for


def _kinds() -> dict[FieldType, Any]:
    pa = needed("pyarrow", "arrow")
    return {
        FieldType.SMALL_INTEGER: pa.int16(),
        FieldType.INTEGER: pa.int32(),
        FieldType.BIG_INTEGER: pa.int64(),
        FieldType.OID: pa.int64(),
        FieldType.SINGLE: pa.float32(),
        FieldType.DOUBLE: pa.float64(),
        FieldType.DATE: pa.timestamp("ms", "UTC"),
        FieldType.DATE_ONLY: pa.date32(),
        FieldType.TIME_ONLY: pa.time32("ms"),
        FieldType.BLOB: pa.binary(),
        FieldType.GEOMETRY: pa.binary(),
    }


def arrow_schema(named_type: NamedType) -> Schema:
    """Give the columns of a type: `id`, ends of relationships, its properties. Ids are text, geometry is WKB."""
    pa, kinds = needed("pyarrow", "arrow"), _kinds()
    columns = [("id", pa.string())]
    if named_type.category is Category.RELATIONSHIP:
        columns += [(name, pa.string()) for name in _ENDS]
    columns += [(column_of(p.name), kinds.get(p.field_type, pa.string())) for p in named_type.properties]
    return pa.schema(columns)


def column_of(name: str) -> str:
    """Name the column of a property: its own name, unless a column of the table's has it."""
    return f"{name}_" if name in ("id", *_ENDS) else name


def property_of(column: str) -> str:
    """Name the property of a column."""
    return column[:-1] if column.endswith("_") and column_of(column[:-1]) == column else column


def to_arrow(replica: LocalReplica, type_name: str) -> Table:
    """Make an Arrow table of a type; arrays are lists as JSON text. Raises UnknownType."""
    pa = needed("pyarrow", "arrow")
    named_type = _named(replica, type_name)
    schema = arrow_schema(named_type)
    return pa.Table.from_batches(_batches(replica, named_type, schema), schema)


def _named(replica: LocalReplica, type_name: str) -> NamedType:
    found = next((t for t in replica.data_model.types if t.name == type_name), None)
    if found is None:
        list(replica.find(type_name))  # raises, and names those there are
        raise AssertionError("find knows the same types")
    return found


def _batches(replica: LocalReplica, named_type: NamedType, schema: Schema) -> Iterator[Any]:
    pa = needed("pyarrow", "arrow")
    rows: list[dict[str, Any]] = []
    # A column of Arrow's has one zone for all its rows: what has zones of its own is text.
    zoned = {p.name for p in named_type.properties if p.field_type is FieldType.TIMESTAMP_OFFSET}
    for found in replica.objects(named_type.name):
        rows.append(_row(found, zoned))
        if len(rows) == _BATCH:
            yield pa.RecordBatch.from_pylist(rows, schema)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema)


def _row(found: Object, zoned: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": str(found.id)}
    if found.category is Category.RELATIONSHIP:
        row["origin"], row["destination"] = str(found.origin), str(found.destination)
    for name, value in found.properties.items():
        row[column_of(name)] = _text(value) if name in zoned else _cell(value)
    return row


def _cell(value: Any) -> Any:
    if isinstance(value, Geometry):
        return to_wkb(value)
    if value is None or isinstance(value, bool | int | float | str | bytes | date | time):
        return value
    return _text(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    told = plain(from_python(value))
    return told if isinstance(told, str) else json.dumps(told)


def to_wkb(value: Geometry) -> bytes | None:
    """Write a geometry as well-known binary; None for kinds it does not have."""
    given = to_geojson(value)
    if given is None:
        return None
    shape = needed("shapely.geometry", "geo").shape(given)
    data: bytes = needed("shapely", "geo").to_wkb(shape)
    return data


def to_pandas(replica: LocalReplica, type_name: str) -> DataFrame:
    """Make a DataFrame of a type whose columns keep nulls and whole numbers apart (Arrow's kinds)."""
    pandas = needed("pandas", "pandas")
    frame: DataFrame = to_arrow(replica, type_name).to_pandas(types_mapper=pandas.ArrowDtype)
    return frame


def crs_of(reference: SpatialReference) -> Any:
    """Name a spatial reference as other tools do. Raises MalformedInput for none."""
    if reference.wkid or reference.latest_wkid:
        number = reference.latest_wkid or _DATUMS.get(reference.wkid, reference.wkid)
        return f"{'ESRI' if number > 32767 else 'EPSG'}:{number}"
    if reference.wkt:
        return reference.wkt
    raise MalformedInput("the service has no spatial reference")


def to_geopandas(replica: LocalReplica, type_name: str) -> GeoDataFrame:
    """Make a GeoDataFrame of a type, its first geometry property the geometry. Raises MalformedInput without one."""
    geopandas, shapely = needed("geopandas", "geo"), needed("shapely", "geo")
    named_type = _named(replica, type_name)
    shapes = [column_of(p.name) for p in named_type.properties if p.field_type is FieldType.GEOMETRY]
    if not shapes:
        raise MalformedInput(f"The type {type_name} has no geometry")
    frame = to_pandas(replica, type_name)
    for name in shapes:
        frame[name] = shapely.from_wkb(frame[name].astype(object).where(frame[name].notna(), None).to_numpy())
    made: GeoDataFrame = geopandas.GeoDataFrame(
        frame, geometry=shapes[0], crs=crs_of(replica.data_model.spatial_reference)
    )
    return made
