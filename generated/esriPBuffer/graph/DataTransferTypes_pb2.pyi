from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ExportDataFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNSUPPORTED_EXPORT_DATA_FORMAT: _ClassVar[ExportDataFormat]
    EXPORT_DATA_FORMAT_GEOPARQUET: _ClassVar[ExportDataFormat]
UNSUPPORTED_EXPORT_DATA_FORMAT: ExportDataFormat
EXPORT_DATA_FORMAT_GEOPARQUET: ExportDataFormat

class DataTransferStats(_message.Message):
    __slots__ = ("source_count", "transferred_count")
    SOURCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRANSFERRED_COUNT_FIELD_NUMBER: _ClassVar[int]
    source_count: int
    transferred_count: int
    def __init__(self, source_count: _Optional[int] = ..., transferred_count: _Optional[int] = ...) -> None: ...
