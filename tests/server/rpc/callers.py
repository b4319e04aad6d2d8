"""Somebody with a channel to a real server on this machine."""

from __future__ import annotations

from typing import Any

import grpc
import grpc.aio
from esriPBuffer.graph import ApplyEditsResponse_pb2 as edits_answer
from google.rpc import error_details_pb2, status_pb2
from kgsync_api.v1 import sync_pb2 as api

from kgsync.model.people import Role
from kgsync.server.http.context import Context
from kgsync.server.rpc.serving import SERVICE
from kgsync.server.security.accounts import add_account
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import definition

PATH = "Hosted/Field"


class Caller:
    """Somebody with a channel; `call` sends one message and gives the answer."""

    def __init__(self, channel: grpc.aio.Channel, token: str | None) -> None:
        self.channel = channel
        self.metadata = () if token is None else (("authorization", f"Bearer {token}"),)

    async def call(self, name: str, message: Any, kind: Any, *more: tuple[str, str]) -> Any:
        method = self.channel.unary_unary(
            f"/{SERVICE}/{name}", request_serializer=as_bytes, response_deserializer=kind.FromString
        )
        return await method(message, metadata=(*self.metadata, *more), timeout=30)

    def given(self, name: str, message: Any, kind: Any) -> Any:
        method = self.channel.unary_stream(
            f"/{SERVICE}/{name}", request_serializer=as_bytes, response_deserializer=kind.FromString
        )
        return method(message, metadata=self.metadata, timeout=30)

    async def apply(self, *frames: Edits, service: str = PATH) -> Any:
        method = self.channel.stream_unary(
            f"/{SERVICE}/ApplyEdits",
            request_serializer=as_bytes,
            response_deserializer=edits_answer.GraphApplyEditsResult.FromString,
        )
        header = api.ApplyEditsHeader(service=service, header=edits_header())
        parts = [api.ApplyEditsPart(header=header), *(api.ApplyEditsPart(frame=f.frame) for f in frames)]
        parts.append(api.ApplyEditsPart(end=True))
        return await method(iter(parts), metadata=self.metadata, timeout=30)

    async def create(self, **more: Any) -> Any:
        request = definition(("Person",), ())
        for name, value in more.items():
            setattr(request, name, value)
        call = api.CreateReplicaCall(service=PATH, request=request)
        return await self.call("CreateReplica", call, api.CreateReplicaAnswer)

    async def archive(self, name: str, offset: int = 0) -> bytes:
        call = api.DownloadArchiveCall(service=PATH, archive=name, offset=offset)
        return b"".join([chunk.data async for chunk in self.given("DownloadArchive", call, api.ArchiveChunk)])


def as_bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def refusal(error: grpc.aio.AioRpcError) -> tuple[grpc.StatusCode, str]:
    """Give the canonical status and our own code, which have to tell the same."""
    (data,) = [v for k, v in error.trailing_metadata() or () if k == "grpc-status-details-bin"]
    status = status_pb2.Status.FromString(data)
    assert (status.code, status.message) == (error.code().value[0], error.details())
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "kgsync"
    return error.code(), info.metadata["code"]


def caller_of(ctx: Context, channel: grpc.aio.Channel, name: str, role: Role = Role.CONTRIBUTOR) -> Caller:
    account = add_account(ctx.verbs.store, name, "a long password", role=role, now=ctx.clock())
    return Caller(channel, ctx.tokens.issue(account, 60, ctx.clock())[0])
