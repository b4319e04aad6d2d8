from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kgsync.client import aio
from tests.client.house import House, house


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "server") as opened:
        yield opened


@pytest.fixture(params=["http", "grpc"])
async def ann(home: House, request: pytest.FixtureRequest) -> AsyncIterator[aio.Server]:
    async with await home.connect(request.param) as server:
        yield server
