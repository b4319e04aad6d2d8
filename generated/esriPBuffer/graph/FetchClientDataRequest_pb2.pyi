from esriPBuffer.graph import ClientDataTypes_pb2 as _ClientDataTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientDataFetchRequestParameter(_message.Message):
    __slots__ = ("key", "v_tag")
    KEY_FIELD_NUMBER: _ClassVar[int]
    V_TAG_FIELD_NUMBER: _ClassVar[int]
    key: _ClientDataTypes_pb2.ClientDataKey
    v_tag: _ClientDataTypes_pb2.ClientDataVTag
    def __init__(self, key: _Optional[_Union[_ClientDataTypes_pb2.ClientDataKey, _Mapping]] = ..., v_tag: _Optional[_Union[_ClientDataTypes_pb2.ClientDataVTag, _Mapping]] = ...) -> None: ...

class ClientDataFetchRequest(_message.Message):
    __slots__ = ("fetch_client_data",)
    FETCH_CLIENT_DATA_FIELD_NUMBER: _ClassVar[int]
    fetch_client_data: _containers.RepeatedCompositeFieldContainer[ClientDataFetchRequestParameter]
    def __init__(self, fetch_client_data: _Optional[_Iterable[_Union[ClientDataFetchRequestParameter, _Mapping]]] = ...) -> None: ...
