"""The operations that edit features: of one layer, or of several in one commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.layers import Published
from kgsync.model.query import QueryCall
from kgsync.server.feature_edits import MOST_FOUND, FeatureEdits, LayerEdits
from kgsync.server.http.context import Context, json_answer
from kgsync.server.http.features.asking import finding
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.resources import PATHS, layer_number
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.layers import FeatureService, feature_service
from kgsync.server.security import rights
from kgsync.server.security.rights import Need
from kgsync.wire.esrijson.edits import FeatureReader, read_targets

_COMMON = ("rollbackOnFailure", "useGlobalIds", "returnEditMoment")
_MOMENT = "editMoment"


class Editing:
    """Handlers; each is one commit, and all of it stands or falls together unless rollbackOnFailure is false."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def apply_to_layer(self, asked: Admitted) -> web.StreamResponse:
        given, found, layer = await self._layer(asked)

        def read() -> list[LayerEdits]:
            body = {name: given.json(name, list) for name in ("adds", "updates")}
            return [self._read(found, layer, {**body, "deletes": given.listed("deletes")}, given, "")]

        (result,) = await self._applied(asked, given, read)
        return await self._answer(given, {name: told for name, told in result.items() if name != "id"})

    async def add(self, asked: Admitted) -> web.StreamResponse:
        return await self._only(asked, "adds", "addResults")

    async def update(self, asked: Admitted) -> web.StreamResponse:
        return await self._only(asked, "updates", "updateResults")

    async def _only(self, asked: Admitted, what: str, results: str) -> web.StreamResponse:
        given, found, layer = await self._layer(asked)

        def read() -> list[LayerEdits]:
            features = given.json("features", list)
            if features is None:
                raise MalformedInput("the features are missing", place="features")
            return [self._read(found, layer, {what: features}, given, "")]

        (result,) = await self._applied(asked, given, read)
        return await self._answer(given, {name: told for name, told in result.items() if name in (results, _MOMENT)})

    async def delete(self, asked: Admitted) -> web.StreamResponse:
        """Delete by ids, by a condition, or by a geometry."""
        given, found, layer = await self._layer(asked)
        if all(given.text(name) is None for name in ("objectIds", "where", "geometry")):
            raise MalformedInput("say what to delete: objectIds, where or geometry", place="objectIds")
        edits = LayerEdits(layer=layer, by_global=given.truth("useGlobalIds", False))
        if given.text("where") is None and given.text("geometry") is None:
            edits.deletes = read_targets(given.listed("objectIds"), "objectIds", by_global=edits.by_global)
        else:
            rights.require_query(asked.service, asked.who)  # what a condition finds is told in the results
            edits.where = await self._found_by(given, found, layer)
        (result,) = await self._applied(asked, given, lambda: [edits])
        shown = {name: told for name, told in result.items() if name in ("deleteResults", _MOMENT)}
        return await self._answer(given, shown)

    async def _found_by(self, given: Asked, found: FeatureService, layer: Published) -> QueryCall:
        names = ("where", "geometry", "inSR", "spatialRel", "objectIds")
        asked = Asked({name: text for name in names if (text := given.text(name)) is not None})
        now = self._ctx.clock()
        work = self._ctx.verbs.runner.read
        return await work("question", lambda: finding(asked, layer, found.model, now, MOST_FOUND + 1))

    async def apply_to_service(self, asked: Admitted) -> web.StreamResponse:
        given = await Asked.of(asked.request)
        found = await feature_service(self._ctx.verbs, asked.service)
        told = await self._applied(asked, given, lambda: self._several(found, given))
        return await self._answer(given, told)

    def _several(self, found: FeatureService, given: Asked) -> list[LayerEdits]:
        """Read the edits of several layers. Raises MalformedInput, NotFound."""
        listed = given.json("edits", list)
        if listed is None:
            raise MalformedInput("the edits are missing", place="edits")
        edits: list[LayerEdits] = []
        for number, each in enumerate(listed):
            place = f"edits[{number}]"
            if not isinstance(each, dict) or not isinstance(each.get("id"), int) or isinstance(each["id"], bool):
                raise MalformedInput("each names the id of a layer", place=place)
            layer = found.layer(each["id"])
            if any(known.layer.id == layer.id for known in edits):
                raise MalformedInput(f"layer {layer.id} is listed twice", place=place)
            edits.append(self._read(found, layer, each, given, f"{place}."))
        return edits

    # ---- what they share

    async def _layer(self, asked: Admitted) -> tuple[Asked, FeatureService, Published]:
        given = await Asked.of(asked.request)
        found = await feature_service(self._ctx.verbs, asked.service)
        return given, found, found.layer(layer_number(asked.names["layer"]))

    def _read(
        self, found: FeatureService, layer: Published, body: dict[str, Any], given: Asked, place: str
    ) -> LayerEdits:
        if body.get("attachments"):
            raise NotSupported(f"{place}attachments are not supported")
        by_global = given.truth("useGlobalIds", False)
        reader = FeatureReader(layer.type, found.model.spatial_reference)
        return LayerEdits(
            layer=layer,
            adds=reader.read(body.get("adds") or [], f"{place}adds"),
            updates=reader.read(body.get("updates") or [], f"{place}updates"),
            deletes=read_targets(body.get("deletes") or [], f"{place}deletes", by_global=by_global),
            by_global=by_global,
        )

    async def _applied(
        self, asked: Admitted, given: Asked, read: Callable[[], list[LayerEdits]]
    ) -> list[dict[str, Any]]:
        """Read the edits off the event loop, they may be megabytes; apply them, and write what came of them."""
        _form(given)
        rollback, moment = given.truth("rollbackOnFailure", True), given.truth("returnEditMoment", False)
        for name in ("attachments", "gdbVersion"):
            if given.text(name) is not None:
                raise NotSupported(f"{name} is not supported")
        verbs, service, who = self._ctx.verbs, asked.service, asked.who
        upload = FeatureEdits(await verbs.runner.read("features", read), verbs.wire.codec)
        creator = rights.creator_seen(service, who)
        outcome = await verbs.edit(service, who, lambda w, caller: upload.apply(w, caller, creator), rollback=rollback)
        told = await verbs.runner.read("results", lambda: upload.results(outcome))
        if moment:
            told = [{**each, _MOMENT: outcome.moment.ms} for each in told]
        return told

    async def _answer(self, given: Asked, told: Any) -> web.StreamResponse:
        form = _form(given)
        return await self._ctx.verbs.runner.read("json", lambda: json_answer(told, pretty=form == "pjson"))


def _form(given: Asked) -> str:
    """Say in which form to answer; asked before anything is done. Raises MalformedInput."""
    form = (given.text("f") or "json").lower()
    if form not in ("json", "pjson"):
        raise MalformedInput(f"edits are answered as json, not as {form[:20]!r}", place="f")
    return form


def routes(ctx: Context) -> list[Route]:
    face = Editing(ctx)
    operations = (
        ("/applyEdits", face.apply_to_service, ("edits", *_COMMON)),
        ("/{layer}/applyEdits", face.apply_to_layer, ("adds", "updates", "deletes", *_COMMON)),
        ("/{layer}/addFeatures", face.add, ("features", *_COMMON)),
        ("/{layer}/updateFeatures", face.update, ("features", *_COMMON)),
        ("/{layer}/deleteFeatures", face.delete, ("objectIds", "where", "geometry", *_COMMON)),
    )
    return [
        Route(methods=("POST",), path=f"{path}{end}", handler=handler, need=Need.EDIT, reply="json", takes=takes)
        for path in PATHS
        for end, handler, takes in operations
    ]
