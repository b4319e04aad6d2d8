from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UnregisterAllAccessibleReplicas(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UnregisterReplicaRequest(_message.Message):
    __slots__ = ("replica_ids", "unregister_all")
    REPLICA_IDS_FIELD_NUMBER: _ClassVar[int]
    UNREGISTER_ALL_FIELD_NUMBER: _ClassVar[int]
    replica_ids: bytes
    unregister_all: UnregisterAllAccessibleReplicas
    def __init__(self, replica_ids: _Optional[bytes] = ..., unregister_all: _Optional[_Union[UnregisterAllAccessibleReplicas, _Mapping]] = ...) -> None: ...
