"""Copying a whole database out of one read view, while others serve and write, and back into an empty one.

This is the one place that knows what a copy of each database is: SQLite's file as its own backup interface
copies it, or PostgreSQL's tables by COPY. Nothing is upgraded on the way out: a backup before an upgrade
is what an upgrade is made safe by.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kgsync.errors import Conflict, NotSupported
from kgsync.model.backup import DatabaseCopy, DatabaseKind, Restored
from kgsync.store import migrate, postgres_copy, sqlite_copy
from kgsync.store.database import DATABASE_FILE
from kgsync.store.restoring import Stamp

# Told how far a step is: done and whole, in units of its own.
Step = Callable[[int, int], None]


def copy_out(data_dir: Path, database_url: str | None, directory: Path, step: Step) -> DatabaseCopy:
    """Copy the database the settings name into `directory`. Raises Unavailable, NotFound, OSError."""
    if database_url:
        return postgres_copy.copy_out(database_url, directory, step)
    return sqlite_copy.copy_out(data_dir / DATABASE_FILE, directory, step)


def check_target(copy: DatabaseCopy, data_dir: Path, database_url: str | None, *, overwrite: bool) -> None:
    """Refuse a target the copy does not fit, or that holds something. Raises Conflict, NotSupported, Unavailable."""
    kind = DatabaseKind.POSTGRESQL if database_url else DatabaseKind.SQLITE
    if copy.kind is not kind:
        where = "--database-url" if copy.kind is DatabaseKind.POSTGRESQL else "--data-dir alone"
        raise NotSupported(f"This is a backup of {copy.kind.value}; restore it with {where}")
    migrate.check_known(copy.revision)
    if database_url:
        held = postgres_copy.holds_tables(database_url)
    else:
        held = data_dir.exists() and any(data_dir.iterdir())
    if held and not overwrite:
        raise Conflict("The target is not empty; restore to another one, or say --overwrite to replace what it holds")


def copy_in(
    copy: DatabaseCopy, source: Path, data_dir: Path, database_url: str | None, stamp: Stamp, step: Step
) -> list[Restored]:
    """Put a copy in the place of whatever is there and stamp it, all or nothing.

    Raises Conflict (in use, or of a newer program), Unavailable, OSError.
    """
    if database_url:
        return postgres_copy.copy_in(copy, source, database_url, stamp, step)
    return sqlite_copy.copy_in(source, data_dir / DATABASE_FILE, stamp, step)
