"""Geometry as plain coordinates, spatial references, and the integer grid they travel on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class GeometryKind(IntEnum):
    """Number the kinds as EsriTypes.proto does."""

    POINT = 0
    MULTIPOINT = 1
    POLYLINE = 2
    POLYGON = 3
    MULTIPATCH = 4
    ENVELOPE = 5


@dataclass(frozen=True, slots=True)
class Geometry:
    """Real coordinates: each part is flat x, y[, z][, m] per vertex; rings are closed, outer clockwise."""

    kind: GeometryKind
    has_z: bool
    has_m: bool
    parts: tuple[tuple[float, ...], ...]

    @property
    def stride(self) -> int:
        return 2 + self.has_z + self.has_m

    def envelope(self) -> tuple[float, float, float, float]:
        """Bound the geometry: min x, min y, max x, max y, in its own units."""
        if self.kind is GeometryKind.POINT:
            x, y = self.parts[0][:2]
            return x, y, x, y
        xs = [x for part in self.parts for x in part[0 :: self.stride]]
        ys = [y for part in self.parts for y in part[1 :: self.stride]]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A transform: real = integer * scale + translate on every axis, no flip (EsriGraphTypes.proto)."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    scale_z: float = 1.0
    scale_m: float = 1.0
    translate_x: float = 0.0
    translate_y: float = 0.0
    translate_z: float = 0.0
    translate_m: float = 0.0


IDENTITY = Grid()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpatialReference:
    """A spatial reference as clients name it; wkid 0 and no wkt mean unset."""

    wkid: int = 0
    latest_wkid: int = 0
    vcs_wkid: int = 0
    latest_vcs_wkid: int = 0
    wkt: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.wkid or self.wkt)


WGS84 = SpatialReference(wkid=4326, latest_wkid=4326)

# Geographic systems of the EPSG range 4000-4999; anything else is taken as projected.
_GEOGRAPHIC = range(4000, 5000)


def default_grid(reference: SpatialReference) -> Grid:
    """Choose the storage grid: 1e-9 degrees from -400 for geographic systems, 0.1 mm for projected ones.

    Values of z and m lie on 1e-4 from -100,000 (the grid ArcGIS gives new data).
    """
    if reference.wkid in _GEOGRAPHIC or reference.wkt.lstrip().upper().startswith("GEOGCS"):
        scale, translate = 1e-9, -400.0
    else:
        scale, translate = 1e-4, -100_000_000.0
    return Grid(
        scale_x=scale,
        scale_y=scale,
        scale_z=1e-4,
        scale_m=1e-4,
        translate_x=translate,
        translate_y=translate,
        translate_z=-100_000.0,
        translate_m=-100_000.0,
    )
