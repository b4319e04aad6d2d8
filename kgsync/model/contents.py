"""What an archive says, in the order it says it: header, data model, then sections of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgsync.model.edits import Op
from kgsync.model.geometry import Grid, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.schema import Category, DataModel

# A chunk of rows becomes one frame: 2,000 rows or 8 MiB, whichever comes first (one larger row alone).
CHUNK_ROWS = 2_000
CHUNK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows of one operation and named type; `chunks` are concatenated framed rows, each chunk one frame."""

    op: Op
    category: Category
    type_name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A snapshot or delta at `sync_date` (inclusive). `sections` is lazy: a section's chunks must be
    read before the next section is taken, inside the read view they come from."""

    sync_date: Moment
    spatial_reference: SpatialReference
    grid: Grid
    data_model: DataModel
    sections: Iterable[Section]


def chunks_of(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Concatenate rows within the limits of a chunk."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)
        if len(held) == CHUNK_ROWS or size >= CHUNK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
