"""The delta, in SQL over history: what changed net between both ends of a Span.

It starts from the ids whose present version, or end, is younger than `after`, and looks up the version
each had then: cost grows with what changed, neither with the graph nor with how often it changed. What
no one edited but may have come or gone with something edited is found around it (store.near). Both are
asked at both ends by the one rule of membership there is (store.members).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    LargeBinary,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.sql import FromClause

from kgsync.model.history import Span
from kgsync.store.backend import Backend
from kgsync.store.base import (
    ENTITY_ADDS,
    ENTITY_DELETES,
    ENTITY_UPDATES,
    RECORD_ADDS,
    RECORD_DELETES,
    RECORD_UPDATES,
    RELATIONSHIP_ADDS,
    RELATIONSHIP_DELETES,
    RELATIONSHIP_UPDATES,
    Change,
    Membership,
    Subject,
)
from kgsync.store.members import Rules
from kgsync.store.near import World
from kgsync.store.script import AFTER, SHAPE, SVC, UPTO, Script
from kgsync.store.states import BOTH, VERSION, among, named, side, step
from kgsync.store.tables import Id, history, object_

_BATCH = 2_000
# Made once: a fresh alias makes all its columns anew, which took a tenth of a small delta's time.
_ENDED, _CLOSED = history.alias(), history.alias()
_OLD, _NEW = history.alias("old"), object_.alias("new")
_PRESENT, _LATER = object_.alias("present"), history.alias("later")
_ROW, _NOW, _BEFORE = object_.alias(), history.alias("now"), history.alias("before")
# Steps of their own where the backend stages in temporary tables.
SPANNED = step("spanned", "closed0", "closed1")
TOUCHED = step("touched", *BOTH)
NET = step("net", "m0", "m1", *BOTH, "moved")


class Delta:
    """The deltas of a membership; which Span one covers is bound when its script runs.

    `to_clock`: the Span ends at the read view's clock, nothing is younger then.
    """

    def __init__(self, backend: Backend, membership: Membership, to_clock: bool) -> None:
        self._script, self._to_clock = Script(backend), to_clock
        self._rules = Rules(membership)
        self._sides = (self._rules, self._rules)
        self._types = membership.types()

    # ---- what was touched

    def _spanned(self) -> Select[Any]:
        """Find the ids whose version is younger than `after`, or that ended since, and when it was closed."""
        o, h = object_.c, _ENDED.c
        younger = select(o.id).where(o.svc == SVC, o.changed > AFTER)
        ended = select(h.id).where(h.svc == SVC, h.closed > AFTER, h.ended.is_(True))
        ids = union(younger, ended).subquery()
        closed1 = cast(null(), BigInteger) if self._to_clock else self._first_closed(ids.c.id, UPTO)
        return select(*named(SPANNED, (ids.c.id, self._first_closed(ids.c.id, AFTER), closed1)))

    def _first_closed(self, id: ColumnElement[Any], moment: ColumnElement[int]) -> ColumnElement[Any]:
        """Say when the version alive at a Moment was closed; by index, however many versions follow it."""
        h = _CLOSED.c
        return select(func.min(h.closed)).where(h.svc == SVC, h.id == id, h.closed > moment).scalar_subquery()

    def _touched(self, spanned: FromClause) -> Select[Any]:
        """Put the versions at both ends of the Span side by side; an end without one has no type."""
        ids, old, new = spanned.c, _OLD, _NEW
        at_after = and_(
            old.c.svc == SVC,
            old.c.closed == ids.closed0,
            old.c.id == ids.id,
            old.c.since <= AFTER,
            among(old.c.type, self._types),
            *self._sides[0].seen(old.c),
        )
        at_upto = and_(new.c.svc == SVC, new.c.id == ids.id, new.c.changed > AFTER)
        at_upto = and_(at_upto, among(new.c.type, self._types), *self._sides[1].seen(new.c))
        if not self._to_clock:
            return self._touched_before(spanned, old, and_(at_after, old.c.closed <= UPTO))
        joined = spanned.outerjoin(old, at_after).outerjoin(new, at_upto)
        columns = self._both(ids.id, old.c, new.c, ids.closed0, ids.closed1)
        return select(*columns).select_from(joined).where(or_(old.c.id.is_not(None), new.c.id.is_not(None)))

    def _touched_before(self, spanned: FromClause, old: FromClause, at_after: ColumnElement[bool]) -> Select[Any]:
        """The same for a Span that ends before the clock: the version at `upto` may be closed by now."""
        ids, o, h = spanned.c, _PRESENT, _LATER
        carried = ("id", *VERSION[:-1], "row", "props", *("minx", "miny", "maxx", "maxy"))
        alive = select(*(o.c[n] for n in carried), cast(null(), BigInteger).label("closed")).where(
            o.c.svc == SVC,
            o.c.changed > AFTER,
            o.c.changed <= UPTO,
            among(o.c.type, self._types),
            *self._rules.seen(o.c),
        )
        closed = (
            select(*(h.c[n] for n in carried), h.c.closed)
            .join(spanned, and_(h.c.id == ids.id, h.c.closed == ids.closed1))
            .where(
                h.c.svc == SVC,
                h.c.since > AFTER,
                h.c.since <= UPTO,
                among(h.c.type, self._types),
                *self._rules.seen(h.c),
            )
        )
        new = union_all(alive, closed).subquery("new")
        joined = spanned.outerjoin(old, at_after).outerjoin(new, new.c.id == ids.id)
        columns = self._both(ids.id, old.c, new.c, ids.closed0, new.c.closed)
        return select(*columns).select_from(joined).where(or_(old.c.id.is_not(None), new.c.id.is_not(None)))

    def _both(self, id: Any, old: Any, new: Any, closed0: Any, closed1: Any) -> list[ColumnElement[Any]]:
        same = case((and_(old.schema == new.schema, old.row == new.row), 1), else_=0)
        sides = [
            [*(c[name] for name in VERSION[:-1]), case((c.id.is_(None), 0), else_=rules.selected(c))]
            for c, rules in zip((old, new), self._sides, strict=True)
        ]
        return named(TOUCHED, [id, *sides[0], *sides[1], closed0, closed1, same])

    # ---- the net effect

    def script(self) -> Script:
        """Write the steps to the net changes."""
        self._script.final = self._emitted(self._netted())
        return self._script

    def _netted(self) -> FromClause:
        stage = self._script.stage
        spanned = stage(SPANNED, self._spanned())
        touched = stage(TOUCHED, self._touched(spanned), needed=True)
        if self._rules.membership.is_plain:
            m0, m1 = (self._plain(side(touched.c, s)) for s in (0, 1))
            return stage(NET, self._net(touched, touched, m0, m1))
        world = World(self._script, self._rules, self._to_clock, touched)
        return stage(NET, self._compared(world.versions, world.members).where(world.versions.c.candidate == 1))

    def _compared(self, w: FromClause, members: Sequence[FromClause]) -> Select[Any]:
        """Say the net effect on versions whose members at both ends are known."""
        before, after = members
        joined = w.outerjoin(before, before.c.id == w.c.id).outerjoin(after, after.c.id == w.c.id)
        m0, m1 = (
            case((and_(m.c.id.is_not(None), w.c[f"type{s}"].is_not(None)), 1), else_=0) for s, m in enumerate(members)
        )
        return self._net(w, joined, m0, m1)

    def _plain(self, v: Any) -> ColumnElement[int]:
        return case((and_(v.type.is_not(None), self._rules.plain_member(v)), 1), else_=0)

    def _net(self, both: FromClause, source: FromClause, m0: Any, m1: Any) -> Select[Any]:
        """Say of each object whether it is a member at both ends, and whether it stands where it stood."""
        t = both.c
        ends = ("origin", "dest", "otype", "dtype")
        # A record says what it is about in its content; only a relationship cannot be updated to other ends.
        other_ends = or_(*(t[f"{end}0"].is_distinct_from(t[f"{end}1"]) for end in ends))
        other_place = or_(t.type0 != t.type1, and_(or_(t.otype0.is_not(None), t.otype1.is_not(None)), other_ends))
        moved = case((and_(t.type0.is_not(None), t.type1.is_not(None), other_place), 1), else_=0)
        columns = (t.id, m0, m1, *(t[name] for name in BOTH), moved)
        return select(*named(NET, columns)).select_from(source)

    def _emitted(self, net: FromClause) -> CompoundSelect[Any]:
        """Deletes, adds and updates in the order clients apply them."""
        c, o, now, before = net.c, _ROW, _NOW, _BEFORE
        gone = and_(c.m0 == 1, or_(c.m1 == 0, c.moved == 1))
        come = and_(c.m1 == 1, or_(c.m0 == 0, c.moved == 1))
        stays = and_(c.m0 == 1, c.m1 == 1, c.moved == 0, c.same == 0)
        # Rows of one schema compare by their bytes, unless the model has moved on since.
        by_value = or_(c.schema0 != c.schema1, c.schema1 < SHAPE)
        nothing, none = null(), literal(0, Integer)
        deletes = select(
            self._section(c, 0, RECORD_DELETES, RELATIONSHIP_DELETES, ENTITY_DELETES).label("section"),
            c.type0.label("type"),
            c.id,
            cast(nothing, LargeBinary).label("row"),
            none.label("schema"),
            cast(nothing, Id).label("origin"),
            cast(nothing, Id).label("dest"),
            cast(nothing, LargeBinary).label("before"),
            c.schema0.label("before_schema"),
            c.hash0.label("hash0"),
            literal(0, BigInteger).label("hash1"),
        ).where(gone)
        row = o.c.row if self._to_clock else func.coalesce(now.c.row, o.c.row)
        content = (c.id, row, c.schema1, c.origin1, c.dest1)
        source = net.outerjoin(o, and_(o.c.svc == SVC, o.c.id == c.id))
        if not self._to_clock:
            here = and_(now.c.svc == SVC, now.c.closed == c.closed1, now.c.id == c.id)
            source = source.outerjoin(now, here)
        section = self._section(c, 1, RECORD_ADDS, RELATIONSHIP_ADDS, ENTITY_ADDS)
        adds = (
            select(section, c.type1, *content, cast(nothing, LargeBinary), none, literal(0, BigInteger), c.hash1)
            .select_from(source)
            .where(come)
        )
        section = self._section(c, 1, RECORD_UPDATES, RELATIONSHIP_UPDATES, ENTITY_UPDATES)
        past = and_(before.c.svc == SVC, before.c.closed == c.closed0, before.c.id == c.id, by_value)
        updates = (
            select(section, c.type1, *content, before.c.row, c.schema0, c.hash0, c.hash1)
            .select_from(source.outerjoin(before, past))
            .where(stays)
        )
        return union_all(deletes, adds, updates).order_by("section", "type")

    def _section(self, c: Any, s: int, record: int, relationship: int, entity: int) -> ColumnElement[int]:
        return case((c[f"otype{s}"].is_not(None), relationship), (c[f"origin{s}"].is_not(None), record), else_=entity)


def net_changes(
    backend: Backend,
    connection: Connection,
    svc: int,
    membership: Membership,
    span: Span,
    clock: int,
    shape: int,
) -> Iterator[Change]:
    """Give the net changes of (after, upto], ordered by section and type, streaming.

    Updates of rows encoded under a schema below `shape`, or under two, carry the row before.
    """
    to_clock = span.upto.ms >= clock
    key = None if membership.key is None else (svc, membership.key, to_clock)
    script = backend.scripts.get(key, lambda: Delta(backend, membership, to_clock).script())
    parameters = {"service": svc, "after": span.after.ms, "upto": span.upto.ms, "shape": shape}
    yield from emitted(connection, script, parameters, (membership.judge, membership.judge))


def emitted(
    connection: Connection, script: Script, parameters: Mapping[str, int], judges: Sequence[Callable[[Subject], bool]]
) -> Iterator[Change]:
    """Run a script and give the changes it leads to, streaming."""
    final = script.run(connection, parameters, judges)
    if final is None:
        return
    streaming = {"stream_results": True, "max_row_buffer": _BATCH}
    result = connection.execute(final, parameters, execution_options=streaming)
    for batch in result.partitions(_BATCH):
        for row in batch:
            yield Change(*row)
