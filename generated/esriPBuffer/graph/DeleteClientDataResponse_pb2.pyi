from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from esriPBuffer.graph import ClientDataTypes_pb2 as _ClientDataTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientDataDeleteError(_message.Message):
    __slots__ = ("key", "error")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    key: _ClientDataTypes_pb2.ClientDataKey
    error: _EsriGraphTypes_pb2.Error
    def __init__(self, key: _Optional[_Union[_ClientDataTypes_pb2.ClientDataKey, _Mapping]] = ..., error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ...) -> None: ...

class ClientDataDeletesResponse(_message.Message):
    __slots__ = ("error", "client_data_delete_errors")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DATA_DELETE_ERRORS_FIELD_NUMBER: _ClassVar[int]
    error: _EsriGraphTypes_pb2.Error
    client_data_delete_errors: _containers.RepeatedCompositeFieldContainer[ClientDataDeleteError]
    def __init__(self, error: _Optional[_Union[_EsriGraphTypes_pb2.Error, _Mapping]] = ..., client_data_delete_errors: _Optional[_Iterable[_Union[ClientDataDeleteError, _Mapping]]] = ...) -> None: ...
