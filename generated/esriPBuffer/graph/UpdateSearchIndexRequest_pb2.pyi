from esriPBuffer.graph import SearchTypes_pb2 as _SearchTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphUpdateSearchIndexRequest(_message.Message):
    __slots__ = ("add_search_properties", "delete_search_properties")
    class AddSearchPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _SearchTypes_pb2.SearchIndexProperties
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_SearchTypes_pb2.SearchIndexProperties, _Mapping]] = ...) -> None: ...
    class DeleteSearchPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _SearchTypes_pb2.SearchIndexProperties
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_SearchTypes_pb2.SearchIndexProperties, _Mapping]] = ...) -> None: ...
    ADD_SEARCH_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    DELETE_SEARCH_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    add_search_properties: _containers.MessageMap[str, _SearchTypes_pb2.SearchIndexProperties]
    delete_search_properties: _containers.MessageMap[str, _SearchTypes_pb2.SearchIndexProperties]
    def __init__(self, add_search_properties: _Optional[_Mapping[str, _SearchTypes_pb2.SearchIndexProperties]] = ..., delete_search_properties: _Optional[_Mapping[str, _SearchTypes_pb2.SearchIndexProperties]] = ...) -> None: ...
