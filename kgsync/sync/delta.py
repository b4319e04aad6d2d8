"""A delta: the exact difference between two snapshots, in the order clients apply it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from uuid import UUID

from kgsync.errors import SnapshotRequired
from kgsync.model.contents import Contents, Section, chunks_of
from kgsync.model.edits import Op
from kgsync.model.geometry import default_grid
from kgsync.model.history import Moment, Span
from kgsync.model.replica import Definition, Warnings
from kgsync.model.schema import Category, DataModel
from kgsync.store.base import (
    ENTITY_ADDS,
    ENTITY_DELETES,
    ENTITY_UPDATES,
    RECORD_ADDS,
    RECORD_DELETES,
    RECORD_UPDATES,
    RELATIONSHIP_ADDS,
    RELATIONSHIP_DELETES,
    RELATIONSHIP_UPDATES,
    Change,
    Reading,
)
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.membership import Resolved, resolve

_SECTIONS = {
    RECORD_DELETES: (Op.DELETE, Category.PROVENANCE),
    RECORD_ADDS: (Op.ADD, Category.PROVENANCE),
    RECORD_UPDATES: (Op.UPDATE, Category.PROVENANCE),
    RELATIONSHIP_DELETES: (Op.DELETE, Category.RELATIONSHIP),
    ENTITY_DELETES: (Op.DELETE, Category.ENTITY),
    ENTITY_ADDS: (Op.ADD, Category.ENTITY),
    RELATIONSHIP_ADDS: (Op.ADD, Category.RELATIONSHIP),
    ENTITY_UPDATES: (Op.UPDATE, Category.ENTITY),
    RELATIONSHIP_UPDATES: (Op.UPDATE, Category.RELATIONSHIP),
}


def check_answerable(reading: Reading, after: Moment) -> None:
    """Refuse a date no exact delta can start from. Raises SnapshotRequired, which says what to do."""
    if after.ms <= 0:
        raise SnapshotRequired("last_sync_date must be greater than 0; take a snapshot to begin")
    if after > reading.clock():
        raise SnapshotRequired(
            f"last_sync_date {after} lies after the newest change of this service ({reading.clock()}); "
            "it was not given by this server: take a snapshot"
        )
    for lost in reading.restores():
        if lost.after < after <= lost.upto:
            raise SnapshotRequired(
                f"This service was restored from a backup of {lost.after}; what was current at last_sync_date {after} "
                "is lost: take a snapshot"
            )
    if after < reading.floor():
        raise SnapshotRequired(
            f"Changes up to {reading.floor()} are no longer kept, last_sync_date {after} is older: take a snapshot"
        )


def delta(
    reading: Reading,
    definition: Definition,
    after: Moment,
    codec: Codec,
    warnings: Warnings,
    watch: Callable[[Iterator[Change]], Iterator[Change]] = iter,
    before: Definition | None = None,
) -> Contents:
    """Describe the delta (after, clock]; its sections are read while the view is open, passing by `watch`.

    `before` is the definition at `after`, when it was another. Raises SnapshotRequired.
    """
    found, changes = changes_after(reading, definition, after, codec, warnings, before)
    model = found.model
    return Contents(
        sync_date=reading.clock(),
        spatial_reference=model.spatial_reference,
        grid=default_grid(model.spatial_reference),
        data_model=model,
        sections=sections_of(watch(changes), model, found.restater, codec),
    )


def changes_after(
    reading: Reading,
    definition: Definition,
    after: Moment,
    codec: Codec,
    warnings: Warnings,
    before: Definition | None = None,
) -> tuple[Resolved, Iterator[Change]]:
    """Give the changes of (after, clock], in the order clients apply them, and what they are resolved by.

    `before` is the definition at `after`, when it was another. Raises SnapshotRequired.
    """
    check_answerable(reading, after)
    found = resolve(reading, definition, codec, warnings)
    if before is None or before == definition:
        return found, reading.delta(found.membership, Span(after, reading.clock()), found.shape)
    held = resolve(reading, before, codec, Warnings()).membership
    return found, reading.transition(held, found.membership, after, found.shape)


def operation_of(change: Change) -> tuple[Op, Category]:
    """Say what a client does with a change, and with which kind of object."""
    return _SECTIONS[change.section]


def sections_of(changes: Iterator[Change], model: DataModel, restater: Restater, codec: Codec) -> Iterator[Section]:
    for (section, type_id), group in groupby(changes, key=lambda change: (change.section, change.type)):
        op, category = _SECTIONS[section]
        label = model.label(type_id)
        rows: Iterator[bytes]
        if op is Op.DELETE:
            rows = (codec.delete_row(category, label, change.id) for change in group)
        else:
            rows = _content(group, restater)
        yield Section(op=op, category=category, type_name=label, chunks=chunks_of(rows))


def _content(changes: Iterator[Change], restater: Restater) -> Iterator[bytes]:
    for change in changes:
        row = stated(change, restater)
        if row is not None:
            yield row


def stated(change: Change, restater: Restater) -> bytes | None:
    """Give content under the newest data model; an update a replica could not see is none."""
    assert change.row is not None, "adds and updates carry a row"
    row = restater.restate(change.type, change.schema, change.id, change.row, change.origin, change.dest)
    if change.before is not None and restater.looks_alike(change.type, change.before, row):
        return None
    return row


def said_of(id: UUID, changes: Iterator[Change], restater: Restater) -> tuple[Op, ...]:
    """Say what a delta has clients do with one object, in the order they do it."""
    mine = [change for change in changes if change.id == id]
    return tuple(_SECTIONS[c.section][0] for c in mine if c.row is None or stated(c, restater) is not None)
