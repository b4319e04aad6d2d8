from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphPropertyMask(_message.Message):
    __slots__ = ("update_name", "update_alias", "update_field_type", "update_geometry_type", "update_default_value", "update_nullable", "update_editable", "update_visible", "update_required", "update_domain", "update_has_z", "update_has_m")
    UPDATE_NAME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_ALIAS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_TYPE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_GEOMETRY_TYPE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_NULLABLE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_EDITABLE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_VISIBLE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    UPDATE_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_HAS_Z_FIELD_NUMBER: _ClassVar[int]
    UPDATE_HAS_M_FIELD_NUMBER: _ClassVar[int]
    update_name: bool
    update_alias: bool
    update_field_type: bool
    update_geometry_type: bool
    update_default_value: bool
    update_nullable: bool
    update_editable: bool
    update_visible: bool
    update_required: bool
    update_domain: bool
    update_has_z: bool
    update_has_m: bool
    def __init__(self, update_name: _Optional[bool] = ..., update_alias: _Optional[bool] = ..., update_field_type: _Optional[bool] = ..., update_geometry_type: _Optional[bool] = ..., update_default_value: _Optional[bool] = ..., update_nullable: _Optional[bool] = ..., update_editable: _Optional[bool] = ..., update_visible: _Optional[bool] = ..., update_required: _Optional[bool] = ..., update_domain: _Optional[bool] = ..., update_has_z: _Optional[bool] = ..., update_has_m: _Optional[bool] = ...) -> None: ...

class GraphPropertyUpdateRequest(_message.Message):
    __slots__ = ("mask", "graph_property", "property_name")
    MASK_FIELD_NUMBER: _ClassVar[int]
    GRAPH_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_NAME_FIELD_NUMBER: _ClassVar[int]
    mask: GraphPropertyMask
    graph_property: _DataModelTypes_pb2.GraphProperty
    property_name: str
    def __init__(self, mask: _Optional[_Union[GraphPropertyMask, _Mapping]] = ..., graph_property: _Optional[_Union[_DataModelTypes_pb2.GraphProperty, _Mapping]] = ..., property_name: _Optional[str] = ...) -> None: ...
