"""Data models and the requests that edit them: what is encoded decodes to the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from esriPBuffer import EsriTypes_pb2
from esriPBuffer.graph import AddDomainRequest_pb2 as add_domain
from esriPBuffer.graph import AddFieldsRequest_pb2 as add_fields
from esriPBuffer.graph import AddFieldsResponse_pb2 as add_fields_answer
from esriPBuffer.graph import AddIndexesRequest_pb2 as add_indexes
from esriPBuffer.graph import AddNamedTypesRequest_pb2 as add_types
from esriPBuffer.graph import AddNamedTypesResponse_pb2 as add_types_answer
from esriPBuffer.graph import DataModelTypes_pb2 as types
from esriPBuffer.graph import DeleteIndexesRequest_pb2 as delete_indexes
from esriPBuffer.graph import QueryDataModelResponse_pb2 as answer
from esriPBuffer.graph import SyncDataModelResponse_pb2 as sync_answer
from esriPBuffer.graph import UpdateDomainRequest_pb2 as update_domain
from esriPBuffer.graph import UpdateFieldRequest_pb2 as update_field
from esriPBuffer.graph import UpdateNamedTypeRequest_pb2 as update_type
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import Conflict, MalformedInput
from kgsync.model.geometry import GeometryKind
from kgsync.model.schema import Category, DataModel, Domain, FieldIndex, FieldType, NamedType, Property, TypeRole
from kgsync.model.schema_edits import ItemResult
from kgsync.wire.pbf import schema_edits
from kgsync.wire.pbf.datamodel import (
    decode_domain,
    decode_index,
    decode_named_type,
    decode_property,
    encode_data_model,
    encode_domain,
    encode_property,
)

PURE = settings.get_profile("pure")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DEFAULTS = st.none() | TEXT | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
PROPERTIES = st.builds(
    Property,
    id=st.just(0),
    name=TEXT,
    field_type=st.sampled_from(FieldType),
    alias=TEXT,
    geometry_kind=st.sampled_from(list(GeometryKind)[:4]),
    default=st.lists(DEFAULTS, max_size=2).map(tuple),
    nullable=st.booleans(),
    editable=st.booleans(),
    visible=st.booleans(),
    required=st.booleans(),
    domain=TEXT,
    has_z=st.booleans(),
    has_m=st.booleans(),
    role=st.integers(1, 21),
)
NAMES = st.text("abcxyz", min_size=1, max_size=5)
INDEXES = st.builds(
    FieldIndex,
    name=TEXT,
    properties=st.lists(NAMES, max_size=3).map(tuple),
    ascending=st.booleans(),
    unique=st.booleans(),
)
TYPES = st.builds(
    NamedType,
    id=st.just(0),
    name=TEXT,
    category=st.sampled_from([Category.ENTITY, Category.RELATIONSHIP]),
    properties=st.lists(PROPERTIES, max_size=3).map(tuple),
    shape=st.just(0),
    alias=TEXT,
    role=st.sampled_from(TypeRole),
    strict=st.booleans(),
    indexes=st.lists(INDEXES, max_size=2).map(tuple),
)
PLAIN = Property(id=0, name="age", field_type=FieldType.INTEGER)


def _codes(field_type: FieldType) -> st.SearchStrategy[Any]:
    if field_type is FieldType.STRING:
        return TEXT
    if field_type is FieldType.DOUBLE:
        return st.floats(allow_nan=False, allow_infinity=False)
    return st.integers(-(2**63), 2**63 - 1)


@st.composite
def _domains(draw: st.DrawFn) -> Domain:
    field_type = draw(st.sampled_from([FieldType.STRING, FieldType.INTEGER, FieldType.DOUBLE]))
    code, name = _codes(field_type), draw(TEXT)
    if draw(st.booleans()):
        pairs = st.lists(st.tuples(TEXT, code), max_size=3).map(tuple)
        return Domain(name=name, field_type=field_type, codes=draw(pairs), merge_policy=draw(st.integers(0, 3)))
    return Domain(
        name=name, field_type=field_type, range=(draw(code), draw(code)), split_policy=draw(st.integers(0, 3))
    )


def _model(*named: NamedType, **more: Any) -> Any:
    return answer.GraphDataModel.FromString(encode_data_model(DataModel(types=named, **more)))


@PURE
@given(PROPERTIES)
def test_every_property_reads_back(wanted: Property) -> None:
    assert decode_property(encode_property(wanted), "property") == wanted


@PURE
@given(TYPES)
def test_every_type_reads_back_from_the_data_model(wanted: NamedType) -> None:
    message = _model(wanted)
    entity = wanted.category is Category.ENTITY
    (found,) = message.entity_types if entity else message.relationship_types

    assert decode_named_type(found, wanted.category, "type") == wanted


@PURE
@given(_domains())
def test_every_domain_reads_back(wanted: Domain) -> None:
    message = EsriTypes_pb2.EsriTypes.Domain()
    encode_domain(message, wanted)

    assert decode_domain(message, "domain") == wanted


def test_a_data_model_names_its_identifiers_and_when_it_changed() -> None:
    message = _model(timestamp=77)

    assert (message.data_model_timestamp, message.objectid_property, message.globalid_property) == (
        77,
        "objectid",
        "globalid",
    )
    assert message.identifier_info.mapping_info.uniform_property.identifier_property_name == "globalid"
    assert (message.arcgis_managed_data, message.spatial_reference.wkid) == (True, 4326)


def test_a_relationship_type_names_the_types_it_was_seen_between() -> None:
    person = NamedType(id=1, name="Person", category=Category.ENTITY, properties=(), shape=1)
    knows = NamedType(id=2, name="K", category=Category.RELATIONSHIP, properties=(), shape=1, end_points=((1, 1),))

    (pair,) = _model(person, knows).relationship_types[0].observed_end_points

    assert (pair.origin_entity_type, pair.destination_entity_type) == ("Person", "Person")


@pytest.mark.parametrize(("fields", "where"), [({"fieldType": 0}, "fieldType"), ({"fieldType": 18}, "fieldType")])
def test_an_unknown_field_type_is_malformed(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(MalformedInput, match=f"p.{where}"):
        decode_property(types.GraphProperty(**fields), "p")


@pytest.mark.parametrize("kind", [4, 5, 6, -1])
def test_other_geometry_types_are_malformed(kind: int) -> None:
    with pytest.raises(MalformedInput, match="geometryType"):
        decode_property(types.GraphProperty(fieldType=8, geometryType=kind), "p")


def test_a_default_that_is_no_text_or_number_is_malformed() -> None:
    with pytest.raises(MalformedInput, match="defaultValue"):
        decode_property(types.GraphProperty(fieldType=9, defaultValue=[{"blob_value": b"x"}]), "p")


def test_an_unknown_role_of_a_type_is_malformed() -> None:
    with pytest.raises(MalformedInput, match="role"):
        decode_named_type(types.EntityType(entity={"role": 9}), Category.ENTITY, "t")


def test_an_index_names_its_properties_between_commas() -> None:
    message = EsriTypes_pb2.EsriTypes.FieldIndex(name="i", fields=" a, b ,,c", isUnique=True)

    assert decode_index(message) == FieldIndex(name="i", properties=("a", "b", "c"), ascending=False, unique=True)


_TEXT_CODE = {"string_value": "a"}


@pytest.mark.parametrize(
    "fields",
    [
        {"fieldType": 0, "codedValueDomain": {}},
        {"fieldType": 2},
        {"fieldType": 2, "rangeDomain": {}},
        {"fieldType": 2, "rangeDomain": {"range": [{"sint_value": 1}]}},
        {"fieldType": 2, "rangeDomain": {"range": [{"sint_value": 1}] * 3}},
        {"fieldType": 2, "codedValueDomain": {"codesValues": [{"name": "a"}]}},
        {"fieldType": 2, "codedValueDomain": {"codesValues": [{"name": "a", "code": {"null_value": False}}]}},
        {"fieldType": 5, "codedValueDomain": {"codesValues": [{"name": "a", "code": {"sint_value": 1}}]}},
    ],
)
def test_a_domain_that_means_nothing_is_malformed(fields: dict[str, Any]) -> None:
    with pytest.raises(MalformedInput):
        decode_domain(EsriTypes_pb2.EsriTypes.Domain(name="d", **fields), "domain")


def test_added_types_are_entities_then_relationships() -> None:
    request = add_types.GraphNamedObjectTypeAddsRequest()
    request.relationship_types.add().relationship.name = "K"
    request.entity_types.add().entity.name = "P"

    found = schema_edits.decode_add_types(request.SerializeToString())

    assert [(t.name, t.category) for t in found] == [("P", Category.ENTITY), ("K", Category.RELATIONSHIP)]


def test_added_properties_and_indexes_keep_their_order() -> None:
    properties = [encode_property(replace(PLAIN, name=n)) for n in "ba"]
    fields = add_fields.GraphPropertyAddsRequest(graph_properties=properties)
    indexes = add_indexes.GraphPropertyIndexAddsRequest(field_indexes=[{"name": "y"}, {"name": "x"}])
    names = delete_indexes.GraphPropertyIndexDeleteRequest(name=["y", "x"])

    assert [p.name for p in schema_edits.decode_add_properties(fields.SerializeToString())] == ["b", "a"]
    assert [i.name for i in schema_edits.decode_add_indexes(indexes.SerializeToString())] == ["y", "x"]
    assert schema_edits.decode_delete_indexes(names.SerializeToString()) == ("y", "x")


def test_only_masked_attributes_of_a_type_are_meant() -> None:
    request = update_type.GraphNamedObjectTypeUpdateRequest()
    request.relationship_update.mask.named_object_type_mask.update_alias = True
    request.relationship_update.relationship_type.relationship.alias = "new"

    change = schema_edits.decode_update_type(request.SerializeToString())

    assert (change.masked, change.replacement.alias) == (frozenset({"alias"}), "new")
    with pytest.raises(MalformedInput):
        schema_edits.decode_update_type(b"")


def test_an_unmasked_field_type_may_be_unset_and_a_masked_one_may_not() -> None:
    request = update_field.GraphPropertyUpdateRequest(graph_property={"name": "age"}, mask={"update_alias": True})

    change = schema_edits.decode_update_property(request.SerializeToString())
    request.mask.update_field_type = True

    assert (change.property_name, change.masked) == ("age", frozenset({"alias"}))
    with pytest.raises(MalformedInput, match="fieldType"):
        schema_edits.decode_update_property(request.SerializeToString())


def test_an_unmasked_domain_needs_no_codes_and_a_masked_one_does() -> None:
    request = update_domain.DomainUpdateRequest(mask={"update_name": True}, domain={"name": "new"})

    change = schema_edits.decode_update_domain(request.SerializeToString())
    request.mask.update_domain = True

    assert (change.replacement.name, change.masked) == ("new", frozenset({"name"}))
    with pytest.raises(MalformedInput):
        schema_edits.decode_update_domain(request.SerializeToString())


def test_an_added_domain_is_read_from_its_request() -> None:
    request = add_domain.GraphDomainAddRequest()
    encode_domain(request.domains, Domain(name="d", field_type=FieldType.STRING, codes=(("a", "b"),)))

    assert schema_edits.decode_add_domain(request.SerializeToString()).codes == (("a", "b"),)


def test_answers_name_every_item_with_its_error() -> None:
    good, bad = ItemResult("a"), ItemResult("b", Conflict("taken"))
    data = schema_edits.encode_add_types_answer([(Category.RELATIONSHIP, bad), (Category.ENTITY, good)])
    named = add_types_answer.GraphNamedObjectTypeAddsResponse.FromString(data)
    fields = add_fields_answer.GraphPropertyAddsResponse.FromString(
        schema_edits.encode_add_properties_answer([good, bad])
    )

    assert [r.name for r in named.entity_add_results] == ["a"]
    assert [(r.name, r.error.error_code) for r in named.relationship_add_results] == [("b", 409)]
    assert [r.HasField("error") for r in fields.property_add_results] == [False, True]


@pytest.mark.parametrize("kind", schema_edits.EMPTY_ANSWERS.values())
def test_every_empty_answer_keeps_its_error_in_field_one(kind: Any) -> None:
    found = kind.FromString(schema_edits.encode_error_answer(Conflict("taken")))

    assert (found.error.error_code, found.error.error_message) == (409, "taken")


def test_syncing_the_data_model_answers_its_timestamp() -> None:
    data = schema_edits.encode_sync_data_model_answer(DataModel(timestamp=5))

    assert sync_answer.SyncDataModelResponse.FromString(data).data_model_timestamp == 5


@pytest.mark.parametrize(
    ("kind", "member", "code"),
    [
        (2, "uint64_value", 2**64 - 1),
        (2, "double_value", float("nan")),
        (2, "double_value", 1.5),
        (4, "string_value", "x"),
        (4, "double_value", float("inf")),
        (5, "sint_value", 1),
    ],
)
def test_a_domain_code_that_could_not_be_sent_back_is_refused(kind: int, member: str, code: object) -> None:
    request = add_domain.GraphDomainAddRequest()
    request.domains.fieldType = kind
    setattr(request.domains.codedValueDomain.codesValues.add(name="n").code, member, code)
    with pytest.raises(MalformedInput):
        schema_edits.decode_add_domain(request.SerializeToString())
