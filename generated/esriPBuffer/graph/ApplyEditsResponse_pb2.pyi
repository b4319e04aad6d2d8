from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EditResults(_message.Message):
    __slots__ = ("errors", "id_array")
    class ErrorsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: _EsriGraphTypes_pb2.Error
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ...) -> None: ...
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    ID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    errors: _containers.MessageMap[int, _EsriGraphTypes_pb2.Error]
    id_array: _EsriGraphTypes_pb2.ArrayValue
    def __init__(self, errors: _Optional[_Mapping[int, _EsriGraphTypes_pb2.Error]] = ..., id_array: _Optional[_Union[_EsriGraphTypes_pb2.ArrayValue, _Mapping]] = ...) -> None: ...

class CascadingRelationshipDeletes(_message.Message):
    __slots__ = ("relationship_delete_results", "origin_entity_id_array", "dest_entity_id_array")
    RELATIONSHIP_DELETE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_ENTITY_ID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DEST_ENTITY_ID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    relationship_delete_results: EditResults
    origin_entity_id_array: _EsriGraphTypes_pb2.ArrayValue
    dest_entity_id_array: _EsriGraphTypes_pb2.ArrayValue
    def __init__(self, relationship_delete_results: _Optional[_Union[EditResults, _Mapping]] = ..., origin_entity_id_array: _Optional[_Union[_EsriGraphTypes_pb2.ArrayValue, _Mapping]] = ..., dest_entity_id_array: _Optional[_Union[_EsriGraphTypes_pb2.ArrayValue, _Mapping]] = ...) -> None: ...

class CascadingProvenanceDeletes(_message.Message):
    __slots__ = ("provenance_delete_results",)
    PROVENANCE_DELETE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    provenance_delete_results: EditResults
    def __init__(self, provenance_delete_results: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...

class RelationshipTypeSchemaChanges(_message.Message):
    __slots__ = ("new_end_points",)
    NEW_END_POINTS_FIELD_NUMBER: _ClassVar[int]
    new_end_points: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.EndPoint]
    def __init__(self, new_end_points: _Optional[_Iterable[_Union[_DataModelTypes_pb2.EndPoint, _Mapping]]] = ...) -> None: ...

class ApplyEditsMetadata(_message.Message):
    __slots__ = ("user_name", "timestamp")
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    user_name: str
    timestamp: int
    def __init__(self, user_name: _Optional[str] = ..., timestamp: _Optional[int] = ...) -> None: ...

class SchemaResults(_message.Message):
    __slots__ = ("unknown_types", "unknown_properties")
    class UnknownPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _EsriGraphTypes_pb2.StringArray
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_EsriGraphTypes_pb2.StringArray, _Mapping]] = ...) -> None: ...
    UNKNOWN_TYPES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    unknown_types: _containers.RepeatedScalarFieldContainer[str]
    unknown_properties: _containers.MessageMap[str, _EsriGraphTypes_pb2.StringArray]
    def __init__(self, unknown_types: _Optional[_Iterable[str]] = ..., unknown_properties: _Optional[_Mapping[str, _EsriGraphTypes_pb2.StringArray]] = ...) -> None: ...

class GraphApplyEditsResult(_message.Message):
    __slots__ = ("error", "entity_add_results", "relationship_add_results", "entity_update_results", "relationship_update_results", "entity_delete_results", "relationship_delete_results", "cascading_relationship_delete_results", "rel_type_schema_changes", "cascading_provenance_delete_results", "apply_edits_metadata", "schema_results")
    class EntityAddResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EditResults
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...
    class RelationshipAddResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EditResults
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...
    class EntityUpdateResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EditResults
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...
    class RelationshipUpdateResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EditResults
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...
    class EntityDeleteResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EditResults
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...
    class RelationshipDeleteResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EditResults
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EditResults, _Mapping]] = ...) -> None: ...
    class CascadingRelationshipDeleteResultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CascadingRelationshipDeletes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CascadingRelationshipDeletes, _Mapping]] = ...) -> None: ...
    class RelTypeSchemaChangesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: RelationshipTypeSchemaChanges
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[RelationshipTypeSchemaChanges, _Mapping]] = ...) -> None: ...
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ADD_RESULTS_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_ADD_RESULTS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_UPDATE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_UPDATE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_DELETE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_DELETE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    CASCADING_RELATIONSHIP_DELETE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    REL_TYPE_SCHEMA_CHANGES_FIELD_NUMBER: _ClassVar[int]
    CASCADING_PROVENANCE_DELETE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    APPLY_EDITS_METADATA_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_RESULTS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    entity_add_results: _containers.MessageMap[str, EditResults]
    relationship_add_results: _containers.MessageMap[str, EditResults]
    entity_update_results: _containers.MessageMap[str, EditResults]
    relationship_update_results: _containers.MessageMap[str, EditResults]
    entity_delete_results: _containers.MessageMap[str, EditResults]
    relationship_delete_results: _containers.MessageMap[str, EditResults]
    cascading_relationship_delete_results: _containers.MessageMap[str, CascadingRelationshipDeletes]
    rel_type_schema_changes: _containers.MessageMap[str, RelationshipTypeSchemaChanges]
    cascading_provenance_delete_results: CascadingProvenanceDeletes
    apply_edits_metadata: ApplyEditsMetadata
    schema_results: SchemaResults
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., entity_add_results: _Optional[_Mapping[str, EditResults]] = ..., relationship_add_results: _Optional[_Mapping[str, EditResults]] = ..., entity_update_results: _Optional[_Mapping[str, EditResults]] = ..., relationship_update_results: _Optional[_Mapping[str, EditResults]] = ..., entity_delete_results: _Optional[_Mapping[str, EditResults]] = ..., relationship_delete_results: _Optional[_Mapping[str, EditResults]] = ..., cascading_relationship_delete_results: _Optional[_Mapping[str, CascadingRelationshipDeletes]] = ..., rel_type_schema_changes: _Optional[_Mapping[str, RelationshipTypeSchemaChanges]] = ..., cascading_provenance_delete_results: _Optional[_Union[CascadingProvenanceDeletes, _Mapping]] = ..., apply_edits_metadata: _Optional[_Union[ApplyEditsMetadata, _Mapping]] = ..., schema_results: _Optional[_Union[SchemaResults, _Mapping]] = ...) -> None: ...
