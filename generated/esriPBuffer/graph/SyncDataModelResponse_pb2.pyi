from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SyncDataModelResponse(_message.Message):
    __slots__ = ("error", "warnings", "named_type_sync_results", "async_status_url", "data_model_timestamp")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    NAMED_TYPE_SYNC_RESULTS_FIELD_NUMBER: _ClassVar[int]
    ASYNC_STATUS_URL_FIELD_NUMBER: _ClassVar[int]
    DATA_MODEL_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    named_type_sync_results: _containers.RepeatedCompositeFieldContainer[SyncDataModelResult]
    async_status_url: str
    data_model_timestamp: int
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., named_type_sync_results: _Optional[_Iterable[_Union[SyncDataModelResult, _Mapping]]] = ..., async_status_url: _Optional[str] = ..., data_model_timestamp: _Optional[int] = ...) -> None: ...

class SyncDataModelResult(_message.Message):
    __slots__ = ("typeName", "error", "warnings")
    TYPENAME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    typeName: str
    error: _EsriGraphTypes_pb2.Error
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    def __init__(self, typeName: _Optional[str] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ...) -> None: ...
