"""graph/applyEdits: frames in, per-edit results out."""

from __future__ import annotations

from aiohttp import web

from kgsync.server.http.context import Context, pbf_answer
from kgsync.server.http.knowledge.answers import PATHS, operation_page
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.rights import Need
from kgsync.wire.pbf.edits import encode_apply_edits_error, encode_apply_edits_result


def routes(ctx: Context) -> list[Route]:
    async def apply_edits(asked: Admitted) -> web.StreamResponse:
        request = asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "applyEdits", "header and frames")
        body = await ctx.receive(request)
        try:
            outcome = await ctx.verbs.apply_edits(asked.service, asked.who, body)
        finally:
            body.discard()
        return pbf_answer(await ctx.verbs.runner.read("encode", lambda: encode_apply_edits_result(outcome)))

    return [
        Route(
            methods=("GET", "POST"),
            path=f"{path}/graph/applyEdits",
            handler=apply_edits,
            need=Need.EDIT,
            reply="pbf",
            error=encode_apply_edits_error,
        )
        for path in PATHS
    ]
