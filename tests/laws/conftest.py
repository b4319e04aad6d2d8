"""Every law holds on every backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.store.database import Store
from tests.backends import BACKENDS, opened_store


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened_store(request.param, tmp_path) as opened:
        yield opened
