"""Fit a value to its property: clients send 3.0 as an integer, dates as text, ids with braces.

`coerce` gives the one canonical value a property stores, or raises CoercionError with a reason a
person can act on. It is the only place that decides which conversions are harmless.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import FieldType, Property
from kgsync.model.values import (
    DAY_MS,
    MAX_EPOCH_DAY,
    MAX_LOCAL_MS,
    MAX_OFFSET_SECONDS,
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
    format_date_only,
    format_date_time,
    format_duration,
    format_time_only,
    format_timestamp_offset,
    parse_date_time,
    parse_time_only,
    parse_timestamp_offset,
    parse_uuid,
)

T = TypeVar("T")
_WHOLE = re.compile(r"[+-]?\d{1,20}", re.ASCII)


class CoercionError(ValueError):
    """Say why a value does not fit; the caller adds type, id and property."""


_RANGES = {
    FieldType.SMALL_INTEGER: (-(2**15), 2**15 - 1, "SmallInteger"),
    FieldType.INTEGER: (-(2**31), 2**31 - 1, "Integer"),
    FieldType.BIG_INTEGER: (-(2**63), 2**63 - 1, "BigInteger"),
    FieldType.OID: (-(2**63), 2**63 - 1, "OID"),
}


def _describe(value: Scalar) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "text",
        bytes: "a blob",
        UUID: "an id",
    }
    return names.get(type(value), f"a {type(value).__name__}")


def _refuse(value: Scalar, wanted: str) -> CoercionError:
    shown = f" {value!r}" if isinstance(value, str) and len(value) <= 64 else ""
    return CoercionError(f"{_describe(value)}{shown} cannot become {wanted}")


def _integer(field_type: FieldType) -> Callable[[Scalar], Scalar]:
    low, high, name = _RANGES[field_type]

    def to_integer(value: Scalar) -> Scalar:
        if type(value) is not int:
            if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
                value = int(value)
            elif isinstance(value, str):
                if not _WHOLE.fullmatch(value.strip()):
                    raise _refuse(value, f"a {name}")
                value = int(value)
            elif not isinstance(value, int):
                raise _refuse(value, f"a {name}")
        if not low <= value <= high:
            raise CoercionError(f"{value!r} is outside the range of {name} ({low} to {high})")
        return value

    return to_integer


def _double(value: Scalar) -> Scalar:
    if type(value) is not float:
        if isinstance(value, (bool, int)):
            value = float(value)
        elif isinstance(value, str):
            try:
                value = float(value.strip())
            except ValueError:
                raise _refuse(value, "a number") from None
        else:
            raise _refuse(value, "a number")
    if not math.isfinite(value):
        raise CoercionError("NaN and infinity cannot be stored")
    return value


def _single(value: Scalar) -> Scalar:
    number = _double(value)
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        raise CoercionError(f"{number!r} is outside the range of Single") from None


def _string(value: Scalar) -> Scalar:
    if type(value) is not str:
        if isinstance(value, UUID):
            # A deployed client sends any braced id as uuid_value, even for a text property.
            value = "{" + str(value).upper() + "}"
        elif isinstance(value, DateTime):
            value = format_date_time(_checked(_date, value, DateTime))
        elif isinstance(value, DateOnly):
            value = format_date_only(_checked(_date_only, value, DateOnly))
        elif isinstance(value, TimeOnly):
            value = format_time_only(_checked(_time_only, value, TimeOnly))
        elif isinstance(value, TimestampOffset):
            value = format_timestamp_offset(_checked(_timestamp_offset, value, TimestampOffset))
        elif isinstance(value, Duration):
            value = format_duration(value)
        else:
            raise _refuse(value, "text")
    if "\x00" in value:
        raise CoercionError("text with the character U+0000 cannot be stored")
    return value


def _checked(fit: Callable[[Scalar], Scalar], value: Scalar, kind: type[T]) -> T:
    """Check a temporal value's range before it is written out as text."""
    fitted = fit(value)
    assert isinstance(fitted, kind)
    return fitted


def _date(value: Scalar) -> Scalar:
    if isinstance(value, TimestampOffset):
        value = DateTime(value.utc_ms)
    elif isinstance(value, DateOnly):
        value = DateTime(value.days * DAY_MS)
    elif isinstance(value, str):
        parsed = parse_date_time(value)
        if parsed is None:
            raise _refuse(value, "a Date")
        value = parsed
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer():
        value = DateTime(int(value))
    if not isinstance(value, DateTime):
        raise _refuse(value, "a Date")
    if not MIN_LOCAL_MS <= value.ms <= MAX_LOCAL_MS:
        raise CoercionError("a Date must lie in the years 0000 to 9999")
    return value


def _date_only(value: Scalar) -> Scalar:
    if isinstance(value, str):
        parsed = parse_timestamp_offset(value)
        if parsed is None:
            raise _refuse(value, "a DateOnly")
        value = parsed
    if isinstance(value, (DateTime, TimestampOffset)):
        local = value.ms if isinstance(value, DateTime) else value.local_ms
        if local % DAY_MS:
            raise CoercionError("a time of day would be lost in a DateOnly")
        value = DateOnly(local // DAY_MS)
    if not isinstance(value, DateOnly):
        raise _refuse(value, "a DateOnly")
    if not MIN_EPOCH_DAY <= value.days <= MAX_EPOCH_DAY:
        raise CoercionError("a DateOnly must lie in the years 0000 to 9999")
    return value


def _time_only(value: Scalar) -> Scalar:
    if isinstance(value, str):
        parsed = parse_time_only(value)
        if parsed is None:
            raise _refuse(value, "a TimeOnly")
        value = parsed
    if not isinstance(value, TimeOnly):
        raise _refuse(value, "a TimeOnly")
    if not 0 <= value.ms < DAY_MS:
        raise CoercionError("a TimeOnly must lie between 0 and 86399999 ms")
    return value


def _timestamp_offset(value: Scalar) -> Scalar:
    if isinstance(value, DateTime):
        value = TimestampOffset(value.ms)
    elif isinstance(value, str):
        parsed = parse_timestamp_offset(value)
        if parsed is None:
            raise _refuse(value, "a TimestampOffset")
        value = parsed
    if not isinstance(value, TimestampOffset):
        raise _refuse(value, "a TimestampOffset")
    if not MIN_LOCAL_MS <= value.local_ms <= MAX_LOCAL_MS:
        raise CoercionError("a TimestampOffset must lie in the years 0000 to 9999")
    if abs(value.offset or 0) > MAX_OFFSET_SECONDS:
        raise CoercionError("an offset from UTC is at most 18 hours")
    return value


def _guid(value: Scalar) -> Scalar:
    if isinstance(value, UUID):
        return value
    if isinstance(value, bytes) and len(value) == 16:
        return UUID(bytes=value)
    parsed = parse_uuid(value) if isinstance(value, str) else None
    if parsed is None:
        raise _refuse(value, "an id (16 bytes or 32 hex digits)")
    return parsed


def _blob(value: Scalar) -> Scalar:
    if isinstance(value, bytes):
        return value
    if isinstance(value, UUID):
        return value.bytes
    raise _refuse(value, "a Blob")


def _geometry(wanted: Property) -> Callable[[Scalar], Scalar]:
    def to_geometry(value: Scalar) -> Scalar:
        if not isinstance(value, Geometry):
            raise _refuse(value, f"a {wanted.geometry_kind.name.lower()}")
        if value.kind is not wanted.geometry_kind:
            raise CoercionError(
                f"a {value.kind.name.lower()} does not fit a property of {wanted.geometry_kind.name.lower()}s"
            )
        return value

    return to_geometry


def _scalar_coercer(wanted: Property) -> Callable[[Scalar], Scalar]:
    if wanted.field_type in _RANGES:
        return _integer(wanted.field_type)
    if wanted.field_type is FieldType.GEOMETRY:
        return _geometry(wanted)
    return {
        FieldType.SINGLE: _single,
        FieldType.DOUBLE: _double,
        FieldType.STRING: _string,
        FieldType.XML: _string,
        FieldType.DATE: _date,
        FieldType.BLOB: _blob,
        FieldType.RASTER: _blob,
        FieldType.GUID: _guid,
        FieldType.GLOBAL_ID: _guid,
        FieldType.DATE_ONLY: _date_only,
        FieldType.TIME_ONLY: _time_only,
        FieldType.TIMESTAMP_OFFSET: _timestamp_offset,
    }[wanted.field_type]


Coercer = Callable[[Value], Value]


def coercer(wanted: Property) -> Coercer:
    """Build the function that fits values to `wanted`; it raises CoercionError.

    Null passes (whether it may be stored is the upload's decision). An array is fitted element by
    element; nested arrays are refused.
    """
    fit = _scalar_coercer(wanted)

    def coerce_value(value: Value) -> Value:
        if value is None:
            return None
        if type(value) is tuple:
            if wanted.system:
                raise CoercionError("an array does not fit a property the server maintains")
            return tuple(None if element is None else fit(element) for element in value)
        if isinstance(value, Invalid):
            raise CoercionError(value.reason)
        return fit(value)  # type: ignore[arg-type]  # tuples were handled above

    return coerce_value


def check_geometry(geometry: Geometry) -> str | None:
    """Say what makes a geometry unusable, or None."""
    if not geometry.parts or not all(geometry.parts):
        return "a geometry needs at least one vertex in every part"
    if geometry.kind is GeometryKind.POINT and (len(geometry.parts) != 1 or len(geometry.parts[0]) != geometry.stride):
        return "a point has exactly one vertex"
    if geometry.kind is GeometryKind.POLYGON and any(
        len(part) < 4 * geometry.stride or part[:2] != part[-geometry.stride :][:2] for part in geometry.parts
    ):
        return "every ring of a polygon is closed and has at least four vertices"
    if geometry.kind is GeometryKind.POLYLINE and any(len(p) < 2 * geometry.stride for p in geometry.parts):
        return "every path of a polyline has at least two vertices"
    if geometry.kind is GeometryKind.MULTIPOINT and len(geometry.parts) != 1:
        return "a multipoint has one part"
    return None
