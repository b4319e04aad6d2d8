"""The operations on what is attached to single features."""

from __future__ import annotations

import mimetypes
from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotFound, TooLarge
from kgsync.server.attaching import Attached, Attaching
from kgsync.server.attachments import MAX_BYTES
from kgsync.server.http.context import Context, json_answer
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.resources import PATHS, layer_number
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.http.uploads import Form, file_of, read_form
from kgsync.server.layers import feature_service
from kgsync.server.security.rights import Need
from kgsync.wire.esrijson.attachments import info_json
from kgsync.wire.esrijson.edits import read_targets
from kgsync.wire.esrijson.fields import id_text


class AttachmentHandlers:
    """Handlers; a feature and its attachments are addressed by number."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def _layer(self, asked: Admitted) -> Attaching:
        found = await feature_service(self._ctx.verbs, asked.service)
        return Attaching(self._ctx.verbs, found, found.layer(layer_number(asked.names["layer"])))

    async def listed(self, asked: Admitted) -> web.StreamResponse:
        layer = await self._layer(asked)
        found = await layer.of(asked.who, [_number(asked.names["feature"], "feature")])
        return json_answer({"attachmentInfos": [info_json(each.facts) for each in found]})

    async def data(self, asked: Admitted) -> web.StreamResponse:
        layer = await self._layer(asked)
        feature, number = (_number(asked.names[name], name) for name in ("feature", "attachment"))
        found = await layer.one(asked.who, feature, number)
        name = "".join(c if c.isprintable() and c not in '"\\' and c.isascii() else "_" for c in found.facts.name)
        return web.Response(
            body=await layer.bytes_of(found),
            headers={
                "Content-Type": _safe_type(found.facts.content_type),
                "Content-Disposition": f'attachment; filename="{name or "attachment"}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    async def query(self, asked: Admitted) -> web.StreamResponse:
        given, layer = await Asked.of(asked.request), await self._layer(asked)
        read = self._ctx.verbs.runner.read  # ids and answers may be megabytes
        found = await layer.of(asked.who, await read("ids", lambda: _numbers(given, "objectIds")))
        return await read("json", lambda: json_answer(_grouped(found)))

    async def add(self, asked: Admitted) -> web.StreamResponse:
        form = await read_form(self._ctx, asked)
        try:
            layer, data = await self._layer(asked), await self._data(form)
            feature = _number(asked.names["feature"], "feature")
            found = await layer.add(asked.who, feature, form.file_name, _type_of(form), data)
        finally:
            form.discard()
        return json_answer({"addAttachmentResult": _done(found)})

    async def update(self, asked: Admitted) -> web.StreamResponse:
        form = await read_form(self._ctx, asked)
        try:
            layer, data = await self._layer(asked), await self._data(form)
            feature = _number(asked.names["feature"], "feature")
            given = Asked(form.fields)
            number = _number(given.text("attachmentId") or "", "attachmentId")
            found = await layer.update(asked.who, feature, number, form.file_name, _type_of(form), data)
        finally:
            form.discard()
        return json_answer({"updateAttachmentResult": _done(found)})

    async def _data(self, form: Form) -> bytes:
        file = file_of(form)
        if file.size > MAX_BYTES:
            raise TooLarge(f"an attachment has at most {MAX_BYTES // 1024**2} MiB", place="attachment")
        return await self._ctx.verbs.runner.read("attachment", file.read)

    async def delete(self, asked: Admitted) -> web.StreamResponse:
        given, layer = await Asked.of(asked.request), await self._layer(asked)
        numbers = await self._ctx.verbs.runner.read("ids", lambda: _numbers(given, "attachmentIds"))
        if numbers is None:
            raise MalformedInput("say which attachments to delete", place="attachmentIds")
        gone = await layer.delete(asked.who, _number(asked.names["feature"], "feature"), numbers)
        results: list[dict[str, Any]] = []
        for number, id in gone:
            told: dict[str, Any] = {"objectId": number, "globalId": None if id is None else id_text(id)}
            told["success"] = id is not None
            if id is None:
                told["error"] = {"code": 1010, "description": f"There is no attachment {number}"}
            results.append(told)
        return json_answer({"deleteAttachmentResults": results})


def _numbers(given: Asked, name: str) -> list[int] | None:
    """Read a list of numbers, None where the parameter is absent. Raises MalformedInput."""
    listed = given.listed(name)
    if listed is None:
        return None
    return [number for number in read_targets(listed, name, by_global=False) if isinstance(number, int)]


def _grouped(found: list[Attached]) -> dict[str, Any]:
    """Describe attachments by their features."""
    groups: dict[int, dict[str, Any]] = {}
    for each in found:
        facts = {"parentObjectId": each.feature, "parentGlobalId": id_text(each.facts.parent)}
        group = groups.setdefault(each.feature, {**facts, "attachmentInfos": []})
        group["attachmentInfos"].append(info_json(each.facts))
    return {"attachmentGroups": list(groups.values())}


def _number(text: str, place: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound(f"{place}: {text[:40]!r} is no number")
    return int(text)


def _type_of(form: Form) -> str:
    return mimetypes.guess_type(form.file_name)[0] or "application/octet-stream"


def _safe_type(told: str) -> str:
    """Send as a page nothing that a caller brought: it would run as ours."""
    known = told.lower().split(";")[0].strip()
    return (
        known if known.startswith(("image/", "video/", "audio/")) and "svg" not in known else "application/octet-stream"
    )


def _done(found: Attached) -> dict[str, Any]:
    return {"objectId": found.facts.number, "globalId": id_text(found.facts.id), "success": True}


def routes(ctx: Context) -> list[Route]:
    face = AttachmentHandlers(ctx)
    both, post, one = ("GET", "POST"), ("POST",), "/{layer}/{feature}"
    operations = (
        ("/{layer}/queryAttachments", face.query, Need.QUERY, both, ("objectIds",)),
        (f"{one}/attachments", face.listed, Need.QUERY, both, ()),
        (f"{one}/attachments/{{attachment}}", face.data, Need.QUERY, ("GET",), ()),
        (f"{one}/addAttachment", face.add, Need.EDIT, post, ("attachment",)),
        (f"{one}/updateAttachment", face.update, Need.EDIT, post, ("attachmentId", "attachment")),
        (f"{one}/deleteAttachments", face.delete, Need.EDIT, post, ("attachmentIds",)),
    )
    return [
        Route(methods=methods, path=f"{path}{end}", handler=handler, need=need, reply="json", takes=takes)
        for path in PATHS
        for end, handler, need, methods, takes in operations
    ]
