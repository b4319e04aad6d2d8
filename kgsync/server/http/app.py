"""The HTTP application: routes, errors in the form each caller can read, CORS.

Below a KnowledgeGraphServer or FeatureServer every error is HTTP 200: deployed clients repeat 4xx and 5xx
answers, POSTs included, and lose the body.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial

import structlog
from aiohttp import web

from kgsync.errors import AuthenticationError, Code, KgsyncError, TooMany
from kgsync.model.people import anonymous
from kgsync.server.faults import fault, number_request
from kgsync.server.http import archives, login, openapi
from kgsync.server.http.connections import Begun, PatientRunner
from kgsync.server.http.context import (
    COOKIE,
    MAX_FORM_BYTES,
    NUMBER,
    PAGES,
    Context,
    answer_form,
    json_answer,
    json_error,
    pbf_answer,
)
from kgsync.server.http.features import attaching, editing, resources, uploading
from kgsync.server.http.features import replicas as feature_replicas
from kgsync.server.http.knowledge import (
    admin,
    catalog,
    datamodel,
    digest,
    edits,
    jobs,
    query,
    replicas,
    root,
    trim,
    uploads,
    watch,
)
from kgsync.server.http.login import login_link
from kgsync.server.http.portal import account, content, oauth
from kgsync.server.http.routing import RENEW, Admitted, Renewal, Route, RouteTable
from kgsync.server.http.throttle import Throttle
from kgsync.server.security.addresses import neighbourhood
from kgsync.server.security.rights import OPEN, Need, require

_log = structlog.get_logger(__name__)
# A token of an outside issuer and a query of 2,000 characters fit; what does not is a plain 400 of aiohttp's.
_MAX_LINE = 32 * 1024
_LONG_AGO_SECONDS = 1.0  # revoking counts within a second
_HSTS_SECONDS = 31_536_000  # a year, as long as browsers are advised to remember
# What is told as a status of HTTP where that is safe: everywhere but below a service.
_STATUS = {
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.TOO_LARGE: 413,
    Code.TOO_MANY: 429,
    Code.INVALID_TOKEN: 401,
    Code.TOKEN_MISSING: 401,
}


def route_table(ctx: Context) -> RouteTable:
    """List every route of the server, most specific first."""
    portal, knowledge = (account, oauth, login, content, archives), (admin, datamodel, edits, query, jobs, uploads)
    features = (editing, attaching, uploading, feature_replicas, resources)
    found: list[Route] = []
    for part in (*portal, *knowledge, trim, watch, digest, replicas, *features, catalog, root):
        found += part.routes(ctx)

    async def described(asked: Admitted) -> web.StreamResponse:
        return json_answer(openapi.document(tuple(found)))

    found.append(Route(methods=("GET",), path=openapi.PATH, handler=described, need=Need.NOTHING, reply="json"))
    return RouteTable(found)


class Faces:
    """Answer requests by the route table."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.table = route_table(ctx)
        self._throttle = Throttle(ctx.settings.requests_per_second)
        self.begun = Begun()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; whatever goes wrong is told in the form its caller reads."""
        if request.transport is not None:
            self.begun.add(request.transport)
        request[NUMBER] = number_request()
        request[PAGES] = self._ctx.settings.pages
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=self._ctx.edge.cors(request))
        found = self.table.find(request.method, request.raw_path)
        # Below a service even an unknown address is 200: clients repeat what they hear as a failure.
        below = any(face in request.path.lower() for face in ("/knowledgegraphserver", "/featureserver"))
        if request.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            told = json_error(415, "Bodies are taken as they are: send this one without Content-Encoding")
            response: web.StreamResponse = json_answer(told, status=200 if below else 415)
        elif found is None:
            told = json_error(404, "This address does not exist, or not for this method")
            response = json_answer(told, status=200 if below else 404)
        else:
            response = await self._answer(request, *found)
        if not response.prepared:
            response.headers.update(self._ctx.edge.cors(request))
            if self._ctx.settings.tls_cert is not None:
                response.headers["Strict-Transport-Security"] = f"max-age={_HSTS_SECONDS}"
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
            status = 200 if route.about_service else error.status
            return json_answer(json_error(error.status, error.reason), status=status)
        except Exception:  # noqa: BLE001  the edge: logged, and told without details
            _log.exception("request failed", path=route.path, method=request.method)
            return await self._failed(request, route, fault())

    async def _admitted(self, request: web.Request, route: Route, names: dict[str, str]) -> Admitted:
        """Let a request in that its route allows. Raises AuthenticationError, Forbidden, NotFound."""
        address = self._ctx.address_of(request)
        if route.need in OPEN:
            self._throttle.take(neighbourhood(address))
            return Admitted(request, names, anonymous(address))
        try:
            who = await self._ctx.who(request, page=await self._wants_page(request, route))
        except AuthenticationError:
            self._throttle.take(neighbourhood(address))  # whoever tries tokens is one caller
            raise
        self._throttle.take(f"user {who.name}" if who.name else neighbourhood(address))
        admitted = Admitted(request, names, who)
        await self._allow(admitted, route)
        request[RENEW] = Renewal(partial(self._renew, admitted, route, time.monotonic()))
        return admitted

    async def _allow(self, asked: Admitted, route: Route) -> None:
        """Find the service a request is about, and refuse whom the route is not for."""
        names = asked.names
        if "service" in names:
            asked.found = await self._ctx.verbs.service(names.get("folder", ""), names["service"], asked.who)
        require(route.need, asked.found, names, asked.who)

    async def _renew(self, asked: Admitted, route: Route, since: float) -> None:
        """Ask for everything again when it is long ago: rights may have changed while a body came in."""
        if time.monotonic() - since >= _LONG_AGO_SECONDS:
            asked.who = await self._ctx.who(asked.request)
            await self._allow(asked, route)

    async def _wants_page(self, request: web.Request, route: Route) -> bool:
        """Say whether a request asks for a page; without saying, below a service, it does."""
        if COOKIE not in request.cookies or request.method not in ("GET", "HEAD"):
            return False
        return await answer_form(request, "html" if route.about_service else "json") == "html"

    async def _failed(self, request: web.Request, route: Route, error: KgsyncError) -> web.StreamResponse:
        """Tell an error in the form the caller can read."""
        _log.info("refused", path=route.path, code=int(error.code), reason=error.message)
        told = json_error(int(error.code), error.message)
        if route.reply == "file":
            return _timed(json_answer(told, status=_STATUS.get(error.code, 500)), error)
        if route.reply == "login":
            return json_answer(told)
        try:
            form = await answer_form(request, _error_form(request, route))
        except (KgsyncError, web.HTTPException, ConnectionResetError):
            form = "json"
        if form == "html":
            facts = {"code": int(error.code), "message": error.message}
            links = [("Sign in", login_link(request.path))] if isinstance(error, AuthenticationError) else []
            page = self._ctx.pages.facts("Error", facts, links=links)
            if not route.about_service:
                page.set_status(_STATUS.get(error.code, 200))
            return _timed(page, error)
        if form == "pbf" and route.error is not None and not isinstance(error, AuthenticationError):
            return pbf_answer(route.error(error))
        if route.about_service:
            return json_answer(told)
        return _timed(json_answer(told, status=_STATUS.get(error.code, 200)), error)


async def _expected(request: web.Request) -> None:
    """Tell a waiting client to go on; what else it expects it sees from the answer."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _error_form(request: web.Request, route: Route) -> str:
    """Say in which form an error goes back to who did not say: browsers alone ask for pages by name."""
    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", ""):
        return "html"
    return "pbf" if route.reply == "pbf" else "json"


def _timed(response: web.Response, error: KgsyncError) -> web.Response:
    """Say when to come back, to who heard a status that means it."""
    if isinstance(error, TooMany) and error.retry_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_seconds)
    return response


async def _numbered(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the number of a request with every answer, streams too."""
    response.headers["X-Request-Id"] = request.get(NUMBER, "")


def served(ctx: Context) -> web.AppRunner:
    """Make what a site runs: the application of all faces, with the limits of its connections."""
    app = web.Application(client_max_size=MAX_FORM_BYTES)
    faces = Faces(ctx)
    # A path may have line breaks in it; aiohttp's own 404 would be plain text, and a status below a service.
    app.on_response_prepare.append(_numbered)
    app.router.add_route("*", "/{tail:(?s:.*)}", faces.handle, expect_handler=_expected)
    return PatientRunner(
        app,
        faces.begun,
        access_log=None,  # it would write down addresses with tokens in them
        handle_signals=False,
        max_line_size=_MAX_LINE,
        max_field_size=_MAX_LINE,
        auto_decompress=False,  # aiohttp unpacks in the event loop, however much it is; no client packs its bodies
    )
