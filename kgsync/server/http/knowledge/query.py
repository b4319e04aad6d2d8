"""graph/query: streamed to a protobuf POST, one frame to a GET or a form, a table to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.catalog import Service
from kgsync.model.people import Principal
from kgsync.model.query import QueryAnswer, QueryCall
from kgsync.server.http.context import PBF, Context, answer_form, is_form, parameters, pbf_answer
from kgsync.server.http.knowledge.answers import PATHS, message_body
from kgsync.server.http.knowledge.root import MAX_RECORDS
from kgsync.server.http.knowledge.shown import shown
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.querying import ENDED, WAITING, OpenQuery, Sign
from kgsync.server.security.rights import Need
from kgsync.wire.pbf.query import QueryFrames, decode_query, encode_query_error

# The text and 4 MiB of parameters.
MAX_REQUEST_BYTES = 5 * 1024 * 1024
# A client that takes nothing for this long is gone, or stands in the way of others.
STALL_SECONDS = 60.0
# Whether a client is still there is looked at this often while nothing is found.
_GLANCE_SECONDS = 1.0


def routes(ctx: Context) -> list[Route]:
    async def query(asked: Admitted) -> web.StreamResponse:
        request = asked.request
        as_form = request.method != "POST" or is_form(request)
        if request.content_type == "application/json" and request.method == "POST":
            raise MalformedInput("a query is sent as a GraphQueryRequest, or as parameters of a URL or a form")
        form = await answer_form(request, "html" if as_form else "pbf")
        if form in ("json", "pjson"):
            raise MalformedInput("a query is answered as html or pbf", place="f")
        if as_form:
            call = QueryCall(text=(await parameters(request)).get("openCypherQuery", ""))
        else:
            data = await message_body(ctx, request, MAX_REQUEST_BYTES)
            call = await ctx.verbs.runner.read("decode", lambda: decode_query(data))
        who, service = asked.who, asked.service
        if form == "html":
            return await _page(ctx, request, service, who, call)
        if as_form:
            return await _single(ctx, request, service, who, call)
        return await _stream(ctx, request, service, who, call)

    return [
        Route(
            methods=("GET", "POST"),
            path=f"{path}/graph/query",
            handler=query,
            need=Need.QUERY,
            reply="pbf",
            error=encode_query_error,
        )
        for path in PATHS
    ]


# ---- protobuf


async def _single(
    ctx: Context, request: web.Request, service: Service, who: Principal, call: QueryCall
) -> web.StreamResponse:
    """Answer with a header and one frame of at most MAX_RECORDS rows."""
    opened = await ctx.verbs.query(service, who, call, lambda answer: QueryFrames(answer, limit=MAX_RECORDS))
    parts: list[bytes] = []
    try:
        part = await opened.part()
        while part is not ENDED:
            if isinstance(part, bytes):
                parts.append(part)
            _still_there(request)
            part = await opened.part(_GLANCE_SECONDS)
    except KgsyncError as error:
        if not parts:
            raise
        parts.append(opened.failed(error))
    finally:
        await _closed(opened)
    response = pbf_answer(b"".join(parts))
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        response.enable_compression(web.ContentCoding.gzip)
    return response


async def _stream(
    ctx: Context, request: web.Request, service: Service, who: Principal, call: QueryCall
) -> web.StreamResponse:
    """Answer as rows are found, with signs of life between them."""
    opened = await ctx.verbs.query(service, who, call, lambda answer: QueryFrames(answer, compressed=True))
    try:
        part = await opened.part()  # what is wrong with the query is told before anything is sent
        response = web.StreamResponse(
            headers={"Content-Type": PBF, "X-Esri-Stream-Response": "true", **ctx.edge.cors(request)}
        )
        if request.version >= (1, 1):
            response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            while part is not ENDED:
                if isinstance(part, bytes):
                    await _written(response, part)
                part = await _next(ctx, request, response, opened)
        except (ConnectionResetError, TimeoutError):
            return _gone(request, response)
        except Exception as error:  # noqa: BLE001  the edge: rows were sent, only a frame can tell
            await _written(response, opened.failed(error))
        await response.write_eof()
        return response
    finally:
        await _closed(opened)


async def _next(ctx: Context, request: web.Request, response: web.StreamResponse, opened: OpenQuery) -> bytes | Sign:
    """Wait for a part, and tell the client so. Raises ConnectionResetError once it is gone."""
    loop = asyncio.get_running_loop()
    heartbeat = ctx.settings.heartbeat_seconds
    due = loop.time() + heartbeat
    while True:
        part = await opened.part(min(heartbeat, _GLANCE_SECONDS))
        if part is not WAITING:
            return part
        _still_there(request)
        if loop.time() >= due:
            await _written(response, opened.frames.alive())
            due = loop.time() + heartbeat


async def _written(response: web.StreamResponse, part: bytes) -> None:
    await asyncio.wait_for(response.write(part), STALL_SECONDS)


def _still_there(request: web.Request) -> None:
    if request.transport is None or request.transport.is_closing():
        raise ConnectionResetError("the client went away")


def _gone(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Cut the connection: an answer that just ended would look whole."""
    if request.transport is not None:
        request.transport.abort()
    return response


async def _closed(opened: OpenQuery) -> None:
    await asyncio.shield(asyncio.ensure_future(opened.close()))


# ---- pages


class _Table:
    """The rows of a page, as plain facts."""

    def __init__(self, answer: QueryAnswer) -> None:
        self._answer = answer
        self.columns = answer.columns
        self.rows: list[list[object]] = []
        self.more = False

    def __iter__(self) -> Iterator[bytes | None]:
        for row in self._answer.rows:
            if row is None:
                yield None
            elif len(self.rows) == MAX_RECORDS:
                self.more = True
                return
            else:
                self.rows.append([shown(value) for value in row])

    def failed(self, error: KgsyncError) -> bytes:
        return b""

    def alive(self) -> bytes:
        return b""


async def _page(
    ctx: Context, request: web.Request, service: Service, who: Principal, call: QueryCall
) -> web.StreamResponse:
    facts: dict[str, Any] = {"text": call.text, "columns": (), "rows": [], "more": False, "error": None}
    if call.text.strip():
        try:
            facts.update(await _table(ctx, request, service, who, call))
        except KgsyncError as error:
            facts["error"] = error.message
    token = (await parameters(request)).get("token", "")
    return ctx.pages.query(f"{service.path}: query", token=token, limit=MAX_RECORDS, **facts)


async def _table(
    ctx: Context, request: web.Request, service: Service, who: Principal, call: QueryCall
) -> dict[str, Any]:
    opened = await ctx.verbs.query(service, who, call, _Table)
    try:
        while await opened.part(_GLANCE_SECONDS) is not ENDED:
            _still_there(request)
        table = opened.frames
        assert isinstance(table, _Table), "made by this function"
        return {"columns": table.columns, "rows": table.rows, "more": table.more}
    finally:
        await _closed(opened)
