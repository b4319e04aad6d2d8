"""Judging the versions of a Span whose filters SQL only selects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from kgsync.store.members import Rules
from kgsync.store.script import AFTER, SVC, UPTO, Script
from kgsync.store.states import Residual, among, side
from kgsync.store.tables import history, object_


class Verdicts:
    """Judge versions in tables that have both ends of objects, at `states` of a Span's two.

    `to_clock`: the Span ends at the clock.
    """

    def __init__(self, script: Script, rules: Rules, to_clock: bool, states: Sequence[int] = (0, 1)) -> None:
        self._script, self._rules, self._to_clock, self._states = script, rules, to_clock, states

    def judge_entities(self, both: FromClause, *, untouched_only: bool = False) -> None:
        types = self._rules.inexact & self._rules.membership.entities
        if not types:
            return
        for s in self._states:
            v = side(both.c, s)
            for row, source in self._rows(both, s):
                wanted = [among(v.type, types), v.own == 1]
                if untouched_only:
                    wanted.append(self._untouched(both))
                self._script.judge(select(v.id, v.type, v.schema, row).select_from(source).where(*wanted), s)

    def _untouched(self, both: FromClause) -> ColumnElement[bool]:
        """Say whether both ends are one version: closed at one time, or not yet."""
        c = both.c
        return and_(c.type0.is_not(None), c.type1.is_not(None), c.closed0.is_not_distinct_from(c.closed1))

    def _rows(self, both: FromClause, s: int) -> list[tuple[Any, Any]]:
        """Say where rows are: pairs of column and join. A version not closed by now is in `object`."""
        c, o, h = both.c, object_.alias(), history.alias()
        present = and_(o.c.svc == SVC, o.c.id == c.id, c[f"closed{s}"].is_(None))
        past = and_(h.c.svc == SVC, h.c.closed == c[f"closed{s}"], h.c.id == c.id)
        return [(o.c.row, both.join(o, present)), (h.c.row, both.join(h, past))]

    def judge_links(self, both: FromClause) -> None:
        """Judge relationships with the versions of their ends at each Moment."""
        types = self._rules.inexact & self._rules.membership.relationships
        if not types:
            return
        for s in self._states:
            v = side(both.c, s)
            for row, source in self._rows(both, s):
                columns: list[ColumnElement[Any]] = [v.id, v.type, v.schema, row]
                for id in (v.origin, v.dest):
                    source, end = self._end(source, id, both, s)
                    columns += end
                unique = [columns[0], *(c.label(f"c{k}") for k, c in enumerate(columns[1:]))]
                self._script.judge(select(*unique).select_from(source).where(among(v.type, types), v.own == 1), s)

    def _end(self, source: Any, id: Any, both: FromClause, s: int) -> tuple[Any, list[ColumnElement[Any]]]:
        """Join the version of an entity at one end of the Span, touched or not."""
        t, o, h, u = both.alias(), object_.alias(), history.alias(), history.alias()
        source = source.outerjoin(t, and_(t.c.id == id, t.c[f"type{s}"].is_not(None)))
        present = and_(o.c.svc == SVC, o.c.id == id)
        if s == 0:
            present = and_(present, Residual(o.c.changed) <= AFTER)
        elif not self._to_clock:
            present = and_(present, Residual(o.c.changed) <= UPTO)
        past = and_(h.c.svc == SVC, h.c.closed == t.c[f"closed{s}"], h.c.id == id)
        source = source.outerjoin(o, present).outerjoin(h, past)
        versions = [h, o]
        if not self._to_clock:  # untouched, but closed after the Span
            tail = and_(u.c.svc == SVC, u.c.id == id, u.c.closed > UPTO, u.c.since <= AFTER)
            source = source.outerjoin(u, tail)
            versions.append(u)
        return source, [func.coalesce(*(x.c[name] for x in versions)) for name in ("id", "type", "schema", "row")]
