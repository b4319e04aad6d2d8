"""Administration of one service: its features and its constraint rules."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from kgsync.errors import MalformedInput, NotSupported
from kgsync.server.features import switch_feature
from kgsync.server.http.context import Context, answer_form, json_answer, json_object, parameters, pbf_answer
from kgsync.server.http.features import decode_switch
from kgsync.server.http.knowledge.answers import ADMIN_PATHS, message_body, operation_page
from kgsync.server.http.routing import Admitted, Handler, Route
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


def routes(ctx: Context) -> list[Route]:
    async def update_feature(asked: Admitted) -> web.StreamResponse:
        request, who, service = asked.request, asked.who, asked.service
        if request.method == "GET":
            return await operation_page(ctx, request, "updateFeature", "form with updateFeature as JSON")
        form = await answer_form(request, "html")
        if form == "pbf":
            raise MalformedInput("the answer is JSON or a page", place="f")
        given = (await parameters(request)).get("updateFeature")
        if given is None:
            raise MalformedInput("the parameter is missing", place="updateFeature")
        feature, on, tracking = decode_switch(json_object(given, "updateFeature"))
        gone = await switch_feature(ctx.verbs, service, who, feature, on, tracking)
        await ctx.jobs.cancel_of(service, gone)
        if form == "html":
            return ctx.pages.facts(f"{service.path}: update feature", {"success": True})
        return json_answer({"success": True}, pretty=form == "pjson")

    async def listing(asked: Admitted) -> web.StreamResponse:
        request, service = asked.request, asked.service
        form = await answer_form(request, "html")
        if form == "pbf":
            raise NotSupported("The contract has no message for the list of rules; queryDataModel carries them")
        model = encode_data_model(await ctx.verbs.data_model(service))
        facts = await ctx.verbs.runner.read("render", lambda: render_answer("data_model", model))
        shown = {"constraintRules": facts.get("constraintRules", [])}
        if form == "html":
            return ctx.pages.facts(f"{service.path}: constraint rules", shown)
        return json_answer(shown, pretty=form == "pjson")

    def editing(operation: str, prepare: Prepare) -> Handler:
        async def edit(asked: Admitted) -> web.StreamResponse:
            request, who, service = asked.request, asked.who, asked.service
            if request.method == "GET":
                return await operation_page(ctx, request, operation, "protobuf request")
            body = await message_body(ctx, request)
            work = await ctx.verbs.runner.read("decode", lambda: prepare(body))
            return pbf_answer(await ctx.verbs.administer(service, who, work))

        return edit

    found: list[Route] = []
    both = ("GET", "POST")
    for path in ADMIN_PATHS:
        found.append(
            Route(
                methods=both,
                path=f"{path}/updateFeature",
                handler=update_feature,
                need=Need.SERVICE_OWNER,
                reply="json",
                takes=("updateFeature",),
            )
        )
        list_path = f"{path}/dataModel/constraintRules"
        found.append(Route(methods=("GET",), path=list_path, handler=listing, need=Need.SERVICE_OWNER, reply="json"))
        for name, prepare in (("add", _add), ("update", _update), ("delete", _delete)):
            found.append(
                Route(
                    methods=both,
                    path=f"{list_path}/{name}",
                    handler=editing(f"constraintRules/{name}", prepare),
                    need=Need.SERVICE_OWNER,
                    reply="pbf",
                    error=encode_error_answer,
                )
            )
    return found
