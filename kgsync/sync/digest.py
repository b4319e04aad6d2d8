"""Digests: what a replica should hold at a Moment, cheap to add up and cheap to keep.

A digest is over the framed rows of the members as a snapshot states them: stored rows as they are, and
rows of an older shape as the newest data model writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar
from uuid import UUID

from kgsync.model.digest import Digest, row_hash
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Warnings
from kgsync.model.schema import NamedType
from kgsync.store.base import KeptDigest, Membership, Reading, Stale
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.membership import resolve


def digest_of(reading: Reading, definition: Definition, codec: Codec) -> Digest:
    """Add up the members at the read view's clock, by sums of the database; only stale rows are read."""
    resolved, found = resolve(reading, definition, codec, Warnings()), Digest()
    membership, restater = resolved.membership, resolved.restater
    for named_type in resolved.types:
        found = found.joined(Digest(*reading.member_hashes(membership, named_type.id, named_type.shape)))
        for stale in _stale(reading, membership, named_type):
            found = found.plus(_stated_hash(stale, restater))
    return found


def members_of(reading: Reading, definition: Definition, codec: Codec) -> Iterator[tuple[str, UUID, int]]:
    """Give type, id and hash of every member at the read view's clock."""
    resolved = resolve(reading, definition, codec, Warnings())
    membership, restater = resolved.membership, resolved.restater
    for named_type in resolved.types:
        for id, hash in reading.hashed_members(membership, named_type.id, named_type.shape):
            yield named_type.name, id, hash
        for stale in _stale(reading, membership, named_type):
            yield named_type.name, stale.id, _stated_hash(stale, restater)


def _stale(reading: Reading, membership: Membership, named_type: NamedType) -> Iterator[Stale]:
    if named_type.reshaped:
        yield from reading.stale_members(membership, named_type.id, named_type.shape)


def _stated_hash(stale: Stale, restater: Restater) -> int:
    return row_hash(restater.restate(stale.type, stale.schema, stale.id, stale.row, stale.origin, stale.dest))


# ---- keeping


def served_digest(reading: Reading, definition: Definition, codec: Codec) -> KeptDigest:
    """Make the digest of a snapshot at the read view's clock."""
    return KeptDigest(reading.clock(), reading.data_model().version, digest_of(reading, definition, codec))


def kept_digest(reading: Reading, replica_id: UUID, moment: Moment) -> KeptDigest | None:
    """Find what was kept of a replica at a Moment; None when nothing was, or not any more."""
    return next((kept for kept in reading.digests(replica_id) if kept.moment == moment), None)


def advance_from(reading: Reading, replica_id: UUID, after: Moment, alive: Iterable[NamedType]) -> Advance | None:
    """Begin to carry the digest kept at `after` over a delta; None when there is none to begin with: nothing
    was kept, or a member type changed its shape since."""
    kept, types = kept_digest(reading, replica_id, after), list(alive)
    if kept is None or not is_current(kept, types):
        return None
    return Advance(kept.digest, {named_type.id: named_type.shape for named_type in types})


def is_current(kept: KeptDigest, alive: Iterable[NamedType]) -> bool:
    """Say whether rows hashed then are stated alike now: no member type changed its shape since."""
    return all(named_type.shape <= kept.model for named_type in alive)


class Hashed(Protocol):
    """A net change with the hashes of its stored rows at both ends of the Span, 0 when absent.

    A delete carries `hash0` alone, an add `hash1` alone, an update both. `before_schema` and `schema` are
    the schema numbers of the same two rows.
    """

    @property
    def type(self) -> int: ...
    @property
    def hash0(self) -> int: ...
    @property
    def hash1(self) -> int: ...
    @property
    def before_schema(self) -> int: ...
    @property
    def schema(self) -> int: ...


_C = TypeVar("_C", bound=Hashed)


class Advance:
    """Carry a digest over a delta while its changes pass by."""

    def __init__(self, digest: Digest, shapes: Mapping[int, int]) -> None:
        self._digest: Digest | None = digest
        self._shapes = shapes

    @property
    def digest(self) -> Digest | None:
        """The digest after the changes that passed; None once one touched a row of an older shape, whose
        hash as stored is not its hash as stated."""
        return self._digest

    def watch(self, changes: Iterable[_C]) -> Iterator[_C]:
        """Pass changes on, adding and taking away their hashes."""
        for change in changes:
            self._note(change)
            yield change

    def _note(self, change: Hashed) -> None:
        if self._digest is None:
            return
        shape = self._shapes.get(change.type, 0)
        if (change.hash0 and change.before_schema < shape) or (change.hash1 and change.schema < shape):
            self._digest = None
            return
        if change.hash0:
            self._digest = self._digest.minus(change.hash0)
        if change.hash1:
            self._digest = self._digest.plus(change.hash1)


def advance(digest: Digest, changes: Iterable[Hashed], shapes: Mapping[int, int]) -> Digest | None:
    """Add what a delta brought and take away what it took; `shapes` are the shapes of the member types by id.

    None when it cannot be said without reading rows: compute it anew with `digest_of`.
    """
    carried = Advance(digest, shapes)
    for _ in carried.watch(changes):
        pass
    return carried.digest
