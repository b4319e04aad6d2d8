"""Feature services made from a definition, and from files people have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kgsync.errors import Conflict, KgsyncError, MalformedInput
from kgsync.model.catalog import Service, ServiceSettings, Sharing
from kgsync.server.clock import wall_clock
from kgsync.server.feature_loading import load_features
from kgsync.server.feature_publishing import publish_features
from kgsync.server.feature_sources import FeatureFile
from kgsync.wire.esrijson.definition import read_definition
from tests.client.house import House
from tests.graphs import CODEC, Graph
from tests.server.features.conftest import Layers
from tests.server.features.files import airports, write

DEFINITION: dict[str, Any] = {
    "name": "Inspections",
    "serviceDescription": "What was looked at",
    "spatialReference": {"wkid": 3857},
    "editorTrackingInfo": {"enableEditorTracking": True},
    "layers": [
        {
            "id": 3,
            "name": "Hydrants",
            "geometryType": "esriGeometryPoint",
            "hasZ": True,
            "fields": [
                {"name": "OBJECTID", "type": "esriFieldTypeOID"},
                {"name": "GlobalID", "type": "esriFieldTypeGlobalID"},
                {
                    "name": "state",
                    "type": "esriFieldTypeString",
                    "alias": "State",
                    "nullable": False,
                    "defaultValue": "good",
                    "domain": {
                        "type": "codedValue",
                        "name": "states",
                        "codedValues": [{"name": "Good", "code": "good"}, {"name": "Bad", "code": "bad"}],
                    },
                },
                {
                    "name": "pressure",
                    "type": "esriFieldTypeDouble",
                    "domain": {"type": "range", "name": "bar", "range": [0, 16]},
                },
            ],
        }
    ],
    "tables": [{"name": "Visits", "fields": [{"name": "at", "type": "esriFieldTypeDate"}]}],
}


def published(home: House, definition: Any, name: str = "") -> Service:
    settings = ServiceSettings(sharing=Sharing.ORGANIZATION)
    name = name or f"f{uuid4().hex[:8]}"
    return publish_features(home.store, name, "Hosted", "root", settings, definition, wall_clock(), uuid4, CODEC)


def asked_of(layers: Layers, service: Service) -> Layers:
    layers.url = f"{layers.home.http}/server/rest/services/{service.path}/FeatureServer"
    layers.graph = Graph(layers.home.store, service, wall_clock())
    return layers


async def test_a_definition_becomes_layers_and_tables(layers: Layers) -> None:
    asked_of(layers, published(layers.home, read_definition(DEFINITION)))
    told = await layers.ask()
    assert (told["spatialReference"]["wkid"], told["serviceDescription"]) == (3857, "What was looked at")
    assert ([each["id"] for each in told["layers"]], [each["id"] for each in told["tables"]]) == ([3], [0])
    hydrants = await layers.ask("/3")
    assert (hydrants["hasZ"], hydrants["geometryType"]) == (True, "esriGeometryPoint")
    fields = {each["name"]: each for each in hydrants["fields"]}
    assert fields["state"]["domain"]["codedValues"][1] == {"name": "Bad", "code": "bad"}
    assert (fields["state"]["nullable"], fields["state"]["defaultValue"]) == (False, "good")
    assert fields["pressure"]["domain"]["range"] == [0, 16]
    assert {"created_user", "last_edited_date"} <= fields.keys()
    add = {"attributes": {"pressure": 3.5}, "geometry": {"x": 100.0, "y": 200.0, "z": 4.0}}
    (result,) = (await layers.ask("/3/addFeatures", post=True, features=json.dumps([add])))["addResults"]
    assert result["success"]
    (found,) = (await layers.ask("/3/query", where="state = 'good'", outFields="*"))["features"]
    assert found["geometry"] == {"x": 100.0, "y": 200.0, "z": 4.0}
    assert found["attributes"]["created_user"] == "ann"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"layers": [], "tables": []}, "definition"),
        ({"layers": [{"name": "x"}]}, "layers[0].geometryType"),
        ({"layers": [{"name": "x", "geometryType": "esriGeometryMultiPatch"}]}, "layers[0].geometryType"),
        ({"tables": [{}]}, "tables[0]"),
        ({"tables": [{"name": "x", "fields": [{"name": "y", "type": "money"}]}]}, "tables[0].fields[0].type"),
        ({"tables": [{"name": "Hydrants"}]}, "a name of its own"),
        ({"tables": [{"name": "x", "id": -1}]}, "tables[0].id"),
        ({"tables": [{"name": "x", "relationships": [{"id": 0}]}]}, "tables[0].relationships"),
        ({"spatialReference": {"wkid": "x"}}, "definition.spatialReference"),
        ({"tables": [{"name": "x", "fields": [{"name": "y", "type": "esriFieldTypeString", "domain": 5}]}]}, "domain"),
    ],
)
def test_a_bad_definition_names_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(KgsyncError) as told:
        read_definition({**DEFINITION, **change})
    assert place in told.value.message


def test_nothing_is_left_of_a_service_that_cannot_be_made(home: House) -> None:
    taken = {**DEFINITION, "tables": [{"name": "x", "fields": [{"name": "a b\u0000", "type": "esriFieldTypeString"}]}]}
    with pytest.raises(MalformedInput):
        published(home, read_definition(taken), "Half")
    published(home, read_definition(DEFINITION), "Half")
    with pytest.raises(Conflict):
        published(home, read_definition(DEFINITION), "Half")


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb"])
async def test_a_file_becomes_a_service_with_its_features(layers: Layers, tmp_path: Path, suffix: str) -> None:
    frame = airports()
    file = FeatureFile(write(frame, tmp_path / f"airports{suffix}"))
    service = published(layers.home, file.definition)
    done: list[int] = []
    loaded = load_features(layers.home.store, service, file, CODEC, wall_clock, uuid4, done.append)
    assert (loaded, file.total, done[-1]) == (len(frame), len(frame), len(frame))
    asked_of(layers, service)
    assert (await layers.ask("/0"))["geometryType"] == "esriGeometryPoint"
    told = await layers.ask("/0/query", where="icao = 'LSZH'", outFields="*")
    (zurich,) = told["features"]
    expected = frame[frame.icao == "LSZH"].iloc[0]
    assert zurich["attributes"]["GlobalID"] == expected.GlobalID
    assert zurich["attributes"]["elevation"] == pytest.approx(expected.elevation)
    assert zurich["geometry"]["x"] == pytest.approx(expected.geometry.x, abs=1e-9)
    if suffix in (".gpkg", ".geojson"):
        assert zurich["attributes"]["open"] == 1_588_748_889_000


async def test_points_of_a_csv_are_found_by_the_names_of_its_columns(layers: Layers, tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("name,lon,lat,people\nBern,7.45,46.95,134000\nNowhere,,,\n", encoding="utf-8")
    file = FeatureFile(path)
    service = published(layers.home, file.definition)
    assert load_features(layers.home.store, service, file, CODEC, wall_clock, uuid4) == 2
    told = await asked_of(layers, service).ask("/0/query", where="people > 5", outFields="name,people")
    assert told["features"] == [{"attributes": {"name": "Bern", "people": 134000}, "geometry": {"x": 7.45, "y": 46.95}}]


async def test_polygons_keep_their_holes(layers: Layers, tmp_path: Path) -> None:
    ring = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    hole = [[4, 4], [4, 6], [6, 6], [6, 4], [4, 4]]
    geometry = {"type": "Polygon", "coordinates": [ring, hole]}
    feature = {"type": "Feature", "properties": {"name": "x"}, "geometry": geometry}
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    file = FeatureFile(path)
    service = published(layers.home, file.definition)
    load_features(layers.home.store, service, file, CODEC, wall_clock, uuid4)
    asked_of(layers, service)
    for point, count in (("5,5", 0), ("1,1", 1)):
        assert (await layers.ask("/0/query", geometry=point, returnCountOnly="true"))["count"] == count
    (told,) = (await layers.ask("/0/query", f="geojson"))["features"]
    assert [len(ring) for ring in told["geometry"]["coordinates"]] == [5, 5]


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    path.write_bytes(b"no such thing")
    with pytest.raises(MalformedInput, match=r"x\.gpkg"):
        FeatureFile(path)
    with pytest.raises(MalformedInput, match="ends with one of"):
        FeatureFile(Path(__file__))


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kgsync", "service", "create", *words], capture_output=True, text=True)


def test_the_command_makes_services(tmp_path: Path) -> None:
    data = ["--data-dir", str(tmp_path / "data")]
    source = write(airports(20), tmp_path / "airports.gpkg")
    run = command("Airports", "--type", "features", "--from", str(source), *data)
    assert run.returncode == 0, run.stderr
    assert "1 layers, 20 features" in run.stdout
    definition = tmp_path / "definition.json"
    definition.write_text(json.dumps(DEFINITION))
    assert command("Field", "--definition", str(definition), *data).returncode == 0
    again = command("Field", "--definition", str(definition), *data)
    assert (again.returncode, "exists" in again.stderr) == (1, True)
    nothing = command("More", "--type", "features", *data)
    assert (nothing.returncode, "--from FILE" in nothing.stderr) == (1, True)
