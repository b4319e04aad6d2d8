"""What is asked of a layer: conditions, geometry, fields, pages, counts, ids, statistics, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kgsync.model.edits import Op
from tests.graphs import add, entity, uid
from tests.server.features.conftest import Layers

_EUROPE = "  -11.000,   35.000,   30.000,    70.000"  # as a deployed client writes it


@pytest.mark.parametrize("post", [False, True])
async def test_a_feature_has_its_attributes_and_geometry(layers: Layers, post: bool) -> None:
    told = await layers.ask("/0/query", where="NAME = 'Bern'", outFields="*", post=post)
    assert (told["objectIdFieldName"], told["globalIdFieldName"]) == ("OBJECTID", "GlobalID")
    assert (told["geometryType"], told["spatialReference"]["wkid"]) == ("esriGeometryPoint", 4326)
    (found,) = told["features"]
    assert found["geometry"] == pytest.approx({"x": 7.5, "y": 46.91})
    attributes = found["attributes"]
    assert attributes["GlobalID"] == "{" + str(uid(3)).upper() + "}"
    assert (attributes["name"], attributes["runways"], attributes["height"]) == ("Bern", 1, 510.0)
    assert attributes["opened"] == (1929 - 1970) * 31_557_600_000
    assert [f["name"] for f in told["fields"]] == list(attributes)
    kinds = {f["name"]: f["type"] for f in told["fields"]}
    assert kinds["OBJECTID"] == "esriFieldTypeOID"
    assert kinds["opened"] == "esriFieldTypeDate"


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("1=1", ["Zürich", "Genève", "Bern", "O'Hare", "Nowhere"]),
        ("1=0", []),
        ("runways > 1 AND height < 440", ["Zürich", "O'Hare"]),
        ("name LIKE '%e%' OR name LIKE 'Z_rich'", ["Zürich", "Genève", "Bern", "O'Hare", "Nowhere"]),
        ("name LIKE 'Z_rich'", ["Zürich"]),
        ("name = 'O''Hare'", ["O'Hare"]),
        ("runways IS NULL", ["Nowhere"]),
        ("NOT runways = 1", ["Zürich", "O'Hare"]),
        ("runways IN (1, 8) AND name NOT IN ('Bern')", ["Genève", "O'Hare"]),
        ("opened BETWEEN DATE '1920-01-01' AND DATE '1930-12-31'", ["Genève", "Bern"]),
        ("opened < CURRENT_TIMESTAMP", ["Zürich", "Genève", "Bern", "O'Hare"]),
        ("UPPER(name) = 'BERN'", ["Bern"]),
        (f"GlobalID = '{{{uid(4)}}}'", ["O'Hare"]),
        ("OBJECTID <= 2", ["Zürich", "Genève"]),
    ],
)
async def test_a_condition_finds_what_it_says(layers: Layers, where: str, names: list[str]) -> None:
    assert await layers.names(where=where) == names
    told = await layers.ask("/0/query", where=where, returnCountOnly="true")
    assert told == {"count": len(names)}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"geometry": _EUROPE}, ["Zürich", "Genève", "Bern"]),
        ({"geometry": '{"xmin": 7, "ymin": 46, "xmax": 8, "ymax": 47}'}, ["Bern"]),
        ({"geometry": '{"rings": [[[6, 46], [6, 47], [8, 47], [8, 46], [6, 46]]]}'}, ["Genève", "Bern"]),
        ({"geometry": "834895.5,5930000,834896.6,5930900", "inSR": 3857}, []),
        ({"geometry": '{"xmin": 600000, "ymin": 5700000, "xmax": 900000, "ymax": 6000000}', "inSR": "3857"},
         ["Genève", "Bern"]),
        ({"geometry": '{"xmin": 600000, "ymin": 5700000, "xmax": 900000, "ymax": 6000000, '
                      '"spatialReference": {"wkid": 102100, "latestWkid": 3857}}'}, ["Genève", "Bern"]),
        ({"geometry": _EUROPE, "spatialRel": "esriSpatialRelContains"}, ["Zürich", "Genève", "Bern"]),
        ({"geometry": _EUROPE, "spatialRel": "esriSpatialRelWithin"}, []),
    ],
)  # fmt: skip
async def test_a_geometry_finds_what_it_meets(layers: Layers, asked: dict[str, Any], names: list[str]) -> None:
    assert await layers.names(**asked) == names


async def test_pages_follow_each_other_and_say_when_there_is_more(layers: Layers) -> None:
    pages, offset = [], 0
    while True:
        told = await layers.ask("/0/query", where="1=1", outFields="name", resultOffset=offset, resultRecordCount=2)
        pages += [f["attributes"]["name"] for f in told["features"]]
        offset += 2
        if not told.get("exceededTransferLimit"):
            break
    assert pages == ["Zürich", "Genève", "Bern", "O'Hare", "Nowhere"]


async def test_no_answer_has_more_than_a_server_gives_at_once(layers: Layers) -> None:
    layers.graph.apply(entity(Op.ADD, "Airline", *(add(n, name=f"a{n}") for n in range(1_000, 3_500))))
    told = await layers.ask("/1/query", where="1=1", outFields="name", resultRecordCount=9_999)
    assert (len(told["features"]), told["exceededTransferLimit"]) == (2_000, True)
    ids = await layers.ask("/1/query", where="1=1", returnIdsOnly="true")
    assert len(ids["objectIds"]) == 2_501


async def test_ids_order_and_distinct_values(layers: Layers) -> None:
    told = await layers.ask("/0/query", where="runways = 1", returnIdsOnly="true")
    assert told == {"objectIdFieldName": "OBJECTID", "objectIds": [2, 3]}
    highest = await layers.names(orderByFields="height DESC, name", where="height > 0")
    assert highest == ["Bern", "Zürich", "Genève", "O'Hare"]
    assert await layers.names(objectIds="3,1") == ["Zürich", "Bern"]
    assert await layers.names(objectIds="[3, 1]") == ["Zürich", "Bern"]
    told = await layers.ask("/0/query", outFields="runways", returnDistinctValues="true", orderByFields="runways")
    assert [f["attributes"]["runways"] for f in told["features"]] == [1, 3, 8, None]


async def test_statistics_in_groups(layers: Layers) -> None:
    wanted = '[{"statisticType": "count", "onStatisticField": "name", "outStatisticFieldName": "n"}, ' \
             '{"statisticType": "avg", "onStatisticField": "HEIGHT", "outStatisticFieldName": "mean"}]'  # fmt: skip
    told = await layers.ask("/0/query", outStatistics=wanted, groupByFieldsForStatistics="runways", where="runways < 8")
    assert [f["attributes"] for f in told["features"]] == [
        {"runways": 1, "n": 2, "mean": 470.0},
        {"runways": 3, "n": 1, "mean": 432.0},
    ]


async def test_coordinates_are_carried_into_the_system_asked_for(layers: Layers) -> None:
    told = await layers.ask("/0/query", where="name = 'Bern'", outSR=3857)
    assert told["spatialReference"]["wkid"] == 3857
    assert told["features"][0]["geometry"]["x"] == pytest.approx(834_896.2, abs=1)


async def test_features_as_geojson(layers: Layers) -> None:
    told = await layers.ask("/0/query", where="name IN ('Bern', 'Nowhere')", outFields="name,OBJECTID", f="geojson")
    assert told["type"] == "FeatureCollection"
    bern, nowhere = told["features"]
    assert (bern["id"], bern["properties"]["name"]) == (3, "Bern")
    assert bern["geometry"]["coordinates"] == pytest.approx([7.5, 46.91])
    assert nowhere["geometry"] is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"where": "nme = 1"}, "where: line 1, column 1: nme = 1: there is no field 'nme'"),
        ({"where": "1=1; DROP TABLE object"}, "one condition"),
        ({"geometry": "1,2,3"}, "geometry: "),
        ({"geometry": "{"}, "geometry: the geometry is not JSON"),
        ({"geometry": _EUROPE, "spatialRel": "esriSpatialRelTouches"}, "spatialRel: "),
        ({"geometry": _EUROPE, "inSR": "degrees"}, "inSR: "),
        ({"outFields": "name,colour"}, "outFields: there is no field 'colour'"),
        ({"orderByFields": "name SIDEWAYS"}, "orderByFields: "),
        ({"resultOffset": "-1"}, "resultOffset: "),
        ({"returnCountOnly": "perhaps"}, "returnCountOnly: "),
        ({"objectIds": "one"}, "objectIds: "),
        ({"outStatistics": "{}"}, "outStatistics: "),
        ({"outStatistics": '[{"statisticType": "mode", "onStatisticField": "name"}]'}, "outStatistics: "),
        ({"f": "kmz"}, "f: "),
        ({"gdbVersion": "sde.DEFAULT"}, "gdbVersion is not supported"),
        ({"outSR": "999999"}, ""),
    ],
)
async def test_what_cannot_be_answered_is_told_with_the_parameter(
    layers: Layers, asked: dict[str, Any], told: str
) -> None:
    code, message = await layers.refused("/0/query", **asked)
    assert told in message
    assert 400 <= code <= 501


async def test_a_table_has_no_geometry_to_ask_about(layers: Layers) -> None:
    assert "is a table" in (await layers.refused("/1/query", geometry=_EUROPE))[1]
    told = await layers.ask("/1/query", where="1=1", outFields="*")
    assert [f["attributes"]["name"] for f in told["features"]] == ["Swiss"]
    assert "geometry" not in told["features"][0]


async def test_who_may_not_query_is_refused(layers: Layers) -> None:
    told = await layers.ask("/0/query", token="")
    assert told["error"]["code"] == 499


async def test_ids_are_taken_in_every_form_and_refused_when_they_are_none(layers: Layers) -> None:
    for ids in (f"{{{uid(1)}}},{uid(3)}", f'["{{{uid(1)}}}", "{uid(3)}"]'):
        assert await layers.names(globalIds=ids) == ["Zürich", "Bern"]
    assert (await layers.refused("/0/query", globalIds="xyz"))[1].startswith("globalIds: ")


async def test_statistics_are_ordered_and_paged_as_asked(layers: Layers) -> None:
    wanted = '[{"statisticType": "count", "onStatisticField": "name", "outStatisticFieldName": "n"}]'
    asked: dict[str, Any] = {
        "outStatistics": wanted,
        "groupByFieldsForStatistics": "runways",
        "orderByFields": "n DESC, runways",
    }
    told = await layers.ask("/0/query", **asked, resultRecordCount=1, where="runways > 0")
    assert [f["attributes"] for f in told["features"]] == [{"runways": 1, "n": 2}]
    assert [f["name"] for f in told["fields"]] == ["runways", "n"]
    assert told["exceededTransferLimit"] is True


async def test_geojson_is_in_degrees_whatever_the_service_is_in(layers: Layers) -> None:
    told = await layers.ask("/0/query", where="name = 'Bern'", f="geojson")
    assert told["features"][0]["geometry"]["coordinates"] == pytest.approx([7.5, 46.91])
    told = await layers.ask("/0/query", where="name = 'Bern'", f="geojson", outSR=3857)
    assert told["features"][0]["geometry"]["coordinates"][0] == pytest.approx(834_896.2, abs=1)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"where": "1"}, "where: "),
        ({"where": "NOT (" * 90 + "1=1" + ")" * 90}, "nested more than"),
        ({"where": "1=1", "outSR": '{"wkt": "\\ud800"}'}, "outSR: "),
        ({"geometry": '{"x": ' + "9" * 400 + ', "y": 1}'}, "geometry: "),
        ({"geometry": '{"x": 1, "y": 1}', "inSR": "2218"}, "no way from the spatial reference 2218"),
        ({"outStatistics": '[{"statisticType": "count", "onStatisticField": "name", "outStatisticFieldName": "\\ud800"}'
                           "]"},
         "outStatistics: "),
        ({"returnCountOnly": "true", "returnDistinctValues": "true", "outFields": "runways"}, "not supported"),
    ],
)  # fmt: skip
async def test_odd_questions_are_told_too(layers: Layers, asked: dict[str, Any], told: str) -> None:
    code, message = await layers.refused("/0/query", **asked)
    assert told in message
    assert 400 <= code <= 501
    assert code != 500


async def test_the_form_may_be_named_in_any_case(layers: Layers) -> None:
    async with layers.session.get(layers.url, params={"F": "json", "token": layers.token}) as response:
        assert response.content_type == "application/json"
