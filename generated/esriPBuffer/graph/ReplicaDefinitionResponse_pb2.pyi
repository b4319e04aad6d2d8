from esriPBuffer.graph import SyncTypes_pb2 as _SyncTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReplicaDefinitionResponse(_message.Message):
    __slots__ = ("error", "replica_definition")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REPLICA_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    replica_definition: ReplicaDefinition
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., replica_definition: _Optional[_Union[ReplicaDefinition, _Mapping]] = ...) -> None: ...

class ReplicaDefinition(_message.Message):
    __slots__ = ("replica_name", "replica_id", "replica_owner", "last_sync_date", "creation_date", "sync_direction", "replica_filters")
    REPLICA_NAME_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    REPLICA_OWNER_FIELD_NUMBER: _ClassVar[int]
    LAST_SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    CREATION_DATE_FIELD_NUMBER: _ClassVar[int]
    SYNC_DIRECTION_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FILTERS_FIELD_NUMBER: _ClassVar[int]
    replica_name: str
    replica_id: bytes
    replica_owner: str
    last_sync_date: int
    creation_date: int
    sync_direction: _SyncTypes_pb2.SyncDirection
    replica_filters: _SyncTypes_pb2.ReplicaFilters
    def __init__(self, replica_name: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., replica_owner: _Optional[str] = ..., last_sync_date: _Optional[int] = ..., creation_date: _Optional[int] = ..., sync_direction: _Optional[_Union[_SyncTypes_pb2.SyncDirection, str]] = ..., replica_filters: _Optional[_Union[_SyncTypes_pb2.ReplicaFilters, _Mapping]] = ...) -> None: ...
