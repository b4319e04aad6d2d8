"""uploads/upload below a service: the server's own way to hand over a file."""

from __future__ import annotations

from aiohttp import web

from kgsync.server.files import UploadedFiles
from kgsync.server.http.context import Context, json_answer
from kgsync.server.http.knowledge.answers import PATHS
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.http.uploads import facts_of, file_of, read_form
from kgsync.server.security.rights import Need


def routes(ctx: Context) -> list[Route]:
    async def upload(asked: Admitted) -> web.StreamResponse:
        form = await read_form(ctx, asked)
        try:
            item = await UploadedFiles(ctx.verbs).whole(asked.who, facts_of(form), file_of(form))
        finally:
            form.discard()
        return json_answer(
            {
                "success": True,
                "item": {
                    "itemID": item.id,
                    "itemName": item.file_name,
                    "description": form.fields.get("description", ""),
                    "date": item.created,
                    "committed": True,
                    "serviceName": asked.service.path,
                },
            }
        )

    return [
        Route(methods=("POST",), path=f"{path}/uploads/upload", handler=upload, need=Need.UPLOAD, reply="json")
        for path in PATHS
    ]
