"""Both backends, each opened the same way: what runs on one runs on the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kgsync.store.database import Store, open_store
from tests.postgres import fresh_database

BACKENDS = ("sqlite", "postgres")


@contextmanager
def opened_store(backend: str, directory: Path) -> Iterator[Store]:
    """Open an empty store of a backend, and close it."""
    if backend == "sqlite":
        store = open_store(directory, None)
        yield store
        store.close()
        return
    with fresh_database() as url:
        store = open_store(directory, url)
        yield store
        store.close()
