"""Files below a feature service: sent whole, or in parts that a commit joins."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotFound
from kgsync.model.catalog import Item
from kgsync.server.files import FileFacts, UploadedFiles
from kgsync.server.http.context import Context, json_answer
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.resources import PATHS
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.http.uploads import facts_of, file_of, part_number, read_form
from kgsync.server.security.rights import Need

_MARK = "i"  # before the id of an item, as servers write it


class Uploads:
    """Handlers; an item is its owner's alone."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._files = ctx, UploadedFiles(ctx.verbs)

    async def upload(self, asked: Admitted) -> web.StreamResponse:
        form = await read_form(self._ctx, asked)
        try:
            item = await self._files.whole(asked.who, facts_of(form), file_of(form))
        finally:
            form.discard()
        return json_answer({"success": True, "item": item_json(item, form.fields.get("description", ""))})

    async def register(self, asked: Admitted) -> web.StreamResponse:
        given = await Asked.of(asked.request)
        name = given.text("itemName")
        if name is None:
            raise MalformedInput("say how the file is called", place="itemName")
        item = await self._files.begin(asked.who, FileFacts(name=name))
        return json_answer({"success": True, "item": item_json(item, given.text("description") or "")})

    async def described(self, asked: Admitted) -> web.StreamResponse:
        return json_answer(item_json(await self._item(asked), ""))

    async def part(self, asked: Admitted) -> web.StreamResponse:
        form = await read_form(self._ctx, asked)
        try:
            number = part_number(form)
            await self._files.part(asked.who, item_id(asked.names["item"]), number, file_of(form))
        finally:
            form.discard()
        return json_answer({"success": True, "partId": str(number)})

    async def parts(self, asked: Admitted) -> web.StreamResponse:
        item = await self._item(asked)
        items = self._ctx.verbs.items
        numbers = await self._ctx.verbs.runner.read("parts", lambda: items.part_numbers(item.id))
        return json_answer({"parts": [str(number) for number in numbers]})

    async def commit(self, asked: Admitted) -> web.StreamResponse:
        """Join the parts in the order of their numbers, whatever order the caller lists them in."""
        given, item = await Asked.of(asked.request), await self._item(asked)
        items = self._ctx.verbs.items
        numbers = await self._ctx.verbs.runner.read("parts", lambda: items.part_numbers(item.id))
        there = {str(number) for number in numbers}
        wanted = given.names("parts") or []
        missing = [text for text in wanted if text not in there]
        if missing:
            raise MalformedInput(f"part {missing[0][:20]} was not uploaded", place="parts")
        joined = await self._files.join(asked.who, item.id, self._ctx.max_body)
        return json_answer({"success": True, "item": item_json(joined, "")})

    async def delete(self, asked: Admitted) -> web.StreamResponse:
        await self._files.delete(asked.who, item_id(asked.names["item"]))
        return json_answer({"success": True})

    async def _item(self, asked: Admitted) -> Item:
        id, who, store = item_id(asked.names["item"]), asked.who, self._ctx.verbs.store

        def find() -> Item | None:
            with store.catalog() as catalog:
                return catalog.item(id)

        found = await self._ctx.verbs.runner.read("item", find)
        if found is None or not (who.administrator or found.owner == who.name):
            raise NotFound(f"The item {id} does not exist")
        return found


def item_id(text: str) -> str:
    """Read the id of an item as servers write it: in any case, an `i` before it. Raises NotFound."""
    id = text.strip().lower().removeprefix(_MARK).replace("-", "")
    if len(id) != 32 or set(id) - set("0123456789abcdef"):
        raise NotFound(f"The item {text[:40]} does not exist")
    return id


def item_json(item: Item, description: str) -> dict[str, Any]:
    """Describe an uploaded file."""
    return {
        "itemID": f"{_MARK}{item.id}",
        "itemName": item.file_name,
        "description": description,
        "date": item.created,
        "committed": item.ready,
    }


def routes(ctx: Context) -> list[Route]:
    face = Uploads(ctx)
    both, get, post, item = ("GET", "POST"), ("GET",), ("POST",), "/uploads/{item}"
    operations = (
        ("/uploads/upload", face.upload, post, ("file", "description")),
        ("/uploads/register", face.register, post, ("itemName", "description")),
        (item, face.described, both, ()),
        (f"{item}/uploadPart", face.part, post, ("partId", "file")),
        (f"{item}/parts", face.parts, get, ()),
        (f"{item}/commit", face.commit, post, ("parts",)),
        (f"{item}/delete", face.delete, post, ()),
    )
    return [
        Route(methods=methods, path=f"{path}{end}", handler=handler, need=Need.UPLOAD, reply="json", takes=takes)
        for path in PATHS
        for end, handler, methods, takes in operations
    ]
