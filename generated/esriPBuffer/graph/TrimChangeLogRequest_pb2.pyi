from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrimChangeLogRequest(_message.Message):
    __slots__ = ("trim_before", "trim_preserve_replicas", "change_log_statistics")
    TRIM_BEFORE_FIELD_NUMBER: _ClassVar[int]
    TRIM_PRESERVE_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_LOG_STATISTICS_FIELD_NUMBER: _ClassVar[int]
    ASYNC_FIELD_NUMBER: _ClassVar[int]
    trim_before: TrimBeforeDate
    trim_preserve_replicas: TrimPreserveReplicas
    change_log_statistics: TrimChangeLogStatistics
    def __init__(self, trim_before: _Optional[_Union[TrimBeforeDate, _Mapping]] = ..., trim_preserve_replicas: _Optional[_Union[TrimPreserveReplicas, _Mapping]] = ..., change_log_statistics: _Optional[_Union[TrimChangeLogStatistics, _Mapping]] = ..., **kwargs) -> None: ...

class ForceTrim(_message.Message):
    __slots__ = ("unregister_stale_replicas",)
    UNREGISTER_STALE_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    unregister_stale_replicas: bool
    def __init__(self, unregister_stale_replicas: _Optional[bool] = ...) -> None: ...

class TrimBeforeDate(_message.Message):
    __slots__ = ("trim_before_date", "force_trim")
    TRIM_BEFORE_DATE_FIELD_NUMBER: _ClassVar[int]
    FORCE_TRIM_FIELD_NUMBER: _ClassVar[int]
    trim_before_date: int
    force_trim: ForceTrim
    def __init__(self, trim_before_date: _Optional[int] = ..., force_trim: _Optional[_Union[ForceTrim, _Mapping]] = ...) -> None: ...

class TrimPreserveReplicas(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TrimChangeLogStatistics(_message.Message):
    __slots__ = ("candidate_trim_before_date",)
    CANDIDATE_TRIM_BEFORE_DATE_FIELD_NUMBER: _ClassVar[int]
    candidate_trim_before_date: int
    def __init__(self, candidate_trim_before_date: _Optional[int] = ...) -> None: ...
