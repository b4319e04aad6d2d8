from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class TimestampOffsetFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TS_FORMAT_EPOCH_MS: _ClassVar[TimestampOffsetFormat]
    TS_FORMAT_DATE_TIME_COMPONENTS: _ClassVar[TimestampOffsetFormat]
    TS_FORMAT_ISO_8601_STRING: _ClassVar[TimestampOffsetFormat]

class DateOnlyFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATE_FORMAT_DATE_ONLY_EPOCH_DAY: _ClassVar[DateOnlyFormat]
    DATE_FORMAT_DATE_ONLY_COMPONENTS: _ClassVar[DateOnlyFormat]
    DATE_FORMAT_ISO_8601_STRING: _ClassVar[DateOnlyFormat]

class TimeOnlyFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_FORMAT_MILLISECONDS_OF_DAY: _ClassVar[TimeOnlyFormat]
    TIME_FORMAT_TIME_ONLY_COMPONENTS: _ClassVar[TimeOnlyFormat]
    TIME_FORMAT_ISO_8601_STRING: _ClassVar[TimeOnlyFormat]

class DurationFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DURATION_FORMAT_DURATION_COMPONENTS: _ClassVar[DurationFormat]
    DURATION_FORMAT_ISO_8601_STRING: _ClassVar[DurationFormat]
TS_FORMAT_EPOCH_MS: TimestampOffsetFormat
TS_FORMAT_DATE_TIME_COMPONENTS: TimestampOffsetFormat
TS_FORMAT_ISO_8601_STRING: TimestampOffsetFormat
DATE_FORMAT_DATE_ONLY_EPOCH_DAY: DateOnlyFormat
DATE_FORMAT_DATE_ONLY_COMPONENTS: DateOnlyFormat
DATE_FORMAT_ISO_8601_STRING: DateOnlyFormat
TIME_FORMAT_MILLISECONDS_OF_DAY: TimeOnlyFormat
TIME_FORMAT_TIME_ONLY_COMPONENTS: TimeOnlyFormat
TIME_FORMAT_ISO_8601_STRING: TimeOnlyFormat
DURATION_FORMAT_DURATION_COMPONENTS: DurationFormat
DURATION_FORMAT_ISO_8601_STRING: DurationFormat
