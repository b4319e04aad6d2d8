"""A snapshot: every member at the read view's clock, stored rows as they are."""

from __future__ import annotations

from collections.abc import Iterator

from kgsync.model.contents import Contents, Section, chunks_of
from kgsync.model.digest import Tally, counted, row_hash
from kgsync.model.edits import Op
from kgsync.model.geometry import default_grid
from kgsync.model.replica import Definition, Warnings
from kgsync.model.schema import Category, NamedType
from kgsync.store.base import Membership, Reading
from kgsync.sync.codec import Codec
from kgsync.sync.membership import resolve


def snapshot(
    reading: Reading, definition: Definition, codec: Codec, warnings: Warnings, tally: Tally | None = None
) -> Contents:
    """Describe the snapshot at the read view's clock; its sections are read while the view is open, and
    `tally` has added up their rows once they were."""
    found = resolve(reading, definition, codec, warnings)
    model, membership, restater = found.model, found.membership, found.restater

    def rows_of(named_type: NamedType) -> Iterator[bytes]:
        yield from reading.members(membership, named_type.id, named_type.shape, tally)
        if not named_type.reshaped:
            return
        stale = reading.stale_members(membership, named_type.id, named_type.shape)
        stated = (restater.restate(s.type, s.schema, s.id, s.row, s.origin, s.dest) for s in stale)
        yield from chunks_of(counted(((row, row_hash(row)) for row in stated), tally))

    def sections() -> Iterator[Section]:
        for category in (Category.ENTITY, Category.RELATIONSHIP, Category.PROVENANCE):
            for named_type in found.types:
                if named_type.category is category:
                    yield Section(op=Op.ADD, category=category, type_name=named_type.name, chunks=rows_of(named_type))

    return Contents(
        sync_date=reading.clock(),
        spatial_reference=model.spatial_reference,
        grid=default_grid(model.spatial_reference),
        data_model=model,
        sections=sections(),
    )


def member_count(reading: Reading, membership: Membership) -> int:
    """Bound the number of rows a snapshot can have, for progress."""
    return reading.count(membership.types())
