"""What deltas said of one object: asked again of history, between the dates a replica is known to have been served.

A date is known as long as it is kept with the replica: the one its client has shown last, and those served
since. History answers for every Span between two of them, whatever archives were made then.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from kgsync.errors import SnapshotRequired
from kgsync.model.edits import Op
from kgsync.model.history import Moment, Span
from kgsync.model.replica import Replica
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.delta import check_answerable, said_of
from kgsync.sync.membership import Resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the delta of a Span says of an object, in the order it applies; no operation: nothing."""

    span: Span
    operations: tuple[Op, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """An object on its way to a replica.

    Nothing is known of what was served before `known_from` (None: nothing at all); `held_then` says whether
    the replica had the object at that date. `said` are the Spans from there to the newest date served, the
    oldest first. `coming` is the delta from that date to now, None when it cannot be made any more.
    """

    known_from: Moment | None
    held_then: bool
    said: tuple[Said, ...]
    coming: Said | None


def carriage(
    reading: Reading, replica: Replica, id: UUID, resolved: Resolved, codec: Codec, *, member: bool
) -> Carriage:
    """Ask what deltas said of an object; `member` says whether it belongs to the replica now."""
    dates = [date for date in _dates(reading, replica) if _is_answerable(reading, date)]
    spans = [Span(after, upto) for after, upto in pairwise(dates)]
    said = [_said(reading, span, id, resolved, codec) for span in spans]
    coming = None
    if replica.served in dates:
        coming = _said(reading, Span(replica.served, reading.clock()), id, resolved, codec)
    return Carriage(
        known_from=dates[0] if dates else None,
        held_then=bool(dates) and _held_before([*said, coming] if coming else said, member=member),
        said=tuple(said),
        coming=coming,
    )


def _dates(reading: Reading, replica: Replica) -> list[Moment]:
    known = {kept.moment for kept in reading.digests(replica.id)} | {replica.presented, replica.served}
    return sorted(date for date in known if replica.sights[-1].since <= date <= replica.served)


def _is_answerable(reading: Reading, date: Moment) -> bool:
    try:
        check_answerable(reading, date)
    except SnapshotRequired:
        return False
    return True


def _said(reading: Reading, span: Span, id: UUID, resolved: Resolved, codec: Codec) -> Said:
    """Ask one delta as it was: a change of the data model after its end changes nothing about it."""
    membership, restater, shape = resolved.membership, resolved.restater, resolved.shape
    then = reading.data_model_at(span.upto)
    if then is not None and then.version != resolved.model.version:
        restater = Restater(reading, then, codec)
        shape = max((t.shape for t in then.types if t.id in membership.types()), default=0)
    return Said(span=span, operations=said_of(id, reading.delta(membership, span, shape), restater))


def _held_before(said: list[Said], *, member: bool) -> bool:
    """Say whether the object was there before all these: only what is there is updated or deleted."""
    first = next((each.operations[0] for each in said if each.operations), None)
    return member if first is None else first is not Op.ADD
