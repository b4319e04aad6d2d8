"""The spatial functions (esri.graph.ST_*)."""

from __future__ import annotations

from kgsync.filters.kinds import Work


def st_equals(_work: Work, left: object, right: object) -> object:
    return None


def st_intersects(_work: Work, left: object, right: object) -> object:
    return None


def st_contains(_work: Work, left: object, right: object) -> object:
    return None


def st_geodistance(_work: Work, left: object, right: object) -> object:
    return None


def st_wkttogeometry(_work: Work, text: object) -> object:
    return None


def prepare(work: Work, geometry: object) -> None:
    pass
