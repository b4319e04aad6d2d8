"""The small world of a Span: what its edits touched, what may come or go with it, and what decides about that.

An entity that enters or leaves brings its relationships, a document those who have it, an owner its
records, though no one edited them. Candidates are found by the indexes on both ends, more than what
differs, never less; then whatever their membership looks at is found the same way. Membership is asked
within this world alone (store.members), so its cost grows with what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    cast,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.sql import FromClause

from kgsync.store.members import Facts, Rules
from kgsync.store.script import AFTER, SVC, UPTO, Script
from kgsync.store.states import BOTH, VERSION, Residual, among, named, side, step, untouched
from kgsync.store.verdicts import Verdicts

_WORLD = step("world", *BOTH, "candidate")
_MOVING = step("moving")
_ROUNDS = 5  # a source document asks for its records, their owners, their ends, those's links, their origins
_AROUND = {name: step(name, *VERSION, "closed") for name in ("links", "near", *(f"asked{k}" for k in range(_ROUNDS)))}
_FACTS = {
    f"{name}{s}": step(f"{name}{s}", *columns)
    for s in (0, 1)
    for name, columns in {
        "state": ("type", "origin", "dest", "otype", "dtype", "own"),
        "documents": ("provenance", "sources"),
        "links": ("type",),
        "owners": ("sources",),
        "members": (),
    }.items()
}


class World:
    """The members at both ends of a Span; `touched` has one row for each edited object, as BOTH says."""

    def __init__(
        self,
        script: Script,
        rules: Rules,
        to_clock: bool,
        touched: FromClause,
    ) -> None:
        self._script, self._rules, self._touched = script, rules, touched
        self._upto = None if to_clock else UPTO
        verdicts = Verdicts(script, rules, to_clock) if rules.inexact else None
        if verdicts is not None:
            verdicts.judge_entities(touched)
        self._grow()
        if verdicts is not None:
            verdicts.judge_entities(self.versions, untouched_only=True)
            verdicts.judge_links(self.versions)
        self.members = [members_at(script, rules, self.versions, s) for s in (0, 1)]

    def _stage(self, table: Table, rows: Select[Any]) -> FromClause:
        return self._script.stage(table, rows)

    def _own(self, v: Any, s: int) -> ColumnElement[Any]:
        return self._rules.own(v, s, v.own)

    # ---- growing

    def _grow(self) -> None:
        moving = self._stage(_MOVING, self._moving())
        links = self._stage(_AROUND["links"], self._links(moving))
        near = self._stage(_AROUND["near"], self._near(moving, links))
        sources: list[FromClause] = [near]
        pointing, holding = self._pointing([near], [self._touched]), self._holding([near], [self._touched])
        for k in range(self._rounds()):
            asked = self._stage(_AROUND[f"asked{k}"], self._asked(pointing, holding))
            sources.append(asked)
            pointing, holding = self._pointing([asked], []), self._holding([asked], [])
        self.versions = self._stage(_WORLD, self._together(sources))

    def _rounds(self) -> int:
        m = self._rules.membership
        if m.sources or m.documents_sources:
            return _ROUNDS
        if m.provenance or m.documents_provenance:
            return _ROUNDS - 1
        return 3 if m.documents else 1 if self._rules.asked_ends else 0

    def _either(self, types: frozenset[int]) -> ColumnElement[bool]:
        t = self._touched.c
        return or_(among(t.type0, types), among(t.type1, types))

    def _moving(self) -> Select[Any]:
        """Find the entities whose membership may differ: by their own filter, or as documents by their links."""
        m, rules, t = self._rules.membership, self._rules, self._touched.c
        old, new = side(t, 0), side(t, 1)
        flips = [and_(among(v.type, m.entities), self._own(v, s) == 1) for s, v in enumerate((old, new))]
        flipped = select(t.id).where(
            self._either(rules.filtered & m.entities),
            or_(and_(flips[0], or_(new.type.is_(None), ~flips[1])), and_(flips[1], or_(old.type.is_(None), ~flips[0]))),
        )
        parts: list[Select[Any]] = [flipped]
        if rules.asks_ends:
            parts.append(select(t.id).where(self._either(m.entities | m.document)))
        if m.documents:
            parts.append(select(t.id).where(self._either(m.document)))
            parts += [select(v.dest).where(among(v.type, m.has_document)) for v in (old, new)]
            for source, alive in untouched(SVC, AFTER, self._upto):
                found = and_(source.c.origin.in_(flipped), among(Residual(source.c.type), m.has_document))
                parts.append(select(source.c.dest).where(*alive, found))
        ids = union(*parts).subquery()
        return select(ids.c.id).where(ids.c.id.is_not(None))

    def _find(self, conditions: Callable[[Any], Iterable[ColumnElement[bool]]], *only: str) -> list[Select[Any]]:
        """Give untouched versions that meet one of several conditions, each found by an index of its own.

        One selection each, to be joined flat: SQLite's parser has little room for a clause within selections
        within selections. With `only`, just these columns.
        """
        parts: list[Select[Any]] = []
        columns: list[Any] = []
        for source, alive in untouched(SVC, AFTER, self._upto):
            c = source.c
            seen = self._rules.seen(c)
            closed = c.closed if "closed" in c else cast(null(), BigInteger)
            columns = [c[name] for name in only]
            if not only:
                whole = [c.id, *(c[name] for name in VERSION[:-1]), self._rules.selected(c), closed]
                columns = named(_AROUND["near"], whole)
            parts += [select(*columns).where(*alive, found, *seen) for found in conditions(c)]
        return parts or [select(*columns).where(*alive, c.id.is_(None))]

    def _links(self, moving: FromClause) -> Select[Any]:
        """Find the untouched relationships with an end that may move."""
        m, ids = self._rules.membership, select(moving.c.id)
        types = m.relationships | (m.has_document if m.documents else frozenset())
        found = self._find(lambda c: [and_(end.in_(ids), among(Residual(c.type), types)) for end in (c.origin, c.dest)])
        return _each_once(found)

    def _near(self, moving: FromClause, links: FromClause) -> Select[Any]:
        """Add the records of owners that may move, and the documents, connected or named by a record."""
        m, t = self._rules.membership, self._touched.c
        parts: list[Select[Any]] = [select(*links.c)]
        named_by: list[Any] = [select(moving.c.id)]
        if m.records & m.types():
            edited = select(t.id).where(self._either(m.relationships))
            owners = (select(moving.c.id), select(links.c.id), edited)

            def records(c: Any) -> list[ColumnElement[bool]]:
                return [and_(c.origin.in_(ids), among(Residual(c.type), m.records)) for ids in owners]

            parts += self._find(records)
            named_by += self._find(records, "dest")
            named_by += [select(v.dest).where(among(v.type, m.records)) for v in (side(t, 0), side(t, 1))]
        if m.document & m.types():
            parts += self._find(
                lambda c: [and_(c.id.in_(ids), among(Residual(c.type), m.document)) for ids in named_by]
            )
        return _each_once(parts)

    def _views(self, untouched_: list[FromClause], edited: list[FromClause]) -> list[Any]:
        return [*(s.c for s in untouched_), *(side(s.c, k) for s in edited for k in (0, 1))]

    def _pointing(self, untouched_: list[FromClause], edited: list[FromClause]) -> list[Select[Any]]:
        """Select the ids that membership of these looks at: ends that must be asked, owners of records."""
        m, rules = self._rules.membership, self._rules
        found = []
        for v in self._views(untouched_, edited):
            for end, type_ in ((v.origin, v.otype), (v.dest, v.dtype)):
                if rules.asked_ends:
                    found.append(select(end).where(among(type_, rules.asked_ends)))
            if m.records & m.types():
                found.append(select(v.origin).where(among(v.type, m.records)))
        return found

    def _holding(self, untouched_: list[FromClause], edited: list[FromClause]) -> list[Select[Any]]:
        """Select the ids of documents, whose links and records decide about them."""
        m = self._rules.membership
        if not m.document & m.types():
            return []
        return [select(v.id).where(among(v.type, m.document)) for v in self._views(untouched_, edited)]

    def _asked(self, pointing: list[Select[Any]], holding: list[Select[Any]]) -> Select[Any]:
        m = self._rules.membership
        holders = (m.has_document if m.documents else frozenset()) | (
            m.records if m.sources or m.documents_sources else frozenset()
        )

        def found(c: Any) -> list[ColumnElement[bool]]:
            ways: list[ColumnElement[bool]] = [c.id.in_(ids) for ids in pointing]
            return ways + [and_(c.dest.in_(ids), among(Residual(c.type), holders)) for ids in holding]

        return _each_once(self._find(found))

    def _together(self, sources: list[FromClause]) -> Select[Any]:
        """Put the touched and the untouched into one table; candidates are those a delta may send."""
        t = self._touched.c
        parts = [select(*named(_WORLD, [t.id, *(t[name] for name in BOTH), literal(1, Integer)]))]
        for k, source in enumerate(sources):
            c = source.c
            twice = [c[name] for _ in (0, 1) for name in VERSION]
            columns = [c.id, *twice, c.closed, c.closed, literal(1, Integer), literal(int(k == 0), Integer)]
            known = or_(*(c.id.in_(select(s.c.id)) for s in sources[:k])) if k else None
            part = select(*named(_WORLD, columns))
            parts.append(part if known is None else part.where(~known))
        return select(*union_all(*parts).subquery().c)


def members_at(script: Script, rules: Rules, versions: FromClause, s: int) -> FromClause:
    """Stage the members among versions, as BOTH says, at one end of a Span."""
    w = versions.alias()
    v = side(w.c, s)
    ends = ("type", "origin", "dest", "otype", "dtype")
    columns = [w.c.id, *(w.c[f"{name}{s}"] for name in ends), rules.own(v, s, v.own)]
    table = _FACTS[f"state{s}"]
    state = script.stage(table, select(*named(table, columns)).where(w.c[f"type{s}"].is_not(None)))
    facts = Facts(rules, state.alias, lambda name, rows: script.stage(_FACTS[f"{name}{s}"], rows))
    return script.stage(_FACTS[f"members{s}"], facts.members())


def _each_once(parts: list[Select[Any]]) -> Select[Any]:
    return select(*union(*parts).subquery().c)
