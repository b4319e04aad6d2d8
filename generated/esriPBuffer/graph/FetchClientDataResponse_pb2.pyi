from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import ClientDataTypes_pb2 as _ClientDataTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotModified(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClientDataValue(_message.Message):
    __slots__ = ("v_tag", "value", "not_modified")
    V_TAG_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NOT_MODIFIED_FIELD_NUMBER: _ClassVar[int]
    v_tag: _ClientDataTypes_pb2.ClientDataVTag
    value: _ClientDataTypes_pb2.ClientData
    not_modified: NotModified
    def __init__(self, v_tag: _Optional[_Union[_ClientDataTypes_pb2.ClientDataVTag, _Mapping]] = ..., value: _Optional[_Union[_ClientDataTypes_pb2.ClientData, _Mapping]] = ..., not_modified: _Optional[_Union[NotModified, _Mapping]] = ...) -> None: ...

class ClientDataFetchResult(_message.Message):
    __slots__ = ("key", "error", "client_data")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DATA_FIELD_NUMBER: _ClassVar[int]
    key: _ClientDataTypes_pb2.ClientDataKey
    error: _EsriGraphTypes_pb2.Error
    client_data: ClientDataValue
    def __init__(self, key: _Optional[_Union[_ClientDataTypes_pb2.ClientDataKey, _Mapping]] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., client_data: _Optional[_Union[ClientDataValue, _Mapping]] = ...) -> None: ...

class ClientDataFetchResponse(_message.Message):
    __slots__ = ("error", "fetch_results")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    FETCH_RESULTS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    fetch_results: _containers.RepeatedCompositeFieldContainer[ClientDataFetchResult]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., fetch_results: _Optional[_Iterable[_Union[ClientDataFetchResult, _Mapping]]] = ...) -> None: ...
