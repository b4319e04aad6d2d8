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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give whole campaigns the time they need on a busy machine; a hang still ends."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(900))
