"""The request of a query, the values of its rows in every format, and the frames of its answer."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import pytest
from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryRequest_pb2 as request
from esriPBuffer.graph import QueryResponse_pb2 as response
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import Code, Forbidden, MalformedInput, NotSupported, TooLarge
from kgsync.filters.kinds import Element
from kgsync.model.geometry import WGS84, Geometry, Grid, default_grid
from kgsync.model.query import Quantization, QueryAnswer, QueryRow, RowValues, TemporalFormat, TemporalFormats
from kgsync.model.schema import Category, FieldType, Property
from kgsync.model.values import DateOnly, DateTime, Duration, TimeOnly, TimestampOffset, Value
from kgsync.wire.pbf import query as wire
from kgsync.wire.pbf.query import QueryFrames, decode_query, encode_query_error
from kgsync.wire.pbf.query_values import ValueWriter
from kgsync.wire.pbf.rows import RowEncoder, decode_row
from kgsync.wire.pbf.values import decode_value
from tests.conformance.wire import messages
from tests.wire.samples import CANONICAL, DEST, GRID, ID, ORIGIN, point, type_of, typed_arrays

PURE = settings.get_profile("pure")


def answer(rows: Iterable[QueryRow | None] = (), **options: Any) -> QueryAnswer:
    known = {"columns": ("x",), "model_timestamp": 7, "spatial_reference": WGS84, "grid": GRID, **options}
    return QueryAnswer(rows=iter(rows), **known)


def written(value: object, **options: Any) -> graph.AnyValue:
    return graph.AnyValue.FromString(ValueWriter(answer(**options)).value(value))


STAMP, STAMP_TEXT = TimestampOffset(1_704_164_645_678, 7200), "2024-01-02T03:04:05.678+02:00"


# ---- the request


def test_a_request_says_all_that_is_asked_for() -> None:
    message = request.GraphQueryRequest(
        open_cypher_query="MATCH (n) RETURN n",
        in_sr={"wkid": 3857},
        out_sr={"wkid": 4326},
        provenance_behavior=1,
        out_time_zone={"tz_id": "Europe/Oslo"},
        out_timestamp_offset_format=2,
        out_date_only_format=1,
        out_time_only_format=2,
        out_duration_format=1,
        quantization_parameters={"extent": {"XMin": 1, "YMin": 3, "XMax": 2, "YMax": 4}, "tolerance": 0.25},
        datum_transformation={"wkid": 1},
        input_transform={"scale": {"xScale": 0.5, "yScale": 0.5}},
    )
    shape = message.parameters["p"].primitive_value.geometry_value.geometry
    shape.coords.extend((2, 4))
    message.parameters["none"].array_value.SetInParent()
    call = decode_query(message.SerializeToString())
    assert (call.text, call.provenance) == ("MATCH (n) RETURN n", True)
    assert call.parameters == {"p": point(1.0, 2.0), "none": ()}
    assert call.in_sr is not None
    assert (call.in_sr.wkid, call.out_sr) == (3857, call.out_sr)
    assert call.formats == TemporalFormats(
        timestamp=TemporalFormat.TEXT,
        date=TemporalFormat.COMPONENTS,
        time=TemporalFormat.TEXT,
        duration=TemporalFormat.TEXT,
        zone="Europe/Oslo",
    )
    assert call.quantization == Quantization(tolerance=0.25, origin=(1.0, 3.0), thin=True)
    assert len(call.warnings) == 1


def test_what_a_request_leaves_out_is_unset() -> None:
    call = decode_query(b"")
    assert (call.text, call.in_sr, call.out_sr, call.quantization, call.provenance) == ("", None, None, None, False)
    assert call.formats == TemporalFormats()


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"out_time_zone": {"tz_id": "Mars/Olympus"}}, "out_time_zone"),
        ({"out_time_zone": {"tz_id": "../../etc/passwd"}}, "out_time_zone"),
        ({"out_date_only_format": 9}, "out_date_only_format"),
        ({"out_duration_format": 2}, "out_duration_format"),
        ({"provenance_behavior": 3}, "provenance_behavior"),
        ({"quantization_parameters": {"tolerance": 0}}, "quantization_parameters.tolerance"),
        ({"quantization_parameters": {"tolerance": float("nan")}}, "quantization_parameters.tolerance"),
        ({"parameters": {"p": {"entity_value": {"label": "x"}}}}, "parameters[p]"),
        ({"parameters": {"p": {"relationship_value": {"type": "x"}}}}, "parameters[p]"),
        ({"parameters": {"p": {"path_value": {}}}}, "parameters[p]"),
    ],
)
def test_what_a_request_cannot_mean_is_refused_with_its_place(members: dict[str, Any], place: str) -> None:
    with pytest.raises(MalformedInput) as told:
        decode_query(request.GraphQueryRequest(**members).SerializeToString())
    assert told.value.message.startswith(f"{place}: ")


def test_parameters_and_encodings_past_what_is_offered_are_refused() -> None:
    with pytest.raises(NotSupported):
        decode_query(request.GraphQueryRequest(feature_encoding=2).SerializeToString())
    large = request.GraphQueryRequest(parameters={"p": {"primitive_value": {"blob_value": bytes(5 * 2**20)}}})
    with pytest.raises(TooLarge):
        decode_query(large.SerializeToString())


# ---- values


@PURE
@given(st.sampled_from([t for t in FieldType if t is not FieldType.SINGLE]).flatmap(lambda t: CANONICAL[t]))
def test_every_value_of_a_property_is_read_back(value: Any) -> None:
    found = decode_value(written(value), GRID)
    if isinstance(value, Geometry):
        assert isinstance(found, Geometry)
        assert [len(p) for p in found.parts] == [len(p) for p in value.parts]
    else:
        assert found == value


@PURE
@given(typed_arrays())
def test_every_list_of_a_property_is_read_back(typed: tuple[FieldType, tuple[Any, ...]]) -> None:
    field_type, items = typed
    found = decode_value(written(items), GRID)
    assert isinstance(found, tuple)
    assert len(found) == len(items)
    if field_type is not FieldType.GEOMETRY:
        assert found == items


def test_booleans_lists_of_kinds_and_maps_have_forms_of_their_own() -> None:
    assert written(True).primitive_value.bool_value is True
    assert written(False).primitive_value.WhichOneof("value_type") == "bool_value"
    assert list(written((True, False)).array_value.bool_array.value) == [True, False]
    mixed = written((1, "a", None, (2.5,))).array_value.any_value_array.values
    assert [v.WhichOneof("any_value_type") for v in mixed] == [*["primitive_value"] * 3, "array_value"]
    assert written(()).array_value.WhichOneof("array_type") == "any_value_array"
    assert written((None, None)).array_value.null_array.length == 2
    pairs = written({"b": 1, "a": {"c": None}}).object_value.properties
    assert [pair.key for pair in pairs] == ["b", "a"]
    assert pairs[1].value.object_value.properties[0].value.primitive_value.HasField("null_tag")


def test_temporal_values_are_written_in_the_format_asked_for() -> None:
    components = TemporalFormats(
        timestamp=TemporalFormat.COMPONENTS, date=TemporalFormat.COMPONENTS, time=TemporalFormat.COMPONENTS
    )
    found = written(STAMP, formats=components).primitive_value.timestamp_offset_value.date_time_offset
    parts = found.date_time_components
    assert (parts.day, parts.hours, parts.milliseconds, found.utc_offset) == (2, 3, 678, 7200)
    day = written(DateOnly(19_724), formats=components).primitive_value.date_only_value.date_only_components
    assert (day.year, day.month, day.day) == (2024, 1, 2)
    clock = written(TimeOnly(45_296_789), formats=components).primitive_value.time_only_value.time_only_components
    assert (clock.hours, clock.minutes, clock.seconds, clock.milliseconds) == (12, 34, 56, 789)


def test_temporal_values_are_written_as_text_when_asked_for() -> None:
    as_text = TemporalFormat.TEXT
    text = TemporalFormats(timestamp=as_text, date=as_text, time=as_text, duration=as_text)

    def shown(value: object) -> graph.PrimitiveValue:
        return written(value, formats=text).primitive_value

    assert shown(STAMP).timestamp_offset_value.iso8601_date_format == STAMP_TEXT
    assert shown(DateOnly(19_724)).date_only_value.iso8601_date_only_format == "2024-01-02"
    assert shown(TimeOnly(45_296_789)).time_only_value.iso8601_time_only_format == "12:34:56.789"
    assert shown(Duration(1, 2, 3, 4)).duration_value.iso8601_duration_format == "P1M2DT3.004S"
    many = written((STAMP, STAMP), formats=text).array_value.timestamp_offset_array.value
    assert [v.iso8601_date_format for v in many] == [STAMP_TEXT] * 2


def test_timestamps_are_shown_by_the_clocks_of_a_zone_and_dates_are_not() -> None:
    oslo = TemporalFormats(zone="Europe/Oslo")
    summer = TimestampOffset(1_720_000_000_000, 0)
    found = written(summer, formats=oslo).primitive_value.timestamp_offset_value.date_time_offset
    assert (found.local_epoch_ms, found.utc_offset) == (1_720_000_000_000 + 7_200_000, 7200)
    assert written(DateTime(5), formats=oslo).primitive_value.datetime_value == 5
    for far in (TimestampOffset(253_402_300_799_999, 0), TimestampOffset(-62_167_219_200_000, 0)):
        kept = written(far, formats=TemporalFormats(zone="Asia/Tokyo")).primitive_value.timestamp_offset_value
        assert kept.date_time_offset.local_epoch_ms == far.local_ms


def test_geometry_is_carried_to_the_grid_asked_for_or_is_null() -> None:
    coarse = Grid(scale_x=0.5, scale_y=0.5)
    found = written(point(1.2, 3.9), grid=coarse, carry=lambda g: g).primitive_value.geometry_value.geometry
    assert list(found.coords) == [2, 8]
    assert written(point(1, 2), carry=lambda g: None).primitive_value.HasField("null_tag")
    assert written(point(1e300, 2)).primitive_value.HasField("null_tag")
    both = written((point(1, 2), point(3, 4)), carry=lambda g: None if g.parts[0][0] == 1.0 else g)
    assert len(both.array_value.any_value_array.values) == 2


# ---- objects

TYPE = type_of(
    Category.ENTITY,
    Property(id=1, name="name", field_type=FieldType.STRING),
    Property(id=2, name="at", field_type=FieldType.TIMESTAMP_OFFSET),
    name="Thing",
)
LINK = type_of(Category.RELATIONSHIP, *TYPE.properties, name="Leads")
VALUES: dict[str, Value] = {"name": "x" * 200, "at": TimestampOffset(0, 60)}


def stored(named_type: Any, origin: UUID | None = None, dest: UUID | None = None) -> RowValues:
    row = RowEncoder(named_type, GRID).encode(ID, VALUES, origin, dest)
    return RowValues(row, lambda row: decode_row(row, GRID))


def test_an_object_is_written_as_it_is_stored_and_the_same_when_it_is_not() -> None:
    ends = Element(ORIGIN, "Thing", {}), Element(DEST, "Thing", {})
    for element in (
        Element(ID, "Thing", stored(TYPE)),
        Element(ID, "Leads", stored(LINK, ORIGIN, DEST), *ends),
    ):
        passed = ValueWriter(answer()).value(element)
        made = ValueWriter(answer(carry=lambda g: g)).value(element)
        assert passed == made
        body = graph.AnyValue.FromString(passed)
        assert body.WhichOneof("any_value_type") == ("relationship_value" if element.start else "entity_value")


def test_an_object_follows_the_formats_of_the_answer() -> None:
    text = TemporalFormats(timestamp=TemporalFormat.TEXT)
    found = written(Element(ID, "Thing", stored(TYPE)), formats=text).entity_value
    assert found.label == "Thing"
    assert found.id.primitive_value.uuid_value == ID.bytes
    values = {pair.key: pair.value.primitive_value for pair in found.properties}
    assert values["at"].timestamp_offset_value.iso8601_date_format == "1970-01-01T00:00:00.000+00:01"


def test_values_of_a_stored_row_are_read_once_and_only_when_asked_for() -> None:
    asked: list[bytes] = []

    def read(row: bytes) -> dict[str, Any]:
        asked.append(row)
        return {"a": 1}

    values = RowValues(b"row", read)
    assert asked == []
    assert (values["a"], values.get("b"), list(values), len(values)) == (1, None, ["a"], 1)
    assert asked == [b"row"]


# ---- frames


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def read(parts: Iterable[bytes | None]) -> tuple[Any, list[Any]]:
    """Read an answer as clients do: the header, then frames packed as it says."""
    header, *frames = messages(b"".join(part for part in parts if part is not None))
    head = response.GraphQueryResultHeader.FromString(header)
    unpack = gzip.decompress if head.compressed_frames else bytes
    return head, [response.GraphQueryResultFrame.FromString(unpack(frame)) for frame in frames]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_stream_is_a_header_and_full_frames(compressed: bool) -> None:
    rows = [(k,) for k in range(4_500)]
    head, frames = read(QueryFrames(answer(rows, warnings=("told",)), compressed=compressed, clock=Clock()))
    assert (head.data_model_timestamp, list(head.field_names), head.sr.wkid) == (7, ["x"], 4326)
    assert head.transform.scale.xScale == GRID.scale_x
    assert [w.error_message for w in head.warnings] == ["told"]
    assert [len(frame.rows) for frame in frames] == [2_000, 2_000, 500]
    numbers = [row.values[0].primitive_value.sint64_value for frame in frames for row in frame.rows]
    assert numbers == list(range(4_500))


def test_frames_end_by_size_too_and_no_rows_are_no_frames() -> None:
    _, frames = read(QueryFrames(answer([("x" * 5_000_000,)] * 3), clock=Clock()))
    assert [len(frame.rows) for frame in frames] == [2, 1]
    assert read(QueryFrames(answer([])))[1] == []


def test_rows_do_not_wait_for_others_for_long() -> None:
    clock = Clock()

    def rows() -> Iterator[QueryRow | None]:
        yield (1,)
        yield None
        clock.now += 10
        yield None
        yield None
        yield (2,)

    parts = list(QueryFrames(answer(rows()), clock=clock))
    assert [part is None for part in parts] == [False, True, False, True, False]


def test_one_frame_holds_so_many_rows_and_says_whether_there_are_more() -> None:
    for count, shown, more in ((5, 3, True), (3, 3, False), (0, 0, False)):
        head, frames = read(QueryFrames(answer([(k,) for k in range(count)]), limit=3))
        assert not head.compressed_frames
        assert [(len(frame.rows), frame.exceeded_transfer_limit) for frame in frames] == [(shown, more)]
    _, frames = read(QueryFrames(answer([("x" * 9_000_000,)] * 10), limit=2_000))
    assert [(len(frame.rows), frame.exceeded_transfer_limit) for frame in frames] == [(4, True)]


def test_an_error_comes_with_the_rows_before_it() -> None:
    def rows() -> Iterator[QueryRow]:
        yield (1,)
        raise TooLarge("enough")

    frames = QueryFrames(answer(rows()), compressed=True, clock=Clock())
    parts: list[bytes | None] = []
    with pytest.raises(TooLarge) as told:
        parts.extend(frames)
    _, (last,) = read([*parts, frames.failed(told.value)])
    assert len(last.rows) == 1
    assert (last.error.error_code, last.error.error_message) == (413, "enough")


def test_a_sign_of_life_is_an_empty_frame() -> None:
    for compressed in (False, True):
        frames = QueryFrames(answer(), compressed=compressed)
        _, (alive,) = read([*frames, frames.alive()])
        assert alive == response.GraphQueryResultFrame()


def test_a_row_no_frame_can_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_FRAME_BYTES", wire.FRAME_BYTES + 1_000)
    with pytest.raises(TooLarge, match="a row takes"):
        list(QueryFrames(answer([("x" * 2_000,)])))


def test_an_error_in_the_header_has_a_transform_beside_it() -> None:
    (header,) = messages(encode_query_error(Forbidden("no")))
    head = response.GraphQueryResultHeader.FromString(header)
    assert (head.error.error_code, head.error.error_message) == (Code.FORBIDDEN, "no")
    assert head.transform == graph.Transform(
        scale=EsriTypes.Scale(xScale=1e-9, yScale=1e-9, mScale=1e-4, zScale=1e-4),
        translate=head.transform.translate,
    )
    assert default_grid(WGS84).scale_x == 1e-9
