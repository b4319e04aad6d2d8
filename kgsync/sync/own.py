"""What a replica's own uploads mean for its next download on feature services (laws.md, Uploads).

Left out is what every version and end of in the Span was brought by the replica, stored exactly as sent: it is there
already. What the replica brought and is no member afterwards is told to be deleted. What it changed and others have
changed back is no change of the Span, and yet another content than the replica's: it is told as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from kgsync.model.history import Moment
from kgsync.store.base import ENTITY_ADDS, ENTITY_DELETES, ENTITY_UPDATES, Change, Membership, Reading

_BATCH = 1_000  # changes whose versions are asked for together
_OF_FEATURES = (ENTITY_DELETES, ENTITY_ADDS, ENTITY_UPDATES)


class _Touched(NamedTuple):
    """What a replica touched in a Span: what is no member now, and the members another changed as well.

    Of `again` the replica deleted the object, and it was made anew.
    """

    strays: dict[UUID, int]
    shared: set[UUID]
    again: set[UUID]


def without_own(
    reading: Reading, membership: Membership, after: Moment, replica_id: UUID, changes: Iterator[Change]
) -> Iterator[Change]:
    """Take a replica's own changes out of a delta from `after` to the clock, and put in what it has to be told."""
    touched = _touched(reading, membership, after, replica_id)
    told = False
    while batch := list(islice(changes, _BATCH)):
        own = reading.own(replica_id, after, {change.id for change in batch})
        known = reading.alive_at(after, {c.id for c in batch if c.section == ENTITY_ADDS and c.id in own})
        gone = {c.id for c in batch if c.section == ENTITY_DELETES and c.id in own}
        staying = set(reading.types_of(gone)) if gone else set()
        for change in batch:
            if change.section == ENTITY_DELETES:
                touched.strays.pop(change.id, None)
            elif not told and change.section > ENTITY_DELETES:
                told = True
                yield from _deletes(touched.strays)
            is_own = change.section in _OF_FEATURES and change.id in own
            # Brought and left the replica's filter by it; or known to others before, and new to the replica.
            if is_own and change.id not in staying and change.id not in known:
                continue
            if change.section == ENTITY_UPDATES and change.id in touched.shared:
                # Whatever it was before: the replica has something else.
                change = change._replace(before=None)
                if change.id in touched.again:
                    change = change._replace(section=ENTITY_ADDS)
            if change.section != ENTITY_DELETES:
                touched.shared.discard(change.id)
            yield change
    if not told:
        yield from _deletes(touched.strays)
    yield from _present(reading, touched.shared, touched.again)


def _touched(reading: Reading, membership: Membership, after: Moment, replica_id: UUID) -> _Touched:
    """Find what a replica brought, and what it ended that is there again; what it ended for good is none of it."""
    types = membership.entities | (membership.document if membership.documents else frozenset())
    brought = reading.brought(replica_id, after)
    again = reading.ended_by(replica_id, after)
    mine = {**reading.types_of(again), **brought}
    mine = {id: type_id for id, type_id in mine.items() if type_id in types}
    members = reading.members_among(membership, mine)
    own = reading.own(replica_id, after, members)
    strays = {id: type_id for id, type_id in mine.items() if id not in members}
    return _Touched(strays, members - own, again)


def _present(reading: Reading, ids: Collection[UUID], again: Collection[UUID]) -> Iterator[Change]:
    """Tell the present content of objects."""
    ordered = iter(sorted(ids, key=lambda id: id.int))
    while part := list(islice(ordered, _BATCH)):
        for id, found in reading.find(part).items():
            section = ENTITY_ADDS if id in again else ENTITY_UPDATES
            yield Change(section, found.type, id, found.row, found.schema, None, None, None, 0, 0, 0)


def _deletes(strays: dict[UUID, int]) -> Iterator[Change]:
    for id, type_id in sorted(strays.items(), key=lambda stray: (stray[1], stray[0].int)):
        yield Change(ENTITY_DELETES, type_id, id, None, 0, None, None, None, 0, 0, 0)
