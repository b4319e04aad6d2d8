"""Spatial references as pyproj knows them. pyproj is imported when first needed."""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Final, NamedTuple

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.geometry import SpatialReference

if TYPE_CHECKING:
    from pyproj import CRS, Geod, Transformer

# Numbers under which Web Mercator goes about; all mean EPSG:3857.
_ALIASES = {102100: 3857, 102113: 3857, 900913: 3857, 3785: 3857}
# Longer than any definition in the EPSG data set by far.
_MAX_WKT = 16_384
_CENTRAL_MERIDIANS = frozenset(
    (
        "Longitude of natural origin",
        "Longitude of false origin",
        "Longitude of origin",
        "Longitude of projection centre",
    )
)
_DEGREE: Final = 0.017453292519943295
LON_LAT: Final = SpatialReference(wkid=4326, latest_wkid=4326)


class Frame(NamedTuple):
    """What is asked of a spatial reference.

    `wraps`: x is a longitude in degrees, so that x and x + 360 are one place. `seam`: the longitude that
    a map in this projection begins with. `metres`: of one unit of x and y, roughly for degrees.
    """

    crs: CRS
    geographic: bool
    wraps: bool
    seam: float
    metres: float


def require() -> None:
    """Refuse work with geometry where its libraries are not installed. Raises NotSupported."""
    if importlib.util.find_spec("shapely") is None or importlib.util.find_spec("pyproj") is None:
        raise NotSupported("geometry in where-clauses needs shapely and pyproj: install kgsync[server]")


def number(reference: SpatialReference) -> int:
    """Give the number a reference goes by; 0 when it has only text."""
    wkid = reference.latest_wkid or reference.wkid
    return _ALIASES.get(wkid, wkid)


def same(one: SpatialReference, other: SpatialReference) -> bool:
    if number(one) or number(other):
        return number(one) == number(other)
    return one.wkt.strip() == other.wkt.strip()


def frame(reference: SpatialReference) -> Frame:
    """Look a reference up. Raises MalformedInput at place "in_sr" for one that is not known."""
    found = _frame(reference)
    if found is None:
        known_as = f"wkid {number(reference)}" if number(reference) else "its well-known text"
        raise MalformedInput(f"no geographic or projected spatial reference is known by {known_as}", place="in_sr")
    return found


@functools.lru_cache(maxsize=256)
def _frame(reference: SpatialReference) -> Frame | None:
    found = _crs(reference)
    if found is None:
        return None
    crs = found.to_2d()
    unit = crs.axis_info[0].unit_conversion_factor
    wraps = crs.is_geographic and abs(unit - _DEGREE) < 1e-12
    central = 0.0
    if crs.coordinate_operation is not None:
        for parameter in crs.coordinate_operation.params:
            if parameter.name in _CENTRAL_MERIDIANS:
                central = float(parameter.value) * parameter.unit_conversion_factor / _DEGREE
    metres = 6_371_000 * unit if crs.is_geographic else unit
    return Frame(crs, crs.is_geographic, wraps, central - 180.0, metres)


def _crs(reference: SpatialReference) -> CRS | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    wkid = number(reference)
    attempts = [f"EPSG:{wkid}", f"ESRI:{wkid}"] if wkid else [reference.wkt]
    if wkid != _ALIASES.get(reference.wkid, reference.wkid) and reference.wkid:
        attempts += [f"EPSG:{reference.wkid}", f"ESRI:{reference.wkid}"]
    for text in attempts:
        if len(text) > _MAX_WKT:
            break
        try:
            crs = CRS.from_wkt(text) if not wkid else CRS.from_user_input(text)
        except CRSError:
            continue
        if crs.is_geographic or crs.is_projected:
            return crs
    return None


@functools.lru_cache(maxsize=64)
def transformer(source: SpatialReference, target: SpatialReference) -> Transformer:
    """Build the transformation from x, y (longitude first) to x, y. Raises MalformedInput where there is none."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    try:
        return Transformer.from_crs(frame(source).crs, frame(target).crs, always_xy=True)
    except ProjError:
        told = f"there is no way from the spatial reference {number(source)} to {number(target)}"
        raise MalformedInput(told, place="in_sr") from None


@functools.lru_cache(maxsize=64)
def ellipsoid(reference: SpatialReference) -> Geod:
    """Give the ellipsoid distances are measured on: the own one where x is a longitude, else WGS 84's."""
    from pyproj import Geod

    found = frame(reference).crs.get_geod() if frame(reference).wraps else None
    return found or Geod(ellps="WGS84")


def wraps(reference: SpatialReference) -> bool:
    """Say whether x is a longitude in degrees; of an unknown reference, no."""
    found = _frame(reference)
    return found is not None and found.wraps


@functools.lru_cache(maxsize=64)
def definition_text(reference: SpatialReference) -> tuple[str, str]:
    """Give a reference's name and its definition as well-known text. Raises MalformedInput for an unknown one."""
    crs = frame(reference).crs
    return crs.name, crs.to_wkt()
