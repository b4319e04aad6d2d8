from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphDomainAddRequest(_message.Message):
    __slots__ = ("domains",)
    DOMAINS_FIELD_NUMBER: _ClassVar[int]
    domains: _EsriTypes_pb2.EsriTypes.Domain
    def __init__(self, domains: _Optional[_Union[_EsriTypes_pb2.EsriTypes.Domain, _Mapping]] = ...) -> None: ...
