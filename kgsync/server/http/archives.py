"""Downloading archives: whole or in ranges, resumable, by unguessable name."""

from __future__ import annotations

from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import CIMultiDict

from kgsync.server.http.context import Context
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.links import gone, read_link
from kgsync.server.security.rights import Need

_KINDS = {".zip": "application/zip", ".json": "application/json", ".gpkg": "application/geopackage+sqlite3"}
_HEADERS = {
    hdrs.CACHE_CONTROL: "private, no-store",
    "X-Content-Type-Options": "nosniff",
}


class _ResumableFile(web.FileResponse):
    """A file response that also honours If-Range by entity tag, which aiohttp reads as a date only."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        headers = CIMultiDict(request.headers)
        # Already packed: another encoding would only cost, and ranges count packed bytes.
        headers.pop(hdrs.ACCEPT_ENCODING, None)
        condition = headers.get(hdrs.IF_RANGE, "")
        if condition.startswith(('"', "W/")):
            del headers[hdrs.IF_RANGE]
            facts = self._path.stat()  # aiohttp's own validator: a name's bytes never change
            if condition != f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"':
                headers.pop(hdrs.RANGE, None)  # another file than the one begun: from the start
        return await super().prepare(request.clone(headers=headers))


def routes(ctx: Context) -> list[Route]:
    async def download(asked: Admitted) -> web.StreamResponse:
        file = asked.names["file"]
        link = read_link(file)
        if link is None:
            raise gone()
        # A link opens by its signature alone; without one, the caller has to be who may have the replica.
        who = None if link.signature else await ctx.who(asked.request)
        found = await ctx.downloads.archive(link, who)
        if asked.request.method == "GET":
            await ctx.downloads.note(found, asked.who if who is None else who)
        path: Path = ctx.verbs.archives.path(found.name)
        disposition = f'attachment; filename="{path.name}"'
        headers = {hdrs.CONTENT_TYPE: _KINDS[path.suffix], hdrs.CONTENT_DISPOSITION: disposition}
        return _ResumableFile(path, headers={**_HEADERS, **{str(k): v for k, v in headers.items()}})

    places = ("{folder}/{place}/{file}", "{place}/{file}")
    return [
        Route(
            methods=("GET",),
            path=f"server/rest/directories/arcgisoutput/{place}",
            handler=download,
            need=Need.LINK,
            reply="file",
        )
        for place in places
    ]
