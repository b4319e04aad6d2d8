from esriPBuffer.graph import ClientDataTypes_pb2 as _ClientDataTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeleteAll(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClientDataDeleteRequest(_message.Message):
    __slots__ = ("keys", "delete_all")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    DELETE_ALL_FIELD_NUMBER: _ClassVar[int]
    keys: _ClientDataTypes_pb2.ClientDataKeys
    delete_all: DeleteAll
    def __init__(self, keys: _Optional[_Union[_ClientDataTypes_pb2.ClientDataKeys, _Mapping]] = ..., delete_all: _Optional[_Union[DeleteAll, _Mapping]] = ...) -> None: ...
