"""Answer a query: parse and bind it, find where its pattern fits, give rows as they are found."""

from __future__ import annotations

from kgsync.errors import MalformedInput
from kgsync.filters.projection import project
from kgsync.filters.query import parse_query
from kgsync.filters.query_check import check_query
from kgsync.filters.references import same
from kgsync.model.geometry import Geometry, GeometryKind, Grid, SpatialReference, default_grid
from kgsync.model.query import Quantization, QueryAnswer, QueryCall
from kgsync.model.values import ParameterValue
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.query_rows import rows_of


def answer_query(reading: Reading, call: QueryCall, codec: Codec, creator: str | None = None) -> QueryAnswer:
    """Open a query inside a read view; its rows are read as they are asked for.

    With a `creator`, only what that account created is found.

    Raises MalformedQuery, MalformedInput, TooLarge at once; rows may raise TooLarge, and what reading raises.
    """
    model = reading.data_model()
    parsed = parse_query(call.text)
    in_sr = call.in_sr if call.in_sr is not None and call.in_sr.is_set else None
    parameters = call.parameters
    if in_sr is not None:
        source, target = in_sr, model.spatial_reference
        parameters = {name: carried(value, source, target) for name, value in parameters.items()}
    bound = check_query(parsed, model, parameters, in_sr=in_sr, provenance=call.provenance, creator=creator)
    out = model.spatial_reference
    if call.out_sr is not None and call.out_sr.is_set and not same(call.out_sr, out):
        out = call.out_sr
    carry = _Carry(model.spatial_reference, out, call.quantization)
    return QueryAnswer(
        columns=bound.columns,
        model_timestamp=model.timestamp,
        spatial_reference=out,
        grid=carry.grid,
        rows=rows_of(reading, bound, Restater(reading, model, codec)),
        carry=carry if carry.changes else None,
        formats=call.formats,
        warnings=call.warnings,
    )


def carried(value: ParameterValue, source: SpatialReference, target: SpatialReference) -> ParameterValue:
    """Bring the geometries of a parameter from one spatial reference to another. Raises MalformedInput."""
    if isinstance(value, Geometry):
        return project(value, source, target)
    if isinstance(value, tuple):
        return tuple(carried(one, source, target) for one in value)
    if isinstance(value, dict):
        return {name: carried(one, source, target) for name, one in value.items()}
    return value


class _Carry:
    """Bring stored geometries to where an answer wants them; what has no place there is None."""

    def __init__(self, source: SpatialReference, target: SpatialReference, wanted: Quantization | None) -> None:
        self._source, self._target, self._wanted = source, target, wanted
        self._projects = target is not source
        if self._projects:
            try:
                project(_PROBE, source, target)  # an unknown reference is told before any row
            except MalformedInput as error:
                raise MalformedInput(error.message.removeprefix("in_sr: "), place="out_sr") from None
        self.grid = default_grid(target)
        if wanted is not None:
            self.grid = _coarse(self.grid, wanted)

    @property
    def changes(self) -> bool:
        return self._projects or self._wanted is not None

    def __call__(self, geometry: Geometry) -> Geometry | None:
        if self._projects:
            try:
                geometry = project(geometry, self._source, self._target)
            except MalformedInput:
                return None
        if self._wanted is not None and self._wanted.thin:
            return _thinned(geometry, self.grid)
        return geometry


_PROBE = Geometry(GeometryKind.POINT, False, False, ())
# The fewest vertices a part of each kind can have.
_LEAST = {GeometryKind.POINT: 1, GeometryKind.MULTIPOINT: 1, GeometryKind.POLYLINE: 2, GeometryKind.POLYGON: 4}


def _coarse(grid: Grid, wanted: Quantization) -> Grid:
    x, y = wanted.origin or (grid.translate_x, grid.translate_y)
    return Grid(
        scale_x=wanted.tolerance,
        scale_y=wanted.tolerance,
        scale_z=grid.scale_z,
        scale_m=grid.scale_m,
        translate_x=x,
        translate_y=y,
        translate_z=grid.translate_z,
        translate_m=grid.translate_m,
    )


def _thinned(geometry: Geometry, grid: Grid) -> Geometry:
    """Drop vertices that fall on the same step as the one before; a part keeps at least its ends."""
    stride = geometry.stride
    parts = []
    for part in geometry.parts:
        kept: list[float] = []
        last: tuple[int, int] | None = None
        for k in range(0, len(part), stride):
            step = (
                round((part[k] - grid.translate_x) / grid.scale_x),
                round((part[k + 1] - grid.translate_y) / grid.scale_y),
            )
            if step != last:
                kept += part[k : k + stride]
                last = step
        parts.append(tuple(kept) if len(kept) // stride >= _LEAST.get(geometry.kind, 1) else part)
    return Geometry(geometry.kind, geometry.has_z, geometry.has_m, tuple(parts))
