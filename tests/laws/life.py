"""A service's whole life at random: random data models, documents, provenance, uploads, trims, restores.

What history.py does to entities and relationships goes on; here they have values of every kind, documents
and records, and whoever edits may be a replica.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple
from uuid import UUID

from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Batch, Delete, Op, Update
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.history import Moment
from kgsync.model.schema import Category, Property
from kgsync.model.trim import TrimBefore
from kgsync.model.values import Value
from kgsync.server.upkeep import Reencoder, trim_service
from kgsync.store.database import Store
from tests.filters import generator
from tests.graphs import CODEC, uid
from tests.laws.history import ENTITIES, KINDS, LINKS, History

DOCUMENT, HAS_DOCUMENT, PROVENANCE = "Document", "HasDocument", "Provenance"
# Kinds of values random clauses speak of, whatever the type.
BASIC, MORE = "abcde", "gotuk"
_HOUR = 3_600_000


class Known(NamedTuple):
    """The types alive, the identity of each column, and the columns that ever left."""

    names: set[str]
    identity: dict[tuple[str, str], int]
    left: set[tuple[str, str]]


class Life(History):
    """One service and its reference, driven by one seed; `send` may be taken over by a replica."""

    def __init__(self, store: Store, seed: int) -> None:
        super().__init__(store, seed)
        dice = self.random
        self.features = dice.choice((None, None, Feature.DOCUMENTS, Feature.PROVENANCE, Feature.PROVENANCE))
        if self.features is not None:
            self.graph.switch(self.features)
        self.papers = [uid(k) for k in range(201, 205)]
        self.attachments = [uid(k) for k in range(211, 217)]
        self.notes = [uid(k) for k in range(221, 233)]
        self.floor = Moment(0)
        self.lost: list[tuple[Moment, Moment]] = []  # Spans of Moments that restores undid
        # Identity of each column, for a clause keeps its meaning only while its columns are the same.
        self.columns_made = 0
        self.identity: dict[tuple[str, str], int] = {}
        self.left: set[tuple[str, str]] = set()
        # What was known when a type left: a clause that was broken then remains so.
        self.last: dict[str, Known] = {}
        for original, columns in self.columns.items():
            for name in columns:
                self._made(original, name)
        self.sender: Callable[[Batch], Moment | None] | None = None
        self.switched = 0  # each time the records' type is another one of the same name
        self._waiting: list[Batch] | None = None  # for one commit of all
        self._settle()

    def _first_columns(self) -> dict[str, list[str]]:
        dice = self.random
        entities = ENTITIES[: dice.choice((1, 2, 2, 3))]
        links = LINKS[: dice.choice((0, 1, 1, 2))]
        found = {}
        for original in (*entities, *links):
            more = [c for c in MORE if dice.random() < (0.65 if c == "g" else 0.12)]
            basic = list(BASIC) if original in ENTITIES or dice.random() < 0.5 else ["a", "b"]
            found[original] = basic + more
        return found

    def _settle(self) -> None:
        """Begin with one large commit: most of what follows then changes something."""
        dice = self.random
        entities: dict[str, list[Any]] = {}
        ids = dice.sample(self.pool, dice.choice((4, 7, 9)))
        for id in ids:
            original = dice.choice(self._alive(ENTITIES))
            values = self._values(original)
            self.reference.add(id, original, values)
            entities.setdefault(original, []).append(Add(id, values))
        links: dict[str, list[Any]] = {}
        for id in dice.sample(self.links, dice.choice((3, 6, 9)) if self._alive(LINKS) else 0):
            original, origin, dest = dice.choice(self._alive(LINKS)), dice.choice(ids), dice.choice(ids)
            values = self._values(original)
            self.reference.connect(id, original, values, origin, dest)
            links.setdefault(original, []).append(Add(id, values, origin, dest))
        self._waiting = [Batch(Op.ADD, Category.ENTITY, n, adds) for n, adds in entities.items()]
        self._waiting += [Batch(Op.ADD, Category.RELATIONSHIP, n, adds) for n, adds in links.items()]
        for _ in range(2 if self.features else 0):
            self._add_document()
            self._attach()
            self._attach()
        if self.features is Feature.PROVENANCE:
            made = [made for id in dice.sample(self.notes, 10) if (made := self._noted(id)) is not None]
            self._send(Batch(Op.ADD, Category.ENTITY, PROVENANCE, list(made)))
        batches, self._waiting = self._waiting, None
        self._send(*batches)

    # ---- commits

    def step(self) -> None:
        jump = self.random.choice((-_HOUR, -5_000, 0, 0, 1, _HOUR))
        self.graph.wall += jump
        self.counts["clock jump"] += abs(jump) == _HOUR
        roll = self.random.random()
        if roll < 0.18:
            self._change_model()
        else:
            for _ in range(self.random.choice((1, 2, 3))):
                self._edit()
        self._committed()

    def _steps(self) -> dict[Callable[[], None], int]:
        steps = super()._steps()
        steps |= {self._flip: 12}
        if self.features is not None:
            steps |= {self._add_document: 2, self._attach: 4, self._detach: 2, self._change_document: 3}
        if self.features is Feature.PROVENANCE:
            steps |= {self._record: 14, self._change_record: 3, self._remove_record: 1}
        return steps

    def _send(self, *batches: Batch) -> None:
        if self._waiting is not None:
            self._waiting += batches
            return
        if self.sender is None or len(batches) > 1:
            super()._send(*batches)
            return
        moment = self.sender(batches[0])
        if moment is not None:
            self.reference.commit(moment)
            self.moments.append(moment)

    def _value(self, column: str) -> Value:
        dice, kind = self.random, column[0]
        if dice.random() < 0.15:
            return None
        if kind == "b":
            return dice.randrange(4)
        if kind == "a" and dice.random() < 0.6:
            return dice.choice(("a", "b", "ß𝄞"))
        if kind == "g":
            return Geometry(
                GeometryKind.POINT, False, False, ((float(dice.randrange(-4, 5)), float(dice.randrange(5))),)
            )
        return generator.scalar(dice, Property(id=0, name=column, field_type=KINDS[kind]))

    def _flip(self) -> None:
        """Change one value of one object: what clauses turn on."""
        original = self.random.choice(self._alive((*ENTITIES, *LINKS)))
        name, columns = self.names[original], self.columns[original]
        ids = self._all_of(name)
        if not ids or not columns:
            return
        shapes = [c for c in columns if c[0] == "g"]
        preferred = shapes if shapes and self.random.random() < 0.4 else columns
        id, column = self.random.choice(ids), self.random.choice(preferred)
        values = {column: self._value(column)}
        self.reference.update(id, values)
        category = Category.ENTITY if original in ENTITIES else Category.RELATIONSHIP
        self._send(Batch(Op.UPDATE, category, name, [Update(id, values)]))

    # ---- documents and provenance

    def _documents(self) -> list[UUID]:
        return self.reference.nodes(DOCUMENT)

    def _papers(self) -> dict[str, Value]:
        return {"title": self.random.choice(("a", "b", None)), "name": self.random.choice(("x", "y"))}

    def _add_document(self) -> None:
        free = [i for i in self.papers if i not in self.reference.graph]
        if not free:
            return
        self._publish(self.random.choice(free))

    def _publish(self, id: UUID) -> None:
        values = self._papers()
        self.reference.add(id, DOCUMENT, values)
        self._send(Batch(Op.ADD, Category.ENTITY, DOCUMENT, [Add(id, values)]))

    def _change_document(self) -> None:
        documents = self._documents()
        if not documents:
            return
        id = self.random.choice(documents)
        if self.random.random() < 0.5:
            self.counts["cascades"] += self.reference.graph.degree(id) > 0
            self.reference.remove(id)
            self._send(Batch(Op.DELETE, Category.ENTITY, DOCUMENT, [Delete(id)]))
            if self.random.random() < 0.5:
                self._publish(id)  # records that cited the one before do not cite this one
            return
        values = self._papers()
        self.reference.update(id, values)
        self._send(Batch(Op.UPDATE, Category.ENTITY, DOCUMENT, [Update(id, values)]))

    def _attach(self) -> None:
        used = set(self.reference.edges(HAS_DOCUMENT))
        free, documents = [i for i in self.attachments if i not in used], self._documents()
        owners = sorted(self.reference.graph, key=lambda i: i.int)
        if not free or not documents:
            return
        id, origin, dest = self.random.choice(free), self.random.choice(owners), self.random.choice(documents)
        self.reference.connect(id, HAS_DOCUMENT, {}, origin, dest)
        self._send(Batch(Op.ADD, Category.RELATIONSHIP, HAS_DOCUMENT, [Add(id, {}, origin, dest)]))

    def _detach(self) -> None:
        links = self.reference.edges(HAS_DOCUMENT)
        if links:
            id = self.random.choice(links)
            self.reference.remove(id)
            self._send(Batch(Op.DELETE, Category.RELATIONSHIP, HAS_DOCUMENT, [Delete(id)]))

    def _subject(self) -> tuple[UUID, dict[str, Value]] | None:
        """Choose what a record is about: an object and one of its properties."""
        graph = self.reference.graph
        subjects = sorted((*graph, *(k for _, _, k in graph.edges(keys=True))), key=lambda i: i.int)
        if not subjects:
            return None
        links = [i for o in self._alive(LINKS) for i in self._all_of(self.names[o])]
        id = self.random.choice(links if links and self.random.random() < 0.5 else subjects)
        name = self.reference.data(id)["type"]
        known = {self.names[o]: columns for o, columns in self.columns.items() if o in self.names}
        columns = known.get(name, ["globalid"] if name == HAS_DOCUMENT else ["title", "name"])
        return id, {"instanceID": id, "typeName": name, "propertyName": self.random.choice(columns)}

    def _source(self) -> tuple[UUID | None, dict[str, Value]]:
        documents = self._documents()
        if documents and self.random.random() < 0.7:
            cited = self.random.choice(documents)
            return cited, {"sourceType": "Document", "source": str(cited)}
        return None, {"sourceType": "String", "source": self.random.choice(("he", "she"))}

    def _record(self) -> None:
        if self.features is not Feature.PROVENANCE:
            return
        free = [i for i in self.notes if i not in self.reference.records]
        made = self._noted(self.random.choice(free)) if free else None
        if made is not None:
            self._send(Batch(Op.ADD, Category.ENTITY, PROVENANCE, [made]))

    def _noted(self, id: UUID) -> Add | None:
        """Make a record in the reference, and the edit that adds it."""
        subject = self._subject()
        if subject is None:
            return None
        (owner, about), (cited, source) = subject, self._source()
        values = about | source
        self.reference.records[id] = {"owner": owner, "cited": cited, "values": dict(values), "kind": self.switched}
        return Add(id, values)

    def _change_record(self) -> None:
        if not self.reference.records:
            return
        id = self.random.choice(sorted(self.reference.records, key=lambda i: i.int))
        record, values, subject = self.reference.records[id], {"comment": self._value("a")}, self._subject()
        if self.random.random() < 0.5:
            record["cited"], source = self._source()
            values |= source
        elif self.random.random() < 0.6 and subject is not None:
            record["owner"], about = subject
            values |= about
        record["values"] = {**record["values"], **values}
        self._send(Batch(Op.UPDATE, Category.ENTITY, PROVENANCE, [Update(id, values)]))

    def _remove_record(self) -> None:
        if self.reference.records:
            id = self.random.choice(sorted(self.reference.records, key=lambda i: i.int))
            del self.reference.records[id]
            self._send(Batch(Op.DELETE, Category.ENTITY, PROVENANCE, [Delete(id)]))

    # ---- the data model

    def _made(self, original: str, name: str) -> None:
        self.columns_made += 1
        self.identity[original, name] = self.columns_made

    def _change_model(self) -> None:
        if self.features is Feature.PROVENANCE and self.random.random() < 0.14:
            self._switch_provenance_off()
            return
        before = {(o, c) for o, columns in self.columns.items() for c in columns}
        remade = self.counts["re-added columns"]
        super()._change_model()
        after = {(o, c) for o, columns in self.columns.items() for c in columns}
        again = self.dropped if self.counts["re-added columns"] > remade else set()
        for key in (before - after) | again:
            self.left.add(key)
            self.identity.pop(key)
        for key in (after - before) | again:
            self._made(*key)

    def _switch_provenance_off(self) -> None:
        """Switch provenance off, now and then on again: the records are gone for good."""
        self.graph.switch(Feature.PROVENANCE, False)
        self.reference.records = {}
        self.features = Feature.DOCUMENTS
        if self.random.random() < 0.5:
            self.graph.switch(Feature.PROVENANCE)
            self.features = Feature.PROVENANCE
            self.switched += 1
        self.counts["provenance off"] += 1

    def _leaving(self, original: str) -> str:
        """Change a column just before it is dropped, now and then: that update has nothing left to show."""
        column, ids = super()._leaving(original), self._all_of(self.names[original])
        if ids and self.random.random() < 0.5:
            id, values = self.random.choice(ids), {column: self._value(column)}
            self.reference.update(id, values)
            category = Category.ENTITY if original in ENTITIES else Category.RELATIONSHIP
            self._send(Batch(Op.UPDATE, category, self.names[original], [Update(id, values)]))
        return column

    def _forget_column(self, original: str, name: str) -> None:
        super()._forget_column(original, name)
        self.dropped = {(original, name)}

    def _forget_type(self, original: str) -> None:
        self.last[original] = self.known()
        self.counts["type gone"] += 1

    def known(self) -> Known:
        return Known(set(self.names), dict(self.identity), set(self.left))

    # ---- upkeep

    def trim(self, held: Sequence[Moment]) -> None:
        """Trim the change log before some date and expect the floor one below it.

        Most often that is near what a replica holds: just what it needs stays, or just not.
        """
        date = self.random.choice(self.moments[-6:])
        if self.random.random() < 0.75:
            date = Moment(self.random.choice(held).ms + self.random.choice((0, 1, 1, 1, 2)))
        trim_service(
            self.graph.store, self.graph.service.id, TrimBefore(date=date, force=True), self.graph.wall + 2**40
        )
        self.floor = max(self.floor, min(Moment(date.ms - 1), self.graph.clock()))
        self.counts["trim"] += 1

    def reencode(self) -> None:
        """Encode outgrown rows anew, as the server does beside its calls."""
        self.counts["re-encoded"] += Reencoder(self.graph.store, CODEC).pass_over(self.graph.service.id) > 0

    def remembered(self) -> dict[str, Any]:
        """Keep what a restore brings back beside the graph."""
        names = ("names", "columns", "identity", "left", "last", "floor", "features")
        # Values too: what a later drop of a column takes from every Moment comes back.
        return {name: deepcopy(getattr(self, name)) for name in names} | {"at": deepcopy(self.reference.at)}

    def recall(self, kept: dict[str, Any], then: Moment, epoch: Moment) -> None:
        """Go back to a Moment, as a restore of its backup does, which is itself a Moment after the epoch."""
        kept = deepcopy(kept)
        self.reference.at = kept.pop("at")
        for name, value in kept.items():
            setattr(self, name, value)
        self.reference.go_back(then)
        self.moments = [m for m in self.moments if m <= then]
        self.lost.append((then, epoch))
        self._committed()
