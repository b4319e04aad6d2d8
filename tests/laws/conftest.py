"""Every law holds on every backend."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.store.database import Store
from tests.backends import BACKENDS, opened_store

# Thousands of small lives make statements by the million and hardly a cycle: looking for those as often as
# Python does by itself is a fifth of their time.
_OBJECTS_BETWEEN_COLLECTIONS = 1_000_000


@pytest.fixture(autouse=True, scope="package")
def collected_seldom() -> Iterator[None]:
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened_store(request.param, tmp_path) as opened:
        yield opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give whole campaigns the time they need on a busy machine; a hang still ends.

    Histories are replayed with a seed only: without one there is no such test.
    """
    here = Path(__file__).parent
    if config.getoption("--seed") is None:
        replays = [item for item in items if here in item.path.parents and item.name.startswith("test_replay")]
        items[:] = [item for item in items if item not in replays]
        config.hook.pytest_deselected(items=replays)
    for item in items:
        if here in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(900))
