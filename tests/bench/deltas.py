"""What deltas and filtered snapshots cost: how much a graph's size, a filter and a long gap add."""

from __future__ import annotations

import io
import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from kgsync.model.catalog import Service
from kgsync.model.edits import ALL_EDITS, Batch, Edit, EditsHeader, Op, Update
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, TypeDefinition, Warnings
from kgsync.model.schema import Category, FieldIndex
from kgsync.server.clock import wall_clock
from kgsync.server.wiring import protobuf_wire
from kgsync.store.database import Store, open_store
from kgsync.sync.datamodel import add_indexes
from kgsync.sync.delta import delta
from kgsync.sync.membership import bind
from kgsync.sync.snapshot import snapshot
from kgsync.sync.upload import Caller, apply_edits
from kgsync.wire.pbf.archive_writer import write_archive
from tests.bench.graph import fill

ROUNDS = 5
_WIRE = protobuf_wire()
# Places of the bench have populations spread evenly below ten million.
_HALF = "n.population < 5000000"
_ONE_PERCENT = "n.population < 100000"


class Bench:
    """One filled service, edited and asked at engine level: store, engine, archive; no HTTP."""

    def __init__(self, data: Path, objects: int) -> None:
        fill(data, "bench", objects)
        self.store: Store = open_store(data, None)
        with self.store.catalog() as catalog:
            found = catalog.service("Hosted", "bench")
        assert found is not None
        self.service: Service = found
        self.random = random.Random(objects)
        with self.store.reading(found.id) as reading:
            model = reading.data_model()
            place, link = model.require("Place"), model.require("Link")
            self.places = [s.id for s in reading.objects_of(place.id, None, 20_000)]
            self.links = [s.id for s in reading.objects_of(link.id, None, 20_000)]

    def bound(self, clause: str = "", *, links: bool = True) -> Definition:
        place = TypeDefinition(name="Place", category=Category.ENTITY, where=clause)
        types = (place, TypeDefinition(name="Link", category=Category.RELATIONSHIP)) if links else (place,)
        with self.store.reading(self.service.id) as reading:
            return bind(Definition(types=types), reading.data_model(), _WIRE.codec, Warnings())

    def commit(self, *batches: Batch) -> None:
        caller = Caller(user="admin", allowed=ALL_EDITS, rollback=False, new_id=uuid.uuid4)
        with self.store.writing(self.service.id, wall_clock()) as writing:
            outcome = apply_edits(writing, EditsHeader(), [list(batches)], _WIRE.codec, caller)
        assert not outcome.failed

    def clock(self) -> Moment:
        with self.store.reading(self.service.id) as reading:
            return reading.clock()

    def change(self, places: int, links: int, commits: int = 20) -> Moment:
        """Change so many places and links in a few commits; give the Moment before."""
        before = self.clock()
        moved, noted = self.random.sample(self.places, places), self.random.sample(self.links, links)
        for k in range(commits):
            edits: list[Edit] = [Update(i, {"population": self.random.randrange(10**7)}) for i in moved[k::commits]]
            notes: list[Edit] = [Update(i, {"note": f"n{self.random.random()}"}) for i in noted[k::commits]]
            self.commit(
                Batch(Op.UPDATE, Category.ENTITY, "Place", edits),
                Batch(Op.UPDATE, Category.RELATIONSHIP, "Link", notes),
            )
        return before

    def delta(self, definition: Definition, after: Moment) -> float:
        return self._timed(lambda reading: delta(reading, definition, after, _WIRE.codec, Warnings()))

    def snapshot(self, definition: Definition) -> float:
        return self._timed(lambda reading: snapshot(reading, definition, _WIRE.codec, Warnings()))

    def _timed(self, make: Callable[..., object]) -> float:
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            with self.store.reading(self.service.id) as reading:
                write_archive(io.BytesIO(), make(reading), uuid.uuid4, lambda: None)  # type: ignore[arg-type]
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)


Ratio = tuple[str, float, float]


def ratios(directory: Path) -> Iterator[Ratio]:
    """Give name, ratio and the goal it may not pass."""
    small, large = Bench(directory / "small", 30_000), Bench(directory / "large", 1_000_000)
    plain = [b.delta(b.bound(), b.change(1_000, 0)) for b in (small, large)]
    yield "delta_1000_changes_1m_over_30k", plain[1] / plain[0], 1.5
    filtered = [b.delta(b.bound(_HALF), b.change(500, 500)) for b in (small, large)]
    yield "delta_filtered_with_links_1m_over_30k", filtered[1] / filtered[0], 3
    full = large.snapshot(large.bound())
    with large.store.writing(large.service.id, wall_clock()) as writing:
        add_indexes(writing, "Place", [FieldIndex(name="by_population", properties=("population",))])
    yield "snapshot_indexed_1_percent_over_full", large.snapshot(large.bound(_ONE_PERCENT)) / full, 0.05
    large.store.close()
    yield "long_gap_1m_edits_over_10k", _gap(small), 3
    small.store.close()


def _gap(bench: Bench) -> float:
    """Compare 10,000 places edited once with the same edited 100 times each."""
    once = bench.delta(bench.bound(), bench.change(10_000, 0, commits=1))
    before = bench.clock()
    for _ in range(100):
        bench.change(10_000, 0, commits=1)
    return bench.delta(bench.bound(), before) / once
