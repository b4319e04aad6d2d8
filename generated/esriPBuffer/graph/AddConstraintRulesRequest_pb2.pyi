from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphConstraintRuleAddsRequest(_message.Message):
    __slots__ = ("constraint_rules",)
    CONSTRAINT_RULES_FIELD_NUMBER: _ClassVar[int]
    constraint_rules: _containers.RepeatedCompositeFieldContainer[_DataModelTypes_pb2.ConstraintRule]
    def __init__(self, constraint_rules: _Optional[_Iterable[_Union[_DataModelTypes_pb2.ConstraintRule, _Mapping]]] = ...) -> None: ...
