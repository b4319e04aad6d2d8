"""Queries on a real server: streams that stay flat, signs of life, clients that go away, time limits."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kgsync.store.database import QUERIES
from tests.bench.graph import fill
from tests.conformance.context import Context, Target
from tests.conformance.edits import Edits
from tests.conformance.service import Service
from tests.e2e.queries import frames, streamed
from tests.harness import RunningServer, running_server

# Looks at each object for some milliseconds, and never finds one.
SLOW = "MATCH (n) WHERE size([x IN range(1, 9000) | x + size(n.name)]) = 1 RETURN n"
# Looks at each for nearly as long as it may.
SLOWER = "MATCH (n) WHERE size([x IN range(1, 350) | size([y IN range(1, 350) | y + size(n.name)])]) = 1 RETURN n"
OBJECTS = 15_000


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[RunningServer, Service]]:
    with running_server(environment={"KGSYNC_HEARTBEAT_SECONDS": "0.2"}) as server:
        fill(server.data_dir, "bench", OBJECTS)
        with_context = Context(Target(server.url, server.user, server.password))
        yield server, bench(with_context, server)
        with_context.close()


def bench(context: Context, server: RunningServer) -> Service:
    url = f"{server.url}/server/rest/services/Hosted/bench/KnowledgeGraphServer"
    return Service(context.client, "bench", "", url)


def count(service: Service, text: str) -> int:
    with streamed(service, text) as response:
        return sum(len(frame.rows) for frame in frames(response))


def test_a_stream_is_chunked_and_holds_every_row_in_frames_of_some(asked: tuple[RunningServer, Service]) -> None:
    _, service = asked
    with streamed(service, "MATCH (n:Place) RETURN n") as response:
        assert response.getheader("X-Esri-Stream-Response") == "true"
        assert response.getheader("Transfer-Encoding") == "chunked"
        assert response.getheader("Content-Encoding") is None
        assert response.getheader("Access-Control-Allow-Origin") == "*"
        sizes = [len(frame.rows) for frame in frames(response) if frame.rows]
    assert sum(sizes) == OBJECTS // 3
    assert max(sizes) <= 2_000
    assert len(sizes) <= 20


def test_a_long_stream_takes_no_more_memory_than_a_short_one(asked: tuple[RunningServer, Service]) -> None:
    server, service = asked
    wide = ", ".join(f"n AS c{k}" for k in range(100))
    assert count(service, f"MATCH (n:Place) RETURN {wide} LIMIT 1500") == 1_500
    before = server.resident_bytes()
    read = 0
    with streamed(service, f"MATCH (n:Place) RETURN {wide}") as response:
        for frame in frames(response):
            read += frame.ByteSize()
    assert read > 50 * 2**20
    assert server.resident_bytes() - before < 24 * 2**20


def test_a_search_that_finds_nothing_sends_signs_of_life(asked: tuple[RunningServer, Service]) -> None:
    _, service = asked
    started = time.monotonic()
    with streamed(service, SLOW) as response:
        stream = frames(response)
        alive = [next(stream) for _ in range(3)]
    assert [frame.ByteSize() for frame in alive] == [0, 0, 0]
    assert time.monotonic() - started < 5


def test_clients_that_go_away_leave_their_place_to_others(asked: tuple[RunningServer, Service]) -> None:
    _, service = asked
    for _ in range(2 * QUERIES):
        with streamed(service, SLOW) as response:
            next(frames(response))
    started = time.monotonic()
    assert count(service, "MATCH (n:Place) RETURN n LIMIT 5") == 5
    assert time.monotonic() - started < 10


def test_a_client_that_does_not_read_holds_up_nobody(asked: tuple[RunningServer, Service]) -> None:
    server, service = asked
    wide = ", ".join(f"n AS c{k}" for k in range(100))
    with streamed(service, f"MATCH (n:Place) RETURN {wide}") as stalled:
        assert stalled.status == 200
        time.sleep(0.5)
        before = server.resident_bytes()
        assert count(service, "MATCH (n:Place) RETURN n") == OBJECTS // 3
        assert server.resident_bytes() - before < 24 * 2**20
        assert sum(len(frame.rows) for frame in frames(stalled)) == OBJECTS // 3


def test_a_query_past_its_time_ends_with_an_error_in_a_frame() -> None:
    with running_server(environment={"KGSYNC_QUERY_SECONDS": "4", "KGSYNC_HEARTBEAT_SECONDS": "0.2"}) as server:
        context = Context(Target(server.url, server.user, server.password))
        service = context.service()
        edits = Edits()
        for k in range(200):
            edits.add("Person", None, name=f"p{k}")
        service.apply(edits)
        with streamed(service, SLOWER) as response:
            *_, last = frames(response)
        assert last.error.error_code == 413
        assert "longer than 4 seconds" in last.error.error_message
        assert count(service, "MATCH (n:Person) RETURN n LIMIT 5") == 5
        context.close()


def test_a_query_sees_one_state_of_the_graph_however_long_it_runs(server: RunningServer) -> None:
    context = Context(Target(server.url, server.user, server.password, "e2e"))
    service = context.service()
    edits = Edits()
    for k in range(6_000):
        edits.add("Person", None, name=f"p{k}" + "x" * 200, age=1)
    service.apply(edits)
    with streamed(service, "MATCH (n:Person) RETURN n.name, n.age, n, n AS m, n AS o") as response:
        stream = frames(response)
        found = [next(stream)]
        service.apply(Edits().add("Person", None, name="late", age=2))
        found += stream
    ages = [row.values[1].primitive_value.sint64_value for frame in found for row in frame.rows]
    assert ages == [1] * 6_000
    assert count(service, "MATCH (n:Person) RETURN n") == 6_001
    context.close()
