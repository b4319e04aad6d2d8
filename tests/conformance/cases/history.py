"""Longer histories: exactness, composition and closure over many random edits."""

import random
import uuid

from tests.conformance.archives import Copy
from tests.conformance.context import Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import Service

PEOPLE = ("Person", "Place")
EDGES = {"Knows": ("Person", "Person"), "LivesIn": ("Person", "Place")}


class Author:
    """Random edits that are always valid, from a fixed seed."""

    def __init__(self, service: Service, seed: int) -> None:
        self.service = service
        self.dice = random.Random(seed)
        self.entities: dict[str, list[uuid.UUID]] = {name: [] for name in PEOPLE}
        self.edges: dict[uuid.UUID, tuple[str, uuid.UUID, uuid.UUID]] = {}

    def new_id(self) -> uuid.UUID:
        return uuid.UUID(int=self.dice.getrandbits(128), version=4)

    def step(self) -> None:
        edits = Edits()
        match self.dice.randrange(6):
            case 0 | 1:
                name, identifier = self.dice.choice(PEOPLE), self.new_id()
                edits.add(name, identifier, name=str(self.dice.random()))
                self.entities[name].append(identifier)
            case 2:
                self.join(edits)
            case 3:
                self.change(edits)
            case 4:
                if self.edges:
                    gone = self.dice.choice(sorted(self.edges))
                    edits.delete_relationship(self.edges.pop(gone)[0], gone)
            case _:
                self.remove(edits)
        self.service.apply(edits, header=edits_header(cascade=True))

    def join(self, edits: Edits) -> None:
        name = self.dice.choice(sorted(EDGES))
        origins, dests = (self.entities[end] for end in EDGES[name])
        if origins and dests:
            identifier, origin, dest = self.new_id(), self.dice.choice(origins), self.dice.choice(dests)
            edits.relate(name, identifier, origin, dest, since=self.dice.randrange(3))
            self.edges[identifier] = (name, origin, dest)

    def change(self, edits: Edits) -> None:
        name = self.dice.choice(PEOPLE)
        if self.entities[name]:
            edits.update(name, self.dice.choice(self.entities[name]), name=self.dice.choice("ab"))
        if self.edges:
            identifier = self.dice.choice(sorted(self.edges))
            edits.update_relationship(self.edges[identifier][0], identifier, since=self.dice.randrange(3))

    def remove(self, edits: Edits) -> None:
        name = self.dice.choice(PEOPLE)
        if self.entities[name]:
            gone = self.dice.choice(self.entities[name])
            self.entities[name].remove(gone)
            edits.delete(name, gone)
            self.edges = {i: e for i, e in self.edges.items() if gone not in e[1:]}


def exact(ctx: Context, seed: int, entities: tuple[str, ...], relationships: tuple[str, ...]) -> None:
    service = ctx.service()
    author = Author(service, seed)
    for _ in range(10):
        author.step()
    replica = service.replica(entities, relationships)
    start = service.first_archive(replica)
    small_steps, one_leap = Copy().apply(start), Copy().apply(start)
    since = replica.sync_date
    for _ in range(6):
        for _ in range(4):
            author.step()
        archive, since = service.delta(replica.replica_id, since)
        small_steps.apply(archive)
    one_leap.apply(service.delta(replica.replica_id, replica.sync_date)[0])
    now = Copy().apply(service.snapshot_of(replica.replica_id)[0])
    assert small_steps.objects == now.objects, "the deltas one after another miss the snapshot"
    assert one_leap.objects == now.objects, "the delta over all of it misses the snapshot"


@case("HIST-001", "laws.md laws 1, 2, 3: exact, composable, closed; all types")
def deltas_add_up_to_the_snapshot(ctx: Context) -> None:
    exact(ctx, 1, PEOPLE, ("Knows", "LivesIn"))


@case("HIST-002", "laws.md laws 1, 2, 3: one entity type, relationships with an end outside")
def deltas_add_up_for_a_part_of_the_graph(ctx: Context) -> None:
    exact(ctx, 2, ("Person",), ("Knows", "LivesIn"))


@case("HIST-003", "laws.md laws 1, 2, 3: all entities, one relationship type")
def deltas_add_up_with_some_relationships_left_out(ctx: Context) -> None:
    exact(ctx, 3, PEOPLE, ("LivesIn",))


@case("HIST-004", "laws.md law 4: a replica is never sent an id that was not a member")
def no_stranger_is_ever_sent(ctx: Context) -> None:
    service = ctx.service()
    author = Author(service, 4)
    replica = service.replica(("Place",), ("LivesIn",))
    since = replica.sync_date
    for _ in range(6):
        for _ in range(4):
            author.step()
        archive, since = service.delta(replica.replica_id, since)
        assert {row.type_name for row in archive.rows} <= {"Place"}, archive.rows
