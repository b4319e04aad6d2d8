"""The first cut of spatial conditions: the envelope kept beside every version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import not_ as negated

from kgsync.filters.tree import Binary, Call
from kgsync.model.schema import FieldType, NamedType, Property
from kgsync.store.predicates.constants import Constants
from kgsync.store.predicates.cuts import EVERYTHING, Cut
from kgsync.store.predicates.elements import JsonType

Sql = ColumnElement[Any]


class Envelope:
    """What the columns minx to maxy say of the geometries of one type.

    They bound its first geometry property. In versions from before `envelope_since` they bound one that
    has left, and say nothing.
    """

    def __init__(self, columns: Any, named_type: NamedType | None, constants: Constants) -> None:
        self._columns, self._constants = columns, constants
        properties = () if named_type is None else named_type.properties
        self._first = next((p for p in properties if p.field_type is FieldType.GEOMETRY), None)
        self._since = 0 if named_type is None else named_type.envelope_since

    def bounds(self, wanted: Property | None) -> bool:
        """Say whether the columns bound this property."""
        return wanted is not None and self._first is not None and wanted.id == self._first.id

    def _trusted(self, sql: Sql) -> Sql:
        return sql if not self._since else or_(self._columns.schema < self._since, sql)

    def call(self, expr: Call, want: bool) -> Cut | None:
        return None

    def distance(self, expr: Binary, want: bool) -> Cut | None:
        return None

    def null_test(self, wanted: Property, want: bool) -> Cut:
        """Select where a geometry is null, or is not."""
        if not self.bounds(wanted):
            return EVERYTHING
        c = self._columns
        array = JsonType(c.props, wanted.id).is_not(None)
        if want:
            return Cut(self._trusted(and_(c.minx.is_(None), negated(array))), not self._since)
        return Cut(self._trusted(or_(c.minx.is_not(None), array)), not self._since)
