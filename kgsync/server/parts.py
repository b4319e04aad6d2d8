"""What the verbs are made of: the wire as callables, limits, progress, where an upload comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from kgsync.errors import Cancelled
from kgsync.files.spool import Spooled
from kgsync.filters.cypher import MAX_TEXT_BYTES
from kgsync.model.contents import Contents
from kgsync.model.edits import EditsHeader, Frame
from kgsync.model.geometry import Geometry, Grid
from kgsync.model.replica import InlineEdits
from kgsync.sync.codec import Codec
from kgsync.sync.upload import MAX_EDITS

# Reads edits from a source of a given size: the header at once, frames as they are asked for.
ReadEdits = Callable[[BinaryIO, int], tuple[EditsHeader, Iterator[Frame]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The wire as plain callables; server/compose.py names the real ones."""

    codec: Codec
    write_archive: Callable[[BinaryIO, Contents, Callable[[], UUID], Callable[[], None]], None]
    read_apply_edits: ReadEdits
    read_upload_file: ReadEdits
    read_inline: Callable[[BinaryIO, InlineEdits], Iterator[Frame]]
    write_parameters: Callable[[Mapping[str, Geometry], Grid], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    archive_ms: int
    resend_ms: int
    query_seconds: float = 600.0
    most_edits: int = MAX_EDITS
    clause_bytes: int = MAX_TEXT_BYTES


def no_progress(percent: int) -> None:
    """Take no notice."""


Progress = Callable[[int], None]


def past_commit(progress: Progress) -> Progress:
    """Go on reporting progress, but stop no more: what was committed must be answered."""

    def report(percent: int) -> None:
        with suppress(Cancelled):
            progress(percent)

    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSource:
    """Where a synchronize call's edits come from: its own spooled body."""

    body: Spooled
    idempotency_key: str | None = None
    job: str | None = None
