"""Rows, values and geometries are the bytes in rows.json; protobuf's own classes agree."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.model.contents import Contents, Section
from kgsync.model.edits import Op
from kgsync.model.geometry import WGS84
from kgsync.model.history import Moment
from kgsync.model.schema import Category, DataModel
from kgsync.wire.pbf.archive_writer import write_archive
from tests.golden.cases import CASES
from tests.wire.samples import GRID

GOLDEN: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("rows.json").read_text())
NAMES = [(group, name) for group, cases in CASES.items() for name in cases]


def _archive() -> zipfile.ZipFile:
    section = Section(op=Op.ADD, category=Category.RELATIONSHIP, type_name="Knows", chunks=[b"\x12\x00"])
    contents = Contents(
        sync_date=Moment(1_700_000_000_123),
        spatial_reference=WGS84,
        grid=GRID,
        data_model=DataModel(timestamp=7),
        sections=[section],
    )
    target = io.BytesIO()
    write_archive(target, contents, lambda: UUID(int=7), lambda: None)
    return zipfile.ZipFile(target)


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_bytes_written_are_the_golden_ones(group: str, name: str) -> None:
    assert CASES[group][name].written().hex() == GOLDEN[group][name]


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_protobuf_writes_the_golden_bytes_too(group: str, name: str) -> None:
    assert CASES[group][name].message().SerializeToString().hex() == GOLDEN[group][name]


def test_golden_bytes_name_exactly_the_cases() -> None:
    named = [(group, name) for group, cases in GOLDEN.items() if group != "archive" for name in cases]

    assert sorted(named) == sorted(NAMES)


@pytest.mark.parametrize("name", ["replica_header.binpb", f"add_Knows_{UUID(int=7)}.binpb"])
def test_archive_files_are_the_golden_bytes(name: str) -> None:
    with _archive() as archive:
        assert archive.read(name).hex() == GOLDEN["archive"][name]


def test_golden_archive_header_says_its_date_grid_and_reference() -> None:
    data = bytes.fromhex(GOLDEN["archive"]["replica_header.binpb"])

    header = sync.ReplicaHeader.FromString(data[1:])

    assert data[0] == len(data) - 1
    assert header.sync_date == 1_700_000_000_123
    assert (header.transform.scale.xScale, header.transform.translate.xTranslate) == (1e-9, -400.0)
    assert (header.sr.wkid, header.sr.lastestWkid) == (4326, 4326)
