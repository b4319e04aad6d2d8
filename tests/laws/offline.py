"""People with local replicas on roads where things happen: they edit offline and synchronize when they can."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from kgsync.client import aio
from kgsync.client.aio import Replica
from kgsync.client.http import HttpTransport
from kgsync.client.rpc import GrpcTransport
from kgsync.client.server import Server, definition_of
from kgsync.client.tokens import Tokens
from kgsync.errors import Conflict, NotFound, TooMany, Unavailable
from kgsync.model.audit import Action
from kgsync.model.schema import Category
from kgsync.store.database import Store
from kgsync.sync.digest import digest_of
from tests.graphs import CODEC
from tests.laws.faults import Road

PATIENCE = aio.Patience(attempts=6, first_seconds=0.002, most_seconds=0.03)
_CLAUSES = ("n.age >= 10", "n.age < 60", "n.name STARTS WITH 'p1'", "n.age IS NOT NULL")
Fetch = Callable[[], Awaitable[str]]


class Somebody:
    """One person: a replica in a file, a road, and what they know to be theirs."""

    def __init__(
        self, number: int, dice: random.Random, counts: Counter[str], *, rpc: bool, fetch: Fetch, expired: str
    ) -> None:
        self.number, self.dice, self.counts, self.rpc = number, dice, counts, rpc
        self.road = Road(dice, counts, rpc=rpc, rate=0.35)
        self._expired = expired
        self.tokens = Tokens(None, fetch)
        self.mine: dict[UUID, int | None] = {}  # objects nobody else edits: the age given last, None once deleted
        self.replica: Replica | None = None
        self.server: Server | None = None

    async def arrive(self) -> None:
        await self.road.open()
        transport: HttpTransport | GrpcTransport
        if self.rpc:
            transport = GrpcTransport(f"127.0.0.1:{self.road.port}", self.tokens, reconnect_ms=10)
        else:
            transport = HttpTransport(f"http://127.0.0.1:{self.road.port}", self.tokens, keep=False)
        self.server = Server(transport, PATIENCE, url="test")

    async def leave(self) -> None:
        if self.replica is not None:
            self.replica.close()
        if self.server is not None:
            await self.server.close()
        await self.road.close()

    async def begin(self, directory: Path, service: str) -> None:
        """Clone, however often it takes."""
        assert self.server is not None, "arrived first"
        wanted = None if self.dice.random() < 0.5 else {"Person": self.dice.choice(_CLAUSES), "Knows": ""}
        found = None
        while found is None:
            with suppress(Unavailable, TooMany):
                found = await self.server.service(service).data_model()
        path = directory / f"{self.number}.kgr"
        made = Replica.begin(path, url="", service=service, definition=definition_of(found, wanted))
        self.replica = made.at(self.server)
        while not self.replica.ready:
            await self.sync()

    async def sync(self, *, sending: bool = False) -> bool:
        """Try to synchronize, or only to send what waits.

        Now and then the token has run out, or the file is closed in between.
        """
        assert self.replica is not None and self.server is not None, "begun first"
        if self.dice.random() < 0.1 and not self.road.healed and not sending:
            self.tokens._token = self._expired
            self.counts["token expiry"] += 1
        if self.dice.random() < 0.2:
            path = self.replica.path
            self.replica.close()
            self.replica = Replica.open(path).at(self.server)
        try:
            if sending:
                done = await self.replica.push()
            else:
                done = await self.replica.sync(snapshot=self.replica.ready and self.dice.random() < 0.05)
        except (Unavailable, TooMany):
            self.counts["sync broken off"] += 1
            return False
        self.counts["syncs"] += 1
        self.counts["rejected"] += done.rejected
        self.counts["conflicts"] += done.conflicts
        return True

    # ---- editing

    def edit(self) -> None:
        """Do something offline."""
        assert self.replica is not None and self.replica.ready, "begun first"
        edits, dice = self.replica.edits, self.dice
        self.counts["edits"] += 1
        own = [id for id, age in self.mine.items() if age is not None and self._visible(id)]
        roll = dice.random()
        if roll < 0.35 or not own:
            age = dice.randrange(100)
            made = edits.add("Person", {"name": f"p{self.number}-{len(self.mine)}", "age": age})
            self.mine[made] = age
        elif roll < 0.6:
            chosen = dice.choice(own)
            self.mine[chosen] = dice.randrange(100)
            edits.update(chosen, {"age": self.mine[chosen]})
        elif roll < 0.7:
            chosen = dice.choice(own)
            with suppress(Conflict):  # deleted in the upload under way, and added nowhere since
                edits.delete(chosen, cascade=True)
                self.mine[chosen] = None
        else:
            self._edit_shared()

    def _visible(self, id: UUID) -> bool:
        assert self.replica is not None, "begun first"
        return self.replica.get(id) is not None

    def _edit_shared(self) -> None:
        """Do something to what everyone edits."""
        assert self.replica is not None, "begun first"
        edits, dice = self.replica.edits, self.dice
        people = [o for o in self.replica.objects("Person") if str(o["name"]).startswith("shared")]
        if len(people) < 2:
            return
        one, other = dice.sample(people, 2)
        with suppress(Conflict, NotFound):
            if dice.random() < 0.5:
                edits.update(one.id, {"age": dice.randrange(100)})
            elif dice.random() < 0.8:
                edits.relate("Knows", one.id, other.id)
            else:
                edits.delete(one.id, cascade=True)

    # ---- what must hold

    async def settle(self, *, sending: bool = False) -> None:
        """Synchronize on a healed road."""
        self.road.healed = True
        for _ in range(20):
            if await self.sync(sending=sending):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("a healed road does not carry a synchronization")

    async def check(self, store: Store, svc: int, events: Counter[UUID]) -> None:
        """Hold the replica against the laws: equal to a snapshot, nothing waiting, each upload applied once."""
        assert self.replica is not None, "begun first"
        verified = await self.replica.verify()
        assert verified.agrees is True, (self.number, verified)
        with store.reading(svc) as reading:  # the members of now, not what was kept on the way
            registered = reading.replica(self.replica.id)
            assert registered is not None, "nobody unregisters"
            assert verified.held == digest_of(reading, registered.seen, CODEC), "the base is no snapshot"
        assert self.replica.pending == [], "something still waits"
        begun = int(self.replica._fact("uploads") or 0)
        assert events[self.replica.id] == begun, f"{begun} uploads, applied {events[self.replica.id]} times"
        rejected = {r.edit.id for r in self.replica.rejected}
        with store.reading(svc) as reading:
            for id, age in self.mine.items():
                if id in rejected:
                    continue
                found = reading.find([id]).get(id)
                assert (found is not None) == (age is not None), f"{id} of {self.number}: {age}"
        for held in self.replica.objects("Person"):
            if held.id in self.mine and held.id not in rejected:
                assert held["age"] == self.mine[held.id], "an answered edit is not there, or one came back"
        for link in self.replica.objects():
            if link.category is Category.RELATIONSHIP:
                assert link.origin is not None and link.destination is not None
                assert self._visible(link.origin) and self._visible(link.destination), "law 3"


def uploads_by_replica(store: Store, svc: int) -> Counter[UUID]:
    """Count how often uploads of each replica were applied, as the audit log has it."""
    with store.audit_log() as log:
        every = [e.event for e in log.entries(svc)]
    return Counter(e.replica for e in every if e.action is Action.UPLOAD and e.replica is not None)
