from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import QueryTypes_pb2 as _QueryTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProvenanceBehavior(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXCLUDE: _ClassVar[ProvenanceBehavior]
    INCLUDE: _ClassVar[ProvenanceBehavior]
EXCLUDE: ProvenanceBehavior
INCLUDE: ProvenanceBehavior

class GraphQueryRequest(_message.Message):
    __slots__ = ("open_cypher_query", "parameters", "feature_encoding", "out_sr", "datum_transformation", "apply_vcs_projection", "quantization_parameters", "input_transform", "in_sr", "provenance_behavior", "out_time_zone", "out_timestamp_offset_format", "out_date_only_format", "out_time_only_format", "out_duration_format")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _EsriGraphTypes_pb2.AnyValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]] = ...) -> None: ...
    OPEN_CYPHER_QUERY_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    FEATURE_ENCODING_FIELD_NUMBER: _ClassVar[int]
    OUT_SR_FIELD_NUMBER: _ClassVar[int]
    DATUM_TRANSFORMATION_FIELD_NUMBER: _ClassVar[int]
    APPLY_VCS_PROJECTION_FIELD_NUMBER: _ClassVar[int]
    QUANTIZATION_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INPUT_TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    IN_SR_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_BEHAVIOR_FIELD_NUMBER: _ClassVar[int]
    OUT_TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    OUT_TIMESTAMP_OFFSET_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUT_DATE_ONLY_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUT_TIME_ONLY_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUT_DURATION_FORMAT_FIELD_NUMBER: _ClassVar[int]
    open_cypher_query: str
    parameters: _containers.MessageMap[str, _EsriGraphTypes_pb2.AnyValue]
    feature_encoding: _EsriTypes_pb2.EsriTypes.esriFeatureEncoding
    out_sr: _EsriTypes_pb2.EsriTypes.SpatialReference
    datum_transformation: _EsriTypes_pb2.EsriTypes.DatumTransformation
    apply_vcs_projection: bool
    quantization_parameters: _EsriGraphTypes_pb2.QuantizationParameters
    input_transform: _EsriGraphTypes_pb2.Transform
    in_sr: _EsriTypes_pb2.EsriTypes.SpatialReference
    provenance_behavior: ProvenanceBehavior
    out_time_zone: _EsriGraphTypes_pb2.TimeZone
    out_timestamp_offset_format: _QueryTypes_pb2.TimestampOffsetFormat
    out_date_only_format: _QueryTypes_pb2.DateOnlyFormat
    out_time_only_format: _QueryTypes_pb2.TimeOnlyFormat
    out_duration_format: _QueryTypes_pb2.DurationFormat
    def __init__(self, open_cypher_query: _Optional[str] = ..., parameters: _Optional[_Mapping[str, _EsriGraphTypes_pb2.AnyValue]] = ..., feature_encoding: _Optional[_Union[_EsriTypes_pb2.EsriTypes.esriFeatureEncoding, str]] = ..., out_sr: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., datum_transformation: _Optional[_Union[_EsriTypes_pb2.EsriTypes.DatumTransformation, _Mapping]] = ..., apply_vcs_projection: _Optional[bool] = ..., quantization_parameters: _Optional[_Union[_EsriGraphTypes_pb2.QuantizationParameters, _Mapping]] = ..., input_transform: _Optional[_Union[_EsriGraphTypes_pb2.Transform, _Mapping]] = ..., in_sr: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., provenance_behavior: _Optional[_Union[ProvenanceBehavior, str]] = ..., out_time_zone: _Optional[_Union[_EsriGraphTypes_pb2.TimeZone, _Mapping]] = ..., out_timestamp_offset_format: _Optional[_Union[_QueryTypes_pb2.TimestampOffsetFormat, str]] = ..., out_date_only_format: _Optional[_Union[_QueryTypes_pb2.DateOnlyFormat, str]] = ..., out_time_only_format: _Optional[_Union[_QueryTypes_pb2.TimeOnlyFormat, str]] = ..., out_duration_format: _Optional[_Union[_QueryTypes_pb2.DurationFormat, str]] = ...) -> None: ...
