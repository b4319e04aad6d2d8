"""Read an archive for people and for comparison: header, data model, files, rows as they travel.

Only the list of files and one frame are held at a time. Whatever is damaged is told with its file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NamedTuple, NoReturn
from uuid import UUID

from esriPBuffer.graph import QueryDataModelResponse_pb2 as model_message
from esriPBuffer.graph import QueryResponse_pb2 as query
from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import MalformedInput
from kgsync.model.edits import Op
from kgsync.model.geometry import IDENTITY, Grid, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.schema import Category, NamedType
from kgsync.model.values import Value
from kgsync.wire.pbf.archive import DATA_MODEL_NAME, HEADER_NAME, damage_told, open_zip, read_frames
from kgsync.wire.pbf.datamodel import decode_named_type
from kgsync.wire.pbf.edits import decode_id, decode_values
from kgsync.wire.pbf.frames import parse_message
from kgsync.wire.pbf.geometry import decode_grid, decode_reference

# Tags of a GraphQueryResultFrame: a row, and the flag exceeded_transfer_limit.
_ROW, _EXCEEDED = 0x12, 0x18
_PLACE_LETTERS = 200  # of a file's name, in errors


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveHeader:
    sync_date: Moment
    spatial_reference: SpatialReference
    grid: Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveModel:
    """The data model an archive carries; ids of its types and properties are not known to clients (0)."""

    timestamp: int
    spatial_reference: SpatialReference
    types: tuple[NamedType, ...]
    domains: tuple[str, ...]

    def find(self, category: Category, name: str) -> NamedType | None:
        return next((t for t in self.types if (t.category, t.name) == (category, name)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One data file; `size` and `packed` are its bytes unpacked and in the zip."""

    number: int
    name: str
    op: Op
    category: Category
    type_name: str
    size: int
    packed: int


class ArchiveRow(NamedTuple):
    """One row: the id of its object, and its bytes framed as they travel."""

    id: UUID
    row: bytes


class DecodedRow(NamedTuple):
    id: UUID
    values: dict[str, Value]
    origin: UUID | None
    dest: UUID | None


def archive_model(message: Any, place: str) -> ArchiveModel:
    """Read a GraphDataModel as clients know it. Raises MalformedInput."""
    types = [
        replace(decode_named_type(given, kind, f"{place}: {field}[{k}]"), category=category)
        for field, kind, category in (
            ("entity_types", Category.ENTITY, Category.ENTITY),
            ("relationship_types", Category.RELATIONSHIP, Category.RELATIONSHIP),
            # Types of provenance are described as entity types are.
            ("meta_entity_types", Category.ENTITY, Category.PROVENANCE),
        )
        for k, given in enumerate(getattr(message, field))
    ]
    return ArchiveModel(
        timestamp=message.data_model_timestamp,
        spatial_reference=decode_reference(message.spatial_reference),
        types=tuple(types),
        domains=tuple(domain.name for domain in message.domains),
    )


class ArchiveReader:
    """An open archive. Raises MalformedInput, which names the archive and the file in it, for whatever is damaged."""

    def __init__(self, archive: zipfile.ZipFile, name: str = "") -> None:
        self._archive, self._prefix = archive, f"{name}: " if name else ""
        self.header = self._header()
        self.model = self._model()
        self._data = [m for m in archive.infolist() if m.filename not in (HEADER_NAME, DATA_MODEL_NAME)]
        self.files = [self._data_file(number, member) for number, member in enumerate(self._data)]

    def _place(self, name: str) -> str:
        return f"{self._prefix}{name[:_PLACE_LETTERS]}"

    def _frames(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        place = self._place(member.filename)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise MalformedInput("an archive is stored or deflated", place=place)
        with damage_told(place), self._archive.open(member) as data:
            yield from read_frames(data, member.file_size, place)

    def _only(self, name: str) -> bytes:
        """Read the one message of a file every archive has."""
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            raise MalformedInput("the archive has no such file", place=self._place(name)) from None
        return next(self._frames(member), b"")

    def _header(self) -> ArchiveHeader:
        message = parse_message(sync.ReplicaHeader, self._only(HEADER_NAME), self._place(HEADER_NAME))
        return ArchiveHeader(
            sync_date=Moment(message.sync_date),
            spatial_reference=decode_reference(message.sr),
            grid=decode_grid(message.transform) or IDENTITY,
        )

    def _model(self) -> ArchiveModel:
        place = self._place(DATA_MODEL_NAME)
        self.model_bytes = self._only(DATA_MODEL_NAME)
        return archive_model(parse_message(model_message.GraphDataModel, self.model_bytes, place), place)

    def _data_file(self, number: int, member: zipfile.ZipInfo) -> DataFile:
        place = self._place(member.filename)
        header = parse_message(sync.ReplicaDataHeader, next(self._frames(member), b""), place)
        try:
            op, category = Op(header.delta_type), Category(header.type_category)
        except ValueError as error:
            raise MalformedInput(f"the header of the data file says {error}", place=place) from None
        return DataFile(
            number=number,
            name=member.filename,
            op=op,
            category=category,
            type_name=header.type_name,
            size=member.file_size,
            packed=member.compress_size,
        )

    def chunks(self, file: DataFile) -> Iterator[bytes]:
        """Give the frames of rows of a data file in order, as they travel."""
        frames = self._frames(self._data[file.number])
        next(frames, None)
        return frames

    def rows(self, file: DataFile) -> Iterator[ArchiveRow]:
        """Give the rows of a data file in order."""
        place = self._place(file.name)
        for index, frame in enumerate(self._frames(self._data[file.number])):
            if index:
                where = f"{place}: frame {index}"
                for number, row in enumerate(split_rows(frame, where)):
                    yield ArchiveRow(_row_id(row, f"{where}, row {number}"), row)


@contextmanager
def opened_archive(source: BinaryIO, name: str = "") -> Iterator[ArchiveReader]:
    """Open an archive to read; `name` begins the place of every error. Raises MalformedInput."""
    with open_zip(source, name or None) as archive:
        yield ArchiveReader(archive, name)


# ---- rows


def _varint(data: bytes, at: int, place: str) -> tuple[int, int]:
    """Read an unsigned number; give it and where it ends."""
    number = shift = 0
    for position in range(at, min(at + 10, len(data))):
        byte = data[position]
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position + 1
        shift += 7
    raise MalformedInput("the bytes are not a frame of rows", place=place)


def split_rows(frame: bytes, place: str) -> Iterator[bytes]:
    """Cut a frame into its framed rows without decoding them."""
    at, end = 0, len(frame)
    while at < end:
        if frame[at] == _EXCEEDED:
            _, at = _varint(frame, at + 1, place)
            continue
        if frame[at] != _ROW:
            _tell_error(frame, place)
        size, start = _varint(frame, at + 1, place)
        if size > end - start:
            raise MalformedInput(f"a row of {size} bytes is announced, {end - start} are left", place=place)
        yield frame[at : start + size]
        at = start + size


def _tell_error(frame: bytes, place: str) -> NoReturn:
    message = parse_message(query.GraphQueryResultFrame, frame, place)
    if message.HasField("error"):
        told = f"{message.error.error_message[:200]!r} ({message.error.error_code})"
        raise MalformedInput(f"the frame holds an error instead of rows: {told}", place=place)
    raise MalformedInput("the frame holds more than rows", place=place)


def _row_id(row: bytes, place: str) -> UUID:
    id = decode_id(_body(row, place).id)
    if not isinstance(id, UUID):
        raise MalformedInput("the row has no id", place=place)
    return id


class _Bare(NamedTuple):
    """A delete row that is nothing but an id."""

    id: Any


def _body(row: bytes, place: str) -> Any:
    message = parse_message(query.GraphQueryResultFrame, row, place)
    if len(message.rows) != 1 or len(message.rows[0].values) != 1:
        raise MalformedInput("a row has one value", place=place)
    value = message.rows[0].values[0]
    which = value.WhichOneof("any_value_type")
    if which == "entity_value":
        return value.entity_value
    if which == "relationship_value":
        return value.relationship_value
    if which == "primitive_value":
        return _Bare(value)
    raise MalformedInput(f"a row holds an entity, a relationship or an id, not {which}", place=place)


def decode_archive_row(row: bytes, grid: Grid, place: str) -> DecodedRow:
    """Read one framed row. Raises MalformedInput."""
    body = _body(row, place)
    id = decode_id(body.id)
    ends = [decode_id(getattr(body, name)) if hasattr(body, name) else None for name in ("origin_id", "dest_id")]
    if not isinstance(id, UUID):
        raise MalformedInput("the row has no id", place=place)
    origin, dest = (end if isinstance(end, UUID) else None for end in ends)
    return DecodedRow(id, decode_values(getattr(body, "properties", ()), grid), origin, dest)
