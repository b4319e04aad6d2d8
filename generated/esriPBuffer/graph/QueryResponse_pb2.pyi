from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphQueryResultHeader(_message.Message):
    __slots__ = ("data_model_timestamp", "error", "warnings", "transform", "sr", "field_names", "compressed_frames")
    DATA_MODEL_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    SR_FIELD_NUMBER: _ClassVar[int]
    FIELD_NAMES_FIELD_NUMBER: _ClassVar[int]
    COMPRESSED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    data_model_timestamp: int
    error: _EsriGraphTypes_pb2.Error
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    transform: _EsriGraphTypes_pb2.Transform
    sr: _EsriTypes_pb2.EsriTypes.SpatialReference
    field_names: _containers.RepeatedScalarFieldContainer[str]
    compressed_frames: bool
    def __init__(self, data_model_timestamp: _Optional[int] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., transform: _Optional[_Union[_EsriGraphTypes_pb2.Transform, _Mapping]] = ..., sr: _Optional[_Union[_EsriTypes_pb2.EsriTypes.SpatialReference, _Mapping]] = ..., field_names: _Optional[_Iterable[str]] = ..., compressed_frames: _Optional[bool] = ...) -> None: ...

class GraphQueryRow(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.AnyValue]
    def __init__(self, values: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.AnyValue, _Mapping]]] = ...) -> None: ...

class GraphQueryResultFrame(_message.Message):
    __slots__ = ("error", "rows", "exceeded_transfer_limit")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    EXCEEDED_TRANSFER_LIMIT_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    rows: _containers.RepeatedCompositeFieldContainer[GraphQueryRow]
    exceeded_transfer_limit: bool
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[GraphQueryRow, _Mapping]]] = ..., exceeded_transfer_limit: _Optional[bool] = ...) -> None: ...
