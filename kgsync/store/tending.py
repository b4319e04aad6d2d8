"""Upkeep of one service, in short transactions that take no Moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, literal, select, tuple_, update

from kgsync.model.digest import row_hash
from kgsync.model.history import Moment
from kgsync.store import documents
from kgsync.store.base import Version
from kgsync.store.tables import Id, data_model, digest, history, object_, service, upload
from kgsync.store.writing import StoreRegistering

_RESTATED = ("schema", "props", "row", "minx", "miny", "maxx", "maxy", "hash")
_RESTATE_KEYS = (*_RESTATED, "b_svc", "b_id")
_RESTATE = (
    update(object_)
    .where(object_.c.svc == bindparam("b_svc"), object_.c.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in _RESTATED})
)


class StoreTending(StoreRegistering):
    """Remove and re-encode what no answer depends on."""

    def hold_clock(self) -> None:
        mine = select(service.c.clock, service.c.floor).where(service.c.svc == self._svc).with_for_update()
        found = self._connection.execute(mine).one()
        # What was read before the lock may be older than the commit the lock waited for.
        self._clock, self._floor = Moment(found.clock), Moment(found.floor)

    def drop_history(self, upto: Moment, limit: int) -> int:
        h = history.c
        old = select(h.closed, h.id).where(h.svc == self._svc, h.closed <= upto.ms).order_by(h.closed, h.id)
        last = self._connection.execute(old.offset(limit - 1).limit(1)).one_or_none()
        gone = delete(history).where(h.svc == self._svc, h.closed <= upto.ms)
        if last is not None:
            key = tuple_(literal(last.closed), literal(last.id, Id))
            gone = gone.where(h.closed <= last.closed, tuple_(h.closed, h.id) <= key)
        return self._connection.execute(gone).rowcount

    def drop_uploads(self, keys: Collection[tuple[UUID, str]]) -> None:
        gone = delete(upload).where(
            upload.c.svc == self._svc,
            upload.c.replica == bindparam("b_replica", type_=Id),
            upload.c.key == bindparam("b_key"),
        )
        if keys:
            self._connection.execute(gone, [{"b_replica": replica, "b_key": key} for replica, key in keys])

    def drop_digests(self, below: Moment) -> None:
        self._connection.execute(delete(digest).where(digest.c.svc == self._svc, digest.c.moment < below.ms))

    def drop_data_models(self, versions: Collection[int]) -> None:
        gone = delete(data_model).where(data_model.c.svc == self._svc, data_model.c.version == bindparam("b_version"))
        if versions:
            self._connection.execute(gone, [{"b_version": version} for version in versions])

    def restate(self, versions: Sequence[Version]) -> None:
        bind = self._backend.bind_id
        rows = [
            (
                v.schema,
                documents.queryable(v.values),
                v.row,
                *(v.envelope or (None, None, None, None)),
                row_hash(v.row),
                self._svc,
                bind(v.id),
            )
            for v in sorted(versions, key=lambda version: version.id.int)
        ]
        if rows:
            self._backend.bulk(self._connection, _RESTATE, _RESTATE_KEYS, rows)
            self._note_largest(versions)
