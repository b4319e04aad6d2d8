from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from kgsync.model.edits import Op
from tests.graphs import add, change, entity, gone
from tests.server.features.conftest import Layers, point
from tests.server.features.replicas import Client, Copy, braced

SWISS = {"xmin": 5.9, "ymin": 45.8, "xmax": 10.5, "ymax": 47.8, "spatialReference": {"wkid": 4326}}
ALL = {"0": {"queryOption": "all"}}


@pytest.fixture
def client(layers: Layers) -> Client:
    return Client(layers)


def feature(name: str, x: float | None = None, **attributes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"attributes": {"GlobalID": braced(), "name": name, **attributes}}
    return given if x is None else {**given, "geometry": {"x": x, "y": 46.0}}


def edits(**lists: Any) -> list[dict[str, Any]]:
    return [{"id": 0, "features": lists}]


async def test_a_replica_holds_what_its_geometry_meets(client: Client) -> None:
    copy = await client.create(geometry=SWISS)
    assert copy.named() == ["Bern", "Genève", "Zürich"]


async def test_a_condition_and_the_geometry_both_have_to_be_met(client: Client) -> None:
    queries = {"0": {"queryOption": "useFilter", "where": "runways > 1"}}
    assert (await client.create(geometry=SWISS, layerQueries=queries)).named() == ["Zürich"]
    queries["0"]["useGeometry"] = "false"
    assert (await client.create(geometry=SWISS, layerQueries=queries)).named() == ["O'Hare", "Zürich"]
    assert len((await client.create(geometry=SWISS, layerQueries=ALL)).named()) == 5
    assert (await client.create(geometry=SWISS, layerQueries={"0": {"queryOption": "none"}})).named() == []


async def test_what_changed_on_the_server_comes_down_once(client: Client) -> None:
    copy = await client.create(geometry=SWISS)
    graph = client.layers.graph
    graph.apply(entity(Op.UPDATE, "Airport", change(3, runways=2)), entity(Op.DELETE, "Airport", gone(2)))
    graph.apply(entity(Op.ADD, "Airport", add(9, name="Lugano", shape=point(8.9, 46.0))))
    told = await client.sync(copy)
    assert told["responseType"] == "esriReplicaResponseTypeEdits"
    assert copy.named() == ["Bern", "Lugano", "Zürich"]
    again = await client.sync(copy)
    assert (again["responseType"], "edits" in again) == ("esriReplicaResponseTypeNoEdits", False)


async def test_what_leaves_the_filter_is_deleted_and_what_enters_is_added(client: Client) -> None:
    copy = await client.create(geometry=SWISS)
    graph = client.layers.graph
    graph.apply(entity(Op.UPDATE, "Airport", change(3, shape=point(100.0, 0.0)), change(4, shape=point(7.0, 46.5))))
    told = await client.sync(copy)
    (layer,) = told["edits"]
    assert (len(layer["features"]["deleteIds"]), len(layer["features"]["adds"])) == (1, 1)
    assert copy.named() == ["Genève", "O'Hare", "Zürich"]


async def test_a_lost_answer_is_given_again(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    client.layers.graph.apply(entity(Op.UPDATE, "Airport", change(3, runways=2)))
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen), "transportType": "esriTransportTypeEmbedded"}
    first = await client.answer("/synchronizeReplica", **asked)
    assert (await client.answer("/synchronizeReplica", **asked))["edits"] == first["edits"]


async def test_own_edits_stored_as_sent_do_not_come_back(client: Client) -> None:
    copy = await client.create(geometry=SWISS)
    mine = feature("Sion", 7.3, runways=1)
    bern, geneve = copy.id_of("Bern"), copy.id_of("Genève")
    update = {"attributes": {"GlobalID": bern, "runways": 7}}
    told = await client.sync(copy, edits=edits(adds=[mine], updates=[update], deleteIds=[geneve]))
    assert told["responseType"] == "esriReplicaResponseTypeNoEdits"
    fresh = await client.create(geometry=SWISS)
    assert fresh.named() == ["Bern", "Sion", "Zürich"]
    assert next(e for e in fresh.layers[0].values() if e["attributes"]["name"] == "Bern")["attributes"]["runways"] == 7


async def test_own_edits_stored_otherwise_come_back(client: Client) -> None:
    copy = await client.create(geometry=SWISS)
    told = await client.sync(copy, edits=edits(adds=[feature("Sion", 7.3, runways="2")]))
    (added,) = told["edits"][0]["features"]["adds"]
    assert added["attributes"]["runways"] == 2
    moved = feature("Saas", 7.9)
    moved["geometry"]["x"] = 7.12345678901234  # finer than what the service keeps
    told = await client.sync(copy, edits=edits(adds=[moved]))
    assert len(told["edits"][0]["features"]["adds"]) == 1


async def test_own_edits_outside_the_filter_come_back_as_deletes(client: Client) -> None:
    copy = await client.create(geometry=SWISS)
    outside, bern = (
        feature("Paris", 2.3),
        next(id for id, e in copy.layers[0].items() if e["attributes"]["name"] == "Bern"),
    )
    leaving = {"attributes": {"GlobalID": bern}, "geometry": {"x": 0.0, "y": 0.0}}
    told = await client.sync(copy, edits=edits(adds=[outside], updates=[leaving]))
    gone_ids = told["edits"][0]["features"]["deleteIds"]
    assert sorted(gone_ids) == sorted([outside["attributes"]["GlobalID"], bern])
    assert "Paris" in (await client.create(layerQueries=ALL)).named()


async def test_what_another_changed_as_well_comes_down(client: Client) -> None:
    one, other = await client.create(layerQueries=ALL), await client.create(layerQueries=ALL)
    id = one.id_of("Bern")
    await client.sync(one, edits=edits(updates=[{"attributes": {"GlobalID": id, "runways": 4}}]))
    told = await client.sync(other, edits=edits(updates=[{"attributes": {"GlobalID": id, "height": 5.0}}]))
    (update,) = told["edits"][0]["features"]["updates"]
    assert (update["attributes"]["runways"], update["attributes"]["height"]) == (4, 5.0)
    await client.sync(one)
    assert one.content() == other.content()


async def test_an_upload_sent_again_is_applied_once(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    asked: dict[str, Any] = {
        "replicaID": copy.id,
        "replicaServerGen": copy.gen,
        "edits": edits(adds=[feature("Sion", 7.3)]),
    }
    first = await client.answer("/synchronizeReplica", **asked)
    again = await client.answer("/synchronizeReplica", **asked)
    assert (first["responseType"], again["responseType"]) == ("esriReplicaResponseTypeNoEdits",) * 2
    assert (await client.create(layerQueries=ALL)).named().count("Sion") == 1


async def test_a_bad_edit_is_reported_and_the_others_are_kept(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    unnamed: dict[str, Any] = {"attributes": {"name": "Nobody"}}
    good, missing = feature("Sion", 7.3), braced()
    told = await client.sync(copy, returnIdsForAdds="true", edits=edits(adds=[unnamed, good], deleteIds=[missing]))
    assert told["responseType"] == "esriReplicaResponseTypeEdits"
    results = told["edits"][0]["features"]
    refused, added = results["addResults"]
    assert (refused["success"], refused["error"]["code"]) == (False, 1020)
    assert (added["success"], added["globalId"], added["objectId"] > 5) == (True, good["attributes"]["GlobalID"], True)
    assert [(r["globalId"], r["error"]["code"]) for r in results["deleteResults"]] == [(missing, 1011)]


async def test_with_rollback_one_bad_edit_undoes_all(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen), "rollbackOnFailure": "true"}
    given = edits(adds=[feature("Sion", 7.3)], deleteIds=[braced()])
    told = await client.layers.ask("/synchronizeReplica", post=True, **asked, edits=json.dumps(given))
    assert "rolled back" in told["error"]["message"]
    assert "Sion" not in (await client.create(layerQueries=ALL)).named()


async def test_each_layer_has_a_generation_of_its_own_per_layer(client: Client) -> None:
    queries = {"0": {"queryOption": "all"}, "1": {"queryOption": "all"}}
    copy = await client.create("0,1", syncModel="perLayer", layerQueries=queries)
    assert (copy.gen, set(copy.gens)) == (None, {0, 1})
    graph = client.layers.graph
    graph.apply(
        entity(Op.ADD, "Airline", add(60, name="Edelweiss")), entity(Op.UPDATE, "Airport", change(3, runways=2))
    )
    asked = [{"id": 1, "serverGen": copy.gens[1], "syncDirection": "download"}]
    told = await client.sync(copy, syncLayers=asked)
    assert [each["id"] for each in told["edits"]] == [1]
    assert copy.gens[1] > copy.gens[0]
    mixed = [
        {"id": 1, "syncDirection": "snapshot"},
        {"id": 0, "serverGen": copy.gens[0], "syncDirection": "bidirectional"},
    ]
    told = await client.sync(copy, syncLayers=mixed)
    assert told["responseType"] == "esriReplicaResponseTypeEditsAndData"
    assert copy.content() == (await client.create("0,1", layerQueries=queries)).content()


async def test_a_snapshot_replaces_everything(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    client.layers.graph.apply(entity(Op.DELETE, "Airport", gone(2)))
    told = await client.sync(copy, syncDirection="snapshot")
    assert (told["responseType"], len(copy.named())) == ("esriReplicaResponseTypeReplacementData", 4)


async def test_the_answer_can_be_fetched_as_a_file(client: Client) -> None:
    told = await client.answer("/createReplica", layers="0", layerQueries=ALL, replicaName="Mine")
    assert told["URL"].endswith(".json")
    copy = Copy(await client.fetch(told["URL"]))
    assert (copy.name, copy.gen, len(copy.named())) == ("Mine", told["replicaServerGen"], 5)


async def test_a_job_creates_and_synchronizes(client: Client) -> None:
    told = await client.answer("/createReplica", layers="0", layerQueries=ALL, **{"async": "true"})
    done = await finished(client, told["statusUrl"])
    copy = Copy(await client.fetch(done["resultUrl"]))
    client.layers.graph.apply(entity(Op.DELETE, "Airport", gone(2)))
    given = edits(deleteIds=[braced()])
    asked = {"replicaID": copy.id, "replicaServerGen": copy.gen, "edits": given, "async": "true"}
    done = await finished(client, (await client.answer("/synchronizeReplica", **asked))["statusUrl"])
    assert done["status"] == "CompletedWithErrors"
    copy.apply(await client.fetch(done["resultUrl"]))
    assert len(copy.named()) == 4


async def finished(client: Client, url: str) -> dict[str, Any]:
    for _ in range(200):
        async with client.layers.session.get(url, params={"f": "json", "token": client.layers.token}) as response:
            told: dict[str, Any] = await response.json()
        if told["status"] in ("Completed", "CompletedWithErrors", "Failed"):
            return told
        await asyncio.sleep(0.05)
    raise AssertionError("the job did not end")


async def test_an_export_registers_nothing(client: Client) -> None:
    told = await client.answer("/createReplica", layers="0", layerQueries=ALL, syncModel="none")
    assert "replicaID" not in told
    assert len((await client.fetch(told["URL"]))["layers"][0]["features"]) == 5
    assert await client.layers.ask("/replicas") == []


async def test_replicas_are_listed_described_and_unregistered(client: Client) -> None:
    copy = await client.create(geometry=SWISS, replicaName="Mine")
    assert await client.layers.ask("/replicas") == [{"replicaName": "Mine", "replicaID": copy.id}]
    info = await client.layers.ask(f"/replicas/{{{copy.id.lower()}}}")
    assert (info["replicaServerGen"], info["layers"][0]["queryOption"]) == (copy.gen, "useFilter")
    assert info["geometry"]["xmin"] == 5.9
    assert (await client.answer("/unRegisterReplica", replicaID=f"{{{copy.id}}}")) == {"success": True}
    told = await client.layers.ask("/unRegisterReplica", post=True, replicaID=copy.id)
    assert (told["success"], told["error"]["code"]) == (False, 404)
    assert await client.layers.ask("/replicas") == []


async def test_a_taken_name_is_numbered(client: Client) -> None:
    assert [(await client.create(replicaName="Mine")).name for _ in range(3)] == ["Mine", "Mine_0", "Mine_1"]


async def test_closing_unregisters_after_the_last_answer(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    client.layers.graph.apply(entity(Op.DELETE, "Airport", gone(2)))
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen), "closeReplica": "true"}
    told = await client.answer("/synchronizeReplica", **asked)
    copy.apply(await client.fetch(told["URL"]))
    assert (len(copy.named()), await client.layers.ask("/replicas")) == (4, [])


async def test_a_new_replica_takes_after_a_reference(client: Client) -> None:
    reference = await client.create(geometry=SWISS)
    client.layers.graph.apply(entity(Op.UPDATE, "Airport", change(3, runways=2)))
    options = {"registerExistingData": True, "refReplicaId": reference.id, "refReplicaServerGen": reference.gen}
    told = await client.answer("/createReplica", replicaOptions=options)
    assert (told["responseType"], told["replicaServerGen"]) == ("esriReplicaResponseTypeInfo", reference.gen)
    mine = Copy({**told, "layers": []})
    mine.layers = {0: dict(reference.layers[0])}
    await client.sync(mine)
    assert mine.content() == (await client.create(geometry=SWISS)).content()


async def test_coordinates_come_in_the_spatial_reference_asked_for(client: Client) -> None:
    copy = await client.create(geometry=SWISS, replicaSR="3857")
    bern = next(each for each in copy.layers[0].values() if each["attributes"]["name"] == "Bern")
    assert bern["geometry"]["x"] == pytest.approx(834_896, abs=10)
    mine = feature("Sion")
    mine["geometry"] = {"x": 812_633.0, "y": 5_800_000.0}
    await client.sync(copy, edits=edits(adds=[mine]))
    fresh = await client.create(geometry=SWISS)
    sion = next(each for each in fresh.layers[0].values() if each["attributes"]["name"] == "Sion")
    assert sion["geometry"]["x"] == pytest.approx(7.3, abs=0.01)


REFUSED: list[tuple[dict[str, str], str]] = [
    ({}, "layers"),
    ({"layers": "x"}, "layers"),
    ({"layers": "0,0"}, "layers"),
    ({"layers": "9"}, "no layer 9"),
    ({"layers": "0", "layerQueries": "[]"}, "layerQueries"),
    ({"layers": "0", "layerQueries": '{"0": {"where": "nothing = 1"}}'}, "layerQueries.0.where"),
    ({"layers": "0", "layerQueries": '{"0": {"queryOption": "some"}}'}, "layerQueries.0.queryOption"),
    ({"layers": "0", "geometry": "1,2,3"}, "geometry"),
    ({"layers": "0", "geometryType": "esriGeometryBlob"}, "geometryType"),
    ({"layers": "0", "syncModel": "perPerson"}, "syncModel"),
    ({"layers": "0", "targetType": "moon"}, "targetType"),
    ({"layers": "0", "syncDirection": "upload"}, "syncDirection"),
    ({"layers": "0", "transportType": "pigeon"}, "transportType"),
    ({"layers": "0", "dataFormat": "stone"}, "dataFormat"),
    ({"layers": "0", "attachmentsSyncDirection": "bidirectional"}, "attachmentsSyncDirection"),
    ({"layers": "0", "replicaOptions": '{"syncDataOptions": 4}'}, "syncDataOptions"),
    ({"layers": "0", "replicaOptions": '{"registerExistingData": true}'}, "refReplicaId"),
    ({"layers": "0", "async": "perhaps"}, "async"),
]


@pytest.mark.parametrize(("given", "named"), REFUSED)
async def test_a_bad_creation_names_its_parameter(client: Client, given: dict[str, str], named: str) -> None:
    error = (await client.layers.ask("/createReplica", post=True, **given))["error"]
    assert named in error["message"]
    assert await client.layers.ask("/replicas") == []


async def test_a_bad_synchronization_names_its_parameter(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    for given, named in (
        ({}, "replicaServerGen"),
        ({"replicaServerGen": "x"}, "replicaServerGen"),
        ({"replicaServerGen": "9" * 18}, "server generation"),
        ({"replicaServerGen": "1"}, "snapshot"),
        ({"replicaServerGen": str(copy.gen), "syncDirection": "sideways"}, "syncDirection"),
        ({"replicaServerGen": str(copy.gen), "edits": "{}"}, "edits"),
        ({"replicaServerGen": str(copy.gen), "edits": '[{"id": 1}]'}, "layer 1"),
        ({"replicaServerGen": str(copy.gen), "edits": '[{"id":0,"features":{"adds":5}}]'}, "edits[0].features.adds"),
        ({"replicaServerGen": str(copy.gen), "edits": '[{"id":0}]', "editsUploadId": "i1"}, "editsUploadId"),
    ):
        error = (await client.layers.ask("/synchronizeReplica", post=True, replicaID=copy.id, **given))["error"]
        assert named in error["message"], error
    error = (await client.layers.ask("/synchronizeReplica", post=True, replicaID=braced()))["error"]
    assert error["code"] == 404


async def test_changes_that_were_cleaned_up_need_a_snapshot(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    client.layers.graph.wall += 10_000
    moment = client.layers.graph.apply(entity(Op.UPDATE, "Airport", change(3, runways=2))).moment.ms
    admin = client.layers.url.replace("rest/services", "rest/admin/services")

    async def clean_up(name: str, **given: str) -> Any:
        headers = {"X-Esri-Authorization": f"Bearer {client.layers.home.token(name)}"}
        url = f"{admin}/cleanupChangeTracking"
        async with client.layers.session.post(url, data={"f": "json", **given}, headers=headers) as response:
            return await response.json()

    assert (await clean_up("ann", minServerGen=str(moment)))["error"]["code"] == 403
    for given, named in (({}, "retentionPeriod"), ({"retentionPeriod": "1", "retentionPeriodUnits": "eons"}, "Units")):
        assert named in (await clean_up("root", **given))["error"]["message"]
    told = await clean_up("root", minServerGen=str(moment))
    assert told["success"], told
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen)}
    error = (await client.layers.ask("/synchronizeReplica", post=True, **asked))["error"]
    assert (error["code"], "snapshot" in error["message"]) == (410, True)
    mine = feature("Sion", 7.3)
    lists = json.dumps(edits(adds=[mine]))
    kept = await client.answer("/synchronizeReplica", **asked, syncDirection="upload", edits=lists)
    assert kept["responseType"] == "esriReplicaResponseTypeNoEdits"
    await client.sync(copy, syncDirection="snapshot")
    assert "Sion" in copy.named()


async def test_what_another_changed_back_comes_down(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    bern = copy.id_of("Bern")
    update = {"attributes": {"GlobalID": bern, "runways": 7}}
    await client.answer(
        "/synchronizeReplica", replicaID=copy.id, replicaServerGen=copy.gen, syncDirection="upload",
        edits=edits(updates=[update], deleteIds=[copy.id_of("Zürich")]),
    )  # fmt: skip
    copy.layers[0][bern]["attributes"]["runways"] = 7
    gone_id = copy.id_of("Zürich")
    del copy.layers[0][gone_id]
    graph = client.layers.graph
    graph.apply(entity(Op.UPDATE, "Airport", change(3, runways=1)))
    graph.apply(entity(Op.ADD, "Airport", add(1, name="Zürich again")))
    told = await client.sync(copy)
    (layer,) = told["edits"]
    assert [e["attributes"]["runways"] for e in layer["features"]["updates"]] == [1]
    assert [e["attributes"]["name"] for e in layer["features"]["adds"]] == ["Zürich again"]


async def test_generations_nobody_gave_are_never_believed(client: Client) -> None:
    copy = await client.create(layerQueries=ALL)
    far = "4611686018427387904"
    for way in ("snapshot", "upload", "download", "bidirectional"):
        asked = {"replicaID": copy.id, "replicaServerGen": far, "syncDirection": way}
        error = (await client.layers.ask("/synchronizeReplica", post=True, **asked))["error"]
        assert error["code"] == 410, way
    per_layer = await client.create("0,1", layerQueries=ALL, syncModel="perLayer")
    gens = [{"id": 1, "serverGen": per_layer.gens[1]}]
    for reference, given in (
        (copy, {"refReplicaServerGen": int(far)}),
        (copy, {"refLayerServerGens": gens}),
        (per_layer, {"refLayerServerGens": gens}),
        (per_layer, {"refReplicaServerGen": per_layer.gens[0]}),
    ):
        options = json.dumps({"registerExistingData": True, "refReplicaId": reference.id, **given})
        told = await client.layers.ask("/createReplica", post=True, replicaOptions=options)
        assert "error" in told, given


@pytest.mark.parametrize("given", ['{"item":"x"}', '{"item":[]}', "{}", '{"itemID":5}', "i", "i" + "9" * 5000])
async def test_an_upload_id_that_is_none_is_refused(client: Client, given: str) -> None:
    copy = await client.create(layerQueries=ALL)
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen), "editsUploadId": given}
    assert (await client.layers.ask("/synchronizeReplica", post=True, **asked))["error"]["code"] in (400, 404)
