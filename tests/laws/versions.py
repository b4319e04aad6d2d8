"""Random histories of bare versions, and which of them a membership holds, told by plain dictionaries.

Below the data model and the wire: what is tested is the SQL of membership at both ends of a Span.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from kgsync.filters.check import check
from kgsync.filters.evaluate import Element, compiled
from kgsync.model.catalog import ServiceSettings
from kgsync.model.history import Moment, Span
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property
from kgsync.server.publishing import publish
from kgsync.store.base import BoundFilter, Change, Membership, Subject, Version, Writing
from kgsync.store.database import Store

A, B, DOCUMENT, R, S, HAS_DOCUMENT, RECORD = range(1, 8)
ENTITIES, LINKS = (A, B, DOCUMENT), (R, S)


class Thing(NamedTuple):
    type: int
    value: int
    origin: UUID | None = None
    dest: UUID | None = None


State = dict[UUID, Thing]
Clause = Callable[[State, UUID], bool]
VALUE = 90  # the one property's id


def _named_type(id: int, name: str, category: Category) -> NamedType:
    value = Property(id=VALUE, name="v", field_type=FieldType.INTEGER)
    return NamedType(id=id, name=name, category=category, properties=(value,), shape=1)


TYPES = {
    **{t: _named_type(t, f"T{t}", Category.ENTITY) for t in ENTITIES},
    **{t: _named_type(t, f"T{t}", Category.RELATIONSHIP) for t in LINKS},
}
MODEL = DataModel(types=tuple(TYPES.values()))


def _value(state: State, id: UUID) -> int:
    return state[id].value


def _ends(state: State, id: UUID) -> tuple[int, int]:
    origin, dest = state[id].origin, state[id].dest
    assert origin is not None and dest is not None
    return state[origin].value, state[dest].value


# Clauses as the filter language says them and as Python does. The last of each cannot be said in SQL.
ENTITY_CLAUSES: dict[str, Clause] = {
    "n.v = 1": lambda s, i: _value(s, i) == 1,
    "n.v <> 0": lambda s, i: _value(s, i) != 0,
    "n.v IN [0, 2]": lambda s, i: _value(s, i) != 1,
    "false": lambda s, i: False,
    "toString(n.v) = '1'": lambda s, i: _value(s, i) == 1,
    "n.v < 2 AND toString(n.v) <> '0'": lambda s, i: _value(s, i) == 1,
}
LINK_CLAUSES: dict[str, Clause] = {
    "n.v > 0": lambda s, i: _value(s, i) > 0,
    "toString(n.v) <> '2'": lambda s, i: _value(s, i) != 2,
    "startNode(n).v = endNode(n).v": lambda s, i: _ends(s, i)[0] == _ends(s, i)[1],
    "n.v < 2 AND startNode(n).v > 0": lambda s, i: _value(s, i) < 2 and _ends(s, i)[0] > 0,
}


class Judge:
    """Evaluate filters on bare versions."""

    def __init__(self, filters: dict[int, BoundFilter]) -> None:
        self._compiled = {t: compiled(bound.filter) for t, bound in filters.items()}

    def __call__(self, subject: Subject) -> bool:
        return self._compiled[subject.type](_element(subject)) is True


def _element(subject: Subject) -> Element:
    ends = (None if e is None else _element(e) for e in (subject.start, subject.end))
    return Element(subject.id, f"T{subject.type}", {"v": subject.row[0]}, *ends)


class Members:
    """The members of a state, by the words of laws.md and the contract's options."""

    def __init__(self, membership: Membership, clauses: dict[int, Clause], state: State) -> None:
        self.m, self.clauses, self.state = membership, clauses, state
        self.all = {id for id in state if self.member(id)}

    def _true(self, id: UUID) -> bool:
        clause = self.clauses.get(self.state[id].type)
        return clause is None or clause(self.state, id)

    def base(self, id: UUID) -> bool:
        return self.state[id].type in self.m.entities and self._true(id)

    def _documents(self, id: UUID, through: frozenset[int]) -> bool:
        return any(
            t.type in self.m.has_document
            and t.dest == id
            and self.state[t.origin].type in through
            and self.base(t.origin)
            for t in self.state.values()
            if t.origin is not None and t.origin in self.state
        )

    def _end(self, id: UUID) -> bool:
        return self.base(id) or (self.state[id].type in self.m.document and self._documents(id, self.m.documents))

    def _link(self, id: UUID) -> bool:
        thing = self.state[id]
        assert thing.origin is not None and thing.dest is not None
        if thing.type in self.m.has_document:
            return self.state[thing.origin].type in self.m.documents and self.base(thing.origin)
        listed = thing.type in self.m.relationships and self._true(id)
        return listed and self._end(thing.origin) and self._end(thing.dest)

    def _record(self, id: UUID, types: frozenset[int], through: frozenset[int]) -> bool:
        owner = self.state[id].origin
        if owner is None or owner not in self.state:
            return False
        kind, is_entity = self.state[owner].type, self.state[owner].origin is None
        if kind in types and (self.base(owner) if is_entity else self._link(owner)):
            return True
        return kind in self.m.document and self._documents(owner, through)

    def member(self, id: UUID) -> bool:
        m, kind = self.m, self.state[id].type
        if kind in m.records:
            return self._record(id, m.provenance, m.documents_provenance)
        if self.state[id].origin is not None:
            return self._link(id)
        if self.base(id):
            return True
        if kind not in m.document:
            return False
        named = (i for i, t in self.state.items() if t.type in m.records and t.dest == id)
        return self._documents(id, m.documents) or any(self._record(i, m.sources, m.documents_sources) for i in named)


class History:
    """One service, edited at random, and its state at every Moment."""

    def __init__(self, store: Store, seed: int) -> None:
        self.random, self.store = random.Random(seed), store
        self.service = publish(store, f"v{uuid.uuid4().hex[:10]}", "", "ann", ServiceSettings(), 1, uuid.uuid4)
        self.state: State = {}
        self.at: dict[int, State] = {}
        self.counts: Counter[str] = Counter()
        self.pool = [UUID(int=k) for k in range(1, 26)]
        self.commit(lambda writing: None)

    @property
    def moments(self) -> list[int]:
        return list(self.at)

    def commit(self, work: Callable[[Writing], None]) -> None:
        with self.store.writing(self.service.id, 0) as writing:
            work(writing)
            self.at[writing.moment.ms] = dict(self.state)

    # ---- edits

    def step(self) -> None:
        """Commit a few edits at once."""

        def edits(writing: Writing) -> None:
            for _ in range(self.random.choice((1, 1, 2, 4))):
                self._edit(writing)

        self.commit(edits)

    def _edit(self, writing: Writing) -> None:
        choices = {self._add: 4, self._connect: 5, self._record: 4, self._change: 5, self._remove: 2, self._again: 2}
        (choose,) = self.random.choices(list(choices), list(choices.values()))
        choose(writing)

    def _free(self) -> UUID | None:
        free = [i for i in self.pool if i not in self.state]
        return self.random.choice(free) if free else None

    def _some(self, *types: int) -> UUID | None:
        found = [i for i, t in self.state.items() if t.type in types]
        return self.random.choice(found) if found else None

    def _put(self, writing: Writing, id: UUID, thing: Thing) -> None:
        new = id not in self.state
        self.state[id] = thing
        (writing.insert if new else writing.replace)([self._version(id)], None)

    def _version(self, id: UUID) -> Version:
        t = self.state[id]
        kinds = [self.state[e].type if e is not None and t.type != RECORD else None for e in (t.origin, t.dest)]
        return Version(id, t.type, 1, [(VALUE, t.value)], row_of(t), None, t.origin, t.dest, kinds[0], kinds[1])

    def _add(self, writing: Writing) -> None:
        id = self._free()
        if id is not None:
            self._put(writing, id, Thing(self.random.choice(ENTITIES), self._value()))

    def _value(self) -> int:
        return self.random.randrange(3)

    def _connect(self, writing: Writing) -> None:
        id, kind = self._free(), self.random.choice((R, S, HAS_DOCUMENT, HAS_DOCUMENT))
        origin, dest = self._some(*ENTITIES), self._some(*((DOCUMENT,) if kind == HAS_DOCUMENT else ENTITIES))
        if id is not None and origin is not None and dest is not None:
            self._put(writing, id, Thing(kind, self._value(), origin, dest))

    def _record(self, writing: Writing) -> None:
        id, owner = self._free(), self._some(*ENTITIES, *LINKS)
        if id is not None and owner is not None:
            source = self._some(DOCUMENT) if self.random.random() < 0.6 else None
            self._put(writing, id, Thing(RECORD, self._value(), owner, source))

    def _change(self, writing: Writing) -> None:
        id = self._some(*ENTITIES, *LINKS, HAS_DOCUMENT, RECORD)
        if id is not None:
            self._put(writing, id, self.state[id]._replace(value=self._value()))

    def _around(self, id: UUID) -> set[UUID]:
        """Find what goes with an object: its relationships, its records and theirs."""
        gone, wave = {id}, {id}
        while wave:
            wave = {
                i
                for i, t in self.state.items()
                if i not in gone and (t.origin in wave or (t.dest in wave and t.type != RECORD))
            }
            gone |= wave
        return gone

    def _remove(self, writing: Writing) -> None:
        id = self._some(*ENTITIES, *LINKS, HAS_DOCUMENT, RECORD)
        if id is not None:
            self._take(writing, id)

    def _take(self, writing: Writing, id: UUID) -> State:
        gone = {i: self.state[i] for i in self._around(id)}
        writing.remove(gone)
        for i in gone:
            del self.state[i]
        for i, t in list(self.state.items()):  # records outlive the document they name
            if t.dest in gone:
                self._put(writing, i, t._replace(dest=None))
        return gone

    def _again(self, writing: Writing) -> None:
        """Remove an object and add it and what went with it again: under another type, or with an end moved."""
        id = self._some(*ENTITIES, *LINKS)
        if id is None:
            return
        gone = self._take(writing, id)
        thing = gone[id]
        if thing.type in ENTITIES:
            gone[id] = thing._replace(type=self.random.choice(ENTITIES))
        else:
            gone[id] = thing._replace(dest=self._some(*ENTITIES) or thing.dest)
        waiting = dict(gone)
        while waiting:
            ready = [
                i for i, t in waiting.items() if t.origin not in waiting and (t.dest not in waiting or t.type == RECORD)
            ]
            for i in ready:
                t = waiting.pop(i)
                if t.dest is not None and t.type in (HAS_DOCUMENT, RECORD):
                    document = self.state.get(t.dest)
                    if document is None or document.type != DOCUMENT:
                        if t.type == HAS_DOCUMENT:
                            for lost in [w for w, x in waiting.items() if x.origin == i]:
                                waiting.pop(lost)
                            continue
                        t = t._replace(dest=None)
                if t.origin is not None and t.origin not in self.state:
                    continue
                self._put(writing, i, t)

    # ---- what is asked

    def filters(self) -> dict[int, str]:
        """Choose where-clauses at random, by type."""
        chosen = {t: self.random.choice(list(ENTITY_CLAUSES)) for t in ENTITIES if self.random.random() < 0.6}
        chosen |= {t: self.random.choice(list(LINK_CLAUSES)) for t in LINKS if self.random.random() < 0.5}
        return chosen

    def membership(self, clauses: dict[int, str]) -> Membership:
        """Choose a definition's options at random."""
        filters = {t: BoundFilter(check(text, MODEL, TYPES[t], {}), TYPES[t]) for t, text in clauses.items()}

        def some(of: frozenset[int], likely: float = 0.6) -> frozenset[int]:
            return frozenset(x for x in sorted(of) if self.random.random() < likely)

        entities = some(frozenset(ENTITIES), 0.75) or frozenset({A})
        relationships = some(frozenset(LINKS), 0.8)
        documents = some(entities) if self.random.random() < 0.7 else frozenset()
        provenance = some(entities | relationships) if self.random.random() < 0.7 else frozenset()
        documents_provenance = some(documents)
        return Membership(
            entities=entities,
            relationships=relationships,
            document=frozenset({DOCUMENT}),
            has_document=frozenset({HAS_DOCUMENT}),
            documents=documents,
            records=frozenset({RECORD}),
            provenance=provenance,
            documents_provenance=documents_provenance,
            sources=some(provenance),
            documents_sources=some(documents_provenance),
            filters=filters,
            judge=Judge(filters),
        )

    def span(self) -> Span:
        last = len(self.moments) - 1
        upto = last if self.random.random() < 0.6 else self.random.randrange(1, last + 1)
        after = max(0, upto - self.random.choice((1, 1, 2, 3, 8, last)))
        return Span(Moment(self.moments[after]), Moment(self.moments[upto]))


def row_of(thing: Thing) -> bytes:
    """Encode what an update may change; a record names its document in its content."""
    return bytes([thing.value]) if thing.type != RECORD else bytes([thing.value]) + (thing.dest or UUID(int=0)).bytes


def net_effect(before: State, after: State, m0: set[UUID], m1: set[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Say what a delta must send of each object, by the table of laws.md."""
    found: dict[UUID, tuple[str, ...]] = {}
    for id in m0 | m1:
        if id not in m0:
            found[id] = ("add",)
        elif id not in m1:
            found[id] = ("delete",)
        else:
            old, new = before[id], after[id]
            if _place(old, before) != _place(new, after):
                found[id] = ("add", "delete")
            elif row_of(old) != row_of(new):
                found[id] = ("update",)
    return found


def told(changes: list[Change]) -> dict[UUID, tuple[str, ...]]:
    words = ("delete", "add", "update")
    found: dict[UUID, tuple[str, ...]] = {}
    for change in changes:
        found[change.id] = tuple(sorted((*found.get(change.id, ()), words[change.section // 3])))
    return found


def _place(thing: Thing, state: State) -> tuple[object, ...]:
    """Say what no update can change: the type, and a relationship's ends and their types."""
    if thing.type not in (*LINKS, HAS_DOCUMENT):
        return (thing.type,)
    assert thing.origin is not None and thing.dest is not None
    return (thing.type, thing.origin, thing.dest, state[thing.origin].type, state[thing.dest].type)
