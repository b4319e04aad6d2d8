"""PostgreSQL: many server processes over one database.

Writes run READ COMMITTED and lock the service's clock row with their first statement; reads run
REPEATABLE READ. Timeouts free the clock row from a client that froze while holding it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Executable, FromClause, Select, Table, create_engine, delete, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex
from sqlalchemy.sql.dml import Insert, Update

from kgsync.errors import MalformedInput, Unavailable
from kgsync.model.contents import CHUNK_ROWS, chunks_of
from kgsync.model.digest import Tally, counted
from kgsync.store import migrate
from kgsync.store.backend import Backend, translated
from kgsync.store.judging import refused

# Serialises processes that upgrade one database at once; any constant does, this one says "kgsync".
_UPGRADE_LOCK = 0x6B6773796E63

# Serialises processes that make indexes: of two at once, one would fail.
_INDEX_LOCK = _UPGRADE_LOCK + 1
_INDEX_LOCK_MS = 5_000

_OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "idle_in_transaction_session_timeout": "120s",
        "lock_timeout": "60s",
        "jit": "off",
        "cursor_tuple_fraction": "1",
        "timezone": "UTC",
    }.items()
)
_KEEPALIVES = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class PostgresBackend(Backend):
    """One database by URL; `readers` and `writers` bound the connections held."""

    def __init__(self, url: str, *, readers: int, writers: int) -> None:
        super().__init__()
        try:
            given = make_url(url)
            if given.get_backend_name() not in ("postgresql", "postgres"):
                raise ArgumentError(given.drivername)
            parsed = given.set(drivername="postgresql+psycopg")
        except ArgumentError:
            told = "--database-url is not of the form postgresql+psycopg://user:password@host/database"
            raise MalformedInput(told) from None
        engine = create_engine(
            parsed,
            pool_size=readers + writers,
            max_overflow=2,
            pool_pre_ping=True,
            connect_args={"options": _OPTIONS, **_KEEPALIVES},
            hide_parameters=True,  # values are nobody's but the graph's: errors are logged
        )
        # A read-only transaction may fill a temporary table but not make one: each connection brings it.
        refusing = str(CreateTable(refused).compile(dialect=engine.dialect))

        @event.listens_for(engine, "connect")
        def _bring_refused(connection: Any, record: Any) -> None:
            connection.execute(refusing)
            connection.commit()

        self._engine = engine
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = engine.execution_options(isolation_level="READ COMMITTED")
        try:
            self._refuse_lossy_commits()
        except BaseException:
            engine.dispose()
            raise

    def _refuse_lossy_commits(self) -> None:
        try:
            with self._writer.connect() as connection:
                answer = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        except OperationalError as error:
            raise Unavailable("The PostgreSQL at --database-url could not be reached") from error
        if answer == "off":
            raise Unavailable(
                "This PostgreSQL runs with synchronous_commit = off: a crash would lose commits that were "
                "answered, and their Moments would be given out again. Set it to on for kgsync's database or role."
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with translated(), self._writer.begin() as connection:
            yield connection

    def upgrade(self) -> None:
        with self.writing() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_UPGRADE_LOCK,))
            migrate.upgrade(connection)

    def bind_id(self, id: UUID | None) -> Any:
        return id

    def bulk(
        self, connection: Connection, statement: Insert | Update, keys: Sequence[str], rows: list[tuple[Any, ...]]
    ) -> None:
        compiled = str(statement.compile(dialect=connection.dialect))
        connection.exec_driver_sql(compiled, [dict(zip(keys, row, strict=True)) for row in rows])

    def staged(self, table: Table, rows: Select[Any]) -> tuple[FromClause, list[Executable]]:
        # One statement of materialised CTEs: temporary tables cost 300 ms even for an empty delta.
        return rows.cte(table.name).prefix_with("MATERIALIZED"), []

    def scratch(self, connection: Connection, table: Table) -> None:
        connection.execute(delete(table))  # made with the connection, see __init__

    def refuse(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        connection.execute(postgres_insert(table).on_conflict_do_nothing(), rows)

    def concatenated(
        self, connection: Connection, rows: Select[Any], largest: int, tally: Tally | None
    ) -> Iterator[bytes]:
        streaming = {"stream_results": True, "max_row_buffer": CHUNK_ROWS}
        result = connection.execute(rows, execution_options=streaming)
        yield from chunks_of(counted(result, tally))

    def index_names(self, connection: Connection, table: str) -> set[str]:
        asked = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s"
        return {name for (name,) in connection.exec_driver_sql(asked, (table,))}

    def change_indexes(self, connection: Connection, made: Sequence[CreateIndex], dropped: Sequence[DropIndex]) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_INDEX_LOCK,))
        # Everyone queues behind a lock that waits: making one waits for writers, dropping one for readers too.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_INDEX_LOCK_MS}")
        for statement in (*made, *dropped):
            try:
                with connection.begin_nested():
                    connection.execute(statement)
            except OperationalError as error:
                if not isinstance(error.orig, LockNotAvailable):
                    raise
        connection.exec_driver_sql("ANALYZE object")

    def interrupter(self, connection: Connection) -> Callable[[], None]:
        driver: Any = connection.connection.driver_connection
        return lambda: driver.cancel()

    def close(self) -> None:
        self._engine.dispose()
