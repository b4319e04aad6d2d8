"""Geometries from well-known text, for tests of space."""

from __future__ import annotations

from kgsync.filters.shapes import from_wkt
from kgsync.model.geometry import Geometry, SpatialReference

WEB_MERCATOR = SpatialReference(wkid=102100, latest_wkid=3857)
ANTARCTIC = SpatialReference(wkid=3031)
UTM_33 = SpatialReference(wkid=32633)
PACIFIC = SpatialReference(wkid=3832)  # a Mercator map around 150° E
NAD_83 = SpatialReference(wkid=4269)
UNKNOWN = SpatialReference(wkid=999_999)


def wkt(text: str) -> Geometry:
    geometry = from_wkt(text)
    assert geometry is not None, text
    return geometry


def box(west: float, south: float, east: float, north: float) -> str:
    return f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
