"""Feature services: what describes them, their queries, edits and attachments."""

import json
from typing import Any

from tests.conformance.context import Context
from tests.conformance.layers import DEFINITION, layers_of, names, planted, tree
from tests.conformance.registry import case
from tests.conformance.wire import multipart

FACTS = "feature-service.md"


@case("FS-001", FACTS + " §3: syncEnabled is exactly true, with the capabilities of sync")
def a_service_says_that_it_synchronizes(ctx: Context) -> None:
    told = layers_of(ctx).ask("")
    assert told["syncEnabled"] is True
    assert {"Query", "Sync"} <= set(told["capabilities"].split(","))
    assert told["syncCapabilities"]["supportsPerLayerSync"] is True
    assert told["syncCapabilities"]["supportedSyncDataOptions"] == 0


@case("FS-002", FACTS + " §3: without the Sync capability there is no sync")
def a_service_without_sync_says_so_and_makes_no_replicas(ctx: Context) -> None:
    made = layers_of(ctx, capabilities="Query,Create")
    assert made.ask("")["syncEnabled"] is False
    assert made.refused("createReplica", layers="0")


@case("FS-003", FACTS + " §3: the client's minimum on the root")
def the_root_has_what_clients_read(ctx: Context) -> None:
    told = layers_of(ctx).ask("")
    assert [each["name"] for each in (*told["layers"], *told["tables"])] == ["Tree", "Note"]
    assert {"xmin", "ymin", "xmax", "ymax"} <= told["fullExtent"].keys()
    assert told["spatialReference"]["wkid"] == 4326


@case("FS-004", FACTS + " §3: the client's minimum on a layer")
def a_layer_has_what_clients_read(ctx: Context) -> None:
    told = layers_of(ctx).ask("0")
    wanted = {"id", "name", "type", "fields", "objectIdField", "globalIdField", "geometryType", "hasAttachments"}
    assert wanted | {"capabilities", "maxRecordCount", "extent"} <= told.keys()
    assert (told["supportsApplyEditsWithGlobalIds"], told["hasAttachments"]) == (True, True)


@case("FS-005", FACTS + " §1: root and layers by GET and POST")
def resources_answer_get_and_post_alike(ctx: Context) -> None:
    made = layers_of(ctx)
    for path in ("", "/0", "/layers"):
        got = made.client.get(made.url + path, f="json").json()
        assert got == made.ask(path.strip("/"))


@case("FS-006", FACTS + " §3: changeTrackingInfo names the generations of layers")
def the_service_tells_its_generations(ctx: Context) -> None:
    made = planted(ctx)
    gens = {each["id"]: each for each in made.ask("")["changeTrackingInfo"]["layerServerGens"]}
    before = gens[0]["serverGen"]
    made.add(tree("ash", 5))
    after = {each["id"]: each for each in made.ask("")["changeTrackingInfo"]["layerServerGens"]}[0]["serverGen"]
    assert after > before


@case("FS-007", FACTS + " §1: errors are HTTP 200 with code, message and details")
def a_layer_that_is_not_there_is_an_error_object(ctx: Context) -> None:
    made = layers_of(ctx)
    assert "7" in made.refused("7")
    assert made.refused("7/query", where="1=1")


QUERIES: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("FS-010", "where", {"where": "age > 40"}, ["elm", "oak"]),
    ("FS-011", "where in any case, with functions", {"where": "UPPER(NAME) like 'O%'"}, ["oak"]),
    ("FS-012", "an envelope of padded numbers", {"geometry": "  0.0,  -1.0,  10.0,  1.0"}, ["elm", "oak"]),
    ("FS-013", "object ids", {"objectIds": "1,3"}, ["fir", "oak"]),
    ("FS-014", "null is neither equal nor unequal", {"where": "seen = timestamp '2020-01-01 00:00:00'"}, []),
    ("FS-015", "order and a page", {"orderByFields": "age desc", "resultRecordCount": "1", "where": "1=1"}, ["oak"]),
    ("FS-016", "BETWEEN and IN", {"where": "age BETWEEN 4 AND 60 AND name IN ('elm', 'fir')"}, ["elm", "fir"]),
]


def _query_case(identifier: str, what: str, asked: dict[str, str], expected: list[str]) -> None:
    def run(ctx: Context) -> None:
        assert names(planted(ctx).ask("0/query", outFields="*", **asked)["features"]) == expected

    run.__name__ = f"a_query_by_{what}".replace(" ", "_").replace(",", "")
    case(identifier, f"{FACTS} §15 and SQL-92: {what}")(run)


for _each in QUERIES:
    _query_case(*_each)


@case("FS-017", FACTS + " §15: returnCountOnly and returnIdsOnly")
def counts_and_ids_come_alone(ctx: Context) -> None:
    made = planted(ctx)
    assert made.ask("0/query", where="1=1", returnCountOnly="true") == {"count": 3}
    told = made.ask("0/query", where="age > 40", returnIdsOnly="true")
    assert (told["objectIdFieldName"], len(told["objectIds"])) == ("OBJECTID", 2)


@case("FS-018", FACTS + " §15: exceededTransferLimit drives paging")
def a_full_page_says_that_there_is_more(ctx: Context) -> None:
    made = planted(ctx)
    first = made.ask("0/query", where="1=1", resultRecordCount="2")
    rest = made.ask("0/query", where="1=1", resultRecordCount="2", resultOffset="2")
    assert (first["exceededTransferLimit"], len(rest["features"])) == (True, 1)
    assert "exceededTransferLimit" not in rest


@case("FS-019", "ArcGIS REST API, query: f=geojson")
def geojson_is_in_longitude_and_latitude(ctx: Context) -> None:
    told = planted(ctx).ask("0/query", where="name = 'fir'", f="geojson")
    assert told["features"][0]["geometry"] == {"type": "Point", "coordinates": [30.0, 0.0]}


@case("FS-020", FACTS + " §15: an add that names its GlobalID keeps it")
def an_added_feature_keeps_its_global_id(ctx: Context) -> None:
    made, ash = layers_of(ctx), tree("ash", 5)
    made.add(ash)
    (found,) = made.ask("0/query", where="1=1", outFields="*")["features"]
    assert found["attributes"]["GlobalID"] == ash["attributes"]["GlobalID"]


@case("FS-021", FACTS + " §9: one bad edit undoes all of applyEdits")
def one_bad_edit_undoes_the_call(ctx: Context) -> None:
    made = layers_of(ctx)
    told = made.ask("0/applyEdits", adds=[tree("ash", 5), tree("bad", 5, age="old")])
    good, bad = told["addResults"]
    assert (good["error"]["code"], bad["error"]["code"]) == (1003, 1016)
    assert made.ask("0/query", where="1=1", returnCountOnly="true") == {"count": 0}


@case("FS-022", FACTS + " §1: edits of several layers answer an array")
def edits_of_several_layers_are_one_commit(ctx: Context) -> None:
    made = layers_of(ctx)
    edits = [{"id": 0, "adds": [tree("ash", 5)]}, {"id": 1, "adds": [{"attributes": {"name": "n"}}]}]
    told = made.ask("applyEdits", edits=edits, returnEditMoment="true")
    assert [each["id"] for each in told] == [0, 1]
    assert len({each["editMoment"] for each in told}) == 1


@case("FS-023", FACTS + " §14 and §15: attachments of a feature")
def a_file_is_attached_and_fetched(ctx: Context) -> None:
    made = planted(ctx)
    kind, body = multipart({"f": "json"}, {"attachment": ("leaf.png", b"leaf")})
    path = f"{made.url}/0/1/addAttachment"
    added = made.client.request("POST", path, body, headers={"Content-Type": kind}).json_object()
    number = added["addAttachmentResult"]["objectId"]
    (info,) = made.ask("0/1/attachments")["attachmentInfos"]
    assert (info["id"], info["size"], info["contentType"]) == (number, 4, "image/png")
    assert made.client.get(f"{made.url}/0/1/attachments/{number}").body == b"leaf"
    told = made.ask("0/1/deleteAttachments", attachmentIds=str(number))
    assert told["deleteAttachmentResults"][0]["success"] is True


@case("FS-024", "the mission: both faces are over the same objects")
def a_definition_with_a_bad_place_makes_no_service(ctx: Context) -> None:
    wanted = {"name": ctx.fresh_name(), **DEFINITION, "layers": [{"name": "x", "geometryType": "cloud"}]}
    told = ctx.client.form(
        f"{ctx.home}/createService", createParameters=json.dumps(wanted), outputType="featureService", f="json"
    ).json_object()
    error: Any = told["error"]
    assert "layers[0].geometryType" in error["message"]


REFUSED: list[tuple[str, str, str, dict[str, str], str]] = [
    ("FS-030", "a condition that cannot be read", "0/query", {"where": "age >"}, "where"),
    ("FS-031", "a field there is not", "0/query", {"where": "1=1", "outFields": "nothing"}, "outFields"),
    ("FS-032", "a geometry of three numbers", "0/query", {"geometry": "1,2,3"}, "geometry"),
    ("FS-033", "a number that is none", "0/query", {"where": "1=1", "resultOffset": "x"}, "resultOffset"),
    ("FS-034", "a truth that is none", "0/query", {"where": "1=1", "returnCountOnly": "perhaps"}, "returnCountOnly"),
    ("FS-035", "features that are no list", "0/addFeatures", {"features": "{}"}, "features"),
    ("FS-036", "a form there is not", "0/query", {"where": "1=1", "f": "stone"}, "f"),
    ("FS-037", "nothing to delete", "0/deleteFeatures", {}, "objectIds"),
]


def _refusal(identifier: str, what: str, operation: str, asked: dict[str, str], named: str) -> None:
    def run(ctx: Context) -> None:
        assert named in layers_of(ctx).refused(operation, **asked)

    run.__name__ = f"{what}_is_refused_by_its_name".replace(" ", "_")
    case(identifier, f"issue 5 Bad input: {what}")(run)


for _bad in REFUSED:
    _refusal(*_bad)
