"""queryDataModel and the operations that edit the data model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from kgsync.model.audit import Fact
from kgsync.model.edits import Op
from kgsync.server.http.context import Context, pbf_answer
from kgsync.server.http.knowledge.answers import (
    PATHS,
    answered,
    message_body,
    operation_page,
)
from kgsync.server.http.routing import Admitted, Handler, Route
from kgsync.server.security.rights import Need
from kgsync.store.base import Writing
from kgsync.sync import datamodel as edits
from kgsync.wire.pbf import schema_edits as wire
from kgsync.wire.pbf.datamodel import encode_data_model

_SHOWN = 128  # characters of a name in the audit log
# Turns a request body and the names of the path into an edit, and its result into an answer.
Prepare = Callable[[bytes, dict[str, str]], Callable[[Writing], bytes]]


def _empty(edit: Callable[[Writing], None]) -> Callable[[Writing], bytes]:
    """Run an edit whose success is an empty answer."""

    def run(writing: Writing) -> bytes:
        edit(writing)
        return b""

    return run


def _operations(ctx: Context) -> dict[str, Prepare]:
    codec = ctx.verbs.wire.codec

    def add_types(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        types = wire.decode_add_types(body)
        return lambda w: wire.encode_add_types_answer(edits.add_types(w, types))

    def update_type(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        change = wire.decode_update_type(body)
        return _empty(lambda w: edits.update_type(w, names["type"], change, codec))

    def delete_type(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        return lambda w: wire.encode_delete_type_answer(edits.delete_type(w, names["type"]))

    def add_fields(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        properties = wire.decode_add_properties(body)
        return lambda w: wire.encode_add_properties_answer(edits.add_properties(w, names["type"], properties, codec))

    def update_field(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        change = wire.decode_update_property(body)
        return _empty(lambda w: edits.update_property(w, names["type"], change, codec))

    def delete_field(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        name = wire.decode_delete_property(body)
        return _empty(lambda w: edits.delete_property(w, names["type"], name))

    def add_indexes(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        indexes = wire.decode_add_indexes(body)
        return lambda w: wire.encode_add_indexes_answer(edits.add_indexes(w, names["type"], indexes))

    def delete_indexes(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        gone = wire.decode_delete_indexes(body)
        return lambda w: wire.encode_delete_indexes_answer(edits.delete_indexes(w, names["type"], gone))

    def add_domain(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        domain = wire.decode_add_domain(body)
        return _empty(lambda w: edits.add_domain(w, domain))

    def update_domain(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        change = wire.decode_update_domain(body)
        return _empty(lambda w: edits.update_domain(w, names["domain"], change))

    def delete_domain(body: bytes, names: dict[str, str]) -> Callable[[Writing], bytes]:
        return _empty(lambda w: edits.delete_domain(w, names["domain"]))

    types = "dataModel/edit/namedTypes"
    return {
        f"{types}/add": add_types,
        f"{types}/{{type}}/update": update_type,
        f"{types}/{{type}}/delete": delete_type,
        f"{types}/{{type}}/fields/add": add_fields,
        f"{types}/{{type}}/fields/update": update_field,
        f"{types}/{{type}}/fields/delete": delete_field,
        f"{types}/{{type}}/indexes/add": add_indexes,
        f"{types}/{{type}}/indexes/delete": delete_indexes,
        "dataModel/domains/add": add_domain,
        "dataModel/domains/{domain}/update": update_domain,
        "dataModel/domains/{domain}/delete": delete_domain,
    }


def _op_of(operation: str) -> Op:
    """Say what an operation does to what is there, by the last word of its address."""
    return {"add": Op.ADD, "update": Op.UPDATE, "delete": Op.DELETE}[operation.rsplit("/", 1)[1]]


def routes(ctx: Context) -> list[Route]:
    async def query(asked: Admitted) -> web.StreamResponse:
        request, service = asked.request, asked.service
        model = await ctx.verbs.data_model(service)
        data = await ctx.verbs.runner.read("encode", lambda: encode_data_model(model))
        return await answered(ctx, request, "data_model", data, title=f"{service.path}: data model")

    async def synchronize_model(asked: Admitted) -> web.StreamResponse:
        model = await ctx.verbs.data_model(asked.service)
        return pbf_answer(await ctx.verbs.runner.read("encode", lambda: wire.encode_sync_data_model_answer(model)))

    def editing(operation: str, prepare: Prepare) -> Handler:
        async def edit(asked: Admitted) -> web.StreamResponse:
            request = asked.request
            if request.method == "GET":
                return await operation_page(ctx, request, operation, "protobuf request")
            body = await message_body(ctx, request)
            work = await ctx.verbs.runner.read("decode", lambda: prepare(body, asked.names))
            facts: dict[str, Fact] = {"operation": operation.rsplit("/", 2)[-2] + "/" + operation.rsplit("/", 1)[1]}
            facts |= {kind: name[:_SHOWN] for kind, name in asked.names.items() if kind in ("type", "domain")}
            op = _op_of(operation)
            return pbf_answer(await ctx.verbs.edit_data_model(asked.service, asked.who, op, facts, work))

        return edit

    found: list[Route] = []
    failed: Any = wire.encode_error_answer
    for path in PATHS:
        for name, handler in (("queryDataModel", query), ("syncDataModel", synchronize_model)):
            found.append(
                Route(
                    methods=("GET", "POST"),
                    path=f"{path}/dataModel/{name}",
                    handler=handler,
                    need=Need.QUERY,
                    reply="json" if handler is query else "pbf",
                    # GraphDataModel has no member for an error: it goes back as JSON.
                    error=None if handler is query else failed,
                )
            )
        for operation, prepare in _operations(ctx).items():
            found.append(
                Route(
                    methods=("GET", "POST"),
                    path=f"{path}/{operation}",
                    handler=editing(operation, prepare),
                    need=Need.EDIT,
                    reply="pbf",
                    error=failed,
                )
            )
    return found
