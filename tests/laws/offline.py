"""People with local replicas on roads where things happen: they edit offline and synchronize when they can."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
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
from kgsync.model.history import Moment
from kgsync.model.schema import Category, FieldType, Property
from kgsync.model.schema_edits import PropertyChange
from kgsync.model.trim import TrimBefore
from kgsync.server.upkeep import trim_service
from kgsync.store.database import Store
from kgsync.sync.codec import Restater
from kgsync.sync.datamodel import add_properties, delete_property, update_property
from kgsync.sync.digest import digest_of
from tests.graphs import CODEC, Graph
from tests.laws.faults import CallFaults, Road

PATIENCE = aio.Patience(attempts=6, first_seconds=0.002, most_seconds=0.03)
_CLAUSES = ("n.age >= 10", "n.age < 60", "n.name STARTS WITH 'p1'", "n.age IS NOT NULL")
_LONG_SECONDS = 60.0  # a synchronization that takes longer goes round in circles
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
            transport = GrpcTransport(
                f"127.0.0.1:{self.road.port}", self.tokens, reconnect_ms=10, interceptors=(CallFaults(self.road),)
            )
        else:
            transport = HttpTransport(f"http://127.0.0.1:{self.road.port}", self.tokens, keep=False)
        # Who is in a hurry has what takes its time made a job.
        patience = replace(PATIENCE, answer_seconds=0.03) if self.dice.random() < 0.15 else PATIENCE
        self.server = Server(transport, patience, url="test")

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
        ready = self.replica.ready
        self.road.silent = ready and self.waiting and self.dice.random() < 0.06
        self.counts["nothing answered"] += self.road.silent
        asked = not sending and ready and self.dice.random() < 0.05
        try:
            async with asyncio.timeout(_LONG_SECONDS):
                done = await (self.replica.push() if sending else self.replica.sync(snapshot=asked))
        except (Unavailable, TooMany):
            self.counts["sync broken off"] += 1
            return False
        finally:
            self.road.silent = False
        self.counts["syncs"] += 1
        self.counts["snapshot instead"] += done.snapshot and ready and not asked
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
        if roll < 0.3 or (not own and roll < 0.65):
            age = dice.randrange(100)
            made = edits.add("Person", {"name": f"p{self.number}-{len(self.mine)}", "age": age})
            self.mine[made] = age
        elif roll < 0.55:
            chosen = dice.choice(own)
            self.mine[chosen] = dice.randrange(100)
            edits.update(chosen, {"age": self.mine[chosen], **self._notes()})
        elif roll < 0.65:
            chosen = dice.choice(own)
            with suppress(Conflict):  # deleted in the upload under way, and added nowhere since
                edits.delete(chosen, cascade=True)
                self.mine[chosen] = None
        else:
            self._edit_shared()

    def _notes(self) -> dict[str, str]:
        """Write into what this replica's data model has besides; the server's may have it no longer."""
        assert self.replica is not None, "begun first"
        person = self.replica.data_model.find(Category.ENTITY, "Person")
        assert person is not None, "it is never deleted"
        names = [p.name for p in person.properties if p.name.startswith("note")]
        return dict.fromkeys(names, f"by {self.number}")

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

    @property
    def waiting(self) -> bool:
        assert self.replica is not None, "begun first"
        return bool(self.replica.pending)

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
        assert not rejected & set(self.mine), "nobody else touches these"
        with store.reading(svc) as reading:
            codec = Restater(reading, reading.data_model(), CODEC)
            for id, age in self.mine.items():
                found = reading.find([id]).get(id)
                told = None if found is None else codec.values(found.type, found.schema, found.row)["age"]
                assert told == age, f"an answered edit of {id} is not there, or one came back"
        for held in self.replica.objects("Person"):
            assert held.id not in self.mine or held["age"] == self.mine[held.id], "read otherwise here"
        for link in self.replica.objects():
            if link.category is Category.RELATIONSHIP:
                assert link.origin is not None and link.destination is not None
                assert self._visible(link.origin) and self._visible(link.destination), "law 3"


def upkeep(graph: Graph, dice: random.Random, counts: Counter[str], everyone: list[Somebody]) -> None:
    """Do now and then what the people of the service do: change its data model, or trim its history."""
    person = graph.model().require("Person")
    notes = [p.name for p in person.properties if p.name.startswith("note")]
    roll = dice.random()
    if roll < 0.08:
        note = Property(id=0, name=f"note{len(counts)}{dice.randrange(1000)}", field_type=FieldType.STRING)
        (result,) = graph.edit(add_properties, "Person", [note], CODEC)
        counts["model: property added"] += result.error is None
    elif roll < 0.12 and notes:
        graph.edit(delete_property, "Person", dice.choice(notes))
        counts["model: property dropped"] += 1
    elif roll < 0.16:
        age = person.property("age")
        if age is not None and age.field_type is FieldType.INTEGER:
            wide = replace(age, field_type=FieldType.BIG_INTEGER)
            graph.edit(
                update_property,
                "Person",
                PropertyChange(property_name="age", replacement=wide, masked=frozenset({"field_type"})),
                CODEC,
            )
            counts["model: property widened"] += 1
    elif roll < 0.26:
        held = dice.choice(everyone).replica
        assert held is not None and held.sync_date is not None, "begun first"
        date = Moment(min(held.sync_date.ms + dice.choice((0, 1, 1, 2)), graph.clock().ms + 1))
        told = trim_service(graph.store, graph.service.id, TrimBefore(date=date, force=True), date.ms + 2**40)
        assert told.error is None, told.error
        counts["trim"] += 1


def uploads_by_replica(store: Store, svc: int) -> Counter[UUID]:
    """Count how often uploads of each replica were applied, as the audit log has it."""
    with store.audit_log() as log:
        every = [e.event for e in log.entries(svc)]
    return Counter(e.replica for e in every if e.action is Action.UPLOAD and e.replica is not None)
