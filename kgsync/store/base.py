"""All that the engine may ask of a store: `Reading` inside one read view, `Writing` inside one commit.

A read view is the database's own consistent snapshot; the clock read in it is the newest Moment
visible in it. A Writing holds the service's clock row, so its Moment is after every other commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from kgsync.model.catalog import ArchiveFile
from kgsync.model.edits import Outcome
from kgsync.model.history import Moment, Span
from kgsync.model.replica import Membership, Replica
from kgsync.model.schema import DataModel
from kgsync.model.values import Value


class Stored(NamedTuple):
    """The present version of an object; `origin_type` and `dest_type` only on relationships.

    Entities have no `origin`; on a provenance record it is the object the record is about, and `dest`
    the document it cites, if any.
    """

    id: UUID
    type: int
    changed: Moment
    schema: int
    row: bytes
    origin: UUID | None
    dest: UUID | None
    origin_type: int | None
    dest_type: int | None
    brought_by: UUID | None


class Version(NamedTuple):
    """A version to append: queryable values by property id, and the framed row; ends as in Stored."""

    id: UUID
    type: int
    schema: int
    values: Sequence[tuple[int, Value]]
    row: bytes
    envelope: tuple[float, float, float, float] | None
    origin: UUID | None = None
    dest: UUID | None = None
    origin_type: int | None = None
    dest_type: int | None = None


class Link(NamedTuple):
    """A relationship without its content."""

    id: UUID
    type: int
    origin: UUID
    dest: UUID


class Stale(NamedTuple):
    """A row encoded under an older shape of its type."""

    id: UUID
    type: int
    schema: int
    row: bytes
    origin: UUID | None
    dest: UUID | None


class Change(NamedTuple):
    """One net change of a delta; `section` orders them as clients apply them (see `Section` numbers).

    `row` is the content at the Span's end (None for deletes). `before` is set only on updates whose two
    versions must be compared by value: encoded under different schema numbers, or under an old one.
    """

    section: int
    type: int
    id: UUID
    row: bytes | None
    schema: int
    origin: UUID | None
    dest: UUID | None
    before: bytes | None
    before_schema: int


# Numbers of `Change.section`, in the order an archive keeps and a client applies them (laws.md).
RELATIONSHIP_DELETES, ENTITY_DELETES, ENTITY_ADDS, RELATIONSHIP_ADDS, ENTITY_UPDATES, RELATIONSHIP_UPDATES = range(6)


class LedgerEntry(NamedTuple):
    """A stored outcome of an upload and when it was stored (wall clock ms)."""

    outcome: Outcome
    at: int


class Reading(Protocol):
    """Ask inside one read view of one service."""

    def clock(self) -> Moment: ...

    def floor(self) -> Moment:
        """Give the trim floor: deltas from before it cannot be exact."""
        ...

    def data_model(self, version: int | None = None) -> DataModel:
        """Give the newest data model, or the one with this version."""
        ...

    def find(self, ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Look up live objects; unknown ids are left out."""
        ...

    def types_of(self, ids: Collection[UUID]) -> dict[UUID, int]:
        """Look up the types of live objects; unknown ids are left out."""
        ...

    def connected(self, ids: Collection[UUID]) -> list[Link]:
        """List the live relationships with an end in `ids`, each once."""
        ...

    def records_about(self, ids: Collection[UUID]) -> list[Stored]:
        """List the live provenance records of objects; `origin` is the object, `dest` the source document."""
        ...

    def records_citing(self, ids: Collection[UUID]) -> list[Stored]:
        """List the live provenance records whose source is one of these documents."""
        ...

    def records_naming(self, type_id: int, texts: Mapping[int, str], limit: int) -> list[Stored]:
        """Give up to `limit` live objects of a type whose properties, by id, hold exactly these texts."""
        ...

    def patterns(self) -> dict[tuple[int, int, int], int]:
        """Count live relationships by the types of origin, relationship and destination."""
        ...

    def count(self, types: Collection[int]) -> int:
        """Count live objects of these types."""
        ...

    def members(self, membership: Membership, type_id: int, shape: int) -> Iterator[bytes]:
        """Give the framed rows of the live members of one type whose schema number is at least `shape`,
        concatenated in chunks within the limits of model.contents."""
        ...

    def stale_members(self, membership: Membership, type_id: int, shape: int) -> Iterator[Stale]:
        """Give the live members of one type whose schema number is below `shape`, one by one."""
        ...

    def objects_of(self, type_id: int, beyond: UUID | None, limit: int) -> list[Stored]:
        """Give the next `limit` live objects of a type by id, after `beyond` (exclusive)."""
        ...

    def links_to(self, type_id: int, beyond: UUID | None, limit: int) -> list[Stored]:
        """Give the next `limit` live relationships with an end of this type by id, after `beyond` (exclusive)."""
        ...

    def delta(self, membership: Membership, span: Span, shape: int) -> Iterator[Change]:
        """Give the net changes of the Span (after, upto], ordered by section and type.

        `shape` is the newest shape of the members' types: older rows are to be compared by value.
        """
        ...

    def replica(self, replica_id: UUID) -> Replica | None: ...

    def replicas(self, owner: str | None = None) -> list[Replica]:
        """List replicas in the order they were made, all or those of one replica owner."""
        ...

    def upload(self, replica_id: UUID, key: str) -> LedgerEntry | None:
        """Look up the stored outcome of an upload by its key."""
        ...

    def latest_upload(self, replica_id: UUID) -> tuple[str, LedgerEntry] | None:
        """Look up the replica's newest upload: its body key and outcome."""
        ...


class Registering(Reading, Protocol):
    """Change registrations of one service inside one transaction; no Moment is taken."""

    def add_replica(self, replica: Replica) -> None:
        """Register a replica. Raises TakenInStore when its name or id is taken."""
        ...

    def note_contact(self, replica_id: UUID, served: Moment | None, presented: Moment | None, now: int) -> Replica:
        """Note what was served and presented; neither ever goes back. Raises NotFound, never registers."""
        ...

    def remove_replica(self, replica_id: UUID) -> None:
        """Unregister: forget the replica, its stored outcomes and its archives."""
        ...

    def put_archive(self, file: ArchiveFile) -> None:
        """Make an archive file of a replica downloadable."""
        ...

    def raise_floor(self, floor: Moment) -> None:
        """Move the trim floor up to `floor`; it never goes back."""
        ...

    def take_numbers(self, name: str, count: int) -> int:
        """Reserve `count` consecutive numbers of a per-service counter; give the first."""
        ...


class Writing(Registering, Protocol):
    """Append inside one commit of one service; everything becomes visible at `moment` or not at all."""

    @property
    def moment(self) -> Moment: ...

    def insert(self, versions: Sequence[Version], brought_by: UUID | None) -> None:
        """Add objects; their ids must be free."""
        ...

    def replace(self, versions: Sequence[Version], brought_by: UUID | None) -> None:
        """Close the present versions of these objects and append new ones."""
        ...

    def remove(self, ids: Collection[UUID]) -> None:
        """Close the present versions of these objects for good; unknown ids are ignored."""
        ...

    def put_data_model(self, model: DataModel) -> None:
        """Store a model as the newest version, valid from this Moment."""
        ...

    def put_upload(self, replica_id: UUID, keys: Iterable[str], body_key: str, entry: LedgerEntry) -> None:
        """Store an outcome under its keys."""
        ...
