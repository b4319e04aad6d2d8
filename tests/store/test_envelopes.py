"""Spatial conditions: envelopes make the first cut, and never lose what the shapes would find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from kgsync.filters.check import check
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import DataModel
from kgsync.store.predicates import lower
from kgsync.store.tables import object_
from tests.backends import BACKENDS
from tests.store.things import MODEL, THING, id_of, rows_of, table_of


def _square(west: float, south: float, width: float) -> Geometry:
    east, north = west + width, south + width
    ring = (west, south, west, north, east, north, east, south, west, south)
    return Geometry(GeometryKind.POLYGON, False, False, (ring,))


def _point(x: float, y: float) -> Geometry:
    return Geometry(GeometryKind.POINT, False, False, ((x, y),))


SPATIAL = (
    "esri.graph.ST_Intersects(n.shape, $area)",
    "esri.graph.ST_Intersects($area, n.shape) AND n.age > 1",
    "esri.graph.ST_Contains($area, n.shape) OR n.age = 1",
    "NOT esri.graph.ST_Intersects(n.shape, $area)",
    "esri.graph.ST_Equals(n.shape, esri.graph.ST_WKTToGeometry('POINT (1 1)'))",
    "esri.graph.ST_GeoDistance(n.shape, $area) < 200000",
    "200000.0 >= esri.graph.ST_GeoDistance($area, n.shape)",
    "NOT esri.graph.ST_GeoDistance(n.shape, $area) >= 200000",
    "esri.graph.ST_GeoDistance(n.shape, $area) > 200000",
    "esri.graph.ST_GeoDistance(n.shape, $area) < -1",
    "esri.graph.ST_Intersects(n.area, $area)",
    "esri.graph.ST_Intersects(n.shape, n.area)",
    "esri.graph.ST_Intersects(n.shape, esri.graph.ST_WKTToGeometry('nothing'))",
)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_near_is_cut_by_envelopes(backend: str, tmp_path: Path) -> None:
    points = [_point(x, y) for x in (-180.0, -179.5, 0.0, 1.0, 179.9) for y in (-90.0, 0.0, 1.0, 89.9)]
    rows = rows_of(shape=[*points, None, (points[0],)], area=(None, _square(0.0, 0.0, 2.0)), age=(1, 2, 3))
    with table_of(backend, tmp_path, rows) as table:
        for area in (_square(0.0, 0.0, 1.5), _square(179.0, -1.0, 1.5), _square(-5.0, 88.0, 2.0)):
            for text in SPATIAL:
                table.agrees(text, {"area": area} if "$area" in text else {})
        assert table.agrees("n.shape IS NULL").exact
        assert table.agrees("n.shape IS NOT NULL AND NOT n.area IS NOT NULL").exact is False


@pytest.mark.parametrize("backend", BACKENDS)
def test_shapes_that_reach_over_one_edge_are_found(backend: str, tmp_path: Path) -> None:
    """Each of them begins or ends outside: none would be found by one corner of its envelope."""
    reaching = [_square(x, y, 2.0) for x in (-1.0, 1.0, 3.0) for y in (-1.0, 1.0, 3.0)]
    apart = [_square(x, y, 1.0) for x, y in ((-3.0, 1.0), (5.0, 1.0), (1.0, -3.0), (1.0, 5.0))]
    with table_of(backend, tmp_path, rows_of(shape=[*reaching, *apart, _square(-9.0, -9.0, 30.0)])) as table:
        area = {"area": _square(0.0, 0.0, 4.0)}
        found = table.agrees("esri.graph.ST_Intersects(n.shape, $area)", area)
        assert found.verdicts.count(True) == len(reaching) + 1
        table.agrees("NOT esri.graph.ST_Intersects(n.shape, $area)", area)


def test_an_envelope_is_searched_by_its_index(tmp_path: Path) -> None:
    with table_of("sqlite", tmp_path, rows_of(shape=[_point(float(k), 0.0) for k in range(90)])) as table:
        clause = check("esri.graph.ST_Intersects(n.shape, $area)", MODEL, THING, {"area": _square(5.0, -1.0, 2.0)})
        lowered = lower(clause, object_.c, THING)
        assert lowered.sql is not None
        query = select(object_.c.id).where(object_.c.svc == table.svc, object_.c.type == THING.id, lowered.sql)
        assert len(table.connection.execute(query).all()) == 3


def test_envelopes_of_a_geometry_that_left_are_not_believed(tmp_path: Path) -> None:
    """Versions from before a property left are kept with its envelope; the next geometry lies elsewhere."""
    rows = rows_of(shape=[_point(100.0, 50.0)], area=[_square(0.0, 0.0, 2.0)])
    after = replace(
        THING, properties=tuple(p for p in THING.properties if p.name != "shape"), shape=2, envelope_since=2
    )
    model = DataModel(types=(after,), version=2)
    clause = check("esri.graph.ST_Intersects(n.area, $area)", model, after, {"area": _square(1.0, 1.0, 1.0)})
    with table_of("sqlite", tmp_path, rows) as table:
        for named_type, found in ((after, {id_of(1)}), (replace(after, envelope_since=0), set())):
            sql = lower(clause, object_.c, named_type).sql
            assert sql is not None
            query = select(object_.c.id).where(object_.c.origin.is_(None), sql)
            assert set(table.connection.execute(query).scalars()) & {id_of(1)} == found
