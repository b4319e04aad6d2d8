"""Trimming the change log: what is asked, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kgsync.model.history import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimBefore:
    """Remove what is older than `date` (exclusive); `force` although replicas become stale by it."""

    date: Moment
    force: bool = False
    unregister: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimPreserving:
    """Remove what no replica needs any more.

    Replicas not heard of for `idle_ms` do not count (None: all count); `keep_ms` keeps what is younger
    than that, whoever needs it.
    """

    idle_ms: int | None = None
    keep_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimStatistics:
    """Change nothing; say what a trim before `candidate` would remove (None: before now)."""

    candidate: Moment | None = None


TrimMode = TrimBefore | TrimPreserving | TrimStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimCall:
    mode: TrimMode
    asynchronous: bool = False


class TrimKind(StrEnum):
    BEFORE = "before"
    PRESERVING = "preserving"
    STATISTICS = "statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaShare:
    """A replica a trim touches: the percentage of rows that go when trimming at its own `served`."""

    replica_id: UUID
    served: Moment
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimError:
    code: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What a trim did, or would do: `rows` of `total` rows, those older than `date`.

    `stale` are replicas that can then only take a snapshot, `unregistered` those that were taken off
    the list for it. With `error` nothing was changed.
    """

    kind: TrimKind
    date: Moment
    rows: int = 0
    total: int = 0
    stale: tuple[UUID, ...] = ()
    unregistered: tuple[UUID, ...] = ()
    shares: tuple[ReplicaShare, ...] = ()
    error: TrimError | None = None

    @property
    def percent(self) -> float:
        """Say which part of the change log went: 0 to 100, 0 of an empty one."""
        return 100 * self.rows / self.total if self.total else 0.0
