"""By which way a document or a provenance record is with a replica, or why by none, in words.

A document comes by its own type and clause, by an entity that brings its documents, or as the source of a
record; a record comes with what it is about (`Membership`). Each way is looked up from the object outwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple, TypeVar
from uuid import UUID

from kgsync.model.schema import DataModel
from kgsync.store.base import Held, Link, Membership, Reading, Stored, Subject

T = TypeVar("T")

_NAMED = 3  # of things alike, however many there are
_AT_ONCE = 500  # rows looked up together


class _Brought(NamedTuple):
    """What comes with owners of types `kinds`, and with the documents that objects of types `through` have."""

    word: str
    kinds: Collection[int]
    through: Collection[int]


class Ways:
    """Look around single objects for what brings them along."""

    def __init__(self, reading: Reading, membership: Membership, model: DataModel) -> None:
        self._reading, self._membership, self._model = reading, membership, model
        self._records = _Brought("provenance", membership.provenance, membership.documents_provenance)
        self._sources = _Brought("sources", membership.sources, membership.documents_sources)

    # ---- what is a member by itself

    def selected(self, held: Held | Stored) -> bool:
        """Say whether an object's type is listed and its clause, if it has one, is TRUE of it."""
        m = self._membership
        if held.type not in m.entities | m.relationships:
            return False
        return held.type not in m.filters or m.judge(self._subject(held))

    def _subject(self, held: Held | Stored) -> Subject:
        found = self._reading.find([end for end in (held.origin, held.dest) if end is not None])
        start, end = (None if e is None else _alone(found.get(e)) for e in (held.origin, held.dest))
        return Subject(held.id, held.type, held.schema, held.row, start, end)

    def is_end(self, document: UUID) -> bool:
        """Say whether relationships may end at a document: not if it is there as a source only."""
        stored = self._reading.find([document]).get(document)
        return stored is not None and (
            self.selected(stored) or any(self._bringing(document, self._membership.documents))
        )

    # ---- connected documents

    def of_link(self, origin: UUID | None) -> str:
        """Say whether a relationship to a document comes along with its origin."""
        stored = None if origin is None else self._reading.find([origin]).get(origin)
        if stored is None:
            return "what has the document does not exist"
        told = self._without_documents(stored)
        return f"{self._name(stored)} {told or 'brings its documents'}"

    def of_document(self, document: UUID, *, member: bool) -> list[str]:
        """Name the ways a document comes, or say of each why it does not."""
        m = self._membership
        found = [self._having(*way) for way in _first(self._bringing(document, m.documents))]
        cited = list(_first(self._citing(document)))
        if found or cited or member:
            return [*found, *cited]
        return [self._unconnected(document), *self._uncited(document)]

    def _has(self, document: UUID) -> Iterator[tuple[Link, Stored]]:
        links = self._reading.connected([document])
        mine = [link for link in links if link.type in self._membership.has_document and link.dest == document]
        for start in range(0, len(mine), _AT_ONCE):
            part = mine[start : start + _AT_ONCE]
            origins = self._reading.find({link.origin for link in part})
            yield from ((link, origins[link.origin]) for link in part if link.origin in origins)

    def _bringing(self, document: UUID, kinds: Collection[int]) -> Iterator[tuple[Link, Stored]]:
        if kinds:
            yield from ((link, o) for link, o in self._has(document) if o.type in kinds and self.selected(o))

    def _having(self, link: Link, origin: Stored) -> str:
        return f"{self._name(origin)} has it, through {self._model.label(link.type)} {link.id}"

    def _without_documents(self, origin: Stored) -> str | None:
        if origin.type not in self._membership.documents:
            return "is of a type that brings no documents"
        return None if self.selected(origin) else "is not in the replica"

    def _unconnected(self, document: UUID) -> str:
        if not self._membership.documents:
            return "no type of the definition brings its documents"
        near = [f"{self._having(link, o)}, but {self._without_documents(o)}" for link, o in _first(self._has(document))]
        return "; ".join(near) or "no entity has it as its document"

    # ---- source documents

    def _citing(self, document: UUID) -> Iterator[str]:
        if not (self._sources.kinds or self._sources.through):
            return
        for record in self._reading.records_citing([document]):
            brings, told = self._owner(record.origin, self._sources)
            if brings:
                yield f"{self._name(record)} cites it as its source, and is about {told}"

    def _uncited(self, document: UUID) -> list[str]:
        if not (self._sources.kinds or self._sources.through):
            return ["no type of the definition brings the sources of its records"]
        near = _first(self._reading.records_citing([document]))
        told = [
            f"{self._name(r)} cites it as its source, but is about {self._owner(r.origin, self._sources)[1]}"
            for r in near
        ]
        return told or ["no record cites it as its source"]

    # ---- records

    def of_record(self, owner: UUID | None) -> str:
        """Say whether a record comes along with what it is about."""
        return f"it is about {self._owner(owner, self._records)[1]}"

    def _owner(self, id: UUID | None, brought: _Brought) -> tuple[bool, str]:
        """Say whether an object brings what is about it, and which object it is."""
        m = self._membership
        stored = None if id is None else self._reading.find([id]).get(id)
        if stored is None:
            return False, f"{id}, which does not exist"
        name, member = self._name(stored), stored.id in self._reading.members_among(m, [stored.id])
        # A document may be there although its own type and clause do not ask for it.
        own = self.selected(stored) if stored.type in m.entities else member
        if stored.type in brought.kinds and own:
            return True, f"{name}, which is in the replica"
        had = next(self._bringing(stored.id, brought.through), None) if stored.type in m.document else None
        if had is not None:
            return True, f"{name}, a document of {self._name(had[1])}"
        if not member:
            return False, f"{name}, which is not in the replica"
        return False, f"{name}, which is in the replica without its {brought.word}"

    def _name(self, stored: Stored) -> str:
        return f"{self._model.label(stored.type)} {stored.id}"


def _first(each: Iterable[T]) -> Iterator[T]:
    return islice(each, _NAMED)


def _alone(stored: Stored | None) -> Subject | None:
    return None if stored is None else Subject(stored.id, stored.type, stored.schema, stored.row)
