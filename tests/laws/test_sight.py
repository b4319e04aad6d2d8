"""Where others' objects are hidden, a replica holds what it would in a graph that has nothing else.

The graph as somebody sees it is built anew beside the whole one, and asked the same definition.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Delete, Op, Update
from kgsync.model.replica import Definition, TypeDefinition, Warnings
from kgsync.model.schema import Category
from kgsync.store.base import Reading
from kgsync.store.database import Store
from kgsync.sync.delta import delta
from kgsync.sync.digest import Advance, digest_of, served_digest
from kgsync.sync.membership import bind, resolve
from kgsync.sync.snapshot import snapshot
from tests.backends import BACKENDS, opened_store
from tests.graphs import CODEC, KNOWS, PERSON, Archive, Graph, LocalReplica, entity, link, uid

PEOPLE, LINKS, PAPERS, HAVING, NOTES = (range(k, k + 9) for k in (1, 11, 21, 31, 41))
_KINDS = {"Person": PEOPLE, "Knows": LINKS, "Document": PAPERS, "HasDocument": HAVING, "Provenance": NOTES}
_LINKING = ("Knows", "HasDocument")
_WHERE = ("", "", "", "n.name = 'a'", "toUpper(n.name) = 'A'")


@pytest.fixture(params=BACKENDS, scope="module")
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened_store(request.param, tmp_path_factory.mktemp("sight")) as opened:
        yield opened


def _graph(store: Store) -> Graph:
    made = Graph.make(store, PERSON, KNOWS)
    made.switch(Feature.PROVENANCE)
    made.switch(Feature.EDITOR_TRACKING)
    return made


def _definition(graph: Graph, dice: random.Random) -> Definition:
    options: dict[str, Any] = {"provenance": dice.choice((None, False, True, True)), "documents": dice.random() < 0.85}
    if options["documents"]:
        options["documents_provenance"] = dice.choice((None, False, True, True))
    types = [
        TypeDefinition(name="Person", category=Category.ENTITY, where=dice.choice(_WHERE), **options),
        TypeDefinition(name="Knows", category=Category.RELATIONSHIP),
    ]
    if dice.random() < 0.4:
        types.append(TypeDefinition(name="Document", category=Category.ENTITY, where=dice.choice(_WHERE)))
    return bind(Definition(types=tuple(types)), graph.model(), CODEC, Warnings())


class Object(NamedTuple):
    name: str
    values: dict[str, Any]
    origin: UUID | None
    dest: UUID | None
    creator: str


class World:
    """The whole graph, and what it holds in a dictionary."""

    def __init__(self, store: Store, dice: random.Random) -> None:
        self.store, self.dice, self.graph = store, dice, _graph(store)
        self.held: dict[UUID, Object] = {}
        for name in _KINDS:
            for _ in range(5):
                self.add(name)

    def step(self) -> None:
        act = self.dice.choice((self.add, self.add, self.change, self.remove, self.give))
        for _ in range(self.dice.choice((1, 3))):
            act(self.dice.choice((*_KINDS, "HasDocument")))

    def _free(self, name: str) -> UUID | None:
        return next((uid(k) for k in _KINDS[name] if uid(k) not in self.held), None)

    def _any(self, *names: str) -> UUID | None:
        found = [id for id, o in self.held.items() if o.name in names]
        return self.dice.choice(found) if found else None

    def add(self, name: str) -> None:
        id, user = (
            self._free(name),
            self.dice.choice(("ann", "bob") if name in ("Person", "Document") else ("ann", "bob", "bob", "bob")),
        )
        ends: tuple[UUID | None, UUID | None] = (None, None)
        values: dict[str, Any] = {"name": self.dice.choice(("a", "b"))}
        if name in _LINKING:
            values, ends = {}, (self._any("Person"), self._any("Person" if name == "Knows" else "Document"))
            if None in ends:
                return
        if name == "Provenance":
            subject, paper = self._any("Person", "Knows", "Document"), self._any("Document")
            if subject is None or paper is None:
                return
            values, ends = _note(subject, self.held[subject].name, paper if self.dice.random() < 0.7 else None)
        if id is None:
            return
        given = ends if name != "Provenance" else (None, None)
        kind = link if name in _LINKING else entity
        self.graph.apply(kind(Op.ADD, name, Add(id, values, *given)), user=user)
        self.held[id] = Object(name, values, *ends, user)

    def change(self, name: str) -> None:
        id = self._any(name)
        if id is not None and name in ("Person", "Document"):
            self._update(id, {"name": self.dice.choice(("a", "b"))}, "ann")

    def give(self, name: str) -> None:
        """Say that somebody else created an object, as an upload can."""
        id, user = self._any(name), self.dice.choice(("ann", "bob"))
        if id is not None and name != "Provenance":
            self._update(id, {"created_user": user}, user)

    def _update(self, id: UUID, values: dict[str, Any], user: str) -> None:
        old = self.held[id]
        kind = link if old.name in _LINKING else entity
        self.graph.apply(kind(Op.UPDATE, old.name, Update(id, values)), user=user, replica=uid(99))
        creator = values.get("created_user", old.creator)
        kept = {k: v for k, v in values.items() if k != "created_user"}
        self.held[id] = old._replace(values={**old.values, **kept}, creator=creator)

    def remove(self, name: str) -> None:
        id = self._any(name)
        if id is None:
            return
        kind = link if name in _LINKING else entity
        self.graph.apply(kind(Op.DELETE, name, Delete(id)), cascade_provenance=True)
        with self.store.reading(self.graph.service.id) as reading:
            present = reading.find(list(self.held))
        self.held = {i: o._replace(dest=_cited(present[i], o)) for i, o in self.held.items() if i in present}

    def seen(self, creator: str | None) -> Graph:
        """Build the graph that somebody sees: what they created, and the records about it."""
        made = _graph(self.store)
        visible = {i: o for i, o in self.held.items() if creator in (None, o.creator) and o.name != "Provenance"}
        nodes = {i: o for i, o in visible.items() if o.origin is None}
        edges = {i: o for i, o in visible.items() if o.origin in nodes and o.dest in nodes}
        batches = {name: (link if name in _LINKING else entity)(Op.ADD, name) for name in _KINDS}
        for id, o in (*nodes.items(), *edges.items()):
            batches[o.name].edits.append(Add(id, {} if o.origin else o.values, o.origin, o.dest))
        for id, o in self.held.items():
            if o.name == "Provenance" and o.origin in {**nodes, **edges}:
                values, _ = _note(o.origin, str(o.values["typeName"]), o.dest if o.dest in nodes else None)
                batches["Provenance"].edits.append(Add(id, values))
        for name in ("Person", "Document", *_LINKING, "Provenance"):
            made.apply(batches[name])
        return made


def _note(subject: UUID, kind: str, paper: UUID | None) -> tuple[dict[str, Any], tuple[UUID, UUID | None]]:
    values = {
        "instanceID": subject,
        "typeName": kind,
        "propertyName": "since" if kind == "Knows" else "name",
        "sourceType": "String" if paper is None else "Document",
        "source": "a book" if paper is None else str(paper),
    }
    return values, (subject, paper)


def _cited(stored: Any, before: Object) -> UUID | None:
    return stored.dest if before.name == "Provenance" else before.dest


def _archive(reading: Reading, definition: Definition, copy: LocalReplica | None, before: Definition) -> Archive:
    warnings = Warnings()
    if copy is None:
        return Archive.of(snapshot(reading, definition, CODEC, warnings), warnings)
    return Archive.of(delta(reading, definition, copy.sync_date, CODEC, warnings, before=before), warnings)


@pytest.mark.parametrize("seed", range(8))
def test_a_narrowed_replica_holds_what_its_owner_sees_and_no_more(store: Store, seed: int) -> None:
    _live(store, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8, 208))
def test_a_narrowed_replica_holds_what_its_owner_sees_in_many_histories(store: Store, seed: int) -> None:
    _live(store, seed)


def _live(store: Store, seed: int) -> None:
    dice = random.Random(seed)
    world = World(store, dice)
    asked = _definition(world.graph, dice)
    sight: str | None = "bob"
    definition = Definition(types=asked.types, creator=sight)
    copy: LocalReplica | None = None
    for _ in range(7):
        before = definition
        if dice.random() < 0.25:  # rights are given and taken away
            sight = None if sight else "bob"
            definition = Definition(types=asked.types, creator=sight)
        held = set() if copy is None else set(copy.rows)
        with store.reading(world.graph.service.id) as reading:
            archive = _archive(reading, definition, copy, before)
            fresh = Archive.of(snapshot(reading, definition, CODEC, Warnings()), Warnings())
        expected = _members(world.seen(sight), asked)
        if copy is None:
            copy = LocalReplica(archive)
        else:
            copy.apply(archive)
        assert set(copy.rows) == fresh.all_ids() == expected
        assert copy.closed(), "an end is missing (law 3)"
        assert copy.rows == LocalReplica(fresh).rows, "the copy is not the snapshot (law 1)"
        told = {e.id for op, _, _, edits in archive.steps for e in edits if op is Op.DELETE}
        assert told <= held, "an id is told that was not held (law 4)"
        for _ in range(dice.choice((0, 2, 5))):
            world.step()


def _members(graph: Graph, definition: Definition) -> set[UUID]:
    types = tuple(TypeDefinition(**{n: getattr(t, n) for n in _ASKED}) for t in definition.types)
    with graph.store.reading(graph.service.id) as reading:
        bound = bind(Definition(types=types), reading.data_model(), CODEC, Warnings())
        return Archive.of(snapshot(reading, bound, CODEC, Warnings()), Warnings()).all_ids()


_ASKED = ("name", "category", "where", "provenance", "documents", "documents_provenance")


def test_a_digest_is_carried_over_a_change_of_sight(store: Store) -> None:
    world = World(store, random.Random(1))
    asked = world.graph.bound("Person", "Knows")
    narrow = Definition(types=asked.types, creator="bob")
    service, now = world.graph.service.id, world.graph.clock()
    with store.reading(service) as reading:
        kept = served_digest(reading, asked, CODEC)
    world.step()
    with store.reading(service) as reading:
        shapes = {t.id: t.shape for t in resolve(reading, narrow, CODEC, Warnings()).types}
        carried = Advance(kept.digest, shapes)
        warnings = Warnings()
        Archive.of(delta(reading, narrow, now, CODEC, warnings, carried.watch, asked), warnings)
        assert carried.digest == digest_of(reading, narrow, CODEC) != digest_of(reading, asked, CODEC)
