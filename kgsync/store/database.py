"""One store over one database: opens read views and commits; the place that knows both backends' names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kgsync.store import indexes
from kgsync.store.audit import AuditLog
from kgsync.store.backend import Backend
from kgsync.store.catalog import Catalog
from kgsync.store.jobs import Jobs
from kgsync.store.people import People
from kgsync.store.reading import StoreReading
from kgsync.store.sqlite import SqliteBackend
from kgsync.store.tending import StoreTending
from kgsync.store.writing import StoreRegistering, StoreWriting

DATABASE_FILE = "kgsync.sqlite"
READERS = 8  # short read views open at once, per process
ARCHIVERS = 4  # archives made at once, each in a read view of its own
QUERIES = 8  # queries answered at once, each in a read view of its own
POSTGRES_WRITERS = 4  # commits of different services run side by side


class Store:
    """Blocking access to a database; use it through store.runner from asynchronous code."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        backend.upgrade()
        indexes.follow(backend)

    @contextmanager
    def reading(self, svc: int) -> Iterator[StoreReading]:
        """Open a read view of a service. Raises NotFound."""
        with self._backend.reading() as connection:
            yield StoreReading(self._backend, connection, svc)

    @contextmanager
    def registering(self, svc: int) -> Iterator[StoreRegistering]:
        """Open a transaction that changes registrations only: no Moment is taken."""
        with self._backend.writing() as connection:
            yield StoreRegistering(self._backend, connection, svc)

    @contextmanager
    def tending(self, svc: int) -> Iterator[StoreTending]:
        """Open a short transaction of upkeep: no Moment is taken. Raises NotFound."""
        with self._backend.writing() as connection:
            yield StoreTending(self._backend, connection, svc)

    @contextmanager
    def writing(self, svc: int, wall: int) -> Iterator[StoreWriting]:
        """Open a commit of a service; `wall` is the wall clock in ms. Raises NotFound."""
        with self._backend.writing() as connection:
            writing = StoreWriting(self._backend, connection, svc, wall)
            yield writing
        if writing.indexes_changed:
            indexes.follow(self._backend)

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Open the catalog to read."""
        with self._backend.reading() as connection:
            yield Catalog(connection)

    @contextmanager
    def changing_catalog(self) -> Iterator[Catalog]:
        with self._backend.writing() as connection:
            catalog = Catalog(connection)
            yield catalog
        if catalog.indexes_named:
            indexes.follow(self._backend)

    @contextmanager
    def people(self) -> Iterator[People]:
        """Open accounts and tokens to read."""
        with self._backend.reading() as connection:
            yield People(connection)

    @contextmanager
    def changing_people(self) -> Iterator[People]:
        with self._backend.writing() as connection:
            yield People(connection)

    @contextmanager
    def audit_log(self) -> Iterator[AuditLog]:
        """Open the audit log to read."""
        with self._backend.reading() as connection:
            yield AuditLog(connection)

    @contextmanager
    def jobs(self) -> Iterator[Jobs]:
        """Open the job rows to read."""
        with self._backend.reading() as connection:
            yield Jobs(connection)

    @contextmanager
    def changing_jobs(self) -> Iterator[Jobs]:
        with self._backend.writing() as connection:
            yield Jobs(connection)

    def version(self) -> int | None:
        """Give a number that is another one after every commit, of other processes too; None where there is none.

        It takes some microseconds, on any thread.
        """
        return self._backend.version()

    def close(self) -> None:
        self._backend.close()


def open_store(data_dir: Path, database_url: str | None) -> Store:
    """Open PostgreSQL by its URL, else the SQLite file under `data_dir`. Raises Unavailable, Conflict."""
    backend: Backend
    if database_url:
        from kgsync.store.postgres import PostgresBackend  # its driver takes its time, and few have a URL

        backend = PostgresBackend(database_url, readers=READERS + ARCHIVERS + QUERIES, writers=POSTGRES_WRITERS + 2)
    else:
        backend = SqliteBackend(data_dir / DATABASE_FILE, readers=READERS + ARCHIVERS + QUERIES + 2)
    try:
        return Store(backend)
    except BaseException:
        backend.close()
        raise
