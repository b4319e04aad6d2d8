"""One answer, three forms: protobuf as encoded, JSON and HTML as renderings of the same bytes."""

from __future__ import annotations

from aiohttp import web

from kgsync.errors import MalformedInput
from kgsync.server.http.context import PBF, Context, answer_form, form_fields, json_answer, pbf_answer
from kgsync.wire.pbf.json_form import parse_request, render_answer

SERVICE = "server/rest/services"
PATHS = (f"{SERVICE}/{{folder}}/{{service}}/KnowledgeGraphServer", f"{SERVICE}/{{service}}/KnowledgeGraphServer")
ADMIN = "server/rest/admin/services"
ADMIN_PATHS = (f"{ADMIN}/{{folder}}/{{service}}/KnowledgeGraphServer", f"{ADMIN}/{{service}}/KnowledgeGraphServer")
# A bare message (a definition, a data-model edit) is a few KB; a request in JSON may carry edits.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MAX_JSON_BYTES = 16 * 1024 * 1024


async def answered(
    ctx: Context, request: web.Request, kind: str, data: bytes, *, title: str, default: str = "html"
) -> web.Response:
    """Give protobuf bytes in the form the caller asked for."""
    form = await answer_form(request, default)
    if form == "pbf":
        return pbf_answer(data)
    facts = await ctx.verbs.runner.read("render", lambda: render_answer(kind, data))
    # A data model of many types is large: written out off the event loop too.
    if form == "html":
        return await ctx.verbs.runner.read("page", lambda: ctx.pages.facts(title, facts))
    return await ctx.verbs.runner.read("json", lambda: json_answer(facts, pretty=form == "pjson"))


async def message_body(ctx: Context, request: web.Request, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """Read a small body. Raises TooLarge."""
    body = await ctx.receive(request, limit)
    try:
        return await ctx.verbs.runner.read("body", body.read)
    finally:
        body.discard()


async def request_message(ctx: Context, request: web.Request, kind: str) -> bytes:
    """Read a request as protobuf bytes, whether it came as protobuf or as JSON.

    Raises MalformedInput, TooLarge.
    """
    if request.content_type == "application/json":
        text = await message_body(ctx, request, MAX_JSON_BYTES)
        return await ctx.verbs.runner.read("json body", lambda: parse_request(kind, text))
    if request.content_type == "application/x-www-form-urlencoded":
        # The page's own form, and what a person tries with curl.
        given = (await form_fields(request)).get(kind)
        if given is None:
            raise MalformedInput(f"the form has no field {kind!r} with the request as JSON")
        return await ctx.verbs.runner.read("json form", lambda: parse_request(kind, given.encode()))
    return await message_body(ctx, request)


async def operation_page(ctx: Context, request: web.Request, title: str, message: str) -> web.Response:
    """Answer a GET on an operation: nothing changes, a person is told how to call it."""
    form = await answer_form(request, "html")
    if form != "html":
        raise MalformedInput(f"{title} must be sent as a POST with a {message}")
    told = f"POST a {message} to this address, as {PBF} with f=pbf, or as application/json."
    return ctx.pages.facts(title, {}, operation=told)
