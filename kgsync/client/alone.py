"""One at a time: a lock between processes, held on a file beside another, gone with the process that holds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kgsync.errors import Unavailable

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def alone(path: Path, refusal: str) -> Iterator[None]:
    """Hold the lock of `path`, a file made for it and removed afterwards. Raises Unavailable with `refusal`."""
    handle = _locked(path, refusal)
    try:
        yield
    finally:
        if sys.platform != "win32":  # there, an open file cannot be removed; it stays, empty
            path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path, refusal: str) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _try_lock(handle):
            os.close(handle)
            raise Unavailable(refusal)
        try:
            same = os.path.samestat(os.fstat(handle), path.stat())
        except FileNotFoundError:
            same = False
        if same:
            return handle
        os.close(handle)  # whoever held it has removed it meanwhile: the name is another file's, or nobody's
