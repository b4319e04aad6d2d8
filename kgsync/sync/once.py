"""Once: an upload sent again is applied once and answered with the same outcome (law 5).

With a base Moment the key is base + digest of the decoded edits in order, because re-encoded bytes
differ (protobuf maps, gzip stamps). Without one, only a byte-identical body shortly after the
replica's latest upload is a resend: a weekly "status = OK" must count every time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kgsync.model.edits import EditsHeader, Frame, Outcome
from kgsync.model.history import Moment
from kgsync.store.base import LedgerEntry, Reading, Writing

_LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadKey:
    """How to recognise one upload: `exact` keys hold for good, `body` within `window_ms` of the latest."""

    exact: tuple[str, ...]
    body: str
    window_ms: int | None


def digest_edits(header: EditsHeader, frames: Iterable[Frame]) -> str:
    """Digest decoded edits in order, whatever bytes carried them. Raises what reading `frames` raises."""
    state = hashlib.sha256(repr((header.grid, header.cascade, header.cascade_provenance)).encode())
    for frame in frames:
        for batch in frame:
            state.update(repr((batch.op, batch.category, batch.type_name)).encode())
            for edit in batch.edits:
                values = getattr(edit, "values", None) or {}
                ends = (getattr(edit, "origin", None), getattr(edit, "dest", None))
                state.update(repr((edit.id, ends, sorted(values.items()))).encode())
    return state.hexdigest()


_BASE = re.compile(r"base:(\d{1,19}):", re.ASCII)


def base_of_key(key: str) -> Moment | None:
    """Read the base Moment an exact key holds for; None for keys of other kinds."""
    found = _BASE.match(key)
    return None if found is None else Moment(int(found[1]))


def key_with_base(base: Moment, digest: str, body: str, job: str | None) -> UploadKey:
    return UploadKey(exact=_with_job((f"base:{base.ms}:{digest}",), job), body=body, window_ms=None)


def key_without_base(body: str, window_ms: int, job: str | None) -> UploadKey:
    return UploadKey(exact=_with_job((), job), body=body, window_ms=window_ms)


def key_of_client(idempotency_key: str, body: str, job: str | None) -> UploadKey:
    """The client's own key replaces every other rule."""
    named = hashlib.sha256(idempotency_key.encode()).hexdigest()
    return UploadKey(exact=_with_job((f"key:{named}",), job), body=body, window_ms=None)


def _with_job(keys: tuple[str, ...], job: str | None) -> tuple[str, ...]:
    """A job taken over by another process must find what the dead one committed, however late."""
    return keys if job is None else (*keys, f"job:{job}")


def stored_outcome(reading: Reading, replica_id: UUID, key: UploadKey, now: int) -> Outcome | None:
    """Find the outcome of an earlier sending of this upload; `now` is the wall clock in ms."""
    for exact in key.exact:
        entry = reading.upload(replica_id, exact)
        if entry is not None:
            return entry.outcome
    if key.window_ms is not None:
        latest = reading.latest_upload(replica_id)
        if latest is not None and latest[0] == key.body and abs(now - latest[1].at) <= key.window_ms:
            return latest[1].outcome
    return None


def store_outcome(writing: Writing, replica_id: UUID, key: UploadKey, outcome: Outcome, now: int) -> None:
    """Keep an outcome in the commit that applied the edits."""
    keys = key.exact if key.window_ms is None else (*key.exact, _LATEST)
    writing.put_upload(replica_id, keys, key.body, LedgerEntry(outcome, now))
