"""uploads/upload below a service: the server's own way to hand over a file."""

from __future__ import annotations

from aiohttp import web

from kgsync.server.http.context import Context, json_answer
from kgsync.server.http.knowledge.answers import PATHS, caller_and_service
from kgsync.server.http.routing import Route
from kgsync.server.http.uploads import read_form, whole_item


def routes(ctx: Context) -> list[Route]:
    async def upload(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        form = await read_form(ctx, request)
        try:
            item = await whole_item(ctx, who, form)
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
                    "serviceName": service.path,
                },
            }
        )

    return [Route(methods=("POST",), path=f"{path}/uploads/upload", handler=upload, reply="json") for path in PATHS]
