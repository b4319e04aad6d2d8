"""The restore epoch: marking which Moments a restored database must never take for its own.

The lost server went on after the backup: it gave Moments after the backup's clock B to clients, up to some
Moment nobody knows any more. So every service is stamped with an epoch E, later than any of those: dates in
(B, E] are refused for ever, and the first Moment after the restore is E + 1. A date up to B is exact, for
the history up to B is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from kgsync.model.backup import Restored
from kgsync.model.history import Moment, Span
from kgsync.store.tables import archive, item, job, publication, replica, restore, service

# How far the lost server's clock may have been ahead of the one that restores, unless the operator says more.
MARGIN_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a restore happens (wall clock ms), the newest date the operator knows of, and the files that came along."""

    wall: int
    at_least: Moment
    items: frozenset[str]


def clocks(connection: Connection) -> dict[str, int]:
    """Read the clock of every service by its key."""
    query = select(publication.c.key, service.c.clock).join(service, service.c.svc == publication.c.svc)
    return {row[0]: row[1] for row in connection.execute(query)}


def stamp(connection: Connection, with_: Stamp, lost: Mapping[str, int]) -> list[Restored]:
    """Mark every service as restored and drop what did not come along. `lost` are clocks of a replaced database."""
    query = (
        select(service.c.svc, service.c.clock, publication.c.folder, publication.c.name, publication.c.key)
        .join(publication, publication.c.svc == service.c.svc)
        .order_by(publication.c.key)
    )
    found = []
    for row in connection.execute(query).all():
        epoch = max(with_.wall + MARGIN_MS, with_.at_least.ms, row.clock + 1, lost.get(row.key, 0))
        connection.execute(insert(restore).values(svc=row.svc, epoch=epoch, backup=row.clock, at=with_.wall))
        # The restore is itself the first Moment after the epoch: a snapshot taken now has a date of its own.
        mine = update(service).where(service.c.svc == row.svc)
        connection.execute(mine.values(epoch=epoch, clock=epoch + 1))
        path = f"{row.folder}/{row.name}" if row.folder else row.name
        found.append(Restored(path=path, lost=Span(Moment(row.clock), Moment(epoch))))
    # A client may hold newer data than `served` says. Told its date by an upload-only answer, it would take
    # that data for older than it is; with `presented` unknown none is told.
    connection.execute(update(replica).where(replica.c.presented == replica.c.served).values(presented=0))
    connection.execute(delete(job))
    connection.execute(delete(archive))
    absent = [i for i in connection.execute(select(item.c.id)).scalars() if i not in with_.items]
    for item_id in absent:
        connection.execute(delete(item).where(item.c.id == item_id))
    return found
