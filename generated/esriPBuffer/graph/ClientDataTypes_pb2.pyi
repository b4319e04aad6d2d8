from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientDataKey(_message.Message):
    __slots__ = ("key_string",)
    KEY_STRING_FIELD_NUMBER: _ClassVar[int]
    key_string: str
    def __init__(self, key_string: _Optional[str] = ...) -> None: ...

class ClientData(_message.Message):
    __slots__ = ("value_string",)
    VALUE_STRING_FIELD_NUMBER: _ClassVar[int]
    value_string: str
    def __init__(self, value_string: _Optional[str] = ...) -> None: ...

class ClientDataVTag(_message.Message):
    __slots__ = ("v_tag",)
    V_TAG_FIELD_NUMBER: _ClassVar[int]
    v_tag: str
    def __init__(self, v_tag: _Optional[str] = ...) -> None: ...

class ClientDataKeys(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[ClientDataKey]
    def __init__(self, keys: _Optional[_Iterable[_Union[ClientDataKey, _Mapping]]] = ...) -> None: ...
