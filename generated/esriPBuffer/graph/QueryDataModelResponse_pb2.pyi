from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from esriPBuffer.graph import SearchTypes_pb2 as _SearchTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphDataModel(_message.Message):
    __slots__ = ("data_model_timestamp", "spatial_reference", "domains", "entity_types", "relationship_types", "meta_entity_types", "strict", "objectid_property", "globalid_property", "search_indexes", "identifier_info", "arcgis_managed_data", "provenance_source_type_values", "constraint_rules", "editor_tracking_info")
    DATA_MODEL_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    SPATIAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DOMAINS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPES_FIELD_NUMBER: _ClassVar[int]
    META_ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    OBJECTID_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    GLOBALID_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    SEARCH_INDEXES_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_INFO_FIELD_NUMBER: _ClassVar[int]
    ARCGIS_MANAGED_DATA_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_SOURCE_TYPE_VALUES_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINT_RULES_FIELD_NUMBER: _ClassVar[int]
    EDITOR_TRACKING_INFO_FIELD_NUMBER: _ClassVar[int]
    data_model_timestamp: int
    spatial_reference: _EsriTypes_pb2.EsriTypes.SpatialReference
    domains: _containers.RepeatedCompositeFieldContainer[_EsriTypes_pb2.EsriTypes.Domain]
    entity_types: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.EntityType]
    relationship_types: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.RelationshipType]
    meta_entity_types: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.EntityType]
    strict: bool
    objectid_property: str
    globalid_property: str
    search_indexes: _containers.RepeatedCompositeFieldContainer[_SearchTypes_pb2.SearchIndex]
    identifier_info: _DataModelTypes_pb2.IdentifierInfo
    arcgis_managed_data: bool
    provenance_source_type_values: _DataModelTypes_pb2.ProvenanceSourceTypeValues
    constraint_rules: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.ConstraintRule]
    editor_tracking_info: _DataModelTypes_pb2.EditorTrackingInfo
    def __init__(self, data_model_timestamp: _Optional[int] = ..., spatial_reference: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., domains: _Optional[_Iterable[_Union[_EsriTypes_pb2.EsriTypes.Domain, _Mapping]]] = ..., entity_types: _Optional[_Iterable[_Union[_DataModelTypes_pb2.EntityType, _Mapping]]] = ..., relationship_types: _Optional[_Iterable[_Union[_DataModelTypes_pb2.RelationshipType, _Mapping]]] = ..., meta_entity_types: _Optional[_Iterable[_Union[_DataModelTypes_pb2.EntityType, _Mapping]]] = ..., strict: _Optional[bool] = ..., objectid_property: _Optional[str] = ..., globalid_property: _Optional[str] = ..., search_indexes: _Optional[_Iterable[_Union[_SearchTypes_pb2.SearchIndex, _Mapping]]] = ..., identifier_info: _Optional[_Union[_DataModelTypes_pb2.IdentifierInfo, _Mapping]] = ..., arcgis_managed_data: _Optional[bool] = ..., provenance_source_type_values: _Optional[_Union[_DataModelTypes_pb2.ProvenanceSourceTypeValues, _Mapping]] = ..., constraint_rules: _Optional[_Iterable[_Union[_DataModelTypes_pb2.ConstraintRule, _Mapping]]] = ..., editor_tracking_info: _Optional[_Union[_DataModelTypes_pb2.EditorTrackingInfo, _Mapping]] = ...) -> None: ...
