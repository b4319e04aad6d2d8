"""The conformance suite against our own server, a process of its own."""

from collections.abc import Iterator

import pytest

from tests.conformance.cases import CASES
from tests.conformance.context import Context, Target
from tests.harness import running_server


@pytest.fixture(scope="module")
def target() -> Iterator[Context]:
    with running_server() as server:
        context = Context(Target(server.url, server.user, server.password))
        yield context
        context.close()


@pytest.mark.parametrize("name", sorted(CASES))
def test_case(name: str, target: Context) -> None:
    CASES[name].run(target)


def test_the_suite_is_complete() -> None:
    assert len(CASES) >= 150
