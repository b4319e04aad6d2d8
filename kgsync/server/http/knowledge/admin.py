"""Administration of one service: its features and its constraint rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.catalog import Service
from kgsync.server.features import switch_feature, update_definition
from kgsync.server.http.context import Context, answer_form, json_answer, json_object, parameters, pbf_answer
from kgsync.server.http.knowledge.answers import ADMIN_PATHS, message_body, operation_page
from kgsync.server.http.knowledge.root import service_json
from kgsync.server.http.routing import Admitted, Handler, Route
from kgsync.server.http.service_settings import decode_definition
from kgsync.server.http.switches import decode_switch
from kgsync.server.security.rights import Need
from kgsync.store.base import Writing
from kgsync.sync import rules
from kgsync.wire.pbf import rules as wire
from kgsync.wire.pbf.datamodel import encode_data_model
from kgsync.wire.pbf.json_form import render_answer
from kgsync.wire.pbf.schema_edits import encode_error_answer

# Turns a request body into an edit of the rules that gives its answer.
Prepare = Callable[[bytes], Callable[[Writing], bytes]]


def _add(body: bytes) -> Callable[[Writing], bytes]:
    wanted = wire.decode_add_rules(body)
    return lambda writing: wire.encode_add_rules_answer(rules.add_rules(writing, wanted))


def _update(body: bytes) -> Callable[[Writing], bytes]:
    changes = wire.decode_update_rules(body)
    return lambda writing: wire.encode_update_rules_answer(rules.update_rules(writing, changes))


def _delete(body: bytes) -> Callable[[Writing], bytes]:
    names = wire.decode_delete_rules(body)
    return lambda writing: wire.encode_delete_rules_answer(rules.delete_rules(writing, names))


class Admin:
    """Handlers of one service's administration."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def update_feature(self, asked: Admitted) -> web.StreamResponse:
        ctx, request = self._ctx, asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "updateFeature", "form with updateFeature as JSON")
        form = await _json_or_page(request)
        feature, on, tracking = decode_switch(await _given(request, "updateFeature"))
        service = asked.service
        gone = await switch_feature(ctx.verbs, service, asked.who, feature, on, tracking)
        await ctx.jobs.cancel_of(service, gone)
        return self._done(service, "update feature", form)

    async def update_definition(self, asked: Admitted) -> web.StreamResponse:
        ctx, request = self._ctx, asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "updateDefinition", "form with input as JSON")
        form = await _json_or_page(request)
        given = await _given(request, "input")
        service = asked.service
        shown = service_json(service, await ctx.verbs.data_model(service))
        decode_definition(given, service.settings, shown)
        await update_definition(ctx.verbs, service, asked.who, lambda now: decode_definition(given, now, shown))
        return self._done(service, "update definition", form)

    def _done(self, service: Service, title: str, form: str) -> web.StreamResponse:
        facts = {"success": True}
        if form == "html":
            return self._ctx.pages.facts(f"{service.path}: {title}", facts)
        return json_answer(facts, pretty=form == "pjson")

    async def rules(self, asked: Admitted) -> web.StreamResponse:
        ctx, request, service = self._ctx, asked.request, asked.service
        form = await answer_form(request, "html")
        if form == "pbf":
            raise NotSupported("The contract has no message for the list of rules; queryDataModel carries them")
        found = await ctx.verbs.data_model(service)
        facts = await ctx.verbs.runner.read("render", lambda: render_answer("data_model", encode_data_model(found)))
        shown = {"constraintRules": facts.get("constraintRules", [])}
        if form == "html":
            return ctx.pages.facts(f"{service.path}: constraint rules", shown)
        return json_answer(shown, pretty=form == "pjson")

    def editing(self, operation: str, prepare: Prepare) -> Handler:
        async def edit(asked: Admitted) -> web.StreamResponse:
            ctx, request = self._ctx, asked.request
            if request.method == "GET":
                return await operation_page(ctx, request, operation, "protobuf request")
            body = await message_body(ctx, request)
            work = await ctx.verbs.runner.read("decode", lambda: prepare(body))
            return pbf_answer(await ctx.verbs.administer(asked.service, asked.who, {"operation": operation}, work))

        return edit


async def _json_or_page(request: web.Request) -> str:
    form = await answer_form(request, "html")
    if form == "pbf":
        raise MalformedInput("the answer is JSON or a page", place="f")
    return form


async def _given(request: web.Request, name: str) -> dict[str, Any]:
    """Read the JSON object of a form's parameter. Raises MalformedInput."""
    given = (await parameters(request)).get(name)
    if given is None:
        raise MalformedInput("the parameter is missing", place=name)
    return json_object(given, name)


_BOTH = ("GET", "POST")


def routes(ctx: Context) -> list[Route]:
    admin = Admin(ctx)
    forms = (
        ("updateFeature", "updateFeature", admin.update_feature),
        ("updateDefinition", "input", admin.update_definition),
    )
    owner = partial(Route, need=Need.SERVICE_OWNER)
    found: list[Route] = []
    for path in ADMIN_PATHS:
        for name, takes, handler in forms:
            found.append(owner(methods=_BOTH, path=f"{path}/{name}", handler=handler, reply="json", takes=(takes,)))
        listed = f"{path}/dataModel/constraintRules"
        found.append(owner(methods=("GET",), path=listed, handler=admin.rules, reply="json"))
        for name, prepare in (("add", _add), ("update", _update), ("delete", _delete)):
            edit, where = admin.editing(f"constraintRules/{name}", prepare), f"{listed}/{name}"
            found.append(owner(methods=_BOTH, path=where, handler=edit, reply="pbf", error=encode_error_answer))
    return found
