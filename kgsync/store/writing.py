"""Writing, on SQLAlchemy Core, for every backend alike: the write protocol of one commit.

The first statement takes the service's clock row and its Moment; the lock is held until commit, so
everything after it sees every earlier commit and Moments become visible in order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, case, delete, insert, literal, select, update

from kgsync.errors import NotFound
from kgsync.model.audit import Event
from kgsync.model.catalog import ArchiveFile
from kgsync.model.digest import row_hash
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.history import Moment
from kgsync.model.replica import Replica, Sight
from kgsync.model.schema import DataModel
from kgsync.store import documents, indexes
from kgsync.store.audit import append
from kgsync.store.backend import Backend, chunked
from kgsync.store.base import LedgerEntry, Version
from kgsync.store.keeping import ConflictKeeping, DigestKeeping
from kgsync.store.reading import LARGEST, StoreReading
from kgsync.store.tables import (
    BODY,
    archive,
    attachment,
    counter,
    data_model,
    digest,
    history,
    object_,
    replica,
    service,
    upload,
)

_INSERT_KEYS = ("svc", "id", "changed", *BODY)
_REPLACE_KEYS = ("changed", *BODY, "b_svc", "b_id")
_INSERT = insert(object_).values({name: bindparam(name) for name in _INSERT_KEYS})
_REPLACE = (
    update(object_)
    .where(object_.c.svc == bindparam("b_svc"), object_.c.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ("changed", *BODY)})
)


def _by_id(version: Version) -> int:
    return version.id.int  # ids in order keep index pages warm


def _tick(connection: Connection, svc: int, wall: int) -> Moment:
    statement = (
        update(service)
        .where(service.c.svc == svc)
        .values(clock=case((service.c.clock < wall, wall), else_=service.c.clock + 1))
        .returning(service.c.clock)
    )
    moment = connection.execute(statement).scalar_one_or_none()
    if moment is None:
        raise NotFound("The service does not exist")
    return Moment(moment)


def _sights(sights: Sequence[Sight]) -> str:
    return documents.SIGHTS.dump([(sight.since.ms, sight.creator) for sight in sights])


class StoreRegistering(StoreReading, DigestKeeping):
    """Change a service's registrations inside one transaction; no Moment is taken."""

    def audit(self, event: Event) -> None:
        append(self._connection, self._svc, event)

    def take_numbers(self, name: str, count: int) -> int:
        mine = and_(counter.c.svc == self._svc, counter.c.name == name)
        taken = self._connection.execute(
            update(counter).where(mine).values(value=counter.c.value + count).returning(counter.c.value)
        ).scalar_one_or_none()
        if taken is None:
            self._connection.execute(insert(counter).values(svc=self._svc, name=name, value=count))
            taken = count
        return int(taken) - count + 1

    def _note_largest(self, versions: Sequence[Version]) -> None:
        longest: dict[int, int] = {}
        for version in versions:
            longest[version.type] = max(longest.get(version.type, 0), len(version.row))
        for type_id, length in longest.items():
            known = self._largest_row(type_id)
            if length > known:
                self.take_numbers(f"{LARGEST}{type_id}", length - known)

    def raise_floor(self, floor: Moment) -> None:
        higher = and_(service.c.svc == self._svc, service.c.floor < floor.ms)
        self._connection.execute(update(service).where(higher).values(floor=floor.ms))
        self._floor = max(self._floor, floor)

    def add_replica(self, value: Replica) -> None:
        number = self.take_numbers("replica", 1)
        self._connection.execute(
            insert(replica).values(
                svc=self._svc,
                id=value.id,
                number=number,
                name=value.name,
                name_key=value.name.casefold(),
                requested_name=value.requested_name,
                owner=value.owner,
                direction=int(value.direction),
                definition=documents.DEFINITION.dump(value.definition),
                created=value.created,
                served=value.served.ms,
                presented=value.presented.ms,
                last_contact=value.last_contact,
                sights=_sights(value.sights),
                face=None if value.face is None else documents.FACE.dump(value.face),
            )
        )

    def note_contact(self, replica_id: UUID, served: Moment | None, presented: Moment | None, now: int) -> Replica:
        # One statement that only grows: two calls of one replica may end in either order.
        columns: dict[str, Any] = {"last_contact": now}
        for column, moment in ((replica.c.served, served), (replica.c.presented, presented)):
            if moment is not None:
                columns[column.name] = case((column < moment.ms, moment.ms), else_=column)
        mine = and_(replica.c.svc == self._svc, replica.c.id == replica_id)
        self._connection.execute(update(replica).where(mine).values(columns))
        noted = self.replica(replica_id)
        if noted is None:
            raise NotFound(f"The replica {replica_id} does not exist")
        return noted

    def put_sights(self, replica_id: UUID, sights: Sequence[Sight]) -> None:
        mine = and_(archive.c.svc == self._svc, archive.c.replica == replica_id)
        self._connection.execute(delete(archive).where(mine))
        mine = and_(replica.c.svc == self._svc, replica.c.id == replica_id)
        self._connection.execute(update(replica).where(mine).values(sights=_sights(sights)))

    def put_face(self, replica_id: UUID, face: FeatureFace) -> None:
        mine = and_(replica.c.svc == self._svc, replica.c.id == replica_id)
        self._connection.execute(update(replica).where(mine).values(face=documents.FACE.dump(face)))

    def put_archive(self, file: ArchiveFile) -> None:
        self._connection.execute(
            insert(archive).values(
                name=file.name,
                svc=self._svc,
                replica=file.replica,
                account=file.account,
                size=file.size,
                created=file.created,
                expires=file.expires,
                after=file.after,
                upto=file.upto,
            )
        )

    def remove_replica(self, replica_id: UUID) -> None:
        for table in (upload, archive, digest):
            mine = and_(table.c.svc == self._svc, table.c.replica == replica_id)
            self._connection.execute(delete(table).where(mine))
        self._connection.execute(delete(replica).where(replica.c.svc == self._svc, replica.c.id == replica_id))


class StoreWriting(StoreRegistering, ConflictKeeping):
    """One commit of one service; `wall` is the wall clock in ms and may say anything."""

    def __init__(self, backend: Backend, connection: Connection, svc: int, wall: int) -> None:
        self._moment = _tick(connection, svc, wall)
        super().__init__(backend, connection, svc)
        self._indexes_changed = False

    @property
    def moment(self) -> Moment:
        return self._moment

    def _body(self, version: Version, brought_by: UUID | None) -> tuple[Any, ...]:
        bind = self._backend.bind_id
        return (
            version.type,
            bind(version.origin),
            bind(version.dest),
            version.origin_type,
            version.dest_type,
            version.schema,
            documents.queryable(version.values),
            version.row,
            *(version.envelope or (None, None, None, None)),
            bind(brought_by),
            row_hash(version.row),
            version.verbatim,
        )

    def insert(self, versions: Sequence[Version], brought_by: UUID | None) -> None:
        svc, moment, bind = self._svc, self._moment.ms, self._backend.bind_id
        rows = [(svc, bind(v.id), moment, *self._body(v, brought_by)) for v in sorted(versions, key=_by_id)]
        if rows:
            self._backend.bulk(self._connection, _INSERT, _INSERT_KEYS, rows)
            self._note_largest(versions)

    def replace(self, versions: Sequence[Version], brought_by: UUID | None) -> None:
        self._close([v.id for v in versions])
        svc, moment, bind = self._svc, self._moment.ms, self._backend.bind_id
        rows = [(moment, *self._body(v, brought_by), svc, bind(v.id)) for v in sorted(versions, key=_by_id)]
        if rows:
            self._backend.bulk(self._connection, _REPLACE, _REPLACE_KEYS, rows)
            self._note_largest(versions)

    def remove(self, ids: Collection[UUID], by: UUID | None = None) -> None:
        self._close(ids)
        h = history.c
        for part in chunked(ids, self._backend.ids_at_once):
            # An earlier edit of this commit may have closed the version already.
            here = and_(h.svc == self._svc, h.closed == self._moment.ms, h.id.in_(part))
            self._connection.execute(update(history).where(here).values(ended=True, ender=by))
            self._connection.execute(delete(object_).where(object_.c.svc == self._svc, object_.c.id.in_(part)))

    def _close(self, ids: Collection[UUID]) -> None:
        """Copy present versions into history; one born in this commit leaves no trace (no zero length)."""
        o = object_.c
        columns = ("svc", "closed", "id", "since", *BODY)
        for part in chunked(ids, self._backend.ids_at_once):
            present = select(o.svc, literal(self._moment.ms), o.id, o.changed, *(o[name] for name in BODY)).where(
                o.svc == self._svc, o.id.in_(part), o.changed < self._moment.ms
            )
            self._connection.execute(insert(history).from_select(columns, present))

    def put_attachment(self, digest: str, data: bytes) -> None:
        mine = and_(attachment.c.svc == self._svc, attachment.c.digest == digest)
        if self._connection.execute(select(attachment.c.size).where(mine)).first() is None:
            row = {"svc": self._svc, "digest": digest, "size": len(data), "data": data}
            self._connection.execute(insert(attachment), row)

    @property
    def indexes_changed(self) -> bool:
        """Say whether the data model put in this commit asks for other indexes than the one before."""
        return self._indexes_changed

    def put_data_model(self, model: DataModel) -> None:
        before, after = (indexes.wanted(self._svc, m, shared=False) for m in (self.data_model(), model))
        self._indexes_changed |= before.keys() != after.keys()
        self._connection.execute(
            insert(data_model).values(
                svc=self._svc, version=model.version, moment=self._moment.ms, body=documents.DATA_MODEL.dump(model)
            )
        )

    def put_upload(self, replica_id: UUID, keys: Iterable[str], body_key: str, entry: LedgerEntry) -> None:
        outcome = documents.dump_outcome(entry.outcome)
        number = self.take_numbers("upload", 1)
        for key in keys:
            mine = and_(upload.c.svc == self._svc, upload.c.replica == replica_id, upload.c.key == key)
            self._connection.execute(delete(upload).where(mine))
            self._connection.execute(
                insert(upload).values(
                    svc=self._svc,
                    replica=replica_id,
                    key=key,
                    number=number,
                    body_key=body_key,
                    at=entry.at,
                    outcome=outcome,
                )
            )
