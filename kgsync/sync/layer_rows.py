"""The rows of a replica as values, one by one: what feature services make their files of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from kgsync.model.edits import Op
from kgsync.model.geometry import default_grid
from kgsync.model.history import Moment
from kgsync.model.layers import LayerRow
from kgsync.model.replica import Definition, Warnings
from kgsync.model.schema import GLOBALID, Category
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec
from kgsync.sync.delta import changes_after, operation_of, stated
from kgsync.sync.own import without_own
from kgsync.sync.snapshot import snapshot


def snapshot_rows(
    reading: Reading, definition: Definition, codec: Codec, warnings: Warnings, types: Collection[int]
) -> Iterator[LayerRow]:
    """Give every member of some types at the read view's clock as an add, type by type."""
    contents = snapshot(reading, definition, codec, warnings)
    for section in contents.sections:
        named_type = contents.data_model.find(section.category, section.type_name)
        assert named_type is not None, "sections are of types of the model"
        if named_type.id not in types:
            continue
        for chunk in section.chunks:
            for row in codec.split_rows(chunk):
                values = codec.decode_row(row, contents.grid)
                id = values[GLOBALID]
                assert isinstance(id, UUID), "every row names its id"
                yield LayerRow(named_type.id, Op.ADD, id, values)


def delta_rows(
    reading: Reading,
    definition: Definition,
    after: Moment,
    codec: Codec,
    warnings: Warnings,
    before: Definition | None = None,
    replica_id: UUID | None = None,
) -> Iterator[LayerRow]:
    """Give the net changes of (after, clock]: deletes, adds, updates; of a replica without its own.

    `before` is the definition at `after`, when it was another. Raises SnapshotRequired.
    """
    found, changes = changes_after(reading, definition, after, codec, warnings, before)
    if replica_id is not None:
        changes = without_own(reading, found.membership, after, replica_id, changes)
    grid = default_grid(found.model.spatial_reference)
    for change in changes:
        op, category = operation_of(change)
        if category is not Category.ENTITY:
            continue
        if op is Op.DELETE:
            yield LayerRow(change.type, op, change.id, None)
            continue
        row = stated(change, found.restater)
        if row is not None:
            yield LayerRow(change.type, op, change.id, codec.decode_row(row, grid))
