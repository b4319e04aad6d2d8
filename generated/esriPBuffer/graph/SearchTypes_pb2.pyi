from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SearchIndexProperties(_message.Message):
    __slots__ = ("property_names",)
    PROPERTY_NAMES_FIELD_NUMBER: _ClassVar[int]
    property_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, property_names: _Optional[_Iterable[str]] = ...) -> None: ...

class SearchIndex(_message.Message):
    __slots__ = ("name", "supported_category", "search_properties")
    class SearchPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: SearchIndexProperties
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SearchIndexProperties, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SEARCH_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    supported_category: _EsriGraphTypes_pb2.esriNamedTypeCategory
    search_properties: _containers.MessageMap[str, SearchIndexProperties]
    def __init__(self, name: _Optional[str] = ..., supported_category: _Optional[_Union[_EsriGraphTypes_pb2.esriNamedTypeCategory, str]] = ..., search_properties: _Optional[_Mapping[str, SearchIndexProperties]] = ...) -> None: ...
