"""The first cut of spatial conditions: the envelope kept beside every version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy import not_ as negated

from kgsync.filters import spatial
from kgsync.filters.tree import Binary, Call, Expr
from kgsync.model.geometry import Geometry, SpatialReference
from kgsync.model.schema import FieldType, NamedType, Property
from kgsync.store.predicates.comparing import MIRRORED, NEGATED
from kgsync.store.predicates.constants import Constants
from kgsync.store.predicates.cuts import EVERYTHING, NEVER, Cut
from kgsync.store.predicates.elements import JsonType
from kgsync.store.predicates.terms import Kind, bound, is_number
from kgsync.store.predicates.valuing import property_name

Sql = ColumnElement[Any]
Bounds = tuple[float, float, float, float]

# All are FALSE for shapes whose envelopes are apart.
_MEETING = frozenset({"esri.graph.st_intersects", "esri.graph.st_contains", "esri.graph.st_equals"})
_DISTANCE = "esri.graph.st_geodistance"


class Envelope:
    """What the columns minx to maxy say of the geometries of one type.

    They bound its first geometry property. In versions from before `envelope_since` they bound one that
    has left, and say nothing.
    """

    def __init__(
        self,
        columns: Any,
        properties: Mapping[str, Property],
        named_type: NamedType | None,
        subject: str,
        constants: Constants,
        reference: SpatialReference,
    ) -> None:
        self._columns, self._properties, self._subject = columns, properties, subject
        self._constants, self._reference = constants, reference
        of_type = () if named_type is None else named_type.properties
        self._first = next((p for p in of_type if p.field_type is FieldType.GEOMETRY), None)
        self._since = 0 if named_type is None else named_type.envelope_since

    def call(self, expr: Call, want: bool) -> Cut | None:
        """Cut a spatial predicate; None when it is none, or not of the bounded property and a constant."""
        if expr.name not in _MEETING:
            return None
        shape = self._constant_shape(expr.arguments)
        if shape is None:
            return None
        if not isinstance(shape, Geometry):
            return NEVER  # null
        if not want:
            return self._present()
        return self._touching(spatial.envelopes(shape, self._reference))

    def distance(self, expr: Binary, want: bool) -> Cut | None:
        """Cut a comparison of a distance with a number; None when it is none."""
        op, call, limit = expr.op, expr.left, expr.right
        if not _measures(call):
            op, call, limit = MIRRORED[op], limit, call
        if not isinstance(call, Call) or not _measures(call) or not self._constants.holds(limit):
            return None
        shape = self._constant_shape(call.arguments)
        metres = self._constants.value(limit)
        if shape is None or not is_number(metres):
            return None
        if not isinstance(shape, Geometry):
            return NEVER
        if (op if want else NEGATED[op]) not in {"=", "<", "<="}:
            return self._present()
        if metres < 0:
            return NEVER
        return self._touching(spatial.within_distance_envelopes(shape, float(metres), self._reference))

    def _constant_shape(self, arguments: Sequence[Expr]) -> Any:
        """Give the constant beside the bounded property; None when the call has another form.

        A null constant is given as False.
        """
        if len(arguments) != 2:
            return None
        for one, other in (arguments, reversed(arguments)):
            if self._is_bounded(one) and self._constants.holds(other):
                value = self._constants.value(other)
                return value if isinstance(value, Geometry) else False
        return None

    def _is_bounded(self, expr: Expr) -> bool:
        name = property_name(expr, self._subject)
        return name is not None and self.bounds(self._properties.get(name))

    def bounds(self, wanted: Property | None) -> bool:
        """Say whether the columns bound this property."""
        return wanted is not None and self._first is not None and wanted.id == self._first.id

    def _touching(self, envelopes: Sequence[Bounds]) -> Cut:
        c = self._columns
        boxes = [
            and_(c.minx <= _at(east), c.maxx >= _at(west), c.miny <= _at(north), c.maxy >= _at(south))
            for west, south, east, north in envelopes
        ]
        return Cut(self._trusted(or_(false(), *boxes)), False)

    def _present(self) -> Cut:
        return Cut(self._trusted(self._columns.minx.is_not(None)), False)

    def _trusted(self, sql: Sql) -> Sql:
        return sql if not self._since else or_(self._columns.schema < self._since, sql)

    def null_test(self, wanted: Property, want: bool) -> Cut:
        """Select where a geometry is null, or is not."""
        if not self.bounds(wanted):
            return EVERYTHING
        c = self._columns
        array = JsonType(c.props, wanted.id).is_not(None)
        if want:
            return Cut(self._trusted(and_(c.minx.is_(None), negated(array))), not self._since)
        return Cut(self._trusted(or_(c.minx.is_not(None), array)), not self._since)


def _measures(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.name == _DISTANCE


def _at(coordinate: float) -> Sql:
    return bound(Kind.FLOAT, coordinate)
