from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphPropertyIndexAddsRequest(_message.Message):
    __slots__ = ("field_indexes",)
    FIELD_INDEXES_FIELD_NUMBER: _ClassVar[int]
    field_indexes: _containers.RepeatedCompositeFieldContainer[_EsriTypes_pb2.EsriTypes.FieldIndex]
    def __init__(self, field_indexes: _Optional[_Iterable[_Union[_EsriTypes_pb2.EsriTypes.FieldIndex, _Mapping]]] = ...) -> None: ...
