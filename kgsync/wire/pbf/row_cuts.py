"""Cut frames of rows into rows with their ids, without decoding them: a client that keeps rows as they came."""

from __future__ import annotations

from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.model.geometry import IDENTITY
from kgsync.wire.pbf.archive_reader import decode_archive_row, split_rows
from kgsync.wire.pbf.frames import encode_varint
from kgsync.wire.pbf.rows import DEST_TAG, ID_TAG, ORIGIN_TAG

Cut = tuple[bytes, bytes | None, bytes | None, bytes]
"""Id, origin, destination (16 bytes each), and the framed row."""

_HEAD = 18  # at most so much stands before the label: three tags and lengths


def cut_rows(frame: bytes, label: str, place: str) -> list[Cut]:
    """Cut a frame of rows of one type; rows written as ours are need no decoding. Raises MalformedInput."""
    name = label.encode()
    mark = b"\x0a" + encode_varint(len(name)) + name + ID_TAG
    size = len(mark)
    cuts: list[Cut] = []
    for row in split_rows(frame, place):
        at = row.find(mark, 0, _HEAD + size)
        if at < 0:
            cuts.append(_decoded(row, place))
            continue
        at += size
        end = at + 16
        id = row[at:end]
        if row.startswith(ORIGIN_TAG, end):
            if not row.startswith(DEST_TAG, end + 22):
                cuts.append(_decoded(row, place))
                continue
            cuts.append((id, row[end + 6 : end + 22], row[end + 28 : end + 44], row))
        else:
            cuts.append((id, None, None, row))
    if any(len(end) != 16 for cut in cuts for end in cut[:3] if end is not None):
        raise MalformedInput("a row ends inside an id", place=place)
    return cuts


def _decoded(row: bytes, place: str) -> Cut:
    found = decode_archive_row(row, IDENTITY, place)
    origin, dest = (None if end is None else _bytes(end) for end in (found.origin, found.dest))
    return found.id.bytes, origin, dest, row


def _bytes(id: UUID) -> bytes:
    return id.bytes
