"""The base of a local replica: rows as archives brought them, kept as they came and decoded when they are read.

Applying is what laws.md says of clients: deletes, then adds, then updates; a snapshot replaces everything. Rows
are read under the data model of the last archive: a property that left it is not shown, one that came reads null.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from kgsync.client.holdings import shape_of
from kgsync.client.kgr import BASE_INDEXES, fact, note
from kgsync.errors import MalformedInput
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.digest import HALF_BITS, HALF_MASK, Digest, row_hash
from kgsync.model.edits import Op
from kgsync.model.geometry import Grid
from kgsync.model.history import Moment
from kgsync.model.schema import Category, NamedType, family
from kgsync.model.values import Value
from kgsync.wire.pbf.archive_reader import ArchiveModel, ArchiveReader, DataFile, decode_archive_row
from kgsync.wire.pbf.replies import decode_model
from kgsync.wire.pbf.row_cuts import cut_rows
from kgsync.wire.pbf.rows import RowEncoder, RowReader

_ORDER = (Op.DELETE, Op.ADD, Op.UPDATE)
# A row that comes again stays where it was: whoever reads by pages meets it once.
_PUT = """
INSERT INTO base VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET form = excluded.form, origin = excluded.origin, dest = excluded.dest, row = excluded.row
"""
_STEP_ROWS = 10_000  # between two signs of progress
Progress = Callable[[int], None]
Place = tuple[int, int]
"""Where a row stands: its form, and its number."""


class Form(NamedTuple):
    """How rows were written: of which type, with which properties of which kinds, on which grid."""

    category: Category
    type_name: str
    shape: tuple[tuple[str, int], ...]
    grid: Grid


class Row(NamedTuple):
    """A row of the base, as it came."""

    id: UUID
    form: Form
    origin: UUID | None
    dest: UUID | None
    data: bytes


def grid_text(grid: Grid) -> str:
    return json.dumps({name: getattr(grid, name) for name in Grid.__dataclass_fields__})


def grid_of(text: str) -> Grid:
    return Grid(**json.loads(text))


# ---- applying


def apply_archive(
    connection: sqlite3.Connection, reader: ArchiveReader, *, snapshot: bool, progress: Progress = lambda rows: None
) -> None:
    """Apply an archive inside the caller's transaction. Raises MalformedInput: nothing of it stays then."""
    if snapshot:
        if any(file.op is not Op.ADD for file in reader.files):
            raise MalformedInput("a snapshot was asked for, and this archive is a delta")
        connection.execute("DELETE FROM base")
        for name in BASE_INDEXES:
            connection.execute(f"DROP INDEX {name}")
    for op in _ORDER:
        for file in reader.files:
            if file.op is not op:
                continue
            if op is Op.DELETE:
                ids = ((row.id.bytes,) for row in reader.rows(file))
                connection.executemany("DELETE FROM base WHERE id = ?", ids)
            else:
                _put(connection, reader, file, progress)
    if snapshot:
        for statement in BASE_INDEXES.values():
            connection.execute(statement)
    connection.execute("DELETE FROM form WHERE NOT EXISTS (SELECT 1 FROM base WHERE form = form.id)")
    grid = grid_text(reader.header.grid)
    note(connection, model=reader.model_bytes, grid=grid, sync_date=reader.header.sync_date.ms)


def _put(connection: sqlite3.Connection, reader: ArchiveReader, file: DataFile, progress: Progress) -> None:
    form = _form_id(connection, reader, file)
    done = 0
    for chunk in reader.chunks(file):
        rows = cut_rows(chunk, file.type_name, file.name)
        put = [(id, form, origin, dest, data) for id, origin, dest, data in rows]
        connection.executemany(_PUT, put)
        done += len(put)
        if done >= _STEP_ROWS:
            progress(done)
            done = 0
    progress(done)


def _form_id(connection: sqlite3.Connection, reader: ArchiveReader, file: DataFile) -> int:
    named_type = reader.model.find(file.category, file.type_name)
    if named_type is None:
        raise MalformedInput(f"the type {file.type_name!r} is not in the archive's data model", place=file.name)
    how = json.dumps([shape_of(named_type), grid_text(reader.header.grid)])
    key = (int(file.category), file.type_name, how)
    found = connection.execute("SELECT id FROM form WHERE category = ? AND type = ? AND how = ?", key).fetchone()
    if found is not None:
        return int(found[0])
    return int(connection.execute("INSERT INTO form (category, type, how) VALUES (?, ?, ?)", key).lastrowid or 0)


# ---- reading


class Base:
    """The base as one state of the file has it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        data = fact(connection, "model")
        if data is None:
            raise MalformedInput("this replica holds nothing yet: synchronize it first")
        self.model: ArchiveModel = _model(data)
        self.grid = grid_of(fact(connection, "grid"))
        self.sync_date = Moment(fact(connection, "sync_date"))
        self._types = {(t.category, t.name): t for t in self.model.types}
        self._forms = {
            row[0]: _form(*row[1:]) for row in connection.execute("SELECT id, category, type, how FROM form")
        }
        self._shared: dict[int, tuple[str, ...]] = {}

    def named_type(self, category: Category, name: str) -> NamedType | None:
        return self._types.get((category, name))

    def named(self, name: str) -> NamedType | None:
        """Find a type by its name, whatever its category."""
        return next((t for t in self.model.types if t.name == name), None)

    def row(self, id: UUID) -> Row | None:
        found = self.connection.execute("SELECT id, form, origin, dest, row FROM base WHERE id = ?", (id.bytes,))
        row = found.fetchone()
        return None if row is None else self._row(*row)

    def page(
        self, named_type: NamedType | None, after: tuple[int, int], most: int
    ) -> list[tuple[tuple[int, int], Row]]:
        """Give at most so many rows after a place, each with its own place; the first place is (0, 0)."""
        every = sorted(self._forms.items())
        forms = [i for i, f in every if named_type is None or (f.category, f.type_name) == _key(named_type)]
        found: list[tuple[Place, Row]] = []
        for form in forms:
            if form >= after[0] and len(found) < most:
                begin = after[1] if form == after[0] else 0
                rows = self.connection.execute(
                    "SELECT rowid, id, form, origin, dest, row FROM base WHERE form = ? AND rowid > ? "
                    "ORDER BY rowid LIMIT ?",
                    (form, begin, most - len(found)),
                )
                found += (((form, number), self._row(*row)) for number, *row in rows)
        return found

    def links(self, id: UUID, *, outgoing: bool = True, incoming: bool = True) -> Iterator[Row]:
        """Give the relationships that begin or end at an entity, one that does both once."""
        for column, wanted, but in (("origin", outgoing, ""), ("dest", incoming, "AND origin <> dest")):
            if wanted:
                both = but if outgoing else ""
                found = f"SELECT id, form, origin, dest, row FROM base WHERE {column} = ? {both}"
                yield from (self._row(*row) for row in self.connection.execute(found, (id.bytes,)))

    def counts(self) -> dict[str, int]:
        """Count what is held by type."""
        found = "SELECT type, count(*) FROM base JOIN form ON form.id = form GROUP BY type ORDER BY type"
        return dict(self.connection.execute(found))

    def values(self, row: Row) -> dict[str, Value]:
        """Decode a row under the data model of now; a value of a kind its property no longer has reads null."""
        named_type = self._types.get((row.form.category, row.form.type_name))
        if named_type is None:
            return {}
        read = RowReader(row.data, row.form.grid)
        same = set(row.form.shape)
        return {
            p.name: read.get(p.name) if (p.name, family(p.field_type)) in same else None for p in named_type.properties
        }

    def _row(self, id: bytes, form: int, origin: bytes | None, dest: bytes | None, data: bytes) -> Row:
        begins = None if origin is None else UUID(bytes=origin)
        ends = None if dest is None else UUID(bytes=dest)
        return Row(UUID(bytes=id), self._forms[form], begins, ends, data)

    # ---- digest

    def digest(self) -> Digest:
        """Add up what is held, as the server would write it under the data model of now."""
        members = low = high = 0
        for form_id, form in self._forms.items():
            restate = self._restating(form)
            for id, data in self.connection.execute("SELECT id, row FROM base WHERE form = ?", (form_id,)):
                hash = row_hash(data if restate is None else restate(id, data))
                members, low, high = members + 1, low + (hash & HALF_MASK), high + (hash >> HALF_BITS)
        return Digest(members, low, high)

    def _restating(self, form: Form) -> Callable[[bytes, bytes], bytes] | None:
        named_type = self._types.get((form.category, form.type_name))
        if named_type is None or (shape_of(named_type) == form.shape and form.grid == self.grid):
            return None
        encoder = RowEncoder(named_type, self.grid)
        kept = set(form.shape) & set(shape_of(named_type))
        fit = {p.name: coercer(p) for p in named_type.properties if (p.name, family(p.field_type)) in kept}

        def restated(id: bytes, data: bytes) -> bytes:
            row = decode_archive_row(data, form.grid, str(UUID(bytes=id)))
            try:
                values = {name: fit[name](value) for name, value in row.values.items() if name in fit}
                return encoder.encode(row.id, values, row.origin, row.dest)
            except (CoercionError, OverflowError) as error:
                raise MalformedInput(f"a value does not fit its type: {error}", place=str(row.id)) from None

        return restated


@lru_cache(maxsize=8)
def _model(data: bytes) -> ArchiveModel:
    """Read a data model: a view is made for each edit, and the model hardly ever changes."""
    return decode_model(data)


def _key(named_type: NamedType) -> tuple[Category, str]:
    return named_type.category, named_type.name


def _form(category: int, type_name: str, how: str) -> Form:
    shape, grid = json.loads(how)
    return Form(Category(category), type_name, tuple((name, kind) for name, kind in shape), grid_of(grid))


def missing(connection: sqlite3.Connection, ids: Iterable[UUID]) -> list[UUID]:
    """Give the ids that are not in the base, in their order."""
    look = "SELECT 1 FROM base WHERE id = ?"
    return [id for id in ids if connection.execute(look, (id.bytes,)).fetchone() is None]
