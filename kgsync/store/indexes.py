"""Database indexes for those the data models name: on the live objects, by type and some properties.

On PostgreSQL each belongs to one type of one service: the indexed expression would fail on what another
type keeps under the same property id. On SQLite it fails on nothing, and services share them: partial by
values that are there, never by service or type, for SQLite 3.40 matches a partial index against the values
bound to a statement, and went on using it for other values (a count of another type's objects was 0).

A change of a data model is followed by a transaction of its own, for making an index may take long.
What is missing then, or in a database written before there were any, is made when it is opened next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Index, MetaData, and_, func, literal_column, select
from sqlalchemy.schema import CreateIndex, DropIndex

from kgsync.model.schema import DataModel, FieldIndex, NamedType
from kgsync.store import documents
from kgsync.store.backend import Backend
from kgsync.store.predicates.elements import FloatValue, IntegerValue, TextKey
from kgsync.store.predicates.terms import Unlowered
from kgsync.store.predicates.valuing import indexed_value
from kgsync.store.tables import data_model, object_

# The number changes with the indexed expressions: indexes of another number are made anew.
_VERSION = 2
_NAME = re.compile(r"ix_object_v\d+(?:_[a-z]\d+)+")
# Texts of 128 characters in four columns still fit an entry of PostgreSQL's (predicates.elements).
_MAX_PROPERTIES = 4
# How a stored model says that it names an index; most name none and need not be read.
_NAMES_SOME = '"indexes":[{'


# How an indexed value is read, as one letter of the index's name.
_LETTERS: dict[type, str] = {IntegerValue: "i", FloatValue: "f", TextKey: "t"}


class PropertyIndex(NamedTuple):
    """An index of live objects by type and some properties; each is an id and a letter of how it is read.

    `owner` is the service and type whose objects it holds, None for all that have the first property.
    """

    properties: tuple[tuple[int, str], ...]
    owner: tuple[int, int] | None

    @property
    def name(self) -> str:
        of = "" if self.owner is None else "_s{}_t{}".format(*self.owner)
        return f"ix_object_v{_VERSION}{of}" + "".join(f"_{letter}{id}" for id, letter in self.properties)


def wanted(svc: int, model: DataModel, *, shared: bool) -> dict[PropertyIndex, NamedType]:
    """List the indexes a data model asks for; two over the same properties are one."""
    found: dict[PropertyIndex, NamedType] = {}
    for named_type in model.types:
        for index in named_type.indexes:
            properties = _indexable(named_type, index)
            if properties:
                found[PropertyIndex(properties, None if shared else (svc, named_type.id))] = named_type
    return found


def _indexable(named_type: NamedType, index: FieldIndex) -> tuple[tuple[int, str], ...]:
    """Give the leading properties an index can be made of.

    The id has its key, a geometry its envelope, blobs nothing to compare.
    """
    found: list[tuple[int, str]] = []
    for name in index.properties[:_MAX_PROPERTIES]:
        wanted_property = named_type.property(name)
        if wanted_property is None:
            break
        try:
            value = indexed_value(object_.c.props, wanted_property)
        except Unlowered:
            break
        found.append((wanted_property.id, _LETTERS[type(value)]))
    return tuple(found)


def _made(index: PropertyIndex, named_type: NamedType) -> Index:
    table = object_.to_metadata(MetaData())  # a copy: the schema's own metadata must not know this index
    by_id = {p.id: p for p in named_type.properties}
    columns = [indexed_value(table.c.props, by_id[id]) for id, _ in index.properties]
    where: ColumnElement[bool] = columns[0].is_not(None)
    if index.owner is not None:
        # Numbers are written out: a partial index is used where the statement says the same.
        columns_of = zip((table.c.svc, table.c.type), index.owner, strict=True)
        where = and_(*(column == literal_column(f"{number:d}") for column, number in columns_of))
    return Index(index.name, table.c.svc, table.c.type, *columns, sqlite_where=where, postgresql_where=where)


def follow(backend: Backend) -> None:
    """Make the indexes the newest data models name and the database lacks, and drop the others."""
    with backend.reading() as connection:
        asked = dict(_asked(connection, backend.shares_indexes))
        present = {name for name in backend.index_names(connection, object_.name) if _NAME.fullmatch(name)}
    made = [CreateIndex(_made(i, t), if_not_exists=True) for i, t in asked.items() if i.name not in present]
    names = {index.name for index in asked}
    unnamed = object_.to_metadata(MetaData())
    dropped = [DropIndex(Index(name, unnamed.c.svc), if_exists=True) for name in sorted(present - names)]
    if made or dropped:
        with backend.writing() as connection:
            backend.change_indexes(connection, made, dropped)


def _asked(connection: Connection, shared: bool) -> Iterator[tuple[PropertyIndex, NamedType]]:
    newest = select(data_model.c.svc, func.max(data_model.c.version).label("version")).group_by(data_model.c.svc)
    latest = newest.subquery()
    models = (
        select(data_model.c.svc, data_model.c.body)
        .join(latest, and_(data_model.c.svc == latest.c.svc, data_model.c.version == latest.c.version))
        .where(data_model.c.body.contains(_NAMES_SOME, autoescape=True))
    )
    for row in connection.execute(models):
        yield from wanted(row.svc, documents.load_data_model(row.body), shared=shared).items()
