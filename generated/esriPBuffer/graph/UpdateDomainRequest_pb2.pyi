from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DomainMask(_message.Message):
    __slots__ = ("update_type", "update_name", "update_domain", "update_field_type", "update_merge_policy", "update_split_policy")
    UPDATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_NAME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_TYPE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MERGE_POLICY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_SPLIT_POLICY_FIELD_NUMBER: _ClassVar[int]
    update_type: bool
    update_name: bool
    update_domain: bool
    update_field_type: bool
    update_merge_policy: bool
    update_split_policy: bool
    def __init__(self, update_type: _Optional[bool] = ..., update_name: _Optional[bool] = ..., update_domain: _Optional[bool] = ..., update_field_type: _Optional[bool] = ..., update_merge_policy: _Optional[bool] = ..., update_split_policy: _Optional[bool] = ...) -> None: ...

class DomainUpdateRequest(_message.Message):
    __slots__ = ("mask", "domain")
    MASK_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    mask: DomainMask
    domain: _EsriTypes_pb2.EsriTypes.Domain
    def __init__(self, mask: _Optional[_Union[DomainMask, _Mapping]] = ..., domain: _Optional[_Union[_EsriTypes_pb2.EsriTypes.Domain, _Mapping]] = ...) -> None: ...
