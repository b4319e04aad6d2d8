"""Measure the server against floors of the same run and print ratios."""

from __future__ import annotations

import argparse
import http.client
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from esriPBuffer.graph import ApplyEditsResponse_pb2, CreateReplicaRequest_pb2, CreateReplicaResponse_pb2
from rich.console import Console
from rich.table import Table

from tests.bench.callers import calls, first_sync
from tests.bench.deltas import ratios
from tests.bench.graph import add_body, fill
from tests.bench.layers import measure
from tests.harness import RunningServer, running_server

ROUNDS = 5
BUSY = 25


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    goal: float
    unit: str
    passed: bool


class Caller:
    """A client of one server: logs in and speaks the wire."""

    def __init__(self, server: RunningServer, service: str) -> None:
        parts = urlsplit(server.url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
        form = urlencode({"username": server.user, "password": server.password, "f": "json"})
        login = self.call("/portal/sharing/rest/generateToken", form.encode(), "application/x-www-form-urlencoded")
        self.token = json.loads(login)["token"]
        self.base = f"/server/rest/services/Hosted/{service}/KnowledgeGraphServer"

    def call(self, path: str, body: bytes | None, kind: str = "application/octet-stream") -> bytes:
        self.connection.request("GET" if body is None else "POST", path, body, {"Content-Type": kind})
        return self.connection.getresponse().read()

    def post(self, operation: str, body: bytes) -> bytes:
        return self.call(f"{self.base}/{operation}?f=pbf&token={self.token}", body)

    def snapshot(self, target: Path) -> float:
        """Create a replica of everything, download it to a file; give the seconds it took."""
        call = CreateReplicaRequest_pb2.CreateReplicaRequest(sync_direction=1)
        static = call.replica_filters.static_definition
        static.entity_types.add().entity_type_replica_definition.type_name = "Place"
        static.relationship_types.add().relationship_type_replica_definition.type_name = "Link"
        start = time.perf_counter()
        answer = CreateReplicaResponse_pb2.CreateReplicaResponse.FromString(
            self.post("replicas/create", call.SerializeToString())
        )
        assert not answer.HasField("error"), answer.error
        self.connection.request("GET", urlsplit(answer.create_replica_result.replica_data_url).path)
        with target.open("wb") as file:
            shutil.copyfileobj(self.connection.getresponse(), file, 1024 * 1024)
        return time.perf_counter() - start


def snapshot(directory: Path) -> Iterator[Figure]:
    """300,000 objects over loopback HTTP to a file, against the floor beside it."""
    data = directory / "snapshot"
    fill(data, "bench", 300_000)
    ours, floors = [], []
    with running_server(data) as server:
        caller = Caller(server, "bench")
        command = [sys.executable, "-m", "tests.bench.floor", str(data / "kgsync.sqlite"), str(directory / "floor.zip")]
        empty = [sys.executable, "-c", "import sqlite3, sys, zipfile; from isal import isal_zlib"]
        for _ in range(ROUNDS):
            ours.append(caller.snapshot(directory / "ours.zip"))
            floors.append(_seconds(command) - _seconds(empty))
    ratio = statistics.median(floor / mine for floor, mine in zip(floors, ours, strict=True))
    yield Figure("snapshot_300k_floor_over_ours", round(ratio, 3), 0.5, "ratio", ratio >= 0.5)


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def memory(directory: Path) -> Iterator[Figure]:
    """Peak resident memory of the server after snapshots of 100,000 and of 1,000,000 objects."""
    peaks = []
    for objects in (100_000, 1_000_000):
        data = directory / f"memory{objects}"
        fill(data, "bench", objects)
        with running_server(data) as server:
            Caller(server, "bench").snapshot(directory / "memory.zip")
            peaks.append(server.resident_bytes())
    growth = (peaks[1] - peaks[0]) / 2**20
    yield Figure("memory_growth_100k_to_1m", round(growth, 1), 64, "MiB", abs(growth) <= 64)


def adds(directory: Path) -> Iterator[Figure]:
    """Durable adds a second through HTTP, in batches of 10,000 on SQLite."""
    data, source = directory / "adds", random.Random(7)
    fill(data, "bench", 30_000)
    bodies = [add_body(10_000, source) for _ in range(11)]
    rates = []
    with running_server(data) as server:
        caller = Caller(server, "bench")
        for body in bodies:
            start = time.perf_counter()
            answer = ApplyEditsResponse_pb2.GraphApplyEditsResult.FromString(caller.post("graph/applyEdits", body))
            rates.append(10_000 / (time.perf_counter() - start))
            results = answer.entity_add_results["Place"]
            assert len(results.id_array.uuid_array) == 160_000, answer.error
            assert not results.errors, results.errors
    rate = statistics.median(rates[1:])  # the first warms up
    yield Figure("apply_edits_adds", round(rate), 20_000, "adds/s", rate >= 20_000)


def deltas(directory: Path) -> Iterator[Figure]:
    """What a graph's size, a filter and a long gap add to deltas and snapshots, at engine level on SQLite."""
    for name, ratio, goal in ratios(directory / "deltas"):
        yield Figure(name, round(ratio, 4), goal, "ratio", ratio <= goal)


def callers(directory: Path) -> Iterator[Figure]:
    """A local replica's first synchronization and its memory; small calls from 32 callers."""
    rate, _ = first_sync(directory, 300_000)
    yield Figure("first_sync_300k", round(rate), 100_000, "objects/s", rate >= 100_000)
    _, peak = first_sync(directory, 1_000_000)
    yield Figure("client_memory_1m", round(peak, 1), 256, "MiB", peak <= 256)
    empty, changed, empty_busy, changed_busy = calls(directory)
    yield Figure("grpc_empty_deltas", round(empty), 1_000, "calls/s", empty >= 1_000)
    yield Figure("http_deltas_of_100", round(changed), 1_000, "requests/s", changed >= 1_000)
    # Calls whose answer cannot be held, because others commit four times a second: a floor, not what is asked for.
    yield Figure("grpc_empty_deltas_busy", round(empty_busy), BUSY, "calls/s", empty_busy >= BUSY)
    yield Figure("http_deltas_of_100_busy", round(changed_busy), BUSY, "requests/s", changed_busy >= BUSY)


def layers(directory: Path) -> Iterator[Figure]:
    """Files of a layer's replicas against floors of the same rows, and what its size adds to changes."""
    for name, ratio, goal, is_least in measure(directory):
        yield Figure(name, round(ratio, 3), goal, "ratio", ratio >= goal if is_least else ratio <= goal)


BENCHES: dict[str, Callable[[Path], Iterator[Figure]]] = {
    "snapshot": snapshot,
    "adds": adds,
    "memory": memory,
    "deltas": deltas,
    "callers": callers,
    "layers": layers,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--only", choices=sorted(BENCHES), help="run one benchmark")
    options = parser.parse_args()
    figures: list[Figure] = []
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="kgsync-bench-") as directory:
        for name, bench in BENCHES.items():
            if options.only in (None, name):
                with console.status(f"{name} ..."):
                    figures += bench(Path(directory))
    if options.json:
        for figure in figures:
            row = asdict(figure)
            row["pass"] = row.pop("passed")
            print(json.dumps(row))
    else:
        table = Table("figure", "value", "goal", "unit", "")
        for figure in figures:
            verdict = "pass" if figure.passed else "[red]MISSED[/red]"
            table.add_row(figure.name, f"{figure.value:,}", f"{figure.goal:,}", figure.unit, verdict)
        Console().print(table)
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
