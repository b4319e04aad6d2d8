"""Parameters of where-clauses and queries: kept as they were sent, decoded when a clause is bound.

Entities, relationships and paths are no parameters (SyncTypes.NamedTypeReplicaDefinition). Values that no
property could hold (NaN, dates past the year 9999) are refused, so that a clause meets them nowhere.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, MutableMapping
from typing import Any

from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.errors import MalformedInput, TooLarge
from kgsync.model.geometry import IDENTITY, Geometry, Grid
from kgsync.model.values import (
    DAY_MS,
    MAX_EPOCH_DAY,
    MAX_LOCAL_MS,
    MAX_OFFSET_SECONDS,
    MIN_EPOCH_DAY,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Invalid,
    ParameterValue,
    TimeOnly,
    TimestampOffset,
    Value,
)
from kgsync.wire.pbf.frames import parse_message
from kgsync.wire.pbf.geometry import encode_geometry
from kgsync.wire.pbf.values import decode_value

# All parameters of one type: 200,000 ids. They are decoded at every synchronize.
MAX_PARAMETER_BYTES = 4 * 1024 * 1024
# Lists and objects within each other; the evaluator compares them by recursion.
MAX_PARAMETER_DEPTH = 20
_REFUSED = {
    "entity_value": "an entity cannot be a parameter; pass its id",
    "relationship_value": "a relationship cannot be a parameter; pass its id",
    "path_value": "a path cannot be a parameter; pass the ids on it",
    "unknown_value": "a value of unknown kind cannot be a parameter",
}


def pack_parameters(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Keep AnyValue messages by name as base64, sorted. Raises TooLarge."""
    packed = {name: message.SerializeToString(deterministic=True) for name, message in parameters.items()}
    if sum(map(len, packed.values())) > MAX_PARAMETER_BYTES:
        raise TooLarge(f"the parameters of a type are limited to {MAX_PARAMETER_BYTES} bytes", place="parameters")
    return tuple((name, base64.b64encode(packed[name]).decode()) for name in sorted(packed))


def write_parameters(parameters: Mapping[str, Geometry], grid: Grid) -> tuple[tuple[str, str], ...]:
    """Keep geometries on a grid as parameters. Raises MalformedInput where one lies outside it, TooLarge."""
    messages = {}
    for name, geometry in parameters.items():
        try:
            value = encode_geometry(geometry, grid)
        except OverflowError as error:
            raise MalformedInput(str(error), place=name) from None
        messages[name] = graph.AnyValue(primitive_value=graph.PrimitiveValue(geometry_value=value))
    return pack_parameters(messages)


def unpack_parameters(packed: tuple[tuple[str, str], ...], into: MutableMapping[str, Any]) -> None:
    """Put kept parameters back into a message's map, as they were sent."""
    for name, text in packed:
        into[name].MergeFromString(base64.b64decode(text))


def decode_parameters(packed: tuple[tuple[str, str], ...], grid: Grid | None) -> dict[str, ParameterValue]:
    """Read kept parameters; `grid` is the definition's input transform, None for integers as they are.

    Raises MalformedInput naming the parameter.
    """
    decoded: dict[str, ParameterValue] = {}
    for name, text in packed:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise MalformedInput("the kept bytes are not base64", place=f"parameters[{name}]") from None
        decoded[name] = decode_parameter(data, grid or IDENTITY, place=f"parameters[{name}]")
    return decoded


def decode_parameter(data: bytes, grid: Grid, *, place: str = "parameter") -> ParameterValue:
    """Read one serialized AnyValue: a primitive, an array of any depth, or an object as a dict.

    Raises MalformedInput for entities, relationships, paths and values no property could hold; TooLarge.
    """
    return _decode(parse_message(graph.AnyValue, data, place), grid, place, 1)


def _decode(message: Any, grid: Grid, place: str, depth: int) -> ParameterValue:
    if depth > MAX_PARAMETER_DEPTH:
        raise TooLarge(f"a parameter is nested more than {MAX_PARAMETER_DEPTH} levels deep", place=place)
    kind = message.WhichOneof("any_value_type")
    if kind in _REFUSED:
        raise MalformedInput(_REFUSED[kind], place=place)
    if kind == "object_value":
        found: dict[str, ParameterValue] = {}
        for pair in message.object_value.properties:
            if pair.key in found:
                raise MalformedInput(f"the key {pair.key[:64]!r} occurs twice", place=place)
            found[pair.key] = _decode(pair.value, grid, f"{place}.{pair.key[:64]}", depth + 1)
        return found
    if kind == "array_value" and message.array_value.WhichOneof("array_type") == "any_value_array":
        values = message.array_value.any_value_array.values
        return tuple(_decode(value, grid, f"{place}[{k}]", depth + 1) for k, value in enumerate(values))
    value = decode_value(message, grid)
    for one in value if isinstance(value, tuple) else (value,):
        reason = _unfit(one)
        if reason is not None:
            raise MalformedInput(reason, place=place)
    return value


def _unfit(value: Value) -> str | None:
    """Say why no property could hold a value, None when one could."""
    match value:
        case Invalid(reason):
            return reason
        case float() if not math.isfinite(value):
            return "a number is not finite"
        case str() if "\0" in value:
            return "text with the character U+0000 cannot be stored, so nothing compares with it"
        case DateTime(ms) if not MIN_LOCAL_MS <= ms <= MAX_LOCAL_MS:
            return "a date is outside the years 0000 to 9999"
        case DateOnly(days) if not MIN_EPOCH_DAY <= days <= MAX_EPOCH_DAY:
            return "a date is outside the years 0000 to 9999"
        case TimeOnly(ms) if not 0 <= ms < DAY_MS:
            return "a time is outside the day"
        case TimestampOffset(local, offset):
            if not MIN_LOCAL_MS <= local <= MAX_LOCAL_MS:
                return "a date is outside the years 0000 to 9999"
            return None if abs(offset or 0) <= MAX_OFFSET_SECONDS else "an offset is more than 18 hours"
        case _:
            return None
