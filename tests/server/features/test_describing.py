"""A feature service and its layers, described as clients look for them."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from kgsync.model.schema import Category, FieldType
from kgsync.model.schema_edits import TypeChange
from kgsync.server.layers import publish_layers
from kgsync.sync.datamodel import add_types, delete_type, update_type
from tests.client.house import House
from tests.graphs import CODEC, named_type
from tests.server.features.conftest import Layers


@pytest.mark.parametrize("post", [False, True])
async def test_a_service_lists_its_layers_and_tables(layers: Layers, post: bool) -> None:
    told = await layers.ask(post=post)
    assert [(each["id"], each["name"], each["geometryType"]) for each in told["layers"]] == [
        (0, "Airport", "esriGeometryPoint")
    ]
    assert [(each["id"], each["name"]) for each in told["tables"]] == [(1, "Airline")]
    assert told["syncEnabled"] is True
    assert told["syncCapabilities"]["supportsPerLayerSync"] is True
    assert [each["id"] for each in told["changeTrackingInfo"]["layerServerGens"]] == [0, 1]
    assert told["capabilities"] == "Query,Sync,Extract,ChangeTracking,Uploads,Create,Update,Delete,Editing"
    assert set(told["fullExtent"]) >= {"xmin", "ymin", "xmax", "ymax"}
    both = await layers.ask("/layers", post=post)
    assert [each["name"] for each in (*both["layers"], *both["tables"])] == ["Airport", "Airline"]
    assert await layers.ask("/0") == both["layers"][0]
    assert both["layers"][0]["objectIdField"] == "OBJECTID"
    assert both["layers"][0]["displayField"] == "name"


async def test_layers_keep_their_numbers_when_types_are_renamed_added_and_deleted(layers: Layers) -> None:
    graph = layers.graph
    renamed = replace(graph.model().require("Airport"), name="Aerodrome")
    graph.edit(update_type, "Airport", TypeChange(replacement=renamed, masked=frozenset({"name"})), CODEC)
    graph.edit(add_types, (named_type("Tower", Category.ENTITY, {"shape": FieldType.GEOMETRY}),))
    publish_layers(graph.store, graph.service, 2)
    told = await layers.ask()
    assert [(each["id"], each["name"]) for each in told["layers"]] == [(0, "Aerodrome"), (2, "Tower")]
    graph.edit(delete_type, "Airline")
    assert [each["id"] for each in (await layers.ask())["tables"]] == []
    assert "no layer 1" in (await layers.refused("/1"))[1]


async def test_a_graph_whose_layers_nobody_published_is_no_feature_service(home: House, layers: Layers) -> None:
    layers.url = f"{home.http}/server/rest/services/{home.graph().service.path}/FeatureServer"
    for path in ("", "/0", "/layers", "/0/query"):
        assert (await layers.refused(path))[0] == 404


@pytest.mark.parametrize("path", ["/7", "/x", "/7/query", "/-1", "/99999999999999999999"])
async def test_a_layer_that_is_not_there_is_told(layers: Layers, path: str) -> None:
    assert (await layers.refused(path))[0] == 404


async def test_services_are_listed_by_both_faces(layers: Layers) -> None:
    url = f"{layers.home.http}/server/rest/services/Hosted"
    async with layers.session.get(url, params={"f": "json", "token": layers.token}) as response:
        listed = (await response.json())["services"]
    path = layers.graph.service.path
    assert {"name": path, "type": "FeatureServer"} in listed
    assert {"name": path, "type": "KnowledgeGraphServer"} in listed


async def test_a_description_is_a_page_for_people(layers: Layers) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"X-Esri-Authorization": f"Bearer {layers.token}"}
        async with session.get(f"{layers.url}/0", headers=headers) as response:
            assert response.content_type == "text/html"
            assert "Airport" in await response.text()
