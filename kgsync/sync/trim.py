"""Trimming the change log: which history goes, and that no answer above the floor changes by it.

A trim before a date raises the floor first, in one transaction with everything it decides, then removes
rows in short ones: a delta is either refused by the floor or finds all of the history it needs, and one
in an older read view still sees what it began with. Live objects are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kgsync.errors import Code, MalformedInput
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Replica
from kgsync.model.trim import (
    ReplicaShare,
    TrimBefore,
    TrimError,
    TrimKind,
    Trimmed,
    TrimPreserving,
    TrimStatistics,
)
from kgsync.store.base import Reading, Tending
from kgsync.sync import once

# A batch is removed in tens of ms: writers wait no longer.
BATCH = 2_000


def now_of(reading: Reading, wall: int) -> Moment:
    """Give the service's now: its clock may be ahead of the wall."""
    return max(Moment(wall), reading.clock())


def floor_for(reading: Reading, date: Moment) -> Moment:
    """Give the floor of a trim before `date`: a delta from `date` itself stays exact.

    Never past the clock: a snapshot taken now can always be followed by a delta.
    """
    return min(Moment(date.ms - 1), reading.clock())


def _needed(replica: Replica, floor: Moment) -> list[Moment]:
    """Give the dates from `floor` on that a replica may present: the last answer may have been lost on the way."""
    return [date for date in (replica.served, replica.presented) if date.ms > 0 and date >= floor]


def _downloading(reading: Reading) -> list[Replica]:
    return [replica for replica in reading.replicas() if replica.direction.downloads]


def date_of(reading: Reading, mode: TrimBefore | TrimPreserving, wall: int) -> Moment:
    """Give the date a trim goes by. Raises MalformedInput when it lies in the future."""
    now = now_of(reading, wall)
    if isinstance(mode, TrimBefore):
        return _checked(mode.date, now, "trim_before_date")
    idle = mode.idle_ms
    # The contract's own trim goes by every replica. Ours pass over those below the floor: they take a snapshot
    # next, and need no history for that.
    floor = ORIGIN if idle is None else reading.floor()
    replicas = [r for r in _downloading(reading) if idle is None or wall - r.last_contact <= idle]
    needed = [date for replica in replicas for date in _needed(replica, floor)]
    return min((*needed, Moment(now.ms - mode.keep_ms)))


def _checked(date: Moment, now: Moment, place: str) -> Moment:
    if date > now:
        raise MalformedInput(f"{date} lies in the future", place=place)
    if date.ms <= 0:
        raise MalformedInput("a date is greater than 0", place=place)
    return date


def stale(reading: Reading, date: Moment) -> list[Replica]:
    """List the replicas last served before `date`, which a trim leaves to snapshots.

    A replica that has the newest state misses nothing, however long ago that was. Replicas that only
    upload need no deltas.
    """
    bound = min(date, reading.clock())
    return [replica for replica in _downloading(reading) if replica.served < bound]


def statistics(reading: Reading, mode: TrimStatistics, wall: int) -> Trimmed:
    """Say what a trim would remove, all and per replica it touches; nothing changes."""
    now = now_of(reading, wall)
    date = now if mode.candidate is None else _checked(mode.candidate, now, "candidate_trim_before_date")
    return _measured(reading, date, TrimKind.STATISTICS)


def preview(reading: Reading, mode: TrimBefore | TrimPreserving, wall: int) -> Trimmed:
    """Say what this trim would do, as `statistics` says it."""
    kind = TrimKind.BEFORE if isinstance(mode, TrimBefore) else TrimKind.PRESERVING
    return _measured(reading, date_of(reading, mode, wall), kind)


def _measured(reading: Reading, date: Moment, kind: TrimKind) -> Trimmed:
    touched = stale(reading, date)
    bounds = sorted({date, *(replica.served for replica in touched)})
    counts, total = reading.count_history(bounds)
    before = dict(zip(bounds, counts, strict=True))
    shares = (
        ReplicaShare(
            replica_id=replica.id,
            served=replica.served,
            percent=100 * before[replica.served] / total if total else 0.0,
        )
        for replica in touched
    )
    return Trimmed(
        kind=kind,
        date=date,
        rows=before[date],
        total=total,
        stale=tuple(replica.id for replica in touched),
        shares=tuple(shares),
    )


def begin(tending: Tending, mode: TrimBefore | TrimPreserving, wall: int) -> Trimmed:
    """Decide a trim and raise the floor, in the caller's transaction; `drop_history` does the rest.

    An error in the answer means that nothing was changed. Raises MalformedInput.
    """
    tending.hold_clock()
    date = date_of(tending, mode, wall)
    touched = stale(tending, date)
    if isinstance(mode, TrimBefore) and touched and not mode.force:
        told = f"{len(touched)} replicas were last synchronized before {date}; force the trim, or synchronize them"
        return Trimmed(
            kind=TrimKind.BEFORE, date=date, stale=_ids(touched), error=TrimError(code=Code.CONFLICT, message=told)
        )
    if isinstance(mode, TrimBefore) and mode.unregister:
        for replica in touched:
            tending.remove_replica(replica.id)
    tending.raise_floor(floor_for(tending, date))
    if isinstance(mode, TrimPreserving):
        return Trimmed(kind=TrimKind.PRESERVING, date=date, stale=_ids(touched))
    gone = mode.unregister
    return Trimmed(
        kind=TrimKind.BEFORE,
        date=date,
        stale=() if gone else _ids(touched),
        unregistered=_ids(touched) if gone else (),
    )


def _ids(replicas: Iterable[Replica]) -> tuple[UUID, ...]:
    return tuple(replica.id for replica in replicas)


def drop_history(tending: Tending) -> int:
    """Remove one batch of the history below the floor; 0 when none is left."""
    return tending.drop_history(tending.floor(), BATCH)


def drop_uploads(tending: Tending, beyond: tuple[UUID, str] | None) -> tuple[UUID, str] | None:
    """Forget outcomes whose base lies below the floor, one page of them; give where to go on, None at the end.

    No call from such a base is admitted any more, so none can be a resend.
    """
    page = tending.ledger_keys(beyond, BATCH)
    gone = []
    for replica_id, key in page:
        base = once.base_of_key(key)
        if base is not None and base < tending.floor():
            gone.append((replica_id, key))
    tending.drop_uploads(gone)
    return page[-1] if page else None


def unused_models(reading: Reading) -> list[int]:
    """List data-model versions that no stored row and no Moment from the floor on refers to."""
    at_floor = reading.data_model_at(reading.floor())
    candidates = [] if at_floor is None else reading.data_model_versions(at_floor.version)
    if not candidates:
        return []
    # Rows of an older version only ever disappear, so this list stays right after the read view.
    used = reading.schemas_in_use()
    return [version for version in candidates if version not in used]


def drop_leftovers(tending: Tending, models: Iterable[int]) -> None:
    """Forget what only removed history needed: digests below the floor, and `models` as `unused_models` gave them."""
    tending.drop_digests(tending.floor())
    tending.drop_data_models(list(models))
