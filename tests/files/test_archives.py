"""Archive files and items: there whole, or not at all."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from kgsync.errors import MalformedInput
from kgsync.files.archives import Archives
from kgsync.files.items import Items
from kgsync.files.spool import Spooled


def test_a_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    archives = Archives(tmp_path)

    def broken(target: BinaryIO) -> None:
        target.write(b"half")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        archives.write("a", broken)
    assert list(tmp_path.iterdir()) == []


def test_a_finished_file_is_there_and_private(tmp_path: Path) -> None:
    archives = Archives(tmp_path)
    assert archives.write("a", lambda target: target.write(b"whole")) == 5  # type: ignore[arg-type]
    assert archives.path("a").read_bytes() == b"whole"
    assert stat.S_IMODE(archives.path("a").stat().st_mode) == 0o600


def test_names_cannot_be_guessed(tmp_path: Path) -> None:
    archives = Archives(tmp_path)
    names = {archives.new_name() for _ in range(1_000)}
    assert len(names) == 1_000
    assert all(len(name) == len("_ags_kgs_") + 32 for name in names)


def test_only_old_files_nothing_refers_to_are_swept(tmp_path: Path) -> None:
    archives = Archives(tmp_path)
    for name in ("live", "dead", "young"):
        archives.write(name, lambda target: target.write(b"x"))  # type: ignore[arg-type]
    for name in ("live", "dead"):
        os.utime(archives.path(name), (1, 1))
    assert archives.sweep({"live"}, time.time() - 3600) == 1
    assert sorted(p.stem for p in tmp_path.iterdir()) == ["live", "young"]


@pytest.mark.parametrize("name", ["", "..", "../x", "A" * 32, "a" * 31, "a" * 31 + "/"])
def test_an_item_id_never_becomes_another_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(MalformedInput):
        Items(tmp_path).path(name)


def test_parts_join_by_number_whatever_order_they_came_in(tmp_path: Path) -> None:
    items, name = Items(tmp_path), "a" * 32
    for number, data in ((2, b"world"), (1, b"old"), (1, b"hello "), (10, b"!")):
        items.put_part(name, number, Spooled(data, None, len(data), ""))
    size, _ = items.join(name, 12)
    with items.open(name) as file:
        assert file.read() == b"hello world!"
    assert size == 12
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_nothing_cannot_be_joined(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput):
        Items(tmp_path).join("a" * 32, 10)
