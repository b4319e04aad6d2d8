"""Small parts the steps of membership and delta share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, FromClause, Integer, MetaData, Table, false
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal

from kgsync.store.tables import Id, history, object_

VERSION = ("type", "origin", "dest", "otype", "dtype", "schema", "hash", "own")
_KINDS: dict[str, Any] = {"id": Id, "origin": Id, "dest": Id, "hash": BigInteger, "closed": BigInteger}


def step(name: str, *columns: str) -> Table:
    """Describe a step's table: an id and small numbers; one id twice is an error, not a duplicate."""
    kinds = [_KINDS.get(c.rstrip("01"), Integer) for c in columns]
    made = (Column(c, kind) for c, kind in zip(columns, kinds, strict=True))
    return Table(name, MetaData(), Column("id", Id, primary_key=True), *made, prefixes=["TEMPORARY"])


BOTH = (*(f"{name}0" for name in VERSION), *(f"{name}1" for name in VERSION), "closed0", "closed1", "same")

# Anything with the columns of a version as attributes.
Columns = Any


def among(column: ColumnElement[int], types: Collection[int]) -> ColumnElement[bool]:
    """Say whether a type is one of a few; false, not an empty list, for none."""
    return column.in_(sorted(types)) if types else false()


def named(table: Table, columns: Iterable[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Give a step's columns the names of its table."""
    return [column.label(known.name) for column, known in zip(columns, table.c, strict=True)]


_PARTS = [("column", InternalTraversal.dp_clauseelement), ("type", InternalTraversal.dp_type)]


class Residual(ColumnElement[Any]):
    """A column no index may be chosen for: another one must drive (docs/architecture.md, delta)."""

    inherit_cache = True
    # Without them no statement it stands in would be kept compiled.
    _traverse_internals = _PARTS

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column
        self.type = column.type


@compiles(Residual)
def _plain(element: Residual, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.column, **options)


@compiles(Residual, "sqlite")
def _unary_plus(element: Residual, compiler: SQLCompiler, **options: Any) -> str:
    return "+" + compiler.process(element.column, **options)


Arm = tuple[FromClause, tuple[ColumnElement[bool], ...]]


def untouched(svc: ColumnElement[int], after: ColumnElement[int], upto: ColumnElement[int] | None) -> list[Arm]:
    """Give what no commit of the Span touched, as sources with the conditions that say so.

    `upto` None means that the Span ends at the read view's clock; else what changed later is in history.
    """
    o = object_.alias()
    arms: list[Arm] = [(o, (o.c.svc == svc, Residual(o.c.changed) <= after))]
    if upto is not None:
        h = history.alias()
        arms.append((h, (h.c.svc == svc, h.c.closed > upto, h.c.since <= after)))
    return arms


def side(both: Any, s: int) -> SimpleNamespace:
    """See one end of a touched object as a version."""
    return SimpleNamespace(id=both.id, **{name: both[f"{name}{s}"] for name in VERSION})
