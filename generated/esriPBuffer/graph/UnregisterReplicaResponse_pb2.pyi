from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UnregisterReplicaResponse(_message.Message):
    __slots__ = ("error", "unregister_results")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    UNREGISTER_RESULTS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    unregister_results: _containers.RepeatedCompositeFieldContainer[UnregisterReplicaResult]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., unregister_results: _Optional[_Iterable[_Union[UnregisterReplicaResult, _Mapping]]] = ...) -> None: ...

class UnregisterReplicaResult(_message.Message):
    __slots__ = ("replica_id", "error")
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    replica_id: bytes
    error: _EsriGraphTypes_pb2.Error
    def __init__(self, replica_id: _Optional[bytes] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ...) -> None: ...
