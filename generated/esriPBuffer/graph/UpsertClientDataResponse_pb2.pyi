from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import ClientDataTypes_pb2 as _ClientDataTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientDataUpsertResult(_message.Message):
    __slots__ = ("key", "error", "v_tag")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    V_TAG_FIELD_NUMBER: _ClassVar[int]
    key: _ClientDataTypes_pb2.ClientDataKey
    error: _EsriGraphTypes_pb2.Error
    v_tag: _ClientDataTypes_pb2.ClientDataVTag
    def __init__(self, key: _Optional[_Union[_ClientDataTypes_pb2.ClientDataKey, _Mapping]] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., v_tag: _Optional[_Union[_ClientDataTypes_pb2.ClientDataVTag, _Mapping]] = ...) -> None: ...

class ClientDataUpsertResponse(_message.Message):
    __slots__ = ("error", "upsert_results")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    UPSERT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    upsert_results: _containers.RepeatedCompositeFieldContainer[ClientDataUpsertResult]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., upsert_results: _Optional[_Iterable[_Union[ClientDataUpsertResult, _Mapping]]] = ...) -> None: ...
