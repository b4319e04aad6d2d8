"""Database indexes for those the data models name: on the live objects of one type, by some properties.

A change of a data model is followed by a transaction of its own, for making an index may take long.
What is missing then, or in a database written before there were any, is made when it is opened next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Index, MetaData, and_, func, literal_column, select
from sqlalchemy.schema import CreateIndex, DropIndex

from kgsync.model.schema import DataModel, FieldIndex, NamedType
from kgsync.store import documents
from kgsync.store.backend import Backend
from kgsync.store.predicates.terms import Unlowered
from kgsync.store.predicates.valuing import indexed_value
from kgsync.store.tables import data_model, object_

# The number changes with the indexed expressions: indexes of another number are made anew.
_VERSION = 1
_NAME = re.compile(r"ix_object_v\d+_s(\d+)_t\d+(?:_p\d+)+")
# Texts of 128 characters in four columns still fit an entry of PostgreSQL's (predicates.elements).
_MAX_PROPERTIES = 4
# How a stored model says that it names an index; most name none and need not be read.
_NAMES_SOME = '"indexes":[{'


class PropertyIndex(NamedTuple):
    """An index of the live objects of one type of one service by some of its properties."""

    svc: int
    type: int
    properties: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"ix_object_v{_VERSION}_s{self.svc}_t{self.type}" + "".join(f"_p{p}" for p in self.properties)


def wanted(svc: int, model: DataModel) -> dict[PropertyIndex, NamedType]:
    """List the indexes a data model asks for; two over the same properties are one."""
    found: dict[PropertyIndex, NamedType] = {}
    for named_type in model.types:
        for index in named_type.indexes:
            properties = _indexable(named_type, index)
            if properties:
                found[PropertyIndex(svc, named_type.id, properties)] = named_type
    return found


def _indexable(named_type: NamedType, index: FieldIndex) -> tuple[int, ...]:
    """Give the ids of the leading properties an index can be made of.

    The id has its key, a geometry its envelope, blobs nothing to compare.
    """
    found: list[int] = []
    for name in index.properties[:_MAX_PROPERTIES]:
        wanted_property = named_type.property(name)
        if wanted_property is None:
            break
        try:
            indexed_value(object_.c.props, wanted_property)
        except Unlowered:
            break
        found.append(wanted_property.id)
    return tuple(found)


def _made(index: PropertyIndex, named_type: NamedType) -> Index:
    table = object_.to_metadata(MetaData())  # a copy: the schema's own metadata must not know this index
    by_id = {p.id: p for p in named_type.properties}
    columns = [indexed_value(table.c.props, by_id[p]) for p in index.properties]
    # Numbers are written out: a partial index is used where the statement says the same.
    here = and_(table.c.svc == literal_column(f"{index.svc:d}"), table.c.type == literal_column(f"{index.type:d}"))
    return Index(index.name, table.c.svc, table.c.type, *columns, sqlite_where=here, postgresql_where=here)


def follow(backend: Backend, svc: int | None = None) -> None:
    """Make the indexes the newest data models name and the database lacks, and drop the others.

    `svc` None means every service.
    """
    with backend.reading() as connection:
        asked = dict(_asked(connection, svc))
        present = set(_present(backend, connection, svc))
    made = [CreateIndex(_made(i, t), if_not_exists=True) for i, t in asked.items() if i.name not in present]
    names = {index.name for index in asked}
    unnamed = object_.to_metadata(MetaData())
    dropped = [DropIndex(Index(name, unnamed.c.svc), if_exists=True) for name in sorted(present - names)]
    if made or dropped:
        with backend.writing() as connection:
            backend.change_indexes(connection, made, dropped)


def _asked(connection: Connection, svc: int | None) -> Iterator[tuple[PropertyIndex, NamedType]]:
    newest = select(data_model.c.svc, func.max(data_model.c.version).label("version")).group_by(data_model.c.svc)
    if svc is not None:
        newest = newest.where(data_model.c.svc == svc)
    latest = newest.subquery()
    models = (
        select(data_model.c.svc, data_model.c.body)
        .join(latest, and_(data_model.c.svc == latest.c.svc, data_model.c.version == latest.c.version))
        .where(data_model.c.body.contains(_NAMES_SOME, autoescape=True))
    )
    for row in connection.execute(models):
        yield from wanted(row.svc, documents.DATA_MODEL.load(row.body)).items()


def _present(backend: Backend, connection: Connection, svc: int | None) -> Iterator[str]:
    for name in backend.index_names(connection, object_.name):
        found = _NAME.fullmatch(name)
        if found and (svc is None or int(found[1]) == svc):
            yield name
