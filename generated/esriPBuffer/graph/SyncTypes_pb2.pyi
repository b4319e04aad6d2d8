from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SyncDataFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYNC_DATA_FORMAT_UNSPECIFIED: _ClassVar[SyncDataFormat]
    PBF: _ClassVar[SyncDataFormat]

class SyncDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYNC_DIRECTION_UNSPECIFIED: _ClassVar[SyncDirection]
    BIDIRECTIONAL: _ClassVar[SyncDirection]
    UPLOAD: _ClassVar[SyncDirection]
    DOWNLOAD: _ClassVar[SyncDirection]

class ReplicaDataDeltaType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPLICA_DATA_DELTA_TYPE_UNSPECIFIED: _ClassVar[ReplicaDataDeltaType]
    ADD: _ClassVar[ReplicaDataDeltaType]
    UPDATE: _ClassVar[ReplicaDataDeltaType]
    DELETE: _ClassVar[ReplicaDataDeltaType]
SYNC_DATA_FORMAT_UNSPECIFIED: SyncDataFormat
PBF: SyncDataFormat
SYNC_DIRECTION_UNSPECIFIED: SyncDirection
BIDIRECTIONAL: SyncDirection
UPLOAD: SyncDirection
DOWNLOAD: SyncDirection
REPLICA_DATA_DELTA_TYPE_UNSPECIFIED: ReplicaDataDeltaType
ADD: ReplicaDataDeltaType
UPDATE: ReplicaDataDeltaType
DELETE: ReplicaDataDeltaType

class ReplicaFilters(_message.Message):
    __slots__ = ("static_definition", "input_transform", "in_sr")
    STATIC_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    INPUT_TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    IN_SR_FIELD_NUMBER: _ClassVar[int]
    static_definition: StaticDefinition
    input_transform: _EsriGraphTypes_pb2.Transform
    in_sr: _EsriTypes_pb2.EsriTypes.SpatialReference
    def __init__(self, static_definition: _Optional[_Union[StaticDefinition, _Mapping]] = ..., input_transform: _Optional[_Union[_EsriGraphTypes_pb2.Transform, _Mapping]] = ..., in_sr: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ...) -> None: ...

class IncludeProvenance(_message.Message):
    __slots__ = ("include_source_documents",)
    INCLUDE_SOURCE_DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    include_source_documents: bool
    def __init__(self, include_source_documents: _Optional[bool] = ...) -> None: ...

class ProvenanceOptions(_message.Message):
    __slots__ = ("include_provenance",)
    INCLUDE_PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    include_provenance: IncludeProvenance
    def __init__(self, include_provenance: _Optional[_Union[IncludeProvenance, _Mapping]] = ...) -> None: ...

class IncludeConnectedDocuments(_message.Message):
    __slots__ = ("provenance_options",)
    PROVENANCE_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    provenance_options: ProvenanceOptions
    def __init__(self, provenance_options: _Optional[_Union[ProvenanceOptions, _Mapping]] = ...) -> None: ...

class DocumentOptions(_message.Message):
    __slots__ = ("include_connected_documents",)
    INCLUDE_CONNECTED_DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    include_connected_documents: IncludeConnectedDocuments
    def __init__(self, include_connected_documents: _Optional[_Union[IncludeConnectedDocuments, _Mapping]] = ...) -> None: ...

class StaticDefinition(_message.Message):
    __slots__ = ("entity_types", "relationship_types")
    ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPES_FIELD_NUMBER: _ClassVar[int]
    entity_types: _containers.RepeatedCompositeFieldContainer[EntityTypeReplicaDefinition]
    relationship_types: _containers.RepeatedCompositeFieldContainer[RelationshipTypeReplicaDefinition]
    def __init__(self, entity_types: _Optional[_Iterable[_Union[EntityTypeReplicaDefinition, _Mapping]]] = ..., relationship_types: _Optional[_Iterable[_Union[RelationshipTypeReplicaDefinition, _Mapping]]] = ...) -> None: ...

class NamedTypeReplicaDefinition(_message.Message):
    __slots__ = ("type_name", "open_cypher_where_clause", "parameters", "provenance_options")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _EsriGraphTypes_pb2.AnyValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]] = ...) -> None: ...
    TYPE_NAME_FIELD_NUMBER: _ClassVar[int]
    OPEN_CYPHER_WHERE_CLAUSE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    type_name: str
    open_cypher_where_clause: str
    parameters: _containers.MessageMap[str, _EsriGraphTypes_pb2.AnyValue]
    provenance_options: ProvenanceOptions
    def __init__(self, type_name: _Optional[str] = ..., open_cypher_where_clause: _Optional[str] = ..., parameters: _Optional[_Mapping[str, _EsriGraphTypes_pb2.AnyValue]] = ..., provenance_options: _Optional[_Union[ProvenanceOptions, _Mapping]] = ...) -> None: ...

class EntityTypeReplicaDefinition(_message.Message):
    __slots__ = ("entity_type_replica_definition", "document_options")
    ENTITY_TYPE_REPLICA_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    entity_type_replica_definition: NamedTypeReplicaDefinition
    document_options: DocumentOptions
    def __init__(self, entity_type_replica_definition: _Optional[_Union[NamedTypeReplicaDefinition, _Mapping]] = ..., document_options: _Optional[_Union[DocumentOptions, _Mapping]] = ...) -> None: ...

class RelationshipTypeReplicaDefinition(_message.Message):
    __slots__ = ("relationship_type_replica_definition",)
    RELATIONSHIP_TYPE_REPLICA_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    relationship_type_replica_definition: NamedTypeReplicaDefinition
    def __init__(self, relationship_type_replica_definition: _Optional[_Union[NamedTypeReplicaDefinition, _Mapping]] = ...) -> None: ...

class ReplicaHeader(_message.Message):
    __slots__ = ("sync_date", "transform", "sr")
    SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    SR_FIELD_NUMBER: _ClassVar[int]
    sync_date: int
    transform: _EsriGraphTypes_pb2.Transform
    sr: _EsriTypes_pb2.EsriTypes.SpatialReference
    def __init__(self, sync_date: _Optional[int] = ..., transform: _Optional[_Union[_EsriGraphTypes_pb2.Transform, _Mapping]] = ..., sr: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ...) -> None: ...

class ReplicaDataHeader(_message.Message):
    __slots__ = ("delta_type", "type_name", "type_category")
    DELTA_TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    delta_type: ReplicaDataDeltaType
    type_name: str
    type_category: _EsriGraphTypes_pb2.esriNamedTypeCategory
    def __init__(self, delta_type: _Optional[_Union[ReplicaDataDeltaType, str]] = ..., type_name: _Optional[str] = ..., type_category: _Optional[_Union[_EsriGraphTypes_pb2.esriNamedTypeCategory, str]] = ...) -> None: ...
