"""The upload half of a synchronize call, blocking: where its edits lie, its key, applying them once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from kgsync.errors import NotFound
from kgsync.files.items import Items
from kgsync.model.catalog import Item
from kgsync.model.edits import EditsHeader, Frame, Outcome
from kgsync.model.replica import InlineEdits, Replica, Synchronize, Warnings
from kgsync.server.parts import UploadSource, Wire
from kgsync.store.base import Writing
from kgsync.sync import once
from kgsync.sync import synchronize as rules
from kgsync.sync.upload import Caller, apply_edits


class Resent(Exception):
    """Carry a stored outcome out of a commit that therefore must not happen."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("resent")
        self.outcome = outcome


def as_they_are(writing: Writing, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Change nothing of frames."""
    return frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """The edits of one upload: their header, their frames as often as needed, their body key.

    `fit` changes frames inside the commit, each when those before it are applied.
    """

    header: EditsHeader
    body_key: str
    source: Callable[[], BinaryIO]
    read: Callable[[BinaryIO], Iterator[Frame]]
    fit: Callable[[Writing, Iterator[Frame]], Iterator[Frame]] = as_they_are

    @contextmanager
    def frames(self) -> Iterator[Iterator[Frame]]:
        """Open the frames afresh; a transaction that runs again opens them again."""
        source = self.source()
        try:
            yield self.read(source)
        finally:
            source.close()


def inline_edits(wire: Wire, edits: InlineEdits, upload: UploadSource) -> Edits:
    """Give the edits a request body carries."""
    return Edits(
        header=edits.header,
        body_key=f"body:{upload.body.digest}",
        source=upload.body.open,
        read=lambda source: wire.read_inline(source, edits),
    )


def uploaded_edits(wire: Wire, items: Items, item: Item) -> Edits:
    """Give the edits of a file uploaded before; its header is read. Raises MalformedInput."""
    with items.open(item.id) as source:
        header, _ = wire.read_upload_file(source, item.size)
    return Edits(
        header=header,
        body_key=f"file:{item.digest}",
        source=lambda: items.open(item.id),
        read=lambda source: wire.read_upload_file(source, item.size)[1],
    )


def key_of(edits: Edits, replica: Replica, call: Synchronize, upload: UploadSource, window_ms: int) -> once.UploadKey:
    """Decode every edit once, before the commit: malformed bytes never reach the writer.

    Raises MalformedInput.
    """
    with edits.frames() as frames:
        digest = once.digest_edits(edits.header, frames)
    base = rules.base_of(replica, call)
    if upload.idempotency_key:
        return once.key_of_client(upload.idempotency_key, edits.body_key, upload.job)
    if base is not None:
        return once.key_with_base(base, digest, edits.body_key, upload.job)
    return once.key_without_base(edits.body_key, window_ms, upload.job)


def apply_once(
    writing: Writing, edits: Edits, key: once.UploadKey, call: Synchronize, caller: Caller, now: int, wire: Wire
) -> Outcome:
    """Apply an upload in this commit and store its outcome. Raises Resent when it was applied before.

    Raises NotFound (the replica went meanwhile), SnapshotRequired, Conflict, and what applying raises.
    """
    assert caller.replica is not None, "uploads belong to a replica"
    replica = writing.replica(caller.replica)
    if replica is None:
        raise NotFound(f"The replica {caller.replica} does not exist")
    seen = once.stored_outcome(writing, replica.id, key, now)
    if seen is not None:
        raise Resent(seen)
    if call.download is not None:
        rules.admit(writing, replica, call, caller.allowed, Warnings(), wire.codec)
    with edits.frames() as frames:
        outcome = apply_edits(writing, edits.header, edits.fit(writing, frames), wire.codec, caller)
    once.store_outcome(writing, replica.id, key, outcome, now)
    return outcome
