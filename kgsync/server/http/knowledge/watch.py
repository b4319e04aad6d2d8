"""replicas/{id}/watch: what concerns a replica as it happens, as Server-Sent Events of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import structlog
from aiohttp import web

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.catalog import Service
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.server.faults import fault
from kgsync.server.http.context import Context, json_error, parameters
from kgsync.server.http.knowledge.answers import PATHS
from kgsync.server.http.knowledge.query import STALL_SECONDS
from kgsync.server.http.knowledge.replicas import replica_id_of
from kgsync.server.http.routing import RENEW, Admitted, Route
from kgsync.server.security.rights import Need
from kgsync.sync.watching import Seen
from kgsync.wire.pbf.plain_rows import plain_rows

_log = structlog.get_logger(__name__)


def routes(ctx: Context) -> list[Route]:
    async def watch(asked: Admitted) -> web.StreamResponse:
        request = asked.request
        after = await _after(request)

        async def admit() -> tuple[Service, Principal]:
            await request[RENEW].ask()  # asks anew once it is a second old
            return asked.service, asked.who

        changes = ctx.watching.changes(admit, replica_id_of(asked.names["replica"]), after)
        async with aclosing(changes):
            first = await anext(changes)  # what is wrong with the call is told before anything is sent
            return await _stream(ctx, request, first, changes)

    return [
        Route(
            methods=("GET",),
            path=f"{path}/replicas/{{replica}}/watch",
            handler=watch,
            need=Need.OWN_REPLICA,
            reply="json",
            takes=("after",),
        )
        for path in PATHS
    ]


async def _after(request: web.Request) -> Moment:
    """Read the date to begin after: of the last event heard, where a browser comes back. Raises MalformedInput."""
    given = request.headers.get("Last-Event-ID") or (await parameters(request)).get("after", "")
    if not given:
        raise MalformedInput("say with after=… which date to begin after: the syncDate of what you hold", place="after")
    return Moment.parse(given)


async def _stream(ctx: Context, request: web.Request, first: Seen, changes: AsyncGenerator[Seen]) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", **ctx.edge.cors(request)}
    )
    await response.prepare(request)
    try:
        await _written(response, await _event(ctx, first))
        async for seen in changes:
            await _written(response, await _event(ctx, seen))
    except (ConnectionResetError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()
        return response
    except Exception as error:  # noqa: BLE001  the edge: events were sent, only an event can tell
        if not isinstance(error, KgsyncError):
            _log.exception("watch failed")
        told = error if isinstance(error, KgsyncError) else fault()
        await _written(response, _told("error", json_error(int(told.code), told.message)))
    await response.write_eof()
    return response


async def _written(response: web.StreamResponse, event: bytes) -> None:
    await asyncio.wait_for(response.write(event), STALL_SECONDS)


async def _event(ctx: Context, seen: Seen) -> bytes:
    """Write an event: `changes`, `alive` when there are none, `catchUp` when there are too many."""
    name = "catchUp" if seen.catch_up else "changes" if seen.rows else "alive"
    return await ctx.verbs.runner.read("render", lambda: _told(name, _facts(seen), seen.span.upto))


def _facts(seen: Seen) -> dict[str, Any]:
    facts: dict[str, Any] = {"after": str(seen.span.after), "upto": str(seen.span.upto)}
    if seen.rows:
        assert seen.grid is not None, "rows come with their grid"
        facts["changes"] = [plain_rows(r.op, r.category, r.type_name, r.rows, seen.grid) for r in seen.rows]
    return facts


def _told(name: str, facts: dict[str, Any], upto: Moment | None = None) -> bytes:
    # The event's own id is what a browser begins after when it comes back; catching up comes first.
    number = f"id: {upto.ms}\n" if upto is not None and name != "catchUp" else ""
    return f"event: {name}\n{number}data: {json.dumps(facts, ensure_ascii=False)}\n\n".encode()
