from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import ApplyEditsResponse_pb2 as _ApplyEditsResponse_pb2
from esriPBuffer.graph import SyncTypes_pb2 as _SyncTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SynchronizeReplicaResponse(_message.Message):
    __slots__ = ("error", "async_status_url", "synchronize_replica_result")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ASYNC_STATUS_URL_FIELD_NUMBER: _ClassVar[int]
    SYNCHRONIZE_REPLICA_RESULT_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    async_status_url: str
    synchronize_replica_result: SynchronizeReplicaResult
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., async_status_url: _Optional[str] = ..., synchronize_replica_result: _Optional[_Union[SynchronizeReplicaResult, _Mapping]] = ...) -> None: ...

class SynchronizeReplicaResult(_message.Message):
    __slots__ = ("errors", "warnings", "replica_id", "sync_date", "download_results", "upload_results")
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    DOWNLOAD_RESULTS_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_RESULTS_FIELD_NUMBER: _ClassVar[int]
    errors: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    replica_id: bytes
    sync_date: int
    download_results: DownloadResults
    upload_results: UploadResults
    def __init__(self, errors: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., replica_id: _Optional[bytes] = ..., sync_date: _Optional[int] = ..., download_results: _Optional[_Union[DownloadResults, _Mapping]] = ..., upload_results: _Optional[_Union[UploadResults, _Mapping]] = ...) -> None: ...

class DownloadResults(_message.Message):
    __slots__ = ("sync_data_format", "sync_data_url")
    SYNC_DATA_FORMAT_FIELD_NUMBER: _ClassVar[int]
    SYNC_DATA_URL_FIELD_NUMBER: _ClassVar[int]
    sync_data_format: _SyncTypes_pb2.SyncDataFormat
    sync_data_url: str
    def __init__(self, sync_data_format: _Optional[_Union[_SyncTypes_pb2.SyncDataFormat, str]] = ..., sync_data_url: _Optional[str] = ...) -> None: ...

class UploadResults(_message.Message):
    __slots__ = ("sync_edit_results",)
    SYNC_EDIT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    sync_edit_results: SyncEditResults
    def __init__(self, sync_edit_results: _Optional[_Union[SyncEditResults, _Mapping]] = ...) -> None: ...

class SyncEditResults(_message.Message):
    __slots__ = ("upload_edit_results",)
    UPLOAD_EDIT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    upload_edit_results: _ApplyEditsResponse_pb2.GraphApplyEditsResult
    def __init__(self, upload_edit_results: _Optional[_Union[_ApplyEditsResponse_pb2.GraphApplyEditsResult, _Mapping]] = ...) -> None: ...
