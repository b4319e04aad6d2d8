"""The HTTP application: routes, errors in the form each caller can read, CORS.

On KnowledgeGraphServer paths every error is HTTP 200: deployed clients repeat 4xx and 5xx answers,
POSTs included, and lose the body.
"""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from kgsync.errors import AuthenticationError, Code, KgsyncError
from kgsync.model.people import anonymous
from kgsync.server.http import archives
from kgsync.server.http.context import (
    CORS,
    MAX_FORM_BYTES,
    Context,
    answer_form,
    json_answer,
    json_error,
    pbf_answer,
)
from kgsync.server.http.knowledge import admin, datamodel, edits, jobs, query, replicas, root, trim, uploads
from kgsync.server.http.portal import account, content, oauth
from kgsync.server.http.routing import Admitted, Route, RouteTable
from kgsync.server.security.rights import OPEN, require

_log = structlog.get_logger(__name__)
# What is told as a status of HTTP where that is safe: everywhere but below a service.
_STATUS = {
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.TOO_LARGE: 413,
    Code.INVALID_TOKEN: 401,
    Code.TOKEN_MISSING: 401,
}


def route_table(ctx: Context) -> RouteTable:
    """List every route of the server, most specific first."""
    portal, knowledge = (account, oauth, content, archives), (admin, datamodel, edits, query, jobs, uploads)
    found: list[Route] = []
    for part in (*portal, *knowledge, trim, replicas, root):
        found += part.routes(ctx)
    return RouteTable(found)


class Faces:
    """Answer requests by the route table."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.table = route_table(ctx)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; whatever goes wrong is told in the form its caller reads."""
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=CORS)
        found = self.table.find(request.method, request.raw_path)
        if found is None:
            # Below a service even an unknown address is 200: clients repeat what they hear as 404.
            below = "/knowledgegraphserver" in request.path.lower()
            told = json_error(404, "This address does not exist, or not for this method")
            response: web.StreamResponse = json_answer(told, status=200 if below else 404)
        else:
            response = await self._answer(request, *found)
        if not response.prepared:
            response.headers.update(CORS)
        return response

    async def _answer(self, request: web.Request, route: Route, names: dict[str, str]) -> web.StreamResponse:
        try:
            return await route.handler(await self._admitted(request, route, names))
        except KgsyncError as error:
            return await self._failed(request, route, error)
        except asyncio.CancelledError:
            raise
        except ConnectionResetError:
            return web.Response(status=400)  # nobody is there to read it; what was not received was not applied
        except web.HTTPException as error:
            return json_answer(json_error(error.status, error.reason), status=error.status)
        except Exception:  # noqa: BLE001  the edge: logged, and told without details
            _log.exception("request failed", path=route.path, method=request.method)
            fault = KgsyncError("The server failed to answer; its log says why", code=Code.INTERNAL)
            return await self._failed(request, route, fault)

    async def _admitted(self, request: web.Request, route: Route, names: dict[str, str]) -> Admitted:
        """Let a request in that its route allows. Raises AuthenticationError, Forbidden, NotFound."""
        if route.need in OPEN:
            return Admitted(request, names, anonymous(self._ctx.address_of(request)))
        who = await self._ctx.who(request)
        service = None
        if "service" in names:
            service = await self._ctx.verbs.service(names.get("folder", ""), names["service"], who)
        require(route.need, service, names, who)
        return Admitted(request, names, who, service)

    async def _failed(self, request: web.Request, route: Route, error: KgsyncError) -> web.StreamResponse:
        """Tell an error in the form the caller can read."""
        _log.info("refused", path=route.path, code=int(error.code), reason=error.message)
        told = json_error(int(error.code), error.message)
        if route.reply == "file":
            return json_answer(told, status=_STATUS.get(error.code, 500))
        if route.reply == "login":
            return json_answer(told)
        try:
            form = await answer_form(request, "pbf" if route.reply == "pbf" else "json")
        except (KgsyncError, web.HTTPException, ConnectionResetError):
            form = "json"
        if form == "html":
            facts = {"code": int(error.code), "message": error.message}
            return self._ctx.pages.facts("Error", facts)
        if form == "pbf" and route.error is not None and not isinstance(error, AuthenticationError):
            return pbf_answer(route.error(error))
        return json_answer(told, status=200 if route.about_service else _STATUS.get(error.code, 200))


def application(ctx: Context) -> web.Application:
    """Make the aiohttp application of all faces."""
    app = web.Application(client_max_size=MAX_FORM_BYTES)
    faces = Faces(ctx)
    app.router.add_route("*", "/{tail:.*}", faces.handle)
    return app
