"""Membership in the present: what a read view's own state holds of a definition."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, or_, select, union_all

from kgsync.model.schema import OBJECTID
from kgsync.store.backend import Backend
from kgsync.store.base import Membership
from kgsync.store.judging import judge, refused
from kgsync.store.members import Facts, Rules
from kgsync.store.states import Residual, among, step
from kgsync.store.tables import counter, object_

_NOW = 1  # the number of the state that the present is
# Finding relationships by their ends pays when one object in so many is a member entity: a look-up costs
# about as much as scanning so many rows.
_FEW = 30
_END = object_.alias()  # once: a fresh alias makes all its columns anew

_STEPS = {
    "documents": step("present_documents", "provenance", "sources"),
    "links": step("present_links", "type"),
    "owners": step("present_owners", "sources"),
    "members": step("present_members"),
}


class Present:
    """A membership prepared for one read view; conditions are on `object` itself."""

    def __init__(self, backend: Backend, connection: Connection, svc: int, membership: Membership) -> None:
        self._backend, self._connection, self._svc = backend, connection, svc
        self.rules = Rules(membership)
        if self.rules.inexact:
            backend.scratch(connection, refused)
            self._judge()
        # Relationships are asked type by type; as a set of their own only when documents or records need it.
        self._facts = None
        self._fewness: tuple[FromClause, ...] | None = None  # not asked yet; few; or none: many
        if membership.documents or membership.provenance:
            self._facts = Facts(self.rules, self._versions, self._stage)

    def _stage(self, name: str, rows: Select[Any]) -> FromClause:
        return self._backend.stage(self._connection, _STEPS[name], rows)

    def _versions(self) -> FromClause:
        o = object_.alias()
        own = self.rules.own(o.c, _NOW).label("own")
        columns = [o.c[name] for name in ("id", "type", "origin", "dest", "otype", "dtype")]
        return select(*columns, own).where(o.c.svc == self._svc, *self.rules.seen(o.c)).subquery()

    def is_bare(self, type_id: int) -> bool:
        """Say whether types alone decide about objects of this type: no filter, no lookup."""
        m, rules = self.rules.membership, self.rules
        if type_id in m.entities:
            return type_id in rules.plain
        return type_id in rules.plain and not rules.asked_ends

    def of_type(self, type_id: int) -> ColumnElement[bool]:
        """Say which objects are members of this type; a filter stands bare, so an index can serve."""
        m = self.rules.membership
        few = self._few() if type_id in m.relationships and self._facts is None else None
        if few is not None:
            # Few entities are members: their relationships are found by the origin, whose index tells the
            # destination too; never by both, which SQLite would try in every combination.
            o, found = object_.c, [few.alias(), few.alias()]
            ends = [o.origin.in_(select(found[0].c.id)), Residual(o.dest).in_(select(found[1].c.id))]
            return and_(among(Residual(o.type), {type_id}), self.rules.own_of(type_id, o, _NOW), *ends)
        return and_(object_.c.type == type_id, self._member(type_id))

    def _member(self, type_id: int) -> ColumnElement[bool]:
        m, o = self.rules.membership, object_.c
        if type_id in m.document:
            ways = [self.rules.own_of(type_id, o, _NOW)]
            if self._facts is not None:
                ways += [o.id.in_(ids) for ids in self._facts.of_documents()]
            return and_(or_(*ways), *self.rules.seen(o))
        if type_id in m.entities:
            return self.rules.own_of(type_id, o, _NOW)
        if type_id in m.records:
            records = None if self._facts is None else self._facts.records()
            assert records is not None, "records belong to replicas with provenance only"
            return o.id.in_(records)
        if self._facts is not None and self._facts.links is not None:
            return o.id.in_(select(self._facts.links.c.id))
        ends = [self._end(o.origin, o.otype), self._end(o.dest, o.dtype)]
        return and_(self.rules.own_of(type_id, o, _NOW), *ends)

    def _few(self) -> FromClause | None:
        """Find the member entities when every end must be asked for and they are few, as far as SQL selects."""
        rules, o = self.rules, object_.alias()
        if rules.plain_ends or not rules.asked_ends:
            return None
        if self._fewness is None:
            known = and_(counter.c.svc == self._svc, counter.c.name == OBJECTID)
            ever = self._connection.execute(select(counter.c.value).where(known)).scalar_one_or_none() or 0
            most = ever // _FEW
            parts = [
                select(o.c.id).where(o.c.svc == self._svc, o.c.type == t, rules.own_of(t, o.c, _NOW))
                for t in sorted(rules.asked_ends)
            ]
            some = union_all(*parts).limit(most + 1).subquery()
            found = self._stage("members", select(some.c.id))
            count = self._connection.execute(select(func.count()).select_from(found)).scalar_one()
            self._fewness = (found,) if count <= most else ()
        return self._fewness[0] if self._fewness else None

    def _end(self, id: ColumnElement[Any], type_: ColumnElement[int]) -> ColumnElement[bool]:
        rules, plain = self.rules, self.rules.plain_end(type_)
        if not rules.asked_ends:
            return plain
        if not rules.plain_ends:
            return id.in_(self._entities())
        parts = []
        for asked in sorted(rules.asked_ends):
            own = rules.own_of(asked, _END.c, _NOW)
            members = select(_END.c.id).where(_END.c.svc == self._svc, _END.c.type == asked, own)
            parts.append(and_(type_ == asked, id.in_(members)))
        return or_(plain, *parts)

    def _entities(self) -> Select[Any]:
        """Select the ids of all members that are entities, when each of them must be asked for."""
        parts = []
        for asked in sorted(self.rules.asked_ends):
            own = self.rules.own_of(asked, _END.c, _NOW)
            parts.append(select(_END.c.id).where(_END.c.svc == self._svc, _END.c.type == asked, own))
        every = union_all(*parts).subquery()
        return select(every.c.id)

    def _judge(self) -> None:
        """Judge what SQL selects but cannot decide: entities first, relationships with their ends."""
        rules, svc, backend, connection = self.rules, self._svc, self._backend, self._connection
        m, o = rules.membership, object_.alias()
        selected = (o.c.svc == svc, rules.selected(o.c) == 1)
        entities, links = rules.inexact & m.entities, rules.inexact & m.relationships
        own = (o.c.id, o.c.type, o.c.schema, o.c.row)
        if entities:
            judge(backend, connection, select(*own).where(*selected, among(o.c.type, entities)), (1,), m.judge)
        if links:
            ends = [object_.alias(), object_.alias()]
            names = ("id", "type", "schema", "row")
            columns = [e.c[name].label(f"{name}{k}") for k, e in enumerate(ends) for name in names]
            source: Any = o
            for e, id in zip(ends, (o.c.origin, o.c.dest), strict=True):
                source = source.join(e, and_(e.c.svc == svc, e.c.id == id))
            versions = select(*own, *columns).select_from(source).where(*selected, among(o.c.type, links))
            judge(backend, connection, versions, (1,), m.judge)
