"""Who a call acts for, what it may do, and how a refusal is told: canonical status, our code in ErrorInfo."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import unquote

import grpc
import structlog
from google.rpc import error_details_pb2, status_pb2

from kgsync.errors import Code, KgsyncError, MalformedInput
from kgsync.model.catalog import Service
from kgsync.model.people import Principal, anonymous
from kgsync.server.faults import fault
from kgsync.server.http.context import Context
from kgsync.server.http.throttle import Throttle
from kgsync.server.security.addresses import neighbourhood
from kgsync.server.security.rights import Need, require

_log = structlog.get_logger(__name__)
DOMAIN = "kgsync"
_STATUS = {
    Code.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Code.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Code.CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
    Code.SNAPSHOT_REQUIRED: grpc.StatusCode.FAILED_PRECONDITION,
    Code.SYNC_DISABLED: grpc.StatusCode.FAILED_PRECONDITION,
    Code.TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.TOO_MANY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.STORAGE_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.CANCELLED: grpc.StatusCode.CANCELLED,
    Code.INVALID_TOKEN: grpc.StatusCode.UNAUTHENTICATED,
    Code.TOKEN_MISSING: grpc.StatusCode.UNAUTHENTICATED,
    Code.INTERNAL: grpc.StatusCode.INTERNAL,
    Code.NOT_SUPPORTED: grpc.StatusCode.UNIMPLEMENTED,
    Code.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}


def status_of(error: KgsyncError) -> tuple[grpc.StatusCode, bytes]:
    """Give the canonical status of an error, and the google.rpc.Status that says more."""
    code = _STATUS.get(error.code, grpc.StatusCode.INVALID_ARGUMENT)
    info = error_details_pb2.ErrorInfo(reason=error.code.name, domain=DOMAIN, metadata={"code": str(int(error.code))})
    if isinstance(error, MalformedInput) and error.place is not None:
        info.metadata["place"] = error.place
    status = status_pb2.Status(code=code.value[0], message=error.message)
    status.details.add().Pack(info)
    return code, status.SerializeToString()


async def refuse(context: Any, error: Exception, method: str) -> NoReturn:
    """End a call with an error."""
    if not isinstance(error, KgsyncError):
        _log.error("call failed", method=method, exc_info=error)
        error = fault()
    else:
        _log.info("refused", method=method, code=int(error.code), reason=error.message)
    code, status = status_of(error)
    await context.abort(code, error.message, (("grpc-status-details-bin", status),))
    raise AssertionError("abort raises")


class Door:
    """Let calls in by their tokens."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._throttle = Throttle(ctx.settings.requests_per_second)

    async def who(self, context: Any, *, anew: bool = False) -> Principal:
        """Find who a call acts for, nobody in particular without a token; `anew` counts as no further call.

        Raises AuthenticationError, TooMany.
        """
        address = _address(context.peer())
        token = _token(context.invocation_metadata())
        if anew:
            return anonymous(address) if token is None else await self._ctx.bearer(token, address)
        if token is None:
            self._throttle.take(neighbourhood(address))
            return anonymous(address)
        who = await self._ctx.bearer(token, address)
        self._throttle.take(f"user {who.name}")
        return who

    async def service(self, path: str, need: Need, who: Principal) -> Service:
        """Find a service the caller may use so. Raises NotFound, AuthenticationError, Forbidden."""
        folder, _, name = path.strip("/").rpartition("/")
        found = await self._ctx.verbs.service(folder, name, who)
        require(need, found, {}, who)
        return found


def _token(metadata: Any) -> str | None:
    for key, value in metadata or ():
        if key in ("authorization", "x-esri-authorization") and str(value).lower().startswith("bearer "):
            return str(value)[7:].strip() or None
    return None


def _address(peer: str) -> str:
    """Read the address out of `ipv4:127.0.0.1:5` or `ipv6:[::1]:5`."""
    host = unquote(peer).partition(":")[2].rpartition(":")[0]
    return host.strip("[]")
