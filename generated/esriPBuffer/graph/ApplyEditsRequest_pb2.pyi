from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import GraphObjectIdentifierSet_pb2 as _GraphObjectIdentifierSet_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NamedObjectAdd(_message.Message):
    __slots__ = ("properties", "id")
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    properties: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.KeyValuePair]
    id: _EsriGraphTypes_pb2.AnyValue
    def __init__(self, properties: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.KeyValuePair, _Mapping]]] = ..., id: _Optional[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]] = ...) -> None: ...

class EntityAdd(_message.Message):
    __slots__ = ("entity",)
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: NamedObjectAdd
    def __init__(self, entity: _Optional[_Union[NamedObjectAdd, _Mapping]] = ...) -> None: ...

class RelationshipAdd(_message.Message):
    __slots__ = ("relationship", "origin_id", "dest_id")
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_ID_FIELD_NUMBER: _ClassVar[int]
    DEST_ID_FIELD_NUMBER: _ClassVar[int]
    relationship: NamedObjectAdd
    origin_id: _EsriGraphTypes_pb2.AnyValue
    dest_id: _EsriGraphTypes_pb2.AnyValue
    def __init__(self, relationship: _Optional[_Union[NamedObjectAdd, _Mapping]] = ..., origin_id: _Optional[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]] = ..., dest_id: _Optional[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]] = ...) -> None: ...

class EntityAdds(_message.Message):
    __slots__ = ("entity_adds",)
    ENTITY_ADDS_FIELD_NUMBER: _ClassVar[int]
    entity_adds: _containers.RepeatedCompositeFieldContainer[EntityAdd]
    def __init__(self, entity_adds: _Optional[_Iterable[_Union[EntityAdd, _Mapping]]] = ...) -> None: ...

class RelationshipAdds(_message.Message):
    __slots__ = ("relationship_adds",)
    RELATIONSHIP_ADDS_FIELD_NUMBER: _ClassVar[int]
    relationship_adds: _containers.RepeatedCompositeFieldContainer[RelationshipAdd]
    def __init__(self, relationship_adds: _Optional[_Iterable[_Union[RelationshipAdd, _Mapping]]] = ...) -> None: ...

class Adds(_message.Message):
    __slots__ = ("entities", "relationships")
    class EntitiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: EntityAdds
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[EntityAdds, _Mapping]] = ...) -> None: ...
    class RelationshipsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: RelationshipAdds
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[RelationshipAdds, _Mapping]] = ...) -> None: ...
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIPS_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.MessageMap[str, EntityAdds]
    relationships: _containers.MessageMap[str, RelationshipAdds]
    def __init__(self, entities: _Optional[_Mapping[str, EntityAdds]] = ..., relationships: _Optional[_Mapping[str, RelationshipAdds]] = ...) -> None: ...

class NamedObjectUpdate(_message.Message):
    __slots__ = ("update_id", "properties")
    UPDATE_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    update_id: _EsriGraphTypes_pb2.AnyValue
    properties: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.KeyValuePair]
    def __init__(self, update_id: _Optional[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]] = ..., properties: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.KeyValuePair, _Mapping]]] = ...) -> None: ...

class NamedObjectUpdates(_message.Message):
    __slots__ = ("namedObjectUpdates",)
    NAMEDOBJECTUPDATES_FIELD_NUMBER: _ClassVar[int]
    namedObjectUpdates: _containers.RepeatedCompositeFieldContainer[NamedObjectUpdate]
    def __init__(self, namedObjectUpdates: _Optional[_Iterable[_Union[NamedObjectUpdate, _Mapping]]] = ...) -> None: ...

class Updates(_message.Message):
    __slots__ = ("entities", "relationships")
    class EntitiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: NamedObjectUpdates
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[NamedObjectUpdates, _Mapping]] = ...) -> None: ...
    class RelationshipsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: NamedObjectUpdates
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[NamedObjectUpdates, _Mapping]] = ...) -> None: ...
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIPS_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.MessageMap[str, NamedObjectUpdates]
    relationships: _containers.MessageMap[str, NamedObjectUpdates]
    def __init__(self, entities: _Optional[_Mapping[str, NamedObjectUpdates]] = ..., relationships: _Optional[_Mapping[str, NamedObjectUpdates]] = ...) -> None: ...

class Deletes(_message.Message):
    __slots__ = ("deleted_entity_ids", "deleted_relationship_ids")
    class DeletedEntityIdsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet, _Mapping]] = ...) -> None: ...
    class DeletedRelationshipIdsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet, _Mapping]] = ...) -> None: ...
    DELETED_ENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    DELETED_RELATIONSHIP_IDS_FIELD_NUMBER: _ClassVar[int]
    deleted_entity_ids: _containers.MessageMap[str, _GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet]
    deleted_relationship_ids: _containers.MessageMap[str, _GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet]
    def __init__(self, deleted_entity_ids: _Optional[_Mapping[str, _GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet]] = ..., deleted_relationship_ids: _Optional[_Mapping[str, _GraphObjectIdentifierSet_pb2.GraphObjectIdentifierSet]] = ...) -> None: ...

class GraphApplyEditsHeader(_message.Message):
    __slots__ = ("spatialReference", "cascade_delete", "input_transform", "cascade_delete_provenance")
    SPATIALREFERENCE_FIELD_NUMBER: _ClassVar[int]
    CASCADE_DELETE_FIELD_NUMBER: _ClassVar[int]
    INPUT_TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    CASCADE_DELETE_PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    spatialReference: _EsriTypes_pb2.EsriTypes.SpatialReference
    cascade_delete: bool
    input_transform: _EsriGraphTypes_pb2.Transform
    cascade_delete_provenance: bool
    def __init__(self, spatialReference: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., cascade_delete: _Optional[bool] = ..., input_transform: _Optional[_Union[_EsriGraphTypes_pb2.Transform, _Mapping]] = ..., cascade_delete_provenance: _Optional[bool] = ...) -> None: ...

class GraphApplyEditsFrame(_message.Message):
    __slots__ = ("adds", "updates", "deletes")
    ADDS_FIELD_NUMBER: _ClassVar[int]
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    DELETES_FIELD_NUMBER: _ClassVar[int]
    adds: Adds
    updates: Updates
    deletes: Deletes
    def __init__(self, adds: _Optional[_Union[Adds, _Mapping]] = ..., updates: _Optional[_Union[Updates, _Mapping]] = ..., deletes: _Optional[_Union[Deletes, _Mapping]] = ...) -> None: ...
