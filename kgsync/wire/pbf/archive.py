"""Read a replica archive: which files it holds, frame by frame.

`replica_header.binpb` and `data_model.binpb` stand beside the data files; a data file is a
length-delimited ReplicaDataHeader, then length-delimited frames. Names inside are never used as paths.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import MalformedInput, TooLarge
from kgsync.model.schema import Category
from kgsync.wire.pbf.frames import USUAL, WireLimits, check_frame_count, check_ratio, parse_message, read_block

HEADER_NAME = "replica_header.binpb"
DATA_MODEL_NAME = "data_model.binpb"

# Names of at most 201 bytes, 46 of fixed fields and 28 of zip64's: 6 MiB for as many files as an archive has.
_MAX_DIRECTORY_BYTES = 8 * 1024 * 1024
# Sizes of the records at the end of a zip, and of the longest comment after them.
_ENTRY_BYTES, _LOCAL_BYTES = 46, 30  # what stands before an entry's name, in the directory and before its data
_END_BYTES, _COMMENT_BYTES, _LOCATOR_BYTES, _END64_BYTES = 22, 65_535, 20, 56


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
    OverflowError,  # offsets past what a file can have
)


@contextmanager
def damage_told(place: str | None = None) -> Iterator[None]:
    """Turn what the standard library raises for damaged archives into MalformedInput at `place`."""
    try:
        yield
    except _DAMAGE as error:
        raise MalformedInput("the file is not a readable replica archive", place=place) from error


def open_zip(source: BinaryIO, place: str | None = None, limits: WireLimits = USUAL) -> zipfile.ZipFile:
    """Open a zip whose directory is of a size an archive's can be, and whole.

    Raises MalformedInput, TooLarge.
    """
    with damage_told(place):
        begin, size, count = _directory(source)
        if size > _MAX_DIRECTORY_BYTES:
            raise TooLarge(f"the directory of an archive is limited to {_MAX_DIRECTORY_BYTES} bytes", place=place)
        _check_count(source, begin, size, place, limits)
        archive = zipfile.ZipFile(source)
        if count != len(archive.infolist()):
            raise zipfile.BadZipFile("a damaged entry hides others")
        _check_members(archive.infolist(), begin, place, limits)
    return archive


def _check_count(source: BinaryIO, begin: int, size: int, place: str | None, limits: WireLimits) -> None:
    """Count the entries themselves, before zipfile makes an object of each. Raises TooLarge."""
    source.seek(begin)
    data, at, found = source.read(size), 0, 0
    while at + _ENTRY_BYTES <= len(data):
        found += 1
        if found > limits.members:
            raise TooLarge(f"an archive has at most {limits.members} files", place=place)
        at += _ENTRY_BYTES + sum(struct.unpack_from("<HHH", data, at + 28))


def _check_members(members: list[zipfile.ZipInfo], end: int, place: str | None, limits: WireLimits) -> None:
    """Refuse entries that share a name or bytes, or unpack to far more than data does. Raises MalformedInput."""
    if len({member.filename for member in members}) != len(members):
        raise MalformedInput("two files of the archive have the same name", place=place)
    in_place = sorted(members, key=lambda member: member.header_offset)
    ends = [*(member.header_offset for member in in_place[1:]), end]
    for member, next_begins in zip(in_place, ends, strict=True):
        if member.header_offset + _LOCAL_BYTES + member.compress_size > next_begins:
            raise MalformedInput("files of the archive share bytes", place=place)
        check_ratio(member.compress_size, member.file_size, place, limits)


def _directory(source: BinaryIO) -> tuple[int, int, int]:
    """Read where the directory begins, and how many bytes and entries it has.

    zipfile reads all the bytes, wherever they are said to be, and asks for no count.
    """
    length = source.seek(0, os.SEEK_END)
    start = source.seek(max(0, length - _END_BYTES - _COMMENT_BYTES))
    tail = source.read(_END_BYTES + _COMMENT_BYTES)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise zipfile.BadZipFile("no end of directory")
    count, size = struct.unpack_from("<HI", tail, at + 10)
    source.seek(max(0, start + at - _LOCATOR_BYTES))
    locator = source.read(_LOCATOR_BYTES)
    if locator[:4] == b"PK\x06\x07":
        source.seek(struct.unpack_from("<Q", locator, 8)[0])
        count, size = struct.unpack_from("<QQ", source.read(_END64_BYTES), 32)
        at -= _END64_BYTES + _LOCATOR_BYTES
    return max(0, start + at - size), size, count


def read_archive(source: BinaryIO, limits: WireLimits = USUAL) -> Iterator[tuple[Any, Iterator[bytes]]]:
    """Give each data file as (ReplicaDataHeader, its frames), streaming; names are never used as paths.

    Raises MalformedInput for anything that is not an archive.
    """
    with damage_told(), open_zip(source, limits=limits) as archive:
        for member in archive.infolist():
            if member.filename in (HEADER_NAME, DATA_MODEL_NAME):
                continue
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise MalformedInput("an archive is stored or deflated", place=member.filename[:100])
            with archive.open(member) as data:
                frames = read_frames(data, member.file_size, member.filename, limits)
                header = next(frames, b"")
                yield parse_message(sync.ReplicaDataHeader, header, member.filename), frames


def read_frames(data: Any, size: int, place: str, limits: WireLimits = USUAL) -> Iterator[bytes]:
    """Give the length-delimited blocks of an open member of `size` bytes, unpacked. Raises MalformedInput."""
    left, count = size, 0
    with damage_told(place):
        while left > 0:
            block = read_block(data, left, place, limits)
            if block is None:
                return
            frame, left = block
            count += 1
            check_frame_count(count, place, limits)
            yield frame


def read_header(source: BinaryIO, limits: WireLimits = USUAL) -> Any:
    """Read the ReplicaHeader of an archive. Raises MalformedInput."""
    with damage_told(), open_zip(source, limits=limits) as archive:
        if archive.getinfo(HEADER_NAME).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise MalformedInput("an archive is stored or deflated", place=HEADER_NAME)
        data = archive.open(HEADER_NAME)
        frame = next(read_frames(data, archive.getinfo(HEADER_NAME).file_size, HEADER_NAME), b"")
        return parse_message(sync.ReplicaHeader, frame, HEADER_NAME)


def category_of(header: Any, place: str) -> Category:
    """Read the category of a data file. Raises MalformedInput for unknown ones."""
    try:
        return Category(header.type_category)
    except ValueError:
        raise MalformedInput(f"category {header.type_category} is unknown", place=place) from None
