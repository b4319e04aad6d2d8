"""The file of a local replica: one SQLite database, its tables, and the facts about the replica.

What is in it: `base`, rows as archives brought them; `pending`, edits not answered yet; `rejected`, edits the
server did not take; `upload`, the one upload under way; `told`, conflicts and the like; `fact`, all else. Every
change is one transaction, synchronized to the disk before it counts.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kgsync.client.alone import alone
from kgsync.errors import Conflict, MalformedInput, NotFound, StorageFull, Unavailable

APPLICATION = 0x6B677231  # "kgr1", so that a file says what it is
VERSION = 1
_CACHE_KIB = 64 * 1024  # a third of what a replica of a million objects may take
_WAIT_SECONDS = 30.0  # for another process that reads or edits the same file

_SCHEMA = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE form (id INTEGER PRIMARY KEY, category INTEGER NOT NULL, type TEXT NOT NULL, how TEXT NOT NULL);
CREATE TABLE base (
    id BLOB PRIMARY KEY, form INTEGER NOT NULL, origin BLOB, dest BLOB, row BLOB NOT NULL
);
CREATE TABLE pending (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, batch INTEGER NOT NULL DEFAULT 0, op INTEGER NOT NULL,
    category INTEGER NOT NULL, type TEXT NOT NULL, id BLOB NOT NULL, content BLOB NOT NULL, grid TEXT NOT NULL,
    origin BLOB, dest BLOB, cascade INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX pending_id ON pending (id, batch);
CREATE INDEX pending_origin ON pending (origin) WHERE origin IS NOT NULL;
CREATE INDEX pending_dest ON pending (dest) WHERE dest IS NOT NULL;
CREATE TABLE upload (batch INTEGER PRIMARY KEY, key TEXT NOT NULL);
CREATE TABLE rejected (
    seq INTEGER PRIMARY KEY, op INTEGER NOT NULL, category INTEGER NOT NULL, type TEXT NOT NULL, id BLOB NOT NULL,
    content BLOB NOT NULL, grid TEXT NOT NULL, origin BLOB, dest BLOB, cascade INTEGER NOT NULL,
    code INTEGER NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE told (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
"""
BASE_INDEXES = {
    "base_form": "CREATE INDEX base_form ON base (form)",
    "base_origin": "CREATE INDEX base_origin ON base (origin) WHERE origin IS NOT NULL",
    "base_dest": "CREATE INDEX base_dest ON base (dest) WHERE dest IS NOT NULL",
}


# How a transaction begins, ends and is undone; and one inside another.
_STEPS = {
    False: ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"),
    True: ("SAVEPOINT inner", "RELEASE inner", "ROLLBACK TO inner"),
}


@contextmanager
def trouble_told(path: Path) -> Iterator[None]:
    """Turn what SQLite raises about a file into what a person can act on."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise Unavailable(f"{path.name} is in use by another program; try again") from error
        if "full" in text:
            raise StorageFull(f"The disk is full; {path.name} is as it was before") from error
        raise MalformedInput(f"{path.name} cannot be read or written: {text}") from error
    except sqlite3.DatabaseError as error:
        raise MalformedInput(f"{path.name} is no replica file, or damaged: {error}") from error


class KgrFile:
    """An open replica file. One thread at a time is inside; the file itself keeps processes apart."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection
        self._lock = threading.RLock()

    @classmethod
    def create(cls, path: Path, **facts: Any) -> KgrFile:
        """Make a new file with its first facts, whole or not at all.

        Raises Conflict when there is one, NotFound without its directory.
        """
        if path.exists():
            raise Conflict(f"{path} exists; choose another name, or remove it if nothing in it is needed")
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        made = cls._connect(part)
        with made.changing() as connection:
            for statement in (*_SCHEMA.split(";\n"), *BASE_INDEXES.values()):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            note(connection, **facts)
        made.close()
        part.rename(path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> KgrFile:
        """Open a file. Raises NotFound, MalformedInput for files of other kinds and of newer versions."""
        if not path.is_file():
            raise NotFound(f"{path} does not exist; make it with a clone")
        opened = cls._connect(path)
        try:
            with trouble_told(path):
                (application,) = opened._connection.execute("PRAGMA application_id").fetchone()
                (version,) = opened._connection.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION:
                raise MalformedInput(f"{path.name} is no replica file")
            if version != VERSION:
                raise MalformedInput(f"{path.name} was written by another version of this program ({version})")
        except BaseException:
            opened.close()
            raise
        return opened

    @classmethod
    def _connect(cls, path: Path) -> KgrFile:
        if not path.parent.is_dir():
            raise NotFound(f"{path.parent} is no directory")
        with trouble_told(path):
            connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode = DELETE", "synchronous = FULL", f"cache_size = -{_CACHE_KIB}"):
                connection.execute(f"PRAGMA {pragma}").close()
        return cls(path, connection)

    def close(self) -> None:
        """Close the file; once is enough, more does no harm."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Look at one state of the file, for as long as the block lasts."""
        with self._lock, trouble_told(self.path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                with suppress(sqlite3.OperationalError):
                    self._connection.execute("COMMIT")

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Change the file in one transaction: all of the block, or nothing of it. One inside another is part of it."""
        with self._lock, trouble_told(self.path):
            inside = self._connection.in_transaction
            begin, end, undo = _STEPS[inside]
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute(end)
            except BaseException:
                with suppress(sqlite3.OperationalError):
                    self._connection.execute(undo)
                raise

    @property
    def busy(self) -> bool:
        """Say whether a transaction is open."""
        return self._connection.in_transaction

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other synchronizations of this file out, of other processes too. Raises Unavailable."""
        lock = self.path.with_name(f"{self.path.name}-sync")
        with alone(lock, f"{self.path.name} is being synchronized already"):
            yield


def fact(connection: sqlite3.Connection, name: str) -> Any:
    """Read one fact; None when it was never noted."""
    found = connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return None if found is None else found[0]


def note(connection: sqlite3.Connection, **facts: Any) -> None:
    """Note facts; text, numbers, bytes or None."""
    connection.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", facts.items())


def json_fact(connection: sqlite3.Connection, name: str) -> Any:
    text = fact(connection, name)
    return None if text is None else json.loads(text)
