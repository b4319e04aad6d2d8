"""Features are added, updated and deleted by object id or global id, in one commit; the graph sees them at once."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from kgsync.model.catalog import Feature, OwnershipAccess, ServiceSettings, Sharing
from kgsync.model.edits import Op
from kgsync.model.people import Role
from kgsync.model.schema import Category, FieldType
from kgsync.server.layers import publish_layers
from kgsync.server.security.accounts import set_role
from kgsync.sync.datamodel import add_types
from tests.graphs import add, entity, named_type, uid
from tests.server.features.conftest import Layers


async def _edit(layers: Layers, path: str = "/0/applyEdits", **parameters: Any) -> Any:
    given = {n: json.dumps(v) if isinstance(v, (list, dict)) else v for n, v in parameters.items()}
    return await layers.ask(path, post=True, **given)


def _feature(x: float | None = None, y: float | None = None, **attributes: Any) -> dict[str, Any]:
    shape = {} if x is None else {"geometry": {"x": x, "y": y, "spatialReference": {"wkid": 4326}}}
    return {"attributes": attributes, **shape}


async def test_a_feature_is_added_updated_and_deleted(layers: Layers) -> None:
    told = await _edit(layers, adds=[_feature(8.0, 47.0, name="Aarau", RUNWAYS=1, opened=0)])
    (added,) = told["addResults"]
    assert (added["success"], told["updateResults"], told["deleteResults"]) == (True, [], [])
    number = added["objectId"]
    found = await layers.ask("/0/query", objectIds=number, outFields="*")
    (feature,) = found["features"]
    assert feature["attributes"]["GlobalID"] == added["globalId"]
    assert (feature["attributes"]["name"], feature["attributes"]["opened"]) == ("Aarau", 0)
    assert feature["geometry"] == pytest.approx({"x": 8.0, "y": 47.0})

    told = await _edit(layers, updates=[_feature(OBJECTID=number, runways=2)])
    assert told["updateResults"] == [{"objectId": number, "globalId": added["globalId"], "success": True}]
    (feature,) = (await layers.ask("/0/query", objectIds=number, outFields="*"))["features"]
    assert (feature["attributes"]["runways"], feature["attributes"]["name"]) == (2, "Aarau"), (
        "only what is given changes"
    )
    assert feature["geometry"]["x"] == pytest.approx(8.0)

    told = await _edit(layers, deletes=str(number))
    assert [each["success"] for each in told["deleteResults"]] == [True]
    assert (await layers.ask("/0/query", objectIds=number))["features"] == []


async def test_a_geometry_is_cleared_by_null_and_carried_over_from_its_own_system(layers: Layers) -> None:
    moved = {
        "attributes": {"OBJECTID": 3},
        "geometry": {"x": 834_896.2, "y": 5_930_000.0, "spatialReference": {"wkid": 3857}},
    }
    await _edit(layers, updates=[moved, {"attributes": {"OBJECTID": 1}, "geometry": None}])
    found = {
        f["attributes"]["OBJECTID"]: f["geometry"] for f in (await layers.ask("/0/query", where="1=1"))["features"]
    }
    assert found[1] is None
    assert found[3]["x"] == pytest.approx(7.5, abs=1e-4)


async def test_features_are_addressed_by_global_id_and_keep_those_they_bring(layers: Layers) -> None:
    new = UUID(int=77)
    told = await _edit(
        layers,
        adds=[_feature(name="Basel", GlobalID=f"{{{str(new).upper()}}}")],
        updates=[_feature(globalid=str(uid(1)), name="Kloten")],
        deletes=f"{{{uid(4)}}},{uid(5)}",
        useGlobalIds="true",
    )
    assert [[r["success"] for r in told[n]] for n in ("addResults", "updateResults", "deleteResults")] == [
        [True], [True], [True, True]
    ]  # fmt: skip
    assert told["addResults"][0]["globalId"] == f"{{{str(new).upper()}}}"
    assert await layers.names(where="1=1") == ["Kloten", "Genève", "Bern", "Basel"]
    again = await _edit(layers, adds=[_feature(name="Basel", GlobalID=str(new))], useGlobalIds="true")
    assert again["addResults"][0]["success"], "the same add sent again is no second feature"
    other = await _edit(layers, adds=[_feature(name="Mulhouse", GlobalID=str(new))], useGlobalIds="true")
    assert other["addResults"][0]["error"]["code"] == 1022


async def test_without_global_ids_an_add_gets_one_of_its_own(layers: Layers) -> None:
    told = await _edit(layers, adds=[_feature(name="Twin", GlobalID=str(uid(1)))])
    assert told["addResults"][0]["success"]
    assert told["addResults"][0]["globalId"] != f"{{{str(uid(1)).upper()}}}"


_BAD: dict[str, Any] = {
    "adds": [_feature(name="Good"), _feature(name="Bad", runways="many")],
    "updates": [_feature(OBJECTID=1, name="Kloten"), _feature(OBJECTID=99, name="Nobody"), _feature(name="Nameless")],
    "deletes": "2,98",
}


async def test_one_bad_edit_undoes_all_and_the_innocent_say_so(layers: Layers) -> None:
    told = await _edit(layers, **_BAD)
    codes = {name: [r["error"]["code"] for r in told[name]] for name in told}
    assert codes == {"addResults": [1003, 1016], "updateResults": [1003, 1011, 1011], "deleteResults": [1003, 1011]}
    assert "runways" in told["addResults"][1]["error"]["description"]
    assert "99" in told["updateResults"][1]["error"]["description"]
    assert len(await layers.names(where="1=1")) == 5


async def test_good_edits_stay_where_that_is_asked_for(layers: Layers) -> None:
    told = await _edit(layers, **_BAD, rollbackOnFailure="false", returnEditMoment="true")
    assert {name: [r["success"] for r in told[name]] for name in told if name != "editMoment"} == {
        "addResults": [True, False],
        "updateResults": [True, False, False],
        "deleteResults": [True, False],
    }
    assert await layers.names(where="1=1") == ["Kloten", "Bern", "O'Hare", "Nowhere", "Good"]


@pytest.mark.parametrize(
    ("feature", "code", "told"),
    [
        (_feature(colour="red"), 1016, "colour"),
        (_feature(site="not an id"), 1016, "site"),
        (_feature(opened="yesterday"), 1016, "opened"),
        (_feature(name=["a"]), 1016, "name"),
        ({"attributes": {}, "geometry": {"x": "here", "y": 1}}, 1016, "coordinate"),
        ({"attributes": {}, "geometry": {"rings": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}}, 1016, "shape"),
    ],
)
async def test_a_bad_feature_is_told_by_its_code_and_field(
    layers: Layers, feature: dict[str, Any], code: int, told: str
) -> None:
    (result,) = (await _edit(layers, adds=[feature]))["addResults"]
    assert (result["success"], result["error"]["code"]) == (False, code)
    assert told in result["error"]["description"]


async def test_several_layers_are_edited_in_one_commit(layers: Layers) -> None:
    before = layers.graph.clock()
    told = await _edit(
        layers,
        "/applyEdits",
        edits=[
            {"id": 0, "updates": [_feature(OBJECTID=1, runways=4)]},
            {"id": 1, "adds": [_feature(name="Edelweiss")]},
        ],
    )
    assert [(each["id"], len(each["addResults"]), len(each["updateResults"])) for each in told] == [
        (0, 0, 1),
        (1, 1, 0),
    ]
    with layers.graph.store.reading(layers.graph.service.id) as reading:
        assert len(reading.commits(before, 10)) == 1
    bad = [{"id": 0, "deletes": [1]}, {"id": 1, "adds": [_feature(name="Ghost", size=3)]}]
    told = await _edit(layers, "/applyEdits", edits=bad)
    assert [told[0]["deleteResults"][0]["error"]["code"], told[1]["addResults"][0]["error"]["code"]] == [1003, 1016]
    assert len(await layers.names(where="1=1")) == 5


async def test_the_operations_for_one_kind_of_edit(layers: Layers) -> None:
    added = await _edit(layers, "/1/addFeatures", features=[_feature(name="Edelweiss")])
    assert list(added) == ["addResults"]
    number = added["addResults"][0]["objectId"]
    updated = await _edit(layers, "/1/updateFeatures", features=[_feature(OBJECTID=number, name="Helvetic")])
    assert [r["success"] for r in updated["updateResults"]] == [True]
    deleted = await _edit(layers, "/1/deleteFeatures", objectIds=number)
    assert [r["objectId"] for r in deleted["deleteResults"]] == [number]
    deleted = await _edit(layers, "/0/deleteFeatures", where="runways = 1", geometry="6,46,7,47")
    assert len(deleted["deleteResults"]) == 1
    assert await layers.names(where="1=1") == ["Zürich", "Bern", "O'Hare", "Nowhere"]


@pytest.mark.parametrize(
    ("path", "given", "told"),
    [
        ("/0/applyEdits", {"adds": "{}"}, "adds: "),
        ("/0/applyEdits", {"adds": "[1]"}, "adds[0]: "),
        ("/0/applyEdits", {"deletes": "one"}, "deletes: "),
        ("/0/applyEdits", {"adds": "[]", "attachments": "{\"adds\": []}"}, "attachments is not supported"),
        ("/0/addFeatures", {}, "features: "),
        ("/0/deleteFeatures", {}, "say what to delete"),
        ("/0/deleteFeatures", {"where": "nothing"}, "where: "),
        ("/applyEdits", {"edits": "[{\"id\": 7}]"}, "no layer 7"),
        ("/applyEdits", {"edits": "[{\"id\": 0}, {\"id\": 0}]"}, "edits[1]: layer 0 is listed twice"),
        ("/applyEdits", {"edits": "[{\"adds\": []}]"}, "edits[0]: "),
        ("/applyEdits", {}, "edits: "),
        ("/7/applyEdits", {}, "no layer 7"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_told_with_the_parameter(
    layers: Layers, path: str, given: dict[str, str], told: str
) -> None:
    answer = await _edit(layers, path, **given)
    assert told in answer["error"]["message"]


async def test_who_may_not_edit_is_refused(layers: Layers) -> None:
    set_role(layers.home.store, "ann", Role.VIEWER, now=1)
    assert (await _edit(layers, adds=[_feature(name="x")]))["error"]["code"] == 403


async def test_capabilities_are_those_of_the_service(layers: Layers) -> None:
    settings = ServiceSettings(sharing=Sharing.ORGANIZATION, capabilities=("Query", "Update"))
    with layers.home.store.changing_catalog() as catalog:
        catalog.change_settings(layers.graph.service.id, lambda _: settings)
    assert (await layers.ask())["capabilities"] == "Query,Sync,Extract,ChangeTracking,Uploads,Update,Editing"
    (result,) = (await _edit(layers, adds=[_feature(name="x")]))["addResults"]
    assert "error" in result
    (result,) = (await _edit(layers, updates=[_feature(OBJECTID=1, runways=9)]))["updateResults"]
    assert result["success"]


async def test_edits_of_the_graph_and_of_layers_are_of_the_same_objects(layers: Layers) -> None:
    layers.graph.apply(entity(Op.ADD, "Airport", add(60, name="Sion", runways=1)))
    assert "Sion" in await layers.names(where="1=1")
    await _edit(layers, updates=[_feature(globalid=str(uid(60)), runways=2)], useGlobalIds="true")
    assert layers.graph.values(60)["runways"] == 2


@pytest.mark.parametrize(
    "wrong", [{"f": "html"}, {"f": "amf"}, {"returnEditMoment": "maybe"}, {"rollbackOnFailure": "?"}]
)
async def test_what_is_wrong_with_a_call_is_told_before_anything_is_done(layers: Layers, wrong: dict[str, str]) -> None:
    url, form = (
        f"{layers.url}/0/addFeatures",
        {"features": '[{"attributes": {"name": "Twice"}}]', "token": layers.token},
    )
    async with layers.session.post(url, data={"f": "json", **form, **wrong}) as response:
        assert response.status == 200
    assert "Twice" not in await layers.names(where="1=1")


async def test_the_moment_of_an_edit_is_told(layers: Layers) -> None:
    told = await _edit(layers, adds=[_feature(name="x")], returnEditMoment="true")
    assert told["editMoment"] == layers.graph.clock().ms
    told = await _edit(layers, "/0/addFeatures", features=[_feature(name="y")], returnEditMoment="true")
    assert told["editMoment"] == layers.graph.clock().ms


async def test_results_name_the_servers_numbers_and_the_ids_that_were_brought(layers: Layers) -> None:
    told = await _edit(
        layers,
        updates=[_feature(OBJECTID=999, GlobalID=str(uid(1)), runways=5)],
        deletes=str(uid(2)),
        useGlobalIds="true",
    )
    assert (told["updateResults"][0]["objectId"], told["deleteResults"][0]["objectId"]) == (1, 2)
    new = UUID(int=88)
    told = await _edit(layers, adds=[_feature(GlobalID=str(new), runways="many")], useGlobalIds="true")
    assert told["addResults"][0]["globalId"] == f"{{{str(new).upper()}}}"


@pytest.mark.parametrize(
    "attributes",
    [{"name": "\ud800"}, {"height": 10**400}, {"runways": 2**70}, {"opened": 10**300}, {"GlobalID": "\ud800"}],
)
async def test_what_no_field_can_hold_is_told_by_the_edit(layers: Layers, attributes: dict[str, Any]) -> None:
    told = await _edit(layers, adds=[{"attributes": attributes}], useGlobalIds="true")
    assert [r["success"] for r in told["addResults"]] == [False]


@pytest.mark.parametrize(
    "geometry",
    [
        {"x": 10**400, "y": 1},
        {"x": 1, "y": 1, "spatialReference": {"wkid": 2218}},
        {"x": 1, "y": 1, "spatialReference": {"wkt": "\ud800"}},
        {"x": 1, "y": 1, "spatialReference": {"wkid": 999999}},
        {"rings": [[[0, 0]]]},
        {"paths": [[[0, 0]]]},
    ],
)
async def test_a_geometry_that_cannot_be_is_told_by_the_edit(layers: Layers, geometry: dict[str, Any]) -> None:
    told = await _edit(layers, adds=[_feature(name="Good"), {"attributes": {}, "geometry": geometry}])
    assert [r["error"]["code"] for r in told["addResults"]] == [1003, 1016]


async def test_geometries_of_one_call_are_in_few_systems(layers: Layers) -> None:
    there = [{"x": 5e5, "y": 5e6, "spatialReference": {"wkid": 32601 + k}} for k in range(12)]
    told = await _edit(layers, adds=[{"attributes": {}, "geometry": each} for each in there], rollbackOnFailure="false")
    assert [r["success"] for r in told["addResults"]] == [True] * 8 + [False] * 4


async def test_numbers_and_ids_are_read_as_clients_write_them(layers: Layers) -> None:
    told = await _edit(layers, updates=[_feature(OBJECTID=1.0, runways=5), _feature(OBJECTID="3", runways=5)])
    assert [r["success"] for r in told["updateResults"]] == [True, True]
    told = await _edit(layers, deletes="1, 3,")
    assert [r["success"] for r in told["deleteResults"]] == [True, True]
    told = await _edit(layers, "/0/deleteFeatures", objectIds=f"{{{uid(4)}}}", useGlobalIds="true")
    assert [r["success"] for r in told["deleteResults"]] == [True]


async def test_fields_that_differ_by_case_are_told_apart(layers: Layers) -> None:
    both = named_type("Both", Category.ENTITY, {"Name": FieldType.STRING, "name": FieldType.STRING})
    layers.graph.edit(add_types, (both,))
    publish_layers(layers.graph.store, layers.graph.service, 2)
    await _edit(layers, "/2/addFeatures", features=[_feature(Name="upper", name="lower")])
    told = await layers.ask("/2/query", where="name = 'lower' AND Name = 'upper' AND NAME = 'upper'", outFields="*")
    assert [(f["attributes"]["Name"], f["attributes"]["name"]) for f in told["features"]] == [("upper", "lower")]


async def test_what_others_made_and_hide_is_not_spoken_of(layers: Layers) -> None:
    layers.graph.switch(Feature.EDITOR_TRACKING)
    hidden = ServiceSettings(sharing=Sharing.ORGANIZATION, ownership=OwnershipAccess(enabled=True, others_query=False))
    with layers.home.store.changing_catalog() as catalog:
        catalog.change_settings(layers.graph.service.id, lambda _: hidden)
    (mine,) = (await _edit(layers, adds=[_feature(name="mine")]))["addResults"]
    layers.token = layers.home.token("bob")
    nothing = [{"objectId": n, "globalId": None, "success": False} for n in (mine["objectId"], 4711)]
    for told in (
        (await _edit(layers, deletes=f"{mine['objectId']},4711", rollbackOnFailure="false"))["deleteResults"],
        (await _edit(layers, "/0/deleteFeatures", objectIds=f"{mine['objectId']},4711", rollbackOnFailure="false"))[
            "deleteResults"
        ],
    ):
        assert [{k: v for k, v in each.items() if k != "error"} for each in told] == nothing
        assert {each["error"]["code"] for each in told} == {1011}
    assert (await _edit(layers, "/0/deleteFeatures", where="1=1"))["deleteResults"] == []


async def test_a_condition_finds_nothing_for_who_may_not_query(layers: Layers) -> None:
    settings = ServiceSettings(sharing=Sharing.ORGANIZATION, capabilities=("Update", "Delete"))
    with layers.home.store.changing_catalog() as catalog:
        catalog.change_settings(layers.graph.service.id, lambda _: settings)
    assert (await _edit(layers, "/0/deleteFeatures", where="1=1"))["error"]["code"] == 403
    (told,) = (await _edit(layers, "/0/deleteFeatures", objectIds=1))["deleteResults"]
    assert told["success"]
