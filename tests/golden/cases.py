"""What rows.json pins: each case as kgsync writes it and as protobuf's own classes do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryResponse_pb2 as query
from google.protobuf.message import Message

from kgsync.model.geometry import Geometry, GeometryKind, Grid
from kgsync.model.schema import Category, FieldType
from kgsync.model.values import DateOnly, DateTime, Duration, Scalar, TimeOnly, TimestampOffset, Value
from kgsync.wire.pbf.geometry import encode_geometry_bytes
from kgsync.wire.pbf.rows import RowEncoder, encode_delete_row
from kgsync.wire.pbf.values import encode_array, encode_duration, primitive_encoder
from tests.wire.samples import DEST, GRID, ID, ORIGIN, property_of, type_of

UNIT = Grid(scale_x=0.5, scale_y=0.5, scale_z=0.25, scale_m=2.0, translate_x=-10.0, translate_y=-20.0)

_RING = (-10.0, -20.0, -10.0, -15.0, -5.0, -15.0, -5.0, -20.0, -10.0, -20.0)
_HOLE = (-9.0, -19.0, -8.0, -19.0, -8.0, -18.0, -9.0, -19.0)
_PATHS = ((-10.0, -20.0, -9.0, -18.0), (-8.0, -16.0, -8.5, -16.0, -10.0, -20.0))


class Case(NamedTuple):
    written: Callable[[], bytes]
    message: Callable[[], Message]


def _shape(kind: int, lengths: list[int], coords: list[int], z: bool = False, m: bool = False) -> Message:
    body = graph.GeometryValue.EsriDefaultGeometry(hasZ=z, hasM=m, lengths=lengths, coords=coords)
    value: Message = graph.GeometryValue(geometryType=kind, geometry=body)
    return value


def _geometry(geometry: Geometry, message: Callable[[], Message]) -> Case:
    return Case(lambda: encode_geometry_bytes(geometry, UNIT), message)


def _kind(number: int, *parts: tuple[float, ...], z: bool = False, m: bool = False) -> Geometry:
    return Geometry(GeometryKind(number), z, m, parts)


GEOMETRIES = {
    "point": _geometry(_kind(0, (-9.0, -17.0)), lambda: _shape(0, [1], [2, 6])),
    "point z": _geometry(_kind(0, (-9.0, -17.0, 1.5), z=True), lambda: _shape(0, [1], [2, 6, 6], z=True)),
    "point m": _geometry(_kind(0, (-9.0, -17.0, 8.0), m=True), lambda: _shape(0, [1], [2, 6, 4], m=True)),
    "point z m": _geometry(
        _kind(0, (-9.0, -17.0, 1.5, 8.0), z=True, m=True), lambda: _shape(0, [1], [2, 6, 6, 4], z=True, m=True)
    ),
    "multipoint": _geometry(
        _kind(1, (-10.0, -20.0, -9.0, -17.0, -9.5, -19.0)), lambda: _shape(1, [3], [0, 0, 2, 6, -1, -4])
    ),
    "polyline of two parts": _geometry(_kind(2, *_PATHS), lambda: _shape(2, [2, 3], [0, 0, 2, 4, 4, 8, -1, 0, -3, -8])),
    "polygon with a hole": _geometry(
        _kind(3, _RING, _HOLE),
        lambda: _shape(3, [5, 4], [0, 0, 0, 10, 10, 0, 0, -10, -10, 0, 2, 2, 2, 0, 0, 2, -2, -2]),
    ),
}


def _primitive(field_type: FieldType, value: Scalar, message: Callable[[], Message]) -> Case:
    return Case(lambda: primitive_encoder(field_type, GRID)(value), message)


_value = graph.PrimitiveValue
_stamp = graph.DateTimeOffset(local_epoch_ms=-62167219200000, utc_offset=-64800)
_stamped = graph.TimestampOffsetValue(date_time_offset=_stamp)
_months = graph.DurationComponents(months=14, days=-3, seconds=6, milliseconds=7)

PRIMITIVES = {
    "integer": _primitive(FieldType.INTEGER, -300, lambda: _value(sint64_value=-300)),
    "big integer": _primitive(FieldType.BIG_INTEGER, -(2**63), lambda: _value(sint64_value=-(2**63))),
    "single as int32": _primitive(FieldType.SINGLE, 3.0, lambda: _value(float_compressed_as_int32=3)),
    "single": _primitive(FieldType.SINGLE, 2.5, lambda: _value(float_value=2.5)),
    "double as int64": _primitive(FieldType.DOUBLE, -7.0, lambda: _value(double_compressed_as_int64=-7)),
    "double as float": _primitive(FieldType.DOUBLE, 0.5, lambda: _value(double_compressed_as_float=0.5)),
    "double": _primitive(FieldType.DOUBLE, 0.1, lambda: _value(double_value=0.1)),
    "negative zero": _primitive(FieldType.DOUBLE, -0.0, lambda: _value(double_value=-0.0)),
    "text": _primitive(FieldType.STRING, "Zürich 東京", lambda: _value(string_value="Zürich 東京")),
    "empty text": _primitive(FieldType.STRING, "", lambda: _value(string_value="")),
    "id": _primitive(FieldType.GUID, ID, lambda: _value(uuid_value=ID.bytes)),
    "blob": _primitive(FieldType.BLOB, b"\x00\xff", lambda: _value(blob_value=b"\x00\xff")),
    "date": _primitive(FieldType.DATE, DateTime(-1), lambda: _value(datetime_value=-1)),
    "date only": _primitive(
        FieldType.DATE_ONLY, DateOnly(-719528), lambda: _value(date_only_value=graph.DateOnlyValue(epoch_days=-719528))
    ),
    "time only": _primitive(
        FieldType.TIME_ONLY, TimeOnly(0), lambda: _value(time_only_value=graph.TimeOnlyValue(milliseconds_of_day=0))
    ),
    "timestamp offset": _primitive(
        FieldType.TIMESTAMP_OFFSET,
        TimestampOffset(-62167219200000, -64800),
        lambda: _value(timestamp_offset_value=_stamped),
    ),
    "duration": Case(
        lambda: encode_duration(Duration(14, -3, 6, 7)),
        lambda: _value(duration_value=graph.DurationValue(duration_components=_months)),
    ),
}


def _array(field_type: FieldType, elements: tuple[Scalar, ...], array: Callable[[], Message]) -> Case:
    return Case(lambda: encode_array(elements, field_type, GRID), lambda: graph.AnyValue(array_value=array()))


def _mixed() -> Message:
    values = [graph.AnyValue(primitive_value=v) for v in (_value(string_value="a"), _value(null_tag=False))]
    array: Message = graph.ArrayValue(any_value_array=graph.AnyValueArray(values=values))
    return array


_ints, _wide, _floats, _all = graph.Int32Array, graph.Int64Array, graph.FloatArray, graph.ArrayValue

ARRAYS = {
    "integers": _array(FieldType.INTEGER, (1, -1), lambda: _all(sint64_array=_wide(value=[1, -1]))),
    "singles as int32": _array(
        FieldType.SINGLE, (1.0, 2.0), lambda: _all(float_compressed_as_int32_array=_ints(value=[1, 2]))
    ),
    "singles": _array(FieldType.SINGLE, (1.0, 2.5), lambda: _all(float_array=_floats(value=[1.0, 2.5]))),
    "doubles as int64": _array(
        FieldType.DOUBLE, (1.0, 2.0), lambda: _all(double_compressed_as_int64_array=_wide(value=[1, 2]))
    ),
    "doubles as float": _array(
        FieldType.DOUBLE, (1.0, 0.5), lambda: _all(double_compressed_as_float_array=_floats(value=[1.0, 0.5]))
    ),
    "doubles": _array(FieldType.DOUBLE, (1.0, 0.1), lambda: _all(double_array=graph.DoubleArray(value=[1.0, 0.1]))),
    "ids": _array(FieldType.GUID, (ID, ORIGIN), lambda: _all(uuid_array=ID.bytes + ORIGIN.bytes)),
    "texts": _array(FieldType.STRING, ("", "b"), lambda: _all(string_array=graph.StringArray(value=["", "b"]))),
    "blobs": _array(FieldType.BLOB, (b"", b"\x01"), lambda: _all(blob_array=graph.BlobArray(value=[b"", b"\x01"]))),
    "dates": _array(FieldType.DATE, (DateTime(-1),), lambda: _all(date_array=graph.DateTimeArray(value=[-1]))),
    "nulls": _array(FieldType.STRING, (None, None), lambda: _all(null_array=graph.NullArray(length=2))),
    "texts and nulls": _array(FieldType.STRING, ("a", None), _mixed),
    "no elements": _array(FieldType.STRING, (), lambda: _all(string_array=graph.StringArray())),
}


def _any(primitive: Message) -> Message:
    value: Message = graph.AnyValue(primitive_value=primitive)
    return value


def _uuid(id: bytes) -> Message:
    return _any(_value(uuid_value=id))


def _pairs() -> list[Message]:
    name = graph.KeyValuePair(key="name", value=_any(_value(string_value="Ada")))
    return [name, graph.KeyValuePair(key="age", value=_any(_value(null_tag=False)))]


def _framed(value: Message) -> Message:
    frame: Message = query.GraphQueryResultFrame(rows=[query.GraphQueryRow(values=[value])])
    return frame


_PROPERTIES = (property_of(FieldType.STRING, "name"), property_of(FieldType.INTEGER, "age"))
_VALUES: dict[str, Value] = {"name": "Ada"}
_ENTITY = type_of(Category.ENTITY, *_PROPERTIES, name="Person")
_LINK = type_of(Category.RELATIONSHIP, *_PROPERTIES, name="Knows")


def _link_message() -> Message:
    ends = {"origin_id": _uuid(ORIGIN.bytes), "dest_id": _uuid(DEST.bytes)}
    body = graph.RelationshipValue(type="Knows", id=_uuid(ID.bytes), properties=_pairs(), **ends)
    return _framed(graph.AnyValue(relationship_value=body))


ROWS = {
    "entity": Case(
        lambda: RowEncoder(_ENTITY, GRID).encode(ID, _VALUES, None, None),
        lambda: _framed(
            graph.AnyValue(entity_value=graph.EntityValue(label="Person", id=_uuid(ID.bytes), properties=_pairs()))
        ),
    ),
    "relationship": Case(lambda: RowEncoder(_LINK, GRID).encode(ID, _VALUES, ORIGIN, DEST), _link_message),
    "entity delete": Case(
        lambda: encode_delete_row(Category.ENTITY, "Person", ID),
        lambda: _framed(graph.AnyValue(entity_value=graph.EntityValue(label="Person", id=_uuid(ID.bytes)))),
    ),
    "relationship delete": Case(
        lambda: encode_delete_row(Category.RELATIONSHIP, "Knows", ID),
        lambda: _framed(graph.AnyValue(relationship_value=graph.RelationshipValue(type="Knows", id=_uuid(ID.bytes)))),
    ),
}

CASES: dict[str, dict[str, Case]] = {
    "geometries": GEOMETRIES,
    "primitives": PRIMITIVES,
    "arrays": ARRAYS,
    "rows": ROWS,
}
