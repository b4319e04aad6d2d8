"""Answers about rows, conflicts and digests, on SQLAlchemy Core, for every backend alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Row, Select, and_, cast, false, func, literal, null, or_, select

from kgsync.model.digest import HALF_BITS, HALF_MASK, Digest
from kgsync.model.history import Moment
from kgsync.store.backend import Backend, chunked
from kgsync.store.base import ConflictEntry, Held, KeptDigest, Membership
from kgsync.store.tables import conflict, digest, history, object_

_CONTENT = ("type", "schema", "row", "origin", "dest", "brought")
_ENTRY = [conflict.c[name] for name in ConflictEntry._fields]


def _moment(ms: int | None) -> Moment | None:
    return None if ms is None else Moment(ms)


def _held(row: Any) -> Held:
    since, closed = Moment(row.since), _moment(row.closed)
    return Held(row.id, row.type, since, closed, row.ended, row.schema, row.row, row.origin, row.dest, row.brought)


def _entry(row: Any) -> ConflictEntry:
    moments = {name: _moment(getattr(row, name)) for name in ("moment", "base", "since", "restored")}
    return ConflictEntry(**{**{name: getattr(row, name) for name in ConflictEntry._fields}, **moments})


class StoreAnswers(ABC):
    """The doors of `Answering`, beside the other doors of a read view."""

    _backend: Backend
    _connection: Connection
    _svc: int

    @abstractmethod
    def _members(self, membership: Membership, type_id: int, *columns: Any) -> Select[Any]: ...

    @abstractmethod
    def _stream(self, query: Select[Any]) -> Iterator[Row[Any]]: ...

    # ---- versions

    def _live(self, id: UUID) -> Select[Any]:
        o = object_.c
        body = [o[name] for name in _CONTENT]
        columns = (o.id, o.changed.label("since"), null().label("closed"), false().label("ended"))
        return select(*columns, *body).where(o.svc == self._svc, o.id == id)

    def _past(self, id: UUID) -> Select[Any]:
        h = history.c
        body = [h[name] for name in _CONTENT]
        return select(h.id, h.since, h.closed, h.ended, *body).where(h.svc == self._svc, h.id == id)

    def versions(self, id: UUID, limit: int) -> list[Held]:
        found = [_held(row) for row in self._connection.execute(self._live(id))]
        past = self._past(id).order_by(history.c.closed.desc()).limit(limit - len(found))
        return [*found, *(_held(row) for row in self._connection.execute(past))]

    def version_since(self, id: UUID, since: Moment) -> Held | None:
        # History has no index by `since`, but one by id, and versions follow each other.
        for query in (
            self._live(id).where(object_.c.changed == since.ms),
            self._past(id).where(history.c.closed > since.ms, history.c.since == since.ms),
        ):
            row = self._connection.execute(query).one_or_none()
            if row is not None:
                return _held(row)
        return None

    # ---- conflicts

    def conflicts(self, below: int | None, limit: int) -> list[ConflictEntry]:
        query = select(*_ENTRY).where(conflict.c.svc == self._svc).order_by(conflict.c.number.desc()).limit(limit)
        if below is not None:
            query = query.where(conflict.c.number < below)
        return [_entry(row) for row in self._connection.execute(query)]

    def conflict_count(self) -> int:
        query = select(func.count()).where(conflict.c.svc == self._svc)
        return int(self._connection.execute(query).scalar_one())

    def conflict(self, number: int) -> tuple[ConflictEntry, bytes] | None:
        mine = and_(conflict.c.svc == self._svc, conflict.c.number == number)
        row = self._connection.execute(select(*_ENTRY, conflict.c.row).where(mine)).one_or_none()
        return None if row is None else (_entry(row), row.row)

    # ---- what went with something else

    def conflicts_around(self, moment: Moment, ids: Collection[UUID]) -> list[tuple[ConflictEntry, bytes]]:
        c = conflict.c
        query = select(*_ENTRY, c.row).where(c.svc == self._svc, c.moment == moment.ms)
        found = (row for part in self._around(query, c.origin, c.dest, ids) for row in part)
        return list({row.number: (_entry(row), row.row) for row in found}.values())

    def ended_around(self, moment: Moment, ids: Collection[UUID]) -> list[Held]:
        h = history.c
        columns = (h.id, h.since, h.closed, h.ended, *(h[name] for name in _CONTENT))
        query = select(*columns).where(h.svc == self._svc, h.closed == moment.ms, h.ended.is_(True))
        found = (row for part in self._around(query, h.origin, h.dest, ids) for row in part)
        return list({row.id: _held(row) for row in found}.values())

    def _around(self, query: Select[Any], origin: Any, dest: Any, ids: Collection[UUID]) -> Iterator[list[Row[Any]]]:
        for part in chunked(ids, self._backend.ids_at_once // 2):
            yield list(self._connection.execute(query.where(or_(origin.in_(part), dest.in_(part)))))

    # ---- digests

    def member_hashes(self, membership: Membership, type_id: int, shape: int) -> tuple[int, int, int]:
        hash = object_.c.hash
        # Sums of 31-bit halves stay within 64 bits below 2**32 members of a type.
        halves = (hash.op("&")(literal(HALF_MASK, BigInteger)), hash.op(">>")(literal(HALF_BITS)))
        sums = [cast(func.coalesce(func.sum(half), 0), BigInteger) for half in halves]
        query = self._members(membership, type_id, func.count(), *sums).where(object_.c.schema >= shape)
        members, low, high = self._connection.execute(query).one()
        return members, low, high

    def hashed_members(self, membership: Membership, type_id: int, shape: int) -> Iterator[tuple[UUID, int]]:
        query = self._members(membership, type_id, object_.c.id, object_.c.hash).where(object_.c.schema >= shape)
        for row in self._stream(query):
            yield row.id, row.hash

    def digests(self, replica_id: UUID) -> list[KeptDigest]:
        mine = and_(digest.c.svc == self._svc, digest.c.replica == replica_id)
        rows = self._connection.execute(select(digest).where(mine).order_by(digest.c.moment))
        return [KeptDigest(Moment(r.moment), r.model, Digest(r.members, r.low, r.high)) for r in rows]
