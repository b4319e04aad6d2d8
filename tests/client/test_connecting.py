"""Connecting: who one is, which address, and what is told when it does not go."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kgsync.client import aio
from kgsync.client.transport import Lost
from kgsync.errors import (
    AuthenticationError,
    Code,
    Forbidden,
    KgsyncError,
    MalformedInput,
    NotFound,
    Unavailable,
    UnknownType,
)
from kgsync.model.edits import Add, Batch, Op
from kgsync.model.schema import Category
from tests.client.house import FAST, PASSWORD, House
from tests.harness import free_port
from tests.laws.faults import Road


@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_with_a_password_the_token_is_fetched_and_fetched_anew(home: House, kind: str) -> None:
    home.account("ann")
    url, portal = (home.http, None) if kind == "http" else (home.rpc, home.http)
    async with await aio.connect(url, user="ann", password=PASSWORD, portal=portal) as server:
        home.graph()
        assert len(await server.services()) == 1
        server.transport.tokens._token = home.expired()
        assert len(await server.services()) == 1


async def test_a_wrong_password_is_told_at_once(home: House) -> None:
    home.account("ann")
    with pytest.raises(KgsyncError, match="user name or password is wrong"):
        await aio.connect(home.http, user="ann", password="wrong")


@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_a_token_that_ran_out_is_told_when_nobody_can_fetch_another(home: House, kind: str) -> None:
    graph = home.graph()
    url = home.http if kind == "http" else home.rpc
    async with await aio.connect(url, token=home.expired()) as server:
        with pytest.raises(AuthenticationError) as told:
            await server.service(graph.service.path).data_model()
    assert told.value.code is Code.INVALID_TOKEN


@pytest.mark.parametrize("url", ["ftp://host", "host:8080", "http://", ""])
async def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(MalformedInput, match="is no address"):
        await aio.connect(url)


@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_a_server_that_is_not_there_is_told_after_some_patience(kind: str) -> None:
    patience = aio.Patience(attempts=2, first_seconds=0.01, most_seconds=0.01)
    async with await aio.connect(f"{kind}://127.0.0.1:{free_port()}", token="x", patience=patience) as server:
        with pytest.raises(Unavailable) as told:
            await server.service("Hosted/x").data_model()
    assert not isinstance(told.value, Lost), "nothing was sent"


async def test_the_same_refusals_over_both(home: House, ann: aio.Server) -> None:
    graph = home.graph()
    with pytest.raises(NotFound):
        await ann.service("Hosted/nothing").data_model()
    service = ann.service(graph.service.path)
    with pytest.raises(UnknownType, match="it has: Knows, LivesIn, Person, Place"):
        await service.create_replica(["Robot"])
    with pytest.raises(MalformedInput, match="nonsense"):
        await service.create_replica({"Person": "nonsense nonsense"})
    with pytest.raises(NotFound):
        await service.job("x")


async def test_replicas_jobs_and_edits_without_a_file(home: House, ann: aio.Server) -> None:
    graph = home.graph()
    service = ann.service(graph.service.path)
    assert await ann.services() == [graph.service.path]
    outcome = await service.apply_edits([[Batch(Op.ADD, Category.ENTITY, "Person", [Add(None, {"name": "Ann"})])]])
    assert (outcome.user, outcome.failed) == ("ann", False)
    seen: list[int] = []
    made = await service.create_replica(None, name="mine", asynchronous=True, progress=seen.append)
    assert seen[-1] == 100
    (listed,) = await service.replicas()
    assert (listed.id, listed.name) == (made.replica_id, made.name)
    described = await service.replica(made.replica_id)
    assert {t.name for t in described.definition.types} == {"Person", "Place", "Knows", "LivesIn"}
    again = await service.create_replica(None, name="mine", replica_id=made.replica_id)
    assert again.replica_id == made.replica_id, "made twice it is one"
    await service.unregister(made.replica_id)
    assert await service.replicas() == []
    with pytest.raises((NotFound, Forbidden)):
        await service.replica(made.replica_id)


@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_a_watch_goes_on_where_the_connection_broke(home: House, kind: str) -> None:
    graph, parts = home.graph(), urlsplit(home.http if kind == "http" else home.rpc)
    road = await Road(random.Random(1), Counter(), rpc=kind == "grpc", rate=0).open()
    road.upstream = ("127.0.0.1", parts.port or 0)
    ann = await aio.connect(f"{kind}://127.0.0.1:{road.port}", token=home.token(), patience=FAST)
    service = ann.service(graph.service.path)
    made = await service.create_replica(None)
    names = []
    async for changes in service.watch(made.replica_id, made.sync_date):
        for change in changes.changes:
            names += [each["properties"]["name"] for each in change["objects"]]
        if len(names) < 3:
            added = [Add(None, {"name": f"n{len(names)}"})]
            await service.apply_edits([[Batch(Op.ADD, Category.ENTITY, "Person", list(added))]])
            if len(names) == 1:
                road.cut()
        else:
            break
    assert names == ["n0", "n1", "n2"]
    await ann.close()
    await road.close()


@pytest.mark.parametrize("had", [0, 1, 700])
async def test_a_download_goes_on_where_it_broke_off(home: House, ann: aio.Server, tmp_path: Path, had: int) -> None:
    graph = home.graph()
    service = ann.service(graph.service.path)
    made = await service.create_replica()
    whole = (await service.download(made.archive, tmp_path / "whole.zip")).read_bytes()
    assert len(whole) > had
    (tmp_path / "again.zip.part").write_bytes(whole[:had])
    seen: list[int] = []
    again = await service.download(made.archive, tmp_path / "again.zip", lambda done, _: seen.append(done))
    assert again.read_bytes() == whole
    assert seen[-1] == len(whole)
    assert not (tmp_path / "again.zip.part").exists()
