"""Values on the wire: protobuf reads what encode_* writes, in the smallest form that is exact."""

from __future__ import annotations

import math
from uuid import UUID

import pytest
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.model.geometry import IDENTITY
from kgsync.model.schema import FieldType
from kgsync.model.values import DateOnly, Duration, Invalid, Scalar, TimeOnly, TimestampOffset, Value
from kgsync.wire.pbf.values import (
    NULL,
    decode_value,
    encode_array,
    encode_double,
    encode_duration,
    encode_id,
    encode_single,
    primitive_encoder,
)
from tests.wire.samples import ID, as_single, typed_arrays, typed_values

PURE = settings.get_profile("pure")
F = FieldType
SMALL_LOW, SMALL_HIGH = -1048576, 1048575
WIDE_LOW, WIDE_HIGH = -281474976710656, 281474976710655


def _read(primitive: bytes) -> Value:
    return decode_value(graph.AnyValue(primitive_value=graph.PrimitiveValue.FromString(primitive)), IDENTITY)


def _form(primitive: bytes) -> str:
    which: str = graph.PrimitiveValue.FromString(primitive).WhichOneof("value_type")
    return which


def _array_form(elements: tuple[Scalar, ...], field_type: FieldType) -> str:
    message = graph.AnyValue.FromString(encode_array(elements, field_type, IDENTITY))
    which: str = message.array_value.WhichOneof("array_type")
    return which


def _same(left: object, right: object) -> bool:
    return repr(left) == repr(right)  # tells -0.0 from 0.0


@PURE
@given(typed_values())
def test_every_value_reads_back(typed: tuple[FieldType, Scalar]) -> None:
    field_type, value = typed

    data = primitive_encoder(field_type, IDENTITY)(value)

    assert _same(_read(data), value)


@PURE
@given(typed_values())
def test_values_are_written_as_protobuf_would(typed: tuple[FieldType, Scalar]) -> None:
    field_type, value = typed

    data = primitive_encoder(field_type, IDENTITY)(value)

    assert graph.PrimitiveValue.FromString(data).SerializeToString() == data


@PURE
@given(typed_arrays())
def test_every_array_reads_back(typed: tuple[FieldType, tuple[Scalar, ...]]) -> None:
    field_type, elements = typed

    data = encode_array(elements, field_type, IDENTITY)

    assert _same(decode_value(graph.AnyValue.FromString(data), IDENTITY), elements)


@PURE
@given(*[st.integers(-(2**63), 2**63 - 1)] * 4)
def test_every_duration_reads_back(months: int, days: int, seconds: int, ms: int) -> None:
    value = Duration(months, days, seconds, ms)

    assert _read(encode_duration(value)) == value


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0.0, "double_compressed_as_int64"),
        (SMALL_LOW - 1.0, "double_compressed_as_float"),
        (float(SMALL_LOW), "double_compressed_as_int64"),
        (float(SMALL_HIGH), "double_compressed_as_int64"),
        (SMALL_HIGH + 1.0, "double_compressed_as_float"),
        (2.0**24, "double_compressed_as_float"),
        (2.0**24 + 1, "double_compressed_as_int64"),
        (float(WIDE_LOW), "double_compressed_as_float"),
        (WIDE_LOW - 1.0, "double_value"),
        (WIDE_LOW + 1.0, "double_compressed_as_int64"),
        (float(WIDE_HIGH), "double_compressed_as_int64"),
        (WIDE_HIGH + 1.0, "double_compressed_as_float"),
        (WIDE_HIGH + 2.0, "double_value"),
        (2.0**60, "double_compressed_as_float"),
        (2.0**60 + 2.0**10, "double_value"),
        (0.5, "double_compressed_as_float"),
        (0.1, "double_value"),
        (as_single(0.1), "double_compressed_as_float"),
        (as_single(3.4028234663852886e38), "double_compressed_as_float"),
        (3.5e38, "double_value"),
        (1e-45, "double_value"),
        (2.0**-149, "double_compressed_as_float"),
        (-0.0, "double_value"),
    ],
)
def test_doubles_take_the_form_the_contract_prescribes(value: float, form: str) -> None:
    data = encode_double(value)

    assert _form(data) == form
    assert _same(_read(data), value)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0.0, "float_compressed_as_int32"),
        (SMALL_LOW - 1.0, "float_value"),
        (float(SMALL_LOW), "float_compressed_as_int32"),
        (float(SMALL_HIGH), "float_compressed_as_int32"),
        (SMALL_HIGH + 1.0, "float_value"),
        (0.5, "float_value"),
        (-0.0, "float_value"),
        (2.0**100, "float_value"),
    ],
)
def test_singles_take_the_form_the_contract_prescribes(value: float, form: str) -> None:
    data = encode_single(value)

    assert _form(data) == form
    assert _same(_read(data), value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_nan_and_infinity_travel_whole(value: float) -> None:
    assert _same(_read(encode_double(value)), value)
    assert _same(_read(encode_single(value)), value)


@pytest.mark.parametrize(
    ("field_type", "elements", "form"),
    [
        (F.SINGLE, (1.0, SMALL_HIGH), "float_compressed_as_int32_array"),
        (F.SINGLE, (1.0, SMALL_HIGH + 1), "float_array"),
        (F.SINGLE, (1.0, -0.0), "float_array"),
        (F.DOUBLE, (SMALL_LOW, SMALL_HIGH), "double_compressed_as_int64_array"),
        (F.DOUBLE, (1.0, SMALL_HIGH + 1), "double_compressed_as_float_array"),
        (F.DOUBLE, (1.0, 0.5), "double_compressed_as_float_array"),
        (F.DOUBLE, (1.0, WIDE_HIGH), "double_compressed_as_int64_array"),
        (F.DOUBLE, (0.5, WIDE_HIGH), "double_array"),
        (F.DOUBLE, (WIDE_LOW - 1, 1.0), "double_array"),
        (F.DOUBLE, (1.0, 0.1), "double_array"),
        (F.DOUBLE, (1.0, -0.0), "double_array"),
    ],
)
def test_an_array_is_compressed_only_when_every_element_qualifies(
    field_type: FieldType, elements: tuple[float, ...], form: str
) -> None:
    assert _array_form(tuple(map(float, elements)), field_type) == form


@pytest.mark.parametrize("field_type", F)
def test_nulls_alone_are_counted_and_nulls_among_values_are_spelled_out(field_type: FieldType) -> None:
    assert _array_form((None, None), field_type) == "null_array"
    if field_type is F.STRING:
        assert _array_form((None, "a"), field_type) == "any_value_array"


def test_null_is_a_tag_that_says_false() -> None:
    assert graph.PrimitiveValue(null_tag=False).SerializeToString() == NULL
    assert _read(NULL) is None


def test_ids_are_sixteen_bytes_in_an_any_value() -> None:
    message = graph.AnyValue(primitive_value=graph.PrimitiveValue(uuid_value=ID.bytes))

    assert encode_id(ID) == message.SerializeToString()


_date = graph.DateTimeComponents(year=1970, month=1, day=2, hours=3, minutes=4, seconds=5, milliseconds=6)
_stamp = graph.DateTimeOffset(date_time_components=_date, utc_offset=60)
_late = graph.TimeOnlyComponents(hours=23, minutes=59, seconds=59, milliseconds=999)


@pytest.mark.parametrize(
    ("member", "message", "value"),
    [
        ("date_only_value", graph.DateOnlyValue(iso8601_date_only_format="1970-01-02"), DateOnly(1)),
        (
            "date_only_value",
            graph.DateOnlyValue(date_only_components=graph.DateOnlyComponents(year=0, month=1, day=1)),
            DateOnly(-719528),
        ),
        ("time_only_value", graph.TimeOnlyValue(iso8601_time_only_format="00:00:01"), TimeOnly(1000)),
        ("time_only_value", graph.TimeOnlyValue(time_only_components=_late), TimeOnly(86399999)),
        (
            "timestamp_offset_value",
            graph.TimestampOffsetValue(iso8601_date_format="1970-01-01T00:00+01:00"),
            TimestampOffset(0, 3600),
        ),
        (
            "timestamp_offset_value",
            graph.TimestampOffsetValue(date_time_offset=_stamp),
            TimestampOffset(86_400_000 + 11_045_006, 60),
        ),
        ("duration_value", graph.DurationValue(iso8601_duration_format="P1M2DT3.004S"), Duration(1, 2, 3, 4)),
    ],
)
def test_text_and_components_read_like_numbers(member: str, message: object, value: Scalar) -> None:
    primitive = graph.PrimitiveValue(**{member: message})

    assert decode_value(graph.AnyValue(primitive_value=primitive), IDENTITY) == value


_value, _all = graph.PrimitiveValue, graph.ArrayValue
_far = graph.DateOnlyComponents(year=10000, month=1, day=1)
_hour = graph.TimeOnlyComponents(hours=24)
_nested = graph.AnyValueArray(values=[graph.AnyValue(array_value=graph.ArrayValue(uuid_array=b""))])


@pytest.mark.parametrize(
    "message",
    [
        graph.AnyValue(primitive_value=_value()),
        graph.AnyValue(object_value=graph.ObjectValue()),
        graph.AnyValue(entity_value=graph.EntityValue()),
        graph.AnyValue(path_value=graph.PathValue()),
        graph.AnyValue(unknown_value=graph.AnyValue()),
        graph.AnyValue(primitive_value=_value(uuid_value=bytes(15))),
        graph.AnyValue(primitive_value=_value(date_only_value=graph.DateOnlyValue(date_only_components=_far))),
        graph.AnyValue(primitive_value=_value(time_only_value=graph.TimeOnlyValue(time_only_components=_hour))),
        graph.AnyValue(primitive_value=_value(duration_value=graph.DurationValue(iso8601_duration_format="1 day"))),
        graph.AnyValue(array_value=_all(uuid_array=bytes(17))),
        graph.AnyValue(array_value=_all(null_array=graph.NullArray(length=-1))),
        graph.AnyValue(array_value=_all(null_array=graph.NullArray(length=1_000_001))),
        graph.AnyValue(array_value=_all(null_array=graph.NullArray(length=2**63 - 1))),
        graph.AnyValue(array_value=_all(any_value_array=_nested)),
    ],
)
def test_what_has_no_meaning_as_a_property_is_invalid_with_a_reason(message: graph.AnyValue) -> None:
    found = decode_value(message, IDENTITY)

    assert isinstance(found, Invalid)
    assert found.reason


def test_an_empty_value_is_null_and_an_empty_array_has_no_elements() -> None:
    assert decode_value(graph.AnyValue(), IDENTITY) is None
    assert decode_value(graph.AnyValue(array_value=graph.ArrayValue()), IDENTITY) == ()


@PURE
@given(st.lists(st.uuids(), max_size=4))
def test_an_array_of_ids_is_their_bytes_in_a_row(ids: list[UUID]) -> None:
    message = graph.AnyValue.FromString(encode_array(tuple(ids), F.GUID, IDENTITY))

    assert message.array_value.uuid_array == b"".join(i.bytes for i in ids)
