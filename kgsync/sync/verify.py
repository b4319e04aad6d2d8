"""Verifying: do the archives a replica was served add up to what the server says it holds?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from kgsync.errors import SnapshotRequired
from kgsync.model.digest import Digest
from kgsync.model.history import Moment
from kgsync.model.replica import Replica, Warnings
from kgsync.model.schema import Category, family
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec
from kgsync.sync.delta import delta
from kgsync.sync.digest import digest_of, kept_digest, members_of
from kgsync.sync.membership import resolve
from kgsync.sync.synchronize import held_by

D = TypeVar("D")


class Holding(Protocol[D]):
    """What archives leave with a client, however it is kept."""

    @property
    def sync_date(self) -> Moment: ...

    def digest(self) -> Digest: ...

    def shape(self, category: Category, name: str) -> tuple[tuple[str, int], ...] | None: ...

    def compare(self, members: Iterable[tuple[str, UUID, int]], limit: int) -> list[D]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Generic[D]):
    """`agrees` is None when the server cannot say what the replica held then. `told` says how it was found,
    or what to do. `differences` are the first objects that differ, when the present can say."""

    agrees: bool | None
    held: Digest
    expected: Digest | None
    told: str
    differences: tuple[D, ...] = ()


def verify(reading: Reading, replica: Replica, holding: Holding[D], codec: Codec, limit: int) -> Verdict[D]:
    """Compare what archives add up to with the replica's digest at the date of the last of them."""
    date, held = holding.sync_date, holding.digest()
    changed = _reshaped_since(reading, replica, holding, codec) or _changed_since(reading, replica, date, codec)
    expected, told = _expected(reading, replica, date, changed, codec)
    if expected is None:
        return Verdict(agrees=None, held=held, expected=None, told=told)
    differences: tuple[D, ...] = ()
    if held != expected and changed is None:
        differences = tuple(holding.compare(members_of(reading, replica.seen, codec), limit))
    return Verdict(agrees=held == expected, held=held, expected=expected, told=told, differences=differences)


def digest_at(reading: Reading, replica: Replica, date: Moment, codec: Codec) -> tuple[Digest | None, str]:
    """Give a replica's digest at a date, None when the server cannot say; and how it was found, or what to do."""
    reshaped = reading.data_model().timestamp > date.ms
    changed = "the data model changed since" if reshaped else _changed_since(reading, replica, date, codec)
    return _expected(reading, replica, date, changed, codec)


def _expected(
    reading: Reading, replica: Replica, date: Moment, changed: str | None, codec: Codec
) -> tuple[Digest | None, str]:
    kept = kept_digest(reading, replica.id, date)
    if kept is not None:
        return kept.digest, f"the digest kept when {date} was served"
    if changed is None:
        return digest_of(reading, replica.seen, codec), "the members now: nothing changed since"
    told = (
        f"No digest of {date} is kept for {replica.name}, and {changed}. Synchronize the replica from {date} "
        "and verify with that delta added, or begin with a new snapshot."
    )
    return None, told


def _reshaped_since(reading: Reading, replica: Replica, holding: Holding[D], codec: Codec) -> str | None:
    """Say which type's rows are written otherwise now than the archives have them; None when none is."""
    for named_type in resolve(reading, replica.seen, codec, Warnings()).types:
        shape = tuple((p.name, family(p.field_type)) for p in named_type.properties)
        if holding.shape(named_type.category, named_type.name) != shape:
            return f"the type {named_type.name} changed since"
    return None


def _changed_since(reading: Reading, replica: Replica, date: Moment, codec: Codec) -> str | None:
    """Say why the present does not speak for a date; None when it does."""
    if date == reading.clock():
        return None
    try:
        before = held_by(replica, date)
        contents = delta(reading, replica.seen, date, codec, Warnings(), before=before)
    except SnapshotRequired as error:
        return f"what changed since cannot be said ({error.message})"
    if any(chunk for section in contents.sections for chunk in section.chunks):
        return "its objects changed since"
    return None
