"""What feature services ask beside graphs: which replica brought what, and the bytes of attachments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select, union_all

from kgsync.model.history import Moment
from kgsync.store.backend import Backend, chunked
from kgsync.store.tables import attachment, history, object_


class StoreBringing:
    """Ask who brought the versions of a service, and what is attached to its objects."""

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

    def ended_by(self, replica_id: UUID, after: Moment) -> set[UUID]:
        h = history.c
        ends = select(h.id).where(h.svc == self._svc, h.ended.is_(True), h.closed > after.ms, h.ender == replica_id)
        return self._alive(set(self._connection.execute(ends).scalars()))

    def _alive(self, ids: Collection[UUID]) -> set[UUID]:
        o, found = object_.c, set()
        for part in chunked(ids, self._backend.ids_at_once):
            found |= set(self._connection.execute(select(o.id).where(o.svc == self._svc, o.id.in_(part))).scalars())
        return found

    def own(self, replica_id: UUID, after: Moment, ids: Collection[UUID]) -> set[UUID]:
        o, h = object_.c, history.c
        mine: set[UUID] = set()
        others: set[UUID] = set()
        for part in chunked(ids, self._backend.ids_at_once):
            present = (o.svc == self._svc, o.id.in_(part), o.changed > after.ms)
            closed = (h.svc == self._svc, h.id.in_(part), h.closed > after.ms)
            for found, is_mine in ((mine, True), (others, False)):
                version = (_as_sent(c, replica_id) if is_mine else not_(_as_sent(c, replica_id)) for c in (o, h))
                end = h.ender.is_not_distinct_from(replica_id) if is_mine else h.ender.is_distinct_from(replica_id)
                alive, past = version
                past = or_(and_(h.since > after.ms, past), and_(h.ended.is_(True), end))
                ways = union_all(select(o.id).where(*present, alive), select(h.id).where(*closed, past))
                found |= set(self._connection.execute(ways).scalars())
        return mine - others

    def attachment(self, digest: str) -> bytes | None:
        mine = and_(attachment.c.svc == self._svc, attachment.c.digest == digest)
        found: bytes | None = self._connection.execute(select(attachment.c.data).where(mine)).scalar_one_or_none()
        return found

    def alive_at(self, moment: Moment, ids: Collection[UUID]) -> set[UUID]:
        h, found = history.c, set()
        for part in chunked(ids, self._backend.ids_at_once):
            then = select(h.id).where(h.svc == self._svc, h.id.in_(part), h.closed > moment.ms, h.since <= moment.ms)
            found |= set(self._connection.execute(then).scalars())
        return found


def _as_sent(c: Any, replica_id: UUID) -> ColumnElement[bool]:
    """Say whether a version is what a replica sent, to the last digit; never NULL."""
    return and_(c.brought.is_not_distinct_from(replica_id), c.verbatim.is_(True))
