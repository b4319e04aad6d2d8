from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import SyncTypes_pb2 as _SyncTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateReplicaResponse(_message.Message):
    __slots__ = ("error", "async_status_url", "create_replica_result")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ASYNC_STATUS_URL_FIELD_NUMBER: _ClassVar[int]
    CREATE_REPLICA_RESULT_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    async_status_url: str
    create_replica_result: CreateReplicaResult
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., async_status_url: _Optional[str] = ..., create_replica_result: _Optional[_Union[CreateReplicaResult, _Mapping]] = ...) -> None: ...

class CreateReplicaResult(_message.Message):
    __slots__ = ("errors", "warnings", "replica_name", "requested_replica_name", "replica_id", "sync_date", "replica_data_format", "replica_data_url")
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    REPLICA_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_REPLICA_NAME_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_DATA_FORMAT_FIELD_NUMBER: _ClassVar[int]
    REPLICA_DATA_URL_FIELD_NUMBER: _ClassVar[int]
    errors: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    replica_name: str
    requested_replica_name: str
    replica_id: bytes
    sync_date: int
    replica_data_format: _SyncTypes_pb2.SyncDataFormat
    replica_data_url: str
    def __init__(self, errors: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., replica_name: _Optional[str] = ..., requested_replica_name: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., sync_date: _Optional[int] = ..., replica_data_format: _Optional[_Union[_SyncTypes_pb2.SyncDataFormat, str]] = ..., replica_data_url: _Optional[str] = ...) -> None: ...
