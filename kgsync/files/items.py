"""Uploaded files, by item id: whole, or in numbered parts that a commit joins."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

from kgsync.errors import MalformedInput, TooLarge
from kgsync.files.room import Room
from kgsync.files.spool import Spooled, fsync_directory, full_disk_told

_STEP = 1024 * 1024


class Items:
    """The directory of uploaded files; ids are 32 hex digits, checked before they become names."""

    def __init__(self, directory: Path, room: Room | None = None) -> None:
        self._directory, self.room = directory, room or Room(directory)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, item_id: str) -> Path:
        if len(item_id) != 32 or not set(item_id) <= set("0123456789abcdef"):
            raise MalformedInput(f"{item_id[:40]!r} is not an item id (32 hex digits)")
        return self._directory / item_id

    def _parts(self, item_id: str) -> Path:
        return self.path(item_id).with_suffix(".parts")

    def put(self, item_id: str, body: Spooled) -> None:
        """Keep a whole file; blocking."""
        body.keep(self.path(item_id), self.room)

    def put_part(self, item_id: str, number: int, body: Spooled) -> None:
        """Keep one part; sending a part again replaces it. Blocking."""
        body.keep(self._parts(item_id) / f"{number:06d}", self.room)

    def parts_size(self, item_id: str) -> int:
        """Sum the parts of a file that is not joined yet."""
        return sum(part.stat().st_size for part in self._parts(item_id).glob("[0-9]*"))

    def part_numbers(self, item_id: str) -> list[int]:
        """List the numbers of the parts of a file that is not joined yet, in their order."""
        return sorted(int(part.name) for part in self._parts(item_id).glob("[0-9]*"))

    def part_size(self, item_id: str, number: int) -> int:
        """Give the size of one part, 0 when it is not there."""
        part = self._parts(item_id) / f"{number:06d}"
        return part.stat().st_size if part.exists() else 0

    def remove(self, item_id: str) -> None:
        """Remove a file and its parts; blocking."""
        self.path(item_id).unlink(missing_ok=True)
        shutil.rmtree(self._parts(item_id), ignore_errors=True)

    def join(self, item_id: str, limit: int) -> tuple[int, str]:
        """Join the parts in the order of their numbers; give size and SHA-256.

        Raises MalformedInput, TooLarge, StorageFull.
        """
        parts = sorted(self._parts(item_id).glob("[0-9]*"))
        if not parts:
            raise MalformedInput("no part of this item was uploaded")
        expected = sum(part.stat().st_size for part in parts)
        if expected > limit:
            raise TooLarge(f"An uploaded file is limited to {limit} bytes")
        self.room.require(expected)
        whole, state, size = self.path(item_id).with_suffix(".part"), hashlib.sha256(), 0
        with full_disk_told():
            handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as target:
                for part in parts:
                    with part.open("rb") as source:
                        while data := source.read(_STEP):
                            state.update(data)
                            size += len(data)
                            target.write(data)
                target.flush()
                os.fsync(target.fileno())
            whole.replace(self.path(item_id))
            fsync_directory(self._directory)
        shutil.rmtree(self._parts(item_id), ignore_errors=True)
        return size, state.hexdigest()

    def sweep(self, live: set[str], older_than: float) -> int:
        """Remove files and parts of items nothing refers to, last touched before `older_than` (seconds since 1970)."""
        gone = {path.stem for path in self._directory.iterdir() if path.stem not in live}
        for item_id in gone:
            found = [self._directory / f"{item_id}{suffix}" for suffix in ("", ".part", ".parts")]
            if all(path.stat().st_mtime < older_than for path in found if path.exists()):
                for path in found[:2]:
                    path.unlink(missing_ok=True)
                shutil.rmtree(found[2], ignore_errors=True)
        return len(gone)

    def open(self, item_id: str) -> BinaryIO:
        return self.path(item_id).open("rb")
