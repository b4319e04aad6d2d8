"""A copy of an SQLite database: its file, as one read view showed it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from kgsync.errors import Conflict, NotFound, Unavailable
from kgsync.model.backup import BackedService, DatabaseCopy, DatabaseKind, Restored
from kgsync.model.history import Moment
from kgsync.store.backend import translated
from kgsync.store.restoring import Stamp, clocks, stamp
from kgsync.store.sqlite import SqliteBackend

FILE = "kgsync.sqlite"
_PAGES = 2_048  # copied between two looks at the progress: 16 MiB
_BUSY_SECONDS = 60


def copy_out(path: Path, directory: Path, step: Callable[[int, int], None]) -> DatabaseCopy:
    """Copy the file at `path` while others write to it. Raises NotFound, Unavailable, OSError."""
    if not path.exists():
        raise NotFound(f"There is no database at {path}")
    target = directory / FILE
    # Read-write, because a log nobody has open can only be read by whoever may write beside it.
    uri = f"file:{quote(str(path.resolve()))}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            # Held to the end: the copy is of this view, and never begins again when others commit.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=_PAGES, progress=lambda _, left, whole: step(whole - left, whole))
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise Unavailable(f"{path} is damaged; its copy does not pass SQLite's check")
            return _described(copy)
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"{path} could not be copied: {error}") from error


def _described(copy: sqlite3.Connection) -> DatabaseCopy:
    (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    services = copy.execute(
        "SELECT s.svc, p.folder, p.name, s.clock, s.floor FROM service s JOIN publication p USING (svc) ORDER BY s.svc"
    )
    return DatabaseCopy(
        kind=DatabaseKind.SQLITE,
        revision=revision,
        services=tuple(
            BackedService(id=svc, path=f"{folder}/{name}".lstrip("/"), clock=Moment(clock), floor=Moment(floor))
            for svc, folder, name, clock, floor in services
        ),
        tables=(),
        items=tuple(row[0] for row in copy.execute("SELECT id FROM item WHERE ready ORDER BY id")),
    )


def copy_in(source: Path, path: Path, with_: Stamp, step: Callable[[int, int], None]) -> list[Restored]:
    """Bring a copied file up to date, stamp it, and put it at `path` with one rename. Raises Conflict, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lost = _taken_over(path) if path.exists() else {}
    made = path.with_name(f".{path.name}.restoring")
    _remove(made)
    try:
        shutil.copyfile(source / FILE, made)
        made.chmod(0o600)
        step(1, 2)
        backend = SqliteBackend(made, readers=1)
        try:
            backend.upgrade()
            with backend.writing() as connection:
                restored = stamp(connection, with_, lost)
        finally:
            backend.close()
        _fold(made)
        _fsync(made)
        made.replace(path)
        _fsync(path.parent)
    except BaseException:
        _remove(made)
        raise
    step(2, 2)
    return restored


def _fold(path: Path) -> None:
    """Fold the log into the file. Raises Conflict while another process has it open."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            raise Conflict(f"{path} is in use; stop the server first") from error


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _taken_over(path: Path) -> dict[str, int]:
    """Make sure that nobody uses the file about to be replaced, and read its clocks if it can still tell them."""
    try:
        _fold(path)
        backend = SqliteBackend(path, readers=1)
        try:
            with translated(), backend.reading() as connection:
                return clocks(connection)
        finally:
            backend.close()
            _fold(path)
    except (sqlite3.DatabaseError, Unavailable):
        return {}


def _remove(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        name.unlink(missing_ok=True)
