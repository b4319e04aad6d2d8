"""Where a query's pattern fits at present: one statement per type of what drives it, rows as they come.

SQL selects at least what the filters of the parts are TRUE of; where it selects more, the match says so.
Values are bound as everywhere; what cannot be lowered is left to be evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, Select, and_, func, literal, or_, select

from kgsync.filters.query_pattern import Bound, Pattern
from kgsync.model.schema import NamedType
from kgsync.store.base import Match, Subject
from kgsync.store.predicates import lower
from kgsync.store.states import Residual, among
from kgsync.store.tables import object_

# Rows read at once: enough to make a round trip worth it, and no more than this in memory.
_BATCH, _BATCH_BYTES = 500, 4 * 1024 * 1024

Largest = Callable[[int], int]


class _Part(NamedTuple):
    """A part over an alias of `object`: what its types and filters select, and the types SQL is exact for."""

    bound: Bound
    columns: Any
    condition: ColumnElement[bool] | None
    exact: frozenset[int]

    @property
    def types(self) -> list[int]:
        return [t.id for t in self.bound.types]


class Matching:
    """One pattern in one read view."""

    def __init__(self, connection: Connection, svc: int, pattern: Pattern) -> None:
        self._connection, self._svc, self._pattern = connection, svc, pattern
        tables = [object_.alias(name) for name in ("o", "l", "d")]
        self._tables = tables
        if len(pattern.parts) == 1:
            self._parts = [_part(pattern.parts[0], tables[1].c)]
        else:
            self._parts = [_part(bound, table.c) for bound, table in zip(pattern.parts, tables, strict=True)]

    @property
    def _link(self) -> _Part:
        """Give the part that drives: the link, or the only node."""
        return self._parts[len(self._parts) // 2]

    def _is_exact(self) -> bool:
        return all(part.exact.issuperset(part.types) for part in self._parts)

    def found(self, reads: Collection[str], limit: int | None, largest: Largest) -> Iterator[Match]:
        pattern, exact = self._pattern, self._is_exact()
        needed = frozenset(reads)
        if not exact and pattern.condition is not None:
            needed |= pattern.read_by(pattern.condition)
        left = limit if exact and pattern.crossing is None else None
        bytes_ = sum(max(map(largest, p.types), default=0) for p in self._parts if p.bound.variable in needed)
        batch = max(1, min(_BATCH, _BATCH_BYTES // max(bytes_, 1)))
        for turned in self._turns():
            for driving in self._link.bound.types:
                for match in self._of_type(driving, needed, turned, left, batch):
                    yield match
                    if left is not None:
                        left -= 1
                if left is not None and left <= 0:
                    return

    def count(self) -> int | None:
        if not self._is_exact() or self._pattern.crossing is not None:
            return None
        total = 0
        for turned in self._turns():
            for driving in self._link.bound.types:
                statement = self._statement([func.count()], driving, frozenset(), turned)
                total += int(self._connection.execute(statement).scalar_one())
        return total

    def _turns(self) -> tuple[bool, ...]:
        return (False, True) if self._pattern.either and not self._pattern.is_loop else (False,)

    def _of_type(
        self, driving: NamedType, needed: frozenset[str], turned: bool, limit: int | None, batch: int
    ) -> Iterator[Match]:
        columns = [column for part in self._parts for column in self._columns(part, needed, turned)]
        statement = self._statement(columns, driving, needed, turned)
        if limit is not None:
            statement = statement.limit(limit)
        streaming = {"stream_results": True, "max_row_buffer": batch}
        with closing(self._connection.execute(statement, execution_options=streaming)) as result:
            for rows in result.partitions(batch):
                for row in rows:
                    yield self._match(row, turned)

    def _match(self, row: Row[Any], turned: bool) -> Match:
        values = tuple(row)
        objects = tuple(Subject(*values[k : k + 4]) for k in range(0, len(values), 4))
        exact = all(o.type in part.exact for o, part in zip(objects, self._parts, strict=True))
        return Match(objects, exact, turned)

    # ---- one statement

    def _joined(self, part: _Part, needed: frozenset[str], leader: _Part | None) -> bool:
        """Say whether more is asked of an end than the link knows: its row, or what its filter reads."""
        return part.bound.variable in needed or (part.condition is not None and part is not leader)

    def _looked_for(self, part: _Part) -> Select[Any]:
        """Select the ids of the ends a filter selects, whichever link they have."""
        e = object_.alias("e")
        asked = _part(part.bound, e.c)
        assert asked.condition is not None, "asked of ends with a filter"
        return select(e.c.id).where(e.c.svc == self._svc, among(e.c.type, part.types), asked.condition)

    def _end(self, part: _Part, turned: bool) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Give the columns of the link that name an end's id and type."""
        link = self._link.columns
        is_origin = (part is self._parts[0]) is not turned
        return (link.origin, link.otype) if is_origin else (link.dest, link.dtype)

    def _columns(self, part: _Part, needed: frozenset[str], turned: bool) -> list[ColumnElement[Any]]:
        c = part.columns
        row = c.row if part.bound.variable in needed else literal(b"", LargeBinary)
        if part is self._link:
            return [c.id, c.type, c.schema, row]
        id, type_ = self._end(part, turned)
        return [id, type_, c.schema if part.bound.variable in needed else literal(0), row]

    def _statement(self, columns: list[Any], driving: NamedType, needed: frozenset[str], turned: bool) -> Select[Any]:
        link, svc = self._link, self._svc
        source: Any = self._tables[1]
        conditions: list[ColumnElement[bool]] = []
        c = link.columns
        own = _filtered(link.bound, c, driving)
        ends = [part for part in self._parts if part is not link]
        # An end that is looked for leads to its links; all links of a type, and their ends, are the longer way.
        leader = next((part for part in ends if part.condition is not None), None)
        for part, table in zip(ends, (self._tables[0], self._tables[2]), strict=False):
            id, type_ = self._end(part, turned)
            conditions.append(among(Residual(type_), part.types))
            if part is leader:
                conditions.append(id.in_(self._looked_for(part)))
            if self._joined(part, needed, leader):
                source = source.join(table, and_(table.c.svc == svc, table.c.id == id))
                if part.condition is not None and part is not leader:
                    conditions.append(part.condition)
        conditions += [c.svc == svc, (c.type if leader is None or own is not None else Residual(c.type)) == driving.id]
        if own is not None:
            conditions.append(own)
        if self._pattern.is_loop:
            conditions.append(c.origin == c.dest)
        elif turned:
            conditions.append(c.origin != c.dest)
        return select(*columns).select_from(source).where(*conditions)


def _filtered(bound: Bound, columns: Any, named_type: NamedType) -> ColumnElement[bool] | None:
    found = bound.filters[named_type.id]
    return None if found is None else lower(found, columns, named_type, bound.variable).sql


def _part(bound: Bound, columns: Any) -> _Part:
    exact = set()
    ways: list[ColumnElement[bool]] = []
    free: list[int] = []
    for named_type in bound.types:
        found = bound.filters[named_type.id]
        lowered = None if found is None else lower(found, columns, named_type, bound.variable)
        if lowered is None or lowered.rest is None:
            exact.add(named_type.id)
        if lowered is None or lowered.sql is None:
            free.append(named_type.id)
        else:
            ways.append(and_(columns.type == named_type.id, lowered.sql))
    if not ways:
        return _Part(bound, columns, None, frozenset(exact))
    if free:
        ways.append(among(columns.type, free))
    return _Part(bound, columns, or_(*ways), frozenset(exact))
