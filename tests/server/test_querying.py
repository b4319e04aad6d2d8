"""Queries as the server runs them: who may, how many at once, how they end."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kgsync.errors import Forbidden, MalformedQuery, Unavailable
from kgsync.model.catalog import Service, ServiceSettings
from kgsync.model.edits import Op
from kgsync.model.people import Principal, Role
from kgsync.model.query import QueryCall
from kgsync.server import querying
from kgsync.server.compose import running
from kgsync.server.http.context import Context
from kgsync.server.publishing import publish
from kgsync.server.querying import ENDED, OpenQuery
from kgsync.server.settings import Settings
from kgsync.store.database import QUERIES
from kgsync.wire.pbf.query import QueryFrames
from tests.graphs import PERSON, Graph, add, entity

ANN = Principal(name="ann", role=Role.CONTRIBUTOR)
EVE = Principal(name="eve", role=Role.CONTRIBUTOR)
ROOT = Principal(name="root", role=Role.ADMINISTRATOR)


@pytest.fixture
async def ctx(tmp_path: Path) -> AsyncIterator[Context]:
    async with running(Settings.model_validate({"data_dir": tmp_path})) as context:
        yield context


@pytest.fixture
def graph(ctx: Context) -> Graph:
    made = Graph.make(ctx.verbs.store, PERSON)
    made.apply(entity(Op.ADD, "Person", *(add(k, name="x") for k in range(1, 3_001))))
    return made


async def opened(ctx: Context, service: Service, text: str, who: Principal = ANN) -> OpenQuery:
    return await ctx.verbs.query(service, who, QueryCall(text=text), lambda answer: QueryFrames(answer))


async def read(query: OpenQuery) -> list[bytes]:
    parts = []
    while (part := await query.part()) is not ENDED:
        assert isinstance(part, bytes)
        parts.append(part)
    return parts


async def test_a_query_is_given_in_parts_and_leaves_nothing_open(ctx: Context, graph: Graph) -> None:
    for _ in range(2 * QUERIES):
        query = await opened(ctx, graph.service, "MATCH (n:Person) RETURN n")
        assert len(await read(query)) >= 3, "a header, rows and the end; more where rows were long in coming"
        assert await query.part() is ENDED
        await query.close()


async def test_a_query_may_be_closed_at_any_time(ctx: Context, graph: Graph) -> None:
    for parts in (0, 1, 2):
        for _ in range(QUERIES):
            query = await opened(ctx, graph.service, "MATCH (n:Person) RETURN n")
            for _ in range(parts):
                await query.part()
            await query.close()
    slow = "MATCH (n) WHERE size([x IN range(1, 900) | size([y IN range(1, 900) | y + size(n.name)])]) = 1 RETURN n"
    query = await opened(ctx, graph.service, slow)
    await query.part()
    assert await query.part(0.05) is querying.WAITING
    await query.close()


async def test_what_is_wrong_with_a_query_is_raised_by_its_first_part(ctx: Context, graph: Graph) -> None:
    query = await opened(ctx, graph.service, "MATCH (n")
    with pytest.raises(MalformedQuery):
        await query.part()
    await query.close()


async def test_queries_past_the_places_wait_and_are_told(
    ctx: Context, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "_PLACE_SECONDS", 0.05)
    queries = [await opened(ctx, graph.service, "MATCH (n:Person) RETURN n", ROOT) for _ in range(QUERIES)]
    for who in (ROOT, ANN):
        with pytest.raises(Unavailable, match="run already"):
            await opened(ctx, graph.service, "MATCH (n:Person) RETURN n", who)
    await queries[0].close()
    again = await opened(ctx, graph.service, "MATCH (n:Person) RETURN n LIMIT 1")
    assert len(await read(again)) == 2
    for query in (*queries[1:], again):
        await query.close()


async def test_a_service_without_the_capability_is_queried_by_its_owner_and_administrators(ctx: Context) -> None:
    settings = ServiceSettings(capabilities=("Create",))
    service = publish(ctx.verbs.store, "closed", "Hosted", "ann", settings, 1, uuid.uuid4)
    for who in (ANN, ROOT):
        query = await opened(ctx, service, "MATCH (n) RETURN n", who)
        assert len(await read(query)) == 1
        await query.close()
    with pytest.raises(Forbidden):
        await opened(ctx, service, "MATCH (n) RETURN n", EVE)
