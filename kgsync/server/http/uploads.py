"""Uploaded files: whole by addItem or uploads/upload, or in parts that a commit joins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.files.spool import Spooled
from kgsync.server.files import FileFacts, UploadedFiles
from kgsync.server.http.context import MAX_FORM_BYTES, Context, form_fields, renewed
from kgsync.server.http.routing import Admitted

T = TypeVar("T")
_CHUNK = 256 * 1024
_MAX_FIELDS = 200
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
        await _read_parts(ctx, request, form, await UploadedFiles(ctx.verbs).room(asked.who, ctx.max_body))
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


def facts_of(form: Form) -> FileFacts:
    """Read what a form says of the file it brings, or begins."""
    name = form.file_name or form.fields.get("filename", "") or "upload"
    return FileFacts(name=name, title=form.fields.get("title") or "", type=form.fields.get("type", ""))


def file_of(form: Form) -> Spooled:
    """Give the file of a form. Raises MalformedInput without one."""
    if form.file is None:
        raise MalformedInput("the form has no file")
    return form.file


def part_number(form: Form) -> int:
    """Read the number of a part, 1 to 10,000. Raises MalformedInput."""
    number = form.fields.get("partNum", form.fields.get("partId", ""))
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 10_000):
        raise MalformedInput("a part has a number between 1 and 10000", place="partNum")
    return int(number)
