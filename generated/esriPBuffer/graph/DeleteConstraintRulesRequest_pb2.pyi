from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class GraphConstraintRuleDeleteRequest(_message.Message):
    __slots__ = ("constraint_rule_name_array",)
    CONSTRAINT_RULE_NAME_ARRAY_FIELD_NUMBER: _ClassVar[int]
    constraint_rule_name_array: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, constraint_rule_name_array: _Optional[_Iterable[str]] = ...) -> None: ...
