"""Reading archives for people: what they say, and where they are damaged."""

from __future__ import annotations

import io
import random
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryDataModelResponse_pb2 as model
from esriPBuffer.graph import QueryResponse_pb2 as query
from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import MalformedInput, TooLarge
from kgsync.model.edits import Op
from kgsync.model.geometry import WGS84, default_grid
from kgsync.model.history import Moment
from kgsync.model.schema import Category
from kgsync.wire.pbf import archive
from kgsync.wire.pbf.archive import DATA_MODEL_NAME, HEADER_NAME
from kgsync.wire.pbf.archive_reader import ArchiveReader, decode_archive_row, opened_archive
from kgsync.wire.pbf.frames import FREE_BYTES, WireLimits, delimited
from tests.archives import Given, save_rows, whole
from tests.graphs import KNOWS, PERSON, uid

PEOPLE, LINKS = whole(PERSON), whole(KNOWS)
GRID = default_grid(WGS84)


def _everything(data: bytes, name: str = "") -> int:
    """Read every row of an archive; give how many there are."""
    with opened_archive(io.BytesIO(data), name) as reader:
        return sum(
            1 + len(decode_archive_row(row.row, reader.header.grid, file.name).values)
            for file in reader.files
            for row in reader.rows(file)
        )


def _archive(tmp_path: Path) -> bytes:
    people = {k: {"name": f"person {k}", "age": k} for k in range(1, 60)}
    given: list[Given] = [(Op.ADD, PEOPLE, people), (Op.ADD, LINKS, {90: {}}), (Op.DELETE, PEOPLE, {91: None})]
    return save_rows(tmp_path / "a.zip", given).read_bytes()


def _zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in members.items():
            written.writestr(name, data)
    return target.getvalue()


def _with_data(*frames: bytes, op: int = 1, category: int = 1) -> bytes:
    """Make an archive of one data file of given frames, as any server might."""
    header = sync.ReplicaDataHeader(delta_type=op, type_name="Person", type_category=category).SerializeToString()
    return _zipped(
        {
            HEADER_NAME: delimited(sync.ReplicaHeader(sync_date=5).SerializeToString()),
            DATA_MODEL_NAME: delimited(model.GraphDataModel(data_model_timestamp=7).SerializeToString()),
            "add_Person.binpb": b"".join(map(delimited, (header, *frames))),
        }
    )


def test_an_archive_says_when_where_and_what(tmp_path: Path) -> None:
    with opened_archive(io.BytesIO(_archive(tmp_path))) as reader:
        assert (reader.header.sync_date, reader.header.grid) == (Moment(1_000), GRID)
        assert reader.header.spatial_reference == WGS84
        assert [(t.category, t.name) for t in reader.model.types] == [
            (Category.ENTITY, "Person"),
            (Category.RELATIONSHIP, "Knows"),
        ]
        assert [(f.op, f.category, f.type_name) for f in reader.files] == [
            (Op.ADD, Category.ENTITY, "Person"),
            (Op.ADD, Category.RELATIONSHIP, "Knows"),
            (Op.DELETE, Category.ENTITY, "Person"),
        ]
        assert all(f.size > f.packed // 2 > 0 for f in reader.files)


def test_rows_come_as_they_travel_and_decoded(tmp_path: Path) -> None:
    with opened_archive(io.BytesIO(_archive(tmp_path))) as reader:
        first = next(reader.rows(reader.files[0]))
        (knows,) = reader.rows(reader.files[1])
        (gone,) = reader.rows(reader.files[2])
    person = decode_archive_row(first.row, GRID, "here")
    assert (person.id, first.id, person.values["name"]) == (uid(1), uid(1), "person 1")
    assert list(person.values) == ["objectid", "globalid", "name", "age"]
    link = decode_archive_row(knows.row, GRID, "here")
    assert (link.id, link.origin, link.dest) == (uid(90), uid(1), uid(2))
    assert decode_archive_row(gone.row, GRID, "here") == (uid(91), {}, None, None)


def test_a_delete_row_may_be_a_bare_id(tmp_path: Path) -> None:
    value = graph.AnyValue(primitive_value=graph.PrimitiveValue(uuid_value=uid(7).bytes))
    frame = query.GraphQueryResultFrame(rows=[query.GraphQueryRow(values=[value])], exceeded_transfer_limit=True)
    data = _with_data(frame.SerializeToString(), op=3)
    with opened_archive(io.BytesIO(data)) as reader:
        (row,) = reader.rows(reader.files[0])
        assert row.id == uid(7)
        assert decode_archive_row(row.row, GRID, "here") == (uid(7), {}, None, None)


def test_a_file_without_frames_has_no_rows() -> None:
    assert _everything(_with_data()) == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a readable"),
        (b"PK\x03\x04 and no more", "not a readable"),
        (_zipped({"x": b""}), f"{HEADER_NAME}: the archive has no such file"),
        (_with_data(op=9), r"add_Person\.binpb: the header of the data file says 9"),
        (_with_data(category=3), r"add_Person\.binpb: .*3"),
        (_with_data(b"\x12\x05ab"), r"frame 1: a row of 5 bytes is announced, 2 are left"),
        (_with_data(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "frame 1: the bytes are not a frame"),
        (_with_data(b"\x12\x00"), "frame 1, row 0: a row has one value"),
        (_with_data(b"\x12\x02\x0a\x00"), "frame 1, row 0: a row holds an entity, a relationship or an id, not None"),
        (_with_data(b"\x12\x04\x0a\x02\x22\x00"), "frame 1, row 0: the row has no id"),
        (_with_data(b"\x22\x00"), "frame 1: the frame holds more than rows"),
        (
            _with_data(query.GraphQueryResultFrame(error=graph.Error(error_message="no disk")).SerializeToString()),
            "frame 1: the frame holds an error instead of rows: 'no disk'",
        ),
    ],
)
def test_what_is_no_archive_is_refused_with_its_place(data: bytes, words: str) -> None:
    with pytest.raises(MalformedInput, match=rf"^x\.zip: .*{words}"):
        _everything(data, "x.zip")


def test_a_damaged_archive_is_never_read_short_in_silence(tmp_path: Path) -> None:
    data, chance = _archive(tmp_path), random.Random(7)
    count = _everything(data)
    directory = data.index(b"PK\x01\x02")
    # Every byte of the directory, which has no checksum of its own, and some of the rest.
    for at in (*range(directory, len(data)), *chance.sample(range(directory), 300)):
        broken = bytearray(data)
        broken[at] ^= 1 << chance.randrange(8)
        with suppress(MalformedInput):
            assert _everything(bytes(broken)) == count, at
    for length in range(0, len(data), 37):
        with pytest.raises(MalformedInput):
            _everything(data[:length])


def test_damage_inside_a_file_is_told_with_its_name(tmp_path: Path) -> None:
    data = bytearray(_archive(tmp_path))
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        member = zipped.infolist()[2]
    middle = member.header_offset + 30 + len(member.filename) + member.compress_size // 2
    data[middle : middle + 8] = bytes(8)
    with pytest.raises(MalformedInput, match=r"a\.zip: add_Person_"):
        _everything(bytes(data), "a.zip")


def test_a_directory_past_its_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _zipped({f"{k:0200d}": b"" for k in range(50)})
    monkeypatch.setattr(archive, "_MAX_DIRECTORY_BYTES", 10_000)
    monkeypatch.setattr(ArchiveReader, "__init__", None)  # would fail loudly
    with pytest.raises(TooLarge, match="directory"):
        _everything(data)


def test_zip64_directories_are_measured_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zipfile.ZIP_FILECOUNT_LIMIT", 2)
    data = _zipped({f"{k:0200d}": b"" for k in range(50)})
    assert b"PK\x06\x07" in data
    monkeypatch.setattr(archive, "_MAX_DIRECTORY_BYTES", 10_000)
    with pytest.raises(TooLarge, match="directory"):
        _everything(data)


def _packed(members: list[tuple[str, bytes]]) -> bytes:
    held = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, of a name twice
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in members:
                target.writestr(name, data)
    return held.getvalue()


def _opened(data: bytes) -> None:
    archive.open_zip(io.BytesIO(data)).close()


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(MalformedInput, match="same name"):
        _opened(_packed([("add_A_1.binpb", b"x"), ("add_A_1.binpb", b"y")]))


def test_files_that_share_bytes_are_refused() -> None:
    data = bytearray(_packed([("add_A_1.binpb", b"x" * 50), ("add_A_2.binpb", b"y" * 50)]))
    entries = [i for i in range(len(data)) if data[i : i + 4] == b"PK\x01\x02"]
    data[entries[1] + 42 : entries[1] + 46] = data[entries[0] + 42 : entries[0] + 46]
    with pytest.raises(MalformedInput, match="share bytes"):
        _opened(bytes(data))


def test_a_file_that_unpacks_to_far_more_than_data_does_is_refused() -> None:
    with pytest.raises(TooLarge, match="200 times"):
        _opened(_packed([("add_A_1.binpb", bytes(FREE_BYTES + 1))]))
    _opened(_packed([("add_A_1.binpb", bytes(FREE_BYTES))]))


def test_names_are_read_and_never_used_as_paths(tmp_path: Path) -> None:
    """Whatever a name says, nothing is written: the reader streams, and knows files by what they hold."""
    before = sorted(tmp_path.rglob("*"))
    for name in ("../../x", "/etc/passwd", "C:\\x", "a\\..\\b", "x" * 300, "CON", "\u202exe.x", "a:b"):
        _opened(_packed([(name, b"x")]))
    assert sorted(tmp_path.rglob("*")) == before


def test_more_files_than_an_archive_has_are_counted_before_they_are_read() -> None:
    few = WireLimits(members=3)
    members = [(f"add_A_{n}.binpb", b"") for n in range(4)]
    archive.open_zip(io.BytesIO(_packed(members[:3])), limits=few).close()
    with pytest.raises(TooLarge, match="at most 3 files"):
        archive.open_zip(io.BytesIO(_packed(members)), limits=few)
