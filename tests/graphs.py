"""Small graphs for tests of the engine: types, edits by name, and what a replica holds."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from kgsync.model.catalog import Feature, Service, ServiceSettings
from kgsync.model.contents import Contents
from kgsync.model.edits import ALL_EDITS, Add, Batch, Delete, Edit, EditsHeader, Op, Outcome, Update
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Definition, Direction, Replica, TypeDefinition, Warnings
from kgsync.model.schema import Category, DataModel, EditorTracking, FieldType, NamedType, Property
from kgsync.model.values import Value
from kgsync.server.publishing import publish
from kgsync.server.wiring import protobuf_wire
from kgsync.store.base import Stored
from kgsync.store.database import Store
from kgsync.sync.codec import Restater
from kgsync.sync.datamodel import add_types
from kgsync.sync.delta import delta
from kgsync.sync.features import switch
from kgsync.sync.membership import bind
from kgsync.sync.snapshot import snapshot
from kgsync.sync.upload import Caller, apply_edits
from kgsync.wire.pbf.archive import read_archive
from kgsync.wire.pbf.archive_writer import write_archive
from kgsync.wire.pbf.upload_file import read_upload_file

T = TypeVar("T")
WIRE = protobuf_wire()
CODEC = WIRE.codec


def uid(number: int) -> UUID:
    return UUID(int=number)


def named_type(name: str, category: Category, properties: dict[str, FieldType]) -> NamedType:
    made = tuple(Property(id=0, name=n, field_type=t) for n, t in properties.items())
    return NamedType(id=0, name=name, category=category, shape=0, properties=made)


PERSON = named_type("Person", Category.ENTITY, {"name": FieldType.STRING, "age": FieldType.INTEGER})
PLACE = named_type("Place", Category.ENTITY, {"name": FieldType.STRING, "shape": FieldType.GEOMETRY})
KNOWS = named_type("Knows", Category.RELATIONSHIP, {"since": FieldType.DATE_ONLY})
LIVES = named_type("LivesIn", Category.RELATIONSHIP, {})


def entity(op: Op, type_name: str, *edits: Edit) -> Batch:
    return Batch(op, Category.ENTITY, type_name, list(edits))


def link(op: Op, type_name: str, *edits: Edit) -> Batch:
    return Batch(op, Category.RELATIONSHIP, type_name, list(edits))


def add(number: int, **values: Value) -> Add:
    return Add(uid(number), values)


def connect(number: int, origin: int, dest: int, **values: Value) -> Add:
    return Add(uid(number), values, uid(origin), uid(dest))


def change(number: int, **values: Value) -> Update:
    return Update(uid(number), values)


def gone(number: int) -> Delete:
    return Delete(uid(number))


@dataclass
class Graph:
    """One service and a wall clock that a test sets as it likes."""

    store: Store
    service: Service
    wall: int = 1_000_000

    @classmethod
    def make(cls, store: Store, *types: NamedType, name: str = "g") -> Graph:
        service = publish(store, f"{name}{uuid.uuid4().hex[:8]}", "Hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
        graph = cls(store, service)
        with store.writing(service.id, graph.wall) as writing:
            for _, result in add_types(writing, types):
                assert result.error is None, result.error
        return graph

    def apply(self, *batches: Batch, cascade: bool = True, **options: Any) -> Outcome:
        """Apply one frame in one commit; every edit succeeds unless `fails` is set."""
        fails, cascade_provenance = options.pop("fails", False), options.pop("cascade_provenance", False)
        caller = Caller(**{"user": "ann", "allowed": ALL_EDITS, "rollback": False, "new_id": uuid.uuid4, **options})
        with self.store.writing(self.service.id, self.wall) as writing:
            header = EditsHeader(cascade=cascade, cascade_provenance=cascade_provenance)
            outcome = apply_edits(writing, header, [list(batches)], CODEC, caller)
        if not fails:
            assert not outcome.failed, [r.errors for r in outcome.results]
        return outcome

    def model(self) -> DataModel:
        with self.store.reading(self.service.id) as reading:
            return reading.data_model()

    def edit(self, change: Callable[..., T], *arguments: Any) -> T:
        """Run one edit of the data model in a commit of its own."""
        with self.store.writing(self.service.id, self.wall) as writing:
            return change(writing, *arguments)

    def switch(self, feature: Feature, on: bool = True, tracking: EditorTracking | None = None) -> None:
        self.edit(switch, feature, on, CODEC, tracking)

    def stored(self, number: int) -> Stored | None:
        """Look up the live object with this small id."""
        with self.store.reading(self.service.id) as reading:
            return reading.find([uid(number)]).get(uid(number))

    def values(self, number: int) -> dict[str, Value]:
        """Read a live object under the newest data model."""
        stored = self.stored(number)
        assert stored is not None, f"{number} is not there"
        with self.store.reading(self.service.id) as reading:
            return Restater(reading, reading.data_model(), CODEC).values(stored.type, stored.schema, stored.row)

    def clock(self) -> Moment:
        with self.store.reading(self.service.id) as reading:
            return reading.clock()

    def bound(self, *types: str, where: Mapping[str, str] = MappingProxyType({})) -> Definition:
        """Bind a definition of these types, or of all the types of the model; `where` are clauses by type."""
        with self.store.reading(self.service.id) as reading:
            model = reading.data_model()
            names = types or tuple(t.name for t in model.types if t.category is not Category.PROVENANCE)
            wanted = tuple(
                TypeDefinition(name=n, category=model.require(n).category, where=where.get(n, "")) for n in names
            )
            return bind(Definition(types=wanted), model, CODEC, Warnings())

    def snapshot(self, definition: Definition) -> Archive:
        with self.store.reading(self.service.id) as reading:
            warnings = Warnings()
            return Archive.of(snapshot(reading, definition, CODEC, warnings), warnings)

    def delta(self, definition: Definition, after: Moment) -> Archive:
        with self.store.reading(self.service.id) as reading:
            warnings = Warnings()
            return Archive.of(delta(reading, definition, after, CODEC, warnings), warnings)


def tablet(definition: Definition, *, served: Moment = ORIGIN, **more: Any) -> Replica:
    """Give a replica of Ann's with this definition; `more` are other attributes."""
    attributes: dict[str, Any] = {
        "id": uid(0xBEEF),
        "name": "Tablet",
        "requested_name": "",
        "owner": "ann",
        "direction": Direction.BIDIRECTIONAL,
        "created": 1,
        "presented": ORIGIN,
        "last_contact": 1,
    }
    return Replica(definition=definition, served=served, **attributes | more)


Row = tuple[str, dict[str, Value], UUID | None, UUID | None]


@dataclass
class Archive:
    """An archive as a client reads it: its date and its edits in file order."""

    sync_date: Moment
    steps: list[tuple[Op, Category, str, list[Edit]]]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, contents: Contents, warnings: Warnings) -> Archive:
        target = io.BytesIO()
        write_archive(target, contents, uuid.uuid4, lambda: None)
        target.seek(0)
        assert all(header.delta_type for header, _ in read_archive(io.BytesIO(target.getvalue())))
        _, frames = read_upload_file(target, len(target.getvalue()))
        steps = [(b.op, b.category, b.type_name, b.edits) for frame in frames for b in frame]
        return cls(contents.sync_date, steps, warnings.all())

    def ids(self, op: Op, type_name: str) -> list[int]:
        """List the ids of one operation and type as the small numbers tests give."""
        return sorted(
            e.id.int
            for o, _, n, edits in self.steps
            for e in edits
            if (o, n) == (op, type_name) and isinstance(e.id, UUID)
        )

    def all_ids(self) -> set[UUID]:
        return {e.id for _, _, _, edits in self.steps for e in edits if isinstance(e.id, UUID)}

    def summary(self) -> dict[str, list[int]]:
        """Map "add Person" to sorted small ids; operations without rows are left out."""
        keys = sorted({(o, n) for o, _, n, _ in self.steps})
        return {f"{o.name.lower()} {n}": self.ids(o, n) for o, n in keys}


class LocalReplica:
    """A client's copy, applying archives as laws.md says: in file order, whole rows, entity deletes cascading."""

    def __init__(self, archive: Archive) -> None:
        self.rows: dict[UUID, Row] = {}
        self.apply(archive)

    def apply(self, archive: Archive) -> None:
        order = [(o.value % 3, c) for o, c, _, _ in archive.steps]  # deletes (3 % 3), adds, updates
        assert [o for o, _ in order] == sorted(o for o, _ in order), "files stand in the order of apply(archive)"
        for op, category, type_name, edits in archive.steps:
            for edit in edits:
                self._apply(op, category, type_name, edit)
        self.sync_date = archive.sync_date

    def _apply(self, op: Op, category: Category, type_name: str, edit: Edit) -> None:
        assert isinstance(edit.id, UUID)
        if isinstance(edit, Delete):
            assert edit.id in self.rows, f"{edit.id} was never here"
            assert self.rows[edit.id][0] == type_name, "a delete names the type the object has here"
            del self.rows[edit.id]
            for other, (_, _, origin, dest) in list(self.rows.items()):
                if edit.id in (origin, dest):
                    del self.rows[other]
        elif isinstance(edit, Add):
            assert edit.id not in self.rows, f"{edit.id} is here already"
            ends = [end if isinstance(end, UUID) else None for end in (edit.origin, edit.dest)]
            if category is Category.RELATIONSHIP:
                assert set(ends) <= set(self.rows), "both ends of a relationship are here before it"
            self.rows[edit.id] = (type_name, edit.values, ends[0], ends[1])
        else:
            name, _, origin, dest = self.rows[edit.id]
            assert name == type_name
            self.rows[edit.id] = (name, edit.values, origin, dest)

    def closed(self) -> bool:
        return all({o, d} <= set(self.rows) for _, _, o, d in self.rows.values() if o is not None)


def values_of(rows: Iterable[Row], name: str) -> list[Value]:
    return [values.get(name) for _, values, _, _ in rows]
