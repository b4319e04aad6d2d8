from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReplicasResponse(_message.Message):
    __slots__ = ("error", "replicas")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    replicas: _containers.RepeatedCompositeFieldContainer[ReplicaInfo]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., replicas: _Optional[_Iterable[_Union[ReplicaInfo, _Mapping]]] = ...) -> None: ...

class ReplicaInfo(_message.Message):
    __slots__ = ("replica_name", "replica_id", "last_sync_date")
    REPLICA_NAME_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    replica_name: str
    replica_id: bytes
    last_sync_date: int
    def __init__(self, replica_name: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., last_sync_date: _Optional[int] = ...) -> None: ...
