"""Archive files: written to a temporary name, flushed to disk, then renamed; never half there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from kgsync.errors import StorageFull
from kgsync.files.room import Room
from kgsync.files.spool import fsync_directory, full_disk_told, remove_leftovers

_BUFFER = 1024 * 1024
_AHEAD = 8 * 1024 * 1024  # bytes asked for at once
_SUFFIX, _UNFINISHED = ".zip", ".part"


class _Bounded:
    """A file that takes no more than so many bytes."""

    def __init__(self, target: BinaryIO, limit: int | None, room: Room) -> None:
        self._target, self._left, self._room = target, limit, room
        self._asked_for = 0

    def write(self, data: bytes) -> int:
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise StorageFull("The archive would take more than your archives may; nothing was written")
        self._asked_for -= len(data)
        if self._asked_for < 0:  # others write meanwhile
            self._room.require(_AHEAD)
            self._asked_for = _AHEAD
        return self._target.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


class Archives:
    """The directory of archive files, by unguessable names."""

    def __init__(self, directory: Path, room: Room | None = None) -> None:
        self.directory, self._room = directory, room or Room(directory)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(directory)

    def new_name(self, suffix: str = "") -> str:
        """Make a name of 128 random bits: whoever has it may download. Without a suffix of its own it is a zip."""
        return f"_ags_kgs_{secrets.token_hex(16)}{suffix}"

    def write(self, name: str, writer: Callable[[BinaryIO], None], limit: int | None = None) -> int:
        """Let `writer` fill the file with at most `limit` bytes, make it durable, give its size.

        Whatever goes wrong, nothing is left behind. Raises StorageFull, and what `writer` raises.
        """
        self._room.require(1)
        temporary = self.directory / f"{name}{_UNFINISHED}"
        try:
            with full_disk_told():
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb", buffering=_BUFFER) as target:
                    writer(cast(BinaryIO, _Bounded(target, limit, self._room)))
                    target.flush()
                    os.fsync(target.fileno())
                    size = target.tell()
                temporary.replace(self.path(name))
                fsync_directory(self.directory)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return size

    def path(self, name: str) -> Path:
        return self.directory / (name if "." in name else f"{name}{_SUFFIX}")

    def remove(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def sweep(self, live: set[str], older_than: float) -> int:
        """Remove finished files nothing refers to, last touched before `older_than` (seconds since 1970)."""
        gone = 0
        for path in self.directory.iterdir():
            name = path.stem if path.suffix == _SUFFIX else path.name
            if path.suffix != _UNFINISHED and name not in live and path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)
                gone += 1
        return gone
