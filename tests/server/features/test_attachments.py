"""What is attached to features: by number in a layer, by global id in replicas."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from kgsync.model.edits import Add, Op
from kgsync.server.attachments import digest_of
from kgsync.server.clock import wall_clock
from kgsync.wire.esrijson.definition import read_definition
from tests.graphs import Graph, entity, link
from tests.server.features.conftest import Layers
from tests.server.features.replicas import Client, Copy, braced
from tests.server.features.test_publishing import published

FIELDS = [{"name": "name", "type": "esriFieldTypeString"}]
DEFINITION: dict[str, Any] = {
    "layers": [{"name": "Tree", "geometryType": "esriGeometryPoint", "fields": FIELDS, "hasAttachments": True}],
    "tables": [{"name": "Plain", "fields": FIELDS}],
}
PHOTO = b"\x89PNG not really"
EVERY = {"0": {"queryOption": "all"}}


@pytest.fixture
async def trees(layers: Layers) -> Layers:
    """Two trees, numbered 1 and 2, without anything attached."""
    service = published(layers.home, read_definition(DEFINITION))
    layers.url = f"{layers.home.http}/server/rest/services/{service.path}/FeatureServer"
    layers.graph = Graph(layers.home.store, service, wall_clock())
    features = [{"attributes": {"name": name}, "geometry": {"x": x, "y": 0}} for name, x in (("oak", 1), ("elm", 2))]
    told = await layers.ask("/0/addFeatures", post=True, features=json.dumps(features))
    assert all(each["success"] for each in told["addResults"])
    return layers


async def attach(layers: Layers, feature: int, data: bytes = PHOTO, name: str = "leaf.png", **fields: Any) -> Any:
    form = aiohttp.FormData({"f": "json", **fields})
    form.add_field("attachment", data, filename=name)
    path = "updateAttachment" if "attachmentId" in fields else "addAttachment"
    headers = {"X-Esri-Authorization": f"Bearer {layers.token}"}
    async with layers.session.post(f"{layers.url}/0/{feature}/{path}", data=form, headers=headers) as response:
        return await response.json()


async def infos(layers: Layers, feature: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await layers.ask(f"/0/{feature}/attachments"))["attachmentInfos"]
    return found


async def fetched(layers: Layers, url: str) -> bytes:
    async with layers.session.get(url, params={"token": layers.token}) as response:
        assert response.status == 200
        return await response.read()


async def number_of(layers: Layers, name: str) -> int:
    told = await layers.ask("/0/query", where=f"name = '{name}'", returnIdsOnly="true")
    (number,) = told["objectIds"]
    return int(number)


async def test_a_file_is_attached_fetched_replaced_and_deleted(trees: Layers) -> None:
    oak = await number_of(trees, "oak")
    added = (await attach(trees, oak))["addAttachmentResult"]
    (info,) = await infos(trees, oak)
    assert (info["id"], info["globalId"]) == (added["objectId"], added["globalId"])
    assert (info["name"], info["contentType"], info["size"]) == ("leaf.png", "image/png", len(PHOTO))
    url = f"{trees.url}/0/{oak}/attachments/{info['id']}"
    assert await fetched(trees, url) == PHOTO
    again = await attach(trees, oak, b"other", "bark.jpg", attachmentId=str(info["id"]))
    assert again["updateAttachmentResult"]["success"]
    (info,) = await infos(trees, oak)
    assert (info["name"], await fetched(trees, url)) == ("bark.jpg", b"other")
    told = await trees.ask(f"/0/{oak}/deleteAttachments", post=True, attachmentIds=f"{info['id']},999")
    assert [each["success"] for each in told["deleteAttachmentResults"]] == [True, False]
    assert await infos(trees, oak) == []


async def test_attachments_are_grouped_by_their_features(trees: Layers) -> None:
    oak, elm = await number_of(trees, "oak"), await number_of(trees, "elm")
    for feature in (oak, oak, elm):
        await attach(trees, feature)
    told = await trees.ask("/0/queryAttachments", objectIds=f"{oak},{elm}")
    assert {each["parentObjectId"]: len(each["attachmentInfos"]) for each in told["attachmentGroups"]} == {
        oak: 2,
        elm: 1,
    }


async def test_a_feature_takes_its_attachments_along(trees: Layers) -> None:
    oak = await number_of(trees, "oak")
    await attach(trees, oak)
    await trees.ask("/0/deleteFeatures", post=True, objectIds=oak)
    assert (await trees.ask("/0/queryAttachments"))["attachmentGroups"] == []
    documents = await trees.ask("/0/query", where="1=1", returnCountOnly="true")
    assert documents == {"count": 1}
    with trees.home.store.reading(trees.graph.service.id) as reading:
        document = reading.data_model().documents
        assert document is not None
        assert reading.count([document.id]) == 0


@pytest.mark.parametrize(
    "path", ["/1/1/attachments", "/0/999/attachments/1", "/0/x/attachments", "/1/queryAttachments"]
)
async def test_what_has_no_attachments_says_so(trees: Layers, path: str) -> None:
    assert (await trees.refused(path))[0] == 404


async def test_a_photo_is_sent_as_no_page(trees: Layers) -> None:
    oak = await number_of(trees, "oak")
    added = (await attach(trees, oak, b"<script>", "x.svg"))["addAttachmentResult"]
    url = f"{trees.url}/0/{oak}/attachments/{added['objectId']}"
    async with trees.session.get(url, params={"token": trees.token}) as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")


# ---- replicas


def held(copy: Copy) -> dict[str, tuple[str, str]]:
    return {id: (each["name"], each["parentGlobalId"]) for id, each in copy.attachments.get(0, {}).items()}


async def test_a_replica_brings_what_is_attached_to_its_features(trees: Layers) -> None:
    client, oak = Client(trees), await number_of(trees, "oak")
    await attach(trees, oak)
    with_url = await client.create(layerQueries=EVERY, returnAttachments="true")
    (one,) = with_url.attachments[0].values()
    assert one["parentGlobalId"] == with_url.id_of("oak")
    assert await fetched(trees, one["url"]) == PHOTO
    inline = await client.create(layerQueries=EVERY, returnAttachments="true", returnAttachmentsDataByUrl="false")
    (one,) = inline.attachments[0].values()
    assert base64.b64decode(one["data"]) == PHOTO
    assert (await client.create(layerQueries=EVERY)).attachments == {}
    where = {"0": {"where": "name = 'elm'"}}
    assert (await client.create(layerQueries=where, returnAttachments="true")).attachments == {0: {}}


async def test_attachments_come_and_go_with_their_features(trees: Layers) -> None:
    client, oak = Client(trees), await number_of(trees, "oak")
    where = {"0": {"where": "name = 'oak'"}}
    copy = await client.create(layerQueries=where, returnAttachments="true")
    added = (await attach(trees, oak))["addAttachmentResult"]
    await client.sync(copy)
    assert list(held(copy)) == [added["globalId"]]
    change = {"attributes": {"OBJECTID": oak, "name": "ash"}}
    await trees.ask("/0/updateFeatures", post=True, features=json.dumps([change]))
    await client.sync(copy)
    assert (copy.named(), held(copy)) == ([], {})
    change["attributes"]["name"] = "oak"
    await trees.ask("/0/updateFeatures", post=True, features=json.dumps([change]))
    await client.sync(copy)
    assert list(held(copy)) == [added["globalId"]]
    await trees.ask(f"/0/{oak}/deleteAttachments", post=True, attachmentIds=added["objectId"])
    await client.sync(copy)
    assert held(copy) == {}


async def test_a_photo_of_a_new_feature_is_uploaded_with_it(trees: Layers) -> None:
    client = Client(trees)
    one = await client.create(layerQueries=EVERY, returnAttachments="true")
    other = await client.create(layerQueries=EVERY, returnAttachments="true")
    tree, photo = braced(), braced()
    attachment = {
        "globalId": photo,
        "parentGlobalId": tree,
        "name": "fir.jpg",
        "contentType": "image/jpeg",
        "data": base64.b64encode(PHOTO).decode(),
    }
    feature = {"attributes": {"GlobalID": tree, "name": "fir"}, "geometry": {"x": 5, "y": 5}}
    lost = {**attachment, "globalId": braced(), "parentGlobalId": braced()}
    edits = [{"id": 0, "features": {"adds": [feature]}, "attachments": {"adds": [attachment, lost]}}]
    told = await client.sync(one, edits=edits)
    (refused,) = told["edits"][0]["attachments"]["addResults"]
    assert (refused["globalId"], refused["error"]["code"]) == (lost["globalId"], 1008)
    assert told["edits"][0]["attachments"]["adds"] == [], "what it brought itself does not come back"
    await client.sync(other)
    assert held(other) == {photo: ("fir.jpg", tree)}
    assert await fetched(trees, other.attachments[0][photo]["url"]) == PHOTO
    renamed = {"globalId": photo, "name": "pine.jpg"}
    edits = [{"id": 0, "attachments": {"updates": [renamed]}}]
    await client.sync(other, edits=edits)
    await client.sync(one)
    assert held(one) == {photo: ("pine.jpg", tree)}
    edits = [{"id": 0, "attachments": {"deleteIds": [photo]}}]
    await client.sync(other, edits=edits)
    await client.sync(one)
    assert held(one) == {}


async def test_attachments_of_the_layer_are_documents_of_the_graph(trees: Layers) -> None:
    client, graph = Client(trees), trees.graph
    copy = await client.create(layerQueries=EVERY, returnAttachments="true")
    tree = copy.id_of("oak")

    graph.apply(entity(Op.ADD, "Document", Add(UUID(int=77), {"name": "map.pdf"})))
    graph.apply(link(Op.ADD, "HasDocument", Add(UUID(int=78), {}, UUID(tree[1:-1]), UUID(int=77))))
    await client.sync(copy)
    assert [name for name, _ in held(copy).values()] == ["map.pdf"]


async def test_a_layer_without_attachments_refuses_them(trees: Layers) -> None:
    client = Client(trees)
    copy = await client.create("0,1", layerQueries={**EVERY, "1": {"queryOption": "all"}})
    edits = json.dumps([{"id": 1, "attachments": {"adds": [{"globalId": braced()}]}}])
    asked = {"replicaID": copy.id, "replicaServerGen": str(copy.gen), "edits": edits}
    error = (await trees.ask("/synchronizeReplica", post=True, **asked))["error"]
    assert "edits[0].attachments" in error["message"]


async def test_the_direction_of_attachments_is_kept(trees: Layers) -> None:
    client, oak = Client(trees), await number_of(trees, "oak")
    without = await client.create(layerQueries=EVERY)
    photo = {"globalId": braced(), "parentGlobalId": without.id_of("oak"), "name": "x.png", "data": "AQ=="}
    edits = json.dumps([{"id": 0, "attachments": {"adds": [photo]}}])
    asked = {"replicaID": without.id, "replicaServerGen": str(without.gen), "edits": edits}
    error = (await trees.ask("/synchronizeReplica", post=True, **asked))["error"]
    assert "attachments" in error["message"]
    only_up = await client.create(layerQueries=EVERY, returnAttachments="true", attachmentsSyncDirection="upload")
    await attach(trees, oak)
    assert (await client.sync(only_up))["responseType"] == "esriReplicaResponseTypeNoEdits"
    told = await client.sync(only_up, edits=[{"id": 0, "attachments": {"adds": [photo]}}])
    assert told["responseType"] == "esriReplicaResponseTypeNoEdits"
    assert len(await infos(trees, oak)) == 2


async def test_an_attachment_that_is_refused_leaves_no_bytes(trees: Layers) -> None:
    client = Client(trees)
    copy = await client.create(layerQueries=EVERY, returnAttachments="true")
    lost = {"globalId": braced(), "parentGlobalId": braced(), "data": base64.b64encode(b"lost").decode()}
    gone = {"globalId": braced(), "data": base64.b64encode(b"gone").decode()}
    await client.sync(copy, edits=[{"id": 0, "attachments": {"adds": [lost], "updates": [gone]}}])
    await attach(trees, await number_of(trees, "oak"))
    with trees.home.store.reading(trees.graph.service.id) as reading:
        kept = {data: reading.attachment(digest_of(data)) for data in (b"lost", b"gone", PHOTO)}
    assert kept == {b"lost": None, b"gone": None, PHOTO: PHOTO}


async def test_a_document_that_stood_alone_is_not_lost_by_its_id(trees: Layers) -> None:
    client, document = Client(trees), UUID(int=79)
    trees.graph.apply(entity(Op.ADD, "Document", Add(document, {"name": "map.pdf"})))
    copy = await client.create(layerQueries=EVERY, returnAttachments="true")
    photo = {"globalId": f"{{{document}}}", "parentGlobalId": braced(), "name": "x.png", "data": "AQ=="}
    await client.sync(copy, edits=[{"id": 0, "attachments": {"adds": [photo]}}])
    assert trees.graph.values(79)["name"] == "map.pdf"
