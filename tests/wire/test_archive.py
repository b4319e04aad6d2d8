"""Archives written as a stream: zipfile reads them, and so does read_archive, frame by frame."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from esriPBuffer.graph import QueryDataModelResponse_pb2 as answer
from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import Cancelled, MalformedInput
from kgsync.model.contents import Contents, Section
from kgsync.model.edits import Op
from kgsync.model.geometry import IDENTITY, WGS84
from kgsync.model.history import Moment
from kgsync.model.schema import Category, DataModel
from kgsync.wire.pbf import archive_writer
from kgsync.wire.pbf.archive import DATA_MODEL_NAME, HEADER_NAME, category_of, read_archive, read_header
from kgsync.wire.pbf.archive_writer import file_name, write_archive
from kgsync.wire.pbf.frames import delimited
from kgsync.wire.pbf.rows import encode_delete_row
from tests.wire.samples import GRID, ID, ORIGIN

ENTITY, LINK = Category.ENTITY, Category.RELATIONSHIP
ROW, OTHER = encode_delete_row(ENTITY, "T", ID), encode_delete_row(ENTITY, "T", ORIGIN)
HOSTILE = [
    "../x",
    "..\\x",
    "/etc/passwd",
    "C:\\x",
    "CON",
    "n" * 300,
    "漢" * 300,
    "a\u202egnp.exe",
    "a\x00b",
    ".",
    "..",
    " ",
    "",
    "a:b",
    "a\nb",
    "\U0001f600",
]


class _Ids:
    """Ids 1, 2, 3, ..."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> UUID:
        self.last += 1
        return UUID(int=self.last)


def _section(op: Op, name: str, chunks: Iterable[bytes], category: Category = ENTITY) -> Section:
    return Section(op=op, category=category, type_name=name, chunks=chunks)


def _write(*sections: Section, at: int = 1_700_000_000_123) -> io.BytesIO:
    contents = Contents(
        sync_date=Moment(at),
        spatial_reference=WGS84,
        grid=GRID,
        data_model=DataModel(timestamp=7),
        sections=iter(sections),
    )
    target = io.BytesIO()
    write_archive(target, contents, _Ids(), lambda: None)
    return target


def _read(source: io.BytesIO) -> list[tuple[int, str, int, list[bytes]]]:
    return [(h.delta_type, h.type_name, h.type_category, list(f)) for h, f in read_archive(source)]


def test_an_archive_of_nothing_is_its_header_and_data_model() -> None:
    with zipfile.ZipFile(_write()) as archive:
        model = archive.read(DATA_MODEL_NAME)

        assert archive.testzip() is None
        assert archive.namelist() == [HEADER_NAME, DATA_MODEL_NAME]
    assert model[0] == len(model) - 1
    assert answer.GraphDataModel.FromString(model[1:]).data_model_timestamp == 7


def test_the_header_says_date_grid_and_reference() -> None:
    header = read_header(_write())

    assert (header.sync_date, header.sr.wkid) == (1_700_000_000_123, 4326)
    assert header.transform.scale.xScale == GRID.scale_x


def test_sections_come_back_in_order_each_chunk_one_frame() -> None:
    source = _write(
        _section(Op.DELETE, "K", [ROW], LINK),
        _section(Op.ADD, "T", [ROW, OTHER + ROW]),
        _section(Op.UPDATE, "T", [OTHER]),
    )

    assert _read(source) == [
        (3, "K", 2, [ROW]),
        (1, "T", 1, [ROW, OTHER + ROW]),
        (2, "T", 1, [OTHER]),
    ]


def test_zipfile_finds_deflated_files_without_folders() -> None:
    with zipfile.ZipFile(_write(_section(Op.ADD, "T", [ROW * 1000]))) as archive:
        data = archive.infolist()[2]

        assert data.filename == f"add_T_{UUID(int=1)}.binpb"
        assert archive.read(data).endswith(delimited(ROW * 1000))
        assert all(i.compress_type == zipfile.ZIP_DEFLATED and not i.is_dir() for i in archive.infolist())


@pytest.mark.parametrize("chunks", [[], [b""], [b"", b""]])
def test_a_section_without_rows_leaves_no_file(chunks: list[bytes]) -> None:
    source = _write(_section(Op.ADD, "A", chunks), _section(Op.ADD, "B", [ROW]))

    assert [name for _, name, _, _ in _read(source)] == ["B"]


def test_a_full_file_is_followed_by_another_of_the_same_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_writer, "MAX_FILE_BYTES", 2 * len(ROW))

    files = _read(_write(_section(Op.ADD, "T", [ROW] * 5), _section(Op.ADD, "U", [ROW])))

    assert [(name, len(frames)) for _, name, _, frames in files] == [("T", 2), ("T", 2), ("T", 1), ("U", 1)]


def test_files_of_a_split_section_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_writer, "MAX_FILE_BYTES", 1)

    with zipfile.ZipFile(_write(_section(Op.ADD, "T", [ROW] * 3))) as archive:
        names = archive.namelist()

    assert len(set(names)) == len(names) == 5


def test_chunks_are_taken_only_as_they_are_written() -> None:
    taken: list[str] = []

    def rows(name: str) -> Iterable[bytes]:
        for number in range(2):
            taken.append(f"{name}{number}")
            yield ROW

    _write(_section(Op.ADD, "A", rows("A")), _section(Op.ADD, "B", rows("B")))

    assert taken == ["A0", "A1", "B0", "B1"]


def test_progress_may_stop_the_writing() -> None:
    section = _section(Op.ADD, "T", [ROW])
    contents = Contents(
        sync_date=Moment(1), spatial_reference=WGS84, grid=GRID, data_model=DataModel(), sections=[section]
    )

    def stop() -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        write_archive(io.BytesIO(), contents, _Ids(), stop)


@pytest.mark.parametrize("at", [-(2**63), 0, 315532800000, 2**31 * 1000 - 1])
def test_moments_before_zip_files_and_up_to_2038_can_date_an_archive(at: int) -> None:
    source = _write(at=at)

    assert read_header(source).sync_date == at
    with zipfile.ZipFile(source) as archive:
        assert 1980 <= archive.infolist()[0].date_time[0] <= 2038


@pytest.mark.parametrize("name", HOSTILE)
def test_any_type_name_makes_a_harmless_file_name(name: str, tmp_path: Path) -> None:
    source = _write(_section(Op.ADD, name, [ROW]))

    with zipfile.ZipFile(source) as archive:
        stored = archive.infolist()[2].filename
        archive.extractall(tmp_path)

    assert (tmp_path / stored).is_file()
    assert (tmp_path / stored).parent == tmp_path
    assert stored.startswith("add_")
    assert stored.endswith(f"_{UUID(int=1)}.binpb")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_header_inside_keeps_the_exact_name(name: str) -> None:
    ((_, found, _, frames),) = _read(_write(_section(Op.ADD, name, [ROW])))

    assert (found, frames) == (name, [ROW])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_name_holds_no_separator_control_or_direction_mark(name: str) -> None:
    stored = file_name(Op.DELETE, name, ID)

    assert len(stored.encode()) <= 255
    assert not set(stored) & set('/\\:*?"<>|\x00\n\r\u202e')
    assert not stored.split("_")[1].startswith(".")


def _zip(*members: tuple[str, bytes]) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target


def _data(*frames: bytes, **header: object) -> bytes:
    fields = {"delta_type": 1, "type_name": "T", "type_category": 1, **header}
    head: bytes = sync.ReplicaDataHeader(**fields).SerializeToString()
    return delimited(head) + b"".join(map(delimited, frames))


def test_stored_files_of_any_name_are_read() -> None:
    source = _zip(("../../x", _data(ROW)), ("anything", _data(OTHER, delta_type=3)))

    assert _read(source) == [(1, "T", 1, [ROW]), (3, "T", 1, [OTHER])]


def test_a_data_file_cut_inside_a_frame_is_malformed() -> None:
    whole = _data(ROW)
    for cut in range(len(_data()) + 1, len(whole)):
        with pytest.raises(MalformedInput):
            _read(_zip(("a", whole[:cut])))


def test_a_data_file_that_announces_more_than_it_holds_is_malformed() -> None:
    with pytest.raises(MalformedInput):
        _read(_zip(("a", _data() + b"\xff\xff\xff\x07" + b"x")))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04", b"x" * 1000, b"PK\x05\x06" + bytes(10)])
def test_other_bytes_are_no_archive(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        _read(io.BytesIO(data))
    with pytest.raises(MalformedInput):
        read_header(io.BytesIO(data))


def test_an_archive_cut_short_is_malformed() -> None:
    data = _write(_section(Op.ADD, "T", [ROW])).getvalue()
    for cut in range(0, len(data) - 1, 7):
        with pytest.raises(MalformedInput):
            _read(io.BytesIO(data[:cut]))


def test_an_archive_without_header_is_malformed() -> None:
    with pytest.raises(MalformedInput):
        read_header(_zip(("a", _data())))


@pytest.mark.parametrize("category", [0, 3, 5, 99])
def test_categories_other_than_entity_relationship_and_provenance_are_malformed(category: int) -> None:
    assert category_of(sync.ReplicaDataHeader(type_category=2), "p") is LINK
    assert category_of(sync.ReplicaDataHeader(type_category=4), "p") is Category.PROVENANCE
    with pytest.raises(MalformedInput, match=f"category {category}"):
        category_of(sync.ReplicaDataHeader(type_category=category), "p")


@pytest.mark.parametrize("ms", [1, 2**31 * 1000, 253402300799999, 2**62])
def test_an_archive_can_be_written_whatever_the_clock_says(ms: int) -> None:
    target = io.BytesIO()
    contents = Contents(
        sync_date=Moment(ms), spatial_reference=WGS84, grid=IDENTITY, data_model=DataModel(timestamp=1), sections=[]
    )
    write_archive(target, contents, uuid4, lambda: None)
    assert read_header(target).sync_date == ms
