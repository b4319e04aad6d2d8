"""What upkeep asks of a store: how much history there is, what refers to what, which rows are outgrown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, and_, case, func, literal, select, tuple_

from kgsync.model.history import Moment, Span
from kgsync.model.schema import DataModel
from kgsync.store import documents
from kgsync.store.tables import Id, conflict, data_model, digest, history, object_, restore, upload


class StoreSurvey:
    """Answer upkeep's questions inside one read view of one service."""

    _connection: Connection
    _svc: int
    _epoch: Moment

    def restores(self) -> list[Span]:
        if self._epoch.ms == 0:  # never restored; asked by every delta
            return []
        query = select(restore.c.backup, restore.c.epoch).where(restore.c.svc == self._svc).order_by(restore.c.epoch)
        return [Span(Moment(row[0]), Moment(row[1])) for row in self._connection.execute(query)]

    def data_model_at(self, moment: Moment) -> DataModel | None:
        then = and_(data_model.c.svc == self._svc, data_model.c.moment <= moment.ms)
        query = select(data_model.c.body).where(then).order_by(data_model.c.version.desc()).limit(1)
        body = self._connection.execute(query).scalar_one_or_none()
        return None if body is None else documents.load_data_model(body)

    def count_history(self, bounds: Sequence[Moment]) -> tuple[list[int], int]:
        # Stretch by stretch along the primary key: one pass over the log, however many bounds there are.
        found, below, since = [], 0, None
        for bound in (*bounds, None):
            part = select(func.count()).where(history.c.svc == self._svc)
            if since is not None:
                part = part.where(history.c.closed >= since.ms)
            if bound is not None:
                part = part.where(history.c.closed < bound.ms)
            below += int(self._connection.execute(part).scalar_one())
            found.append(below)
            since = bound
        return found[:-1], found[-1]

    def has_history(self, upto: Moment) -> bool:
        query = select(history.c.closed).where(history.c.svc == self._svc, history.c.closed <= upto.ms).limit(1)
        return self._connection.execute(query).first() is not None

    def schemas_in_use(self) -> set[int]:
        found: set[int] = set()
        for table, column in ((object_, "schema"), (history, "schema"), (conflict, "schema"), (digest, "model")):
            query = select(table.c[column]).where(table.c.svc == self._svc).distinct()
            found.update(self._connection.execute(query).scalars())
        return found

    def data_model_versions(self, below: int) -> list[int]:
        older = and_(data_model.c.svc == self._svc, data_model.c.version < below)
        return list(self._connection.execute(select(data_model.c.version).where(older)).scalars())

    def ledger_keys(self, beyond: tuple[UUID, str] | None, limit: int) -> list[tuple[UUID, str]]:
        key = (upload.c.replica, upload.c.key)
        query = select(*key).where(upload.c.svc == self._svc).order_by(*key).limit(limit)
        if beyond is not None:
            query = query.where(tuple_(*key) > tuple_(literal(beyond[0], Id), literal(beyond[1])))
        return [(row[0], row[1]) for row in self._connection.execute(query)]

    def outgrown(self, shapes: Mapping[int, int], beyond: UUID | None, limit: int) -> list[UUID]:
        if not shapes:
            return []
        o = object_.c
        shape: Any = case(dict(shapes), value=o.type, else_=literal(0, BigInteger))
        query = select(o.id).where(o.svc == self._svc, o.schema < shape).order_by(o.id).limit(limit)
        if beyond is not None:
            query = query.where(o.id > beyond)
        return list(self._connection.execute(query).scalars())
