"""The data model: reading it and editing its types and properties."""

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.AddFieldsRequest_pb2 import GraphPropertyAddsRequest
from esriPBuffer.graph.AddFieldsResponse_pb2 import GraphPropertyAddsResponse
from esriPBuffer.graph.AddIndexesRequest_pb2 import GraphPropertyIndexAddsRequest
from esriPBuffer.graph.AddIndexesResponse_pb2 import GraphPropertyIndexAddsResponse
from esriPBuffer.graph.AddNamedTypesRequest_pb2 import GraphNamedObjectTypeAddsRequest
from esriPBuffer.graph.AddNamedTypesResponse_pb2 import GraphNamedObjectTypeAddsResponse
from esriPBuffer.graph.DataModelTypes_pb2 import GraphProperty, NamedObjectType
from esriPBuffer.graph.DeleteFieldRequest_pb2 import GraphPropertyDeleteRequest
from esriPBuffer.graph.DeleteFieldResponse_pb2 import GraphPropertyDeleteResponse
from esriPBuffer.graph.DeleteIndexesRequest_pb2 import GraphPropertyIndexDeleteRequest
from esriPBuffer.graph.DeleteIndexesResponse_pb2 import GraphIndexDeleteResponse
from esriPBuffer.graph.DeleteNamedTypeResponse_pb2 import GraphNamedObjectTypeDeleteResponse
from esriPBuffer.graph.EsriGraphTypes_pb2 import PrimitiveValue
from esriPBuffer.graph.QueryDataModelResponse_pb2 import GraphDataModel
from esriPBuffer.graph.UpdateFieldRequest_pb2 import GraphPropertyMask, GraphPropertyUpdateRequest
from esriPBuffer.graph.UpdateFieldResponse_pb2 import GraphPropertyUpdateResponse
from esriPBuffer.graph.UpdateNamedTypeRequest_pb2 import GraphNamedObjectTypeUpdateRequest
from esriPBuffer.graph.UpdateNamedTypeResponse_pb2 import GraphNamedObjectTypeUpdateResponse

from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits
from tests.conformance.models import entity, prop, relationship
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, refused

TYPES = "dataModel/edit/namedTypes"


def types_of(model: GraphDataModel) -> dict[str, NamedObjectType]:
    found = {item.entity.name: item.entity for item in model.entity_types}
    found.update({item.relationship.name: item.relationship for item in model.relationship_types})
    return found


def property_of(service: Service, type_name: str, name: str) -> GraphProperty:
    found = {item.name: item for item in types_of(service.model())[type_name].properties}
    assert name in found, f"{type_name} has no property {name}, only {sorted(found)}"
    return found[name]


def add_fields(service: Service, type_name: str, *properties: GraphProperty) -> GraphPropertyAddsResponse:
    request = GraphPropertyAddsRequest(graph_properties=properties)
    return service.post(GraphPropertyAddsResponse, f"{TYPES}/{type_name}/fields/add", request)


def update_field(
    service: Service, type_name: str, name: str, mask: GraphPropertyMask, wanted: GraphProperty
) -> GraphPropertyUpdateResponse:
    request = GraphPropertyUpdateRequest(mask=mask, graph_property=wanted, property_name=name)
    return service.post(GraphPropertyUpdateResponse, f"{TYPES}/{type_name}/fields/update", request)


def send_types(service: Service, *names: str) -> GraphNamedObjectTypeAddsResponse:
    request = GraphNamedObjectTypeAddsRequest(entity_types=[entity(name, prop("p", "String")) for name in names])
    return service.post(GraphNamedObjectTypeAddsResponse, f"{TYPES}/add", request)


@case("MODEL-001", "facts/clients.md A§4: queryDataModel must not be an empty body; set the timestamp")
def a_new_service_has_a_data_model_timestamp(ctx: Context) -> None:
    assert ctx.service(bare=True).model().data_model_timestamp > 0, "no data_model_timestamp"


@case("MODEL-002", "facts/clients.md B: arcgis_managed_data must be true")
def the_data_is_managed(ctx: Context) -> None:
    assert ctx.shared.model().arcgis_managed_data, "arcgis_managed_data is not set"


@case("MODEL-003", "facts/clients.md B Data model: serve spatial_reference 4326")
def the_model_has_a_spatial_reference(ctx: Context) -> None:
    assert ctx.shared.model().spatial_reference.wkid == 4326, ctx.shared.model().spatial_reference


@case("MODEL-004", "P:QueryDataModelResponse objectid_property, globalid_property; facts §15.1")
def every_type_gets_an_object_id_and_a_global_id(ctx: Context) -> None:
    model = ctx.shared.model()
    assert model.objectid_property, "the model names no objectid_property"
    assert model.globalid_property, "the model names no globalid_property"
    for name in ("Person", "Place", "Knows", "LivesIn"):
        found = {item.name: item.fieldType for item in types_of(model)[name].properties}
        assert found.get(model.objectid_property) == 7, f"{name} has no OID property: {found}"
        assert found.get(model.globalid_property) == 12, f"{name} has no GlobalID property: {found}"


@case("MODEL-005", "facts §15.1: typical identifier_info is a uniform property globalid")
def the_identifier_is_the_global_id(ctx: Context) -> None:
    model = ctx.shared.model()
    info = model.identifier_info
    assert info.mapping_info.uniform_property.identifier_property_name == model.globalid_property, info
    assert info.generation_info.uuid_method_hint in (1, 2), info


@case("MODEL-006", "facts/clients.md A§4: one result per type, in order, with name")
def added_types_are_answered_in_order(ctx: Context) -> None:
    answer = send_types(ctx.service(bare=True), "Zebra", "Ape", "Cat")
    clean(answer)
    assert [item.name for item in answer.entity_add_results] == ["Zebra", "Ape", "Cat"], answer
    assert not any(item.error.error_code for item in answer.entity_add_results), answer


@case("MODEL-007", "facts §15.1: data_model_timestamp bumps with every schema edit; clients.md B: visible at once")
def a_schema_edit_moves_the_timestamp(ctx: Context) -> None:
    service = ctx.service(bare=True)
    before = service.model().data_model_timestamp
    send_types(service, "Cat")
    after = service.model()
    assert after.data_model_timestamp > before, f"{after.data_model_timestamp} after {before}"
    assert "Cat" in types_of(after), "the new type is not visible at once"


@case("MODEL-008", "P:DataModelTypes.GraphProperty; facts §15.1 fieldType numbering")
def properties_come_back_as_given(ctx: Context) -> None:
    found = {item.name: item.fieldType for item in types_of(ctx.shared.model())["Person"].properties}
    wanted = {"small": 1, "age": 2, "height": 3, "score": 4, "name": 5, "born": 6, "shape": 8, "photo": 9}
    wanted |= {"code": 11, "big": 14, "day": 15, "wakes": 16, "seen": 17}
    assert wanted.items() <= found.items(), {k: (found.get(k), v) for k, v in wanted.items() if found.get(k) != v}


@case("MODEL-009", "P:DataModelTypes.GraphProperty geometryType, hasZ, hasM")
def a_geometry_property_keeps_its_kind(ctx: Context) -> None:
    found = property_of(ctx.shared_geometric, "AreaZM", "shape")
    assert (found.geometryType, found.hasZ, found.hasM) == (3, True, True), found


@case("MODEL-010", "facts §15.2: type names are unique in the graph")
def a_type_name_is_taken_once(ctx: Context) -> None:
    answer = send_types(ctx.shared, "Person")
    refused(answer.error if answer.HasField("error") else answer.entity_add_results[0].error, "Person")
    assert len([t for t in ctx.shared.model().entity_types if t.entity.name == "Person"]) == 1


@case("MODEL-011", "facts §15.2: names have no spaces, / or :, no leading digit or esri__, 64 characters at most")
def a_bad_type_name_is_refused(ctx: Context) -> None:
    for name in ("two words", "a/b", "a:b", "1st", "esri__x", "x" * 65, "", "tab\there"):
        answer = send_types(ctx.shared, name)
        refused(answer.error if answer.HasField("error") else answer.entity_add_results[0].error)
        assert name not in types_of(ctx.shared.model()), f"{name!r} was added"


@case("MODEL-012", "facts §15.2: names of 64 Unicode characters are allowed; clients.md A§7.1 Unicode names decode")
def a_long_name_in_any_script_is_fine(ctx: Context) -> None:
    service = ctx.service(bare=True)
    name = "Ж" * 64
    answer = send_types(service, name)
    clean(answer)
    assert not answer.entity_add_results[0].error.error_code, answer
    assert name in types_of(service.model()), "the type is not there"


@case("MODEL-013", "facts §15.2: reserved words such as objectid, globalid, RETURN, CONTAINS")
def a_property_may_not_be_called_like_a_system_property(ctx: Context) -> None:
    for name in ("objectid", "globalid", "RETURN", "CONTAINS"):
        answer = add_fields(ctx.shared, "Person", prop(name, "String"))
        refused(answer.error if answer.HasField("error") else answer.property_add_results[0].error)


@case("MODEL-014", "P:AddFieldsRequest; facts/clients.md A§4")
def a_property_is_added(ctx: Context) -> None:
    service = ctx.service()
    answer = add_fields(service, "Place", prop("mayor", "String"), prop("founded", "DateOnly"))
    clean(answer)
    assert [item.name for item in answer.property_add_results] == ["mayor", "founded"], answer
    assert property_of(service, "Place", "founded").fieldType == 15


@case("MODEL-015", "facts/clients.md A§4: a per-item error is returned in the response, not raised")
def a_property_is_not_added_twice(ctx: Context) -> None:
    answer = add_fields(ctx.shared, "Person", prop("name", "Integer"))
    refused(answer.error if answer.HasField("error") else answer.property_add_results[0].error, "name")
    assert property_of(ctx.shared, "Person", "name").fieldType == 5, "the old property changed"


@case("MODEL-016", "facts/clients.md B Data model edits: apply masked members only")
def only_masked_members_of_a_property_change(ctx: Context) -> None:
    service = ctx.service()
    wanted = GraphProperty(name="age", alias="Years", fieldType="esriFieldTypeString", required=True)
    clean(update_field(service, "Person", "age", GraphPropertyMask(update_alias=True), wanted))
    found = property_of(service, "Person", "age")
    assert found.alias == "Years", found
    assert found.fieldType == 2, "the type changed without its mask bit"
    assert not found.required, "required changed without its mask bit"


@case("MODEL-017", "P:UpdateFieldRequest mask update_name")
def a_property_is_renamed(ctx: Context) -> None:
    service = ctx.service()
    clean(update_field(service, "Person", "nick", GraphPropertyMask(update_name=True), GraphProperty(name="pet")))
    names = {item.name for item in types_of(service.model())["Person"].properties}
    assert "pet" in names, names
    assert "nick" not in names, names


@case("MODEL-018", "P:DeleteFieldRequest")
def a_property_is_deleted(ctx: Context) -> None:
    service = ctx.service()
    request = GraphPropertyDeleteRequest(name="nick")
    clean(service.post(GraphPropertyDeleteResponse, f"{TYPES}/Person/fields/delete", request))
    assert "nick" not in {item.name for item in types_of(service.model())["Person"].properties}
    refused(service.post(GraphPropertyDeleteResponse, f"{TYPES}/Person/fields/delete", request).error, "nick")


@case("MODEL-019", "issue 1: names of types and properties are exact")
def names_are_exact(ctx: Context) -> None:
    service = ctx.service()
    request = GraphPropertyDeleteRequest(name="NICK")
    refused(service.post(GraphPropertyDeleteResponse, f"{TYPES}/Person/fields/delete", request).error)
    refused(service.post(GraphNamedObjectTypeDeleteResponse, f"{TYPES}/person/delete").error)
    assert property_of(service, "Person", "nick"), "the property is gone"


@case("MODEL-020", "P:DeleteNamedTypeResponse; facts/clients.md B: an empty body deletes")
def a_type_is_deleted(ctx: Context) -> None:
    service = ctx.service()
    clean(service.post(GraphNamedObjectTypeDeleteResponse, f"{TYPES}/Place/delete"))
    assert "Place" not in types_of(service.model()), "the type is still there"
    refused(service.post(GraphNamedObjectTypeDeleteResponse, f"{TYPES}/Place/delete").error, "Place")


@case("MODEL-021", "P:UpdateNamedTypeRequest NamedObjectTypeMask")
def only_masked_members_of_a_type_change(ctx: Context) -> None:
    service = ctx.service()
    request = GraphNamedObjectTypeUpdateRequest()
    request.entity_update.mask.update_alias = True
    request.entity_update.entity_type.entity.name = "Somebody"
    request.entity_update.entity_type.entity.alias = "People"
    clean(service.post(GraphNamedObjectTypeUpdateResponse, f"{TYPES}/Person/update", request))
    found = types_of(service.model())
    assert "Somebody" not in found, "the name changed without its mask bit"
    assert found["Person"].alias == "People", found["Person"].alias


@case("MODEL-022", "facts/clients.md B: accept relationship types without end points")
def relationship_types_need_no_end_points(ctx: Context) -> None:
    service = ctx.service(bare=True)
    request = GraphNamedObjectTypeAddsRequest(relationship_types=[relationship("Likes", prop("since", "Integer"))])
    answer = service.add_types(request)
    assert [item.name for item in answer.relationship_add_results] == ["Likes"], answer
    assert len(service.model().relationship_types) >= 1


@case("MODEL-023", "facts/clients.md B: learn observed_end_points from the data")
def end_points_are_learnt_from_the_data(ctx: Context) -> None:
    found = {item.relationship.name: item for item in ctx.shared.model().relationship_types}["Knows"]
    if not found.observed_end_points:  # the shared service is filled when first used
        found = {item.relationship.name: item for item in ctx.shared.model().relationship_types}["Knows"]
    pairs = {(item.origin_entity_type, item.destination_entity_type) for item in found.observed_end_points}
    assert pairs == {("Person", "Person")}, pairs


def index(name: str, fields: str) -> GraphPropertyIndexAddsRequest:
    return GraphPropertyIndexAddsRequest(
        field_indexes=[EsriTypes.FieldIndex(name=name, fields=fields, isAscending=True)]
    )


@case("MODEL-024", "P:AddIndexesRequest; facts/clients.md B: fields is a comma-joined list")
def an_index_is_added_and_deleted(ctx: Context) -> None:
    service = ctx.service()
    answer = service.post(GraphPropertyIndexAddsResponse, f"{TYPES}/Person/indexes/add", index("by_name", "name,age"))
    clean(answer)
    assert [(r.name, r.error.error_code) for r in answer.index_add_results] == [("by_name", 0)], answer
    found = {item.name: item.fields for item in types_of(service.model())["Person"].field_indexes}
    assert found.get("by_name", "").replace(" ", "") == "name,age", found
    request = GraphPropertyIndexDeleteRequest(name=["by_name"])
    clean(service.post(GraphIndexDeleteResponse, f"{TYPES}/Person/indexes/delete", request))
    assert "by_name" not in {item.name for item in types_of(service.model())["Person"].field_indexes}


@case("MODEL-025", "P:AddIndexesResponse GraphPropertyIndexAddResult.error")
def an_index_over_nothing_is_refused(ctx: Context) -> None:
    for request in (index("on_nothing", "no_such_property"), index("on_nothing", "")):
        answer = ctx.shared.post(GraphPropertyIndexAddsResponse, f"{TYPES}/Person/indexes/add", request)
        refused(answer.error if answer.HasField("error") else answer.index_add_results[0].error)
    assert "on_nothing" not in {i.name for i in types_of(ctx.shared.model())["Person"].field_indexes}


@case("MODEL-026", "P:DeleteIndexesResponse GraphIndexDeleteResult.error")
def an_unknown_index_is_not_deleted(ctx: Context) -> None:
    request = GraphPropertyIndexDeleteRequest(name=["no_such_index"])
    answer = ctx.shared.post(GraphIndexDeleteResponse, f"{TYPES}/Person/indexes/delete", request)
    refused(answer.error if answer.HasField("error") else answer.index_delete_results[0].error, "no_such_index")


@case("MODEL-027", "facts §15.2 edits on an unknown type; §14 code 112020")
def a_property_of_an_unknown_type_is_refused(ctx: Context) -> None:
    refused(add_fields(ctx.shared, "Nobody", prop("x", "String")).error, "Nobody")


@case("MODEL-028", "facts §15.1 defaultValue; laws: the caller learns defaults, a default never fills existing rows")
def a_default_fills_new_rows_only(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    replica = service.replica()
    defaulted = prop("mood", "String")
    defaulted.defaultValue.append(PrimitiveValue(string_value="glad"))
    clean(add_fields(service, "Person", defaulted))
    service.apply(Edits().add("Person", None, name="Ben"), Edits().add("Person", None, name="Cid", mood=None))
    archive, _ = service.snapshot_of(replica.replica_id)
    moods = {row.props["name"]: row.props["mood"] for row in archive.of(1, "Person")}
    assert moods == {"Ann": None, "Ben": "glad", "Cid": None}, moods


@case("MODEL-029", "facts §1 WE DO: never mutate on GET")
def a_get_changes_nothing(ctx: Context) -> None:
    service = ctx.service()
    before = service.model()
    assert {"Person", "Place"} <= set(types_of(before)), "the types are not there to begin with"
    for path in (f"{TYPES}/Place/delete", f"{TYPES}/Person/fields/delete", f"{TYPES}/add"):
        service.raw("GET", path)
        service.client.get(f"{service.root}/{path}", f="html")
    assert service.model() == before, "a GET changed the data model"
