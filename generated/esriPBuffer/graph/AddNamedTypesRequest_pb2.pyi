from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphNamedObjectTypeAddsRequest(_message.Message):
    __slots__ = ("entity_types", "relationship_types")
    ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPES_FIELD_NUMBER: _ClassVar[int]
    entity_types: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.EntityType]
    relationship_types: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.RelationshipType]
    def __init__(self, entity_types: _Optional[_Iterable[_Union[_DataModelTypes_pb2.EntityType, _Mapping]]] = ..., relationship_types: _Optional[_Iterable[_Union[_DataModelTypes_pb2.RelationshipType, _Mapping]]] = ...) -> None: ...
