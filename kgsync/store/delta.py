"""The delta, in SQL over history: what changed net between both ends of a Span.

The state at `after` of everything touched since is one range of `history`, which is clustered by the
Moment that closed each version; the state at `upto` is `object`, or history for what changed later
still. Cost grows with what changed, never with the graph. The steps follow the numbering of
docs/architecture.md (delta), so that membership by predicates can be put between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    case,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.sql import FromClause

from kgsync.model.history import Span
from kgsync.model.replica import Membership
from kgsync.store.backend import Backend
from kgsync.store.base import (
    ENTITY_ADDS,
    ENTITY_DELETES,
    ENTITY_UPDATES,
    RELATIONSHIP_ADDS,
    RELATIONSHIP_DELETES,
    RELATIONSHIP_UPDATES,
    Change,
)
from kgsync.store.tables import Id, history, object_

_BATCH = 2_000

# A step of its own where the backend stages in temporary tables; one id twice is an error, not a duplicate.
_NET = Table(
    "net",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("m0", Integer),
    Column("m1", Integer),
    Column("moved", Integer),
    Column("same", Integer),
    Column("type0", Integer),
    Column("type1", Integer),
    Column("origin0", Id),
    Column("origin1", Id),
    Column("dest1", Id),
    Column("schema0", Integer),
    Column("schema1", Integer),
    Column("row0", LargeBinary),
    Column("row1", LargeBinary),
    prefixes=["TEMPORARY"],
)

_SVC = bindparam("svc", type_=Integer)
_AFTER = bindparam("after", type_=BigInteger)
_UPTO = bindparam("upto", type_=BigInteger)
_SHAPE = bindparam("shape", type_=Integer)
_CARRIED = ("id", "type", "origin", "dest", "otype", "dtype", "schema", "row")


def _own(source: FromClause) -> ColumnElement[int]:
    """Say whether a version is a member: 1 or 0, never NULL."""
    entities = bindparam("entities", expanding=True, type_=Integer)
    links = bindparam("links", expanding=True, type_=Integer)
    c = source.c
    return case(
        (and_(c.origin.is_(None), c.type.in_(entities)), 1),
        (and_(c.origin.is_not(None), c.type.in_(links), c.otype.in_(entities), c.dtype.in_(entities)), 1),
        else_=0,
    )


def _old() -> Select[Any]:
    """Step 1: the state at `after` of whatever was touched since; at most one version per id."""
    h = history.c
    return select(*(h[name] for name in _CARRIED)).where(
        h.svc == _SVC, h.closed > _AFTER, h.closed <= _UPTO, h.since <= _AFTER
    )


def _new() -> Select[Any]:
    """Step 2: the state at `upto` of whatever was touched since; at most one version per id."""
    o, h = object_.c, history.c
    present = select(*(o[name] for name in _CARRIED)).where(o.svc == _SVC, o.changed > _AFTER, o.changed <= _UPTO)
    closed_later = select(*(h[name] for name in _CARRIED)).where(
        h.svc == _SVC, h.closed > _UPTO, h.since > _AFTER, h.since <= _UPTO
    )
    both = union_all(present, closed_later).subquery()
    return select(*(both.c[name] for name in _CARRIED))


def _net() -> Select[Any]:
    """Steps 3 and 7: both states side by side. Ends are judged by the types kept in the relationship,
    so a definition without predicates looks up no end point and pulls in nothing untouched."""
    old, new = _old().cte("old_state"), _new().cte("new_state")
    ids = union(select(old.c.id), select(new.c.id)).cte("touched")
    moved = or_(
        old.c.type != new.c.type,
        old.c.origin.is_distinct_from(new.c.origin),
        old.c.dest.is_distinct_from(new.c.dest),
        old.c.otype.is_distinct_from(new.c.otype),
        old.c.dtype.is_distinct_from(new.c.dtype),
    )
    return select(
        ids.c.id,
        case((old.c.id.is_(None), 0), else_=_own(old)).label("m0"),
        case((new.c.id.is_(None), 0), else_=_own(new)).label("m1"),
        case((and_(old.c.id.is_not(None), new.c.id.is_not(None), moved), 1), else_=0).label("moved"),
        case((and_(old.c.schema == new.c.schema, old.c.row == new.c.row), 1), else_=0).label("same"),
        old.c.type.label("type0"),
        new.c.type.label("type1"),
        old.c.origin.label("origin0"),
        new.c.origin.label("origin1"),
        new.c.dest.label("dest1"),
        old.c.schema.label("schema0"),
        new.c.schema.label("schema1"),
        # Rows of one schema compare by their bytes, unless the model has moved on since.
        case((or_(old.c.schema != new.c.schema, new.c.schema < _SHAPE), old.c.row), else_=null()).label("row0"),
        new.c.row.label("row1"),
    ).select_from(ids.outerjoin(old, old.c.id == ids.c.id).outerjoin(new, new.c.id == ids.c.id))


def _emitted(net: FromClause) -> Select[Any]:
    """Step 8: deletes, adds and updates in the order clients apply them."""
    c = net.c
    nothing = null()
    deletes = select(
        case((c.origin0.is_(None), ENTITY_DELETES), else_=RELATIONSHIP_DELETES).label("section"),
        c.type0.label("type"),
        c.id,
        nothing.label("row"),
        literal(0).label("schema"),
        nothing.label("origin"),
        nothing.label("dest"),
        nothing.label("before"),
        literal(0).label("before_schema"),
    ).where(c.m0 == 1, or_(c.m1 == 0, c.moved == 1))
    adds = select(
        case((c.origin1.is_(None), ENTITY_ADDS), else_=RELATIONSHIP_ADDS),
        c.type1,
        c.id,
        c.row1,
        c.schema1,
        c.origin1,
        c.dest1,
        nothing,
        literal(0),
    ).where(c.m1 == 1, or_(c.m0 == 0, c.moved == 1))
    updates = select(
        case((c.origin1.is_(None), ENTITY_UPDATES), else_=RELATIONSHIP_UPDATES),
        c.type1,
        c.id,
        c.row1,
        c.schema1,
        c.origin1,
        c.dest1,
        c.row0,
        c.schema0,
    ).where(c.m0 == 1, c.m1 == 1, c.moved == 0, c.same == 0)
    everything = union_all(adds, updates, deletes).subquery()
    e = everything.c
    columns = [e[k] for k in range(9)]
    return select(*columns).order_by(columns[0], columns[1])


def net_changes(
    backend: Backend, connection: Connection, svc: int, membership: Membership, span: Span, shape: int
) -> Iterator[Change]:
    """Give the net changes of (after, upto], ordered by section and type, streaming.

    Updates of rows encoded under a schema below `shape`, or under two, carry the row before.
    """
    parameters = {
        "svc": svc,
        "after": span.after.ms,
        "upto": span.upto.ms,
        "entities": sorted(membership.entities),
        "links": sorted(membership.relationships),
        "shape": shape,
    }
    net = backend.stage(connection, _NET, _net(), parameters)
    result = connection.execution_options(stream_results=True, max_row_buffer=_BATCH).execute(_emitted(net), parameters)
    for batch in result.partitions(_BATCH):
        for row in batch:
            yield Change(*row)
