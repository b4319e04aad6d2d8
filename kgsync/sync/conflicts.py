"""Conflicts: what an upload with an older base overwrote, and both sides of it.

Last writer wins (law 7), so a conflict changes nothing by itself: it is a kept row and the question
whether to write it again (`undoing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kgsync.errors import NotFound
from kgsync.model.schema import DataModel
from kgsync.store.base import ConflictEntry, Reading
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.rows import RowReader, Values

RESTORE = "restore"  # the operation of a conflict that is what a restore overwrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A conflict as a list shows it: the entry, its type's name, the replica's name while it is registered."""

    entry: ConflictEntry
    type_name: str
    replica_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a conflict: its values by property name, or why there are none."""

    values: Values | None
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A conflict property by property, under the newest data model."""

    listed: Listed
    overwritten: Side
    written: Side
    now: Side

    def properties(self) -> list[str]:
        """Name the properties of any side, in the order they are first met."""
        sides = (self.overwritten, self.written, self.now)
        return list(dict.fromkeys(name for side in sides for name in side.values or ()))


def listed(reading: Reading, below: int | None, limit: int) -> list[Listed]:
    """List the newest `limit` conflicts with numbers below `below` (exclusive; None: all)."""
    model = reading.data_model()
    names = {replica.id: replica.name for replica in reading.replicas()}
    return [_listed(entry, model, names) for entry in reading.conflicts(below, limit)]


def _listed(entry: ConflictEntry, model: DataModel, names: dict[UUID, str]) -> Listed:
    return Listed(entry=entry, type_name=model.label(entry.type), replica_name=names.get(entry.replica))


def sides(reading: Reading, number: int, codec: Codec) -> Sides:
    """Show both sides of a conflict and what stands there now. Raises NotFound."""
    entry, row = found_conflict(reading, number)
    reader = reader_of(reading, codec)
    replica = reading.replica(entry.replica)
    names = {} if replica is None else {replica.id: replica.name}
    return Sides(
        listed=_listed(entry, reader.model, names),
        overwritten=Side(values=reader.values(entry.type, entry.schema, row)),
        written=_written(reading, entry, reader),
        now=_now(reading, entry, reader),
    )


def found_conflict(reading: Reading, number: int) -> tuple[ConflictEntry, bytes]:
    """Look up a conflict and its row. Raises NotFound."""
    found = reading.conflict(number)
    if found is None:
        raise NotFound(f"There is no conflict {number}")
    return found


def _written(reading: Reading, entry: ConflictEntry, reader: RowReader) -> Side:
    if entry.operation not in {"update", RESTORE}:
        return Side(values=None, told="deleted")
    version = reading.version_since(entry.object, entry.moment)
    if version is not None:
        return Side(values=reader.values(version.type, version.schema, version.row))
    if entry.moment <= reading.floor():
        return Side(values=None, told="no longer kept")
    return Side(values=None, told="deleted by the same upload")


def _now(reading: Reading, entry: ConflictEntry, reader: RowReader) -> Side:
    present = reading.find([entry.object]).get(entry.object)
    if present is None:
        return Side(values=None, told="does not exist")
    return Side(values=reader.values(present.type, present.schema, present.row))


def reader_of(reading: Reading, codec: Codec) -> RowReader:
    """Read rows under the newest data model of a read view."""
    model = reading.data_model()
    return RowReader(reading, model, Restater(reading, model, codec))
