"""Watching: the net changes of each commit for a replica's definition, as long as they are few.

What is many is not sent here: whoever watches then synchronizes, and watches on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kgsync.errors import Forbidden, KgsyncError
from kgsync.model.edits import Op
from kgsync.model.geometry import Grid, default_grid
from kgsync.model.history import Moment, Span
from kgsync.model.replica import Replica, Warnings
from kgsync.model.schema import Category
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec
from kgsync.sync.delta import check_answerable, sections_of
from kgsync.sync.membership import Resolved, resolve
from kgsync.sync.synchronize import held_by

MOST_COMMITS = 100  # told at once; each is asked for by itself
MOST_BYTES = 4 * 1024 * 1024  # of rows in one answer: a delta carries more for less


@dataclass(frozen=True, slots=True)
class Rows:
    """Framed rows of one operation and type, as archives have them."""

    op: Op
    category: Category
    type_name: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened in a Span; `catch_up` when it is too much, or of another kind, to be told here."""

    span: Span
    rows: tuple[Rows, ...] = ()
    catch_up: bool = False
    grid: Grid | None = None  # of the geometries in `rows`


def watched(reading: Reading, replica: Replica, after: Moment, codec: Codec) -> list[Seen]:
    """Tell what concerns a replica after a date, commit by commit; the last Span ends at the clock.

    A change of the data model or of what the replica sees is told by catching up, and so is a date no delta starts
    from: synchronizing says what to do about it. Raises Forbidden for replicas that only upload.
    """
    if not replica.direction.downloads:
        raise Forbidden("This replica only uploads; there is nothing to watch for it")
    clock = reading.clock()
    whole = Span(after, clock)
    if after == clock:
        return []
    try:
        check_answerable(reading, after)
        same = held_by(replica, after) == replica.seen
        found = resolve(reading, replica.seen, codec, Warnings())
    except KgsyncError:
        return [Seen(whole, catch_up=True)]
    moments = reading.commits(after, MOST_COMMITS + 1)
    if not same or found.model.timestamp > after.ms or len(moments) > MOST_COMMITS:
        return [Seen(whole, catch_up=True)]
    told: list[Seen] = []
    left, begin = MOST_BYTES, after
    grid = default_grid(found.model.spatial_reference)
    for moment in (*moments, *((clock,) if not moments or moments[-1] < clock else ())):
        rows = _few_rows(_rows(reading, Span(begin, moment), found, codec), left)
        if rows is None:
            return [*told, Seen(Span(begin, clock), catch_up=True)]
        left -= sum(len(each.rows) for each in rows)
        if rows or moment == clock:
            told.append(Seen(Span(begin, moment), rows, grid=grid))
            begin = moment
    return told


def _rows(reading: Reading, span: Span, found: Resolved, codec: Codec) -> Iterator[Rows]:
    """Give the rows of a Span, a chunk at a time."""
    changes = reading.delta(found.membership, span, found.shape)
    for section in sections_of(changes, found.model, found.restater, codec):
        for chunk in section.chunks:
            yield Rows(section.op, section.category, section.type_name, chunk)


def _few_rows(rows: Iterator[Rows], most: int) -> tuple[Rows, ...] | None:
    """Take rows of at most so many bytes together; None when there are more."""
    taken: list[Rows] = []
    for each in rows:
        most -= len(each.rows)
        if most < 0:
            return None
        taken.append(each)
    return tuple(taken)
