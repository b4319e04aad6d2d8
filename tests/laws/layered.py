"""A feature service's life at random: clients of layers and of the graph edit the same objects, answers are lost.

A client's copy is held against what a fresh export of the same layers gives. It applies answers as a device does:
deletes, then whole features; its own edits are in its copy already, with just the digits it sent.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from copy import deepcopy
from typing import Any
from uuid import UUID

from kgsync.model.edits import Add, Delete, Op, Update
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.people import Principal, Role
from kgsync.model.schema import Category, FieldType
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_calls import ReplicaCalls
from kgsync.server.parts import UploadSource
from kgsync.server.service import Verbs
from kgsync.sync.codec import Restater
from tests.graphs import CODEC, Graph, entity, named_type

SITE = named_type(
    "Site",
    Category.ENTITY,
    {"name": FieldType.STRING, "n": FieldType.INTEGER, "at": FieldType.DATE, "shape": FieldType.GEOMETRY},
)
NOTE = named_type("Note", Category.ENTITY, {"name": FieldType.STRING, "n": FieldType.INTEGER})
TYPES = (SITE, NOTE)
ANN = Principal(name="ann", role=Role.CONTRIBUTOR, address="")
_WHERE = ("", "n > 1", "n < 3 OR name LIKE 'a%'", "name IS NOT NULL", "UPPER(name) = 'A' OR n = 2", "n IN (0, 3)")
_SOURCE = UploadSource(body=None)  # type: ignore[arg-type]  # nothing is read of it
Attributes = dict[str, Any]


class World:
    """One service, what is done to it, and whoever syncs with it."""

    def __init__(self, verbs: Verbs, graph: Graph, seed: int) -> None:
        self.verbs, self.graph, self.seed = verbs, graph, seed
        self.calls = ReplicaCalls(verbs)
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.ids: dict[int, list[UUID]] = {0: [], 1: []}

    # ---- values

    def attributes(self) -> Attributes:
        dice = self.random
        return {"name": dice.choice(("a", "A", "b", "ä", None)), "n": dice.choice((0, 1, 2, 3, None))}

    def place(self) -> tuple[float, float] | None:
        dice = self.random
        if dice.random() < 0.15:
            return None
        fine = dice.choice((0, 0, 1e-11))  # finer than what is kept
        return dice.randrange(-3, 4) + 0.1 + fine, dice.randrange(-2, 3) + 0.7

    # ---- who edits the graph

    def edit_graph(self) -> None:
        dice, layer = self.random, self.random.randrange(2)
        name, known = TYPES[layer].name, self.ids[layer]
        roll = dice.random()
        values: dict[str, Any] = self.attributes()
        place = self.place()
        if layer == 0 and dice.random() < 0.6:
            values["shape"] = None if place is None else Geometry(GeometryKind.POINT, False, False, (place,))
        if roll < 0.45 or not known:
            id = uuid.UUID(int=dice.getrandbits(120))
            known.append(id)
            self.graph.apply(entity(Op.ADD, name, Add(id, values)))
        elif roll < 0.8:
            self.graph.apply(entity(Op.UPDATE, name, Update(dice.choice(known), values)), fails=True)
        else:
            self.graph.apply(entity(Op.DELETE, name, Delete(dice.choice(known))), fails=True)

    def values_of(self, ids: list[UUID]) -> dict[UUID, tuple[int, dict[str, Any]]]:
        """Read what features hold now, by layer."""
        found = {}
        with self.graph.store.reading(self.graph.service.id) as reading:
            model = reading.data_model()
            restater = Restater(reading, model, CODEC)
            layers = {model.require(t.name).id: n for n, t in enumerate(TYPES)}
            for id, stored in reading.find(ids).items():
                values = restater.values(stored.type, stored.schema, stored.row)
                found[id] = layers[stored.type], {n: v for n, v in values.items() if n not in ("objectid", "globalid")}
        return found

    def change_back(self, before: dict[UUID, tuple[int, dict[str, Any]]], gone: list[UUID]) -> None:
        """Give features back what they held, whoever changed or deleted them since."""
        for id, (layer, values) in before.items():
            edit = Add(id, values) if id in gone else Update(id, values)
            op = Op.ADD if id in gone else Op.UPDATE
            self.graph.apply(entity(op, TYPES[layer].name, edit), fails=True)
        self.counts["changed back"] += bool(before)

    # ---- calls

    async def ask(self, what: str, **parameters: Any) -> dict[str, Any]:
        """Do a call as a request would, and give its whole answer."""
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
        asked = Asked(texts)
        if what == "create":
            found, call = await self.calls.read_create(self.graph.service, asked)
            answer = await self.calls.replicas.create(found, ANN, call)
        else:
            found, sync = await self.calls.read_sync(self.graph.service, asked)
            answer = await self.calls.synchronized(found, ANN, sync, asked, _SOURCE)
        told: dict[str, Any] = json.loads(answer.facts)
        if answer.archive is not None:
            path = self.verbs.archives.path(answer.archive)
            told = json.loads(path.read_bytes())
            path.unlink()
        return told


class Device:
    """One client: its copy, its edits since the last answer, and how far it has each layer."""

    def __init__(self, world: World) -> None:
        self.world, dice = world, world.random
        self.per_layer = dice.random() < 0.4
        queries: dict[str, Any] = {}
        for layer in ("0", "1"):
            option = dice.choice(("useFilter", "useFilter", "useFilter", "all"))
            queries[layer] = {"queryOption": option, "where": dice.choice(_WHERE), "useGeometry": dice.random() < 0.7}
        self.asked: dict[str, Any] = {"layers": "0,1", "layerQueries": queries}
        if dice.random() < 0.6:
            self.asked["geometry"] = "-1.5,-1.5,2.5,1.5"
        self.copy: dict[int, dict[str, Attributes]] = {}
        self.pending: dict[int, dict[str, list[Any]]] = {}
        self.gens: dict[int, int] = {}
        self.id = ""
        self._lost: dict[str, Any] | None = None

    async def begin(self) -> None:
        model = "perLayer" if self.per_layer else "perReplica"
        told = await self.world.ask("create", **self.asked, syncModel=model)
        self.id = told["replicaID"]
        self._take(told)
        await self._check((0, 1))

    # ---- its own edits

    def edit(self) -> None:
        """Change the copy, and remember what to tell."""
        dice, layer = self.world.random, self.world.random.randrange(2)
        lists = self.pending.setdefault(layer, {"adds": [], "updates": [], "deleteIds": []})
        held, roll = self.copy[layer], dice.random()
        if dice.random() < 0.15:
            self._edit_unheld(layer, lists)
            return
        told = {g["attributes"]["GlobalID"] for each in ("adds", "updates") for g in lists[each]}
        untouched = sorted(set(held) - told)
        if roll < 0.5 or not untouched:
            id = f"{{{UUID(int=dice.getrandbits(120))}}}".upper()
            feature: Attributes = {"attributes": {"GlobalID": id, **self.world.attributes()}}
            if layer == 0:
                feature["attributes"]["at"] = None
                place = self.world.place()
                feature["geometry"] = None if place is None else {"x": place[0], "y": place[1]}
            lists["adds"].append(deepcopy(feature))
            held[id] = feature
            self.world.ids[layer].append(UUID(id[1:-1]))
        elif roll < 0.8:
            id = dice.choice(untouched)
            changed = dict(dice.sample(sorted(self.world.attributes().items()), 1))
            if layer == 0 and dice.random() < 0.3:
                changed["at"] = dice.choice((0, 86_400_000))
            feature = {"attributes": {"GlobalID": id, **changed}}
            held[id] = deepcopy(held[id])
            held[id]["attributes"] |= changed
            if layer == 0 and dice.random() < 0.4:
                place = self.world.place()
                feature["geometry"] = None if place is None else {"x": place[0], "y": place[1]}
                held[id]["geometry"] = feature["geometry"]
            lists["updates"].append(feature)
        else:
            id = dice.choice(untouched)
            lists["deleteIds"].append(id)
            del held[id]
        self.world.counts["own edit"] += 1

    def _edit_unheld(self, layer: int, lists: dict[str, list[Any]]) -> None:
        """Change a feature the copy does not hold, known by its id from elsewhere: it may enter by that."""
        known = {each["attributes"]["GlobalID"] for each in (*lists["adds"], *lists["updates"])}
        texts = (f"{{{id}}}".upper() for id in self.world.ids[layer])
        ids = sorted({*texts} - known - set(self.copy[layer]) - set(lists["deleteIds"]))
        if ids:
            id = self.world.random.choice(ids)
            lists["updates"].append({"attributes": {"GlobalID": id, **self.world.attributes()}})
            self.world.counts["unheld"] += 1

    # ---- synchronizing

    async def sync(self) -> None:
        """Synchronize; now and then only up, only some layers, or with an answer that is lost."""
        dice, counts = self.world.random, self.world.counts
        layers: tuple[int, ...] = (0, 1)
        if self.per_layer and dice.random() < 0.4:
            layers = (dice.randrange(2),)
        direction = dice.choices(("bidirectional", "upload", "snapshot"), (8, 1, 1))[0]
        pending = {layer: lists for layer, lists in self.pending.items() if layer in layers}
        if direction == "snapshot" and pending:
            direction = "bidirectional"
        call = self._call(layers, direction, pending)
        touched = [UUID(u["attributes"]["GlobalID"][1:-1]) for each in pending.values() for u in each["updates"]]
        gone = [UUID(id[1:-1]) for each in pending.values() for id in each["deleteIds"]]
        before = self.world.values_of([*touched, *gone])
        told = await self.world.ask("sync", **call)
        lost = dice.random() < 0.2
        if (lost or direction == "upload") and dice.random() < 0.5:
            self.world.change_back(before, gone)
        if lost:
            counts["lost answer"] += 1
            for _ in range(dice.randrange(3)):
                self.world.edit_graph()
            if dice.random() < 0.3:
                self.edit()  # goes on working, and sends more than the first time
                pending = {layer: lists for layer, lists in self.pending.items() if layer in layers}
                call = self._call(layers, direction, pending)
                counts["sent more"] += 1
            told = await self.world.ask("sync", **call)
        self.pending = {layer: lists for layer, lists in self.pending.items() if layer not in pending}
        self._count(told)
        if direction == "upload":
            counts["upload only"] += 1
            return
        self._take(told)
        if not set(self.pending) & set(layers):
            await self._check(layers)
        if dice.random() < 0.3:
            again = await self.world.ask("sync", **self._call(layers, "download", {}))
            assert again["responseType"] == "esriReplicaResponseTypeNoEdits", again
            counts["nothing new"] += 1

    def _call(self, layers: tuple[int, ...], direction: str, pending: dict[int, Any]) -> dict[str, Any]:
        call: dict[str, Any] = {"replicaID": self.id, "syncDirection": direction}
        if self.per_layer:
            call["syncLayers"] = [{"id": n, "serverGen": self.gens[n], "syncDirection": direction} for n in layers]
        else:
            call["replicaServerGen"] = str(self.gens[0])
        if pending:
            call["edits"] = [{"id": layer, "features": lists} for layer, lists in pending.items()]
        return call

    def _take(self, told: dict[str, Any]) -> None:
        for layer in told.get("edits", ()):
            held = self.copy.setdefault(layer["id"], {})
            sent = layer["features"]
            ids = [each["attributes"]["GlobalID"] for each in (*sent["adds"], *sent["updates"])]
            assert len({*ids, *sent["deleteIds"]}) == len(ids) + len(sent["deleteIds"]), "an object is told of once"
            for id in sent["deleteIds"]:
                held.pop(id, None)
            for each in (*sent["adds"], *sent["updates"]):
                held[each["attributes"]["GlobalID"]] = each
        for layer in told.get("layers", ()):
            self.copy[layer["id"]] = {each["attributes"]["GlobalID"]: each for each in layer["features"]}
        if "replicaServerGen" in told:
            self.gens = dict.fromkeys((0, 1), told["replicaServerGen"])
        self.gens |= {each["id"]: each["serverGen"] for each in told.get("layerServerGens", ())}

    def _count(self, told: dict[str, Any]) -> None:
        for layer in told.get("edits", ()):
            for name in ("adds", "updates", "deleteIds"):
                self.world.counts[name] += len(layer["features"][name])
        self.world.counts[told["responseType"].removeprefix("esriReplicaResponseType")] += 1

    async def _check(self, layers: tuple[int, ...]) -> None:
        """Hold the copy against an export made now: the same features, to the last digit."""
        fresh = await self.world.ask("create", **self.asked, syncModel="none")
        for layer in fresh["layers"]:
            if layer["id"] in layers:
                wanted = {each["attributes"]["GlobalID"]: _plain(each) for each in layer["features"]}
                held = {id: _plain(each) for id, each in self.copy[layer["id"]].items()}
                assert held == wanted, f"seed {self.world.seed}: layer {layer['id']} is not what a fresh export gives"
        self.world.counts["checked"] += 1


def _plain(feature: Attributes) -> Attributes:
    """Leave out object ids: each server's own."""
    return {**feature, "attributes": {k: v for k, v in feature["attributes"].items() if k != "OBJECTID"}}


async def live(verbs: Verbs, graph: Graph, seed: int, *, steps: int = 14) -> Counter[str]:
    """Live one history."""
    world = World(verbs, graph, seed)
    for _ in range(6):
        world.edit_graph()
    devices = [Device(world) for _ in range(world.random.choice((1, 2, 2, 3)))]
    for device in devices:
        await device.begin()
    for _ in range(steps):
        roll, device = world.random.random(), world.random.choice(devices)
        if roll < 0.35:
            world.edit_graph()
        elif roll < 0.65:
            device.edit()
        else:
            await device.sync()
    for device in devices:
        device.world.random.random()
        await device.sync()
    return world.counts
