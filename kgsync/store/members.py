"""Membership in SQL: one function of the versions alive at a Moment, for snapshot, delta and question alike.

`Rules` say what a single version tells; `Facts` follow the relationships between versions step by step,
in flat selections the database keeps apart: connected documents, relationships with both ends in, owners,
records, source documents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
    union,
    union_all,
)

from kgsync.filters.check import SUBJECT
from kgsync.store.base import Membership
from kgsync.store.judging import refused
from kgsync.store.predicates import Constants, Lowered, lower
from kgsync.store.states import Columns, among
from kgsync.store.tables import object_


class Rules:
    """A membership as conditions on single versions (columns as in `object`)."""

    def __init__(self, membership: Membership) -> None:
        self.membership = m = membership
        listed = m.entities | m.relationships
        self.filtered = frozenset(m.filters) & listed
        self._constants = {t: Constants(m.filters[t].filter, SUBJECT) for t in self.filtered}
        self.plain = listed - self.filtered
        # Ends that are members by their type alone, and ends that must be looked up.
        self.plain_ends = m.entities & self.plain
        self.asked_ends = (m.entities & self.filtered) | ((m.document if m.documents else frozenset()) - self.plain)
        self.inexact = frozenset(t for t in self.filtered if self.lowered(t, object_.c).rest is not None)
        # Of these types an object may be there and not count: its being there is not enough.
        self.hides = frozenset(m.seen)
        self.asks_ends = frozenset(t for t in self.filtered if m.filters[t].filter.uses_ends)

    def lowered(self, type_id: int, c: Columns) -> Lowered:
        bound = self.membership.filters[type_id]
        return lower(bound.filter, c, bound.named_type, constants=self._constants[type_id])

    def seen(self, c: Columns) -> list[ColumnElement[bool]]:
        """Say, as conditions to be joined, that a version counts."""
        if not self.hides:
            return []
        ways = [c.type.not_in(sorted(self.hides))]
        for type_id, bound in sorted(self.membership.seen.items()):
            lowered = lower(bound.filter, c, bound.named_type)
            assert lowered.sql is not None and lowered.rest is None, "whether an object is seen is SQL's to say"
            ways.append(and_(c.type == type_id, lowered.sql))
        return [or_(*ways)]

    def selected(self, c: Columns) -> ColumnElement[Any]:
        """Say 1 or 0: whether the type is listed and what SQL can say of its filter is TRUE.

        A CASE keeps one type's values away from another type's filter and turns NULL into 0.
        """
        branches: list[tuple[ColumnElement[bool], Any]] = [(among(c.type, self.plain), 1)]
        for type_id in sorted(self.filtered):
            sql = self.lowered(type_id, c).sql
            branches.append((c.type == type_id, 1 if sql is None else case((sql, 1), else_=0)))
        return case(*branches, else_=0)

    def own(self, c: Columns, state: int, selected: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
        """Say 1 or 0: whether the type is listed and the filter TRUE, as SQL selects and as it was judged."""
        chosen = self.selected(c) if selected is None else selected
        if not self.inexact:
            return chosen
        spared = or_(c.type.not_in(sorted(self.inexact)), self.not_refused(c.id, state))
        return case((and_(chosen == 1, spared), 1), else_=0)

    def not_refused(self, id: ColumnElement[Any], state: int) -> ColumnElement[bool]:
        r = refused.alias()
        found = select(r.c.state.cast(Integer)).where(r.c.state == state, r.c.id == id)
        return found.scalar_subquery().is_(None)

    def own_of(self, type_id: int, c: Columns, state: int) -> ColumnElement[bool]:
        """Say the same of versions known to be of one type; the filter stands bare, so an index can serve."""
        if type_id not in self.filtered:
            return true() if type_id in self.plain else false()
        sql = self.lowered(type_id, c).sql
        exact = self.not_refused(c.id, state) if type_id in self.inexact else true()
        return exact if sql is None else and_(sql, exact)

    def plain_member(self, c: Columns) -> ColumnElement[bool]:
        """Say whether a version is a member where types alone decide."""
        m = self.membership
        entity = and_(c.otype.is_(None), among(c.type, m.entities))
        ends = and_(among(c.otype, m.entities), among(c.dtype, m.entities))
        return or_(entity, and_(among(c.type, m.relationships), ends))

    def plain_end(self, type_: ColumnElement[int]) -> ColumnElement[bool]:
        return among(type_, self.plain_ends)


Stage = Callable[[str, Select[Any]], FromClause]


class Facts:
    """The members among some versions, all alive at one Moment, together with whatever decides about them.

    `versions` has id, type, origin, dest, otype, dtype and own. Ends and owners of plain types need not be
    among them.
    """

    def __init__(self, rules: Rules, versions: Callable[[], FromClause], stage: Stage) -> None:
        self._rules, self._versions, self._stage = rules, versions, stage
        m = rules.membership
        self.documents = stage("documents", self._documents()) if m.documents else None
        self.links = stage("links", self._links()) if m.relationships or m.documents else None
        self.owners = stage("owners", self._owners()) if m.provenance or m.documents_provenance else None

    def _documents(self) -> Select[Any]:
        """Find the connected documents, and whether their records and those records' sources come along."""
        m, rules = self._rules.membership, self._rules
        link, base = self._versions(), self._versions()
        found = and_(among(link.c.otype, rules.filtered), base.c.id == link.c.origin)
        is_base = or_(among(link.c.otype, rules.plain), base.c.own == 1)
        source: Any = link.outerjoin(base, found)
        if rules.hides:
            document = self._versions()
            source = source.join(document, document.c.id == link.c.dest)
        return (
            select(
                link.c.dest.label("id"),
                func.max(case((among(link.c.otype, m.documents_provenance), 1), else_=0)).label("provenance"),
                func.max(case((among(link.c.otype, m.documents_sources), 1), else_=0)).label("sources"),
            )
            .select_from(source)
            .where(among(link.c.type, m.has_document), among(link.c.otype, m.documents), is_base)
            .group_by(link.c.dest)
        )

    def _links(self) -> Select[Any]:
        """Find the relationships that are members: of listed types with both ends in, and of documents."""
        m, rules = self._rules.membership, self._rules
        link = self._versions()
        source: Any = link
        ins: list[ColumnElement[bool]] = []
        is_document: ColumnElement[bool] = false()  # the end looked at last: the destination
        for id, type_ in ((link.c.origin, link.c.otype), (link.c.dest, link.c.dtype)):
            ways = [rules.plain_end(type_)]
            if rules.asked_ends:
                end = self._versions()
                source = source.outerjoin(end, and_(among(type_, rules.asked_ends), end.c.id == id))
                ways.append(and_(among(end.c.type, m.entities), end.c.own == 1))
            if self.documents is not None:
                document = self.documents.alias()
                source = source.outerjoin(document, document.c.id == id)
                is_document = document.c.id.is_not(None)
                ways.append(is_document)
            ins.append(or_(*ways))
        listed = and_(among(link.c.type, m.relationships), link.c.own == 1, *ins)
        has: ColumnElement[bool] = false()
        if m.documents:
            base = self._versions()
            source = source.outerjoin(base, and_(among(link.c.otype, rules.filtered), base.c.id == link.c.origin))
            is_base = or_(among(link.c.otype, rules.plain), base.c.own == 1)
            has = and_(among(link.c.type, m.has_document), among(link.c.otype, m.documents), is_base)
            if rules.hides:
                has = and_(has, is_document)
        return select(link.c.id, link.c.type).select_from(source).where(or_(listed, has))

    def _owners(self) -> Select[Any]:
        """Find the members whose records come along, and whether the records' sources do."""
        m = self._rules.membership
        parts = []
        entities, links = m.provenance & m.entities, m.provenance & m.relationships
        for kind, where in ((entities, self._versions()), (links, self.links)):
            if kind and where is not None:
                sources = case((among(where.c.type, m.sources), 1), else_=0)
                member = and_(among(where.c.type, kind), where.c.own == 1 if where is not self.links else true())
                parts.append(select(where.c.id, sources.label("sources")).where(member))
        if self.documents is not None and m.documents_provenance:
            d = self.documents.alias()
            parts.append(select(d.c.id, d.c.sources).where(d.c.provenance == 1))
        if not parts:
            nobody = self._versions()
            return select(nobody.c.id, nobody.c.own.label("sources")).where(false())
        every = union_all(*parts).subquery()
        return select(every.c.id, func.max(every.c.sources).label("sources")).group_by(every.c.id)

    # ---- ids of members, by kind

    def entities(self) -> Select[Any]:
        v = self._versions()
        return select(v.c.id).where(among(v.c.type, self._rules.membership.entities), v.c.own == 1)

    def records(self) -> Select[Any] | None:
        if self.owners is None:
            return None
        v, owner = self._versions(), self.owners.alias()
        found = and_(owner.c.id == v.c.origin, among(v.c.type, self._rules.membership.records))
        return select(v.c.id).select_from(v.join(owner, found))

    def source_documents(self) -> Select[Any] | None:
        m = self._rules.membership
        if self.owners is None or not (m.sources or m.documents_sources):
            return None
        v, owner = self._versions(), self.owners.alias()
        found = and_(owner.c.id == v.c.origin, among(v.c.type, m.records), owner.c.sources == 1)
        return select(v.c.dest.label("id")).select_from(v.join(owner, found)).where(v.c.dest.is_not(None))

    def of_documents(self) -> list[Select[Any]]:
        """Find the documents that come for other reasons than their own filter."""
        found = [] if self.documents is None else [select(self.documents.c.id)]
        named = self.source_documents()
        return found if named is None else [*found, named]

    def members(self) -> Select[Any]:
        """Give the ids of all members, each once."""
        parts = [self.entities(), *self.of_documents()]
        if self.links is not None:
            parts.append(select(self.links.c.id))
        records = self.records()
        if records is not None:
            parts.append(records)
        every = union(*parts).subquery()
        return select(every.c.id)
