"""Conflicts: what an upload with an older base overwrote, both sides of it, and how to bring it back.

Last writer wins (law 7), so a conflict changes nothing by itself: it is a kept row and the question
whether to write it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from kgsync.errors import Conflict, NotFound
from kgsync.model.edits import ALL_EDITS, Add, Batch, EditsHeader, Op, Update
from kgsync.model.history import Moment
from kgsync.model.schema import DataModel, NamedType
from kgsync.store.base import ConflictEntry, Reading, Writing
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.rows import RowReader, Values
from kgsync.sync.upload import Caller, apply_edits


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
    entry, row = _found(reading, number)
    reader = _reader_of(reading, codec)
    replica = reading.replica(entry.replica)
    names = {} if replica is None else {replica.id: replica.name}
    return Sides(
        listed=_listed(entry, reader.model, names),
        overwritten=Side(values=reader.values(entry.type, entry.schema, row)),
        written=_written(reading, entry, reader),
        now=_now(reading, entry, reader),
    )


def _found(reading: Reading, number: int) -> tuple[ConflictEntry, bytes]:
    found = reading.conflict(number)
    if found is None:
        raise NotFound(f"There is no conflict {number}")
    return found


def _written(reading: Reading, entry: ConflictEntry, reader: RowReader) -> Side:
    if entry.operation != "update":
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


def _reader_of(reading: Reading, codec: Codec) -> RowReader:
    model = reading.data_model()
    return RowReader(reading, model, Restater(reading, model, codec))


# ---- restoring


def restore(writing: Writing, number: int, codec: Codec, user: str, new_id: Callable[[], UUID]) -> Moment:
    """Write the overwritten content again as an ordinary edit of `user`; give the Moment it stands at.

    A deleted object is added again with its id. Raises NotFound (no such conflict), Conflict (what it
    needs is gone or in the way).
    """
    entry, row = _found(writing, number)
    reader = _reader_of(writing, codec)
    named_type = reader.living(entry.type)
    if named_type is None:
        raise Conflict(f"The type {reader.model.label(entry.type)!r} of this object was deleted from the data model")
    values = _editable(named_type, reader.values(entry.type, entry.schema, row))
    batch = _edit(writing, entry, named_type, values)
    caller = Caller(user=user, allowed=ALL_EDITS, rollback=False, new_id=new_id)
    outcome = apply_edits(writing, EditsHeader(), [[batch]], codec, caller)
    for results in outcome.results:
        for error in results.errors.values():
            raise Conflict(f"Conflict {number} cannot be restored: {error.message}")
    writing.mark_restored(number)
    return writing.moment


def _editable(named_type: NamedType, values: Values) -> Values:
    """Leave out what the server keeps itself, and nulls where today's type takes none."""
    mine: Iterable[str] = (p.name for p in named_type.properties if not p.system)
    nullable = {p.name: p.nullable for p in named_type.properties}
    return {name: values.get(name) for name in mine if values.get(name) is not None or nullable[name]}


def _edit(writing: Writing, entry: ConflictEntry, named_type: NamedType, values: Values) -> Batch:
    present = writing.find([entry.object]).get(entry.object)
    if present is None:
        _check_ends(writing, entry)
        add = Add(entry.object, values, entry.origin, entry.dest)
        return Batch(Op.ADD, named_type.category, named_type.name, [add])
    if present.type == named_type.id and (present.origin, present.dest) != (entry.origin, entry.dest):
        raise Conflict(f"{named_type.name} {entry.object} connects other objects now; delete it first")
    return Batch(Op.UPDATE, named_type.category, named_type.name, [Update(entry.object, values)])


def _check_ends(writing: Writing, entry: ConflictEntry) -> None:
    ends = [end for end in (entry.origin, entry.dest) if end is not None]
    alive = writing.types_of(ends)
    for end in ends:
        if end not in alive:
            raise Conflict(f"The relationship {entry.object} cannot be added again: its end {end} does not exist")
