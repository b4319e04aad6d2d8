"""Receiving bytes: whole, measured, within limits; nothing left behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kgsync.errors import MalformedInput, TooLarge
from kgsync.files.room import Room
from kgsync.files.spool import MEMORY_BYTES, Spool


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.mark.parametrize("size", [0, 1, MEMORY_BYTES - 1, MEMORY_BYTES, MEMORY_BYTES + 1, 3 * MEMORY_BYTES])
async def test_a_body_comes_back_as_it_was_sent(spool: Spool, size: int) -> None:
    data = os.urandom(size)
    body = await spool.receive(_chunks(data[: size // 2], data[size // 2 :]), 10 * MEMORY_BYTES)
    assert (body.size, body.digest) == (size, hashlib.sha256(data).hexdigest())
    assert body.read() == body.read() == data
    body.discard()


async def test_a_body_at_its_limit_is_taken_and_one_more_byte_is_not(spool: Spool) -> None:
    assert (await spool.receive(_chunks(b"12345"), 5)).size == 5
    with pytest.raises(TooLarge):
        await spool.receive(_chunks(b"123456"), 5)


async def test_a_refused_body_leaves_no_file(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await spool.receive(_chunks(bytes(MEMORY_BYTES), bytes(MEMORY_BYTES), b"x"), 2 * MEMORY_BYTES)
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_body_past_twice_its_limit_is_not_read_on(spool: Spool) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(10)

    with pytest.raises(TooLarge):
        await spool.receive(endless(), 100)
    assert read <= 22


async def test_a_kept_body_is_the_owners_alone(spool: Spool, tmp_path: Path) -> None:
    small = await spool.receive(_chunks(b"abc"), 10)
    large = await spool.receive(_chunks(bytes(2 * MEMORY_BYTES)), 10 * MEMORY_BYTES)
    for name, body in (("small", small), ("large", large)):
        kept = body.keep(tmp_path / "kept" / name, Room(tmp_path))
        assert kept.read() == (b"abc" if name == "small" else bytes(2 * MEMORY_BYTES))
        assert stat.S_IMODE((tmp_path / "kept" / name).stat().st_mode) == 0o600


def test_leftovers_go_at_start_once_they_are_a_day_old(tmp_path: Path) -> None:
    old, young = tmp_path / "old.part", tmp_path / "young.part"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000,) * 2)
    Spool(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["young.part"]


async def test_a_body_that_stops_coming_or_drips_is_given_up(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgsync.files.spool.PATIENCE_SECONDS", 0.1)

    async def stops() -> AsyncIterator[bytes]:
        yield bytes(MEMORY_BYTES)
        await asyncio.sleep(30)

    async def drips() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.03)

    for body, told in ((stops(), "nothing of the body"), (drips(), "bytes a second")):
        with pytest.raises(MalformedInput, match=told):
            await spool.receive(body, 10 * MEMORY_BYTES)
    assert list((tmp_path / "spool").iterdir()) == []
