"""What every HTTP handler needs of a request: who asks, for which service, in which form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from multidict import MultiDictProxy

from kgsync.errors import KgsyncError, MalformedInput, TooLarge
from kgsync.files.spool import Spool, Spooled
from kgsync.model.catalog import Service
from kgsync.model.people import Principal, anonymous
from kgsync.server.clock import Clock
from kgsync.server.downloads import Downloads
from kgsync.server.http.edge import Edge
from kgsync.server.http.pages import Pages
from kgsync.server.http.routing import RENEW
from kgsync.server.jobs import JobRunner
from kgsync.server.security.keys import Signer
from kgsync.server.security.oidc import OutsideTokens, looks_outside
from kgsync.server.security.tokens import Tokens, as_principal
from kgsync.server.service import Verbs
from kgsync.server.settings import Settings
from kgsync.server.watching import Watching

PBF = "application/x-protobuf"
# The number of a request, and whether people may look at pages.
NUMBER, PAGES = web.RequestKey("number", str), web.RequestKey("pages", bool)
# Opens pages, and nothing else (http/login.py).
COOKIE = "kgsync_pages"
# Forms carry parameters, not data.
MAX_FORM_BYTES = 4 * 1024 * 1024
_FORM_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts a face works with, made once by compose."""

    verbs: Verbs
    jobs: JobRunner
    spool: Spool
    settings: Settings
    pages: Pages
    clock: Clock
    tokens: Tokens
    pages_signer: Signer
    edge: Edge
    downloads: Downloads
    watching: Watching
    outside: OutsideTokens | None = None

    @property
    def max_body(self) -> int:
        return self.settings.max_body_mb * 1024 * 1024

    def base_url(self, request: web.Request) -> str:
        """Give scheme, host and port as the client used them, where they may be believed."""
        return self.edge.base_url(request)

    def service_url(self, request: web.Request, service: Service, face: str = "KnowledgeGraphServer") -> str:
        return f"{self.base_url(request)}/server/rest/services/{quote(service.path)}/{face}"

    def archive_url(self, request: web.Request, service: Service, name: str, replica_id: UUID, account: str) -> str:
        last = self.downloads.link(name, replica_id, account)
        return self._output_url(request, service, "KnowledgeGraphServer", last)

    def file_url(self, request: web.Request, service: Service, name: str, replica_id: UUID, account: str) -> str:
        """Give the address of a file of a feature service."""
        return self._output_url(request, service, "FeatureServer", self.downloads.link(name, replica_id, account))

    def _output_url(self, request: web.Request, service: Service, face: str, last: str) -> str:
        folder = f"{quote(service.folder)}/" if service.folder else ""
        place = f"{folder}{quote(service.name)}_{face}"
        return f"{self.base_url(request)}/server/rest/directories/arcgisoutput/{place}/{last}"

    def address_of(self, request: web.Request) -> str:
        """Give the address a request came from."""
        return self.edge.address(request)

    async def who(self, request: web.Request, *, page: bool = False) -> Principal:
        """Find who a request acts for, nobody in particular without a token; for a `page` by its cookie too.

        Raises AuthenticationError (498).
        """
        token, address = await token_of(request), self.address_of(request)
        if token is None and page and request.method in ("GET", "HEAD"):
            token = request.cookies.get(COOKIE)
        if token is None:
            return anonymous(address)
        return await self.bearer(token, address, request.headers.get("Referer", ""))

    async def bearer(self, token: str, address: str, referer: str = "") -> Principal:
        """Find whose a token is, ours or an outside issuer's. Raises AuthenticationError (498)."""
        if self.outside is not None and looks_outside(token):
            return as_principal(await self.outside.account(token, self.clock()), address)

        def check() -> Principal:
            return self.tokens.check(token, self.clock(), referer=referer, address=address)

        key = ("token", token, referer, address)
        return await self.verbs.unchanged.read(key, lambda: self.verbs.runner.read("token", check))

    async def spooled(self, data: bytes) -> Spooled:
        """Give bytes that came in whole the form of a body. Raises TooLarge, StorageFull."""

        async def once() -> AsyncIterator[bytes]:
            yield data

        return await self.spool.receive(once(), self.max_body, len(data))

    async def receive(self, request: web.Request, limit: int | None = None) -> Spooled:
        """Spool the body. Raises TooLarge, StorageFull, and what `renewed` raises."""
        chunks = request.content.iter_chunked(256 * 1024)
        body = await self.spool.receive(chunks, limit or self.max_body, request.content_length or 0)
        try:
            await renewed(request)
        except KgsyncError:
            body.discard()
            raise
        return body


async def renewed(request: web.Request) -> None:
    """Ask again, after a body that took its time, whether a request may be answered.

    Raises AuthenticationError, Forbidden, NotFound.
    """
    renewal = request.get(RENEW)
    if renewal is None or renewal.asking:
        return
    renewal.asking = True  # asking reads the token, which may be in a form
    try:
        await renewal.ask()
    finally:
        renewal.asking = False


def is_form(request: web.Request) -> bool:
    return request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data")


async def parameters(request: web.Request) -> dict[str, str]:
    """Give query and urlencoded form parameters together; a form wins."""
    found = dict(request.query.items())
    if request.method == "POST" and request.content_type == "application/x-www-form-urlencoded":
        found.update(await form_fields(request))
    return found


async def form_fields(request: web.Request) -> dict[str, str]:
    """Read the text fields of an urlencoded form. Raises MalformedInput, TooLarge."""
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            form: MultiDictProxy[Any] = await request.post()
    except TimeoutError:
        raise MalformedInput(f"the form did not come in within {_FORM_SECONDS:g} seconds") from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(f"A form is limited to {MAX_FORM_BYTES} bytes") from None
    except (LookupError, ValueError):  # an unknown charset, bytes that are not of it
        raise MalformedInput("the form is not text in the charset it names") from None
    await renewed(request)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def token_of(request: web.Request) -> str | None:
    """Find the token where clients put it: their own header, Authorization, query or form."""
    for header in ("X-Esri-Authorization", "Authorization"):
        value = request.headers.get(header, "")
        if value.lower().startswith("bearer "):
            return value[7:].strip() or None
    return (await parameters(request)).get("token") or None


async def answer_form(request: web.Request, default: str) -> str:
    """Say in which form the caller wants its answer: pbf, json, pjson or html."""
    given = await parameters(request)
    wanted = (given.get("f") or given.get("F", "")).lower()
    if not request.get(PAGES, True):
        default = "json" if default == "html" else default
        if wanted == "html":
            raise MalformedInput("pages are switched off on this server; ask with f=json or f=pbf", place="f")
    if wanted:
        if wanted not in ("pbf", "json", "pjson", "html"):
            raise MalformedInput(f"format {wanted[:20]!r} is not one of html, pbf, json", place="f")
        return wanted
    if request.content_type == "application/json" and request.method == "POST":
        return "json"
    if request.content_type in ("application/octet-stream", PBF) and request.method == "POST":
        return "pbf"
    return default


def json_object(text: str, place: str) -> dict[str, Any]:
    """Read a parameter that is a JSON object. Raises MalformedInput."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedInput("the value is not JSON", place=place) from None
    if not isinstance(value, dict):
        raise MalformedInput("the value is not a JSON object", place=place)
    return value


def json_answer(value: object, *, pretty: bool = False, status: int = 200) -> web.Response:
    text = json.dumps(value, ensure_ascii=False, indent=2 if pretty else None)
    return web.Response(text=text, content_type="application/json", charset="utf-8", status=status)


def unkept(response: web.Response) -> web.Response:
    """Tell everything on the way to keep no copy of an answer."""
    response.headers["Cache-Control"] = "no-store"
    return response


def pbf_answer(data: bytes) -> web.Response:
    """Answer with protobuf bytes under exactly the content type clients check for."""
    return web.Response(body=data, headers={"Content-Type": PBF})


def json_error(code: int, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "details": []}}
