"""Who asks for much at once waits, then is told so; nobody else does."""

from __future__ import annotations

import asyncio

import pytest

from kgsync.errors import TooMany
from kgsync.model.people import Principal, Role
from kgsync.server.querying import QueryPlaces
from kgsync.server.shares import Shares
from kgsync.store.database import QUERIES

ANN, BOB = (Principal(name=name, role=Role.VIEWER) for name in ("ann", "bob"))
ADMIN = Principal(name="admin", role=Role.ADMINISTRATOR)


class Work:
    """Calls that hold a place until they may go on."""

    def __init__(self, shares: Shares) -> None:
        self.shares, self.go_on, self.begun = shares, asyncio.Event(), list[str]()

    async def _call(self, who: Principal) -> None:
        async with self.shares.place(who):
            self.begun.append(who.name)
            await self.go_on.wait()

    async def start(self, who: Principal, count: int) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._call(who)) for _ in range(count)]
        await asyncio.sleep(0.01)
        return tasks


async def test_more_than_a_share_waits_and_others_go_on() -> None:
    work = Work(Shares("archives", 2, 10))
    tasks = [*await work.start(ANN, 4), *await work.start(BOB, 1)]
    assert work.begun == ["ann", "ann", "bob"]
    work.go_on.set()
    await asyncio.gather(*tasks)
    assert work.begun.count("ann") == 4


async def test_more_than_may_wait_is_told_so_and_later_let_in() -> None:
    work = Work(Shares("archives", 1, 1))
    tasks = await work.start(ANN, 2)
    with pytest.raises(TooMany, match="2 archives of yours"):
        async with work.shares.place(ANN):
            pass
    work.go_on.set()
    await asyncio.gather(*tasks)
    async with work.shares.place(ANN):
        pass


async def test_administrators_are_not_held_to_a_share() -> None:
    work = Work(Shares("archives", 1, 0))
    tasks = await work.start(ADMIN, 5)
    assert len(work.begun) == 5
    work.go_on.set()
    await asyncio.gather(*tasks)


async def test_a_place_is_free_again_whatever_went_wrong() -> None:
    shares = Shares("archives", 1, 0)
    for error in (ValueError, asyncio.CancelledError):
        with pytest.raises(error):
            async with shares.place(ANN):
                raise error
    async with shares.place(ANN):
        pass


async def test_queries_of_one_user_leave_places_to_others() -> None:
    places = QueryPlaces(2)
    held = [await places.take(ANN) for _ in range(2)]
    waiting = asyncio.create_task(places.take(ANN))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    others = [await places.take(ADMIN) for _ in range(QUERIES - 2)]
    await held[0].aclose()
    held[0] = await waiting
    for place in (*held, *others):
        await place.aclose()
    for place in [await places.take(ADMIN) for _ in range(QUERIES)]:
        await place.aclose()
