from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrimChangeLogResponse(_message.Message):
    __slots__ = ("error", "async_status_url", "trim_result")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ASYNC_STATUS_URL_FIELD_NUMBER: _ClassVar[int]
    TRIM_RESULT_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    async_status_url: str
    trim_result: TrimChangeLogResult
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., async_status_url: _Optional[str] = ..., trim_result: _Optional[_Union[TrimChangeLogResult, _Mapping]] = ...) -> None: ...

class TrimChangeLogResult(_message.Message):
    __slots__ = ("error", "warnings", "trim_before_result", "trim_preserve_result", "trim_log_stats")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    TRIM_BEFORE_RESULT_FIELD_NUMBER: _ClassVar[int]
    TRIM_PRESERVE_RESULT_FIELD_NUMBER: _ClassVar[int]
    TRIM_LOG_STATS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    trim_before_result: TrimBeforeDateResult
    trim_preserve_result: TrimPreserveReplicasResult
    trim_log_stats: TrimChangeLogStatisticsResult
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., trim_before_result: _Optional[_Union[TrimBeforeDateResult, _Mapping]] = ..., trim_preserve_result: _Optional[_Union[TrimPreserveReplicasResult, _Mapping]] = ..., trim_log_stats: _Optional[_Union[TrimChangeLogStatisticsResult, _Mapping]] = ...) -> None: ...

class TrimBeforeDateResult(_message.Message):
    __slots__ = ("unregistered_replica_id_array", "existing_stale_replica_id_array")
    UNREGISTERED_REPLICA_ID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    EXISTING_STALE_REPLICA_ID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    unregistered_replica_id_array: bytes
    existing_stale_replica_id_array: bytes
    def __init__(self, unregistered_replica_id_array: _Optional[bytes] = ..., existing_stale_replica_id_array: _Optional[bytes] = ...) -> None: ...

class TrimPreserveReplicasResult(_message.Message):
    __slots__ = ("trim_before_date",)
    TRIM_BEFORE_DATE_FIELD_NUMBER: _ClassVar[int]
    trim_before_date: int
    def __init__(self, trim_before_date: _Optional[int] = ...) -> None: ...

class TrimChangeLogReplicaStats(_message.Message):
    __slots__ = ("replica_id", "last_sync_date", "percent_rows_deleted_by_last_sync_date")
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    PERCENT_ROWS_DELETED_BY_LAST_SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    replica_id: bytes
    last_sync_date: int
    percent_rows_deleted_by_last_sync_date: float
    def __init__(self, replica_id: _Optional[bytes] = ..., last_sync_date: _Optional[int] = ..., percent_rows_deleted_by_last_sync_date: _Optional[float] = ...) -> None: ...

class TrimChangeLogStatisticsResult(_message.Message):
    __slots__ = ("candidate_trim_before_date", "percent_rows_deleted_by_candidate_trim_before_date", "replica_log_stats")
    CANDIDATE_TRIM_BEFORE_DATE_FIELD_NUMBER: _ClassVar[int]
    PERCENT_ROWS_DELETED_BY_CANDIDATE_TRIM_BEFORE_DATE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_LOG_STATS_FIELD_NUMBER: _ClassVar[int]
    candidate_trim_before_date: int
    percent_rows_deleted_by_candidate_trim_before_date: float
    replica_log_stats: _containers.RepeatedCompositeFieldContainer[TrimChangeLogReplicaStats]
    def __init__(self, candidate_trim_before_date: _Optional[int] = ..., percent_rows_deleted_by_candidate_trim_before_date: _Optional[float] = ..., replica_log_stats: _Optional[_Iterable[_Union[TrimChangeLogReplicaStats, _Mapping]]] = ...) -> None: ...
