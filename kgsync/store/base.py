"""All that the engine may ask of a store: `Reading` inside one read view, `Writing` inside one commit.

A read view is the database's own consistent snapshot; the clock read in it is the newest Moment
visible in it. A Writing holds the service's clock row, so its Moment is after every other commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from kgsync.filters.check import Filter
from kgsync.filters.query_pattern import Pattern
from kgsync.model.audit import Event
from kgsync.model.catalog import ArchiveFile
from kgsync.model.digest import Digest, Tally
from kgsync.model.edits import Outcome
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.history import Moment, Span
from kgsync.model.replica import Replica, Sight
from kgsync.model.schema import DataModel, NamedType
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
    """A version to append: queryable values by property id, and the framed row; ends as in Stored.

    `verbatim` says that it holds what its replica sent, to the last digit.
    """

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
    verbatim: bool = False


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


class Subject(NamedTuple):
    """A version to be judged by a where-clause, with its ends' versions at the same Moment where it asks."""

    id: UUID
    type: int
    schema: int
    row: bytes
    start: Subject | None = None
    end: Subject | None = None


class BoundFilter(NamedTuple):
    """A where-clause and the named type it is bound to."""

    filter: Filter
    named_type: NamedType


class Match(NamedTuple):
    """One way a pattern fits the graph: an object per part, in their order.

    Rows nobody reads are empty. `exact` says that each part's filter is TRUE; else the pattern's whole
    condition is still to be evaluated. `turned` says that the link leads from the last part to the first.
    """

    objects: tuple[Subject, ...]
    exact: bool
    turned: bool = False


def _nothing_to_judge(subject: Subject) -> bool:
    raise AssertionError("a membership with filters brings a judge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A definition bound to a data model, as sets of type ids; `laws.md`: a pure function of what is alive.

    An entity is a base member if its type is in `entities` and its filter, if there is one, is TRUE. A
    relationship is a member if its type is in `relationships`, its filter is TRUE and both its ends are
    members. Connected documents: a relationship of `has_document` whose origin is a base member of a type
    in `documents` is a member, and so is its destination. Provenance: a record of `records` is a member if
    its owner is a base member, or a member relationship, of a type in `provenance`, or a document connected
    through a type in `documents_provenance`. Source documents: the destination of a record is a member if
    the same holds with `sources` and `documents_sources`; it is no end point for relationships. Of the types
    in `seen`, objects of which that filter is not TRUE count for nothing, as if they did not exist.

    Ids of retired types a named type was renamed from are included, so that membership holds at every
    Moment. `judge` gives a filter's verdict where SQL cannot. `key`, unless None, is the same for
    memberships of one service that are the same.
    """

    entities: frozenset[int]
    relationships: frozenset[int]
    filters: Mapping[int, BoundFilter] = field(default_factory=dict)
    document: frozenset[int] = frozenset()
    has_document: frozenset[int] = frozenset()
    documents: frozenset[int] = frozenset()
    records: frozenset[int] = frozenset()
    provenance: frozenset[int] = frozenset()
    documents_provenance: frozenset[int] = frozenset()
    sources: frozenset[int] = frozenset()
    documents_sources: frozenset[int] = frozenset()
    seen: Mapping[int, BoundFilter] = field(default_factory=dict)
    judge: Callable[[Subject], bool] = field(default=_nothing_to_judge, compare=False, repr=False)
    key: Hashable = field(default=None, compare=False, repr=False)

    @property
    def is_plain(self) -> bool:
        """Say whether types alone decide: no filter, no document, no record."""
        return not (self.filters or self.documents or self.provenance)

    def types(self) -> frozenset[int]:
        """Name every type an object of the replica can have."""
        found = self.entities | self.relationships
        if self.documents:
            found |= self.document | self.has_document
        if self.provenance or self.documents_provenance:
            found |= self.records
        if self.sources or self.documents_sources:
            found |= self.document
        return found


class Change(NamedTuple):
    """One net change of a delta; `section` orders them as clients apply them (see `Section` numbers).

    `row` is the content at the Span's end (None for deletes). `before` is set only on updates whose two
    versions must be compared by value: encoded under different schema numbers, or under an old one.
    `hash0` and `hash1` are the hashes of the member's row at both ends, 0 where it is no member.
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
    hash0: int
    hash1: int


# Numbers of `Change.section`, in the order an archive keeps and a client applies them (laws.md): three
# of each operation, so that kinds sort within it. Records come after what they are about and go before it.
RECORD_DELETES, RELATIONSHIP_DELETES, ENTITY_DELETES = range(3)
ENTITY_ADDS, RELATIONSHIP_ADDS, RECORD_ADDS = range(3, 6)
RECORD_UPDATES, ENTITY_UPDATES, RELATIONSHIP_UPDATES = range(6, 9)


class LedgerEntry(NamedTuple):
    """A stored outcome of an upload and when it was stored (wall clock ms)."""

    outcome: Outcome
    at: int


class Held(NamedTuple):
    """One version of an object as history or the present holds it; `closed` is None on the present one.

    `ended` says that the object was deleted when this version closed.
    """

    id: UUID
    type: int
    since: Moment
    closed: Moment | None
    ended: bool
    schema: int
    row: bytes
    origin: UUID | None
    dest: UUID | None
    brought_by: UUID | None


class Overwritten(NamedTuple):
    """A version that an upload with an older base Moment replaced or removed, to be kept."""

    stored: Stored
    operation: str
    base: Moment
    replica: UUID
    account: str


class ConflictEntry(NamedTuple):
    """A kept conflict without its row: `since` the overwritten version began, at `moment` the upload overwrote it."""

    number: int
    object: UUID
    operation: str
    moment: Moment
    base: Moment
    replica: UUID
    account: str
    since: Moment
    type: int
    schema: int
    origin: UUID | None
    dest: UUID | None
    restored: Moment | None


class KeptDigest(NamedTuple):
    """What a replica held at a Moment it was served; `model` is the data-model version whose rows were hashed."""

    moment: Moment
    model: int
    digest: Digest


class Answering(Protocol):
    """Ask where a row is, what was overwritten, and what replicas should hold."""

    def versions(self, id: UUID, limit: int) -> list[Held]:
        """List an object's newest `limit` versions, the present one first."""
        ...

    def version_since(self, id: UUID, since: Moment) -> Held | None:
        """Look up the version of an object that began at a Moment; None when it is no longer kept."""
        ...

    def conflicts(self, below: int | None, limit: int) -> list[ConflictEntry]:
        """List the newest `limit` conflicts with numbers below `below` (exclusive; None: all)."""
        ...

    def conflict_count(self) -> int: ...

    def conflict(self, number: int) -> tuple[ConflictEntry, bytes] | None:
        """Look up one conflict and the framed row that was overwritten."""
        ...

    def conflicts_around(self, moment: Moment, ids: Collection[UUID]) -> list[tuple[ConflictEntry, bytes]]:
        """List the conflicts of one commit whose origin or dest is among `ids`, with the rows overwritten."""
        ...

    def ended_around(self, moment: Moment, ids: Collection[UUID]) -> list[Held]:
        """List the kept versions that ended at a Moment and whose origin or dest is among `ids`."""
        ...

    def member_hashes(self, membership: Membership, type_id: int, shape: int) -> tuple[int, int, int]:
        """Count the live members of one type whose schema number is at least `shape` and add up both halves
        of their hashes: members, low, high."""
        ...

    def hashed_members(self, membership: Membership, type_id: int, shape: int) -> Iterator[tuple[UUID, int]]:
        """Give ids and hashes of the same members, in no order."""
        ...

    def digests(self, replica_id: UUID) -> list[KeptDigest]:
        """List the kept digests of a replica, the oldest first."""
        ...


class Surveying(Protocol):
    """Ask what upkeep works on."""

    def restores(self) -> list[Span]:
        """List the Spans of Moments that restores of a backup undid: no date in one was given by this history."""
        ...

    def data_model_at(self, moment: Moment) -> DataModel | None:
        """Give the data model in force at a Moment; None before the first that is kept."""
        ...

    def count_history(self, bounds: Sequence[Moment]) -> tuple[list[int], int]:
        """Count closed versions: for each of the ascending `bounds`, those closed before it, and all."""
        ...

    def has_history(self, upto: Moment) -> bool:
        """Say whether versions closed at or before `upto` are still stored."""
        ...

    def schemas_in_use(self) -> set[int]:
        """List the data-model versions any stored row or digest was encoded under; reads every row's number."""
        ...

    def data_model_versions(self, below: int) -> list[int]:
        """List the kept data-model versions below `below` (exclusive)."""
        ...

    def ledger_keys(self, beyond: tuple[UUID, str] | None, limit: int) -> list[tuple[UUID, str]]:
        """List the next `limit` keys of the once-ledger by replica and key, after `beyond` (exclusive)."""
        ...

    def outgrown(self, shapes: Mapping[int, int], beyond: UUID | None, limit: int) -> list[UUID]:
        """List the next `limit` live objects by id, after `beyond` (exclusive), whose schema number is below
        the shape of their type; `shapes` maps types to shapes."""
        ...


T = TypeVar("T")


class Reading(Answering, Surveying, Protocol):
    """Ask inside one read view of one service."""

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what `make` gave under this key before in this read view, or make it."""
        ...

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

    def members(self, membership: Membership, type_id: int, shape: int, tally: Tally | None = None) -> Iterator[bytes]:
        """Give the framed rows of the live members of one type whose schema number is at least `shape`,
        concatenated in chunks within the limits of model.contents; `tally` adds up their hashes."""
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

    def members_among(self, membership: Membership, ids: Collection[UUID]) -> set[UUID]:
        """Say which of these objects are live members."""
        ...

    def plan(self, membership: Membership) -> dict[int, tuple[str, ...]]:
        """Say of each filtered type, conjunct by conjunct, what SQL decides and what is evaluated."""
        ...

    def never_true(self, membership: Membership) -> dict[int, tuple[str, ...]]:
        """Name the conjuncts of each filtered type that are known to be true of no object, whatever it is."""
        ...

    def delta(self, membership: Membership, span: Span, shape: int) -> Iterator[Change]:
        """Give the net changes of the Span (after, upto], ordered by section and type.

        `shape` is the newest shape of the members' types: older rows are to be compared by value.
        """
        ...

    def transition(self, before: Membership, now: Membership, after: Moment, shape: int) -> Iterator[Change]:
        """Give what changes for who had the members of `before` at `after` and is to have those of `now` at
        the clock, as a delta does. It reads every object of the types."""
        ...

    def brought(self, replica_id: UUID, after: Moment) -> dict[UUID, int]:
        """Give the objects a replica brought a version of after a Moment, and the type of each, dead or alive.

        Those it ended itself are left out.
        """
        ...

    def ended_by(self, replica_id: UUID, after: Moment) -> set[UUID]:
        """Give the objects a replica ended after a Moment and that are there again."""
        ...

    def own(self, replica_id: UUID, after: Moment, ids: Collection[UUID]) -> set[UUID]:
        """Say which objects changed or ended after a Moment by nothing but what a replica sent, stored to the
        last digit as it sent it."""
        ...

    def alive_at(self, moment: Moment, ids: Collection[UUID]) -> set[UUID]:
        """Say which objects changed or ended after a Moment and were there at it."""
        ...

    def attachment(self, digest: str) -> bytes | None:
        """Give the bytes of an attachment by their digest."""
        ...

    def commits(self, after: Moment, limit: int) -> list[Moment]:
        """List the next `limit` Moments after one at which objects changed, the oldest first."""
        ...

    def matches(self, pattern: Pattern, reads: Collection[str], limit: int | None) -> Iterator[Match]:
        """Give where a pattern fits at present, as they are found; past `limit` exact ones it may stop.

        Rows are read of the variables in `reads`, and of those the condition reads where it is not exact.
        """
        ...

    def count_matches(self, pattern: Pattern) -> int | None:
        """Count where a pattern fits; None when only evaluating its condition can tell."""
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

    def put_sights(self, replica_id: UUID, sights: Sequence[Sight]) -> None:
        """Say anew what a replica could see when; its archives, made for another sight, are no longer to be had."""
        ...

    def put_face(self, replica_id: UUID, face: FeatureFace) -> None:
        """Say anew what a replica is as one of a feature service."""
        ...

    def put_archive(self, file: ArchiveFile) -> None:
        """Make an archive file of a replica downloadable."""
        ...

    def put_digest(self, replica_id: UUID, kept: KeptDigest) -> None:
        """Keep what a replica was served; digests from before `presented`, and too old ones, leave."""
        ...

    def raise_floor(self, floor: Moment) -> None:
        """Move the trim floor up to `floor`; it never goes back."""
        ...

    def audit(self, event: Event) -> None:
        """Write down what is done in this transaction, in the service's chain of the audit log."""
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

    def remove(self, ids: Collection[UUID], by: UUID | None = None) -> None:
        """Close the present versions of these objects for good, for a replica `by`; unknown ids are ignored."""
        ...

    def put_attachment(self, digest: str, data: bytes) -> None:
        """Keep the bytes of an attachment; those that are kept already stay."""
        ...

    def put_conflicts(self, overwritten: Sequence[Overwritten]) -> None:
        """Keep versions this commit overwrites, numbered in order."""
        ...

    def mark_restored(self, number: int) -> None:
        """Note that the content a conflict overwrote was written again in this commit."""
        ...

    def put_data_model(self, model: DataModel) -> None:
        """Store a model as the newest version, valid from this Moment."""
        ...

    def put_upload(self, replica_id: UUID, keys: Iterable[str], body_key: str, entry: LedgerEntry) -> None:
        """Store an outcome under its keys."""
        ...


class Tending(Registering, Protocol):
    """Tend what is stored, in short transactions that take no Moment: no answer changes by it."""

    def hold_clock(self) -> None:
        """Hold the clock row until the end: no commit runs beside this transaction."""
        ...

    def drop_history(self, upto: Moment, limit: int) -> int:
        """Remove at most `limit` versions closed at or before `upto`, the oldest first; give how many."""
        ...

    def drop_uploads(self, keys: Collection[tuple[UUID, str]]) -> None:
        """Forget stored outcomes."""
        ...

    def drop_digests(self, below: Moment) -> None:
        """Forget digests of Moments before `below`."""
        ...

    def drop_data_models(self, versions: Collection[int]) -> None:
        """Forget data-model versions nothing refers to."""
        ...

    def restate(self, versions: Sequence[Version]) -> None:
        """Encode present versions anew: the same content, no new version. Hold the clock."""
        ...
