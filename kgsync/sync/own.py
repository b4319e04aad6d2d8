"""What a replica's own uploads mean for its next download on feature services (laws.md, Uploads).

Left out is what every version and end of in the Span was brought by the replica, stored exactly as sent: it is there
already. What the replica brought and is no member afterwards is told to be deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from kgsync.model.history import Moment
from kgsync.store.base import ENTITY_ADDS, ENTITY_DELETES, ENTITY_UPDATES, Change, Membership, Reading

_BATCH = 1_000  # changes whose versions are asked for together
_OF_FEATURES = (ENTITY_DELETES, ENTITY_ADDS, ENTITY_UPDATES)


def without_own(
    reading: Reading, membership: Membership, after: Moment, replica_id: UUID, changes: Iterator[Change]
) -> Iterator[Change]:
    """Take a replica's own changes out of a delta from `after` to the clock, and put in what it has to delete."""
    strays = _strays(reading, membership, after, replica_id)
    told = False
    while batch := list(islice(changes, _BATCH)):
        own = reading.own(replica_id, after, {change.id for change in batch})
        known = reading.alive_at(after, {c.id for c in batch if c.section == ENTITY_ADDS and c.id in own})
        gone = {c.id for c in batch if c.section == ENTITY_DELETES and c.id in own}
        staying = set(reading.types_of(gone)) if gone else set()
        for change in batch:
            if change.section == ENTITY_DELETES:
                strays.pop(change.id, None)
            elif not told and change.section > ENTITY_DELETES:
                told = True
                yield from _deletes(strays)
            is_own = change.section in _OF_FEATURES and change.id in own
            # Brought and left the replica's filter by it; or known to others before, and new to the replica.
            if is_own and change.id not in staying and change.id not in known:
                continue
            yield change
    if not told:
        yield from _deletes(strays)


def _strays(reading: Reading, membership: Membership, after: Moment, replica_id: UUID) -> dict[UUID, int]:
    """Find what a replica brought and is no member; what it ended itself is none of it."""
    found = reading.brought(replica_id, after)
    types = membership.entities | (membership.document if membership.documents else frozenset())
    mine = {id: type_id for id, type_id in found.items() if type_id in types}
    members = reading.members_among(membership, mine)
    return {id: type_id for id, type_id in mine.items() if id not in members}


def _deletes(strays: dict[UUID, int]) -> Iterator[Change]:
    for id, type_id in sorted(strays.items(), key=lambda stray: (stray[1], stray[0].int)):
        yield Change(ENTITY_DELETES, type_id, id, None, 0, None, None, None, 0, 0, 0)
