"""Edits as a caller asks for them, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.geometry import IDENTITY, Grid, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.schema import Category
from kgsync.model.values import Invalid, Value


class Op(IntEnum):
    """Number operations as ReplicaDataDeltaType does."""

    ADD = 1
    UPDATE = 2
    DELETE = 3


# Tuples rather than dataclasses: an upload makes one per edit, and this is its hottest allocation.
Id = UUID | Invalid | None


class Add(NamedTuple):
    """Ask for a new object; `id` None lets the server choose. Ends only on relationships."""

    id: Id
    values: dict[str, Value]
    origin: Id = None
    dest: Id = None


class Update(NamedTuple):
    """Ask to change the named properties; None clears one."""

    id: Id
    values: dict[str, Value]


class Delete(NamedTuple):
    id: Id


Edit = Add | Update | Delete


class Batch(NamedTuple):
    """Edits of one operation on one named type, in the order of their results."""

    op: Op
    category: Category
    type_name: str
    edits: list[Edit]


# One frame's batches in the order they apply (laws.md, Uploads).
Frame = list[Batch]
FRAME_ORDER = (
    (Op.ADD, Category.ENTITY),
    (Op.ADD, Category.RELATIONSHIP),
    (Op.UPDATE, Category.ENTITY),
    (Op.UPDATE, Category.RELATIONSHIP),
    (Op.DELETE, Category.RELATIONSHIP),
    (Op.DELETE, Category.ENTITY),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditsHeader:
    """What applies to every frame: reference system and grid of geometries, cascades."""

    spatial_reference: SpatialReference = field(default_factory=SpatialReference)
    grid: Grid = IDENTITY
    cascade: bool = False
    cascade_provenance: bool = False


@dataclass(frozen=True, slots=True)
class EditError:
    code: Code
    message: str


@dataclass(slots=True)
class EditResults:
    """Results of one operation on one type, in request order over all frames.

    `ids[k]` is None where `errors[k]` says why.
    """

    op: Op
    category: Category
    type_name: str
    ids: list[UUID | None] = field(default_factory=list)
    errors: dict[int, EditError] = field(default_factory=dict)


@dataclass(slots=True)
class Cascade:
    """Relationships removed because an end point went: three lists in step."""

    ids: list[UUID] = field(default_factory=list)
    origins: list[UUID] = field(default_factory=list)
    dests: list[UUID] = field(default_factory=list)


MAX_WARNINGS = 1000  # law 9: warnings are capped and counted


@dataclass(slots=True)
class Outcome:
    """What came of one upload; stored with it, so that a resend is answered alike."""

    user: str
    moment: Moment
    results: list[EditResults] = field(default_factory=list)
    cascades: dict[str, Cascade] = field(default_factory=dict)
    records: list[UUID] = field(default_factory=list)  # provenance removed because what it was about went
    end_points: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    unknown_types: list[str] = field(default_factory=list)
    unknown_properties: dict[str, list[str]] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    conflict_count: int = 0
    error: EditError | None = None

    def at(self, op: Op, category: Category, type_name: str) -> EditResults:
        for known in self.results:
            if (known.op, known.category, known.type_name) == (op, category, type_name):
                return known
        self.results.append(EditResults(op, category, type_name))
        return self.results[-1]

    @property
    def failed(self) -> bool:
        return self.error is not None or any(r.errors for r in self.results)

    def note_unknown_type(self, name: str) -> None:
        """List a type the data model does not have, once, up to MAX_WARNINGS of them."""
        if len(self.unknown_types) < MAX_WARNINGS and name not in self.unknown_types:
            self.unknown_types.append(name)

    def note_unknown_property(self, type_name: str, name: str) -> None:
        """List a property a type does not have, once, up to MAX_WARNINGS a type."""
        names = self.unknown_properties.setdefault(type_name, [])
        if len(names) < MAX_WARNINGS and name not in names:
            names.append(name)

    def note_conflict(self, text: str) -> None:
        self.conflict_count += 1
        if len(self.conflicts) < MAX_WARNINGS:
            self.conflicts.append(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Which kinds of edits the caller may make on this service."""

    create: bool = True
    update: bool = True
    delete: bool = True

    def allows(self, op: Op) -> bool:
        return {Op.ADD: self.create, Op.UPDATE: self.update, Op.DELETE: self.delete}[op]

    @property
    def any(self) -> bool:
        """Say whether there is an edit at all that may be made."""
        return self.create or self.update or self.delete


ALL_EDITS = Capabilities()
NO_EDITS = Capabilities(create=False, update=False, delete=False)
Values = Mapping[str, Value]
