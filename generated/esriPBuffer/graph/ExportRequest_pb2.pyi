from esriPBuffer.graph import ExportServiceDefinitionRequest_pb2 as _ExportServiceDefinitionRequest_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExportRequest(_message.Message):
    __slots__ = ("export_service_definition",)
    EXPORT_SERVICE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    export_service_definition: _ExportServiceDefinitionRequest_pb2.ExportServiceDefinitionRequest
    def __init__(self, export_service_definition: _Optional[_Union[_ExportServiceDefinitionRequest_pb2.ExportServiceDefinitionRequest, _Mapping]] = ...) -> None: ...
