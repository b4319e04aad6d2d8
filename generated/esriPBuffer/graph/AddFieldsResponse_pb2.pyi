from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphPropertyAddResult(_message.Message):
    __slots__ = ("name", "error")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    name: str
    error: _EsriGraphTypes_pb2.Error
    def __init__(self, name: _Optional[str] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ...) -> None: ...

class GraphPropertyAddsResponse(_message.Message):
    __slots__ = ("error", "property_add_results")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ADD_RESULTS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    property_add_results: _containers.RepeatedCompositeFieldContainer[GraphPropertyAddResult]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., property_add_results: _Optional[_Iterable[_Union[GraphPropertyAddResult, _Mapping]]] = ...) -> None: ...
