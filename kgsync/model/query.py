"""A call of graph/query, how its answer is to be written, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from kgsync.model.geometry import Geometry, Grid, SpatialReference
from kgsync.model.values import ParameterValue, Value


class TemporalFormat(IntEnum):
    """How temporal values are written: as numbers, by components, or as ISO 8601 text (QueryTypes.proto)."""

    NUMBER = 0
    COMPONENTS = 1
    TEXT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalFormats:
    """How each temporal kind is written; `zone` is an IANA name timestamps are shown in, "" for their own."""

    timestamp: TemporalFormat = TemporalFormat.NUMBER
    date: TemporalFormat = TemporalFormat.NUMBER
    time: TemporalFormat = TemporalFormat.NUMBER
    duration: TemporalFormat = TemporalFormat.COMPONENTS
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """A coarser grid for coordinates: steps of `tolerance` from `origin`; `thin` drops repeated vertices."""

    tolerance: float
    origin: tuple[float, float] | None
    thin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCall:
    """A decoded request; geometries among `parameters` are in `in_sr`, unset meaning the data model's."""

    text: str
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    in_sr: SpatialReference | None = None
    out_sr: SpatialReference | None = None
    provenance: bool = False
    quantization: Quantization | None = None
    formats: TemporalFormats = TemporalFormats()
    warnings: tuple[str, ...] = ()


# A row is a tuple of plain values, lists as tuples, maps as dicts, objects as filters.kinds.Element.
QueryRow = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """What a query gives: rows as they are found, None where none was found for a while.

    Coordinates are in `spatial_reference` once `carry` has been applied, which gives None for a geometry
    that has no place there; without it rows are as they are stored, on `grid`.
    """

    columns: tuple[str, ...]
    model_timestamp: int
    spatial_reference: SpatialReference
    grid: Grid
    rows: Iterator[QueryRow | None]
    carry: Callable[[Geometry], Geometry | None] | None = None
    formats: TemporalFormats = TemporalFormats()
    warnings: tuple[str, ...] = ()


class RowValues(Mapping[str, Value]):
    """The values of a stored row, read when first asked for; `row` is the framed row as it is on the wire."""

    __slots__ = ("_read", "_values", "row")

    def __init__(self, row: bytes, read: Callable[[bytes], Mapping[str, Value]]) -> None:
        self.row, self._read = row, read
        self._values: Mapping[str, Value] | None = None

    def read(self) -> Mapping[str, Value]:
        if self._values is None:
            self._values = self._read(self.row)
        return self._values

    def __getitem__(self, name: str) -> Value:
        return self.read()[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.read().get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())
