"""From one membership to another: the delta for who held the members of one and is to hold those of the other.

No commit says what a change of the definition touches, so every object of the types is asked at both ends
of the Span, each end by its own membership. It costs as much as a snapshot, and as little memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, cast, null, or_, select, union, union_all
from sqlalchemy.sql import FromClause

from kgsync.model.history import Span
from kgsync.store.backend import Backend
from kgsync.store.base import Change, Membership
from kgsync.store.delta import NET, SPANNED, TOUCHED, Delta, emitted
from kgsync.store.members import Rules
from kgsync.store.near import members_at
from kgsync.store.script import AFTER, SVC
from kgsync.store.states import VERSION, among, named
from kgsync.store.tables import history, object_
from kgsync.store.verdicts import Verdicts

_CARRIED = ("id", *VERSION[:-1], "row", "props", "minx", "miny", "maxx", "maxy")


class Transition(Delta):
    """One delta between two memberships, to the read view's clock."""

    def __init__(self, backend: Backend, before: Membership, now: Membership) -> None:
        super().__init__(backend, now, to_clock=True)
        self._sides = (Rules(before), Rules(now))
        self._types = before.types() | now.types()

    def _spanned(self) -> Select[Any]:
        """Find every object alive at either end, and when its version at `after` was closed."""
        o, h = object_.c, history.alias().c
        alive = select(o.id).where(o.svc == SVC, among(o.type, self._types))
        closed = select(h.id).where(h.svc == SVC, h.closed > AFTER, h.since <= AFTER, among(h.type, self._types))
        ids = union(alive, closed).subquery()
        columns = (ids.c.id, self._first_closed(ids.c.id, AFTER), cast(null(), BigInteger))
        return select(*named(SPANNED, columns))

    def _touched(self, spanned: FromClause) -> Select[Any]:
        """Put the versions at both ends side by side; what nobody touched is the same at both."""
        ids, o, h, new = spanned.c, object_.alias("present"), history.alias("past"), object_.alias("new")
        seen = self._sides
        past = (
            select(*(h.c[name] for name in _CARRIED))
            .join(spanned, and_(h.c.id == ids.id, h.c.closed == ids.closed0))
            .where(h.c.svc == SVC, h.c.since <= AFTER, among(h.c.type, self._types), *seen[0].seen(h.c))
        )
        untouched = select(*(o.c[name] for name in _CARRIED)).where(
            o.c.svc == SVC, o.c.changed <= AFTER, among(o.c.type, self._types), *seen[0].seen(o.c)
        )
        old = union_all(past, untouched).subquery("old")
        here = and_(new.c.svc == SVC, new.c.id == ids.id, among(new.c.type, self._types), *seen[1].seen(new.c))
        joined = spanned.outerjoin(old, old.c.id == ids.id).outerjoin(new, here)
        columns = self._both(ids.id, old.c, new.c, ids.closed0, ids.closed1)
        return select(*columns).select_from(joined).where(or_(old.c.id.is_not(None), new.c.id.is_not(None)))

    def _netted(self) -> FromClause:
        script, stage = self._script, self._script.stage
        touched = stage(TOUCHED, self._touched(stage(SPANNED, self._spanned())), needed=True)
        members = []
        for s, rules in enumerate(self._sides):
            if rules.inexact:
                verdicts = Verdicts(script, rules, to_clock=True, states=(s,))
                verdicts.judge_entities(touched)
                verdicts.judge_links(touched)
            members.append(members_at(script, rules, touched, s))
        return stage(NET, self._compared(touched, members))


def transition(
    backend: Backend, connection: Connection, svc: int, before: Membership, now: Membership, span: Span, shape: int
) -> Iterator[Change]:
    """Give the net changes between the members of `before` at `after` and those of `now` at the clock, `upto`."""
    parameters = {"service": svc, "after": span.after.ms, "upto": span.upto.ms, "shape": shape}
    script = Transition(backend, before, now).script()
    return emitted(connection, script, parameters, (before.judge, now.judge))
