from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class esriNamedTypeCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    esriType_UNSPECIFIED: _ClassVar[esriNamedTypeCategory]
    esriTypeEntity: _ClassVar[esriNamedTypeCategory]
    esriTypeRelationship: _ClassVar[esriNamedTypeCategory]
    esriTypeBothEntityRelationship: _ClassVar[esriNamedTypeCategory]
    esriTypeBoth: _ClassVar[esriNamedTypeCategory]
    esriTypeMetaEntityProvenance: _ClassVar[esriNamedTypeCategory]
esriType_UNSPECIFIED: esriNamedTypeCategory
esriTypeEntity: esriNamedTypeCategory
esriTypeRelationship: esriNamedTypeCategory
esriTypeBothEntityRelationship: esriNamedTypeCategory
esriTypeBoth: esriNamedTypeCategory
esriTypeMetaEntityProvenance: esriNamedTypeCategory

class FloatArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, value: _Optional[_Iterable[float]] = ...) -> None: ...

class DoubleArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, value: _Optional[_Iterable[float]] = ...) -> None: ...

class Int32Array(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, value: _Optional[_Iterable[int]] = ...) -> None: ...

class Int64Array(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, value: _Optional[_Iterable[int]] = ...) -> None: ...

class BoolArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, value: _Optional[_Iterable[bool]] = ...) -> None: ...

class DateTimeArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, value: _Optional[_Iterable[int]] = ...) -> None: ...

class NullArray(_message.Message):
    __slots__ = ("length",)
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    length: int
    def __init__(self, length: _Optional[int] = ...) -> None: ...

class StringArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, value: _Optional[_Iterable[str]] = ...) -> None: ...

class BlobArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, value: _Optional[_Iterable[bytes]] = ...) -> None: ...

class GeometryValue(_message.Message):
    __slots__ = ("geometryType", "geometry", "compressedShapeBuffer")
    class EsriDefaultGeometry(_message.Message):
        __slots__ = ("hasZ", "hasM", "lengths", "coords")
        HASZ_FIELD_NUMBER: _ClassVar[int]
        HASM_FIELD_NUMBER: _ClassVar[int]
        LENGTHS_FIELD_NUMBER: _ClassVar[int]
        COORDS_FIELD_NUMBER: _ClassVar[int]
        hasZ: bool
        hasM: bool
        lengths: _containers.RepeatedScalarFieldContainer[int]
        coords: _containers.RepeatedScalarFieldContainer[int]
        def __init__(self, hasZ: _Optional[bool] = ..., hasM: _Optional[bool] = ..., lengths: _Optional[_Iterable[int]] = ..., coords: _Optional[_Iterable[int]] = ...) -> None: ...
    GEOMETRYTYPE_FIELD_NUMBER: _ClassVar[int]
    GEOMETRY_FIELD_NUMBER: _ClassVar[int]
    COMPRESSEDSHAPEBUFFER_FIELD_NUMBER: _ClassVar[int]
    geometryType: _EsriTypes_pb2.EsriTypes.GeometryType
    geometry: GeometryValue.EsriDefaultGeometry
    compressedShapeBuffer: bytes
    def __init__(self, geometryType: _Optional[_Union[_EsriTypes_pb2.EsriTypes.GeometryType, str]] = ..., geometry: _Optional[_Union[GeometryValue.EsriDefaultGeometry, _Mapping]] = ..., compressedShapeBuffer: _Optional[bytes] = ...) -> None: ...

class QuantizationParameters(_message.Message):
    __slots__ = ("extent", "mode", "tolerance")
    class QuantizeMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        view: _ClassVar[QuantizationParameters.QuantizeMode]
        edit: _ClassVar[QuantizationParameters.QuantizeMode]
    view: QuantizationParameters.QuantizeMode
    edit: QuantizationParameters.QuantizeMode
    EXTENT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    extent: _EsriTypes_pb2.EsriTypes.Envelope
    mode: QuantizationParameters.QuantizeMode
    tolerance: float
    def __init__(self, extent: _Optional[_Union[_EsriTypes_pb2.EsriTypes.Envelope, _Mapping]] = ..., mode: _Optional[_Union[QuantizationParameters.QuantizeMode, str]] = ..., tolerance: _Optional[float] = ...) -> None: ...

class Transform(_message.Message):
    __slots__ = ("scale", "translate")
    SCALE_FIELD_NUMBER: _ClassVar[int]
    TRANSLATE_FIELD_NUMBER: _ClassVar[int]
    scale: _EsriTypes_pb2.EsriTypes.Scale
    translate: _EsriTypes_pb2.EsriTypes.Translate
    def __init__(self, scale: _Optional[_Union[_EsriTypes_pb2.EsriTypes.Scale, _Mapping]] = ..., translate: _Optional[_Union[_EsriTypes_pb2.EsriTypes.Translate, _Mapping]] = ...) -> None: ...

class GeometryArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedCompositeFieldContainer[GeometryValue]
    def __init__(self, value: _Optional[_Iterable[_Union[GeometryValue, _Mapping]]] = ...) -> None: ...

class TimestampOffsetArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedCompositeFieldContainer[TimestampOffsetValue]
    def __init__(self, value: _Optional[_Iterable[_Union[TimestampOffsetValue, _Mapping]]] = ...) -> None: ...

class TimeOnlyArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedCompositeFieldContainer[TimeOnlyValue]
    def __init__(self, value: _Optional[_Iterable[_Union[TimeOnlyValue, _Mapping]]] = ...) -> None: ...

class DateOnlyArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedCompositeFieldContainer[DateOnlyValue]
    def __init__(self, value: _Optional[_Iterable[_Union[DateOnlyValue, _Mapping]]] = ...) -> None: ...

class DurationArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedCompositeFieldContainer[DurationValue]
    def __init__(self, value: _Optional[_Iterable[_Union[DurationValue, _Mapping]]] = ...) -> None: ...

class TimeZone(_message.Message):
    __slots__ = ("tz_id",)
    TZ_ID_FIELD_NUMBER: _ClassVar[int]
    tz_id: str
    def __init__(self, tz_id: _Optional[str] = ...) -> None: ...

class DateTimeComponents(_message.Message):
    __slots__ = ("year", "month", "day", "hours", "minutes", "seconds", "milliseconds")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    MONTH_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    year: int
    month: int
    day: int
    hours: int
    minutes: int
    seconds: int
    milliseconds: int
    def __init__(self, year: _Optional[int] = ..., month: _Optional[int] = ..., day: _Optional[int] = ..., hours: _Optional[int] = ..., minutes: _Optional[int] = ..., seconds: _Optional[int] = ..., milliseconds: _Optional[int] = ...) -> None: ...

class DateTimeOffset(_message.Message):
    __slots__ = ("local_epoch_ms", "date_time_components", "utc_offset")
    LOCAL_EPOCH_MS_FIELD_NUMBER: _ClassVar[int]
    DATE_TIME_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_FIELD_NUMBER: _ClassVar[int]
    local_epoch_ms: int
    date_time_components: DateTimeComponents
    utc_offset: int
    def __init__(self, local_epoch_ms: _Optional[int] = ..., date_time_components: _Optional[_Union[DateTimeComponents, _Mapping]] = ..., utc_offset: _Optional[int] = ...) -> None: ...

class TimestampOffsetValue(_message.Message):
    __slots__ = ("date_time_offset", "iso8601_date_format")
    DATE_TIME_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ISO8601_DATE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    date_time_offset: DateTimeOffset
    iso8601_date_format: str
    def __init__(self, date_time_offset: _Optional[_Union[DateTimeOffset, _Mapping]] = ..., iso8601_date_format: _Optional[str] = ...) -> None: ...

class DateOnlyComponents(_message.Message):
    __slots__ = ("year", "month", "day")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    MONTH_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    year: int
    month: int
    day: int
    def __init__(self, year: _Optional[int] = ..., month: _Optional[int] = ..., day: _Optional[int] = ...) -> None: ...

class DateOnlyValue(_message.Message):
    __slots__ = ("epoch_days", "date_only_components", "iso8601_date_only_format")
    EPOCH_DAYS_FIELD_NUMBER: _ClassVar[int]
    DATE_ONLY_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    ISO8601_DATE_ONLY_FORMAT_FIELD_NUMBER: _ClassVar[int]
    epoch_days: int
    date_only_components: DateOnlyComponents
    iso8601_date_only_format: str
    def __init__(self, epoch_days: _Optional[int] = ..., date_only_components: _Optional[_Union[DateOnlyComponents, _Mapping]] = ..., iso8601_date_only_format: _Optional[str] = ...) -> None: ...

class TimeOnlyComponents(_message.Message):
    __slots__ = ("hours", "minutes", "seconds", "milliseconds")
    HOURS_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    hours: int
    minutes: int
    seconds: int
    milliseconds: int
    def __init__(self, hours: _Optional[int] = ..., minutes: _Optional[int] = ..., seconds: _Optional[int] = ..., milliseconds: _Optional[int] = ...) -> None: ...

class TimeOnlyValue(_message.Message):
    __slots__ = ("milliseconds_of_day", "time_only_components", "iso8601_time_only_format")
    MILLISECONDS_OF_DAY_FIELD_NUMBER: _ClassVar[int]
    TIME_ONLY_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    ISO8601_TIME_ONLY_FORMAT_FIELD_NUMBER: _ClassVar[int]
    milliseconds_of_day: int
    time_only_components: TimeOnlyComponents
    iso8601_time_only_format: str
    def __init__(self, milliseconds_of_day: _Optional[int] = ..., time_only_components: _Optional[_Union[TimeOnlyComponents, _Mapping]] = ..., iso8601_time_only_format: _Optional[str] = ...) -> None: ...

class DurationComponents(_message.Message):
    __slots__ = ("months", "days", "seconds", "milliseconds")
    MONTHS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    months: int
    days: int
    seconds: int
    milliseconds: int
    def __init__(self, months: _Optional[int] = ..., days: _Optional[int] = ..., seconds: _Optional[int] = ..., milliseconds: _Optional[int] = ...) -> None: ...

class DurationValue(_message.Message):
    __slots__ = ("duration_components", "iso8601_duration_format")
    DURATION_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    ISO8601_DURATION_FORMAT_FIELD_NUMBER: _ClassVar[int]
    duration_components: DurationComponents
    iso8601_duration_format: str
    def __init__(self, duration_components: _Optional[_Union[DurationComponents, _Mapping]] = ..., iso8601_duration_format: _Optional[str] = ...) -> None: ...

class PrimitiveValue(_message.Message):
    __slots__ = ("string_value", "float_value", "float_compressed_as_int32", "double_value", "double_compressed_as_float", "double_compressed_as_int64", "sint64_value", "bool_value", "uuid_value", "blob_value", "geometry_value", "null_tag", "datetime_value", "timestamp_offset_value", "date_only_value", "time_only_value", "duration_value")
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    FLOAT_VALUE_FIELD_NUMBER: _ClassVar[int]
    FLOAT_COMPRESSED_AS_INT32_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_VALUE_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_COMPRESSED_AS_FLOAT_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_COMPRESSED_AS_INT64_FIELD_NUMBER: _ClassVar[int]
    SINT64_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
    UUID_VALUE_FIELD_NUMBER: _ClassVar[int]
    BLOB_VALUE_FIELD_NUMBER: _ClassVar[int]
    GEOMETRY_VALUE_FIELD_NUMBER: _ClassVar[int]
    NULL_TAG_FIELD_NUMBER: _ClassVar[int]
    DATETIME_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_OFFSET_VALUE_FIELD_NUMBER: _ClassVar[int]
    DATE_ONLY_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIME_ONLY_VALUE_FIELD_NUMBER: _ClassVar[int]
    DURATION_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    float_value: float
    float_compressed_as_int32: int
    double_value: float
    double_compressed_as_float: float
    double_compressed_as_int64: int
    sint64_value: int
    bool_value: bool
    uuid_value: bytes
    blob_value: bytes
    geometry_value: GeometryValue
    null_tag: bool
    datetime_value: int
    timestamp_offset_value: TimestampOffsetValue
    date_only_value: DateOnlyValue
    time_only_value: TimeOnlyValue
    duration_value: DurationValue
    def __init__(self, string_value: _Optional[str] = ..., float_value: _Optional[float] = ..., float_compressed_as_int32: _Optional[int] = ..., double_value: _Optional[float] = ..., double_compressed_as_float: _Optional[float] = ..., double_compressed_as_int64: _Optional[int] = ..., sint64_value: _Optional[int] = ..., bool_value: _Optional[bool] = ..., uuid_value: _Optional[bytes] = ..., blob_value: _Optional[bytes] = ..., geometry_value: _Optional[_Union[GeometryValue, _Mapping]] = ..., null_tag: _Optional[bool] = ..., datetime_value: _Optional[int] = ..., timestamp_offset_value: _Optional[_Union[TimestampOffsetValue, _Mapping]] = ..., date_only_value: _Optional[_Union[DateOnlyValue, _Mapping]] = ..., time_only_value: _Optional[_Union[TimeOnlyValue, _Mapping]] = ..., duration_value: _Optional[_Union[DurationValue, _Mapping]] = ...) -> None: ...

class KeyValuePair(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: AnyValue
    def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AnyValue, _Mapping]] = ...) -> None: ...

class ObjectValue(_message.Message):
    __slots__ = ("properties",)
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    properties: _containers.RepeatedCompositeFieldContainer[KeyValuePair]
    def __init__(self, properties: _Optional[_Iterable[_Union[KeyValuePair, _Mapping]]] = ...) -> None: ...

class EntityValue(_message.Message):
    __slots__ = ("label", "id", "properties")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    label: str
    id: AnyValue
    properties: _containers.RepeatedCompositeFieldContainer[KeyValuePair]
    def __init__(self, label: _Optional[str] = ..., id: _Optional[_Union[AnyValue, _Mapping]] = ..., properties: _Optional[_Iterable[_Union[KeyValuePair, _Mapping]]] = ...) -> None: ...

class RelationshipValue(_message.Message):
    __slots__ = ("type", "id", "origin_id", "dest_id", "properties")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_ID_FIELD_NUMBER: _ClassVar[int]
    DEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    type: str
    id: AnyValue
    origin_id: AnyValue
    dest_id: AnyValue
    properties: _containers.RepeatedCompositeFieldContainer[KeyValuePair]
    def __init__(self, type: _Optional[str] = ..., id: _Optional[_Union[AnyValue, _Mapping]] = ..., origin_id: _Optional[_Union[AnyValue, _Mapping]] = ..., dest_id: _Optional[_Union[AnyValue, _Mapping]] = ..., properties: _Optional[_Iterable[_Union[KeyValuePair, _Mapping]]] = ...) -> None: ...

class PathValue(_message.Message):
    __slots__ = ("entities", "relationships")
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIPS_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[EntityValue]
    relationships: _containers.RepeatedCompositeFieldContainer[RelationshipValue]
    def __init__(self, entities: _Optional[_Iterable[_Union[EntityValue, _Mapping]]] = ..., relationships: _Optional[_Iterable[_Union[RelationshipValue, _Mapping]]] = ...) -> None: ...

class AnyValueArray(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[AnyValue]
    def __init__(self, values: _Optional[_Iterable[_Union[AnyValue, _Mapping]]] = ...) -> None: ...

class ArrayValue(_message.Message):
    __slots__ = ("any_value_array", "float_array", "float_compressed_as_int32_array", "double_array", "double_compressed_as_float_array", "double_compressed_as_int64_array", "sint64_array", "bool_array", "null_array", "uuid_array", "date_array", "string_array", "blob_array", "geometry_array", "timestamp_offset_array", "time_only_array", "date_only_array", "duration_array")
    ANY_VALUE_ARRAY_FIELD_NUMBER: _ClassVar[int]
    FLOAT_ARRAY_FIELD_NUMBER: _ClassVar[int]
    FLOAT_COMPRESSED_AS_INT32_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_COMPRESSED_AS_FLOAT_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_COMPRESSED_AS_INT64_ARRAY_FIELD_NUMBER: _ClassVar[int]
    SINT64_ARRAY_FIELD_NUMBER: _ClassVar[int]
    BOOL_ARRAY_FIELD_NUMBER: _ClassVar[int]
    NULL_ARRAY_FIELD_NUMBER: _ClassVar[int]
    UUID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DATE_ARRAY_FIELD_NUMBER: _ClassVar[int]
    STRING_ARRAY_FIELD_NUMBER: _ClassVar[int]
    BLOB_ARRAY_FIELD_NUMBER: _ClassVar[int]
    GEOMETRY_ARRAY_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_OFFSET_ARRAY_FIELD_NUMBER: _ClassVar[int]
    TIME_ONLY_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DATE_ONLY_ARRAY_FIELD_NUMBER: _ClassVar[int]
    DURATION_ARRAY_FIELD_NUMBER: _ClassVar[int]
    any_value_array: AnyValueArray
    float_array: FloatArray
    float_compressed_as_int32_array: Int32Array
    double_array: DoubleArray
    double_compressed_as_float_array: FloatArray
    double_compressed_as_int64_array: Int64Array
    sint64_array: Int64Array
    bool_array: BoolArray
    null_array: NullArray
    uuid_array: bytes
    date_array: DateTimeArray
    string_array: StringArray
    blob_array: BlobArray
    geometry_array: GeometryArray
    timestamp_offset_array: TimestampOffsetArray
    time_only_array: TimeOnlyArray
    date_only_array: DateOnlyArray
    duration_array: DurationArray
    def __init__(self, any_value_array: _Optional[_Union[AnyValueArray, _Mapping]] = ..., float_array: _Optional[_Union[FloatArray, _Mapping]] = ..., float_compressed_as_int32_array: _Optional[_Union[Int32Array, _Mapping]] = ..., double_array: _Optional[_Union[DoubleArray, _Mapping]] = ..., double_compressed_as_float_array: _Optional[_Union[FloatArray, _Mapping]] = ..., double_compressed_as_int64_array: _Optional[_Union[Int64Array, _Mapping]] = ..., sint64_array: _Optional[_Union[Int64Array, _Mapping]] = ..., bool_array: _Optional[_Union[BoolArray, _Mapping]] = ..., null_array: _Optional[_Union[NullArray, _Mapping]] = ..., uuid_array: _Optional[bytes] = ..., date_array: _Optional[_Union[DateTimeArray, _Mapping]] = ..., string_array: _Optional[_Union[StringArray, _Mapping]] = ..., blob_array: _Optional[_Union[BlobArray, _Mapping]] = ..., geometry_array: _Optional[_Union[GeometryArray, _Mapping]] = ..., timestamp_offset_array: _Optional[_Union[TimestampOffsetArray, _Mapping]] = ..., time_only_array: _Optional[_Union[TimeOnlyArray, _Mapping]] = ..., date_only_array: _Optional[_Union[DateOnlyArray, _Mapping]] = ..., duration_array: _Optional[_Union[DurationArray, _Mapping]] = ...) -> None: ...

class AnyValue(_message.Message):
    __slots__ = ("primitive_value", "array_value", "object_value", "entity_value", "relationship_value", "path_value", "unknown_value")
    PRIMITIVE_VALUE_FIELD_NUMBER: _ClassVar[int]
    ARRAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_VALUE_FIELD_NUMBER: _ClassVar[int]
    ENTITY_VALUE_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_VALUE_FIELD_NUMBER: _ClassVar[int]
    PATH_VALUE_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_VALUE_FIELD_NUMBER: _ClassVar[int]
    primitive_value: PrimitiveValue
    array_value: ArrayValue
    object_value: ObjectValue
    entity_value: EntityValue
    relationship_value: RelationshipValue
    path_value: PathValue
    unknown_value: AnyValue
    def __init__(self, primitive_value: _Optional[_Union[PrimitiveValue, _Mapping]] = ..., array_value: _Optional[_Union[ArrayValue, _Mapping]] = ..., object_value: _Optional[_Union[ObjectValue, _Mapping]] = ..., entity_value: _Optional[_Union[EntityValue, _Mapping]] = ..., relationship_value: _Optional[_Union[RelationshipValue, _Mapping]] = ..., path_value: _Optional[_Union[PathValue, _Mapping]] = ..., unknown_value: _Optional[_Union[AnyValue, _Mapping]] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("error_code", "error_message")
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    error_code: int
    error_message: str
    def __init__(self, error_code: _Optional[int] = ..., error_message: _Optional[str] = ...) -> None: ...
