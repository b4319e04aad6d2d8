from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AsyncStatusType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASYNC_STATUS_UNSPECIFIED: _ClassVar[AsyncStatusType]
    ASYNC_STATUS_COMPLETED: _ClassVar[AsyncStatusType]
    ASYNC_STATUS_EXECUTING: _ClassVar[AsyncStatusType]
    ASYNC_STATUS_CANCELLING: _ClassVar[AsyncStatusType]
    ASYNC_STATUS_CANCELLED: _ClassVar[AsyncStatusType]
    ASYNC_STATUS_FAILED: _ClassVar[AsyncStatusType]
    ASYNC_STATUS_UNAVAILABLE: _ClassVar[AsyncStatusType]
ASYNC_STATUS_UNSPECIFIED: AsyncStatusType
ASYNC_STATUS_COMPLETED: AsyncStatusType
ASYNC_STATUS_EXECUTING: AsyncStatusType
ASYNC_STATUS_CANCELLING: AsyncStatusType
ASYNC_STATUS_CANCELLED: AsyncStatusType
ASYNC_STATUS_FAILED: AsyncStatusType
ASYNC_STATUS_UNAVAILABLE: AsyncStatusType

class AsyncStatusResponse(_message.Message):
    __slots__ = ("async_status", "results_url", "submission_time", "last_updated_time", "progress_status")
    ASYNC_STATUS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_URL_FIELD_NUMBER: _ClassVar[int]
    SUBMISSION_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATED_TIME_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_STATUS_FIELD_NUMBER: _ClassVar[int]
    async_status: AsyncStatusType
    results_url: str
    submission_time: int
    last_updated_time: int
    progress_status: ProgressStatus
    def __init__(self, async_status: _Optional[_Union[AsyncStatusType, str]] = ..., results_url: _Optional[str] = ..., submission_time: _Optional[int] = ..., last_updated_time: _Optional[int] = ..., progress_status: _Optional[_Union[ProgressStatus, _Mapping]] = ...) -> None: ...

class ProgressStatus(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...
