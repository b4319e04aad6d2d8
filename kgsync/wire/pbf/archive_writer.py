"""Write a replica archive: a plain zip, deflated, as a stream.

`replica_header.binpb` and `data_model.binpb` come first, then one file per operation and type (a new
one every 256 MiB), each a length-delimited ReplicaDataHeader and length-delimited frames. Rows
arrive in wire form and leave as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import UUID

from esriPBuffer.graph import SyncTypes_pb2 as sync
from isal import isal_zlib
from stream_zip import ZIP_64, Method, stream_zip

from kgsync.model.contents import Contents, Section
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.wire.pbf.archive import DATA_MODEL_NAME, HEADER_NAME
from kgsync.wire.pbf.datamodel import encode_data_model
from kgsync.wire.pbf.frames import delimited, encode_varint
from kgsync.wire.pbf.geometry import encode_grid, encode_reference

MAX_FILE_BYTES = 256 * 1024 * 1024
# isal's fastest level: 4 times zlib's speed at its level 1, about a tenth larger.
_LEVEL = 1
_WBITS = -15
_PIECE = 256 * 1024
# Common file systems allow names of 255 bytes; operation, id and ending take 51 of them.
_NAME_BYTES = 150


def _compressor() -> Any:
    return isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _WBITS)


def file_name(op: Op, type_name: str, unique: UUID) -> str:
    """Name a data file `<op>_<type>_<uuid>.binpb`, safe to unpack anywhere.

    The header inside is authoritative; characters that could leave a folder or clash become '-'.
    """
    safe = "".join(c if c.isalnum() or c in "_- ." else "-" for c in type_name).strip(". ") or "-"
    short = safe.encode()[:_NAME_BYTES].decode(errors="ignore")
    return f"{op.name.lower()}_{short}_{unique}.binpb"


def _data_header(section: Section) -> bytes:
    header = sync.ReplicaDataHeader(
        delta_type=int(section.op), type_name=section.type_name, type_category=int(section.category)
    )
    return delimited(header.SerializeToString())


# The years a zip entry can be dated in; a wall clock may say anything.
_ZIP_SECONDS = (315532800, 2**31 - 1)


def _zip_time(moment: Moment) -> datetime:
    low, high = _ZIP_SECONDS
    return datetime.fromtimestamp(min(max(moment.ms // 1000, low), high), UTC)


def _replica_header(contents: Contents) -> bytes:
    header = sync.ReplicaHeader(
        sync_date=contents.sync_date.ms,
        transform=encode_grid(contents.grid),
        sr=encode_reference(contents.spatial_reference),
    )
    return delimited(header.SerializeToString())


_Member = tuple[str, datetime, int, Method, Iterator[bytes]]


def _member(name: str, chunks: Iterator[bytes], when: datetime) -> _Member:
    return name, when, 0o644, ZIP_64, chunks


def _rationed(header: bytes, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """Give one data file's bytes: `first`, then chunks of `rest` until the file is full."""
    yield header
    written = 0
    chunk: bytes | None = first
    while chunk is not None:
        yield encode_varint(len(chunk))
        yield chunk
        written += len(chunk)
        chunk = next(rest, None) if written < MAX_FILE_BYTES else None


def write_archive(
    target: BinaryIO, contents: Contents, new_id: Callable[[], UUID], progress: Callable[[], None]
) -> None:
    """Write `contents` to `target`, calling `progress` before each chunk (it may raise to stop).

    Sections without rows leave no file: deployed clients refuse a data file without frames.
    """
    when = _zip_time(contents.sync_date)
    members = _members(contents, when, new_id, progress)
    for packed in stream_zip(members, get_compressobj=_compressor, chunk_size=_PIECE):
        target.write(packed)


def _members(
    contents: Contents, when: datetime, new_id: Callable[[], UUID], progress: Callable[[], None]
) -> Iterator[_Member]:
    yield _member(HEADER_NAME, iter((_replica_header(contents),)), when)
    yield _member(DATA_MODEL_NAME, iter((delimited(encode_data_model(contents.data_model)),)), when)
    for section in contents.sections:
        chunks = _watched(section.chunks, progress)
        for first in chunks:
            name = file_name(section.op, section.type_name, new_id())
            yield _member(name, _rationed(_data_header(section), first, chunks), when)


def _watched(chunks: Iterable[bytes], progress: Callable[[], None]) -> Iterator[bytes]:
    for chunk in chunks:
        progress()
        if chunk:
            yield chunk
