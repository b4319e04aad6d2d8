"""The gRPC server: the methods by name, health and reflection, limits, TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from kgsync_api.v1 import sync_pb2 as api

from kgsync.errors import KgsyncError, Unavailable
from kgsync.model.people import Principal
from kgsync.server.faults import number_request
from kgsync.server.http.context import Context
from kgsync.server.rpc.calls import Called
from kgsync.server.rpc.door import Door, refuse
from kgsync.server.rpc.models import Models
from kgsync.server.rpc.replicas import Replicas
from kgsync.server.rpc.streams import Streams
from kgsync.server.rpc.watching import Watches
from kgsync.server.security.tls import certificate_of
from kgsync.server.settings import Settings
from kgsync.wire.pbf.frames import MAX_MESSAGE_BYTES

SERVICE = api.DESCRIPTOR.services_by_name["KnowledgeSync"].full_name
_GRACE_SECONDS = 5.0
_KEY = "idempotency-key"
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),  # larger uploads come in parts
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    ("grpc.so_reuseport", 0),  # a port somebody has is told
)

Unary = Callable[[Called], Awaitable[Any]]
Giving = Callable[[bytes, Any], AsyncGenerator[Any]]


class Methods:
    """The methods of the service, as handlers of bytes."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._door = ctx, Door(ctx)
        door = self._door
        replicas, streams, models = Replicas(ctx, door), Streams(ctx, door), Models(ctx, door)
        self._unary: dict[str, Unary] = {
            "CreateReplica": replicas.create,
            "SynchronizeReplica": replicas.synchronize,
            "GetReplica": replicas.get,
            "ListReplicas": replicas.listing,
            "UnregisterReplicas": replicas.unregister,
            "TrimChangeLog": replicas.trim,
            "GetJob": lambda call: streams.job(call.data, call.who),
            "CancelJob": lambda call: streams.cancel(call.data, call.who),
            "QueryDataModel": models.query,
            "EditDataModel": models.edit,
            "ListServices": models.services,
            "GetDigest": replicas.digest,
        }
        self._given: dict[str, Callable[[bytes, Principal], AsyncGenerator[Any]]] = {
            "DownloadArchive": streams.download,
            "WatchJob": streams.watch,
        }
        self._watch = Watches(ctx, door).changes
        self._taken = {"ApplyEdits": streams.apply_edits, "UploadEdits": streams.upload}

    def handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        once, giving = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        taking = grpc.stream_unary_rpc_method_handler
        found = {name: once(self._once(name, work)) for name, work in self._unary.items()}
        found |= {name: giving(self._giving(name, self._for_someone(work))) for name, work in self._given.items()}
        found["WatchChanges"] = giving(self._giving("WatchChanges", self._watch))  # asks who it is for again and again
        found |= {name: taking(self._taking(name, work)) for name, work in self._taken.items()}
        return found

    def _once(self, name: str, work: Unary) -> Any:
        async def called(data: bytes, who: Principal, context: Any) -> Any:
            key = next((str(v) for k, v in context.invocation_metadata() or () if k == _KEY), None)
            call = Called(data, who, key)
            try:
                return await work(call)
            except asyncio.CancelledError:
                call.given_up = True  # its thread hears it between two frames
                raise

        return self._answering(name, called)

    def _taking(self, name: str, work: Any) -> Any:
        async def called(parts: AsyncIterator[bytes], who: Principal, context: Any) -> Any:
            return await work(parts, who)

        return self._answering(name, called)

    def _answering(self, name: str, work: Callable[[Any, Principal, Any], Awaitable[Any]]) -> Any:
        async def answer(given: Any, context: Any) -> bytes:
            number_request()
            try:
                told = await work(given, await self._door.who(context), context)
                return bytes(told.SerializeToString())
            except (KgsyncError, Exception) as error:  # noqa: BLE001  the edge: told, and logged where nobody foresaw it
                return await refuse(context, error, name)

        return answer

    def _for_someone(self, work: Callable[[bytes, Principal], AsyncGenerator[Any]]) -> Giving:
        async def called(data: bytes, context: Any) -> AsyncGenerator[Any]:
            async with aclosing(work(data, await self._door.who(context))) as given:
                async for told in given:
                    yield told

        return called

    def _giving(self, name: str, work: Giving) -> Any:
        async def answer(data: bytes, context: Any) -> AsyncIterator[bytes]:
            number_request()
            try:
                async with aclosing(work(data, context)) as given:
                    async for told in given:
                        yield told.SerializeToString()
            except (KgsyncError, Exception) as error:  # noqa: BLE001  the edge, as above
                await refuse(context, error, name)

        return answer


def credentials_of(settings: Settings) -> grpc.ServerCredentials | None:
    """Make what the port speaks: TLS by the certificate of HTTP, or None for plain text; blocking."""
    found = certificate_of(settings)
    if found is None:
        return None
    certificate, key = found
    return grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])


@asynccontextmanager
async def serving(ctx: Context, host: str, port: int, credentials: grpc.ServerCredentials | None) -> AsyncIterator[int]:
    """Serve gRPC until the context ends; give the port. Raises Unavailable when it is taken."""
    server = grpc.aio.server(options=_OPTIONS)
    handler = grpc.method_handlers_generic_handler(SERVICE, Methods(ctx).handlers())
    server.add_generic_rpc_handlers((handler,))
    alive = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(alive, server)
    for name in ("", SERVICE):
        await alive.set(name, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = server.add_insecure_port(where) if credentials is None else server.add_secure_port(where, credentials)
    except RuntimeError as error:
        raise Unavailable(f"Port {port} on {host} cannot be used for gRPC; choose another with --grpc-port") from error
    await server.start()
    try:
        yield bound
    finally:
        await alive.enter_graceful_shutdown()
        await asyncio.shield(server.stop(_GRACE_SECONDS))
