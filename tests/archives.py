"""Archives of a graph as files, as a server would serve them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kgsync.model.contents import Contents, Section
from kgsync.model.edits import Op
from kgsync.model.geometry import WGS84, Grid, SpatialReference, default_grid
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Warnings
from kgsync.model.schema import Category, DataModel, NamedType, system_properties
from kgsync.sync.delta import delta
from kgsync.sync.snapshot import snapshot
from kgsync.wire.pbf.archive_writer import write_archive
from kgsync.wire.pbf.rows import RowEncoder, encode_delete_row
from tests.graphs import CODEC, Graph, uid


def save(path: Path, contents: Contents) -> Path:
    with path.open("wb") as target:
        write_archive(target, contents, uuid.uuid4, lambda: None)
    return path


def save_snapshot(graph: Graph, definition: Definition, path: Path) -> Path:
    with graph.store.reading(graph.service.id) as reading:
        return save(path, snapshot(reading, definition, CODEC, Warnings()))


def save_delta(graph: Graph, definition: Definition, after: Moment, path: Path) -> Path:
    with graph.store.reading(graph.service.id) as reading:
        return save(path, delta(reading, definition, after, CODEC, Warnings()))


Rows = Mapping[int, Any]
Given = tuple[Op, NamedType, Rows]


def save_rows(
    path: Path,
    given: Iterable[Given],
    *,
    at: int = 1_000,
    grid: Grid | None = None,
    reference: SpatialReference = WGS84,
    ends: tuple[int, int] = (1, 2),
) -> Path:
    """Write an archive of rows by small ids; relationships all have the same ends, deletes no values."""
    edits, used = list(given), grid or default_grid(reference)
    types = {t.name: t for _, t, _ in edits}

    def section(op: Op, named_type: NamedType, rows: Rows) -> Section:
        link = named_type.category is Category.RELATIONSHIP
        pair = (uid(ends[0]), uid(ends[1])) if link else (None, None)
        encoder = RowEncoder(named_type, used)
        framed = [
            encode_delete_row(named_type.category, named_type.name, uid(k))
            if values is None
            else encoder.encode(uid(k), {"globalid": uid(k), "objectid": k, **values}, *pair)
            for k, values in rows.items()
        ]
        return Section(op=op, category=named_type.category, type_name=named_type.name, chunks=[b"".join(framed)])

    model = DataModel(timestamp=at, spatial_reference=reference, types=tuple(types.values()))
    contents = Contents(
        sync_date=Moment(at),
        spatial_reference=reference,
        grid=used,
        data_model=model,
        sections=[section(*edit) for edit in edits],
    )
    return save(path, contents)


def whole(named_type: NamedType) -> NamedType:
    """Give a type its system properties, as a server would."""
    return replace(named_type, properties=(*system_properties(1), *named_type.properties))
