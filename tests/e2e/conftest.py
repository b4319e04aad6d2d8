"""A real server process per module and backend, spoken to from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.context import Context, Target
from tests.harness import RunningServer, running_server
from tests.people import Eyes
from tests.postgres import fresh_database


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    if request.param == "sqlite":
        with running_server() as running:
            yield running
        return
    with fresh_database() as url, running_server(database_url=url) as running:
        yield running


@pytest.fixture(scope="module")
def sqlite_server() -> Iterator[RunningServer]:
    """A server for what the database has no part in."""
    with running_server() as running:
        yield running


@pytest.fixture
def ctx(server: RunningServer) -> Iterator[Context]:
    with context_of(server) as context:
        yield context


@pytest.fixture
def eyes(server: RunningServer) -> Iterator[Eyes]:
    looking = Eyes(server)
    yield looking
    looking.close()


class context_of:
    """A logged-in client of one server, closed on leaving."""

    def __init__(self, server: RunningServer) -> None:
        self._context = Context(Target(server.url, server.user, server.password, "e2e"))

    def __enter__(self) -> Context:
        return self._context

    def __exit__(self, *reason: object) -> None:
        self._context.close()
