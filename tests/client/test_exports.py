"""Into the tools people use and back: whatever a property holds, null included, comes back as it was."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kgsync.client import aio
from kgsync.client.aio import Replica
from kgsync.client.imports import import_file
from kgsync.errors import MalformedInput
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import Category, FieldType
from kgsync.wire.geojson import from_geojson, to_geojson
from tests.client.house import House
from tests.graphs import named_type

_GUID = UUID("01234567-89ab-4def-8123-456789abcdef")
_POINT = Geometry(GeometryKind.POINT, True, False, ((12.5, 41.9, 52.25),))
_VALUES: dict[str, tuple[FieldType, Any]] = {
    "text": (FieldType.STRING, 'Zoë <&> "quoted"'),
    "small": (FieldType.SMALL_INTEGER, -7),
    "whole": (FieldType.INTEGER, 2**31 - 1),
    "big": (FieldType.BIG_INTEGER, 2**53 - 1),
    "ratio": (FieldType.SINGLE, 0.5),
    "double": (FieldType.DOUBLE, 0.1),
    "day": (FieldType.DATE_ONLY, date(2020, 2, 29)),
    "clock": (FieldType.TIME_ONLY, time(23, 59, 59, 999_000)),
    "instant": (FieldType.DATE, datetime(2026, 11, 22, 12, 30, 15, 250_000, UTC)),
    "zoned": (FieldType.TIMESTAMP_OFFSET, datetime(2026, 1, 2, 3, 4, 5, 0, timezone(timedelta(hours=-5)))),
    "guid": (FieldType.GUID, _GUID),
    "blob": (FieldType.BLOB, b"\x00\xff"),
    "place": (FieldType.GEOMETRY, _POINT),
    "label": (FieldType.STRING, "a property of that name"),
}
_THING = named_type("Thing", Category.ENTITY, {name: kind for name, (kind, _) in _VALUES.items()})
_BESIDE = named_type("Beside", Category.RELATIONSHIP, {"since": FieldType.DATE_ONLY, "note": FieldType.STRING})


@pytest.fixture
async def things(home: House, tmp_path: Path) -> Any:
    """A replica of two things, one full and one of nothing but nulls, and what stands between them."""
    graph = home.graph(_THING, _BESIDE)
    async with await home.connect() as server:
        made = await Replica.create(server.service(graph.service.path), None, tmp_path / "things.kgr")
        full = made.edits.add("Thing", {name: value for name, (_, value) in _VALUES.items()})
        empty = made.edits.add("Thing")
        made.edits.relate("Beside", full, empty, {"since": date(1999, 12, 31)})
        await made.sync()
        yield made, full, empty
        made.close()


async def _empty(home: House, server: aio.Server, path: Path) -> Replica:
    graph = home.graph(_THING, _BESIDE)
    return await Replica.create(server.service(graph.service.path), None, path)


def _plainly(replica: Replica, id: UUID) -> dict[str, Any]:
    found = replica.get(id)
    assert found is not None
    return {name: value for name, value in found.properties.items() if name in _VALUES}


def _but_place(values: dict[str, Any]) -> dict[str, Any]:
    """Leave the geometry out: it lies on a grid, and not exactly where it was put."""
    return {name: value for name, value in values.items() if name != "place"}


@pytest.mark.parametrize("name", ["g.json", "g.graphml", "g.geojson"])
async def test_a_graph_comes_back_from_a_file(home: House, things: Any, tmp_path: Path, name: str) -> None:
    replica, full, empty = things
    assert replica.write(tmp_path / name) == 3
    async with await home.connect() as server:
        other = await _empty(home, server, tmp_path / "other.kgr")
        done = import_file(other, tmp_path / name)
        assert (done.entities, done.relationships) == (2, 1)
        assert {text.split(".")[1] for text in done.left_out} <= {"id", "globalid", "objectid"}
        await other.sync()
        assert _plainly(other, full) == _plainly(replica, full)
        assert _but_place(_plainly(other, full)) == _but_place({n: v for n, (_, v) in _VALUES.items()})
        assert _plainly(other, empty) == dict.fromkeys(_VALUES)
        ((link, _),) = other.neighbours(full)
        assert (link["since"], link["note"]) == (date(1999, 12, 31), None)
        other.close()


async def test_networkx_has_ids_labels_and_values(things: Any) -> None:
    replica, full, empty = things
    graph = replica.to_networkx()
    assert (graph.is_multigraph(), graph.is_directed(), len(graph), graph.size()) == (True, True, 2, 1)
    node = graph.nodes[str(full)]
    assert (node["label"], node["label_"], node["instant"]) == ("Thing", *(_VALUES[n][1] for n in ("label", "instant")))
    ((origin, destination, key),) = graph.edges(keys=True)
    assert (origin, destination, graph.edges[origin, destination, key]["label"]) == (str(full), str(empty), "Beside")


async def test_arrow_and_pandas_keep_nulls_and_kinds_apart(things: Any) -> None:
    replica, full, _ = things
    table = replica.to_arrow("Thing")
    rows = {row["id"]: row for row in table.to_pylist()}
    row = rows.pop(str(full))
    for name in ("text", "small", "whole", "big", "ratio", "double", "day", "clock", "blob", "instant"):
        assert row[name] == _VALUES[name][1], name
    assert (row["guid"], row["zoned"]) == (str(_GUID), "2026-01-02T03:04:05.000-05:00")
    (nulls,) = rows.values()
    assert all(nulls[name] is None for name in _VALUES)
    frame = replica.to_pandas("Thing")
    assert str(frame["whole"].dtype) == "int32[pyarrow]", "a null makes no float of a whole number"
    assert int(frame["whole"].isna().sum()) == 1
    links = replica.to_pandas("Beside")
    assert links["origin"].tolist() == [str(full)]


async def test_geopandas_knows_the_place_and_its_system(things: Any, tmp_path: Path) -> None:
    import geopandas

    replica, full, _ = things
    frame = replica.to_geopandas("Thing")
    assert frame.crs.to_epsg() == 4326
    shape = frame[frame["id"] == str(full)].geometry.iloc[0]
    assert (shape.x, shape.y, shape.z) == pytest.approx((12.5, 41.9, 52.25), abs=1e-6)
    assert replica.write(tmp_path / "t.parquet", "Thing") == 2
    assert replica.write(tmp_path / "t.gpkg") == 2
    for read, name in ((geopandas.read_parquet, "t.parquet"), (geopandas.read_file, "t.gpkg")):
        again = read(tmp_path / name)
        assert again.crs.to_epsg() == 4326
        assert sorted(again["text"].dropna()) == [_VALUES["text"][1]]
        assert again.geometry.notna().sum() == 1


async def test_geoparquet_comes_back(home: House, things: Any, tmp_path: Path) -> None:
    replica, full, empty = things
    replica.write(tmp_path / "t.parquet", "Thing")
    async with await home.connect() as server:
        other = await _empty(home, server, tmp_path / "other.kgr")
        assert import_file(other, tmp_path / "t.parquet", type_name="Thing").entities == 2
        await other.sync()
        assert _plainly(other, full) == _plainly(replica, full)
        assert _plainly(other, empty) == dict.fromkeys(_VALUES)
        other.close()


async def test_what_cannot_be_written_or_read_is_told(home: House, things: Any, tmp_path: Path) -> None:
    replica, *_ = things
    with pytest.raises(MalformedInput, match="no geometry"):
        replica.to_geopandas("Beside")
    with pytest.raises(MalformedInput, match=r"should end with"):
        replica.write(tmp_path / "x.doc")
    for name, content, told in (
        ("a.json", "{", "not JSON"),
        ("a.json", "[]", "not a JSON object"),
        ("a.geojson", '{"features": [3]}', r"features\[0\]"),
        ("a.geojson", '{"features": [{"properties": {"label": "Robot"}}]}', "no type 'Robot'"),
        ("a.graphml", "<x", "not GraphML"),
        ("a.csv", "a,b\n", "origin and destination"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(MalformedInput, match=told):
            import_file(replica, tmp_path / name)
    assert replica.pending == []


@pytest.mark.parametrize(
    "given",
    [
        {"type": "Point", "coordinates": [1.0, 2.0]},
        {"type": "MultiPoint", "coordinates": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]},
        {"type": "LineString", "coordinates": [[0.0, 0.0], [1.0, 1.0]]},
        {"type": "MultiLineString", "coordinates": [[[0.0, 0.0], [1.0, 1.0]], [[5.0, 5.0], [6.0, 5.0]]]},
        {
            "type": "Polygon",
            "coordinates": [
                [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]],
                [[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0], [1.0, 1.0]],
            ],
        },
        {
            "type": "MultiPolygon",
            "coordinates": [
                [
                    [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]],
                    [[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0], [1.0, 1.0]],
                ],
                [[[20.0, 0.0], [29.0, 0.0], [29.0, 9.0], [20.0, 9.0], [20.0, 0.0]]],
            ],
        },
    ],
    ids=lambda given: given["type"],
)
def test_geometry_is_geojson_and_back(given: dict[str, Any]) -> None:
    made = from_geojson(given)
    assert made is not None
    assert to_geojson(made) == given
    assert json.dumps(to_geojson(made))
