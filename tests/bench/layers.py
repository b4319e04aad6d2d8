"""Replicas of a feature service: files of 200,000 points against floors made of the same rows, and small changes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import orjson
import pyogrio.raw

from kgsync.model.edits import ALL_EDITS, Batch, EditsHeader, Op, Update
from kgsync.model.feature_calls import FeatureAnswer
from kgsync.model.geometry import WGS84, Geometry, default_grid
from kgsync.model.people import Principal, Role
from kgsync.model.schema import Category
from kgsync.server.clock import wall_clock
from kgsync.server.compose import verbs_of
from kgsync.server.finding import service_named
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_calls import ReplicaCalls
from kgsync.server.layers import publish_layers
from kgsync.server.parts import UploadSource
from kgsync.server.security.accounts import add_account
from kgsync.server.settings import Settings
from kgsync.server.wiring import protobuf_wire
from kgsync.store.database import open_store
from kgsync.store.runner import Runner
from kgsync.sync.upload import Caller, apply_edits
from kgsync.wire.wkb import write_wkb
from tests.bench.graph import fill

_ROUNDS = 5
_ALL = json.dumps({"0": {"queryOption": "all"}})
_CODEC = protobuf_wire().codec


class Service:
    """A feature service in this process; a third of the objects are places."""

    def __init__(self, data: Path, objects: int) -> None:
        fill(data, "bench", objects)
        self.path = data / "kgsync.sqlite"
        self.store, self.runner = open_store(data, None), Runner()
        self.verbs = verbs_of(Settings.model_validate({"data_dir": data}), self.store, self.runner)
        self.service = service_named(self.store, "Hosted/bench")
        publish_layers(self.store, self.service, wall_clock())
        add_account(self.store, "olga", "a long password", role=Role.ADMINISTRATOR, now=wall_clock())
        self.who = Principal(name="olga", role=Role.ADMINISTRATOR, address="")
        self.calls = ReplicaCalls(self.verbs)

    def close(self) -> None:
        self.runner.close()
        self.store.close()

    async def create(self, **texts: str) -> FeatureAnswer:
        asked = Asked({"layers": "0", "layerQueries": _ALL, **texts})
        found, call = await self.calls.read_create(self.service, asked)
        return await self.calls.replicas.create(found, self.who, call)

    async def sync(self, replica: str, gen: int) -> FeatureAnswer:
        asked = Asked({"replicaID": replica, "replicaServerGen": str(gen)})
        found, call = await self.calls.read_sync(self.service, asked)
        source = UploadSource(body=None)  # type: ignore[arg-type]  # nothing is read of it
        return await self.calls.synchronized(found, self.who, call, asked, source)

    def change(self, count: int) -> None:
        """Change places in one commit."""
        with self.store.reading(self.service.id) as reading:
            ids = [s.id for s in reading.objects_of(reading.data_model().require("Place").id, None, count)]
        caller = Caller(user="olga", allowed=ALL_EDITS, rollback=False, new_id=uuid.uuid4)
        batch = Batch(Op.UPDATE, Category.ENTITY, "Place", [Update(id, {"score": time.monotonic()}) for id in ids])
        with self.store.writing(self.service.id, wall_clock()) as writing:
            apply_edits(writing, EditsHeader(), [[batch]], _CODEC, caller)

    def rows(self) -> Iterator[bytes]:
        """Give the stored rows of the places."""
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as connection:
            statement = "SELECT row FROM object WHERE svc = 1 AND type = (SELECT min(type) FROM object)"
            yield from (row for (row,) in connection.execute(statement))


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


def _json_floor(service: Service, target: Path) -> float:
    """Decode the same rows and dump them with orjson."""
    start = time.perf_counter()
    grid = default_grid(WGS84)
    with target.open("wb") as file:
        for row in service.rows():
            file.write(orjson.dumps(_CODEC.decode_row(row, grid)))
    return time.perf_counter() - start


def _package_floor(service: Service, target: Path) -> float:
    """Write the same table with pyogrio, from columns that are there already."""
    grid = default_grid(WGS84)
    rows = [_CODEC.decode_row(row, grid) for row in service.rows()]
    shapes = [row["shape"] for row in rows]
    geometry = numpy.array([write_wkb(s) if isinstance(s, Geometry) else None for s in shapes], dtype=object)
    names = [name for name in rows[0] if name not in ("shape", "objectid")]
    columns = [numpy.array([_plain(row[name]) for row in rows], dtype=_kind(rows[0][name])) for name in names]
    target.unlink(missing_ok=True)
    start = time.perf_counter()
    pyogrio.raw.write(
        target, geometry, columns, numpy.array(names), layer="Place", driver="GPKG", crs="EPSG:4326",
        geometry_type="Point",
    )  # fmt: skip
    return time.perf_counter() - start


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def _kind(value: Any) -> Any:
    return {int: numpy.int64, float: numpy.float64}.get(type(value), object)


def measure(directory: Path) -> Iterator[tuple[str, float, float, bool]]:
    """Give name, ratio, goal, and whether the goal is the least it may be."""
    large = Service(directory / "layers", 600_000)
    runs: dict[str, list[float]] = {"json": [], "sqlite": []}
    for _ in range(_ROUNDS):
        for form, floor in (("json", _json_floor), ("sqlite", _package_floor)):
            mine = asyncio.run(_timed(lambda form=form: large.create(dataFormat=form, syncModel="none")))  # type: ignore[misc]
            runs[form].append(floor(large, directory / f"floor.{form}.gpkg") / mine)
    yield "layer_json_200k_floor_over_ours", statistics.median(runs["json"]), 0.5, True
    yield "layer_package_200k_floor_over_ours", statistics.median(runs["sqlite"]), 0.5, True
    small = Service(directory / "few", 30_000)
    taken = [asyncio.run(_delta(each)) for each in (small, large)]
    yield "layer_delta_1000_changes_200k_over_10k", taken[1] / taken[0], 1.5, False
    for each in (small, large):
        each.close()


async def _delta(service: Service) -> float:
    replica = json.loads((await service.create()).facts)
    service.change(1_000)
    times = []
    for _ in range(_ROUNDS):
        times.append(await _timed(lambda: service.sync(replica["replicaID"], replica["replicaServerGen"])))
    return statistics.median(times)
