"""A type with a property of every kind, objects of it in a store, and clauses asked of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from kgsync.filters.check import Filter, ParameterValue, check
from kgsync.filters.evaluate import Element, compiled
from kgsync.model.geometry import GeometryKind
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property, system_properties
from kgsync.model.values import Value
from kgsync.store.database import Store
from kgsync.store.predicates import lower
from kgsync.store.tables import object_
from kgsync.sync.fitting import make_version
from tests.backends import opened_store
from tests.filters import generator
from tests.graphs import Graph

_KINDS = {
    "small": FieldType.SMALL_INTEGER,
    "age": FieldType.INTEGER,
    "big": FieldType.BIG_INTEGER,
    "single": FieldType.SINGLE,
    "x": FieldType.DOUBLE,
    "y": FieldType.DOUBLE,
    "name": FieldType.STRING,
    "title": FieldType.STRING,
    "note": FieldType.XML,
    "guid": FieldType.GUID,
    "seen": FieldType.DATE,
    "born": FieldType.DATE_ONLY,
    "opens": FieldType.TIME_ONLY,
    "at": FieldType.TIMESTAMP_OFFSET,
    "shape": FieldType.GEOMETRY,
    "area": FieldType.GEOMETRY,
    "data": FieldType.BLOB,
}
THING = NamedType(
    id=7,
    name="Thing",
    category=Category.ENTITY,
    shape=1,
    properties=(
        *system_properties(8),
        *(
            Property(
                id=10 + k,
                name=name,
                field_type=kind,
                geometry_kind=GeometryKind.POLYGON if name == "area" else GeometryKind.POINT,
            )
            for k, (name, kind) in enumerate(_KINDS.items())
        ),
    ),
)
OTHER = NamedType(id=99, name="Document", category=Category.ENTITY, shape=1, properties=system_properties(100))
MODEL = DataModel(types=(THING, OTHER))

Row = Mapping[str, Value]


class Agreement(NamedTuple):
    """Whether SQL alone selected what a clause means, and the verdicts on all rows."""

    exact: bool
    verdicts: list[bool | None]


@dataclass
class Table:
    """Rows in a store, and in plain sight."""

    connection: Connection
    svc: int
    rows: dict[UUID, Row]

    def selected(self, clause: Filter, columns: Any = object_.c) -> tuple[set[UUID], bool]:
        """Run what the clause was lowered to; say whether nothing is left to evaluate."""
        lowered = lower(clause, columns, THING)
        query = select(columns.id).where(columns.type == THING.id)
        if "svc" in columns:
            query = query.where(columns.svc == self.svc)
        if lowered.sql is not None:
            query = query.where(lowered.sql)
        found = {row.id for row in self.connection.execute(query)}
        if lowered.rest is None:
            return found, True
        rest = compiled(replace(clause, expr=lowered.rest))
        return {id for id in found if rest(element(id, self.rows[id]))}, False

    def verdicts(self, clause: Filter) -> dict[UUID, bool | None]:
        means = compiled(clause)
        return {id: means(element(id, row)) for id, row in self.rows.items()}

    def agrees(self, text: str, parameters: Mapping[str, ParameterValue] | None = None) -> Agreement:
        """Assert that SQL and meaning agree."""
        clause = check(text, MODEL, THING, parameters or {})
        found, exact = self.selected(clause)
        verdicts = self.verdicts(clause)
        meant = {id for id, verdict in verdicts.items() if verdict}
        missed, more = [[dict(self.rows[i]) for i in list(ids)[:2]] for ids in (meant - found, found - meant)]
        assert found == meant, f"{text} {parameters}\nmissed: {missed}\ntoo many: {more}"
        return Agreement(exact, list(verdicts.values()))


def element(id: UUID, row: Row) -> Element:
    return Element(id, THING.name, row)


def put(store: Store, svc: int, rows: Mapping[UUID, Row]) -> None:
    with store.writing(svc, 1_000_000) as writing:
        versions = [
            make_version(THING, 1, id, row, b"\x12\x00", (None, None), (None, None)) for id, row in rows.items()
        ]
        writing.insert(versions, None)


@contextmanager
def table_of(backend: str, directory: Path, rows: Mapping[UUID, Row]) -> Iterator[Table]:
    with opened_store(backend, directory) as store:
        svc = Graph.make(store).service.id
        put(store, svc, rows)
        with store._backend.reading() as connection:
            yield Table(connection, svc, dict(rows))


def random_rows(random: Random, count: int) -> dict[UUID, Row]:
    ids = [UUID(int=random.getrandbits(128)) for _ in range(count)]
    return {id: generator.values(random, THING, id, k) for k, id in enumerate(ids)}


def id_of(k: int) -> UUID:
    return UUID(int=k)


def rows_of(**columns: Sequence[Value]) -> dict[UUID, Row]:
    """Make a row for each value of the columns, and one with nulls."""
    count = max(map(len, columns.values()))
    empty: dict[str, Value] = dict.fromkeys(_KINDS)
    made: dict[UUID, Row] = {id_of(0): empty | {"objectid": 0, "globalid": id_of(0)}}
    for k in range(count):
        given = {name: values[k % len(values)] for name, values in columns.items()}
        made[id_of(k + 1)] = empty | given | {"objectid": k + 1, "globalid": id_of(k + 1)}
    return made
