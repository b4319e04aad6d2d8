"""A directory made whole or not at all: written beside its place, flushed, named by one rename; with digests."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kgsync.errors import Conflict, MalformedInput
from kgsync.files.spool import fsync_directory, full_disk_told
from kgsync.model.backup import BackupFile

_STEP = 1024 * 1024


@contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """Give a private directory that becomes `target` on leaving, durably; on error nothing is left of it.

    Raises Conflict when `target` holds something, StorageFull.
    """
    target = target.absolute()
    if target.exists() and not target.is_dir():
        raise Conflict(f"{target} is a file; name an empty directory, or a new one")
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty; name a directory that is, or a new one")
    with full_disk_told():
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        try:
            yield made
            for path in made.rglob("*"):
                _fsync(path)
            fsync_directory(made)
            made.rename(target)
            fsync_directory(target.parent)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files_in(directory: Path) -> list[Path]:
    """List the files of a directory and those below it, in the order of their names."""
    return sorted(path for path in directory.rglob("*") if path.is_file())


def digested(directory: Path, path: Path, read: Callable[[int], None]) -> BackupFile:
    """Digest a file of a directory; `read` is told how many bytes went by."""
    state, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while data := source.read(_STEP):
            state.update(data)
            size += len(data)
            read(len(data))
    return BackupFile(name=path.relative_to(directory).as_posix(), size=size, sha256=state.hexdigest())


def verify(directory: Path, files: tuple[BackupFile, ...], read: Callable[[int], None]) -> None:
    """Compare files with what is known of them. Raises MalformedInput naming the first that differs."""
    for file in files:
        path = directory / file.name
        if not path.resolve().is_relative_to(directory.resolve()):
            raise MalformedInput("the name leads out of the backup", place=file.name[:200])
        if not path.is_file():
            raise MalformedInput("the file is missing from the backup", place=file.name)
        if digested(directory, path, read) != file:
            raise MalformedInput("the file is not what was written; the backup is damaged", place=file.name)


def place(source: Path, target: Path) -> None:
    """Copy a file durably under a new name. Raises StorageFull."""
    with full_disk_told():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = target.with_name(f"{target.name}.part")
        shutil.copyfile(source, made)
        made.chmod(0o600)
        _fsync(made)
        made.replace(target)
