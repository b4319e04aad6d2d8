"""Replicas as GeoPackages: GDAL reads them, and changes go both ways in them."""

from __future__ import annotations

import json
import sqlite3
import struct
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import geopandas
import pyogrio
import pytest

from kgsync.model.edits import Op
from kgsync.server.clock import wall_clock
from kgsync.server.feature_loading import load_features
from kgsync.server.feature_sources import FeatureFile
from kgsync.wire.esrijson.definition import read_definition
from tests.graphs import CODEC, Graph, add, change, entity, gone
from tests.server.features.conftest import Layers, point
from tests.server.features.files import airports, write
from tests.server.features.replicas import Client, braced
from tests.server.features.test_attachments import DEFINITION, PHOTO, attach, number_of
from tests.server.features.test_publishing import asked_of, published

ALL = {"0": {"queryOption": "all"}, "1": {"queryOption": "all"}}


async def package(client: Client, told: dict[str, Any], path: Path) -> Path:
    assert told["URL"].endswith(".gpkg")
    async with client.layers.session.get(told["URL"]) as response:
        assert response.content_type == "application/geopackage+sqlite3"
        path.write_bytes(await response.read())
    return path


async def created(client: Client, path: Path, layers: str = "0,1", **parameters: Any) -> tuple[dict[str, Any], Path]:
    asked = {"layers": layers, "layerQueries": ALL, "dataFormat": "sqlite", **parameters}
    told = await client.answer("/createReplica", **asked)
    return told, await package(client, told, path)


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


async def test_gdal_reads_a_replica_with_ids_and_reference(layers: Layers, tmp_path: Path) -> None:
    told, path = await created(Client(layers), tmp_path / "r.gpkg")
    assert sorted(pyogrio.list_layers(path)[:, 0]) == ["Airline", "Airport"]
    frame = geopandas.read_file(path, layer="Airport", fid_as_index=True)
    assert (len(frame), frame.crs.to_epsg()) == (5, 4326)
    shown = await layers.ask("/0/query", outFields="*", where="name = 'Bern'")
    bern = shown["features"][0]
    mine = frame[frame.name == "Bern"].iloc[0]
    assert (mine.name, mine.GlobalID) == (bern["attributes"]["OBJECTID"], bern["attributes"]["GlobalID"])
    assert (mine.geometry.x, mine.geometry.y) == (7.5, 46.91)
    assert mine.opened.timestamp() * 1000 == bern["attributes"]["opened"]
    assert frame[frame["name"] == "Nowhere"].iloc[0].geometry is None
    assert rows(path, "PRAGMA application_id")[0][0] == 0x47504B47
    facts = dict(rows(path, "SELECT key, value FROM sync_replica"))
    assert (facts["replicaID"], facts["replicaServerGen"]) == (told["replicaID"], str(told["replicaServerGen"]))


@pytest.mark.parametrize("wkid", [3857, 2056])
async def test_the_reference_asked_for_is_in_the_file(layers: Layers, tmp_path: Path, wkid: int) -> None:
    _, path = await created(Client(layers), tmp_path / "r.gpkg", replicaSR=str(wkid))
    frame = geopandas.read_file(path, layer="Airport")
    assert frame.crs.to_epsg() == wkid
    back = frame.to_crs(4326)
    assert back[back["name"] == "Bern"].geometry.iloc[0].x == pytest.approx(7.5, abs=1e-6)


async def test_what_people_have_comes_back_as_it_was(layers: Layers, tmp_path: Path) -> None:
    frame = airports()
    file = FeatureFile(write(frame, tmp_path / "airports.gpkg"))
    service = published(layers.home, file.definition)
    load_features(layers.home.store, service, file, CODEC, wall_clock, uuid4)
    client = Client(asked_of(layers, service))
    _, path = await created(client, tmp_path / "r.gpkg", "0", syncModel="none")
    back = geopandas.read_file(path)
    assert len(back) == len(frame)
    both = frame.merge(back, on="GlobalID", suffixes=("", "_back"))
    assert len(both) == len(frame)
    assert (both.name == both.name_back).all()
    assert (both.elevation - both.elevation_back).abs().max() == 0
    for axis in ("x", "y"):
        apart = getattr(both.geometry, axis) - getattr(both.geometry_back, axis)
        assert apart.abs().max() < 1e-8


async def test_changes_come_down_in_a_file(layers: Layers, tmp_path: Path) -> None:
    client = Client(layers)
    told, _ = await created(client, tmp_path / "r.gpkg")
    graph = layers.graph
    graph.apply(entity(Op.UPDATE, "Airport", change(3, runways=2)), entity(Op.DELETE, "Airport", gone(2)))
    graph.apply(entity(Op.ADD, "Airport", add(9, name="Lugano", shape=point(8.9, 46.0))))
    asked = {"replicaID": told["replicaID"], "replicaServerGen": told["replicaServerGen"], "dataFormat": "sqlite"}
    answer = await client.answer("/synchronizeReplica", **asked)
    path = await package(client, answer, tmp_path / "d.gpkg")
    changes = rows(path, "SELECT layer_id, op FROM sync_changes ORDER BY op")
    assert changes == [(0, "add"), (0, "delete"), (0, "update")]
    names = rows(path, "SELECT t.name, c.op FROM Airport t JOIN sync_changes c ON c.global_id = t.GlobalID ORDER BY 1")
    assert names == [("Bern", "update"), ("Lugano", "add")]
    assert len(geopandas.read_file(path, layer="Airport")) == 2


async def upload(layers: Layers, path: Path) -> str:
    form = aiohttp.FormData({"f": "json", "filename": path.name, "overwrite": "true"})
    form.add_field("file", path.read_bytes(), filename=path.name)
    headers = {"X-Esri-Authorization": f"Bearer {layers.token}"}
    async with layers.session.post(f"{layers.url}/uploads/upload", data=form, headers=headers) as response:
        told = await response.json()
    assert told["success"], told
    return str(told["item"]["itemID"])


def edited(source: Path, target: Path, *statements: tuple[str, tuple[Any, ...]]) -> Path:
    """Edit a copy of a replica as a program without a server would, noting what became of each row."""
    target.write_bytes(source.read_bytes())
    with closing(sqlite3.connect(target)) as connection, connection:
        for statement, values in statements:
            connection.execute(statement, values)
    return target


async def test_changes_go_up_in_a_file_and_once(layers: Layers, tmp_path: Path) -> None:
    client = Client(layers)
    told, path = await created(client, tmp_path / "r.gpkg")
    (bern,) = rows(path, "SELECT GlobalID FROM Airport WHERE name = 'Bern'")
    (geneve,) = rows(path, "SELECT GlobalID FROM Airport WHERE name = 'Genève'")
    mine, shape = braced(), struct.pack("<2sBBi", b"GP", 0, 1, 4326) + struct.pack("<BIdd", 1, 1, 7.3, 46.2)
    note = "INSERT INTO sync_changes VALUES (0, ?, ?)"
    changed = edited(
        path,
        tmp_path / "c.gpkg",
        ("UPDATE Airport SET runways = 9, opened = '2001-02-03T04:05:06Z' WHERE GlobalID = ?", bern),
        ("INSERT INTO Airport (GlobalID, name, SHAPE) VALUES (?, 'Sion', ?)", (mine, shape)),
        ("DELETE FROM Airport WHERE GlobalID = ?", geneve),
        (note, (bern[0], "update")),
        (note, (mine, "add")),
        (note, (geneve[0], "delete")),
    )
    item = await upload(layers, changed)
    asked = {
        "replicaID": told["replicaID"],
        "replicaServerGen": told["replicaServerGen"],
        "editsUploadId": item,
        "editsUploadFormat": "sqlite",
    }
    for _ in range(2):
        answer = await client.answer("/synchronizeReplica", **asked)
        assert "results" not in answer
    fresh = await client.create(layerQueries=ALL)
    assert fresh.named() == ["Bern", "Nowhere", "O'Hare", "Sion", "Zürich"]
    here = next(each for each in fresh.layers[0].values() if each["attributes"]["name"] == "Bern")["attributes"]
    assert (here["runways"], here["opened"]) == (9, 981_173_106_000)
    sion = fresh.layers[0][mine]
    assert sion["geometry"] == {"x": 7.3, "y": 46.2}


async def test_photos_are_in_the_file_and_come_back_in_one(layers: Layers, tmp_path: Path) -> None:
    service = published(layers.home, read_definition(DEFINITION))
    layers.url = f"{layers.home.http}/server/rest/services/{service.path}/FeatureServer"
    layers.graph = Graph(layers.home.store, service, wall_clock())
    client = Client(layers)
    features = json.dumps([{"attributes": {"name": "oak"}, "geometry": {"x": 1, "y": 1}}])
    await layers.ask("/0/addFeatures", post=True, features=features)
    await attach(layers, await number_of(layers, "oak"))
    told, path = await created(client, tmp_path / "r.gpkg", returnAttachments="true")
    assert rows(path, "SELECT ATT_NAME, DATA FROM Tree__ATTACH") == [("leaf.png", PHOTO)]
    (tree,) = rows(path, "SELECT GlobalID FROM Tree")
    mine = braced()
    changed = edited(
        path,
        tmp_path / "c.gpkg",
        ("CREATE TABLE sync_attachment_changes (layer_id, global_id, op)", ()),
        ("INSERT INTO sync_attachment_changes VALUES (0, ?, 'add')", (mine,)),
        ("INSERT INTO Tree__ATTACH VALUES (99, ?, ?, 'image/jpeg', 'bark.jpg', 4, X'01020304')", (mine, *tree)),
    )
    asked = {"replicaID": told["replicaID"], "replicaServerGen": told["replicaServerGen"]}
    await client.answer("/synchronizeReplica", **asked, editsUploadId=await upload(layers, changed))
    fresh = await client.create(layerQueries=ALL, returnAttachments="true", returnAttachmentsDataByUrl="false")
    assert {each["name"]: each["data"] for each in fresh.attachments[0].values()}["bark.jpg"] == "AQIDBA=="


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(100)])
async def test_a_file_that_is_none_is_refused(layers: Layers, tmp_path: Path, content: bytes) -> None:
    copy = await Client(layers).create(layerQueries={"0": ALL["0"]})
    (tmp_path / "x.gpkg").write_bytes(content)
    item = await upload(layers, tmp_path / "x.gpkg")
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen), "editsUploadId": item}
    for form in ("sqlite", ""):
        error = (await layers.ask("/synchronizeReplica", post=True, **asked, editsUploadFormat=form))["error"]
        assert error["code"] == 400, error


async def test_a_file_in_parts_is_joined_in_the_order_of_its_numbers(layers: Layers, tmp_path: Path) -> None:
    client = Client(layers)
    copy = await client.create(layerQueries={"0": ALL["0"]})
    feature = {"attributes": {"GlobalID": braced(), "name": "Sion"}}
    text = json.dumps([{"id": 0, "features": {"adds": [feature]}}]).encode()
    registered = await layers.ask("/uploads/register", post=True, itemName="edits.json")
    item = registered["item"]["itemID"]
    assert item.startswith("i")
    headers = {"X-Esri-Authorization": f"Bearer {layers.token}"}
    pieces = [text[k : k + 10] for k in range(0, len(text), 10)]
    for number in reversed(range(len(pieces))):
        form = aiohttp.FormData({"f": "json", "partId": str(number + 1)})
        form.add_field("file", pieces[number], filename=f"split.part{number + 1}")
        async with layers.session.post(
            f"{layers.url}/uploads/{item}/uploadPart", data=form, headers=headers
        ) as response:
            assert (await response.json())["success"]
    parts = (await layers.ask(f"/uploads/{item}/parts"))["parts"]
    assert parts == [str(k + 1) for k in range(len(pieces))]
    error = (await layers.ask(f"/uploads/{item}/commit", post=True, parts="1,99"))["error"]
    assert "parts" in error["message"]
    assert (await layers.ask(f"/uploads/{item}/commit", post=True, parts=",".join(parts)))["success"]
    assert (await layers.ask(f"/uploads/{item}"))["committed"]
    await client.sync(copy, editsUploadId=json.dumps({"itemID": item}), editsUploadFormat="json", edits="[]")
    assert "Sion" in (await client.create(layerQueries={"0": ALL["0"]})).named()
    assert (await layers.ask(f"/uploads/{item}/delete", post=True)) == {"success": True}
    assert (await layers.refused(f"/uploads/{item}"))[0] == 404


async def test_a_file_of_another_reference_is_carried_over(layers: Layers, tmp_path: Path) -> None:
    client = Client(layers)
    told, path = await created(client, tmp_path / "r.gpkg", replicaSR="102013")  # a number of Esri's
    (bern,) = rows(path, "SELECT GlobalID FROM Airport WHERE name = 'Bern'")
    note = ("INSERT INTO sync_changes VALUES (0, ?, 'update')", bern)
    item = await upload(layers, edited(path, tmp_path / "c.gpkg", note))
    asked = {"replicaID": told["replicaID"], "replicaServerGen": told["replicaServerGen"], "editsUploadId": item}
    await client.answer("/synchronizeReplica", **asked)
    fresh = await client.create(layerQueries=ALL)
    place = fresh.layers[0][bern[0]]["geometry"]
    assert (place["x"], place["y"]) == pytest.approx((7.5, 46.91), abs=1e-6)


COUNTING = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n LIMIT 90000000) SELECT 0, k, 'delete' FROM n"
HOSTILE = {
    "a view in place of changes": [
        "DROP TABLE sync_changes",
        f"CREATE VIEW sync_changes(layer_id, global_id, op) AS {COUNTING}",
    ],
    "a view in place of a layer": [
        "DROP TABLE Airport",
        "CREATE VIEW Airport AS SELECT global_id AS GlobalID, zeroblob(9000000) AS name FROM sync_changes",
    ],
    "changes without layers": ["DROP TABLE sync_changes", "CREATE TABLE sync_changes (global_id, op)"],
    "no text": ["UPDATE sync_changes SET layer_id = CAST(X'FF' AS TEXT)"],
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_file_that_means_harm_is_refused_at_once(layers: Layers, tmp_path: Path, what: str) -> None:
    client = Client(layers)
    told, path = await created(client, tmp_path / "r.gpkg")
    note = ("INSERT INTO sync_changes VALUES (0, '{00000000-0000-0000-0000-000000000001}', 'add')", ())
    hostile = edited(path, tmp_path / "c.gpkg", note, *((statement, ()) for statement in HOSTILE[what]))
    asked = {"replicaID": told["replicaID"], "replicaServerGen": str(told["replicaServerGen"])}
    asked["editsUploadId"] = await upload(layers, hostile)
    begun = time.monotonic()
    error = (await layers.ask("/synchronizeReplica", post=True, **asked))["error"]
    assert (error["code"], time.monotonic() - begun < 5) == (400, True), error


async def test_names_a_file_has_for_itself_are_taken_by_layers(layers: Layers, tmp_path: Path) -> None:
    text = "esriFieldTypeString"
    fields = [{"name": name, "type": text} for name in ("name", "Name", "shape_")]
    tables = [{"name": name, "fields": fields} for name in ("sync_layers", "gpkg_contents", "a__ATTACH", "A.b", "a_b")]
    tree = {"name": "a", "geometryType": "esriGeometryPoint", "fields": fields, "hasAttachments": True}
    service = published(layers.home, read_definition({"layers": [tree], "tables": tables}))
    client = Client(asked_of(layers, service))
    every = {str(number): {"queryOption": "all"} for number in range(6)}
    for number in range(6):
        feature = {"attributes": {"name": "low", "Name": "High"}}
        await layers.ask(f"/{number}/addFeatures", post=True, features=json.dumps([feature]))
    asked = {"layerQueries": every, "returnAttachments": "true"}
    told, path = await created(client, tmp_path / "r.gpkg", "0,1,2,3,4,5", **asked)
    tables_of = dict(rows(path, "SELECT id, table_name FROM sync_layers"))
    assert len({name.casefold() for name in tables_of.values()}) == 6
    (id, low, high) = rows(path, f'SELECT GlobalID, name, Name_1 FROM "{tables_of[1]}"')[0]
    assert (low, high) == ("low", "High")
    change = (f'UPDATE "{tables_of[1]}" SET Name_1 = ?', ("Higher",))
    note = ("INSERT INTO sync_changes VALUES (1, ?, 'update')", (id,))
    item = await upload(layers, edited(path, tmp_path / "c.gpkg", change, note))
    asked = {"replicaID": told["replicaID"], "replicaServerGen": str(told["replicaServerGen"]), "editsUploadId": item}
    await client.answer("/synchronizeReplica", **asked)
    (found,) = (await layers.ask("/1/query", where="1=1", outFields="*"))["features"]
    assert (found["attributes"]["name"], found["attributes"]["Name"]) == ("low", "Higher")
