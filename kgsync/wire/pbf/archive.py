"""Read a replica archive: which files it holds, frame by frame.

`replica_header.binpb` and `data_model.binpb` stand beside the data files; a data file is a
length-delimited ReplicaDataHeader, then length-delimited frames. Names inside are never used as paths.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import MalformedInput
from kgsync.model.schema import Category
from kgsync.wire.pbf.frames import check_frame_count, parse_message, read_block

HEADER_NAME = "replica_header.binpb"
DATA_MODEL_NAME = "data_model.binpb"

# Members of an archive: a file each per operation and type, with room for many types.
_MAX_MEMBERS = 100_000


# What the standard library raises for damaged archives; it promises no single kind.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,  # offsets before the file, names that are not UTF-8
    KeyError,
    NotImplementedError,
    EOFError,
    OSError,
    RuntimeError,
)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise MalformedInput("the file is not a readable replica archive") from error


def read_archive(source: BinaryIO) -> Iterator[tuple[Any, Iterator[bytes]]]:
    """Give each data file as (ReplicaDataHeader, its frames), streaming; names are never used as paths.

    Raises MalformedInput for anything that is not an archive.
    """
    with _damage_told(), zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        if len(members) > _MAX_MEMBERS:
            raise MalformedInput(f"an archive has at most {_MAX_MEMBERS} files")
        for member in members:
            if member.filename in (HEADER_NAME, DATA_MODEL_NAME):
                continue
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise MalformedInput("an archive is stored or deflated", place=member.filename[:100])
            with archive.open(member) as data:
                frames = _frames(data, member.file_size, member.filename)
                header = next(frames, b"")
                yield parse_message(sync.ReplicaDataHeader, header, member.filename), frames


def _frames(data: Any, size: int, place: str) -> Iterator[bytes]:
    left, count = size, 0
    with _damage_told():
        while left > 0:
            block = read_block(data, left, place)
            if block is None:
                return
            frame, left = block
            count += 1
            check_frame_count(count, place)
            yield frame


def read_header(source: BinaryIO) -> Any:
    """Read the ReplicaHeader of an archive. Raises MalformedInput."""
    with _damage_told(), zipfile.ZipFile(source) as archive:
        if archive.getinfo(HEADER_NAME).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise MalformedInput("an archive is stored or deflated", place=HEADER_NAME)
        data = archive.open(HEADER_NAME)
        frame = next(_frames(data, archive.getinfo(HEADER_NAME).file_size, HEADER_NAME), b"")
        return parse_message(sync.ReplicaHeader, frame, HEADER_NAME)


def category_of(header: Any, place: str) -> Category:
    """Read the category of a data file. Raises MalformedInput for unknown ones."""
    try:
        return Category(header.type_category)
    except ValueError:
        raise MalformedInput(f"category {header.type_category} is unknown", place=place) from None
