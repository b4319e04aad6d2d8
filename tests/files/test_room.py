"""A disk that is almost full takes no more files, and what was begun leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import pytest

from kgsync.errors import StorageFull
from kgsync.files.archives import Archives
from kgsync.files.items import Items
from kgsync.files.room import Room
from kgsync.files.spool import MEMORY_BYTES, Spool

_MIB = 1024 * 1024


@pytest.fixture
def full(tmp_path: Path) -> Room:
    """A disk of which more is reserved than it has."""
    return Room(tmp_path, shutil.disk_usage(tmp_path).total + 1)


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


async def _body(read: list[int], count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        read.append(MEMORY_BYTES)
        yield bytes(MEMORY_BYTES)


@pytest.mark.parametrize("expected", [0, 3 * MEMORY_BYTES])
async def test_a_body_that_needs_the_disk_is_refused_and_read_to_its_end(
    tmp_path: Path, full: Room, expected: int
) -> None:
    spool, read = Spool(tmp_path / "spool", full), list[int]()
    with pytest.raises(StorageFull):
        await spool.receive(_body(read, 3), 10 * MEMORY_BYTES, expected)
    assert len(read) == 3, "a caller cut off in the middle sends again"
    assert _files(tmp_path) == []


async def test_a_body_that_fits_memory_needs_no_disk(tmp_path: Path, full: Room) -> None:
    async def small() -> AsyncIterator[bytes]:
        yield b"abc"

    assert (await Spool(tmp_path / "spool", full).receive(small(), 10, 3)).read() == b"abc"


async def test_room_is_asked_for_as_the_sender_says_before_anything_is_written(tmp_path: Path) -> None:
    room = Room(tmp_path, shutil.disk_usage(tmp_path).free - 64 * _MIB)
    with pytest.raises(StorageFull):
        await Spool(tmp_path / "spool", room).receive(_body([], 1), 1 << 60, 1 << 50)


async def test_parts_are_joined_only_where_the_whole_fits_and_stay_otherwise(tmp_path: Path, full: Room) -> None:
    async def part() -> AsyncIterator[bytes]:
        yield b"abc"

    body = await Spool(tmp_path / "spool").receive(part(), 10)
    items, name = Items(tmp_path / "items", full), "a" * 32
    with pytest.raises(StorageFull):
        items.put_part(name, 1, body)
    Items(tmp_path / "items").put_part(name, 1, body)
    with pytest.raises(StorageFull):
        items.join(name, 10)
    assert items.parts_size(name) == 3
    assert Items(tmp_path / "items").join(name, 10)[0] == 3


def test_an_archive_is_not_begun(tmp_path: Path, full: Room) -> None:
    archives = Archives(tmp_path / "archives", full)
    with pytest.raises(StorageFull):
        archives.write(archives.new_name(), lambda target: pytest.fail("nothing is written"))


def test_an_archive_stops_where_the_reserve_begins(tmp_path: Path) -> None:
    room = Room(tmp_path, shutil.disk_usage(tmp_path).free - 64 * _MIB)
    archives, written = Archives(tmp_path / "archives", room), 0

    def write(target: BinaryIO) -> None:
        nonlocal written
        for _ in range(1_000):
            target.write(bytes(_MIB))
            written += _MIB

    with pytest.raises(StorageFull, match="almost full"):
        archives.write(archives.new_name(), write)
    assert written <= 64 * _MIB
    assert _files(tmp_path / "archives") == []
