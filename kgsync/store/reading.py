"""Reading, on SQLAlchemy Core, for every backend alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, and_, func, or_, select, type_coerce, union

from kgsync.errors import NotFound
from kgsync.filters.query_pattern import Pattern
from kgsync.model.contents import chunks_of
from kgsync.model.digest import Tally, counted
from kgsync.model.history import Moment, Span
from kgsync.model.replica import Direction, Replica, Sight
from kgsync.model.schema import DataModel
from kgsync.store import documents
from kgsync.store.answers import StoreAnswers
from kgsync.store.backend import Backend, chunked
from kgsync.store.base import Change as NetChange
from kgsync.store.base import LedgerEntry, Link, Match, Membership, Stale, Stored
from kgsync.store.bringing import StoreBringing
from kgsync.store.delta import net_changes
from kgsync.store.matching import Matching
from kgsync.store.members import Rules
from kgsync.store.present import Present
from kgsync.store.survey import StoreSurvey
from kgsync.store.tables import archive, counter, data_model, history, object_, replica, service, upload
from kgsync.store.transition import transition

_STORED = (
    object_.c.id,
    object_.c.type,
    object_.c.changed,
    object_.c.schema,
    object_.c.row,
    object_.c.origin,
    object_.c.dest,
    object_.c.otype,
    object_.c.dtype,
    object_.c.brought,
)
T = TypeVar("T")
_STREAM = 1_000
LARGEST = "largest row of type "  # name of a counter, the type's id follows


def _stored(row: Any) -> Stored:
    stored = Stored._make(tuple(row))
    return stored._replace(changed=Moment(row.changed))


def _replica(row: Row[Any]) -> Replica:
    return Replica(
        id=row.id,
        name=row.name,
        requested_name=row.requested_name,
        owner=row.owner,
        direction=Direction(row.direction),
        definition=documents.DEFINITION.load(row.definition),
        created=row.created,
        served=Moment(row.served),
        presented=Moment(row.presented),
        last_contact=row.last_contact,
        sights=tuple(Sight(Moment(since), creator) for since, creator in documents.SIGHTS.load(row.sights)),
        face=None if row.face is None else documents.FACE.load(row.face),
    )


class StoreReading(StoreAnswers, StoreSurvey, StoreBringing):
    """Answer questions about one service inside one read view."""

    def __init__(self, backend: Backend, connection: Connection, svc: int) -> None:
        self._backend, self._connection, self._svc = backend, connection, svc
        # Read at once: SQLite fixes its read view with the first statement of a transaction.
        found = connection.execute(select(service).where(service.c.svc == svc)).one_or_none()
        if found is None:
            raise NotFound("The service does not exist")
        self._prepared: Present | None = None
        self._remembered: dict[Hashable, Any] = {}
        self._clock, self._floor, self._epoch = Moment(found.clock), Moment(found.floor), Moment(found.epoch)

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._remembered:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    def clock(self) -> Moment:
        return self._clock

    def floor(self) -> Moment:
        return self._floor

    def data_model(self, version: int | None = None) -> DataModel:
        query = select(data_model.c.body).where(data_model.c.svc == self._svc)
        if version is None:
            query = query.order_by(data_model.c.version.desc()).limit(1)
        else:
            query = query.where(data_model.c.version == version)
        return documents.load_data_model(self._connection.execute(query).scalar_one())

    def _where_ids(self, query: Select[Any], ids: Collection[UUID]) -> Iterator[Any]:
        for part in chunked(ids, self._backend.ids_at_once):
            yield from self._connection.execute(query.where(object_.c.svc == self._svc, object_.c.id.in_(part)))

    def find(self, ids: Collection[UUID]) -> dict[UUID, Stored]:
        return {row[0]: _stored(row) for row in self._where_ids(select(*_STORED), ids)}

    def types_of(self, ids: Collection[UUID]) -> dict[UUID, int]:
        return {row[0]: row[1] for row in self._where_ids(select(object_.c.id, object_.c.type), ids)}

    def connected(self, ids: Collection[UUID]) -> list[Link]:
        found: dict[UUID, Link] = {}
        o = object_.c
        for part in chunked(ids, self._backend.ids_at_once // 2):
            for end in (o.origin, o.dest):
                # Provenance records have an origin too, but no end types.
                query = select(o.id, o.type, o.origin, o.dest).where(
                    o.svc == self._svc, end.in_(part), o.otype.is_not(None)
                )
                for row in self._connection.execute(query):
                    found[row.id] = Link._make(tuple(row))
        return list(found.values())

    def _records(self, end: ColumnElement[Any], ids: Collection[UUID]) -> list[Stored]:
        o, found = object_.c, []
        for part in chunked(ids, self._backend.ids_at_once):
            # Sorted here: asked for an order by id, SQLite would walk all objects in it.
            query = select(*_STORED).where(o.svc == self._svc, end.in_(part), o.otype.is_(None))
            found += [_stored(row) for row in self._connection.execute(query)]
        return sorted(found, key=lambda record: record.id.int)

    def records_about(self, ids: Collection[UUID]) -> list[Stored]:
        return self._records(object_.c.origin, ids)

    def records_citing(self, ids: Collection[UUID]) -> list[Stored]:
        return self._records(object_.c.dest, ids)

    def records_naming(self, type_id: int, texts: Mapping[int, str], limit: int) -> list[Stored]:
        o = object_.c
        props = type_coerce(o.props, JSON)
        named = [props[str(property_id)].as_string() == text for property_id, text in texts.items()]
        query = select(*_STORED).where(o.svc == self._svc, o.type == type_id, *named).limit(limit)
        return [_stored(row) for row in self._connection.execute(query)]

    def patterns(self) -> dict[tuple[int, int, int], int]:
        o = object_.c
        columns = (o.otype, o.type, o.dtype)
        query = select(*columns, func.count()).where(o.svc == self._svc, o.otype.is_not(None)).group_by(*columns)
        return {(row[0], row[1], row[2]): row[3] for row in self._connection.execute(query)}

    def count(self, types: Collection[int]) -> int:
        query = select(func.count()).where(object_.c.svc == self._svc, object_.c.type.in_(sorted(types)))
        return int(self._connection.execute(query).scalar_one())

    def _members(self, membership: Membership, type_id: int, *columns: Any) -> Select[Any]:
        o = object_.c
        return select(*columns).where(o.svc == self._svc, self._present(membership).of_type(type_id))

    def _present(self, membership: Membership) -> Present:
        """Prepare a membership for this read view: what single versions cannot tell is found out once."""
        if self._prepared is None or self._prepared.rules.membership is not membership:
            self._prepared = Present(self._backend, self._connection, self._svc, membership)
        return self._prepared

    def members(self, membership: Membership, type_id: int, shape: int, tally: Tally | None = None) -> Iterator[bytes]:
        query = self._members(membership, type_id, object_.c.row, object_.c.hash).where(object_.c.schema >= shape)
        if self._present(membership).is_bare(type_id):
            return self._backend.concatenated(self._connection, query, self._largest_row(type_id), tally)
        return chunks_of(counted(self._stream(query), tally))

    def members_among(self, membership: Membership, ids: Collection[UUID]) -> set[UUID]:
        by_type: dict[int, list[UUID]] = {}
        for id, type_id in self.types_of(ids).items():
            by_type.setdefault(type_id, []).append(id)
        found: set[UUID] = set()
        for type_id in by_type.keys() & membership.types():
            query = self._members(membership, type_id, object_.c.id)
            found |= {row[0] for row in self._where_ids(query, by_type[type_id])}
        return found

    def plan(self, membership: Membership) -> dict[int, tuple[str, ...]]:
        rules = Rules(membership)
        return {type_id: rules.lowered(type_id, object_.c).notes for type_id in sorted(rules.filtered)}

    def never_true(self, membership: Membership) -> dict[int, tuple[str, ...]]:
        rules = Rules(membership)
        return {type_id: rules.lowered(type_id, object_.c).never for type_id in sorted(rules.filtered)}

    def _largest_row(self, type_id: int) -> int:
        """Bound the length of a type's rows: the longest there ever was, 0 before the first."""
        known = and_(counter.c.svc == self._svc, counter.c.name == f"{LARGEST}{type_id}")
        return self._connection.execute(select(counter.c.value).where(known)).scalar_one_or_none() or 0

    def stale_members(self, membership: Membership, type_id: int, shape: int) -> Iterator[Stale]:
        o = object_.c
        columns = (o.id, o.type, o.schema, o.row, o.origin, o.dest)
        query = self._members(membership, type_id, *columns).where(o.schema < shape)
        for row in self._stream(query):
            yield Stale._make(tuple(row))

    def _page(self, condition: ColumnElement[bool], beyond: UUID | None, limit: int) -> list[Stored]:
        o = object_.c
        query = select(*_STORED).where(o.svc == self._svc, condition).order_by(o.id).limit(limit)
        if beyond is not None:
            query = query.where(o.id > beyond)
        return [_stored(row) for row in self._connection.execute(query)]

    def objects_of(self, type_id: int, beyond: UUID | None, limit: int) -> list[Stored]:
        return self._page(object_.c.type == type_id, beyond, limit)

    def links_to(self, type_id: int, beyond: UUID | None, limit: int) -> list[Stored]:
        return self._page(or_(object_.c.otype == type_id, object_.c.dtype == type_id), beyond, limit)

    def _stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        streaming = {"stream_results": True, "max_row_buffer": _STREAM}
        for batch in self._connection.execute(query, execution_options=streaming).partitions(_STREAM):
            yield from batch

    def delta(self, membership: Membership, span: Span, shape: int) -> Iterator[NetChange]:
        self._prepared = None  # a delta judges anew
        return net_changes(self._backend, self._connection, self._svc, membership, span, self._clock.ms, shape)

    def transition(self, before: Membership, now: Membership, after: Moment, shape: int) -> Iterator[NetChange]:
        self._prepared = None
        return transition(self._backend, self._connection, self._svc, before, now, Span(after, self._clock), shape)

    def commits(self, after: Moment, limit: int) -> list[Moment]:
        o, h = object_.c, history.c
        closed = and_(h.svc == self._svc, h.closed > after.ms)
        parts = [
            select(o.changed.label("at")).where(o.svc == self._svc, o.changed > after.ms),
            select(h.closed).where(closed),
            select(h.since).where(closed, h.since > after.ms),
        ]
        every = union(*parts).subquery()
        query = select(every.c.at).order_by(every.c.at).limit(limit)
        return [Moment(at) for at in self._connection.execute(query).scalars()]

    def interrupter(self) -> Callable[[], None]:
        """Give what ends the statement that runs in this read view, for another thread to call."""
        return self._backend.interrupter(self._connection)

    def matches(self, pattern: Pattern, reads: Collection[str], limit: int | None) -> Iterator[Match]:
        return Matching(self._connection, self._svc, pattern).found(reads, limit, self._largest_row)

    def count_matches(self, pattern: Pattern) -> int | None:
        return Matching(self._connection, self._svc, pattern).count()

    def replica(self, replica_id: UUID) -> Replica | None:
        query = select(replica).where(replica.c.svc == self._svc, replica.c.id == replica_id)
        found = self._connection.execute(query).one_or_none()
        return None if found is None else _replica(found)

    def archive_of(self, replica_id: UUID, account: str, after: int, upto: int, until: int) -> str | None:
        """Name an archive of a replica over (after, upto] that was made for an account and is kept beyond `until`."""
        mine = and_(archive.c.svc == self._svc, archive.c.replica == replica_id, archive.c.account == account)
        query = select(archive.c.name).where(mine, archive.c.after == after, archive.c.upto == upto)
        found = self._connection.execute(query.where(archive.c.expires > until).limit(1))
        return found.scalar_one_or_none()

    def replicas(self, owner: str | None = None) -> list[Replica]:
        query = select(replica).where(replica.c.svc == self._svc).order_by(replica.c.number)
        if owner is not None:
            query = query.where(replica.c.owner == owner)
        return [_replica(row) for row in self._connection.execute(query)]

    def _uploads(self, replica_id: UUID) -> Select[Any]:
        return select(upload).where(and_(upload.c.svc == self._svc, upload.c.replica == replica_id))

    def upload(self, replica_id: UUID, key: str) -> LedgerEntry | None:
        found = self._connection.execute(self._uploads(replica_id).where(upload.c.key == key)).one_or_none()
        return None if found is None else LedgerEntry(documents.load_outcome(found.outcome), found.at)

    def latest_upload(self, replica_id: UUID) -> tuple[str, LedgerEntry] | None:
        query = self._uploads(replica_id).order_by(upload.c.number.desc()).limit(1)
        found = self._connection.execute(query).one_or_none()
        if found is None:
            return None
        return found.body_key, LedgerEntry(documents.load_outcome(found.outcome), found.at)
