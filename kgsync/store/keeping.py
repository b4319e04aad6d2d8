"""Keeping conflicts and digests: what is written beside versions, for every backend alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from kgsync.model.history import Moment
from kgsync.store.base import KeptDigest, Overwritten
from kgsync.store.tables import conflict, digest, replica

# A replica that only ever takes snapshots presents no date: the digest of each would be kept for ever.
MAX_DIGESTS = 64


class DigestKeeping:
    """Keep digests inside a transaction that changes registrations."""

    _connection: Connection
    _svc: int

    def put_digest(self, replica_id: UUID, kept: KeptDigest) -> None:
        mine = and_(digest.c.svc == self._svc, digest.c.replica == replica_id)
        self._connection.execute(delete(digest).where(mine, digest.c.moment == kept.moment.ms))
        members, low, high = kept.digest.members, kept.digest.low, kept.digest.high
        self._connection.execute(
            insert(digest).values(
                svc=self._svc,
                replica=replica_id,
                moment=kept.moment.ms,
                model=kept.model,
                members=members,
                low=low,
                high=high,
            )
        )
        presented = (
            select(replica.c.presented).where(replica.c.svc == self._svc, replica.c.id == replica_id).scalar_subquery()
        )
        newest = select(digest.c.moment).where(mine).order_by(digest.c.moment.desc()).limit(MAX_DIGESTS)
        oldest = newest.subquery()
        floor = select(oldest.c.moment).order_by(oldest.c.moment).limit(1).scalar_subquery()
        old = or_(digest.c.moment < presented, digest.c.moment < floor)
        self._connection.execute(delete(digest).where(mine, old))


class ConflictKeeping(ABC):
    """Keep conflicts inside a commit."""

    _connection: Connection
    _svc: int

    @property
    @abstractmethod
    def moment(self) -> Moment: ...

    @abstractmethod
    def take_numbers(self, name: str, count: int) -> int: ...

    def put_conflicts(self, overwritten: Sequence[Overwritten]) -> None:
        if not overwritten:
            return
        first = self.take_numbers("conflict", len(overwritten))
        rows = [
            {
                "svc": self._svc,
                "number": number,
                "object": o.stored.id,
                "operation": o.operation,
                "moment": self.moment.ms,
                "base": o.base.ms,
                "replica": o.replica,
                "account": o.account,
                "since": o.stored.changed.ms,
                "type": o.stored.type,
                "schema": o.stored.schema,
                "row": o.stored.row,
                "origin": o.stored.origin,
                "dest": o.stored.dest,
            }
            for number, o in enumerate(overwritten, first)
        ]
        self._connection.execute(insert(conflict), rows)

    def mark_restored(self, number: int) -> None:
        mine = and_(conflict.c.svc == self._svc, conflict.c.number == number)
        self._connection.execute(update(conflict).where(mine).values(restored=self.moment.ms))
