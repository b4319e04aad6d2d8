"""The engine over SQLite; what differs between backends is the contracts' and laws' business."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.store.database import Store, open_store
from tests.graphs import KNOWS, LIVES, PERSON, PLACE, Graph


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, None)
    yield opened
    opened.close()


@pytest.fixture
def graph(store: Store) -> Graph:
    return Graph.make(store, PERSON, PLACE, KNOWS, LIVES)
