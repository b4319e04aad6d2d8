from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ObjectIdArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, value: _Optional[_Iterable[int]] = ...) -> None: ...

class IdentifierValue(_message.Message):
    __slots__ = ("string_value", "sint64_value", "uuid_value")
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    SINT64_VALUE_FIELD_NUMBER: _ClassVar[int]
    UUID_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    sint64_value: int
    uuid_value: bytes
    def __init__(self, string_value: _Optional[str] = ..., sint64_value: _Optional[int] = ..., uuid_value: _Optional[bytes] = ...) -> None: ...

class IdentifierArray(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: _containers.RepeatedCompositeFieldContainer[IdentifierValue]
    def __init__(self, value: _Optional[_Iterable[_Union[IdentifierValue, _Mapping]]] = ...) -> None: ...

class ObjectIdentifierSet(_message.Message):
    __slots__ = ("oid_array", "globalid_array", "string_array", "identifier_array")
    class StringArray(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, value: _Optional[_Iterable[str]] = ...) -> None: ...
    OID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    GLOBALID_ARRAY_FIELD_NUMBER: _ClassVar[int]
    STRING_ARRAY_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_ARRAY_FIELD_NUMBER: _ClassVar[int]
    oid_array: ObjectIdArray
    globalid_array: bytes
    string_array: ObjectIdentifierSet.StringArray
    identifier_array: IdentifierArray
    def __init__(self, oid_array: _Optional[_Union[ObjectIdArray, _Mapping]] = ..., globalid_array: _Optional[bytes] = ..., string_array: _Optional[_Union[ObjectIdentifierSet.StringArray, _Mapping]] = ..., identifier_array: _Optional[_Union[IdentifierArray, _Mapping]] = ...) -> None: ...

class MapOfObjectIdentifierSets(_message.Message):
    __slots__ = ("map_of_identifier_sets",)
    class MapOfIdentifierSetsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: ObjectIdentifierSet
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[ObjectIdentifierSet, _Mapping]] = ...) -> None: ...
    MAP_OF_IDENTIFIER_SETS_FIELD_NUMBER: _ClassVar[int]
    map_of_identifier_sets: _containers.MessageMap[str, ObjectIdentifierSet]
    def __init__(self, map_of_identifier_sets: _Optional[_Mapping[str, ObjectIdentifierSet]] = ...) -> None: ...
