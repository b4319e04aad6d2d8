"""Encoding stored rows anew after the data model moved on, so that reading them costs nothing again.

The content stays and no version begins, so no delta and no snapshot can tell. History is left alone: its
rows are compared by value. One kind of row must wait: a row that still holds a value of a property that
was dropped. A replica may hold that value too; should the name be given again, only the stored row tells
that the replica has to be told. Once the drop lies at or below the trim floor, no replica can hold it.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kgsync.model.geometry import default_grid
from kgsync.model.schema import DataModel, NamedType
from kgsync.store.base import Reading, Stored, Tending
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.fitting import make_version

# A page is encoded in tens of ms: writers wait no longer.
PAGE = 500


def outgrown(reading: Reading, beyond: UUID | None) -> list[UUID]:
    """List the next page of live objects whose rows are older than the shape of their type, after `beyond`."""
    shapes = {named_type.id: named_type.shape for named_type in reading.data_model().types}
    return reading.outgrown(shapes, beyond, PAGE)


def reencode(tending: Tending, ids: Collection[UUID], codec: Codec) -> int:
    """Encode the rows of these objects under the newest data model where that changes no answer; give how many."""
    tending.hold_clock()
    model = tending.data_model()
    pass_ = _Pass(tending, model, codec)
    versions = []
    for stored in tending.find(ids).values():
        named_type = model.type(stored.type)
        if named_type is None or stored.schema >= named_type.shape or pass_.must_wait(stored, named_type):
            continue
        values = pass_.restater.values(stored.type, stored.schema, stored.row)
        row = pass_.restater.restate(
            stored.type, stored.schema, stored.id, stored.row, stored.origin, stored.dest
        )  # as readers did so far
        ends, end_types = (stored.origin, stored.dest), (stored.origin_type, stored.dest_type)
        versions.append(make_version(named_type, model.version, stored.id, values, row, ends, end_types))
    tending.restate(versions)
    return len(versions)


class _Pass:
    """One page's view of the data models its rows were encoded under."""

    def __init__(self, tending: Tending, model: DataModel, codec: Codec) -> None:
        self._tending, self._codec = tending, codec
        self._grid = default_grid(model.spatial_reference)
        self.restater = Restater(tending, model, codec)
        self._at_floor = tending.data_model_at(tending.floor())
        self._left: dict[tuple[int, int], frozenset[str]] = {}

    def must_wait(self, stored: Stored, named_type: NamedType) -> bool:
        """Say whether the row holds a value a replica may hold too, though its property is gone."""
        key = (stored.type, stored.schema)
        if key not in self._left:
            self._left[key] = self._left_since(stored, named_type)
        left = self._left[key]
        if not left:
            return False
        held = self._codec.decode_row(stored.row, self._grid)
        return any(held.get(name) is not None for name in left)

    def _left_since(self, stored: Stored, named_type: NamedType) -> frozenset[str]:
        """Name the properties of the row's model that left after the floor."""
        then = self._tending.data_model(stored.schema).type(stored.type)
        present = {p.id for p in named_type.properties}
        if self._at_floor is not None and stored.schema <= self._at_floor.version:
            kept = self._at_floor.type(stored.type)
            still = set() if kept is None else {p.id for p in kept.properties}
        else:
            still = set() if then is None else {p.id for p in then.properties}
        properties = () if then is None else then.properties
        return frozenset(p.name for p in properties if p.id not in present and p.id in still)
