"""Every kind of incoming value against every property type: a canonical value or CoercionError."""

from __future__ import annotations

import math
from uuid import UUID

import pytest
from hypothesis import given, settings

from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import FieldType, Property
from kgsync.model.values import (
    DAY_MS,
    MAX_EPOCH_DAY,
    MAX_LOCAL_MS,
    MIN_EPOCH_DAY,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Duration,
    Invalid,
    Scalar,
    TimeOnly,
    TimestampOffset,
    Value,
)
from tests.wire.samples import ID, point, property_of, typed_arrays, typed_values

PURE = settings.get_profile("pure")
F = FieldType
POINT = point(1.0, 2.0)
NO = CoercionError

# One value of every kind, and what each property type makes of it; a type left out refuses.
_TEXT_ID = "{00112233-4455-6677-8899-AABBCCDDEEFF}"
_NUMBERS = (F.SMALL_INTEGER, F.INTEGER, F.BIG_INTEGER, F.OID)
_FLOATS = (F.SINGLE, F.DOUBLE)
_TEXTS = (F.STRING, F.XML)
_IDS = (F.GUID, F.GLOBAL_ID)
_BLOBS = (F.BLOB, F.RASTER)


def _each(types: tuple[FieldType, ...], value: Value) -> dict[FieldType, Value]:
    return dict.fromkeys(types, value)


KINDS: list[tuple[Scalar, dict[FieldType, Value]]] = [
    (True, {**_each(_NUMBERS, 1), **_each(_FLOATS, 1.0)}),
    (3, {**_each(_NUMBERS, 3), **_each(_FLOATS, 3.0), F.DATE: DateTime(3)}),
    (3.0, {**_each(_NUMBERS, 3), **_each(_FLOATS, 3.0), F.DATE: DateTime(3)}),
    (2.5, _each(_FLOATS, 2.5)),
    (" 42 ", {**_each(_NUMBERS, 42), **_each(_FLOATS, 42.0), **_each(_TEXTS, " 42 ")}),
    ("2.5", {**_each(_FLOATS, 2.5), **_each(_TEXTS, "2.5")}),
    ("", _each(_TEXTS, "")),
    ("word", _each(_TEXTS, "word")),
    (_TEXT_ID, {**_each(_TEXTS, _TEXT_ID), **_each(_IDS, ID)}),
    (ID, {**_each(_IDS, ID), **_each(_TEXTS, _TEXT_ID), **_each(_BLOBS, ID.bytes)}),
    (b"\x01", _each(_BLOBS, b"\x01")),
    (ID.bytes, {**_each(_BLOBS, ID.bytes), **_each(_IDS, ID)}),
    (
        DateTime(DAY_MS),
        {
            **_each(_TEXTS, "1970-01-02T00:00:00.000Z"),
            F.DATE: DateTime(DAY_MS),
            F.DATE_ONLY: DateOnly(1),
            F.TIMESTAMP_OFFSET: TimestampOffset(DAY_MS),
        },
    ),
    (DateOnly(1), {**_each(_TEXTS, "1970-01-02"), F.DATE: DateTime(DAY_MS), F.DATE_ONLY: DateOnly(1)}),
    (TimeOnly(1), {**_each(_TEXTS, "00:00:00.001"), F.TIME_ONLY: TimeOnly(1)}),
    (
        TimestampOffset(DAY_MS, 3600),
        {
            **_each(_TEXTS, "1970-01-02T00:00:00.000+01:00"),
            F.DATE: DateTime(DAY_MS - 3_600_000),
            F.DATE_ONLY: DateOnly(1),
            F.TIMESTAMP_OFFSET: TimestampOffset(DAY_MS, 3600),
        },
    ),
    (Duration(14, 3, 6, 7), _each(_TEXTS, "P14M3DT6.007S")),
    (POINT, {F.GEOMETRY: POINT}),
    (
        "1970-01-02",
        {
            **_each(_TEXTS, "1970-01-02"),
            F.DATE: DateTime(DAY_MS),
            F.DATE_ONLY: DateOnly(1),
            F.TIMESTAMP_OFFSET: TimestampOffset(DAY_MS),
        },
    ),
    ("12:30", {**_each(_TEXTS, "12:30"), F.TIME_ONLY: TimeOnly(45_000_000)}),
]
TABLE = [(value, field_type, fits.get(field_type, NO)) for value, fits in KINDS for field_type in F]


def _fit(field_type: FieldType, value: Value) -> Value:
    return coercer(property_of(field_type))(value)


@pytest.mark.parametrize(("value", "field_type", "wanted"), TABLE)
def test_every_kind_of_value_fits_or_is_refused(
    value: Scalar, field_type: FieldType, wanted: Value | type[CoercionError]
) -> None:
    if wanted is NO:
        with pytest.raises(CoercionError):
            _fit(field_type, value)
        return

    found = _fit(field_type, value)

    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("field_type", "low", "high"),
    [
        (F.SMALL_INTEGER, -(2**15), 2**15 - 1),
        (F.INTEGER, -(2**31), 2**31 - 1),
        (F.BIG_INTEGER, -(2**63), 2**63 - 1),
        (F.OID, -(2**63), 2**63 - 1),
    ],
)
def test_integers_fit_up_to_their_limits_and_not_past(field_type: FieldType, low: int, high: int) -> None:
    assert [_fit(field_type, n) for n in (low, high, str(low), str(high))] == [low, high, low, high]
    for past in (low - 1, high + 1, str(low - 1), str(high + 1), float(2 * high)):
        with pytest.raises(CoercionError, match="outside the range"):
            _fit(field_type, past)


@pytest.mark.parametrize(
    ("field_type", "low", "high", "past"),
    [
        (
            F.DATE,
            DateTime(MIN_LOCAL_MS),
            DateTime(MAX_LOCAL_MS),
            (DateTime(MIN_LOCAL_MS - 1), DateTime(MAX_LOCAL_MS + 1)),
        ),
        (F.DATE, MIN_LOCAL_MS, MAX_LOCAL_MS, (MIN_LOCAL_MS - 1, MAX_LOCAL_MS + 1, 1e300)),
        (F.DATE_ONLY, DateOnly(MIN_EPOCH_DAY), DateOnly(MAX_EPOCH_DAY), (DateOnly(MIN_EPOCH_DAY - 1), DateOnly(2**31))),
        (F.TIME_ONLY, TimeOnly(0), TimeOnly(DAY_MS - 1), (TimeOnly(-1), TimeOnly(DAY_MS))),
        (
            F.TIMESTAMP_OFFSET,
            TimestampOffset(MIN_LOCAL_MS, -64800),
            TimestampOffset(MAX_LOCAL_MS, 64800),
            (TimestampOffset(MIN_LOCAL_MS - 1), TimestampOffset(0, 64801), TimestampOffset(0, -64801)),
        ),
    ],
)
def test_temporal_values_fit_up_to_their_limits_and_not_past(
    field_type: FieldType, low: Scalar, high: Scalar, past: tuple[Scalar, ...]
) -> None:
    _fit(field_type, low)
    _fit(field_type, high)
    for value in past:
        with pytest.raises(CoercionError):
            _fit(field_type, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "nan", "inf", "-Infinity", "1e999"])
@pytest.mark.parametrize("field_type", [*_NUMBERS, *_FLOATS, F.DATE])
def test_nan_and_infinity_are_refused_as_numbers(field_type: FieldType, value: Scalar) -> None:
    with pytest.raises(CoercionError):
        _fit(field_type, value)


def test_singles_round_to_32_bits_and_refuse_what_overflows_them() -> None:
    largest = 3.4028234663852886e38

    assert _fit(F.SINGLE, 0.1) == 0.10000000149011612
    assert _fit(F.SINGLE, largest) == largest
    for past in (3.5e38, -3.5e38, 1e300):
        with pytest.raises(CoercionError, match="range of Single"):
            _fit(F.SINGLE, past)


@pytest.mark.parametrize("field_type", F)
def test_null_passes_everywhere(field_type: FieldType) -> None:
    assert _fit(field_type, None) is None


@pytest.mark.parametrize("field_type", F)
def test_a_value_that_was_not_understood_says_why(field_type: FieldType) -> None:
    with pytest.raises(CoercionError, match=r"^the reason$"):
        _fit(field_type, Invalid("the reason"))


@PURE
@given(typed_values())
def test_canonical_values_stay_as_they_are(typed: tuple[FieldType, Scalar]) -> None:
    field_type, value = typed
    kind = value.kind if isinstance(value, Geometry) else GeometryKind.POINT
    wanted = Property(id=1, name="p", field_type=field_type, geometry_kind=kind)

    assert coercer(wanted)(value) == value


@PURE
@given(typed_arrays().filter(lambda typed: typed[0] is not F.GEOMETRY))
def test_arrays_fit_element_by_element(typed: tuple[FieldType, tuple[Scalar, ...]]) -> None:
    field_type, elements = typed

    assert _fit(field_type, elements) == elements


def test_one_bad_element_refuses_the_array() -> None:
    with pytest.raises(CoercionError):
        _fit(F.INTEGER, (1, "two", 3))


def test_an_array_cannot_become_an_id_of_the_system() -> None:
    wanted = Property(id=1, name="globalid", field_type=F.GLOBAL_ID, system=True)

    with pytest.raises(CoercionError, match="array"):
        coercer(wanted)((UUID(int=1),))


@pytest.mark.parametrize("text", ["a\x00b", "\x00"])
def test_text_with_a_nul_is_refused(text: str) -> None:
    with pytest.raises(CoercionError, match=r"U\+0000"):
        _fit(F.STRING, text)


def test_a_time_of_day_is_not_lost_in_a_date() -> None:
    for value in (DateTime(1), TimestampOffset(1, 3600)):
        with pytest.raises(CoercionError, match="would be lost"):
            _fit(F.DATE_ONLY, value)


def test_a_geometry_of_another_kind_is_refused() -> None:
    wanted = Property(id=1, name="p", field_type=F.GEOMETRY, geometry_kind=GeometryKind.POLYGON)

    with pytest.raises(CoercionError, match="a point does not fit a property of polygons"):
        coercer(wanted)(POINT)


def test_a_refusal_shows_short_text_and_hides_long() -> None:
    with pytest.raises(CoercionError, match="'word'"):
        _fit(F.INTEGER, "word")
    with pytest.raises(CoercionError) as caught:
        _fit(F.INTEGER, "w" * 65)

    assert "www" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [DateOnly(2**31 - 1), DateOnly(-719529), DateTime(2**63 - 1), TimeOnly(2**32 - 1), TimestampOffset(0, 2**31 - 1)],
)
def test_a_temporal_value_out_of_range_does_not_become_text(value: Value) -> None:
    with pytest.raises(CoercionError):
        coercer(Property(id=1, name="p", field_type=FieldType.STRING))(value)


def test_a_date_with_a_time_does_not_become_a_date_only() -> None:
    fit = coercer(Property(id=1, name="p", field_type=FieldType.DATE_ONLY))
    assert fit(" 2024-01-01 ") == fit("2024-01-01T00:00") == DateOnly(19723)
    with pytest.raises(CoercionError, match="time of day"):
        fit("2024-01-01T12:34")
