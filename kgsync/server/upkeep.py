"""Upkeep in short transactions: trimming the change log, asked or by the policy; encoding outgrown rows anew.

Everything here can be stopped anywhere and begun again: what a killed trim left is finished by the next look.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from kgsync.errors import KgsyncError
from kgsync.model.audit import Action, event
from kgsync.model.catalog import Service
from kgsync.model.history import Moment
from kgsync.model.people import POLICY, Principal
from kgsync.model.trim import TrimBefore, Trimmed, TrimMode, TrimPreserving, TrimStatistics
from kgsync.server.parts import Progress, no_progress, past_commit
from kgsync.store.database import Store
from kgsync.sync import reencoding, trim
from kgsync.sync.codec import Codec

_log = structlog.get_logger(__name__)
DAY_MS = 86_400_000
# Between two batches: whoever waits for SQLite's one writer gets it.
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimPolicy:
    """What the server trims by itself; with neither it trims nothing."""

    keep_days: float | None = None
    while_needed: bool = False
    idle_days: float = 30.0

    def mode(self, wall: int) -> TrimBefore | TrimPreserving | None:
        """Give the trim the policy asks for at a wall clock time in ms."""
        keep_ms = None if self.keep_days is None else int(self.keep_days * DAY_MS)
        if self.while_needed:
            return TrimPreserving(idle_ms=int(self.idle_days * DAY_MS), keep_ms=keep_ms or 0)
        if keep_ms is None or keep_ms >= wall:
            return None
        return TrimBefore(date=Moment(wall - keep_ms), force=True)


def trim_service(
    store: Store, svc: int, mode: TrimMode, wall: int, progress: Progress = no_progress, who: Principal = POLICY
) -> Trimmed:
    """Trim, or say what a trim would do; blocking. Raises MalformedInput, Cancelled before anything changed."""
    with store.reading(svc) as reading:
        if isinstance(mode, TrimStatistics):
            return trim.statistics(reading, mode, wall)
        expected = trim.preview(reading, mode, wall)
    progress(1)
    with store.tending(svc) as tending:
        begun = trim.begin(tending, mode, wall)
        if begun.error is None:
            facts = {"date": begun.date.ms, "stale": len(begun.stale), "unregistered": len(begun.unregistered)}
            tending.audit(event(who, Action.TRIM, wall, facts))
    if begun.error is not None:
        return begun
    rows = _clear(store, svc, expected.rows, past_commit(progress))
    return Trimmed(
        kind=begun.kind,
        date=begun.date,
        rows=rows,
        total=max(expected.total, rows),
        stale=begun.stale,
        unregistered=begun.unregistered,
    )


def preview_trim(store: Store, svc: int, mode: TrimBefore | TrimPreserving, wall: int) -> Trimmed:
    """Say what this trim would do; blocking. Raises MalformedInput."""
    with store.reading(svc) as reading:
        return trim.preview(reading, mode, wall)


def _clear(store: Store, svc: int, expected: int, progress: Progress) -> int:
    """Remove everything below the floor; give how many versions went."""
    rows = 0
    while True:
        with store.tending(svc) as tending:
            gone = trim.drop_history(tending)
        rows += gone
        if gone < trim.BATCH:
            break
        progress(min(99, rows * 100 // max(expected, rows + 1)))
        time.sleep(_PAUSE_SECONDS)
    beyond = None
    while True:
        with store.tending(svc) as tending:
            beyond = trim.drop_uploads(tending, beyond)
        if beyond is None:
            break
        time.sleep(_PAUSE_SECONDS)
    with store.reading(svc) as reading:
        models = trim.unused_models(reading)
    with store.tending(svc) as tending:
        trim.drop_leftovers(tending, models)
    return rows


def trim_by_policy(store: Store, policy: TrimPolicy, wall: int) -> None:
    """Trim every service as the policy says, and finish what a killed trim left; blocking."""
    with store.catalog() as catalog:
        services = catalog.services()
    for service in services:
        try:
            _trim_one(store, service, policy.mode(wall), wall)
        except KgsyncError as error:
            _log.warning("could not trim", service=service.path, reason=error.message)


def _trim_one(store: Store, service: Service, mode: TrimBefore | TrimPreserving | None, wall: int) -> None:
    with store.reading(service.id) as reading:
        unfinished = reading.has_history(reading.floor())
        wanted = mode is not None and reading.has_history(trim.floor_for(reading, trim.date_of(reading, mode, wall)))
    if wanted and mode is not None:
        done = trim_service(store, service.id, mode, wall)
        _log.info("trimmed", service=service.path, before=str(done.date), versions=done.rows, stale=len(done.stale))
    elif unfinished:
        _log.info("finished a trim", service=service.path, versions=_clear(store, service.id, 0, no_progress))


class Reencoder:
    """Encode outgrown rows anew, service by service; knows which have nothing left to do."""

    def __init__(self, store: Store, codec: Codec) -> None:
        self._store, self._codec = store, codec
        self._done: dict[int, tuple[int, Moment]] = {}  # service to the model version and floor of its last pass

    def pass_over_all(self) -> int:
        """Look at every service; blocking. Give how many rows were encoded."""
        with self._store.catalog() as catalog:
            services = catalog.services()
        rows = 0
        for service in services:
            try:
                rows += self.pass_over(service.id)
            except KgsyncError as error:
                _log.warning("could not encode rows anew", service=service.path, reason=error.message)
        return rows

    def pass_over(self, svc: int) -> int:
        """Encode a service's outgrown rows, page by page in short transactions; give how many."""
        with self._store.reading(svc) as reading:
            state = (reading.data_model().version, reading.floor())
        if self._done.get(svc) == state:
            return 0
        rows, beyond = 0, None
        while True:
            with self._store.reading(svc) as reading:
                page = reencoding.outgrown(reading, beyond)
            if not page:
                break
            beyond = page[-1]
            with self._store.tending(svc) as tending:
                rows += reencoding.reencode(tending, page, self._codec)
            time.sleep(_PAUSE_SECONDS)
        self._done[svc] = state
        return rows
