"""Which replica brought what: asked to leave a caller's own changes out of what it downloads."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select, union_all

from kgsync.model.history import Moment
from kgsync.store.backend import Backend, chunked
from kgsync.store.tables import history, object_


class StoreBringing:
    """Ask who brought the versions of a service."""

    _backend: Backend
    _connection: Connection
    _svc: int

    def brought(self, replica_id: UUID, after: Moment) -> dict[UUID, int]:
        o, h = object_.c, history.c
        present = select(o.id, o.type).where(o.svc == self._svc, o.changed > after.ms, o.brought == replica_id)
        closed = select(h.id, h.type).where(
            h.svc == self._svc, h.closed > after.ms, h.since > after.ms, h.brought == replica_id
        )
        found = {row[0]: row[1] for row in self._connection.execute(union_all(closed, present))}
        own_ends = select(h.id).where(h.svc == self._svc, h.ended.is_(True), h.closed > after.ms, h.ender == replica_id)
        for id in set(self._connection.execute(own_ends).scalars()) - self._alive(found):
            found.pop(id, None)
        return found

    def _alive(self, ids: Collection[UUID]) -> set[UUID]:
        o, found = object_.c, set()
        for part in chunked(ids, self._backend.ids_at_once):
            found |= set(self._connection.execute(select(o.id).where(o.svc == self._svc, o.id.in_(part))).scalars())
        return found

    def foreign(self, replica_id: UUID, after: Moment, ids: Collection[UUID]) -> set[UUID]:
        o, h, found = object_.c, history.c, set()
        for part in chunked(ids, self._backend.ids_at_once):
            present = select(o.id).where(
                o.svc == self._svc,
                o.id.in_(part),
                o.changed > after.ms,
                or_(o.brought.is_distinct_from(replica_id), o.verbatim.is_(False)),
            )
            other = or_(h.brought.is_distinct_from(replica_id), h.verbatim.is_(False))
            other_end = and_(h.ended.is_(True), h.ender.is_distinct_from(replica_id))
            closed = select(h.id).where(
                h.svc == self._svc, h.id.in_(part), h.closed > after.ms, or_(and_(h.since > after.ms, other), other_end)
            )
            found |= set(self._connection.execute(union_all(present, closed)).scalars())
        return found

    def alive_at(self, moment: Moment, ids: Collection[UUID]) -> set[UUID]:
        h, found = history.c, set()
        for part in chunked(ids, self._backend.ids_at_once):
            then = select(h.id).where(h.svc == self._svc, h.id.in_(part), h.closed > moment.ms, h.since <= moment.ms)
            found |= set(self._connection.execute(then).scalars())
        return found
