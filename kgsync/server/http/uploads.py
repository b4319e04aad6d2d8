"""Uploaded files: whole by addItem or uploads/upload, or in parts that a commit joins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from kgsync.errors import Conflict, KgsyncError, MalformedInput, NotFound, StorageFull
from kgsync.files.spool import Spooled
from kgsync.model.audit import Action, event
from kgsync.model.catalog import Item
from kgsync.model.people import Principal
from kgsync.server.http.context import MAX_FORM_BYTES, Context, form_fields, renewed
from kgsync.server.http.routing import Admitted
from kgsync.server.quotas import require_file, upload_room
from kgsync.store.audit import SERVER

T = TypeVar("T")
_CHUNK = 256 * 1024
_MAX_FIELDS = 200
_TOO_MUCH = "Your uploaded files would take more than they may; delete some"
_FIELDS_SECONDS = 60.0  # all but the file, which has a rate to keep


class Form:
    """A form that may carry one file: its text fields, and the file spooled."""

    def __init__(self, fields: dict[str, str], file: Spooled | None, file_name: str) -> None:
        self.fields, self.file, self.file_name = fields, file, file_name

    def discard(self) -> None:
        if self.file is not None:
            self.file.discard()


async def read_form(ctx: Context, asked: Admitted) -> Form:
    """Read an urlencoded or multipart form, its file streamed to disk as far as the caller has room.

    Raises MalformedInput, TooLarge, StorageFull, and what `renewed` raises.
    """
    request = asked.request
    if request.content_type != "multipart/form-data":
        return Form({**request.query, **await form_fields(request)}, None, "")
    form = Form(dict(request.query), None, "")
    try:
        await _read_parts(ctx, request, form, await _room(ctx, asked.who))
        await renewed(request)
    except KgsyncError:
        form.discard()
        await ctx.spool.drain(request.content.iter_chunked(_CHUNK), 2 * ctx.max_body)
        raise
    except TimeoutError:
        form.discard()
        raise MalformedInput(f"the fields of the form did not come in within {_FIELDS_SECONDS:g} seconds") from None
    except (ValueError, AssertionError, LookupError, RuntimeError, web.HTTPException, HttpProcessingError):
        # What aiohttp raises for parts without their headers, lengths or ends.
        form.discard()
        raise MalformedInput("the body is not a multipart form") from None
    return form


async def _room(ctx: Context, who: Principal) -> int:
    """Say how large a file may be. Raises StorageFull."""
    verbs = ctx.verbs
    room = await verbs.runner.read("room", lambda: upload_room(verbs.store, verbs.items, who, verbs.quotas))
    return ctx.max_body if room is None else min(room, ctx.max_body)


async def _read_parts(ctx: Context, request: web.Request, form: Form, limit: int) -> None:
    count = held = 0
    reader = await request.multipart()
    deadline = _Deadline(_FIELDS_SECONDS)
    while (part := await deadline.meet(reader.next())) is not None:
        count += 1
        if not isinstance(part, BodyPartReader) or count > _MAX_FIELDS:
            raise MalformedInput(f"a form has at most {_MAX_FIELDS} plain parts")
        if part.filename is None:
            text = await deadline.meet(_text(part))
            held += len(text)
            if held > MAX_FORM_BYTES:
                raise MalformedInput(f"the fields of a form have at most {MAX_FORM_BYTES} characters together")
            form.fields[part.name or ""] = text
        elif form.file is None:
            form.file = await ctx.spool.receive(_chunks(part), limit, request.content_length or 0)
            form.file_name = part.filename
        else:
            raise MalformedInput("one request carries one file")


class _Deadline:
    """So many seconds for several waits together."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    async def meet(self, work: Awaitable[T]) -> T:
        """Await what has to end in the time left. Raises TimeoutError."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                return await work
        finally:
            self._left -= time.monotonic() - begun


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk


async def _text(part: BodyPartReader) -> str:
    held = bytearray()
    async for chunk in _chunks(part):
        held += chunk
        if len(held) > MAX_FORM_BYTES:
            raise MalformedInput(f"a field has at most {MAX_FORM_BYTES} bytes", place=part.name or "")
    try:
        return held.decode()
    except UnicodeDecodeError:
        raise MalformedInput("a field is not UTF-8 text", place=part.name or "") from None


async def begin_item(ctx: Context, who: Principal, form: Form) -> Item:
    """Register an item whose bytes are not there yet. Raises TooMany."""
    name = form.file_name or form.fields.get("filename", "") or "upload"
    item = Item(
        id=ctx.verbs.new_id().hex,
        owner=who.name,
        title=(form.fields.get("title") or name)[:256],
        type=form.fields.get("type", "")[:128],
        file_name=name[:256],
        ready=False,
        size=0,
        digest="",
        created=ctx.clock(),
    )

    def add() -> None:
        with ctx.verbs.store.changing_catalog() as catalog:
            require_file(catalog, who, ctx.verbs.quotas)
            catalog.add_item(item)

    await ctx.verbs.runner.write("add item", add)
    return item


def _keep_whole(ctx: Context, who: Principal, item_id: str, size: int, digest: str, put: Callable[[], None]) -> None:
    """Keep a file whose row is there, and say so; what cannot be kept leaves neither. Raises StorageFull, NotFound."""
    verbs = ctx.verbs
    with verbs.keeping:  # what is sent at once is counted one by one
        try:
            room = upload_room(verbs.store, verbs.items, who, verbs.quotas, but=verbs.items.parts_size(item_id))
            if room is not None and size > room:
                raise StorageFull(_TOO_MUCH)
            put()
            with verbs.store.changing_catalog() as catalog:
                if not catalog.complete_item(item_id, size, digest):
                    raise NotFound(f"The item {item_id} was deleted while it came in")
                catalog.audit(SERVER, event(who, Action.ADD_FILE, ctx.clock(), {"item": item_id, "bytes": size}))
        except KgsyncError:
            with verbs.store.changing_catalog() as catalog:
                catalog.remove_item(item_id)
            verbs.items.remove(item_id)
            raise


async def whole_item(ctx: Context, who: Principal, form: Form) -> Item:
    """Keep a file sent whole. Raises MalformedInput, StorageFull."""
    file = form.file
    if file is None:
        raise MalformedInput("the form has no file")
    item = await begin_item(ctx, who, form)

    def keep() -> None:
        _keep_whole(ctx, who, item.id, file.size, file.digest, lambda: ctx.verbs.items.put(item.id, file))

    await ctx.verbs.runner.write("keep item", keep)
    return item


def _begun(ctx: Context, who: Principal, item_id: str) -> Item:
    """Find an item whose bytes are not all there; blocking. Raises NotFound, Conflict."""
    with ctx.verbs.store.catalog() as catalog:
        found = catalog.item(item_id)
    if found is None or not (who.administrator or found.owner == who.name):
        raise NotFound(f"The item {item_id[:40]} does not exist")
    if found.ready:
        raise Conflict(f"The item {item_id} is complete")
    return found


async def add_part(ctx: Context, who: Principal, item_id: str, form: Form) -> None:
    """Keep one part of a file, numbered 1 to 10,000. Raises NotFound, Conflict, MalformedInput, StorageFull."""
    file, number = form.file, form.fields.get("partNum", form.fields.get("partId", ""))
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 10_000):
        raise MalformedInput("a part has a number between 1 and 10000", place="partNum")
    if file is None:
        raise MalformedInput("the form has no file")
    items, verbs = ctx.verbs.items, ctx.verbs

    def keep() -> None:
        with verbs.keeping:
            item = _begun(ctx, who, item_id)
            room = upload_room(verbs.store, items, who, verbs.quotas, but=items.part_size(item.id, int(number)))
            if room is not None and file.size > room:
                raise StorageFull(_TOO_MUCH)
            items.put_part(item.id, int(number), file)

    await verbs.runner.write("keep part", keep)


async def delete_item(ctx: Context, who: Principal, item_id: str) -> None:
    """Delete an uploaded file, joined or not. Raises NotFound."""

    def delete() -> None:
        with ctx.verbs.keeping:
            with ctx.verbs.store.changing_catalog() as catalog:
                found = catalog.item(item_id)
                if found is None or not (who.administrator or found.owner == who.name):
                    raise NotFound(f"The item {item_id[:40]} does not exist")
                catalog.remove_item(item_id)
                catalog.audit(SERVER, event(who, Action.DELETE_FILE, ctx.clock(), {"item": item_id}))
            ctx.verbs.items.remove(item_id)

    await ctx.verbs.runner.write("delete item", delete)


async def commit_item(ctx: Context, who: Principal, item_id: str) -> Item:
    """Join the parts of a file. Raises NotFound, Conflict, MalformedInput, StorageFull."""

    def join() -> Item:
        item = _begun(ctx, who, item_id)
        size, digest = ctx.verbs.items.join(item.id, ctx.max_body)
        _keep_whole(ctx, who, item.id, size, digest, lambda: None)
        return item

    return await ctx.verbs.runner.write("join item", join)
