"""Parameters of where-clauses: kept as they came, decoded into plain values, refused when nothing could hold them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from esriPBuffer.graph import CreateReplicaRequest_pb2 as create
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from hypothesis import given, settings

from kgsync.errors import MalformedInput, TooLarge
from kgsync.model.geometry import IDENTITY, Geometry, GeometryKind, Grid
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Direction, Replica, TypeDefinition
from kgsync.model.schema import Category
from kgsync.model.values import ParameterValue
from kgsync.wire.pbf.json_form import parse_request, render_answer
from kgsync.wire.pbf.parameters import (
    MAX_PARAMETER_BYTES,
    MAX_PARAMETER_DEPTH,
    decode_parameter,
    decode_parameters,
    pack_parameters,
)
from kgsync.wire.pbf.replicas import decode_create, encode_definition
from tests.wire.parameters import message_of, parameter_messages, parameter_values
from tests.wire.samples import ID

PURE = settings.get_profile("pure")


def _decode(message: Any, grid: Grid = IDENTITY) -> ParameterValue:
    return decode_parameter(message.SerializeToString(), grid)


@PURE
@given(parameter_values())
def test_a_parameter_decodes_to_the_value_that_was_sent(value: ParameterValue) -> None:
    assert repr(_decode(message_of(value))) == repr(value)


@PURE
@given(parameter_messages())
def test_a_kept_parameter_decodes_like_the_message(message: Any) -> None:
    kept = pack_parameters({"p": message})

    assert repr(decode_parameters(kept, None)) == repr({"p": _decode(message)})


def test_a_geometry_is_taken_off_the_definitions_grid() -> None:
    point = message_of(Geometry(GeometryKind.POINT, False, False, ((4.0, 6.0),)))

    found = _decode(point, Grid(scale_x=0.5, translate_y=-3.0))

    assert found == Geometry(GeometryKind.POINT, False, False, ((2.0, 3.0),))


def test_geometries_inside_arrays_and_objects_are_taken_off_the_grid() -> None:
    value: ParameterValue = {"shapes": (Geometry(GeometryKind.POINT, False, False, ((4.0, 6.0),)), None)}

    found = _decode(message_of(value), Grid(scale_x=0.5, translate_y=-3.0))

    assert found == {"shapes": (Geometry(GeometryKind.POINT, False, False, ((2.0, 3.0),)), None)}


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"array_value": {"sint64_array": {"value": [1, -2]}}}, (1, -2)),
        ({"array_value": {"string_array": {"value": ["a"]}}}, ("a",)),
        ({"array_value": {"uuid_array": ID.bytes * 2}}, (ID, ID)),
        ({"array_value": {"null_array": {"length": 2}}}, (None, None)),
        ({"array_value": {"float_compressed_as_int32_array": {"value": [3]}}}, (3.0,)),
        ({"array_value": {}}, ()),
        ({"primitive_value": {"double_compressed_as_int64": 3}}, 3.0),
        ({"object_value": {}}, {}),
        ({}, None),
    ],
)
def test_every_form_of_an_array_is_a_tuple(fields: dict[str, Any], value: ParameterValue) -> None:
    assert repr(_decode(graph.AnyValue(**fields))) == repr(value)


_NAN = {"primitive_value": {"double_value": float("nan")}}
_PAIR: dict[str, Any] = {"key": "a", "value": {}}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"entity_value": {"label": "A"}}, "an entity cannot be a parameter"),
        ({"relationship_value": {"type": "A"}}, "a relationship cannot be a parameter"),
        ({"path_value": {}}, "a path cannot be a parameter"),
        ({"unknown_value": {}}, "unknown kind"),
        ({"primitive_value": {}}, "no member set"),
        (_NAN, "not finite"),
        ({"primitive_value": {"float_value": float("inf")}}, "not finite"),
        ({"array_value": {"double_array": {"value": [1.0, float("inf")]}}}, "not finite"),
        ({"primitive_value": {"uuid_value": bytes(15)}}, "16 bytes"),
        ({"primitive_value": {"string_value": "a\0"}}, r"U\+0000"),
        ({"primitive_value": {"datetime_value": 2**62}}, "years 0000 to 9999"),
        ({"primitive_value": {"date_only_value": {"epoch_days": 2**31 - 1}}}, "years 0000 to 9999"),
        ({"primitive_value": {"time_only_value": {"milliseconds_of_day": 86_400_000}}}, "outside the day"),
        ({"primitive_value": {"geometry_value": {"geometryType": 4}}}, "geometry type 4"),
        ({"array_value": {"null_array": {"length": 10**9}}}, "array of nulls"),
        ({"object_value": {"properties": [_PAIR, _PAIR]}}, "occurs twice"),
    ],
)
def test_what_no_property_could_hold_is_refused_with_a_reason(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedInput, match=reason):
        _decode(graph.AnyValue(**fields))


def test_a_refusal_names_the_parameter_and_the_way_into_it() -> None:
    inner = graph.AnyValue(**_NAN)
    outer = message_of({"a": (1, 2)})
    outer.object_value.properties[0].value.array_value.any_value_array.values[1].CopyFrom(inner)

    with pytest.raises(MalformedInput) as caught:
        decode_parameters(pack_parameters({"limits": outer}), None)

    assert caught.value.place == "parameters[limits].a[1]"


def _nested(depth: int) -> ParameterValue:
    value: ParameterValue = 1
    for _ in range(depth - 1):
        value = (value,)
    return value


def test_nesting_has_a_limit() -> None:
    deepest = _nested(MAX_PARAMETER_DEPTH)

    assert _decode(message_of(deepest)) == deepest
    with pytest.raises(TooLarge):
        _decode(message_of((deepest,)))


def test_the_parameters_of_a_type_have_a_limit_together() -> None:
    half = message_of("x" * (MAX_PARAMETER_BYTES // 2))

    with pytest.raises(TooLarge):
        pack_parameters({"a": half, "b": half})


def test_parameters_are_kept_in_the_order_of_their_names() -> None:
    static: dict[str, Any] = {"entity_types": [{"entity_type_replica_definition": {"parameters": {"b": {}, "a": {}}}}]}
    request = create.CreateReplicaRequest(replica_filters={"static_definition": static})

    found = decode_create(request.SerializeToString()).definition

    assert found is not None
    assert found.types[0].parameters == (("a", ""), ("b", ""))


@PURE
@given(parameter_messages())
def test_a_definition_is_echoed_with_its_parameters_in_json(message: Any) -> None:
    wanted = TypeDefinition(
        name="A", category=Category.ENTITY, where="n.a = $p", parameters=pack_parameters({"p q": message})
    )
    replica = Replica(
        id=ID,
        name="r",
        requested_name="r",
        owner="ada",
        direction=Direction.DOWNLOAD,
        definition=Definition(types=(wanted,)),
        created=7,
        served=Moment(9),
        presented=Moment(8),
        last_contact=10,
    )

    answer = render_answer("definition", encode_definition(replica))
    filters = {"replicaFilters": answer["replicaDefinition"]["replicaFilters"]}
    asked = decode_create(parse_request("createReplicaRequest", json.dumps(filters).encode()))

    assert asked.definition is not None
    assert asked.definition.types == (wanted,)


def test_kept_parameters_are_base64_of_the_message() -> None:
    message = message_of(3)

    assert pack_parameters({"p": message}) == (("p", base64.b64encode(message.SerializeToString()).decode()),)
