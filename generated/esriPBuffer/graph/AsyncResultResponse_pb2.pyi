from esriPBuffer.graph import SyncDataModelResponse_pb2 as _SyncDataModelResponse_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import CreateReplicaResponse_pb2 as _CreateReplicaResponse_pb2
from esriPBuffer.graph import SynchronizeReplicaResponse_pb2 as _SynchronizeReplicaResponse_pb2
from esriPBuffer.graph import ExportServiceDefinitionResult_pb2 as _ExportServiceDefinitionResult_pb2
from esriPBuffer.graph import TrimChangeLogResponse_pb2 as _TrimChangeLogResponse_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AsyncResultResponse(_message.Message):
    __slots__ = ("error", "submission_time", "completion_time", "sync_data_model_response", "create_replica_result", "synchronize_replica_result", "export_service_definition_result", "trim_result")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    SUBMISSION_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNC_DATA_MODEL_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    CREATE_REPLICA_RESULT_FIELD_NUMBER: _ClassVar[int]
    SYNCHRONIZE_REPLICA_RESULT_FIELD_NUMBER: _ClassVar[int]
    EXPORT_SERVICE_DEFINITION_RESULT_FIELD_NUMBER: _ClassVar[int]
    TRIM_RESULT_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    submission_time: int
    completion_time: int
    sync_data_model_response: _SyncDataModelResponse_pb2.SyncDataModelResponse
    create_replica_result: _CreateReplicaResponse_pb2.CreateReplicaResult
    synchronize_replica_result: _SynchronizeReplicaResponse_pb2.SynchronizeReplicaResult
    export_service_definition_result: _ExportServiceDefinitionResult_pb2.ExportServiceDefinitionResult
    trim_result: _TrimChangeLogResponse_pb2.TrimChangeLogResult
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., submission_time: _Optional[int] = ..., completion_time: _Optional[int] = ..., sync_data_model_response: _Optional[_Union[_SyncDataModelResponse_pb2.SyncDataModelResponse, _Mapping]] = ..., create_replica_result: _Optional[_Union[_CreateReplicaResponse_pb2.CreateReplicaResult, _Mapping]] = ..., synchronize_replica_result: _Optional[_Union[_SynchronizeReplicaResponse_pb2.SynchronizeReplicaResult, _Mapping]] = ..., export_service_definition_result: _Optional[_Union[_ExportServiceDefinitionResult_pb2.ExportServiceDefinitionResult, _Mapping]] = ..., trim_result: _Optional[_Union[_TrimChangeLogResponse_pb2.TrimChangeLogResult, _Mapping]] = ...) -> None: ...
