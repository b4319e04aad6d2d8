"""An uploaded file of edits: an archive or an applyEdits body, told apart by its first bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from esriPBuffer.graph import ApplyEditsRequest_pb2 as request
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryResponse_pb2 as query
from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import MalformedInput
from kgsync.model.contents import Contents, Section
from kgsync.model.edits import Add, Batch, Delete, Edit, EditsHeader, Frame, Op, Update
from kgsync.model.geometry import IDENTITY, WGS84, Geometry, Grid
from kgsync.model.history import Moment
from kgsync.model.schema import Category, DataModel, FieldType
from kgsync.model.values import Invalid
from kgsync.wire.pbf.archive import HEADER_NAME
from kgsync.wire.pbf.archive_writer import write_archive
from kgsync.wire.pbf.frames import delimited
from kgsync.wire.pbf.rows import RowEncoder, encode_delete_row
from kgsync.wire.pbf.upload_file import read_upload_file
from tests.wire.samples import DEST, GRID, ID, ORIGIN, point, property_of, type_of

ENTITY, LINK = Category.ENTITY, Category.RELATIONSHIP
PLACE = type_of(ENTITY, property_of(FieldType.GEOMETRY, "shape"), name="Place")
KNOWS = type_of(LINK, property_of(FieldType.STRING, "how"), name="Knows")


def _read(data: bytes) -> tuple[EditsHeader, list[Frame]]:
    header, frames = read_upload_file(io.BytesIO(data), len(data))
    return header, list(frames)


def _own(*sections: Section) -> bytes:
    contents = Contents(
        sync_date=Moment(1), spatial_reference=WGS84, grid=GRID, data_model=DataModel(), sections=sections
    )
    target = io.BytesIO()
    write_archive(target, contents, lambda: UUID(int=1), lambda: None)
    return target.getvalue()


def _zip(*rows: Any, transform: Any = None, **header: Any) -> bytes:
    fields = {"delta_type": 1, "type_name": "T", "type_category": 1, **header}
    frame = query.GraphQueryResultFrame(rows=[query.GraphQueryRow(values=values) for values in rows])
    head = sync.ReplicaHeader(sync_date=1, transform=transform).SerializeToString()
    parts = (sync.ReplicaDataHeader(**fields).SerializeToString(), frame.SerializeToString())
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(HEADER_NAME, delimited(head))
        archive.writestr("data", b"".join(map(delimited, parts)))
    return target.getvalue()


def _edits(data: bytes) -> list[Edit]:
    return [edit for frame in _read(data)[1] for batch in frame for edit in batch.edits]


def test_an_apply_edits_body_is_read_as_one() -> None:
    frame = request.GraphApplyEditsFrame()
    frame.deletes.deleted_entity_ids["T"].id_array.uuid_array = ID.bytes
    header = request.GraphApplyEditsHeader(cascade_delete=True).SerializeToString()

    found, frames = _read(delimited(header) + delimited(gzip.compress(frame.SerializeToString())))

    assert found == EditsHeader(cascade=True)
    assert frames == [[Batch(Op.DELETE, ENTITY, "T", [Delete(ID)])]]


def test_an_archive_of_ours_comes_back_as_the_edits_it_holds() -> None:
    place = RowEncoder(PLACE, GRID).encode(ID, {"shape": point(8.5, 47.25)}, None, None)
    knows = RowEncoder(KNOWS, GRID).encode(ID, {"how": "well"}, ORIGIN, DEST)
    gone = encode_delete_row(LINK, "Knows", ORIGIN)
    header, frames = _read(
        _own(
            Section(op=Op.DELETE, category=LINK, type_name="Knows", chunks=[gone]),
            Section(op=Op.ADD, category=ENTITY, type_name="Place", chunks=[place]),
            Section(op=Op.UPDATE, category=LINK, type_name="Knows", chunks=[knows, knows]),
        )
    )
    (add,) = frames[1][0].edits

    assert (header.grid, header.spatial_reference, header.cascade) == (GRID, WGS84, False)
    assert frames[0] == [Batch(Op.DELETE, LINK, "Knows", [Delete(ORIGIN)])]
    assert isinstance(add, Add)
    assert isinstance(add.values["shape"], Geometry)
    assert add.values["shape"].envelope()[:2] == pytest.approx((8.5, 47.25), abs=1e-9)
    assert frames[2:] == [[Batch(Op.UPDATE, LINK, "Knows", [Update(ID, {"how": "well"})])]] * 2


def test_added_relationships_keep_their_ends() -> None:
    row = RowEncoder(KNOWS, GRID).encode(ID, {}, ORIGIN, DEST)

    (edit,) = _edits(_own(Section(op=Op.ADD, category=LINK, type_name="Knows", chunks=[row])))

    assert edit == Add(ID, {"how": None}, ORIGIN, DEST)


def test_a_delete_may_be_a_bare_id() -> None:
    value = graph.AnyValue(primitive_value=graph.PrimitiveValue(uuid_value=ID.bytes))

    assert _edits(_zip([value], delta_type=3)) == [Delete(ID)]


def test_a_header_without_transform_means_integers_are_coordinates() -> None:
    header, _ = _read(_zip())

    assert header.grid == IDENTITY


def test_a_header_with_a_transform_sets_the_grid() -> None:
    header, _ = _read(_zip(transform=graph.Transform(scale={"xScale": 0.5})))

    assert header.grid == Grid(scale_x=0.5)


_ENTITY = graph.AnyValue(entity_value=graph.EntityValue(label="T"))


@pytest.mark.parametrize("op", Op)
@pytest.mark.parametrize(
    "row",
    [
        [],
        [_ENTITY, _ENTITY],
        [graph.AnyValue()],
        [graph.AnyValue(relationship_value=graph.RelationshipValue())],
        [graph.AnyValue(path_value=graph.PathValue())],
    ],
)
def test_a_row_that_holds_something_else_is_one_broken_edit(row: list[Any], op: Op) -> None:
    (edit,) = _edits(_zip(row, delta_type=int(op)))

    assert isinstance(edit, {Op.ADD: Add, Op.UPDATE: Update, Op.DELETE: Delete}[op])
    assert isinstance(edit.id, Invalid)


def test_a_frame_without_rows_gives_no_edits() -> None:
    assert _read(_zip())[1] == []


@pytest.mark.parametrize(
    ("field", "number"), [("delta_type", 0), ("delta_type", 4), ("type_category", 0), ("type_category", 3)]
)
def test_an_unknown_operation_or_category_is_malformed(field: str, number: int) -> None:
    with pytest.raises(MalformedInput, match=str(number)):
        _read(_zip([_ENTITY], **{field: number}))


@pytest.mark.parametrize("data", [b"", b"P", b"PK", b"PK\x03\x04 and more", b"\x01\xff", b"\x00\x05abc"])
def test_a_file_that_is_neither_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        _read(data)


def test_provenance_records_travel_as_entities_of_their_own_category() -> None:
    records = type_of(Category.PROVENANCE, property_of(FieldType.STRING, "source"), name="Provenance")
    row = RowEncoder(records, GRID).encode(ID, {"source": "a book"}, ORIGIN, DEST)
    gone = encode_delete_row(Category.PROVENANCE, "Provenance", DEST)
    section = Section(op=Op.ADD, category=Category.PROVENANCE, type_name="Provenance", chunks=[row])
    _, frames = _read(_own(section, replace(section, op=Op.DELETE, chunks=[gone])))
    assert frames == [
        [Batch(Op.ADD, Category.PROVENANCE, "Provenance", [Add(ID, {"source": "a book"})])],
        [Batch(Op.DELETE, Category.PROVENANCE, "Provenance", [Delete(DEST)])],
    ]
