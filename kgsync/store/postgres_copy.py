"""A copy of a PostgreSQL database: its tables by COPY, all in one REPEATABLE READ snapshot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from isal import igzip
from psycopg import sql
from sqlalchemy import Connection, inspect, make_url

from kgsync.errors import Conflict, MalformedInput, NotFound, Unavailable
from kgsync.model.backup import BackedService, DatabaseCopy, DatabaseKind, Restored, TableCopy
from kgsync.model.history import Moment
from kgsync.store import migrate
from kgsync.store.backend import translated
from kgsync.store.postgres import PostgresBackend
from kgsync.store.restoring import Stamp, clocks, stamp
from kgsync.store.tables import metadata

# Work in progress and files that live for a day; no backup has them.
_LEFT_OUT = {"job", "archive"}
_VERSION = "alembic_version"
_CHUNK = 256 * 1024


def _connected(url: str) -> psycopg.Connection[Any]:
    try:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain)
    except psycopg.OperationalError as error:
        raise Unavailable("The PostgreSQL at --database-url could not be reached") from error


def _file(directory: Path, table: str) -> Path:
    return directory / "tables" / f"{table}.copy.gz"


def _deflated(path: Path, mode: str) -> BinaryIO:
    # igzip's stubs leave open() untyped.
    opened: BinaryIO = igzip.open(path, mode, compresslevel=1)  # type: ignore[no-untyped-call]
    return opened


def copy_out(url: str, directory: Path, step: Callable[[int, int], None]) -> DatabaseCopy:
    """Copy every table while others write. Raises NotFound, Unavailable, OSError."""
    (directory / "tables").mkdir(mode=0o700)
    with closing(_connected(url)) as connection, connection.cursor() as cursor:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        sizes = _sizes(cursor)
        if "service" not in sizes:
            raise NotFound("The database at --database-url holds no kgsync tables")
        whole, before, copied = max(1, sum(sizes.values())), 0, []
        for name, size in sizes.items():
            # The text written is only about as long as the table is on disk.
            def told(written: int, before: int = before, size: int = size) -> None:
                step(before + min(written, size), whole)

            copied.append(_table_out(cursor, directory, name, told))
            before += size
            step(before, whole)
        return _described(cursor, tuple(copied))


def _sizes(cursor: psycopg.Cursor[Any]) -> dict[str, int]:
    """Give the tables there are, with the bytes they hold."""
    found: dict[str, int] = {}
    for name in (*(table.name for table in metadata.sorted_tables), _VERSION):
        if name in _LEFT_OUT:
            continue
        (size,) = cursor.execute("SELECT pg_table_size(to_regclass(%s))", (name,)).fetchone() or (None,)
        if size is not None:
            found[name] = size
    return found


def _table_out(cursor: psycopg.Cursor[Any], directory: Path, name: str, told: Callable[[int], None]) -> TableCopy:
    query = (
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position"
    )
    columns = [row[0] for row in cursor.execute(query, (name,))]
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    done = 0
    with _deflated(_file(directory, name), "wb") as target, cursor.copy(statement) as copy:
        for data in copy:
            target.write(data)
            done += len(data)
            told(done)
    return TableCopy(name=name, columns=tuple(columns), rows=cursor.rowcount)


def _described(cursor: psycopg.Cursor[Any], tables: tuple[TableCopy, ...]) -> DatabaseCopy:
    revision = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
    services = cursor.execute(
        "SELECT s.svc, p.folder, p.name, s.clock, s.floor FROM service s JOIN publication p USING (svc) ORDER BY s.svc"
    ).fetchall()
    items = cursor.execute("SELECT id FROM item WHERE ready ORDER BY id").fetchall()
    return DatabaseCopy(
        kind=DatabaseKind.POSTGRESQL,
        revision="" if revision is None else revision[0],
        services=tuple(
            BackedService(id=svc, path=f"{folder}/{name}".lstrip("/"), clock=Moment(clock), floor=Moment(floor))
            for svc, folder, name, clock, floor in services
        ),
        tables=tables,
        items=tuple(row[0] for row in items),
    )


def holds_tables(url: str) -> bool:
    """Say whether a database has tables of its own. Raises Unavailable."""
    with closing(_connected(url)) as connection:
        query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
        (count,) = connection.execute(query).fetchone() or (0,)
        return bool(count)


def copy_in(
    copy: DatabaseCopy, source: Path, url: str, with_: Stamp, step: Callable[[int, int], None]
) -> list[Restored]:
    """Fill a database from a copy in one transaction: replaced whole, or not at all.

    Raises Conflict (a newer schema, others connected), MalformedInput (rows are missing), Unavailable.
    """
    backend = PostgresBackend(url, readers=1, writers=1)
    try:
        with translated(), backend.writing() as connection:
            _alone(connection)
            lost = _emptied(connection)
            migrate.upgrade(connection, copy.revision)
            whole = max(1, sum(table.rows for table in copy.tables))
            done = 0
            for table in copy.tables:
                if table.name != _VERSION:  # the migrations wrote it
                    _table_in(connection, source, table)
                done += table.rows
                step(done, whole)
            connection.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('service', 'svc'), (SELECT max(svc) FROM service))"
            )
            migrate.upgrade(connection)
            restored = stamp(connection, with_, lost)
            connection.exec_driver_sql("ANALYZE")
        return restored
    finally:
        backend.close()


def _alone(connection: Connection) -> None:
    """Refuse while others are connected: a server would go on with what it remembers of the replaced database."""
    others = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    ).scalar_one()
    if others:
        raise Conflict(f"{others} other sessions are connected to this database; stop the servers first")


def _emptied(connection: Connection) -> dict[str, int]:
    """Drop our tables, if there are any; give the clocks they held."""
    present = set(inspect(connection).get_table_names())
    lost = clocks(connection) if {"service", "publication"} <= present else {}
    metadata.drop_all(connection)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_VERSION}")
    return lost


def _table_in(connection: Connection, source: Path, table: TableCopy) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        with _deflated(_file(source, table.name), "rb") as data, cursor.copy(statement) as copy:
            while chunk := data.read(_CHUNK):
                copy.write(chunk)
        if cursor.rowcount != table.rows:
            raise MalformedInput(f"{table.name}: {cursor.rowcount} rows where the manifest says {table.rows}")
