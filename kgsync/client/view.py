"""What a person sees of a local replica: the base, with the edits that are not answered laid over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from kgsync.client import pending
from kgsync.client.base import Base, Place, Row
from kgsync.client.objects import Object, from_python, to_python
from kgsync.client.pending import Pending
from kgsync.errors import MalformedInput, UnknownType
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.edits import Op
from kgsync.model.schema import Category, NamedType
from kgsync.model.values import Value

_ADDED = -1  # stands for a form in the places of what is not in the base yet


class Neighbour(NamedTuple):
    """A relationship of an entity, and the entity at its other end."""

    relationship: Object
    entity: Object


class Seen(NamedTuple):
    """An object with the values of the data model."""

    id: UUID
    category: Category
    type_name: str
    values: dict[str, Value]
    origin: UUID | None
    dest: UUID | None
    pending: bool


class View:
    """One state of the file; good for as long as the transaction it was made in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.base = Base(connection)
        self._edited = pending.some(connection)

    # ---- types

    def require(self, name: str) -> NamedType:
        """Find a type by its name. Raises UnknownType, which names those there are."""
        found = self.base.named(name)
        if found is None:
            known = ", ".join(sorted(t.name for t in self.base.model.types)) or "none"
            raise UnknownType(f"There is no type {name[:64]!r}; there are: {known}")
        return found

    # ---- objects

    def seen(self, id: UUID) -> Seen | None:
        """Give one object as it is seen; None when there is none, or it was deleted here."""
        edits = pending.pending_of(self._connection, id) if self._edited else []
        return self._laid(self.base.row(id), edits)

    def page(self, named_type: NamedType | None, after: Place, most: int) -> tuple[list[Seen], Place | None]:
        """Give the objects of at most so many rows of the base after a place, and the place to go on from.

        After the rows of the base come those that were added here; the last page has no place.
        """
        rows = [] if after[0] == _ADDED else self.base.page(named_type, after, most)
        if not rows:
            return self._added(named_type, after[1] if after[0] == _ADDED else 0, most)
        edits = pending.pending_of if self._edited else _no_edits
        laid = (self._laid(row, edits(self._connection, row.id)) for _, row in rows)
        return [found for found in laid if found is not None], rows[-1][0]

    def _added(self, named_type: NamedType | None, after: int, most: int) -> tuple[list[Seen], Place | None]:
        name = None if named_type is None else named_type.name
        edits = pending.added(self._connection, name, after, most) if self._edited else []
        new = [edit.id for edit in edits if self.base.row(edit.id) is None]
        laid = (self._laid(None, pending.pending_of(self._connection, id)) for id in new)
        place = (_ADDED, edits[-1].seq) if len(edits) == most else None
        return [found for found in laid if found is not None], place

    def links(self, id: UUID, *, outgoing: bool = True, incoming: bool = True) -> Iterator[Seen]:
        """Give the relationships at an entity."""
        for row in self.base.links(id, outgoing=outgoing, incoming=incoming):
            found = self._laid(row, pending.pending_of(self._connection, row.id) if self._edited else [])
            if found is not None:
                yield found
        if self._edited:
            for edit in pending.added_links(self._connection, id, outgoing=outgoing, incoming=incoming):
                if self.base.row(edit.id) is None:
                    found = self._laid(None, pending.pending_of(self._connection, edit.id))
                    if found is not None:
                        yield found

    def _laid(self, row: Row | None, edits: list[Pending]) -> Seen | None:
        """Lay edits over a row, the older first."""
        found: Seen | None = None
        if row is not None:
            values = self.base.values(row)
            found = Seen(row.id, row.form.category, row.form.type_name, values, row.origin, row.dest, bool(edits))
        for edit in edits:
            if edit.op is Op.ADD:
                named_type = self.base.named_type(edit.category, edit.type_name)
                names = {} if named_type is None else {p.name: None for p in named_type.properties}
                values = {**names, **edit.values}
                found = Seen(edit.id, edit.category, edit.type_name, values, edit.origin, edit.dest, True)
            elif edit.op is Op.DELETE:
                found = None
            elif found is not None:
                found = found._replace(values={**found.values, **edit.values})
        return found

    # ---- as people hold them

    def wanted(self, type_name: str, properties: Mapping[str, Any]) -> dict[str, Value]:
        """Check names and fit values to their properties. Raises UnknownType, MalformedInput."""
        named_type = self.require(type_name)
        found: dict[str, Value] = {}
        for name, value in properties.items():
            wanted = named_type.property(name)
            if wanted is None:
                known = ", ".join(p.name for p in named_type.properties)
                raise UnknownType(f"The type {type_name} has no property {name[:64]!r}; it has: {known}")
            try:
                found[name] = coercer(wanted)(from_python(value))
            except CoercionError as error:
                raise MalformedInput(str(error), place=f"{type_name}.{name}") from None
        return found

    def neighbours(
        self, id: UUID, type_name: str | None = None, *, outgoing: bool = True, incoming: bool = True
    ) -> Iterator[Neighbour]:
        """Give the relationships at an entity, of one type or of all, each with the entity at its other end."""
        for link in self.links(id, outgoing=outgoing, incoming=incoming):
            if type_name is not None and link.type_name != type_name:
                continue
            other = link.dest if link.origin == id else link.origin
            entity = None if other is None else self.seen(other)
            if entity is not None:
                yield Neighbour(shown(link), shown(entity))

    def counts(self) -> dict[str, int]:
        """Count what is seen by type."""
        counts = self.base.counts()
        if self._edited:
            ids = self._connection.execute("SELECT DISTINCT id FROM pending")
            for (data,) in ids:
                id = UUID(bytes=data)
                before, after = self.base.row(id), self.seen(id)
                if before is not None:
                    counts[before.form.type_name] -= 1
                if after is not None:
                    counts[after.type_name] = counts.get(after.type_name, 0) + 1
        return {name: number for name, number in sorted(counts.items()) if number}


def _no_edits(connection: sqlite3.Connection, id: UUID) -> list[Pending]:
    return []


def shown(found: Seen) -> Object:
    """Give an object as people hold it."""
    values = {name: to_python(value) for name, value in found.values.items()}
    return Object(found.id, found.type_name, found.category, values, found.origin, found.dest, found.pending)
