"""The transport over gRPC: the same verbs, by kgsync.v1.KnowledgeSync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from uuid import UUID

import grpc
import grpc.aio
from esriPBuffer.graph import ApplyEditsResponse_pb2 as edits_answer
from esriPBuffer.graph import QueryDataModelResponse_pb2 as model_answer
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as definition_answer
from google.rpc import error_details_pb2, status_pb2
from kgsync_api.v1 import sync_pb2 as api

from kgsync.client.tokens import Tokens
from kgsync.client.transport import Begun, Changes, JobStatus, Listed, Lost, Piece, ServerDigest
from kgsync.errors import AuthenticationError, KgsyncError, Unavailable, told_as
from kgsync.model.edits import EditsHeader, Frame, Op, Outcome
from kgsync.model.geometry import default_grid
from kgsync.model.history import Moment
from kgsync.model.jobs import JobState
from kgsync.model.replica import Created, CreateReplica, Replica, Synchronized, Unregister
from kgsync.model.schema import Category
from kgsync.wire.pbf import replies
from kgsync.wire.pbf.archive_reader import ArchiveModel
from kgsync.wire.pbf.frames import MAX_MESSAGE_BYTES
from kgsync.wire.pbf.plain_rows import plain_rows
from kgsync.wire.pbf.replicas import encode_create, encode_unregister
from kgsync.wire.pbf.requests import frame_message, header_message

SERVICE = api.DESCRIPTOR.services_by_name["KnowledgeSync"].full_name
_DOMAIN = "kgsync"
_CHUNK = 256 * 1024
_PAGE = 1_000
_CALL_SECONDS = 1_800.0  # a snapshot takes its time; a server that is stuck does not get for ever
_STATES = {
    1: JobState.EXECUTING,
    2: JobState.CANCELLING,
    3: JobState.CANCELLED,
    4: JobState.FAILED,
    5: JobState.COMPLETED,
}
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.enable_retries", 0),  # what may be asked twice is known here, not there
)
T = TypeVar("T")


class GrpcTransport:
    """One server, by host and port; `credentials` makes it TLS, `reconnect_ms` is waited after a lost connection.

    Every call passes through `interceptors`, the first of them outermost.
    """

    def __init__(
        self,
        target: str,
        tokens: Tokens,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        reconnect_ms: int = 200,
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
    ) -> None:
        self.target, self.tokens, self._credentials = target, tokens, credentials
        self._interceptors = interceptors
        self._options = (
            *_OPTIONS,
            ("grpc.initial_reconnect_backoff_ms", reconnect_ms),
            ("grpc.min_reconnect_backoff_ms", reconnect_ms),
            ("grpc.max_reconnect_backoff_ms", 50 * reconnect_ms),
        )
        self._channel: grpc.aio.Channel | None = None

    # ---- calls

    def _opened(self) -> grpc.aio.Channel:
        if self._channel is None:
            if self._credentials is None:
                self._channel = grpc.aio.insecure_channel(self.target, self._options, interceptors=self._interceptors)
            else:
                self._channel = grpc.aio.secure_channel(
                    self.target, self._credentials, self._options, interceptors=self._interceptors
                )
        return self._channel

    async def _metadata(self, key: str | None = None) -> tuple[tuple[str, str], ...]:
        token = await self.tokens.current()
        bearer = () if token is None else (("authorization", f"Bearer {token}"),)
        return bearer if key is None else (*bearer, ("idempotency-key", key))

    async def _renewed(self, call: Callable[[], Awaitable[T]]) -> T:
        """Await a call, made anew once when the token had run out."""
        sent = await self.tokens.current()
        try:
            return await call()
        except AuthenticationError as error:
            if not await self.tokens.renewed(error, sent):
                raise
            return await call()

    async def _call(self, name: str, message: Any, kind: Any, key: str | None = None) -> Any:
        method = self._opened().unary_unary(
            f"/{SERVICE}/{name}", request_serializer=_bytes, response_deserializer=kind.FromString
        )

        async def once() -> Any:
            try:
                return await method(message, metadata=await self._metadata(key), timeout=_CALL_SECONDS)
            except grpc.aio.AioRpcError as error:
                _raise_told(error)

        return await self._renewed(once)

    async def _sent(self, name: str, parts: Callable[[], AsyncIterator[Any]], kind: Any) -> Any:
        method = self._opened().stream_unary(
            f"/{SERVICE}/{name}", request_serializer=_bytes, response_deserializer=kind.FromString
        )

        async def once() -> Any:
            try:
                return await method(parts(), metadata=await self._metadata())
            except grpc.aio.AioRpcError as error:
                _raise_told(error)

        return await self._renewed(once)

    async def _given(self, name: str, message: Any, kind: Any) -> AsyncGenerator[Any]:
        method = self._opened().unary_stream(
            f"/{SERVICE}/{name}", request_serializer=_bytes, response_deserializer=kind.FromString
        )
        call = method(message, metadata=await self._metadata())
        try:
            async for told in call:
                yield told
        except grpc.aio.AioRpcError as error:
            _raise_told(error)
        finally:
            call.cancel()

    # ---- services

    async def services(self) -> list[str]:
        return list((await self._call("ListServices", api.ListServicesCall(), api.ListServicesAnswer)).services)

    async def data_model(self, service: str) -> ArchiveModel:
        call = api.QueryDataModelCall(service=service)
        model = await self._call("QueryDataModel", call, model_answer.GraphDataModel)
        return replies.decode_model(model.SerializeToString())

    async def apply_edits(self, service: str, header: EditsHeader, frames: list[Frame]) -> Outcome:
        async def parts() -> AsyncIterator[Any]:
            yield api.ApplyEditsPart(header=api.ApplyEditsHeader(service=service, header=header_message(header)))
            for frame in frames:
                yield api.ApplyEditsPart(frame=await asyncio.to_thread(frame_message, frame, header.grid))
            yield api.ApplyEditsPart(end=True)

        return replies.read_outcome(await self._sent("ApplyEdits", parts, edits_answer.GraphApplyEditsResult))

    # ---- replicas

    async def create(self, service: str, call: CreateReplica) -> Created | Begun:
        message = api.CreateReplicaCall(service=service)
        message.request.ParseFromString(encode_create(call))
        answer = await self._call("CreateReplica", message, api.CreateReplicaAnswer)
        if answer.WhichOneof("answer") == "job":
            return Begun(answer.job.job)
        return replies.read_created(answer.created.result, answer.created.archive)

    async def synchronize(
        self, service: str, replica_id: UUID, request: bytes, key: str | None
    ) -> Synchronized | Begun:
        message = api.SynchronizeReplicaCall(service=service, replica_id=replica_id.bytes)
        message.request.ParseFromString(request)
        answer = await self._call("SynchronizeReplica", message, api.SynchronizeReplicaAnswer, key)
        if answer.WhichOneof("answer") == "job":
            return Begun(answer.job.job)
        return replies.read_synchronized(answer.synchronized.result, answer.synchronized.archive)

    async def replicas(self, service: str) -> list[Listed]:
        found: list[Listed] = []
        token = ""
        while True:
            call = api.ListReplicasCall(service=service, page_size=_PAGE, page_token=token)
            page = await self._call("ListReplicas", call, api.ListReplicasAnswer)
            found += [Listed(*replies.read_listed(info)) for info in page.replicas]
            token = page.next_page_token
            if not token:
                return found

    async def replica(self, service: str, replica_id: UUID) -> Replica:
        call = api.GetReplicaCall(service=service, replica_id=replica_id.bytes)
        return replies.read_replica(await self._call("GetReplica", call, definition_answer.ReplicaDefinition))

    async def unregister(self, service: str, call: Unregister) -> list[tuple[UUID, KgsyncError | None]]:
        message = api.UnregisterReplicasCall(service=service)
        message.request.ParseFromString(encode_unregister(call))
        answer = await self._call("UnregisterReplicas", message, api.UnregisterReplicasAnswer)
        return [(UUID(bytes=each.replica_id), replies.read_unregistered_error(each)) for each in answer.results]

    async def digest(self, service: str, replica_id: UUID, date: Moment) -> ServerDigest:
        call = api.GetDigestCall(service=service, replica_id=replica_id.bytes, sync_date=date.ms)
        told = await self._call("GetDigest", call, api.ReplicaDigest)
        return ServerDigest(told.digest if told.known else None, told.told)

    # ---- jobs

    async def job(self, service: str, job: str) -> JobStatus:
        told = await self._call("GetJob", api.JobCall(service=service, job=job), api.Job)
        which = told.WhichOneof("result")
        result: Created | Synchronized | None = None
        if which == "created":
            result = replies.read_created(told.created.result, told.created.archive)
        elif which == "synchronized":
            result = replies.read_synchronized(told.synchronized.result, told.synchronized.archive)
        error = told_as(told.error.code, told.error.message) if told.error.code else None
        state = _STATES.get(told.state, JobState.FAILED)
        return JobStatus(job=job, state=state, progress=told.progress, result=result, error=error)

    async def cancel(self, service: str, job: str) -> None:
        await self._call("CancelJob", api.JobCall(service=service, job=job), api.Job)

    # ---- files

    async def upload(self, service: str, path: Path) -> bytes:
        """Hand over a file; give its item id of 16 bytes."""

        async def parts() -> AsyncIterator[Any]:
            yield api.UploadEditsPart(header=api.UploadEditsHeader(service=service, file_name=path.name))
            with path.open("rb") as source:
                while data := await asyncio.to_thread(source.read, _CHUNK):
                    yield api.UploadEditsPart(data=data)
            yield api.UploadEditsPart(end=True)

        return bytes((await self._sent("UploadEdits", parts, api.UploadEditsAnswer)).item)

    async def download(self, service: str, archive: str, offset: int) -> AsyncGenerator[Piece]:
        """Give the rest of an archive from an offset on."""
        call = api.DownloadArchiveCall(service=service, archive=archive, offset=offset)
        async for chunk in self._given("DownloadArchive", call, api.ArchiveChunk):
            yield Piece(chunk.data, chunk.size)

    async def watch(self, service: str, replica_id: UUID, after: Moment) -> AsyncGenerator[Changes]:
        grid = default_grid((await self.data_model(service)).spatial_reference)
        call = api.WatchChangesCall(service=service, replica_id=replica_id.bytes, after=after.ms)
        async for told in self._given("WatchChanges", call, api.Changes):
            changes = tuple(
                plain_rows(Op(s.operation), Category(s.category), s.type_name, s.rows.SerializeToString(), grid)
                for s in told.sections
            )
            yield Changes(Moment(told.after), Moment(told.upto), changes, told.catch_up)

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
            self._channel = None


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def _raise_told(error: grpc.aio.AioRpcError) -> NoReturn:
    """Raise what a call was refused with: our own code where there is one, else what its status means."""
    told = error.details() or "no reason was given"
    for name, data in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin" and isinstance(data, bytes):
            for detail in status_pb2.Status.FromString(data).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info) and info.domain == _DOMAIN and info.metadata.get("code", "").isdigit():
                    known = told_as(int(info.metadata["code"]), told)
                    # "The database did not answer" may come after it has committed.
                    raise (Lost(told) if isinstance(known, Unavailable) else known) from error
    code = error.code()
    if code is grpc.StatusCode.UNAVAILABLE and "failed to connect" in told:
        raise Unavailable(f"The server cannot be reached: {told}") from error
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN):
        raise Lost(f"The server did not answer: {told}") from error
    if code in (grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED):
        raise Lost(f"The call was cut: {told}") from error
    raise told_as(500, f"{code.name}: {told}") from error


def credentials_of(secure: bool, certificate: str | None) -> grpc.ChannelCredentials | None:
    """Make what a channel speaks: TLS by what the system believes or by a PEM file, or None for plain text."""
    if not secure:
        return None
    return grpc.ssl_channel_credentials(None if certificate is None else Path(certificate).read_bytes())
