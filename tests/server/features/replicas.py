"""A client of a feature service: it applies what it is given to a copy, and knows nothing of how that was made."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from tests.server.features.conftest import Layers

Features = dict[str, dict[str, Any]]  # by global id


def braced() -> str:
    return f"{{{uuid4()}}}".upper()


class Copy:
    """What a client holds of a replica: features by layer and global id, and how far it has them."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.id, self.name = told["replicaID"], told["replicaName"]
        self.gen = told.get("replicaServerGen")
        self.gens = {each["id"]: each["serverGen"] for each in told.get("layerServerGens", ())}
        self.layers: dict[int, Features] = {}
        self.attachments: dict[int, Features] = {}
        self._whole(told["layers"])

    def _whole(self, layers: list[dict[str, Any]]) -> None:
        for layer in layers:
            self.layers[layer["id"]] = {each["attributes"]["GlobalID"]: each for each in layer["features"]}
            if "attachments" in layer:
                self.attachments[layer["id"]] = {each["globalId"]: each for each in layer["attachments"]}

    def apply(self, told: dict[str, Any]) -> None:
        """Take an answer in: deletes, then whole features."""
        for layer in told.get("edits", ()):
            held = self.layers.setdefault(layer["id"], {})
            for id in layer["features"]["deleteIds"]:
                held.pop(id, None)
            for each in (*layer["features"]["adds"], *layer["features"]["updates"]):
                held[each["attributes"]["GlobalID"]] = each
            photos, sent = self.attachments.setdefault(layer["id"], {}), layer.get("attachments", {})
            for id in sent.get("deleteIds", ()):
                photos.pop(id, None)
            for each in (*sent.get("adds", ()), *sent.get("updates", ())):
                photos[each["globalId"]] = each
        self._whole(told.get("layers", ()))
        self.gen = told.get("replicaServerGen", self.gen)
        self.gens |= {each["id"]: each["serverGen"] for each in told.get("layerServerGens", ())}

    def id_of(self, name: str) -> str:
        return next(id for id, each in self.layers[0].items() if each["attributes"]["name"] == name)

    def named(self, layer: int = 0) -> list[str]:
        return sorted(each["attributes"]["name"] for each in self.layers.get(layer, {}).values())

    def content(self) -> dict[int, Features]:
        """Give what is held, without object ids: those are each server's own."""
        return {number: {id: _shown(each) for id, each in held.items()} for number, held in self.layers.items()}


def _shown(feature: dict[str, Any]) -> dict[str, Any]:
    attributes = {name: value for name, value in feature["attributes"].items() if name != "OBJECTID"}
    return {**feature, "attributes": attributes}


class Client:
    """Create and synchronize replicas as somebody."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers

    async def answer(self, path: str, **parameters: Any) -> dict[str, Any]:
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
        told: dict[str, Any] = await self.layers.ask(path, post=True, **texts)
        assert "error" not in told, told
        return told

    async def create(self, layers: str = "0", **parameters: Any) -> Copy:
        told = await self.answer(
            "/createReplica", layers=layers, **{"transportType": "esriTransportTypeEmbedded", **parameters}
        )
        return Copy(told)

    async def sync(self, copy: Copy, **parameters: Any) -> dict[str, Any]:
        """Synchronize a replica of one generation, and take the answer in."""
        given = {"replicaID": copy.id, "transportType": "esriTransportTypeEmbedded"}
        if copy.gen is not None:
            given["replicaServerGen"] = str(copy.gen)
        else:
            given["syncLayers"] = json.dumps([{"id": id, "serverGen": gen} for id, gen in copy.gens.items()])
        told = await self.answer("/synchronizeReplica", **{**given, **parameters})
        copy.apply(told)
        return told

    async def fetch(self, url: str) -> Any:
        async with self.layers.session.get(url) as response:
            assert response.status == 200, await response.text()
            return json.loads(await response.read())
