"""Exports in the forms other programs have, as those programs read them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas
import pyogrio
import pytest

from kgsync.server.clock import wall_clock
from kgsync.server.feature_loading import load_features
from kgsync.server.feature_sources import FeatureFile
from kgsync.wire.esrijson.definition import read_definition
from tests.graphs import CODEC
from tests.server.features.conftest import Layers
from tests.server.features.files import airports, write
from tests.server.features.replicas import Client
from tests.server.features.test_publishing import asked_of, published

ALL = {"0": {"queryOption": "all"}, "1": {"queryOption": "all"}}
WHERE = {"filegdb": "layers.gdb", "shapefile": "Airport.shp", "geojson": "Airport.geojson", "flatgeobuf": "Airport.fgb"}


async def exported(layers: Layers, path: Path, form: str, wanted: str = "0,1", **more: Any) -> Path:
    asked = {"layers": wanted, "layerQueries": ALL, "syncModel": "none", "dataFormat": form} | more
    told = await Client(layers).answer("/createReplica", **asked)
    assert told["URL"].endswith(".zip")
    async with layers.session.get(told["URL"]) as response:
        zipfile.ZipFile(io.BytesIO(await response.read())).extractall(path)
    return path


@pytest.mark.parametrize("form", sorted(WHERE))
async def test_gdal_reads_an_export_with_its_reference(layers: Layers, tmp_path: Path, form: str) -> None:
    path = await exported(layers, tmp_path, form) / WHERE[form]
    frame = geopandas.read_file(path, layer="Airport") if form == "filegdb" else geopandas.read_file(path)
    assert (len(frame), frame.crs.to_epsg()) == (5, 4326)
    by_name = frame.set_index("name")
    assert (by_name.geometry["Bern"].x, by_name.geometry["Bern"].y) == pytest.approx((7.5, 46.91), abs=1e-10)
    assert by_name.geometry["Nowhere"] is None
    assert by_name["runways"]["O'Hare"] == 8
    assert by_name["runways"].isna()["Nowhere"], "null stays null"
    number = "OBJECTID" if form == "geojson" else "SOURCE_OID"
    assert sorted(by_name[number]) == [1, 2, 3, 4, 5]
    if form == "filegdb":
        assert sorted(pyogrio.list_layers(path)[:, 0]) == ["Airline", "Airport"]


async def test_an_export_is_in_the_reference_asked_for(layers: Layers, tmp_path: Path) -> None:
    path = await exported(layers, tmp_path, "flatgeobuf", "0", replicaSR="2056")
    frame = geopandas.read_file(path / "Airport.fgb")
    assert frame.crs.to_epsg() == 2056
    assert frame.set_index("name").geometry["Bern"].x == pytest.approx(2_604_000, abs=10_000)


async def test_a_table_of_text_has_the_points_in_columns(layers: Layers, tmp_path: Path) -> None:
    path = await exported(layers, tmp_path, "csv")
    with (path / "Airport.csv").open(newline="", encoding="utf-8") as source:
        rows = {row["name"]: row for row in csv.DictReader(source)}
    assert (rows["Bern"]["x"], rows["Bern"]["y"], rows["Nowhere"]["x"]) == ("7.5", "46.91", "")
    assert rows["Zürich"]["opened"].startswith("1948-01-01")
    assert (path / "Airline.csv").exists()


async def test_layers_of_many_pages_are_whole(layers: Layers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kgsync.server import feature_exports

    frame = airports()
    file = FeatureFile(write(frame, tmp_path / "airports.gpkg"))
    service = published(layers.home, file.definition)
    load_features(layers.home.store, service, file, CODEC, wall_clock, uuid4)
    asked_of(layers, service)
    monkeypatch.setattr(feature_exports, "_PAGE", 7)
    for form, name in (("filegdb", "layers.gdb"), ("shapefile", "airports.shp")):
        path = await exported(layers, tmp_path / form, form, "0")
        back = geopandas.read_file(path / name)
        assert sorted(back.icao) == sorted(frame.icao)


async def test_forms_without_a_place_for_generations_are_for_exports_alone(layers: Layers) -> None:
    for form in ("filegdb", "shapefile", "geojson", "csv", "flatgeobuf"):
        error = (await layers.ask("/createReplica", post=True, layers="0", dataFormat=form))["error"]
        assert "dataFormat" in error["message"]
    told = await layers.ask()
    assert told["supportedExportFormats"] == "json, sqlite, filegdb, shapefile, geojson, csv, flatgeobuf"


async def test_layers_of_like_names_are_all_there(layers: Layers, tmp_path: Path) -> None:
    fields = [{"name": "n", "type": "esriFieldTypeString"}]
    tables = [{"name": name, "fields": fields} for name in ("a.b", "a_b", "a-b", "a+b")]
    service = published(layers.home, read_definition({"tables": tables}))
    asked_of(layers, service)
    every = json.dumps({str(number): {"queryOption": "all"} for number in range(4)})
    path = await exported(layers, tmp_path, "csv", "0,1,2,3", layerQueries=every)
    assert sorted(each.name for each in path.glob("*.csv")) == ["a-b.csv", "a_b.csv", "a_b_1.csv", "a_b_3.csv"]
