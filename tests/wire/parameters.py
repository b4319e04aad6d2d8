"""Parameters as values and as the messages a caller sends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from hypothesis import strategies as st

from kgsync.model.geometry import IDENTITY, Geometry, GeometryKind
from kgsync.model.values import DateOnly, DateTime, Duration, ParameterValue, TimeOnly, TimestampOffset
from kgsync.wire.pbf.geometry import encode_geometry
from tests.wire.samples import texts


def message_of(value: ParameterValue) -> Any:
    """Write a parameter in the plainest members there are."""
    message = graph.AnyValue()
    primitive = message.primitive_value
    match value:
        case dict():
            message.object_value.SetInParent()
            for key, inner in value.items():
                message.object_value.properties.add(key=key, value=message_of(inner))
        case tuple():
            message.array_value.any_value_array.SetInParent()
            message.array_value.any_value_array.values.extend(message_of(inner) for inner in value)
        case None:
            primitive.null_tag = False
        case bool():
            primitive.bool_value = value
        case int():
            primitive.sint64_value = value
        case float():
            primitive.double_value = value
        case str():
            primitive.string_value = value
        case bytes():
            primitive.blob_value = value
        case UUID():
            primitive.uuid_value = value.bytes
        case DateTime(ms):
            primitive.datetime_value = ms
        case DateOnly(days):
            primitive.date_only_value.epoch_days = days
        case TimeOnly(ms):
            primitive.time_only_value.milliseconds_of_day = ms
        case TimestampOffset(local, offset):
            primitive.timestamp_offset_value.date_time_offset.local_epoch_ms = local
            if offset is not None:
                primitive.timestamp_offset_value.date_time_offset.utc_offset = offset
        case Duration(months, days, seconds, ms):
            parts = graph.DurationComponents(months=months, days=days, seconds=seconds, milliseconds=ms)
            primitive.duration_value.duration_components.CopyFrom(parts)
        case Geometry():
            primitive.geometry_value.CopyFrom(encode_geometry(value, IDENTITY))
    return message


_SMALL = st.integers(-(2**20), 2**20)
_POINTS = st.tuples(_SMALL.map(float), _SMALL.map(float)).map(
    lambda xy: Geometry(GeometryKind.POINT, False, False, (xy,))
)
_SCALARS: st.SearchStrategy[ParameterValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts(),
    st.binary(max_size=8),
    st.uuids(),
    _SMALL.map(DateTime),
    st.integers(-719_528, 2_932_896).map(DateOnly),
    st.integers(0, 86_399_999).map(TimeOnly),
    st.builds(TimestampOffset, _SMALL, st.none() | st.integers(-3600, 3600)),
    st.builds(Duration, _SMALL, _SMALL, _SMALL, _SMALL),
    _POINTS,
)


def parameter_values() -> st.SearchStrategy[ParameterValue]:
    """Draw values of every kind, nested a few levels."""
    return st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=6,
    )


def parameter_messages() -> st.SearchStrategy[Any]:
    return parameter_values().map(message_of)
