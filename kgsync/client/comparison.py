"""What differs between the contents of two archives, row by row, whatever their size.

Ids and hashes of all rows, and the rows that differ, are sorted in a temporary file: about 100 bytes a
row of disk, and the differing rows twice. Memory holds one frame.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from kgsync.model.digest import row_hash
from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, Grid
from kgsync.model.schema import Category, NamedType
from kgsync.model.values import Value
from kgsync.wire.pbf.archive_reader import ArchiveReader, decode_archive_row

FIRST, SECOND, BOTH = "only in the first", "only in the second", "in both, different"

_SCHEMA = """
CREATE TABLE entry (
    gone INTEGER, category INTEGER, type TEXT, id BLOB,
    op0 INTEGER, hash0 INTEGER, row0 BLOB, op1 INTEGER, hash1 INTEGER, row1 BLOB,
    PRIMARY KEY (category, type, id, gone)
) WITHOUT ROWID
"""
_DIFFERING = "hash0 IS NOT NULL AND hash1 IS NOT NULL AND hash0 <> hash1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDifference:
    name: str
    first: Value
    second: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One row that differs; `op` is the first's, `other_op` the second's, None where there is none."""

    where: str
    type_name: str
    id: UUID
    op: Op | None
    other_op: Op | None
    properties: tuple[PropertyDifference, ...] = ()


def model_differences(first: ArchiveReader, second: ArchiveReader) -> list[str]:
    """Say what differs in reference system and named types: names, properties and their kinds."""
    told = []
    if first.header.spatial_reference != second.header.spatial_reference:
        one, other = first.header.spatial_reference.wkid, second.header.spatial_reference.wkid
        told.append(f"spatial reference: {one} → {other}")
    types = [{(t.category, t.name): t for t in reader.model.types} for reader in (first, second)]
    for key in sorted({*types[0], *types[1]}):
        one_type, other_type = types[0].get(key), types[1].get(key)
        if one_type is None or other_type is None:
            told.append(f"type {key[1]}: {FIRST if other_type is None else SECOND}")
        else:
            told += _property_differences(one_type, other_type)
    return told


def _property_differences(first: NamedType, second: NamedType) -> list[str]:
    kinds = [{p.name: p.field_type for p in t.properties} for t in (first, second)]
    told = []
    for name in dict.fromkeys((*kinds[0], *kinds[1])):
        one, other = kinds[0].get(name), kinds[1].get(name)
        if one is None or other is None:
            told.append(f"type {first.name}: property {name}: {FIRST if other is None else SECOND}")
        elif one is not other:
            told.append(f"type {first.name}: property {name}: {one.name} → {other.name}")
    return told


class Comparison:
    """Compare the rows of two open archives by operation, type and id. An add and an update of one object
    are the same row; a delete is another."""

    def __init__(self, connection: sqlite3.Connection, first: ArchiveReader, second: ArchiveReader) -> None:
        self._connection, self._readers = connection, (first, second)
        self._tolerance = _tolerance(first.header.grid, second.header.grid)
        connection.execute(_SCHEMA)

    def load(self) -> None:
        """Read both archives: all ids first, then the rows that differ. Raises MalformedInput."""
        for side, reader in enumerate(self._readers):
            self._note(side, reader)
        for side, reader in enumerate(self._readers):
            self._keep_rows(side, reader)

    def _note(self, side: int, reader: ArchiveReader) -> None:
        self._connection.execute("BEGIN")
        for file in reader.files:
            key = (int(file.op is Op.DELETE), int(file.category), file.type_name)
            op = int(file.op)
            rows = ((*key, row.id.bytes, op, row_hash(row.row)) for row in reader.rows(file))
            self._connection.executemany(
                f"INSERT INTO entry (gone, category, type, id, op{side}, hash{side}) VALUES (?, ?, ?, ?, ?, ?) "
                f"ON CONFLICT DO UPDATE SET op{side} = excluded.op{side}, hash{side} = excluded.hash{side}",
                rows,
            )
        self._connection.execute("COMMIT")

    def _keep_rows(self, side: int, reader: ArchiveReader) -> None:
        if self._connection.execute(f"SELECT 1 FROM entry WHERE {_DIFFERING} LIMIT 1").fetchone() is None:
            return  # what only one side has, and equal bytes, need no second look
        self._connection.execute("BEGIN")
        for file in reader.files:
            key = (int(file.op is Op.DELETE), int(file.category), file.type_name)
            rows = ((row.row, *key, row.id.bytes) for row in reader.rows(file))
            self._connection.executemany(
                f"UPDATE entry SET row{side} = ? WHERE gone = ? AND category = ? AND type = ? AND id = ? "
                f"AND {_DIFFERING}",
                rows,
            )
        self._connection.execute("COMMIT")

    def differences(self) -> Iterator[RowDifference]:
        """Give the rows that differ, by type and id."""
        found = self._connection.execute(
            "SELECT category, type, id, gone, op0, op1, row0, row1 FROM entry "
            "WHERE hash0 IS NULL OR hash1 IS NULL OR hash0 <> hash1 OR op0 <> op1 ORDER BY category, type, id, gone"
        )
        for category, type_name, id, gone, op0, op1, row0, row1 in found:
            ops = [None if op is None else Op(op) for op in (op0, op1)]
            where = FIRST if op1 is None else SECOND if op0 is None else BOTH
            properties: tuple[PropertyDifference, ...] = ()
            if row0 is not None and row1 is not None and not gone:
                properties = self._properties(Category(category), type_name, row0, row1)
            if where is BOTH and not properties and op0 == op1:
                continue  # the same values, written otherwise
            yield RowDifference(
                where=where, type_name=type_name, id=UUID(bytes=id), op=ops[0], other_op=ops[1], properties=properties
            )

    def _properties(self, category: Category, type_name: str, *rows: bytes) -> tuple[PropertyDifference, ...]:
        decoded = [
            decode_archive_row(row, reader.header.grid, f"row of {type_name}")
            for row, reader in zip(rows, self._readers, strict=True)
        ]
        one, other = (dict(row.values) for row in decoded)
        if category is Category.RELATIONSHIP:
            for values, row in zip((one, other), decoded, strict=True):
                values |= {"origin": row.origin, "destination": row.dest}
        return tuple(
            PropertyDifference(name=name, first=one.get(name), second=other.get(name))
            for name in dict.fromkeys((*one, *other))
            if not self._alike(one.get(name), other.get(name))
        )

    def _alike(self, first: Value, second: Value) -> bool:
        if isinstance(first, Geometry) and isinstance(second, Geometry):
            return _close(first, second, self._tolerance)
        return repr(first) == repr(second)  # 3 is not 3.0


def _tolerance(first: Grid, second: Grid) -> tuple[float, float, float, float] | None:
    """Give how far coordinates of two grids may be apart and still mean the same place; None on one grid."""
    if first == second:
        return None
    axes = ("scale_x", "scale_y", "scale_z", "scale_m")
    x, y, z, m = ((getattr(first, axis) + getattr(second, axis)) / 2 for axis in axes)
    return x, y, z, m


def _close(first: Geometry, second: Geometry, tolerance: tuple[float, float, float, float] | None) -> bool:
    if tolerance is None:
        return first == second
    form = [(g.kind, g.has_z, g.has_m, [len(part) for part in g.parts]) for g in (first, second)]
    if form[0] != form[1]:
        return False
    x, y, z, m = tolerance
    axes = [x, y, *([z] if first.has_z else []), *([m] if first.has_m else [])]
    return all(
        abs(a - b) <= axes[k % len(axes)]
        for one, other in zip(first.parts, second.parts, strict=True)
        for k, (a, b) in enumerate(zip(one, other, strict=True))
    )
