"""Every contract runs on every backend, without overrides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.store.database import Store, open_store
from tests.postgres import fresh_database

BACKENDS = ("sqlite", "postgres")


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = open_store(tmp_path, None)
        yield opened
        opened.close()
        return
    with fresh_database() as url:
        opened = open_store(tmp_path, url)
        yield opened
        opened.close()
