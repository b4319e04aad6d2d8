from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import QueryTypes_pb2 as _QueryTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphSearchRequest(_message.Message):
    __slots__ = ("search_query", "identifier_array", "named_type_filter", "type_category_filter", "spatial_filter", "input_transform", "input_spat_ref", "spatial_relation", "return_geometry", "feature_encoding", "out_spat_ref", "datum_transform", "apply_vcs_projection", "quantization_params", "start_index", "max_num_results", "return_search_context", "out_time_zone", "out_timestamp_offset_format", "out_date_only_format", "out_time_only_format", "out_duration_format")
    SEARCH_QUERY_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_ARRAY_FIELD_NUMBER: _ClassVar[int]
    NAMED_TYPE_FILTER_FIELD_NUMBER: _ClassVar[int]
    TYPE_CATEGORY_FILTER_FIELD_NUMBER: _ClassVar[int]
    SPATIAL_FILTER_FIELD_NUMBER: _ClassVar[int]
    INPUT_TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    INPUT_SPAT_REF_FIELD_NUMBER: _ClassVar[int]
    SPATIAL_RELATION_FIELD_NUMBER: _ClassVar[int]
    RETURN_GEOMETRY_FIELD_NUMBER: _ClassVar[int]
    FEATURE_ENCODING_FIELD_NUMBER: _ClassVar[int]
    OUT_SPAT_REF_FIELD_NUMBER: _ClassVar[int]
    DATUM_TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    APPLY_VCS_PROJECTION_FIELD_NUMBER: _ClassVar[int]
    QUANTIZATION_PARAMS_FIELD_NUMBER: _ClassVar[int]
    START_INDEX_FIELD_NUMBER: _ClassVar[int]
    MAX_NUM_RESULTS_FIELD_NUMBER: _ClassVar[int]
    RETURN_SEARCH_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    OUT_TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    OUT_TIMESTAMP_OFFSET_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUT_DATE_ONLY_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUT_TIME_ONLY_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUT_DURATION_FORMAT_FIELD_NUMBER: _ClassVar[int]
    search_query: str
    identifier_array: _EsriGraphTypes_pb2.ArrayValue
    named_type_filter: _containers.RepeatedScalarFieldContainer[str]
    type_category_filter: _EsriGraphTypes_pb2.esriNamedTypeCategory
    spatial_filter: _EsriGraphTypes_pb2.GeometryValue
    input_transform: _EsriGraphTypes_pb2.Transform
    input_spat_ref: _EsriTypes_pb2.EsriTypes.SpatialReference
    spatial_relation: _EsriTypes_pb2.EsriTypes.esriSpatialRel
    return_geometry: bool
    feature_encoding: _EsriTypes_pb2.EsriTypes.esriFeatureEncoding
    out_spat_ref: _EsriTypes_pb2.EsriTypes.SpatialReference
    datum_transform: _EsriTypes_pb2.EsriTypes.DatumTransformation
    apply_vcs_projection: bool
    quantization_params: _EsriGraphTypes_pb2.QuantizationParameters
    start_index: int
    max_num_results: int
    return_search_context: bool
    out_time_zone: _EsriGraphTypes_pb2.TimeZone
    out_timestamp_offset_format: _QueryTypes_pb2.TimestampOffsetFormat
    out_date_only_format: _QueryTypes_pb2.DateOnlyFormat
    out_time_only_format: _QueryTypes_pb2.TimeOnlyFormat
    out_duration_format: _QueryTypes_pb2.DurationFormat
    def __init__(self, search_query: _Optional[str] = ..., identifier_array: _Optional[_Union[_EsriGraphTypes_pb2.ArrayValue, _Mapping]] = ..., named_type_filter: _Optional[_Iterable[str]] = ..., type_category_filter: _Optional[_Union[_EsriGraphTypes_pb2.esriNamedTypeCategory, str]] = ..., spatial_filter: _Optional[_Union[_EsriGraphTypes_pb2.GeometryValue, _Mapping]] = ..., input_transform: _Optional[_Union[_EsriGraphTypes_pb2.Transform, _Mapping]] = ..., input_spat_ref: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., spatial_relation: _Optional[_Union[_EsriTypes_pb2.EsriTypes.esriSpatialRel, str]] = ..., return_geometry: _Optional[bool] = ..., feature_encoding: _Optional[_Union[_EsriTypes_pb2.EsriTypes.esriFeatureEncoding, str]] = ..., out_spat_ref: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., datum_transform: _Optional[_Union[_EsriTypes_pb2.EsriTypes.DatumTransformation, _Mapping]] = ..., apply_vcs_projection: _Optional[bool] = ..., quantization_params: _Optional[_Union[_EsriGraphTypes_pb2.QuantizationParameters, _Mapping]] = ..., start_index: _Optional[int] = ..., max_num_results: _Optional[int] = ..., return_search_context: _Optional[bool] = ..., out_time_zone: _Optional[_Union[_EsriGraphTypes_pb2.TimeZone, _Mapping]] = ..., out_timestamp_offset_format: _Optional[_Union[_QueryTypes_pb2.TimestampOffsetFormat, str]] = ..., out_date_only_format: _Optional[_Union[_QueryTypes_pb2.DateOnlyFormat, str]] = ..., out_time_only_format: _Optional[_Union[_QueryTypes_pb2.TimeOnlyFormat, str]] = ..., out_duration_format: _Optional[_Union[_QueryTypes_pb2.DurationFormat, str]] = ...) -> None: ...
