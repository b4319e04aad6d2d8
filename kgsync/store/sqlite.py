"""SQLite: the embedded default. WAL, one writer with BEGIN IMMEDIATE, read-only readers.

Readers open `mode=ro` rather than set query_only, which would refuse the temporary tables a delta
stages its steps in.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    FromClause,
    Integer,
    Label,
    LargeBinary,
    Select,
    Table,
    TextClause,
    bindparam,
    cast,
    create_engine,
    delete,
    event,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex
from sqlalchemy.sql.dml import Insert, Update

from kgsync.errors import Unavailable
from kgsync.model.contents import CHUNK_BYTES, CHUNK_ROWS
from kgsync.model.digest import HALF_BITS, HALF_MASK, Digest, Tally
from kgsync.store import migrate
from kgsync.store.backend import Backend, translated
from kgsync.store.tables import object_

_BUSY_SECONDS = 60  # another process may hold the writer for a large upload
_PAGE_BYTES = 8192
_WORTH_ANALYZING = 10_000  # objects
_ANALYSED_ROWS = 1_000  # of each index: statistics of a sample take milliseconds
_CACHE_KIB = 16 * 1024  # per connection: memory must not grow with the graph


class _Turns:
    """Hand the one writer from thread to thread in the order they came.

    A pool of one connection does not: whoever gives it back may take it again before a waiter wakes, and
    with eight busy writers one of them waited for more than a minute.
    """

    def __init__(self) -> None:
        self._guard, self._taken = threading.Lock(), False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Wait for this thread's turn. Raises Unavailable."""
        mine = threading.Event()
        with self._guard:
            if self._taken:
                self._waiting.append(mine)
            else:
                self._taken = True
                mine.set()
        if not mine.wait(seconds):
            with self._guard:
                if not mine.is_set():
                    self._waiting.remove(mine)
                    raise Unavailable("The database did not answer in time; try again")
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False


class SqliteBackend(Backend):
    """One file; `readers` bounds the connections that read at once."""

    shares_indexes = True

    def __init__(self, path: Path, *, readers: int) -> None:
        super().__init__()
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        if fresh:
            path.touch(mode=0o600)
        self._turns = _Turns()
        self._writer = self._engine("rwc", 1, "BEGIN IMMEDIATE")
        self._prepare(fresh)
        self._reader = self._engine("ro", readers, "BEGIN")
        self._concatenates = self._self_test()
        self._version_reader = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        self._version_lock = threading.Lock()

    def _engine(self, mode: str, size: int, begin: str) -> Engine:
        uri = f"file:{quote(str(self.path.resolve()))}?mode={mode}"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute("PRAGMA synchronous = FULL")
            return connection

        engine = create_engine(
            "sqlite://",
            creator=connect,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=_BUSY_SECONDS,
            hide_parameters=True,  # values are nobody's but the graph's: errors are logged
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _prepare(self, fresh: bool) -> None:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            if fresh:
                connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                connection.execute("PRAGMA encoding = 'UTF-8'")
            connection.execute("PRAGMA journal_mode = WAL")
            if connection.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
                raise Unavailable(f"{self.path.name} is not UTF-8 encoded; kgsync did not make it")
        except sqlite3.DatabaseError as error:
            raise Unavailable(f"{self.path} cannot be used as kgsync's database: {error}") from error
        finally:
            connection.close()

    def _self_test(self) -> bool:
        """Ask whether this SQLite concatenates blobs unharmed: an aggregate made for text is used on bytes."""
        blobs = [bytes(range(256)), b"\x00\x00", b"\xff\xfe\x00\x12"]
        connection = sqlite3.connect(":memory:")
        try:
            connection.execute("CREATE TABLE t (row BLOB)")
            connection.executemany("INSERT INTO t VALUES (?)", [(b,) for b in blobs])
            (joined,) = connection.execute("SELECT CAST(group_concat(row, '') AS BLOB) FROM t").fetchone()
            return bool(joined == b"".join(blobs))
        finally:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._turns.turn(_BUSY_SECONDS), translated(), self._writer.begin() as connection:
            yield connection

    def version(self) -> int | None:
        # Of a connection that never writes: every commit is another connection's. It never waits, for it may be
        # asked on the event loop.
        try:
            with self._version_lock:
                (number,) = self._version_reader.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:
            return None
        return int(number)

    def upgrade(self) -> None:
        with self.writing() as connection:
            migrate.upgrade(connection)

    def bind_id(self, id: UUID | None) -> Any:
        return None if id is None else id.bytes

    def bulk(
        self, connection: Connection, statement: Insert | Update, keys: Sequence[str], rows: list[tuple[Any, ...]]
    ) -> None:
        written, order = _written(statement)
        assert order == list(keys), f"{order} is not {keys}"
        connection.exec_driver_sql(written, rows)

    def staged(self, table: Table, rows: Select[Any]) -> tuple[FromClause, list[Executable]]:
        # One temporary table per step, kept by the connection and emptied each time: as one
        # statement SQLite takes 150 ms to prepare, because it expands a CTE at each reference.
        return table, [_made(table), delete(table), insert(table).from_select(list(table.c), rows)]

    def scratch(self, connection: Connection, table: Table) -> None:
        connection.execute(_made(table))
        connection.execute(delete(table))

    def refuse(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        connection.execute(sqlite_insert(table).on_conflict_do_nothing(), rows)

    def concatenated(
        self, connection: Connection, rows: Select[Any], largest: int, tally: Tally | None
    ) -> Iterator[bytes]:
        # By rowid, which every index entry carries: chunks resume without an OFFSET. The largest row
        # bounds how many fit a chunk; a running total instead made the scan four times slower.
        count = max(1, min(CHUNK_ROWS, CHUNK_BYTES // max(largest, 1)))
        rowid: Label[int] = literal_column("object.rowid", Integer).label("position")
        after = bindparam("after", type_=Integer)
        step = rows.add_columns(rowid).where(rowid > after).order_by(rowid).limit(count).subquery()
        content = step.c.row if self._concatenates else func.hex(step.c.row)
        joined = cast(func.group_concat(content, ""), LargeBinary)
        sums: list[ColumnElement[Any]] = [func.max(step.c.position)]
        if tally is not None:
            low, high = step.c.hash.op("&")(HALF_MASK), step.c.hash.op(">>")(HALF_BITS)
            sums += [func.count(), func.sum(low), func.sum(high)]
        chunk = select(joined, *sums)
        last = -1
        while True:
            data, last, *added = connection.execute(chunk, {"after": last}).one()
            if last is None:
                return
            if tally is not None:
                tally.add(Digest(*added))
            yield data if self._concatenates else bytes.fromhex(data.decode())

    def index_names(self, connection: Connection, table: str) -> set[str]:
        asked = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?"
        return {name for (name,) in connection.exec_driver_sql(asked, (table,))}

    def change_indexes(self, connection: Connection, made: Sequence[CreateIndex], dropped: Sequence[DropIndex]) -> None:
        for statement in (*made, *dropped):
            connection.execute(statement)
        # Statistics of a small table mislead once it has grown; without any, the planner counts the columns an
        # index can use, which is right for ours.
        seen: Select[tuple[int]] = select(literal_column("1")).select_from(object_).offset(_WORTH_ANALYZING).limit(1)
        if connection.execute(seen).first() is not None:
            connection.exec_driver_sql(f"PRAGMA analysis_limit = {_ANALYSED_ROWS}")
            connection.exec_driver_sql("ANALYZE object")

    def interrupter(self, connection: Connection) -> Callable[[], None]:
        driver: Any = connection.connection.driver_connection
        return lambda: driver.interrupt()

    def close(self) -> None:
        self._version_reader.close()
        self._reader.dispose()
        self._writer.dispose()


@cache
def _made(table: Table) -> TextClause:
    """Write what makes a step's table, once: it runs as often as anything is read."""
    return text(str(CreateTable(table, if_not_exists=True).compile(dialect=sqlite.dialect())))


@cache
def _written(statement: Insert | Update) -> tuple[str, list[str]]:
    """Write a statement and the order of what it binds, once; there are as many as the module constants of writers."""
    compiled = statement.compile(dialect=sqlite.dialect())
    return str(compiled), list(compiled.positiontup or [])
