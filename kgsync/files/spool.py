"""Bytes on their way in: small bodies stay in memory, large ones go to a private file.

Receiving is asynchronous and writes in threads; reading what was spooled is blocking and happens
inside transactions and decoders.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import os
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from kgsync.errors import KgsyncError, MalformedInput, StorageFull, TooLarge
from kgsync.files.room import Room

# Bodies up to this stay in memory: the applyEdits of a deployed client is far below it.
MEMORY_BYTES = 2 * 1024 * 1024
# Slower than the worst of radio links, and a body is given up: it holds a connection and a file.
PATIENCE_SECONDS = 60.0
LEAST_RATE = 256
_LEFTOVER_SECONDS = 24 * 3600
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Turn a refused write into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("The disk is full; nothing was written") from error
        raise


def fsync_directory(path: Path) -> None:
    """Make a rename in `path` durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(directory: Path) -> None:
    """Remove unfinished files a crash left; young ones may belong to another process of this server."""
    for left in directory.glob("*.part"):
        if left.stat().st_mtime < time.time() - _LEFTOVER_SECONDS:
            left.unlink(missing_ok=True)


class Spooled:
    """A received body: its size, its SHA-256, and its bytes as often as they are wanted."""

    def __init__(self, data: bytes | None, path: Path | None, size: int, digest: str) -> None:
        self._data, self._path = data, path
        self.size, self.digest = size, digest

    def open(self) -> BinaryIO:
        """Open the bytes from their start; the caller closes."""
        if self._path is not None:
            return self._path.open("rb")
        return io.BytesIO(self._data or b"")

    def read(self) -> bytes:
        """Give all bytes; for bodies that are small by contract."""
        with self.open() as source:
            return source.read()

    def keep(self, path: Path, room: Room) -> Spooled:
        """Move the bytes to a durable place of their own; blocking. Raises StorageFull."""
        if self._path is None:
            room.require(self.size)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with full_disk_told():
            if self._path is None:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "wb") as target:
                    target.write(self._data or b"")
                    target.flush()
                    os.fsync(target.fileno())
            else:
                with self._path.open("rb+") as written:
                    os.fsync(written.fileno())
                self._path.replace(path)
            fsync_directory(path.parent)
        return Spooled(None, path, self.size, self.digest)

    def discard(self) -> None:
        """Remove the file, if there is one."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


async def _in_time(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Pass on what comes in at a bearable rate. Raises MalformedInput when it does not."""
    begun, size, arriving = time.monotonic(), 0, aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                chunk = await anext(arriving)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise MalformedInput(f"nothing of the body came for {PATIENCE_SECONDS:g} seconds") from None
        size += len(chunk)
        if size < LEAST_RATE * (time.monotonic() - begun - PATIENCE_SECONDS):
            raise MalformedInput(f"the body came in at less than {LEAST_RATE} bytes a second")
        yield chunk


class Spool:
    """Receive bodies into a private directory; what a crash leaves there is removed at start."""

    def __init__(self, directory: Path, room: Room | None = None) -> None:
        self._directory, self._room = directory, room or Room(directory)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(directory)

    async def receive(self, chunks: AsyncIterable[bytes], limit: int, expected: int = 0) -> Spooled:
        """Take a body of at most `limit` bytes, `expected` as its sender says. Raises TooLarge, StorageFull,
        and MalformedInput when it comes in too slowly.

        A body past the limit, or that there is no room for, is read on and thrown away, up to twice the limit:
        a caller that is cut off in the middle of sending sends the same request again.
        """
        state, held, size = hashlib.sha256(), bytearray(), 0
        fault: KgsyncError | None = None
        if MEMORY_BYTES < expected <= limit:
            fault = await asyncio.to_thread(self._refusal, expected)
        path: Path | None = None
        handle: Any = None
        try:
            async for chunk in _in_time(chunks):
                size += len(chunk)
                if size > limit:
                    fault = fault or TooLarge(f"The body is larger than the limit of {limit} bytes")
                if fault is not None:
                    held.clear()
                    if size > 2 * limit:
                        break
                    continue
                state.update(chunk)
                held += chunk
                if len(held) >= MEMORY_BYTES:
                    try:
                        if handle is None:
                            path, handle = await asyncio.to_thread(self._open)
                        await asyncio.to_thread(self._append, handle, bytes(held))
                    except StorageFull as full:
                        fault = full
                    held.clear()
            if fault is not None:
                raise fault
            if handle is None:
                return Spooled(bytes(held), None, size, state.hexdigest())
            await asyncio.to_thread(self._append, handle, bytes(held))
            done, path = path, None
            return Spooled(None, done, size, state.hexdigest())
        finally:
            if handle is not None:
                handle.close()
            if path is not None:
                path.unlink(missing_ok=True)

    async def drain(self, chunks: AsyncIterable[bytes], most: int) -> None:
        """Read on what nobody wants, at most so many bytes, for the reason `receive` does."""
        with suppress(MalformedInput):
            async for chunk in _in_time(chunks):
                most -= len(chunk)
                if most < 0:
                    return

    def _refusal(self, size: int) -> StorageFull | None:
        try:
            self._room.require(size)
        except StorageFull as full:
            return full
        return None

    def _open(self) -> tuple[Path, BinaryIO]:
        with full_disk_told():
            number, name = tempfile.mkstemp(suffix=".part", dir=self._directory)
        return Path(name), os.fdopen(number, "wb")

    def _append(self, handle: BinaryIO, data: bytes) -> None:
        self._room.require(len(data))
        with full_disk_told():
            handle.write(data)
            handle.flush()
