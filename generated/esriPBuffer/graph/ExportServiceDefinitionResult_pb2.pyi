from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import DataTransferTypes_pb2 as _DataTransferTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExportServiceDefinitionResult(_message.Message):
    __slots__ = ("error", "warnings", "service_definition_name", "data_format", "service_definition_download_url", "statistics")
    class StatisticsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _DataTransferTypes_pb2.DataTransferStats
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_DataTransferTypes_pb2.DataTransferStats, _Mapping]] = ...) -> None: ...
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DEFINITION_NAME_FIELD_NUMBER: _ClassVar[int]
    DATA_FORMAT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DEFINITION_DOWNLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    warnings: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.Error]
    service_definition_name: str
    data_format: _DataTransferTypes_pb2.ExportDataFormat
    service_definition_download_url: str
    statistics: _containers.MessageMap[str, _DataTransferTypes_pb2.DataTransferStats]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.Error, _Mapping]]] = ..., service_definition_name: _Optional[str] = ..., data_format: _Optional[_Union[_DataTransferTypes_pb2.ExportDataFormat, str]] = ..., service_definition_download_url: _Optional[str] = ..., statistics: _Optional[_Mapping[str, _DataTransferTypes_pb2.DataTransferStats]] = ...) -> None: ...
