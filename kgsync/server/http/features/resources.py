"""The resources of feature services: the service, its layers, and what is asked of a layer."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotFound, TooLarge
from kgsync.model.query import QueryAnswer
from kgsync.server.http.context import Context, answer_form, json_answer
from kgsync.server.http.features.answering import Written
from kgsync.server.http.features.asking import question
from kgsync.server.http.features.describing import layer_json, service_json
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.layers import feature_service, is_table
from kgsync.server.querying import ENDED
from kgsync.server.security.rights import Need

SERVICE = "server/rest/services"
PATHS = (f"{SERVICE}/{{folder}}/{{service}}/FeatureServer", f"{SERVICE}/{{service}}/FeatureServer")
_QUERY = (
    "where", "objectIds", "globalIds", "geometry", "geometryType", "inSR", "spatialRel", "outFields", "outSR",
    "returnGeometry", "returnCountOnly", "returnIdsOnly", "returnDistinctValues", "orderByFields", "outStatistics",
    "groupByFieldsForStatistics", "resultOffset", "resultRecordCount",
)  # fmt: skip


_MOST_BYTES = 64 * 1024 * 1024  # of one answer, which is whole before it is sent


class Resources:
    """Handlers; all answer in JSON, the descriptions as pages too."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def _described(self, asked: Admitted, title: str, facts: dict[str, Any]) -> web.StreamResponse:
        form = await answer_form(asked.request, "html")
        if form == "html":
            return self._ctx.pages.facts(title, facts)
        return json_answer(facts, pretty=form == "pjson")

    async def root(self, asked: Admitted) -> web.StreamResponse:
        found = await feature_service(self._ctx.verbs, asked.service)
        return await self._described(asked, f"{asked.service.path} (FeatureServer)", service_json(found))

    async def layers(self, asked: Admitted) -> web.StreamResponse:
        found = await feature_service(self._ctx.verbs, asked.service)
        told = [layer_json(each, found) for each in found.layers if not is_table(each)]
        tables = [layer_json(each, found) for each in found.layers if is_table(each)]
        return await self._described(asked, f"{asked.service.path}: layers", {"layers": told, "tables": tables})

    async def layer(self, asked: Admitted) -> web.StreamResponse:
        found = await feature_service(self._ctx.verbs, asked.service)
        layer = found.layer(layer_number(asked.names["layer"]))
        return await self._described(asked, f"{asked.service.path}: {layer.type.name}", layer_json(layer, found))

    async def query(self, asked: Admitted) -> web.StreamResponse:
        given, verbs = await Asked.of(asked.request), self._ctx.verbs
        form = (given.text("f") or "json").lower()
        if form not in ("json", "pjson", "geojson"):
            raise MalformedInput(f"a query is answered as json or geojson, not as {form[:20]!r}", place="f")
        found = await feature_service(verbs, asked.service)
        layer = found.layer(layer_number(asked.names["layer"]))
        now = self._ctx.clock()
        wanted = await verbs.runner.read("question", lambda: question(given, layer, found.model, now))

        def written(answer: QueryAnswer) -> Written:
            return Written(answer, wanted, layer, found.model, form)

        opened = await verbs.query(asked.service, asked.who, wanted.call, written)
        body = bytearray()
        try:
            # Whole before it is sent: clients read an error only where an answer would stand. At most
            # MAX_RECORDS features, or ids alone.
            while (part := await opened.part()) is not ENDED:
                if isinstance(part, bytes):
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise TooLarge("the features take too many bytes; ask for fewer with resultRecordCount")
        finally:
            await opened.close()
        return web.Response(body=bytes(body), content_type="application/json", charset="utf-8")


def layer_number(text: str) -> int:
    """Read the number of a layer in a path. Raises NotFound."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise NotFound(f"There is no layer {text[:40]!r}")
    return int(text)


def routes(ctx: Context) -> list[Route]:
    face = Resources(ctx)
    operations = (
        ("", face.root, Need.ACCESS, ()),
        ("/layers", face.layers, Need.ACCESS, ()),
        ("/{layer}", face.layer, Need.ACCESS, ()),
        ("/{layer}/query", face.query, Need.QUERY, _QUERY),
    )
    return [
        Route(methods=("GET", "POST"), path=f"{path}{end}", handler=handler, need=need, reply="json", takes=takes)
        for path in PATHS
        for end, handler, need, takes in operations
    ]
