"""Replicas of feature services: created, synchronized, described, unregistered; what is tolerated and what refused."""

import base64
import json
import uuid
from typing import Any

from tests.conformance.context import Context
from tests.conformance.layers import EMBEDDED, EVERY, Layers, braced, layers_of, names, planted, tree
from tests.conformance.registry import case

FACTS = "feature-service.md"
NEAR = "-1,-1,10,1"


def held(answer: Any, layer: int = 0) -> list[str]:
    return names(next(each for each in answer["layers"] if each["id"] == layer)["features"])


def changes(answer: Any, layer: int = 0) -> Any:
    return next(each for each in answer["edits"] if each["id"] == layer)["features"]


def uploaded(**lists: Any) -> list[dict[str, Any]]:
    return [{"id": 0, "features": lists}]


def kind_of(answer: Any) -> str:
    return str(answer["responseType"]).removeprefix("esriReplicaResponseType")


def everything(made: Layers) -> Any:
    return made.create(layerQueries=EVERY)


# ---- createReplica


@case("FSR-001", FACTS + " §4: an embedded answer has its layers and one generation")
def an_embedded_replica_has_its_features(ctx: Context) -> None:
    told = planted(ctx).create(geometry=NEAR)
    assert (kind_of(told), told["transportType"], held(told)) == ("Data", EMBEDDED, ["elm", "oak"])
    assert isinstance(told["replicaServerGen"], int)
    assert told["replicaID"] == told["replicaID"].upper().strip("{}")


@case("FSR-002", FACTS + " §4: by default the answer is a file, which is the embedded answer")
def an_answer_by_url_is_the_embedded_answer(ctx: Context) -> None:
    made = planted(ctx)
    told = made.ask("createReplica", layers="0", geometry=NEAR)
    assert told["transportType"] == "esriTransportTypeUrl"
    inside = made.fetched(told["URL"])
    assert (held(inside), inside["replicaServerGen"]) == (["elm", "oak"], told["replicaServerGen"])


@case("FSR-003", FACTS + " §5: useFilter is the condition and the geometry")
def a_filter_is_condition_and_geometry(ctx: Context) -> None:
    made = planted(ctx)
    query = {"0": {"queryOption": "useFilter", "where": "age > 60"}}
    assert held(made.create(geometry=NEAR, layerQueries=query)) == ["oak"]
    query["0"] = {"queryOption": "useFilter", "where": "age < 60", "useGeometry": "false"}
    assert held(made.create(geometry=NEAR, layerQueries=query)) == ["elm", "fir"]


@case("FSR-004", FACTS + " §5: all is every row, whatever the geometry")
def all_is_every_row(ctx: Context) -> None:
    assert len(held(planted(ctx).create(geometry=NEAR, layerQueries=EVERY))) == 3


@case("FSR-005", FACTS + " §5: none holds nothing by a filter, and takes uploads")
def none_is_a_layer_that_is_only_uploaded(ctx: Context) -> None:
    made = planted(ctx)
    told = made.create(geometry=NEAR, layerQueries={"0": {"queryOption": "none"}})
    assert held(told) == []
    answer = made.sync(told, edits=uploaded(adds=[tree("ash", 1)]))
    assert kind_of(answer) == "NoEdits"
    assert len(held(everything(made))) == 4


@case("FSR-006", FACTS + " §5: a table without an entry holds nothing")
def a_table_without_a_query_is_empty(ctx: Context) -> None:
    made = planted(ctx)
    made.ask("1/addFeatures", features=[{"attributes": {"name": "n"}}])
    assert held(made.create("0,1", geometry=NEAR), 1) == []
    assert held(made.create("0,1", layerQueries=EVERY), 1) == ["n"]


@case("FSR-007", FACTS + " §4: perLayer has a generation for each layer")
def a_replica_per_layer_has_generations(ctx: Context) -> None:
    told = planted(ctx).create("0,1", layerQueries=EVERY, syncModel="perLayer")
    assert {each["id"] for each in told["layerServerGens"]} == {0, 1}
    assert "replicaServerGen" not in told


@case("FSR-008", FACTS + " §4: syncModel none registers nothing")
def an_export_registers_nothing(ctx: Context) -> None:
    made = planted(ctx)
    told = made.create(geometry=NEAR, syncModel="none")
    assert ("replicaID" not in told, made.ask("replicas")) == (True, [])


@case("FSR-009", FACTS + " §4: a taken name is numbered, a missing one made")
def names_of_replicas_are_unique(ctx: Context) -> None:
    made = planted(ctx)
    given = [made.create(replicaName="Mine")["replicaName"] for _ in range(3)]
    assert given == ["Mine", "Mine_0", "Mine_1"]
    assert made.create()["replicaName"]


@case("FSR-010", FACTS + " §4: replicaSR is the spatial reference of what comes out")
def coordinates_come_in_the_reference_asked_for(ctx: Context) -> None:
    made = planted(ctx)
    told = made.create(layerQueries={"0": {"where": "name = 'oak'"}}, replicaSR="102100")
    assert abs(told["layers"][0]["features"][0]["geometry"]["x"] - 111_319.49) < 0.01


@case("FSR-011", FACTS + " §4: a geometry in another spatial reference")
def a_geometry_may_be_in_another_reference(ctx: Context) -> None:
    made = planted(ctx)
    area = {"xmin": -1e5, "ymin": -1e5, "xmax": 1e6, "ymax": 1e5}
    assert held(made.create(geometry=area, inSR="3857")) == ["elm", "oak"]
    assert held(made.create(geometry={**area, "spatialReference": {"wkid": 3857}})) == ["elm", "oak"]


@case("FSR-012", FACTS + " §4: async answers a statusUrl, and the job a resultUrl")
def a_job_makes_a_replica(ctx: Context) -> None:
    made = planted(ctx)
    told = made.ask("createReplica", layers="0", geometry=NEAR, **{"async": "true"})
    done = made.finished(told["statusUrl"])
    assert (done["status"], held(made.fetched(done["resultUrl"]))) == ("Completed", ["elm", "oak"])


@case("FSR-013", FACTS + " §6: a replica that takes after another has no data")
def a_replica_takes_after_a_reference(ctx: Context) -> None:
    made = planted(ctx)
    first = made.create(geometry=NEAR)
    made.add(tree("ash", 3))
    options = {"registerExistingData": True, "refReplicaId": first["replicaID"]}
    options["refReplicaServerGen"] = first["replicaServerGen"]
    told = made.ask("createReplica", replicaOptions=options)
    assert (kind_of(told), told["replicaServerGen"]) == ("Info", first["replicaServerGen"])
    assert names(changes(made.sync(told))["adds"]) == ["ash"]


@case("FSR-014", FACTS + " §6: a reference that is gone is an error")
def a_reference_that_is_gone_is_refused(ctx: Context) -> None:
    options = {"registerExistingData": True, "refReplicaId": str(uuid.uuid4())}
    assert "refer" in planted(ctx).refused("createReplica", replicaOptions=options)


@case("FSR-015", FACTS + " §4: a GeoPackage for sqlite, always by URL")
def sqlite_is_a_geopackage(ctx: Context) -> None:
    made = planted(ctx)
    told = made.ask("createReplica", layers="0", geometry=NEAR, dataFormat="sqlite", transportType=EMBEDDED)
    data = made.client.request("GET", told["URL"]).body
    assert (data[:16], data[68:72]) == (b"SQLite format 3\x00", b"GPKG")


# ---- synchronizeReplica


@case("FSR-020", FACTS + " §8: what changed comes down, then nothing more")
def changes_come_down_once(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    made.add(tree("ash", 3))
    made.ask("0/deleteFeatures", where="name = 'fir'")
    told = made.sync(replica)
    assert (names(changes(told)["adds"]), len(changes(told)["deleteIds"])) == (["ash"], 1)
    again = made.sync({**replica, "replicaServerGen": told["replicaServerGen"]})
    assert (kind_of(again), "edits" in again, "URL" in again) == ("NoEdits", False, False)


@case("FSR-021", FACTS + " §11: a lost answer is given again")
def a_lost_answer_is_given_again(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    made.add(tree("ash", 3))
    assert made.sync(replica)["edits"] == made.sync(replica)["edits"]


@case("FSR-022", FACTS + " §11: what leaves the filter is deleted, what enters is added")
def features_enter_and_leave_the_filter(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create(geometry=NEAR)
    moved = [{"attributes": {"OBJECTID": 1}, "geometry": {"x": 50, "y": 0}}]
    moved.append({"attributes": {"OBJECTID": 3}, "geometry": {"x": 3, "y": 0}})
    made.ask("0/updateFeatures", features=moved)
    told = changes(made.sync(replica))
    assert (names(told["adds"]), len(told["deleteIds"]), told["updates"]) == (["fir"], 1, [])


@case("FSR-023", FACTS + " §11 and laws.md: own uploads stored as sent do not come back")
def own_uploads_do_not_come_back(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    told = made.sync(replica, edits=uploaded(adds=[tree("ash", 3.25, age=1, seen=1000)]))
    assert (kind_of(told), len(held(everything(made)))) == ("NoEdits", 4)


@case("FSR-024", "laws.md, Uploads: own features outside the filter come back as deleteIds")
def own_features_outside_are_deleted(ctx: Context) -> None:
    made = planted(ctx)
    replica, far = made.create(geometry=NEAR), tree("far", 99)
    told = made.sync(replica, edits=uploaded(adds=[far]))
    assert changes(told)["deleteIds"] == [far["attributes"]["GlobalID"]]


@case("FSR-025", "laws.md law 5: an upload sent again is applied once")
def an_upload_is_applied_once(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    for _ in range(3):
        made.sync(replica, edits=uploaded(adds=[tree("ash", 3)][:1]))
    edits = uploaded(adds=[tree("yew", 4)])
    for _ in range(3):
        assert kind_of(made.sync({**replica, "replicaServerGen": replica["replicaServerGen"]}, edits=edits))
    assert held(everything(made)).count("yew") == 1


@case("FSR-026", FACTS + " §8 and §9: results hold failures only, by code")
def results_tell_failures_alone(ctx: Context) -> None:
    made = planted(ctx)
    missing, good = braced(), tree("ash", 3)
    told = made.sync(everything(made), edits=uploaded(adds=[good], deleteIds=[missing]))
    results = changes(told)
    assert results["addResults"] == []
    assert [(each["globalId"], each["error"]["code"]) for each in results["deleteResults"]] == [(missing, 1011)]


@case("FSR-027", FACTS + " §8: returnIdsForAdds tells the new object ids")
def ids_of_adds_are_told_when_asked(ctx: Context) -> None:
    made = planted(ctx)
    ash = tree("ash", 3)
    told = made.sync(everything(made), edits=uploaded(adds=[ash]), returnIdsForAdds="true")
    (result,) = changes(told)["addResults"]
    assert (result["success"], result["globalId"]) == (True, ash["attributes"]["GlobalID"])
    assert made.ask("0/query", objectIds=str(result["objectId"]), returnCountOnly="true") == {"count": 1}


@case("FSR-028", FACTS + " §10: with rollbackOnFailure one bad edit undoes all")
def a_rolled_back_upload_leaves_nothing(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    asked = {"replicaID": replica["replicaID"], "replicaServerGen": str(replica["replicaServerGen"])}
    edits = uploaded(adds=[tree("ash", 3)], deleteIds=[braced()])
    assert "rolled back" in made.refused("synchronizeReplica", **asked, edits=edits, rollbackOnFailure="true")
    assert len(held(everything(made))) == 3


@case("FSR-029", FACTS + " §9: an add without a GlobalID is 1020")
def an_add_without_a_global_id_is_refused(ctx: Context) -> None:
    made = planted(ctx)
    told = made.sync(everything(made), edits=uploaded(adds=[{"attributes": {"name": "x"}}]))
    assert changes(told)["addResults"][0]["error"]["code"] == 1020


@case("FSR-030", FACTS + " §9: an update changes only what it names")
def an_update_changes_what_it_names(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    oak = next(e for e in replica["layers"][0]["features"] if e["attributes"]["name"] == "oak")
    update = {"attributes": {"GlobalID": oak["attributes"]["GlobalID"], "age": 101}}
    made.sync(replica, edits=uploaded(updates=[update]))
    fresh = next(e for e in everything(made)["layers"][0]["features"] if e["attributes"]["name"] == "oak")
    assert (fresh["attributes"]["age"], fresh["geometry"]) == (101, oak["geometry"])


@case("FSR-031", FACTS + " §8: upload alone repeats the generation it carried")
def an_upload_alone_repeats_its_generation(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    told = made.sync(replica, edits=uploaded(adds=[tree("ash", 3)]), syncDirection="upload")
    assert (kind_of(told), told["replicaServerGen"]) == ("NoEdits", replica["replicaServerGen"])


@case("FSR-032", FACTS + " §8: download ignores edits")
def a_download_ignores_edits(ctx: Context) -> None:
    made = planted(ctx)
    made.sync(everything(made), edits=uploaded(adds=[tree("ash", 3)]), syncDirection="download")
    assert len(held(everything(made))) == 3


@case("FSR-033", FACTS + " §8: a snapshot is replacement data")
def a_snapshot_replaces_all(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    made.add(tree("ash", 3))
    told = made.sync(replica, syncDirection="snapshot")
    assert (kind_of(told), len(held(told))) == ("ReplacementData", 4)


@case("FSR-034", FACTS + " §8: per layer some are snapshots, some changes")
def layers_sync_each_its_own_way(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create("0,1", layerQueries=EVERY, syncModel="perLayer")
    made.add(tree("ash", 3))
    gens = {each["id"]: each["serverGen"] for each in replica["layerServerGens"]}
    wanted = [{"id": 0, "serverGen": gens[0], "syncDirection": "download"}, {"id": 1, "syncDirection": "snapshot"}]
    told = made.sync(replica, syncLayers=wanted)
    assert (kind_of(told), names(changes(told)["adds"]), held(told, 1)) == ("EditsAndData", ["ash"], [])


@case("FSR-035", FACTS + " §8: only the layers listed are synchronized")
def unlisted_layers_stay_behind(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create("0,1", layerQueries=EVERY, syncModel="perLayer")
    made.add(tree("ash", 3))
    gens = {each["id"]: each["serverGen"] for each in replica["layerServerGens"]}
    told = made.sync(replica, syncLayers=[{"id": 1, "serverGen": gens[1]}])
    assert [each["id"] for each in told["layerServerGens"]] == [1]
    assert names(changes(made.sync(replica, syncLayers=[{"id": 0, "serverGen": gens[0]}]))["adds"]) == ["ash"]


@case("FSR-036", FACTS + " §8: closeReplica unregisters after the answer")
def closing_unregisters(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    made.add(tree("ash", 3))
    told = made.sync(replica, closeReplica="true", transportType="esriTransportTypeUrl")
    assert names(changes(made.fetched(told["URL"]))["adds"]) == ["ash"]
    assert made.ask("replicas") == []


@case("FSR-037", FACTS + " §12: a job with refused edits is CompletedWithErrors")
def a_job_tells_of_errors(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    asked = {"replicaID": replica["replicaID"], "replicaServerGen": str(replica["replicaServerGen"])}
    told = made.ask("synchronizeReplica", **asked, edits=uploaded(deleteIds=[braced()]), **{"async": "true"})
    assert made.finished(told["statusUrl"])["status"] == "CompletedWithErrors"


@case("FSR-038", FACTS + " §12: a job that cannot be done has Failed, with its error")
def a_job_that_fails_says_why(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    asked = {"replicaID": replica["replicaID"], "replicaServerGen": "9" * 17}
    told = made.ask("synchronizeReplica", **asked, **{"async": "true"})
    done = made.finished(told["statusUrl"])
    assert (done["status"], "code" in done["error"]) == ("Failed", True)


@case("FSR-039", FACTS + " §9: a photo of a feature of the same call")
def a_photo_is_uploaded_with_its_feature(ctx: Context) -> None:
    made, ash = planted(ctx), tree("ash", 3)
    replica = made.create(layerQueries=EVERY, returnAttachments="true")
    photo = {"globalId": braced(), "parentGlobalId": ash["attributes"]["GlobalID"], "name": "a.png"}
    photo |= {"contentType": "image/png", "data": base64.b64encode(b"ash").decode()}
    made.sync(replica, edits=[{"id": 0, "features": {"adds": [ash]}, "attachments": {"adds": [photo]}}])
    told = made.create(layerQueries=EVERY, returnAttachments="true", returnAttachmentsDataByUrl="false")
    (found,) = told["layers"][0]["attachments"]
    assert (found["globalId"], found["data"]) == (photo["globalId"], photo["data"])


# ---- replicas


@case("FSR-050", FACTS + " §12: replicas are a bare array")
def replicas_are_a_bare_array(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create(replicaName="Mine")
    assert made.ask("replicas") == [{"replicaName": "Mine", "replicaID": replica["replicaID"]}]


@case("FSR-051", FACTS + " §12: a replica describes itself, braces in the path or not")
def a_replica_describes_itself(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create(geometry=NEAR, layerQueries={"0": {"where": "age > 1", "includeRelated": False}})
    told = made.ask(f"replicas/{{{replica['replicaID'].lower()}}}")
    assert (told["replicaID"], told["syncModel"]) == (replica["replicaID"], "perReplica")
    assert told["replicaServerGen"] == replica["replicaServerGen"]
    query = {"id": 0, "queryOption": "useFilter", "useGeometry": True, "includeRelated": False, "where": "age > 1"}
    assert told["layers"] == [query]
    assert {"creationDate", "lastSyncDate", "spatialReference", "geometry", "targetType"} <= told.keys()


@case("FSR-052", FACTS + " §12: unregistering, one and all")
def replicas_are_unregistered(ctx: Context) -> None:
    made = planted(ctx)
    first = made.create()
    made.create()
    assert made.ask("unRegisterReplica", replicaID=f"{{{first['replicaID']}}}") == {"success": True}
    told = made.raw("unRegisterReplica", replicaID=first["replicaID"])
    assert (told["success"], "code" in told["error"]) == (False, True)
    assert made.ask("unRegisterReplica", replicaID="*") == {"success": True}
    assert made.ask("replicas") == []


@case("FSR-053", "issue 5: replicas of layers and of the graph are apart")
def replicas_of_layers_are_not_those_of_the_graph(ctx: Context) -> None:
    made = planted(ctx)
    made.create()
    graph = made.url.replace("FeatureServer", "KnowledgeGraphServer")
    told = made.client.get(f"{graph}/replicas", f="json").json()
    assert "Mine" not in json.dumps(told) and len(made.ask("replicas")) == 1


@case("FSR-054", FACTS + " §13: changes of layers without a replica")
def changes_are_extracted_without_a_replica(ctx: Context) -> None:
    made = planted(ctx)
    gens = made.ask("")["changeTrackingInfo"]["layerServerGens"]
    made.add(tree("ash", 3))
    asked = {"layers": "0", "layerServerGens": gens[:1], "transportType": EMBEDDED}
    told = made.ask("extractChanges", **asked, returnInserts="true", returnDeletes="true", returnUpdates="false")
    assert told["responseType"] == "esriDataChangesResponseTypeEdits"
    assert names(changes(told)["adds"]) == ["ash"]
    assert "returnInserts" in made.refused("extractChanges", **asked)


# ---- tolerances and refusals

TOLERATED: list[tuple[str, str, dict[str, Any]]] = [
    ("FSR-060", "names of parameters in any case", {"LAYERQUERIES": EVERY, "geometry": NEAR}),
    ("FSR-061", "two quote marks for nothing", {"replicaSR": '""', "geometry": '""'}),
    ("FSR-062", "layers as a list with blanks", {"layers": "[0, 1]"}),
    ("FSR-063", "capital booleans", {"returnAttachments": "False", "async": "0"}),
    ("FSR-064", "the other spelling of a transport", {"transportType": "esriTransportTypeURL"}),
    ("FSR-065", "attachmentSyncDirection without an s", {"attachmentSyncDirection": "none"}),
    ("FSR-066", "none beside returnAttachments", {"returnAttachments": "true", "attachmentsSyncDirection": "none"}),
    ("FSR-067", "a reference as JSON", {"inSR": '{"wkid": 4326}', "replicaSR": '{"wkid": 4326}', "geometry": NEAR}),
    ("FSR-068", "an empty list of options", {"replicaOptions": "{}", "syncDirection": ""}),
]


def _tolerated(identifier: str, what: str, given: dict[str, Any]) -> None:
    def run(ctx: Context) -> None:
        assert planted(ctx).ask("createReplica", **{"layers": "0", **given})["replicaID"]

    run.__name__ = f"{what}_is_taken".replace(" ", "_")
    case(identifier, f"{FACTS} §2: {what}")(run)


for _each in TOLERATED:
    _tolerated(*_each)


@case("FSR-069", FACTS + " §2: the literal perReplica for syncLayers, braces, an empty generation list")
def the_drift_of_synchronize_is_taken(ctx: Context) -> None:
    made = planted(ctx)
    replica = everything(made)
    braces = f"{{{replica['replicaID'].lower()}}}"
    told = made.sync(replica, replicaID=braces, syncLayers="perReplica", edits="[]", editsUploadId="")
    assert kind_of(told) == "NoEdits"


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("FSR-070", "no layers", {"layers": ""}, "layers"),
    ("FSR-071", "a layer there is not", {"layers": "0,8"}, "layer 8"),
    ("FSR-072", "a condition that cannot be read", {"layerQueries": {"0": {"where": "age >"}}}, "layerQueries.0.where"),
    ("FSR-073", "an option there is not", {"layerQueries": {"0": {"queryOption": "x"}}}, "queryOption"),
    ("FSR-074", "a geometry that is none", {"geometry": "here"}, "geometry"),
    ("FSR-075", "a sync model there is not", {"syncModel": "x"}, "syncModel"),
    ("FSR-076", "a format there is not", {"dataFormat": "stone"}, "dataFormat"),
    ("FSR-077", "a client that only uploads", {"syncDirection": "upload"}, "syncDirection"),
    ("FSR-078", "attachments both ways without any", {"attachmentsSyncDirection": "bidirectional"}, "attachments"),
    ("FSR-079", "data options the service has not", {"replicaOptions": {"syncDataOptions": 16}}, "syncDataOptions"),
]


def _refused(identifier: str, what: str, given: dict[str, Any], named: str) -> None:
    def run(ctx: Context) -> None:
        made = layers_of(ctx)
        assert named in made.refused("createReplica", **{"layers": "0", **given})
        assert made.ask("replicas") == []

    run.__name__ = f"{what}_is_refused_by_its_name".replace(" ", "_")
    case(identifier, f"issue 5 Bad input: {what}")(run)


for _bad in REFUSED:
    _refused(*_bad)


@case("FSR-080", FACTS + " §8: a download names its generation")
def a_download_without_a_generation_is_refused(ctx: Context) -> None:
    made = planted(ctx)
    assert "replicaServerGen" in made.refused("synchronizeReplica", replicaID=made.create()["replicaID"])


@case("FSR-081", FACTS + " §8: generations that were never given")
def generations_nobody_gave_are_refused(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create()["replicaID"]
    for gen in ("0", "1", "9" * 17, "x"):
        assert made.refused("synchronizeReplica", replicaID=replica, replicaServerGen=gen)


@case("FSR-082", FACTS + " §8: edits and an upload id exclude each other")
def edits_come_one_way(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create()
    asked = {"replicaID": replica["replicaID"], "replicaServerGen": str(replica["replicaServerGen"])}
    told = made.refused("synchronizeReplica", **asked, edits=uploaded(adds=[]), editsUploadId="i1")
    assert "editsUploadId" in told


@case("FSR-083", FACTS + " §8: layers the replica has not")
def edits_of_a_strange_layer_are_refused_whole(ctx: Context) -> None:
    made = planted(ctx)
    replica = made.create()
    asked = {"replicaID": replica["replicaID"], "replicaServerGen": str(replica["replicaServerGen"])}
    edits = [*uploaded(adds=[tree("ash", 3)]), {"id": 1, "features": {}}]
    assert "layer 1" in made.refused("synchronizeReplica", **asked, edits=edits)
    assert len(held(everything(made))) == 3
