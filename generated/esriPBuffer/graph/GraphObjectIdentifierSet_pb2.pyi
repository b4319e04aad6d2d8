from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphObjectIdentifierSet(_message.Message):
    __slots__ = ("id_array",)
    ID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    id_array: _EsriGraphTypes_pb2.ArrayValue
    def __init__(self, id_array: _Optional[_Union[_EsriGraphTypes_pb2.ArrayValue, _Mapping]] = ...) -> None: ...
