from esriPBuffer.graph import SyncTypes_pb2 as _SyncTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateReplicaRequest(_message.Message):
    __slots__ = ("requested_replica_name", "replica_id", "replica_filters", "reference_replica", "sync_direction", "data_format")
    REQUESTED_REPLICA_NAME_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FILTERS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_REPLICA_FIELD_NUMBER: _ClassVar[int]
    SYNC_DIRECTION_FIELD_NUMBER: _ClassVar[int]
    DATA_FORMAT_FIELD_NUMBER: _ClassVar[int]
    ASYNC_FIELD_NUMBER: _ClassVar[int]
    requested_replica_name: str
    replica_id: bytes
    replica_filters: _SyncTypes_pb2.ReplicaFilters
    reference_replica: ReferenceReplica
    sync_direction: _SyncTypes_pb2.SyncDirection
    data_format: _SyncTypes_pb2.SyncDataFormat
    def __init__(self, requested_replica_name: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., replica_filters: _Optional[_Union[_SyncTypes_pb2.ReplicaFilters, _Mapping]] = ..., reference_replica: _Optional[_Union[ReferenceReplica, _Mapping]] = ..., sync_direction: _Optional[_Union[_SyncTypes_pb2.SyncDirection, str]] = ..., data_format: _Optional[_Union[_SyncTypes_pb2.SyncDataFormat, str]] = ..., **kwargs) -> None: ...

class ReferenceReplica(_message.Message):
    __slots__ = ("reference_replica_id",)
    REFERENCE_REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    reference_replica_id: bytes
    def __init__(self, reference_replica_id: _Optional[bytes] = ...) -> None: ...
