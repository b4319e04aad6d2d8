"""Calls that stream: edits in, archives out, jobs as they go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO

from kgsync_api.v1 import sync_pb2 as api

from kgsync.errors import Cancelled, MalformedInput, NotFound
from kgsync.model.jobs import Job
from kgsync.model.people import Principal
from kgsync.server.files import FileFacts, UploadedFiles
from kgsync.server.http.context import Context
from kgsync.server.rpc import messages
from kgsync.server.rpc.door import Door
from kgsync.server.security.links import Link
from kgsync.server.security.rights import Need
from kgsync.wire.pbf.edits import decode_header, encode_outcome
from kgsync.wire.pbf.frames import delimited, parse_message

_CHUNK = 256 * 1024
_FRAME = b"\x0a"  # the tag of SyncEditFrames.frames
_LOOK_SECONDS = 0.5  # how often a watched job is looked at
_LIFE_SECONDS = 15.0  # a watcher hears something this often


class _Taken:
    """The parts of a call that streams in: one header, then parts of one kind, then an end."""

    def __init__(self, message: Any, parts: AsyncIterator[bytes]) -> None:
        self._message, self._parts, self._place = message, parts, message.DESCRIPTOR.name

    async def header(self) -> Any:
        """Read the first part. Raises MalformedInput."""
        first = await anext(self._parts, None)
        part = None if first is None else parse_message(self._message, first, self._place)
        if part is None or part.WhichOneof("part") != "header":
            raise MalformedInput("the first part is the header", place=self._place)
        return part.header

    async def each(self, kind: str) -> AsyncIterator[Any]:
        """Give what comes between header and end. Raises MalformedInput, and Cancelled when there is no end."""
        async for data in self._parts:
            part = parse_message(self._message, data, self._place)
            if part.end:
                return
            if part.WhichOneof("part") != kind:
                raise MalformedInput(f"after the header there is {kind} by {kind}, and an end", place=self._place)
            yield getattr(part, kind)
        raise Cancelled("The call ended without its end part; nothing was done")


class Streams:
    """The streaming verbs."""

    def __init__(self, ctx: Context, door: Door) -> None:
        self._ctx, self._door = ctx, door

    async def apply_edits(self, parts: AsyncIterator[bytes], who: Principal) -> Any:
        """Apply the frames that come in as one transaction, once their end has come too."""
        ctx, taken = self._ctx, _Taken(api.ApplyEditsPart, parts)
        header = await taken.header()
        service = await self._door.service(header.service, Need.EDIT, who)
        head = decode_header(header.header.SerializeToString(), "header")
        frames = (_FRAME + delimited(part.SerializeToString()) async for part in taken.each("frame"))
        spooled = await ctx.spool.receive(frames, ctx.max_body)
        try:
            outcome = await ctx.verbs.apply_edits(service, who, spooled, head)
        finally:
            spooled.discard()
        return await ctx.verbs.runner.read("encode", lambda: encode_outcome(outcome, schema_results=False))

    async def upload(self, parts: AsyncIterator[bytes], who: Principal) -> Any:
        """Keep a file of edits, once its end has come too."""
        ctx, taken = self._ctx, _Taken(api.UploadEditsPart, parts)
        header = await taken.header()
        await self._door.service(header.service, Need.UPLOAD, who)
        files = UploadedFiles(ctx.verbs)
        spooled = await ctx.spool.receive(taken.each("data"), await files.room(who, ctx.max_body))
        try:
            item = await files.whole(who, FileFacts(name=header.file_name or "upload"), spooled)
        finally:
            spooled.discard()
        return api.UploadEditsAnswer(item=bytes.fromhex(item.id), size=spooled.size, sha256=spooled.digest)

    async def download(self, data: bytes, who: Principal) -> AsyncGenerator[Any]:
        """Give the rest of an archive from an offset on."""
        asked = parse_message(api.DownloadArchiveCall, data, "DownloadArchiveCall")
        await self._door.service(asked.service, Need.REPLICAS, who)
        ctx = self._ctx
        found = await ctx.downloads.archive(Link(name=asked.archive[:64]), who)
        if not 0 <= asked.offset <= found.size:
            raise MalformedInput(f"the archive has {found.size} bytes", place="offset")
        await ctx.downloads.note(found, who)
        path = ctx.verbs.archives.path(found.name)
        source = await ctx.verbs.runner.read("open archive", lambda: _opened(path, asked.offset))
        try:
            while True:
                piece = await ctx.verbs.runner.read("read archive", lambda: source.read(_CHUNK))
                if piece or asked.offset == found.size:
                    yield api.ArchiveChunk(data=piece, size=found.size)
                if not piece:
                    return
        finally:
            source.close()

    # ---- jobs

    async def job(self, data: bytes, who: Principal) -> Any:
        return messages.job_message(await self._job(data, who))

    async def cancel(self, data: bytes, who: Principal) -> Any:
        asked = parse_message(api.JobCall, data, "JobCall")
        service = await self._door.service(asked.service, Need.OWN_JOB, who)
        await self._ctx.jobs.cancel(asked.job, who, service)
        return messages.job_message(await self._job(data, who))

    async def watch(self, data: bytes, who: Principal) -> AsyncGenerator[Any]:
        """Give a job whenever it changed, and now and then when it did not, until it has ended."""
        told, quiet = None, 0.0
        while True:
            job = await self._job(data, who)
            state = (job.state, job.progress)
            if state != told or quiet >= _LIFE_SECONDS:
                told, quiet = state, 0.0
                yield messages.job_message(job)
            if job.state.ended:
                return
            await asyncio.sleep(_LOOK_SECONDS)
            quiet += _LOOK_SECONDS

    async def _job(self, data: bytes, who: Principal) -> Job:
        asked = parse_message(api.JobCall, data, "JobCall")
        service = await self._door.service(asked.service, Need.OWN_JOB, who)
        found = await self._ctx.jobs.find(asked.job, who, service)
        if found is None:
            raise NotFound(f"The job {asked.job[:64]} does not exist")
        return found


def _opened(path: Path, offset: int) -> BinaryIO:
    source = path.open("rb")
    source.seek(offset)
    return source
