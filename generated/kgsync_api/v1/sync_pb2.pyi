from esriPBuffer.graph import AddFieldsRequest_pb2 as _AddFieldsRequest_pb2
from esriPBuffer.graph import AddFieldsResponse_pb2 as _AddFieldsResponse_pb2
from esriPBuffer.graph import AddNamedTypesRequest_pb2 as _AddNamedTypesRequest_pb2
from esriPBuffer.graph import AddNamedTypesResponse_pb2 as _AddNamedTypesResponse_pb2
from esriPBuffer.graph import ApplyEditsRequest_pb2 as _ApplyEditsRequest_pb2
from esriPBuffer.graph import ApplyEditsResponse_pb2 as _ApplyEditsResponse_pb2
from esriPBuffer.graph import CreateReplicaRequest_pb2 as _CreateReplicaRequest_pb2
from esriPBuffer.graph import CreateReplicaResponse_pb2 as _CreateReplicaResponse_pb2
from esriPBuffer.graph import DeleteFieldRequest_pb2 as _DeleteFieldRequest_pb2
from esriPBuffer.graph import QueryDataModelResponse_pb2 as _QueryDataModelResponse_pb2
from esriPBuffer.graph import QueryResponse_pb2 as _QueryResponse_pb2
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as _ReplicaDefinitionResponse_pb2
from esriPBuffer.graph import ReplicasResponse_pb2 as _ReplicasResponse_pb2
from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as _SynchronizeReplicaRequest_pb2
from esriPBuffer.graph import SynchronizeReplicaResponse_pb2 as _SynchronizeReplicaResponse_pb2
from esriPBuffer.graph import TrimChangeLogRequest_pb2 as _TrimChangeLogRequest_pb2
from esriPBuffer.graph import TrimChangeLogResponse_pb2 as _TrimChangeLogResponse_pb2
from esriPBuffer.graph import UnregisterReplicaRequest_pb2 as _UnregisterReplicaRequest_pb2
from esriPBuffer.graph import UnregisterReplicaResponse_pb2 as _UnregisterReplicaResponse_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    EXECUTING: _ClassVar[JobState]
    CANCELLING: _ClassVar[JobState]
    CANCELLED: _ClassVar[JobState]
    FAILED: _ClassVar[JobState]
    COMPLETED: _ClassVar[JobState]

class Operation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_UNSPECIFIED: _ClassVar[Operation]
    ADD: _ClassVar[Operation]
    UPDATE: _ClassVar[Operation]
    DELETE: _ClassVar[Operation]
JOB_STATE_UNSPECIFIED: JobState
EXECUTING: JobState
CANCELLING: JobState
CANCELLED: JobState
FAILED: JobState
COMPLETED: JobState
OPERATION_UNSPECIFIED: Operation
ADD: Operation
UPDATE: Operation
DELETE: Operation

class CreateReplicaCall(_message.Message):
    __slots__ = ("service", "request")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    service: str
    request: _CreateReplicaRequest_pb2.CreateReplicaRequest
    def __init__(self, service: _Optional[str] = ..., request: _Optional[_Union[_CreateReplicaRequest_pb2.CreateReplicaRequest, _Mapping]] = ...) -> None: ...

class CreateReplicaAnswer(_message.Message):
    __slots__ = ("created", "job")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    created: CreatedReplica
    job: Job
    def __init__(self, created: _Optional[_Union[CreatedReplica, _Mapping]] = ..., job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class CreatedReplica(_message.Message):
    __slots__ = ("result", "archive")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_FIELD_NUMBER: _ClassVar[int]
    result: _CreateReplicaResponse_pb2.CreateReplicaResult
    archive: str
    def __init__(self, result: _Optional[_Union[_CreateReplicaResponse_pb2.CreateReplicaResult, _Mapping]] = ..., archive: _Optional[str] = ...) -> None: ...

class SynchronizeReplicaCall(_message.Message):
    __slots__ = ("service", "replica_id", "request")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    service: str
    replica_id: bytes
    request: _SynchronizeReplicaRequest_pb2.SynchronizeReplicaRequest
    def __init__(self, service: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., request: _Optional[_Union[_SynchronizeReplicaRequest_pb2.SynchronizeReplicaRequest, _Mapping]] = ...) -> None: ...

class SynchronizeReplicaAnswer(_message.Message):
    __slots__ = ("synchronized", "job")
    SYNCHRONIZED_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    synchronized: SynchronizedReplica
    job: Job
    def __init__(self, synchronized: _Optional[_Union[SynchronizedReplica, _Mapping]] = ..., job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class SynchronizedReplica(_message.Message):
    __slots__ = ("result", "archive")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_FIELD_NUMBER: _ClassVar[int]
    result: _SynchronizeReplicaResponse_pb2.SynchronizeReplicaResult
    archive: str
    def __init__(self, result: _Optional[_Union[_SynchronizeReplicaResponse_pb2.SynchronizeReplicaResult, _Mapping]] = ..., archive: _Optional[str] = ...) -> None: ...

class GetReplicaCall(_message.Message):
    __slots__ = ("service", "replica_id")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    service: str
    replica_id: bytes
    def __init__(self, service: _Optional[str] = ..., replica_id: _Optional[bytes] = ...) -> None: ...

class ListReplicasCall(_message.Message):
    __slots__ = ("service", "page_size", "page_token")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service: str
    page_size: int
    page_token: str
    def __init__(self, service: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReplicasAnswer(_message.Message):
    __slots__ = ("replicas", "next_page_token")
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    replicas: _containers.RepeatedCompositeFieldContainer[_ReplicasResponse_pb2.ReplicaInfo]
    next_page_token: str
    def __init__(self, replicas: _Optional[_Iterable[_Union[_ReplicasResponse_pb2.ReplicaInfo, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UnregisterReplicasCall(_message.Message):
    __slots__ = ("service", "request")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    service: str
    request: _UnregisterReplicaRequest_pb2.UnregisterReplicaRequest
    def __init__(self, service: _Optional[str] = ..., request: _Optional[_Union[_UnregisterReplicaRequest_pb2.UnregisterReplicaRequest, _Mapping]] = ...) -> None: ...

class UnregisterReplicasAnswer(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_UnregisterReplicaResponse_pb2.UnregisterReplicaResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_UnregisterReplicaResponse_pb2.UnregisterReplicaResult, _Mapping]]] = ...) -> None: ...

class ApplyEditsPart(_message.Message):
    __slots__ = ("header", "frame", "end")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    header: ApplyEditsHeader
    frame: _ApplyEditsRequest_pb2.GraphApplyEditsFrame
    end: bool
    def __init__(self, header: _Optional[_Union[ApplyEditsHeader, _Mapping]] = ..., frame: _Optional[_Union[_ApplyEditsRequest_pb2.GraphApplyEditsFrame, _Mapping]] = ..., end: _Optional[bool] = ...) -> None: ...

class ApplyEditsHeader(_message.Message):
    __slots__ = ("service", "header")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    service: str
    header: _ApplyEditsRequest_pb2.GraphApplyEditsHeader
    def __init__(self, service: _Optional[str] = ..., header: _Optional[_Union[_ApplyEditsRequest_pb2.GraphApplyEditsHeader, _Mapping]] = ...) -> None: ...

class DownloadArchiveCall(_message.Message):
    __slots__ = ("service", "archive", "offset")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    service: str
    archive: str
    offset: int
    def __init__(self, service: _Optional[str] = ..., archive: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class ArchiveChunk(_message.Message):
    __slots__ = ("data", "size")
    DATA_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    size: int
    def __init__(self, data: _Optional[bytes] = ..., size: _Optional[int] = ...) -> None: ...

class UploadEditsPart(_message.Message):
    __slots__ = ("header", "data", "end")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    header: UploadEditsHeader
    data: bytes
    end: bool
    def __init__(self, header: _Optional[_Union[UploadEditsHeader, _Mapping]] = ..., data: _Optional[bytes] = ..., end: _Optional[bool] = ...) -> None: ...

class UploadEditsHeader(_message.Message):
    __slots__ = ("service", "file_name")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    service: str
    file_name: str
    def __init__(self, service: _Optional[str] = ..., file_name: _Optional[str] = ...) -> None: ...

class UploadEditsAnswer(_message.Message):
    __slots__ = ("item", "size", "sha256")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    item: bytes
    size: int
    sha256: str
    def __init__(self, item: _Optional[bytes] = ..., size: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...

class JobCall(_message.Message):
    __slots__ = ("service", "job")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    service: str
    job: str
    def __init__(self, service: _Optional[str] = ..., job: _Optional[str] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("job", "state", "progress", "submitted", "updated", "error", "created", "synchronized", "trimmed")
    JOB_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    SYNCHRONIZED_FIELD_NUMBER: _ClassVar[int]
    TRIMMED_FIELD_NUMBER: _ClassVar[int]
    job: str
    state: JobState
    progress: int
    submitted: int
    updated: int
    error: JobError
    created: CreatedReplica
    synchronized: SynchronizedReplica
    trimmed: _TrimChangeLogResponse_pb2.TrimChangeLogResult
    def __init__(self, job: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., progress: _Optional[int] = ..., submitted: _Optional[int] = ..., updated: _Optional[int] = ..., error: _Optional[_Union[JobError, _Mapping]] = ..., created: _Optional[_Union[CreatedReplica, _Mapping]] = ..., synchronized: _Optional[_Union[SynchronizedReplica, _Mapping]] = ..., trimmed: _Optional[_Union[_TrimChangeLogResponse_pb2.TrimChangeLogResult, _Mapping]] = ...) -> None: ...

class JobError(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class TrimChangeLogCall(_message.Message):
    __slots__ = ("service", "request")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    service: str
    request: _TrimChangeLogRequest_pb2.TrimChangeLogRequest
    def __init__(self, service: _Optional[str] = ..., request: _Optional[_Union[_TrimChangeLogRequest_pb2.TrimChangeLogRequest, _Mapping]] = ...) -> None: ...

class TrimChangeLogAnswer(_message.Message):
    __slots__ = ("trimmed", "job")
    TRIMMED_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    trimmed: _TrimChangeLogResponse_pb2.TrimChangeLogResult
    job: Job
    def __init__(self, trimmed: _Optional[_Union[_TrimChangeLogResponse_pb2.TrimChangeLogResult, _Mapping]] = ..., job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class QueryDataModelCall(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: str
    def __init__(self, service: _Optional[str] = ...) -> None: ...

class EditDataModelCall(_message.Message):
    __slots__ = ("service", "add_types", "add_fields", "delete_field", "delete_type")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    ADD_TYPES_FIELD_NUMBER: _ClassVar[int]
    ADD_FIELDS_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_FIELD_NUMBER: _ClassVar[int]
    DELETE_TYPE_FIELD_NUMBER: _ClassVar[int]
    service: str
    add_types: _AddNamedTypesRequest_pb2.GraphNamedObjectTypeAddsRequest
    add_fields: AddFields
    delete_field: DeleteField
    delete_type: str
    def __init__(self, service: _Optional[str] = ..., add_types: _Optional[_Union[_AddNamedTypesRequest_pb2.GraphNamedObjectTypeAddsRequest, _Mapping]] = ..., add_fields: _Optional[_Union[AddFields, _Mapping]] = ..., delete_field: _Optional[_Union[DeleteField, _Mapping]] = ..., delete_type: _Optional[str] = ...) -> None: ...

class AddFields(_message.Message):
    __slots__ = ("type_name", "request")
    TYPE_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    type_name: str
    request: _AddFieldsRequest_pb2.GraphPropertyAddsRequest
    def __init__(self, type_name: _Optional[str] = ..., request: _Optional[_Union[_AddFieldsRequest_pb2.GraphPropertyAddsRequest, _Mapping]] = ...) -> None: ...

class DeleteField(_message.Message):
    __slots__ = ("type_name", "request")
    TYPE_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    type_name: str
    request: _DeleteFieldRequest_pb2.GraphPropertyDeleteRequest
    def __init__(self, type_name: _Optional[str] = ..., request: _Optional[_Union[_DeleteFieldRequest_pb2.GraphPropertyDeleteRequest, _Mapping]] = ...) -> None: ...

class EditDataModelAnswer(_message.Message):
    __slots__ = ("added_types", "added_fields", "done")
    ADDED_TYPES_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    added_types: _AddNamedTypesResponse_pb2.GraphNamedObjectTypeAddsResponse
    added_fields: _AddFieldsResponse_pb2.GraphPropertyAddsResponse
    done: bool
    def __init__(self, added_types: _Optional[_Union[_AddNamedTypesResponse_pb2.GraphNamedObjectTypeAddsResponse, _Mapping]] = ..., added_fields: _Optional[_Union[_AddFieldsResponse_pb2.GraphPropertyAddsResponse, _Mapping]] = ..., done: _Optional[bool] = ...) -> None: ...

class ListServicesCall(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListServicesAnswer(_message.Message):
    __slots__ = ("services",)
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, services: _Optional[_Iterable[str]] = ...) -> None: ...

class GetDigestCall(_message.Message):
    __slots__ = ("service", "replica_id", "sync_date")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    SYNC_DATE_FIELD_NUMBER: _ClassVar[int]
    service: str
    replica_id: bytes
    sync_date: int
    def __init__(self, service: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., sync_date: _Optional[int] = ...) -> None: ...

class ReplicaDigest(_message.Message):
    __slots__ = ("known", "members", "digest", "told")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    TOLD_FIELD_NUMBER: _ClassVar[int]
    known: bool
    members: int
    digest: str
    told: str
    def __init__(self, known: _Optional[bool] = ..., members: _Optional[int] = ..., digest: _Optional[str] = ..., told: _Optional[str] = ...) -> None: ...

class WatchChangesCall(_message.Message):
    __slots__ = ("service", "replica_id", "after")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    service: str
    replica_id: bytes
    after: int
    def __init__(self, service: _Optional[str] = ..., replica_id: _Optional[bytes] = ..., after: _Optional[int] = ...) -> None: ...

class Changes(_message.Message):
    __slots__ = ("after", "upto", "sections", "catch_up")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    UPTO_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    CATCH_UP_FIELD_NUMBER: _ClassVar[int]
    after: int
    upto: int
    sections: _containers.RepeatedCompositeFieldContainer[Section]
    catch_up: bool
    def __init__(self, after: _Optional[int] = ..., upto: _Optional[int] = ..., sections: _Optional[_Iterable[_Union[Section, _Mapping]]] = ..., catch_up: _Optional[bool] = ...) -> None: ...

class Section(_message.Message):
    __slots__ = ("operation", "type_name", "category", "rows")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    TYPE_NAME_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    operation: Operation
    type_name: str
    category: int
    rows: _QueryResponse_pb2.GraphQueryResultFrame
    def __init__(self, operation: _Optional[_Union[Operation, str]] = ..., type_name: _Optional[str] = ..., category: _Optional[int] = ..., rows: _Optional[_Union[_QueryResponse_pb2.GraphQueryResultFrame, _Mapping]] = ...) -> None: ...
