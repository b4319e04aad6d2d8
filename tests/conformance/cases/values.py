"""Values of every kind: what goes in, what comes out, and in which member of PrimitiveValue."""

import math
import uuid
from typing import Any

from esriPBuffer.graph.EsriGraphTypes_pb2 import (
    AnyValue,
    AnyValueArray,
    DateOnlyComponents,
    DateOnlyValue,
    DateTimeComponents,
    DateTimeOffset,
    DurationComponents,
    DurationValue,
    Int64Array,
    StringArray,
    TimeOnlyComponents,
    TimeOnlyValue,
    TimestampOffsetValue,
)

from tests.conformance.archives import Row
from tests.conformance.context import Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import clean, refused
from tests.conformance.values import Clock, Day, Stamp, any_value, array, member_of, primitive

ENCODING = "P:EsriGraphTypes.PrimitiveValue compression rules; facts/knowledge-graph.md §13.2"
COERCION = "laws.md Uploads: values are coerced to the property's type; facts/clients.md B executeApplyEdits"


def stored(ctx: Context, *sent: dict[str, Any]) -> list[Row]:
    """Adds one Person for each set of properties and reads them back from a snapshot."""
    service = ctx.shared_values
    ids = [uuid.uuid4() for _ in sent]
    edits = Edits()
    for identifier, props in zip(ids, sent, strict=True):
        edits.add("Person", identifier, **props)
    service.apply(edits)
    result = service.replica(("Person",), ())
    rows = {row.id: row for row in service.first_archive(result).rows}
    service.unregister(result.replica_id)
    return [rows[identifier] for identifier in ids]


def travels(ctx: Context, name: str, **expected: Any) -> None:
    """expected maps the member that must be used to the numbers that must use it."""
    wanted = [(member, number) for member, numbers in expected.items() for number in numbers]
    rows = stored(ctx, *({name: number} for _, number in wanted))
    for (member, number), row in zip(wanted, rows, strict=True):
        assert row.props[name] == number, f"{number!r} came back as {row.props[name]!r}"
        assert member_of(row.values[name]) == member, f"{number!r} travels as {member_of(row.values[name])}"


def becomes(ctx: Context, name: str, wanted: Any, *sent: Any) -> None:
    """Each of the sent forms reads back as the wanted value."""
    for form, row in zip(sent, stored(ctx, *({name: any_value(form)} for form in sent)), strict=True):
        found = row.props[name]
        assert found == wanted, f"{form} came back as {found!r}, not {wanted!r}"
        assert type(found) is type(wanted), f"{form} came back as a {type(found).__name__}"


def rejected(ctx: Context, name: str, *sent: Any) -> None:
    """Each of the sent forms is a per-edit error that names type, id and property."""
    for form in sent:
        identifier = uuid.uuid4()
        answer = ctx.shared_values.send(Edits().add("Person", identifier, **{name: any_value(form)}))
        clean(answer)
        errors = answer.entity_add_results["Person"].errors
        assert list(errors) == [0], f"{form} was accepted as {name}"
        refused(errors[0], "Person", name)
        found = errors[0].error_message.lower()
        assert str(identifier) in found or identifier.hex in found, f"{found!r} does not name the id"


@case("VAL-001", ENCODING + ": integers of every size travel as sint64_value")
def integers_travel_as_sint64(ctx: Context) -> None:
    travels(ctx, "small", sint64_value=[0, 7, -32768, 32767])
    travels(ctx, "age", sint64_value=[0, -5, 2**31 - 1, -(2**31)])
    travels(ctx, "big", sint64_value=[0, 2**53 - 1, -(2**53) + 1, 2**31])


@case("VAL-002", ENCODING + ": float as int32 only if integral in [-1048576, 1048575], else float_value")
def floats_are_compressed_by_the_rule(ctx: Context) -> None:
    travels(
        ctx,
        "height",
        float_compressed_as_int32=[3.0, -1048576.0, 1048575.0],
        float_value=[1.5, 1048576.0, -1048577.0],
    )


@case("VAL-003", ENCODING + ": small integral double as int64")
def small_whole_doubles_travel_as_int64(ctx: Context) -> None:
    travels(ctx, "score", double_compressed_as_int64=[1.0, 3.0, -1048576.0, 1048575.0])


@case("VAL-004", ENCODING + ": when both fit, the float form outside [-1048576, 1048575]")
def large_whole_doubles_that_fit_a_float_travel_as_float(ctx: Context) -> None:
    travels(ctx, "score", double_compressed_as_float=[1048576.0, -1048577.0, 2.0**40])


@case("VAL-005", ENCODING + ": integral double that is no float, within ±281474976710655, as int64")
def large_whole_doubles_that_fit_no_float_travel_as_int64(ctx: Context) -> None:
    travels(ctx, "score", double_compressed_as_int64=[16777217.0, 281474976710655.0, -281474976710655.0])


@case("VAL-006", ENCODING + ": double((float)v) == v as float, else double_value")
def broken_doubles_travel_as_short_as_they_can(ctx: Context) -> None:
    travels(ctx, "score", double_compressed_as_float=[0.5, -1.25], double_value=[0.1, math.pi, 1e300])


@case("VAL-007", ENCODING + ": null is null_tag present and always false")
def null_is_a_false_null_tag(ctx: Context) -> None:
    (row,) = stored(ctx, {"name": None, "age": None})
    for name in ("name", "age", "shape", "seen", "photo"):
        value = row.values[name]
        assert member_of(value) == "null_tag", f"{name} travels as {member_of(value)}"
        assert value.primitive_value.null_tag is False, f"null_tag of {name} is true"


@case("VAL-008", "laws.md: add and update rows name every property of the type, nulls explicit")
def a_row_names_every_property(ctx: Context) -> None:
    (row,) = stored(ctx, {"name": "only a name"})
    model = ctx.shared_values.model()
    (person,) = [item.entity for item in model.entity_types if item.entity.name == "Person"]
    assert {item.name for item in person.properties} == set(row.props), sorted(row.props)


@case("VAL-009", "P:EsriGraphTypes.PrimitiveValue.string_value; issue 1: names in all scripts")
def text_in_any_script_is_kept(ctx: Context) -> None:
    texts = ["", "naïve", "東京", "🗺️ map", "عربى", "line\nbreak", "e\u0301", "x" * 5000]
    found = [row.props["name"] for row in stored(ctx, *({"name": text} for text in texts))]
    assert found == texts, [(a, b) for a, b in zip(found, texts, strict=True) if a != b]


@case("VAL-010", "P:EsriGraphTypes.PrimitiveValue.blob_value")
def bytes_are_kept(ctx: Context) -> None:
    blobs = [b"\x00\xff\x80", bytes(range(256)) * 40]
    rows = stored(ctx, *({"photo": blob} for blob in blobs))
    assert [row.props["photo"] for row in rows] == blobs, "a blob changed"
    assert member_of(rows[0].values["photo"]) == "blob_value"


@case("VAL-011", "facts §13.2 WE DO: emit uuid_value, accept strings with or without braces")
def a_guid_is_one_in_any_spelling(ctx: Context) -> None:
    guid = uuid.UUID("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")
    text = str(guid)
    becomes(ctx, "code", guid, guid, text, text.upper(), f"{{{text}}}", f"{{{text.upper()}}}")


@case("VAL-012", COERCION + ": a braced uuid arrives as uuid_value even for a string field")
def a_uuid_in_a_text_property_is_text(ctx: Context) -> None:
    guid = uuid.uuid4()
    (row,) = stored(ctx, {"name": guid})
    assert isinstance(row.props["name"], str), f"a text property holds {row.props['name']!r}"
    assert uuid.UUID(row.props["name"]) == guid, row.props["name"]


@case("VAL-013", "P:PrimitiveValue.datetime_value: ms since epoch UTC")
def a_date_is_milliseconds(ctx: Context) -> None:
    for moment in (0, 1_704_164_645_678, -86_400_001):
        becomes(ctx, "born", moment, primitive(datetime_value=moment))
    (row,) = stored(ctx, {"born": primitive(datetime_value=5)})
    assert member_of(row.values["born"]) == "datetime_value", member_of(row.values["born"])


def offset_stamp(local_ms: int, **offset: int) -> AnyValue:
    inner = DateTimeOffset(local_epoch_ms=local_ms, **offset)
    return primitive(timestamp_offset_value=TimestampOffsetValue(date_time_offset=inner))


@case("VAL-014", "facts/clients.md A§5: an aware datetime is a timestamp_offset_value also for a Date property")
def a_date_takes_a_timestamp_with_offset(ctx: Context) -> None:
    becomes(ctx, "born", 1_704_164_645_678, offset_stamp(1_704_164_645_678 + 7_200_000, utc_offset=7200))


@case("VAL-015", COERCION + ": dates arrive as ISO strings")
def a_date_takes_iso_text(ctx: Context) -> None:
    becomes(ctx, "born", 1_704_164_645_678, "2024-01-02T03:04:05.678Z", "2024-01-02T05:04:05.678+02:00")


@case("VAL-016", "P:DateOnlyValue epoch_days, components, ISO; facts §13.4")
def a_day_is_the_same_in_every_form(ctx: Context) -> None:
    parts = DateOnlyValue(date_only_components=DateOnlyComponents(year=2024, month=1, day=2))
    iso = DateOnlyValue(iso8601_date_only_format="2024-01-02")
    forms = [primitive(date_only_value=value) for value in (DateOnlyValue(epoch_days=19724), parts, iso)]
    becomes(ctx, "day", Day(19724), *forms, "2024-01-02")


@case("VAL-017", "P:TimeOnlyValue milliseconds_of_day, components, ISO; facts §13.4")
def a_time_of_day_is_the_same_in_every_form(ctx: Context) -> None:
    parts = TimeOnlyComponents(hours=12, minutes=34, seconds=56, milliseconds=789)
    forms = [
        TimeOnlyValue(milliseconds_of_day=45_296_789),
        TimeOnlyValue(time_only_components=parts),
        TimeOnlyValue(iso8601_time_only_format="12:34:56.789"),
    ]
    becomes(ctx, "wakes", Clock(45_296_789), *(primitive(time_only_value=f) for f in forms), "12:34:56.789")


@case("VAL-018", "P:TimestampOffsetValue local_epoch_ms, components, ISO; facts §13.4")
def a_timestamp_is_the_same_in_every_form(ctx: Context) -> None:
    local = 1_704_164_645_678
    parts = DateTimeComponents(year=2024, month=1, day=2, hours=3, minutes=4, seconds=5, milliseconds=678)
    inner = DateTimeOffset(date_time_components=parts, utc_offset=7200)
    text = "2024-01-02T03:04:05.678+02:00"
    forms = [
        offset_stamp(local, utc_offset=7200),
        primitive(timestamp_offset_value=TimestampOffsetValue(date_time_offset=inner)),
        primitive(timestamp_offset_value=TimestampOffsetValue(iso8601_date_format=text)),
        text,
    ]
    becomes(ctx, "seen", Stamp(local, 7200), *forms)


@case("VAL-019", "facts §13.4: utc_offset absent = UTC, ±18 h")
def an_absent_offset_is_utc(ctx: Context) -> None:
    becomes(ctx, "seen", Stamp(1000, 0), offset_stamp(1000), offset_stamp(1000, utc_offset=0))
    becomes(ctx, "seen", Stamp(1000, -64800), offset_stamp(1000, utc_offset=-64800))


@case("VAL-020", "facts §13.4: ranges are enforced for applyEdits input")
def temporal_values_out_of_range_are_errors(ctx: Context) -> None:
    rejected(ctx, "seen", offset_stamp(253402300800000), offset_stamp(0, utc_offset=64801))
    rejected(ctx, "seen", offset_stamp(-62167219200001))
    rejected(ctx, "day", *(primitive(date_only_value=DateOnlyValue(epoch_days=d)) for d in (2932897, -719529)))
    rejected(ctx, "wakes", primitive(time_only_value=TimeOnlyValue(milliseconds_of_day=86_400_000)))


@case("VAL-021", "facts §13.4: component ranges month 1–12, day 1–31, h 0–23, min/s 0–59")
def components_out_of_range_are_errors(ctx: Context) -> None:
    for wrong in ((2024, 13, 1), (2024, 0, 1), (2023, 2, 29), (10000, 1, 1)):
        parts = DateOnlyComponents(year=wrong[0], month=wrong[1], day=wrong[2])
        rejected(ctx, "day", primitive(date_only_value=DateOnlyValue(date_only_components=parts)))
    time = TimeOnlyComponents(hours=24)
    rejected(ctx, "wakes", primitive(time_only_value=TimeOnlyValue(time_only_components=time)))


@case("VAL-022", "facts §13.4: the range ends are years 0000 and 9999")
def the_ends_of_the_ranges_are_kept(ctx: Context) -> None:
    for days in (-719528, 2932896):
        becomes(ctx, "day", Day(days), primitive(date_only_value=DateOnlyValue(epoch_days=days)))
    for local in (-62167219200000, 253402300799999):
        becomes(ctx, "seen", Stamp(local, 0), offset_stamp(local, utc_offset=0))
    becomes(ctx, "wakes", Clock(86_399_999), primitive(time_only_value=TimeOnlyValue(milliseconds_of_day=86_399_999)))


@case("VAL-023", COERCION + ": 3.0 arrives as float_compressed_as_int32")
def a_whole_number_is_whole_in_any_member(ctx: Context) -> None:
    forms: list[AnyValue] = [
        primitive(sint64_value=3),
        primitive(float_value=3.0),
        primitive(float_compressed_as_int32=3),
        primitive(double_value=3.0),
        primitive(double_compressed_as_float=3.0),
        primitive(double_compressed_as_int64=3),
    ]
    becomes(ctx, "age", 3, *forms)
    becomes(ctx, "big", 3, *forms)
    becomes(ctx, "score", 3.0, *forms)
    becomes(ctx, "height", 3.0, *forms)


@case("VAL-024", "laws.md: what cannot be coerced is a per-edit error naming type, id and property")
def what_is_not_a_number_is_an_error(ctx: Context) -> None:
    rejected(ctx, "age", "many", 7.5, b"\x01", uuid.uuid4())
    rejected(ctx, "score", "many", b"\x01")


@case("VAL-025", "laws.md: what cannot be coerced is a per-edit error; facts §15.1 field types")
def a_number_too_large_for_its_property_is_an_error(ctx: Context) -> None:
    rejected(ctx, "small", 32768, -32769)
    rejected(ctx, "age", 2**31, -(2**31) - 1)


@case("VAL-026", "facts §13.2 WE DO: reject NaN and infinities in edits")
def nan_and_infinity_are_errors(ctx: Context) -> None:
    rejected(ctx, "score", math.nan, math.inf, -math.inf)
    rejected(ctx, "height", primitive(float_value=math.nan))


@case("VAL-027", "facts §13.2 WE DO: negative zero as double_value or float_value")
def negative_zero_keeps_its_sign(ctx: Context) -> None:
    (row,) = stored(ctx, {"score": -0.0, "height": primitive(float_value=-0.0)})
    assert member_of(row.values["score"]) == "double_value", member_of(row.values["score"])
    assert member_of(row.values["height"]) == "float_value", member_of(row.values["height"])
    assert math.copysign(1, row.props["score"]) == -1.0, "the sign is lost"


@case("VAL-028", "laws.md: what cannot be coerced is a per-edit error (dates, guids)")
def text_that_is_no_date_or_guid_is_an_error(ctx: Context) -> None:
    rejected(ctx, "born", "yesterday", "2024-13-01T00:00:00Z")
    rejected(ctx, "day", "2024-02-30")
    rejected(ctx, "wakes", "25:00:00")
    rejected(ctx, "seen", "soon")
    rejected(ctx, "code", "not-a-guid", primitive(uuid_value=b"\x01" * 15))


@case("VAL-029", "P:ArrayValue; issue 1: values of every PrimitiveValue kind, arrays")
def an_array_is_kept_in_order(ctx: Context) -> None:
    becomes(ctx, "big", [3, 1, 2], array(sint64_array=Int64Array(value=[3, 1, 2])))
    texts = AnyValueArray(values=[any_value("b"), any_value("a")])
    becomes(ctx, "name", ["b", "a"], array(string_array=StringArray(value=["b", "a"])), array(any_value_array=texts))


@case("VAL-030", "laws.md: values are coerced to the property's type, arrays item by item")
def an_array_with_a_wrong_item_is_an_error(ctx: Context) -> None:
    mixed = AnyValueArray(values=[any_value(1), any_value("many")])
    rejected(ctx, "age", array(any_value_array=mixed))


@case("VAL-031", "P:PrimitiveValue.duration_value, bool_value; laws.md law 10: a value or one of our errors")
def a_kind_without_a_property_type_is_never_lost(ctx: Context) -> None:
    duration = primitive(duration_value=DurationValue(duration_components=DurationComponents(days=2)))
    for name, form in (("name", duration), ("small", primitive(bool_value=True))):
        answer = ctx.shared_values.send(Edits().add("Person", None, **{name: form}))
        clean(answer)
        results = answer.entity_add_results["Person"]
        if results.errors:
            refused(results.errors[0], "Person", name)
        else:
            (row,) = stored(ctx, {name: form})
            assert row.props[name] is not None, f"{form} was silently lost"


@case("VAL-032", "P:AnyValue; facts §5.4: only values a property can hold")
def entities_paths_and_unset_values_are_errors(ctx: Context) -> None:
    entity, path = AnyValue(), AnyValue()
    entity.entity_value.label = "Person"
    path.path_value.SetInParent()
    rejected(ctx, "name", entity, path)
