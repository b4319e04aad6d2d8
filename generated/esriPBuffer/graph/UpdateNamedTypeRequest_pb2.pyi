from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphNamedObjectTypeUpdateRequest(_message.Message):
    __slots__ = ("entity_update", "relationship_update")
    ENTITY_UPDATE_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_UPDATE_FIELD_NUMBER: _ClassVar[int]
    entity_update: GraphEntityTypeUpdate
    relationship_update: GraphRelationshipTypeUpdate
    def __init__(self, entity_update: _Optional[_Union[GraphEntityTypeUpdate, _Mapping]] = ..., relationship_update: _Optional[_Union[GraphRelationshipTypeUpdate, _Mapping]] = ...) -> None: ...

class NamedObjectTypeMask(_message.Message):
    __slots__ = ("update_name", "update_alias", "update_role", "update_strict")
    UPDATE_NAME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_ALIAS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_ROLE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_STRICT_FIELD_NUMBER: _ClassVar[int]
    update_name: bool
    update_alias: bool
    update_role: bool
    update_strict: bool
    def __init__(self, update_name: _Optional[bool] = ..., update_alias: _Optional[bool] = ..., update_role: _Optional[bool] = ..., update_strict: _Optional[bool] = ...) -> None: ...

class GraphEntityTypeUpdate(_message.Message):
    __slots__ = ("mask", "entity_type")
    MASK_FIELD_NUMBER: _ClassVar[int]
    ENTITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    mask: NamedObjectTypeMask
    entity_type: _DataModelTypes_pb2.EntityType
    def __init__(self, mask: _Optional[_Union[NamedObjectTypeMask, _Mapping]] = ..., entity_type: _Optional[_Union[_DataModelTypes_pb2.EntityType, _Mapping]] = ...) -> None: ...

class RelationshipTypeMask(_message.Message):
    __slots__ = ("named_object_type_mask",)
    NAMED_OBJECT_TYPE_MASK_FIELD_NUMBER: _ClassVar[int]
    named_object_type_mask: NamedObjectTypeMask
    def __init__(self, named_object_type_mask: _Optional[_Union[NamedObjectTypeMask, _Mapping]] = ...) -> None: ...

class GraphRelationshipTypeUpdate(_message.Message):
    __slots__ = ("mask", "relationship_type")
    MASK_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPE_FIELD_NUMBER: _ClassVar[int]
    mask: RelationshipTypeMask
    relationship_type: _DataModelTypes_pb2.RelationshipType
    def __init__(self, mask: _Optional[_Union[RelationshipTypeMask, _Mapping]] = ..., relationship_type: _Optional[_Union[_DataModelTypes_pb2.RelationshipType, _Mapping]] = ...) -> None: ...
