"""Replicas: what belongs to them, which way they sync, and what a synchronize call asks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from kgsync.model.edits import EditsHeader, Outcome
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.geometry import Grid, SpatialReference
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.schema import Category


class Direction(IntEnum):
    """Number directions as SyncDirection does; UNSPECIFIED only in requests."""

    UNSPECIFIED = 0
    BIDIRECTIONAL = 1
    UPLOAD = 2
    DOWNLOAD = 3

    @property
    def uploads(self) -> bool:
        return self is not Direction.DOWNLOAD

    @property
    def downloads(self) -> bool:
        return self is not Direction.UPLOAD


@dataclass(frozen=True, slots=True)
class BoundProperty:
    """A property a clause reads: of which type, by which name, and its id then (0: the type had none)."""

    type_id: int
    name: str
    property_id: int


@dataclass(frozen=True, slots=True)
class NamedLabel:
    """A type a clause names by its label, and the id it had then."""

    name: str
    type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDefinition:
    """One named type of a definition; `type_id` is 0 until it is bound to a data model.

    `parameters` are the clause's by name, each as base64 of the AnyValue it was sent as, so that the definition is
    echoed as it came; sorted by name. `reads` and `labels` are noted when the clause is bound.
    `provenance`: None means not asked, else whether source documents come along.
    `documents`: None means not asked, else whether their provenance does (None, or as above).
    """

    name: str
    category: Category
    type_id: int = 0
    where: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    provenance: bool | None = None
    documents: bool = False
    documents_provenance: bool | None = None
    reads: tuple[BoundProperty, ...] = ()
    labels: tuple[NamedLabel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Which objects belong to a replica: its named types in the order they were asked for.

    With a `creator`, only what that account created, and what belongs to it; nobody asks for it, a service that
    hides what others created adds it (`Replica.definition_at`).
    """

    types: tuple[TypeDefinition, ...]
    input_grid: Grid | None = None
    in_sr: SpatialReference | None = None
    creator: str | None = None


class Sight(NamedTuple):
    """From a Moment on, a replica sees only what `creator` created; None: all its definition selects."""

    since: Moment
    creator: str | None


ALL_IN_SIGHT = (Sight(ORIGIN, None),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """What the server has registered.

    `served` is the newest Moment served to it (the wire's last_sync_date), `presented` the newest
    the client has itself sent back; `created` and `last_contact` are wall clock ms. `sights` says what it could
    see when, the oldest first; there is always one. `face` is what it is beside that as one of a feature service.
    """

    id: UUID
    name: str
    requested_name: str
    owner: str
    direction: Direction
    definition: Definition
    created: int
    served: Moment
    presented: Moment
    last_contact: int
    sights: tuple[Sight, ...] = ALL_IN_SIGHT
    face: FeatureFace | None = None

    def definition_at(self, moment: Moment) -> Definition | None:
        """Give the definition as the replica was served by it at a Moment; None when that is no longer known."""
        sight = next((s for s in reversed(self.sights) if s.since <= moment), None)
        return None if sight is None else replace(self.definition, creator=sight.creator)

    @property
    def seen(self) -> Definition:
        """The definition as the replica is served by it now."""
        return replace(self.definition, creator=self.sights[-1].creator)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateReplica:
    """A replicas/create request; either `definition` or `reference` is set."""

    requested_name: str | None = None
    replica_id: UUID | None = None
    definition: Definition | None = None
    reference: UUID | None = None
    direction: Direction = Direction.UNSPECIFIED
    asynchronous: bool = False
    face: FeatureFace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """The download half of a call: a delta after `after`, or a snapshot when it is None."""

    after: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregister:
    """Ids to unregister, in request order; `everything` means all the caller may."""

    ids: tuple[UUID, ...] = ()
    everything: bool = False


@dataclass(slots=True)
class Warnings:
    """Warnings of one call, capped at `limit` and counted (law 9)."""

    limit: int = 1000
    texts: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.texts) < self.limit:
            self.texts.append(text)

    def all(self) -> tuple[str, ...]:
        if self.count > len(self.texts):
            return (*self.texts, f"... and {self.count - len(self.texts)} more warnings")
        return tuple(self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What replicas/create answers; `archive` is the name of the file to download."""

    replica_id: UUID
    name: str
    requested_name: str
    sync_date: Moment
    archive: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronized:
    """What synchronize answers; `sync_date` None is left unset on the wire (laws.md, Uploads)."""

    replica_id: UUID
    sync_date: Moment | None = None
    archive: str | None = None
    outcome: Outcome | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineEdits:
    """Edits inside a request body: `size` bytes of frames at `offset`, gzipped one by one or plain."""

    header: EditsHeader
    offset: int
    size: int
    compressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedEdits:
    """Edits in a file uploaded before: a 32-digit hex item id."""

    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronize:
    """A synchronize request: at least one half is set."""

    download: Download | None = None
    upload: InlineEdits | UploadedEdits | None = None
    asynchronous: bool = False
