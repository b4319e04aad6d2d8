"""Random histories that go where deltas break: re-created ids, moved ends, retyped objects, short Spans."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from kgsync.model.edits import Add, Batch, Delete, Op, Update
from kgsync.model.history import Moment
from kgsync.model.schema import Category, Domain, FieldIndex, FieldType, NamedType, Property
from kgsync.model.schema_edits import PropertyChange, TypeChange
from kgsync.model.values import Value
from kgsync.store.database import Store
from kgsync.sync import datamodel
from tests.graphs import CODEC, Graph, named_type, uid
from tests.laws.reference import Reference

# What a column holds is told by the first letter of its name, which it keeps when renamed.
KINDS = {
    "a": FieldType.STRING,
    "b": FieldType.INTEGER,
    "c": FieldType.DOUBLE,
    "d": FieldType.DATE_ONLY,
    "e": FieldType.DATE,
    "g": FieldType.GEOMETRY,
    "o": FieldType.TIME_ONLY,
    "t": FieldType.TIMESTAMP_OFFSET,
    "u": FieldType.GUID,
    "k": FieldType.BIG_INTEGER,
}
ENTITIES, LINKS = ("A", "B", "C"), ("R", "S")


def category_of(original: str) -> Category:
    return Category.ENTITY if original in ENTITIES else Category.RELATIONSHIP


class History:
    """One service and its reference, driven by one seed."""

    def __init__(self, store: Store, seed: int) -> None:
        self.random = random.Random(seed)
        self.columns = self._first_columns()
        self.names = {n: n for n in self.columns}  # original name to present name
        self.graph = Graph.make(store, *(self._first_type(n) for n in self.columns))
        self.reference = Reference(self.graph.clock())
        self.moments = [self.graph.clock()]
        self.pool = [uid(k) for k in range(1, 13)]
        self.links = [uid(k) for k in range(101, 117)]
        self.renames = 0
        self.counts: Counter[str] = Counter()

    def _first_columns(self) -> dict[str, list[str]]:
        return {n: ["a", "b"] for n in (*ENTITIES, *LINKS)}

    def _first_type(self, original: str) -> NamedType:
        return named_type(original, category_of(original), {c: KINDS[c[0]] for c in self.columns[original]})

    # ---- steps

    def step(self) -> None:
        """Make one commit of a few edits, or a change of the data model."""
        self.graph.wall += self.random.choice((-5_000, 0, 0, 1, 3_600_000))
        roll = self.random.random()
        if roll < 0.2:
            self._change_model()
        else:
            for _ in range(self.random.choice((1, 1, 2, 8))):
                self._edit()
        self._committed()

    def _committed(self) -> None:
        now = self.graph.clock()
        self.reference.commit(now)
        if now != self.moments[-1]:
            self.moments.append(now)

    def _edit(self) -> None:
        steps = self._steps()
        (choose,) = self.random.choices(list(steps), list(steps.values()))
        choose()

    def _steps(self) -> dict[Callable[[], None], int]:
        return {
            self._add: 4,
            self._connect: 6,
            self._update: 4,
            self._remove: 3,
            self._recreate: 2,
            self._reconnect: 2,
            self._retype_end: 2,
            self._there_and_back: 2,
        }

    def _alive(self, names: tuple[str, ...]) -> list[str]:
        return [n for n in names if n in self.names]

    def _values(self, original: str) -> dict[str, Value]:
        wanted = [c for c in self.columns[original] if self.random.random() < 0.7]
        return {c: self._value(c) for c in wanted}

    def _value(self, column: str) -> Value:
        if self.random.random() < 0.15:
            return None
        if column[0] in "bc":
            return self.random.randrange(3)
        return self.random.choice(("x", "y", "ß𝄞"))

    def _send(self, *batches: Batch) -> None:
        moment = self.graph.apply(*batches, cascade=True, cascade_provenance=True).moment
        self.reference.commit(moment)
        self.moments.append(moment)

    def _add(self) -> None:
        free = [i for i in self.pool if i not in self.reference.graph]
        if not free or not self._alive(ENTITIES):
            return
        original = self.random.choice(self._alive(ENTITIES))
        id, values = self.random.choice(free), self._values(original)
        self.reference.add(id, self.names[original], values)
        self._send(Batch(Op.ADD, Category.ENTITY, self.names[original], [Add(id, values)]))

    def _connect(self) -> None:
        used = {k for _, _, k in self.reference.graph.edges(keys=True)}
        free, nodes = [i for i in self.links if i not in used], sorted(self.reference.graph, key=lambda i: i.int)
        if not free or not nodes or not self._alive(LINKS):
            return
        original = self.random.choice(self._alive(LINKS))
        id, origin, dest = self.random.choice(free), self.random.choice(nodes), self.random.choice(nodes)
        if id in self.reference.ends and self.reference.ends[id] != (origin, dest):
            self.counts["moved ends"] += 1
        self.counts["self loops"] += origin == dest
        values = self._values(original)
        self.reference.connect(id, self.names[original], values, origin, dest)
        self._send(Batch(Op.ADD, Category.RELATIONSHIP, self.names[original], [Add(id, values, origin, dest)]))

    def _update(self) -> None:
        names, category = self.random.choice(((ENTITIES, Category.ENTITY), (LINKS, Category.RELATIONSHIP)))
        for original in self._alive(names):
            present = self.names[original]
            ids = self.reference.nodes(present) if category is Category.ENTITY else self.reference.edges(present)
            edits = []
            for id in ids:
                if self.random.random() < 0.5:
                    values = self._values(original)
                    self.reference.update(id, values)
                    edits.append(Update(id, values))
            if edits:
                self._send(Batch(Op.UPDATE, category, present, list(edits)))

    def _there_and_back(self) -> None:
        """Change a value and change it back, in two commits: net, nothing happened."""
        original = self.random.choice(self._alive(ENTITIES))
        nodes = self.reference.nodes(self.names[original])
        texts = [c for c in self.columns[original] if c.startswith("a")]
        if not nodes or not texts:
            return
        id, column = self.random.choice(nodes), self.random.choice(texts)
        before = self.reference.data(id)["values"].get(column)
        for value in ("elsewhere", before):
            self.reference.update(id, {column: value})
            self._send(Batch(Op.UPDATE, Category.ENTITY, self.names[original], [Update(id, {column: value})]))
        self.counts["there and back"] += 1

    def _remove(self) -> None:
        for original in self._alive((*ENTITIES, *LINKS)):
            category = category_of(original)
            present = self.names[original]
            ids = self.reference.nodes(present) if category is Category.ENTITY else self.reference.edges(present)
            if ids and self.random.random() < 0.4:
                id = self.random.choice(ids)
                if category is Category.ENTITY:
                    self.counts["cascades"] += self.reference.graph.degree(id) > 0
                self.reference.remove(id)
                self._send(Batch(Op.DELETE, category, present, [Delete(id)]))

    def _recreate(self) -> None:
        """Delete an entity and add its id again, perhaps under another type, in two commits."""
        nodes = self._ordinary(self.reference.graph)
        if not nodes:
            return
        id = self.random.choice(nodes)
        before = self.reference.data(id)["type"]
        original = self.random.choice(self._alive(ENTITIES))
        self.reference.remove(id)
        self._send(Batch(Op.DELETE, Category.ENTITY, before, [Delete(id)]))
        values = self._values(original)
        self.counts["retyped"] += self.names[original] != before
        self.counts["re-created"] += 1
        self.reference.add(id, self.names[original], values)
        self._send(Batch(Op.ADD, Category.ENTITY, self.names[original], [Add(id, values)]))

    def _reconnect(self) -> None:
        """Delete a relationship and add its id again with one end moved, in two commits of one step."""
        edges = [(o, d, k) for o, d, k in self.reference.graph.edges(keys=True) if self._is_ordinary(k)]
        nodes = sorted(self.reference.graph, key=lambda i: i.int)
        if not edges:
            return
        origin, dest, id = self.random.choice(sorted(edges, key=lambda e: e[2].int))
        present = self.reference.data(id)["type"]
        other = self.random.choice(nodes)
        self._replace_link(id, present, *self.random.choice(((other, dest), (origin, other))))
        self.counts["moved ends"] += self.reference.ends[id] != (origin, dest)

    def _is_ordinary(self, id: UUID) -> bool:
        """Say whether a type of the data model says all: documents have rules of their own."""
        return self.reference.data(id)["type"] in self.names.values()

    def _ordinary(self, ids: Iterable[UUID]) -> list[UUID]:
        return sorted(filter(self._is_ordinary, ids), key=lambda i: i.int)

    def _replace_link(self, id: UUID, present: str, origin: UUID, dest: UUID) -> None:
        values = self.reference.data(id)["values"]
        self.reference.remove(id)
        self._send(Batch(Op.DELETE, Category.RELATIONSHIP, present, [Delete(id)]))
        self.reference.connect(id, present, values, origin, dest)
        self._send(Batch(Op.ADD, Category.RELATIONSHIP, present, [Add(id, dict(values), origin, dest)]))

    def _retype_end(self) -> None:
        """Re-create an entity under another type together with its relationships, ids and content kept."""
        nodes = self._ordinary(n for n in self.reference.graph if self.reference.graph.degree(n))
        if not nodes or len(self._alive(ENTITIES)) < 2:
            return
        id = self.random.choice(nodes)
        before = self.reference.data(id)["type"]
        original = self.random.choice([o for o in self._alive(ENTITIES) if self.names[o] != before])
        touching = {k: (o, d) for o, d, k in self.reference.graph.edges(keys=True) if id in (o, d)}
        kept = {k: self.reference.data(k) for k in touching}
        self.reference.remove(id)
        self._send(Batch(Op.DELETE, Category.ENTITY, before, [Delete(id)]))
        self.reference.add(id, self.names[original], {})
        self._send(Batch(Op.ADD, Category.ENTITY, self.names[original], [Add(id, {})]))
        for key, (origin, dest) in touching.items():
            name, values = kept[key]["type"], kept[key]["values"]
            self.reference.connect(key, name, values, origin, dest)
            self._send(Batch(Op.ADD, Category.RELATIONSHIP, name, [Add(key, dict(values), origin, dest)]))
        self.counts["retyped ends"] += 1

    # ---- the data model

    def _change_model(self) -> None:
        changes = {
            self._add_column: 3,
            self._drop_column: 5,
            self._rename_column: 5,
            self._retype_column: 3,
            self._describe_column: 2,
            self._rename_type: 6,
            self._drop_type: 3,
        }
        (choose,) = self.random.choices(list(changes), list(changes.values()))
        originals = self._alive((*ENTITIES, *LINKS))
        choose(self.random.choice(originals))
        self.counts[choose.__name__] += 1

    def _all_of(self, present: str) -> list[UUID]:
        return self.reference.nodes(present) + self.reference.edges(present)

    def _add_column(self, original: str) -> None:
        self.renames += 1
        name = f"{self.random.choice('ab')}{self.renames}"
        kind = KINDS[name[0]]
        with self.graph.store.writing(self.graph.service.id, self.graph.wall) as writing:
            (result,) = datamodel.add_properties(
                writing, self.names[original], [Property(id=0, name=name, field_type=kind)], CODEC
            )
        assert result.error is None, result.error
        self.columns[original].append(name)

    def _drop_column(self, original: str) -> None:
        if len(self.columns[original]) < 2:
            return
        name = self._leaving(original)
        again = self.random.random() < 0.5
        kind = KINDS[name[0]]
        with self.graph.store.writing(self.graph.service.id, self.graph.wall) as writing:
            datamodel.delete_property(writing, self.names[original], name)
        self.columns[original].remove(name)
        self._forget_column(original, name)
        if again:  # its old values must not come back with its name
            with self.graph.store.writing(self.graph.service.id, self.graph.wall) as writing:
                datamodel.add_properties(
                    writing, self.names[original], [Property(id=0, name=name, field_type=kind)], CODEC
                )
            self.columns[original].append(name)
            self.counts["re-added columns"] += 1

    def _leaving(self, original: str) -> str:
        """Choose the column to drop."""
        return self.random.choice(self.columns[original])

    def _forget_column(self, original: str, name: str) -> None:
        """Contents are compared under the newest model: a dropped property leaves every Moment."""
        for graph in (self.reference.graph, *self.reference.at.values()):
            for data in _everything(graph):
                if data["type"] == self.names[original]:
                    data["values"] = {k: v for k, v in data["values"].items() if k != name}
        type_name = self.names[original]
        named = {"typeName": type_name, "propertyName": name}
        self.reference.forget_records(lambda r: named.items() <= r["values"].items())

    def _rename_column(self, original: str) -> None:
        name = self.random.choice(self.columns[original])
        self.renames += 1
        self._replace_column(original, name, f"{name[0]}{self.renames}")

    def _replace_column(self, original: str, name: str, new: str, field_type: FieldType | None = None) -> None:
        """Give a column another name, and with it perhaps another field type; its values follow."""
        kind = FieldType.STRING if field_type is None else field_type
        masked = {"name"} if field_type is None else {"name", "field_type"}
        replacement = Property(id=0, name=new, field_type=kind)
        change = PropertyChange(property_name=name, replacement=replacement, masked=frozenset(masked))
        with self.graph.store.writing(self.graph.service.id, self.graph.wall) as writing:
            datamodel.update_property(writing, self.names[original], change, CODEC)
        self.columns[original][self.columns[original].index(name)] = new
        for id in self._all_of(self.names[original]):
            data = self.reference.data(id)
            data["values"] = {new if n == name else n: v for n, v in data["values"].items()}
        self.reference.rename_in_records(self.names[original], name, propertyName=new)

    def _retype_column(self, original: str) -> None:
        """Make whole numbers longer or shorter, in place, or doubles of another name."""
        found = self.graph.model().require(self.names[original])
        numbers = [
            p for p in found.properties if p.name in self.columns[original] and p.name[0] == "b" and not p.domain
        ]
        if not numbers:
            return
        wanted = self.random.choice(numbers)
        name, kind = wanted.name, wanted.field_type
        if self.random.random() < 0.4:
            self.renames += 1
            self._replace_column(original, name, f"c{self.renames}", FieldType.DOUBLE)
            return
        other = FieldType.INTEGER if kind is FieldType.BIG_INTEGER else FieldType.BIG_INTEGER
        replacement = Property(id=0, name=name, field_type=other)
        change = PropertyChange(property_name=name, replacement=replacement, masked=frozenset({"field_type"}))
        self.graph.edit(datamodel.update_property, self.names[original], change, CODEC)

    def _describe_column(self, original: str) -> None:
        """Give a column an index, or a domain that its values are not held to: no row changes by that."""
        type_name, name = self.names[original], self.random.choice(self.columns[original])
        self.renames += 1
        if self.random.random() < 0.5 and not name.startswith("g"):
            index = FieldIndex(name=f"by_{self.renames}", properties=(name,))
            self.graph.edit(datamodel.add_indexes, type_name, [index])
            return
        if name.startswith("b"):
            kind = next(p.field_type for p in self.graph.model().require(type_name).properties if p.name == name)
            domain = Domain(name=f"few_{self.renames}", field_type=kind, range=(0, 100))
            self.graph.edit(datamodel.add_domain, domain)
            replacement = Property(id=0, name=name, field_type=kind, domain=domain.name)
            change = PropertyChange(property_name=name, replacement=replacement, masked=frozenset({"domain"}))
            self.graph.edit(datamodel.update_property, type_name, change, CODEC)

    def _rename_type(self, original: str) -> None:
        self.renames += 1
        old, new = self.names[original], f"{original}_{self.renames}"
        category = category_of(original)
        change = TypeChange(replacement=named_type(new, category, {}), masked=frozenset({"name"}))
        with self.graph.store.writing(self.graph.service.id, self.graph.wall) as writing:
            datamodel.update_type(writing, old, change, CODEC)
        self.names[original] = new
        nodes = self.reference.nodes(old)
        self.counts["renamed ends"] += any(self.reference.graph.degree(node) for node in nodes)
        for id in self._all_of(old):
            self.reference.data(id)["type"] = new
        self.reference.rename_in_records(old, None, typeName=new)

    def _drop_type(self, original: str) -> None:
        if len(self._alive(ENTITIES)) < 2 and original in ENTITIES:
            return
        with self.graph.store.writing(self.graph.service.id, self.graph.wall) as writing:
            datamodel.delete_type(writing, self.names[original])
        self._forget_type(original)
        for id in self._all_of(self.names[original]):
            self.reference.remove(id)
        del self.names[original]

    def _forget_type(self, original: str) -> None:
        """Take note of a type that is about to leave."""

    # ---- definitions

    def spans(self, count: int) -> list[tuple[Moment, Moment]]:
        """Choose Spans, mostly short ones, that end at or before the newest Moment."""
        found = []
        for _ in range(count):
            upto = len(self.moments) - 1 if self.random.random() < 0.5 else self.random.randrange(len(self.moments))
            length = self.random.choice((1, 1, 2, 3, 8, len(self.moments)))
            found.append((self.moments[max(0, upto - length)], self.moments[upto]))
        return found


def _everything(graph: Any) -> list[dict[str, Any]]:
    nodes = [data for _, data in graph.nodes(data=True)]
    return nodes + [data for *_, data in graph.edges(keys=True, data=True)]
