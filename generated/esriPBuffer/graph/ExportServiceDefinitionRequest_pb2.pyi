from esriPBuffer.graph import DataTransferTypes_pb2 as _DataTransferTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExportServiceDefinitionRequest(_message.Message):
    __slots__ = ("service_definition_name", "data_format")
    SERVICE_DEFINITION_NAME_FIELD_NUMBER: _ClassVar[int]
    DATA_FORMAT_FIELD_NUMBER: _ClassVar[int]
    service_definition_name: str
    data_format: _DataTransferTypes_pb2.ExportDataFormat
    def __init__(self, service_definition_name: _Optional[str] = ..., data_format: _Optional[_Union[_DataTransferTypes_pb2.ExportDataFormat, str]] = ...) -> None: ...
