from esriPBuffer.graph import ApplyEditsRequest_pb2 as _ApplyEditsRequest_pb2
from esriPBuffer.graph import SyncTypes_pb2 as _SyncTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SynchronizeReplicaRequest(_message.Message):
    __slots__ = ("download_parameters", "upload_edits")
    DOWNLOAD_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_EDITS_FIELD_NUMBER: _ClassVar[int]
    ASYNC_FIELD_NUMBER: _ClassVar[int]
    download_parameters: DownloadParameters
    upload_edits: UploadEdits
    def __init__(self, download_parameters: _Optional[_Union[DownloadParameters, _Mapping]] = ..., upload_edits: _Optional[_Union[UploadEdits, _Mapping]] = ..., **kwargs) -> None: ...

class ReplicaSnapshot(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReplicaDeltas(_message.Message):
    __slots__ = ("last_sync_date",)
    LAST_SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    last_sync_date: int
    def __init__(self, last_sync_date: _Optional[int] = ...) -> None: ...

class DownloadParameters(_message.Message):
    __slots__ = ("replica_deltas", "replica_snapshot", "data_format")
    REPLICA_DELTAS_FIELD_NUMBER: _ClassVar[int]
    REPLICA_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    DATA_FORMAT_FIELD_NUMBER: _ClassVar[int]
    replica_deltas: ReplicaDeltas
    replica_snapshot: ReplicaSnapshot
    data_format: _SyncTypes_pb2.SyncDataFormat
    def __init__(self, replica_deltas: _Optional[_Union[ReplicaDeltas, _Mapping]] = ..., replica_snapshot: _Optional[_Union[ReplicaSnapshot, _Mapping]] = ..., data_format: _Optional[_Union[_SyncTypes_pb2.SyncDataFormat, str]] = ...) -> None: ...

class UploadEdits(_message.Message):
    __slots__ = ("sync_apply_edits", "upload_file")
    SYNC_APPLY_EDITS_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_FILE_FIELD_NUMBER: _ClassVar[int]
    sync_apply_edits: SyncApplyEdits
    upload_file: UploadFile
    def __init__(self, sync_apply_edits: _Optional[_Union[SyncApplyEdits, _Mapping]] = ..., upload_file: _Optional[_Union[UploadFile, _Mapping]] = ...) -> None: ...

class SyncApplyEdits(_message.Message):
    __slots__ = ("edits_header", "frames", "compressed_frames")
    EDITS_HEADER_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    COMPRESSED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    edits_header: _ApplyEditsRequest_pb2.GraphApplyEditsHeader
    frames: SyncEditFrames
    compressed_frames: bytes
    def __init__(self, edits_header: _Optional[_Union[_ApplyEditsRequest_pb2.GraphApplyEditsHeader, _Mapping]] = ..., frames: _Optional[_Union[SyncEditFrames, _Mapping]] = ..., compressed_frames: _Optional[bytes] = ...) -> None: ...

class SyncEditFrames(_message.Message):
    __slots__ = ("frames",)
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    frames: _containers.RepeatedCompositeFieldContainer[_ApplyEditsRequest_pb2.GraphApplyEditsFrame]
    def __init__(self, frames: _Optional[_Iterable[_Union[_ApplyEditsRequest_pb2.GraphApplyEditsFrame, _Mapping]]] = ...) -> None: ...

class UploadFile(_message.Message):
    __slots__ = ("edits_upload_id", "upload_format")
    EDITS_UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_FORMAT_FIELD_NUMBER: _ClassVar[int]
    edits_upload_id: bytes
    upload_format: _SyncTypes_pb2.SyncDataFormat
    def __init__(self, edits_upload_id: _Optional[bytes] = ..., upload_format: _Optional[_Union[_SyncTypes_pb2.SyncDataFormat, str]] = ...) -> None: ...
