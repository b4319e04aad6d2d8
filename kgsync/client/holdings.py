"""What archives leave with a client: each object's type and hash, kept in a temporary file.

Applying is what laws.md says of clients: deletes, then adds, then updates. Rows are taken under the data model
of the last archive, as a client takes them: when a property came or went, a delta sends no rows for it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from kgsync.errors import MalformedInput, StorageFull
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.digest import HALF_BITS, HALF_MASK, Digest, row_hash
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.model.schema import Category, NamedType, family
from kgsync.wire.pbf.archive_reader import ArchiveReader, ArchiveRow, DataFile, decode_archive_row, opened_archive
from kgsync.wire.pbf.rows import RowEncoder

_CACHE_KIB = 16 * 1024  # memory must not grow with the archives: pages beyond go to the temporary file
_ORDER = (Op.DELETE, Op.ADD, Op.UPDATE)

Shape = tuple[tuple[str, int], ...]


class Difference(NamedTuple):
    """An object on which archives and server differ."""

    type_name: str
    id: UUID
    what: str


NOT_HELD, NOT_SERVED, OTHER = "missing from the archives", "not in the replica on the server", "other content"


def shape_of(named_type: NamedType) -> Shape:
    """Give what decides how a type's rows are written: its properties by name and how values look, in order."""
    return tuple((p.name, family(p.field_type)) for p in named_type.properties)


@contextmanager
def temporary_database() -> Iterator[sqlite3.Connection]:
    """Open an empty database in a temporary file, which leaves with it: nothing in it needs to survive.

    Raises StorageFull.
    """
    with tempfile.TemporaryDirectory(prefix="kgsync-") as directory:
        connection = sqlite3.connect(Path(directory) / "temporary.sqlite", isolation_level=None)
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
                connection.execute(f"PRAGMA {pragma}")
            yield connection
        except sqlite3.OperationalError as error:
            raise StorageFull(f"The temporary file could not be written: {error}") from error
        finally:
            connection.close()


@contextmanager
def held(paths: Sequence[Path]) -> Iterator[Holdings]:
    """Apply a snapshot and the deltas that follow it, in this order.

    Raises MalformedInput for damaged archives, dates that go back, and a first one that is no snapshot.
    """
    with ExitStack() as stack:
        readers = []
        for path in paths:
            source = stack.enter_context(path.open("rb"))
            readers.append(stack.enter_context(opened_archive(source, path.name)))
        _check_order(readers, paths)
        holdings = Holdings(stack.enter_context(temporary_database()), readers[-1])
        for reader in readers:
            holdings.apply(reader)
        yield holdings


def _check_order(readers: Sequence[ArchiveReader], paths: Sequence[Path]) -> None:
    if not readers:
        raise MalformedInput("at least one archive is needed")
    if any(file.op is not Op.ADD for file in readers[0].files):
        raise MalformedInput("the first archive must be a snapshot; this one is a delta", place=str(paths[0]))
    for k in range(1, len(readers)):
        if readers[k].header.sync_date < readers[k - 1].header.sync_date:
            told = "its date lies before that of the archive before it; give archives in the order they were served"
            raise MalformedInput(told, place=str(paths[k]))


class Holdings:
    """Objects by id, as the archives applied so far leave them; `last` is the newest archive to come."""

    def __init__(self, connection: sqlite3.Connection, last: ArchiveReader) -> None:
        self._connection, self._last = connection, last
        self.sync_date: Moment = last.header.sync_date
        self._types = {(t.category, t.name): t for t in last.model.types}
        connection.execute("CREATE TABLE held (id BLOB PRIMARY KEY, type TEXT, hash INTEGER) WITHOUT ROWID")

    def apply(self, reader: ArchiveReader) -> None:
        """Apply one archive, its files in the order of apply(archive). Raises MalformedInput."""
        connection = self._connection
        connection.execute("BEGIN")
        for op in _ORDER:
            for file in reader.files:
                if file.op is op is Op.DELETE:
                    ids = ((row.id.bytes,) for row in reader.rows(file))
                    connection.executemany("DELETE FROM held WHERE id = ?", ids)
                elif file.op is op:
                    connection.executemany("INSERT OR REPLACE INTO held VALUES (?, ?, ?)", self._rows(reader, file))
        connection.execute("COMMIT")

    def _rows(self, reader: ArchiveReader, file: DataFile) -> Iterator[tuple[bytes, str, int]]:
        restate = self._restating(reader, file)
        for row in reader.rows(file):
            framed = row.row if restate is None else restate(row)
            yield row.id.bytes, file.type_name, row_hash(framed)

    def _restating(self, reader: ArchiveReader, file: DataFile) -> Callable[[ArchiveRow], bytes] | None:
        """Give what writes rows anew, when the newest data model would have written them otherwise."""
        now = self._types.get((file.category, file.type_name))
        then = reader.model.find(file.category, file.type_name)
        grid, newest = reader.header.grid, self._last.header.grid
        if now is None or then is None or (shape_of(now) == shape_of(then) and grid == newest):
            return None
        encoder = RowEncoder(now, newest)
        # A value under a name that is of another kind now was sent again, if there was one.
        same = set(shape_of(now)) & set(shape_of(then))
        coercers = {p.name: coercer(p) for p in now.properties if (p.name, family(p.field_type)) in same}

        def restated(row: ArchiveRow) -> bytes:
            place = f"{file.name}: {row.id}"
            decoded = decode_archive_row(row.row, grid, place)
            try:
                values = {n: coercers[n](value) for n, value in decoded.values.items() if n in coercers}
                return encoder.encode(decoded.id, values, decoded.origin, decoded.dest)
            except (CoercionError, OverflowError) as error:
                raise MalformedInput(f"a value does not fit its type: {error}", place=place) from None

        return restated

    def shape(self, category: Category, name: str) -> Shape | None:
        """Give the shape of a type in the newest archive's data model."""
        found = self._types.get((category, name))
        return None if found is None else shape_of(found)

    def digest(self) -> Digest:
        """Add up what is held."""
        sums = f"count(*), coalesce(sum(hash & {HALF_MASK}), 0), coalesce(sum(hash >> {HALF_BITS}), 0)"
        return Digest(*self._connection.execute(f"SELECT {sums} FROM held").fetchone())

    def counts(self) -> dict[str, int]:
        """Count what is held by type."""
        return dict(self._connection.execute("SELECT type, count(*) FROM held GROUP BY type ORDER BY type"))

    def compare(self, members: Iterable[tuple[str, UUID, int]], limit: int) -> list[Difference]:
        """Give the first `limit` differences to what the server holds, by type and id; called once."""
        connection = self._connection
        connection.execute("CREATE TABLE served (id BLOB PRIMARY KEY, type TEXT, hash INTEGER) WITHOUT ROWID")
        connection.execute("BEGIN")
        rows = ((id.bytes, type_name, hash) for type_name, id, hash in members)
        connection.executemany("INSERT INTO served VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        found = connection.execute(
            """
            SELECT s.type, s.id, CASE WHEN h.id IS NULL THEN ? ELSE ? END FROM served s LEFT JOIN held h ON h.id = s.id
            WHERE h.id IS NULL OR h.hash <> s.hash OR h.type <> s.type
            UNION ALL
            SELECT h.type, h.id, ? FROM held h WHERE NOT EXISTS (SELECT 1 FROM served s WHERE s.id = h.id)
            ORDER BY 1, 2 LIMIT ?
            """,
            (NOT_HELD, OTHER, NOT_SERVED, limit),
        )
        return [Difference(type_name, UUID(bytes=id), what) for type_name, id, what in found]
