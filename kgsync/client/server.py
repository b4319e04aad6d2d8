"""A server and its services, as coroutines: calls made again where that is safe, jobs waited for, files fetched."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from kgsync.client.retrying import Patience, repeated
from kgsync.client.transport import Begun, Changes, JobStatus, Listed, Lost, ServerDigest, Transport
from kgsync.errors import AuthenticationError, Cancelled, TooMany, Unavailable, UnknownType
from kgsync.model.edits import EditsHeader, Frame, Outcome
from kgsync.model.history import Moment
from kgsync.model.replica import (
    Created,
    CreateReplica,
    Definition,
    Direction,
    Download,
    Replica,
    Synchronized,
    TypeDefinition,
    Unregister,
)
from kgsync.model.schema import Category
from kgsync.wire.pbf.archive_reader import ArchiveModel
from kgsync.wire.pbf.requests import encode_synchronize

T = TypeVar("T")
Wanted = Definition | Mapping[str, str] | Sequence[str] | None
"""What a replica holds: all, the types named, where-clauses by type, or a definition as it is."""
Bytes = Callable[[int, int], None]
"""Told how many bytes have come, of how many."""
Percent = Callable[[int], None]
_LOOK_SECONDS = (0.1, 2.0)  # between two looks at a job: at first, and at last


def definition_of(model: ArchiveModel, wanted: Wanted) -> Definition:
    """Make a definition of what is wanted. Raises UnknownType for types the service does not have."""
    if isinstance(wanted, Definition):
        return wanted
    types = {t.name: t for t in model.types if t.category is not Category.PROVENANCE}
    clauses = wanted if isinstance(wanted, Mapping) else dict.fromkeys(types if wanted is None else wanted, "")
    for name in clauses:
        if name not in types:
            known = ", ".join(sorted(types)) or "none"
            raise UnknownType(f"The service has no type {name[:64]!r}; it has: {known}")
    chosen = [TypeDefinition(name=name, category=types[name].category, where=where) for name, where in clauses.items()]
    return Definition(types=tuple(sorted(chosen, key=lambda t: t.category)))


class Server:
    """One server as somebody sees it; close it, or use it in `async with`."""

    def __init__(self, transport: Transport, patience: Patience | None = None, *, url: str = "") -> None:
        self.transport, self.patience, self.url = transport, patience or Patience(), url

    async def services(self) -> list[str]:
        """List the paths of the services there are for the caller."""
        return await self.harmlessly(self.transport.services)

    def service(self, path: str) -> Service:
        """Name a service by its path, such as "Hosted/Field"; nothing is asked yet."""
        return Service(self, path.strip("/"))

    async def harmlessly(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that may be made twice, again and again while the server is away."""
        return await repeated(call, self.patience, harmless=True)

    async def close(self) -> None:
        await self.transport.close()

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self.close()


class Service:
    """A knowledge graph service. Every method raises what the server refuses with, and Unavailable when it is away."""

    def __init__(self, server: Server, path: str) -> None:
        self.server, self.path = server, path

    async def data_model(self) -> ArchiveModel:
        return await self.server.harmlessly(lambda: self.server.transport.data_model(self.path))

    async def apply_edits(self, frames: list[Frame], header: EditsHeader | None = None) -> Outcome:
        """Apply edits in one transaction, and give the result of each.

        Raises Lost when the answer did not come: look before sending edits again that do not bring their ids.
        """
        given = header or EditsHeader()
        call = self.server.transport.apply_edits
        return await repeated(lambda: call(self.path, given, frames), self.server.patience, harmless=False)

    # ---- replicas

    async def replicas(self) -> list[Listed]:
        return await self.server.harmlessly(lambda: self.server.transport.replicas(self.path))

    async def replica(self, replica_id: UUID) -> Replica:
        return await self.server.harmlessly(lambda: self.server.transport.replica(self.path, replica_id))

    async def create_replica(
        self,
        wanted: Wanted = None,
        *,
        name: str | None = None,
        direction: Direction = Direction.BIDIRECTIONAL,
        replica_id: UUID | None = None,
        asynchronous: bool = False,
        progress: Percent | None = None,
    ) -> Created:
        """Register a replica; made twice under one id it is one.

        It becomes a job when `asynchronous`, or when the answer takes its time; jobs are waited for to their end.
        """
        definition = definition_of(await self.data_model(), wanted)
        call = CreateReplica(
            requested_name=name,
            replica_id=replica_id or uuid4(),
            definition=definition,
            direction=direction,
        )

        def ask(as_job: bool) -> Awaitable[Created | Begun]:
            return self.server.transport.create(self.path, replace(call, asynchronous=as_job))

        return await self._answered(ask, Created, asynchronous, progress)

    async def synchronize(
        self,
        replica_id: UUID,
        download: Download | None,
        edits: tuple[EditsHeader, list[Frame]] | None = None,
        *,
        key: str | None = None,
        item: bytes | None = None,
        asynchronous: bool = False,
        progress: Percent | None = None,
    ) -> Synchronized:
        """Upload and download in one call; under its `key` an upload counts once however often it is sent.

        It becomes a job as a registration does.
        """
        chosen = key or (None if edits is None and item is None else uuid4().hex)

        async def ask(as_job: bool) -> Synchronized | Begun:
            encode = partial(encode_synchronize, download, edits, item=item, asynchronous=as_job)
            request = encode() if edits is None else await asyncio.to_thread(encode)
            return await self.server.transport.synchronize(self.path, replica_id, request, chosen)

        return await self._answered(ask, Synchronized, asynchronous, progress)

    async def _answered(
        self, ask: Callable[[bool], Awaitable[T | Begun]], kind: type[T], as_job: bool, progress: Percent | None
    ) -> T:
        """Await an answer of a kind; one that does not come in time is asked for as a job."""
        try:
            async with asyncio.timeout(None if as_job else self.server.patience.answer_seconds):
                told = await self.server.harmlessly(lambda: ask(as_job))
        except TimeoutError:
            told = await self.server.harmlessly(lambda: ask(True))
        return await self.finished(told.job, kind, progress) if isinstance(told, Begun) else told

    async def unregister(self, *ids: UUID, everything: bool = False) -> None:
        """Unregister replicas. Raises the first refusal, after all were asked for."""
        call = Unregister(ids=ids, everything=everything)
        results = await self.server.harmlessly(lambda: self.server.transport.unregister(self.path, call))
        for _, error in results:
            if error is not None:
                raise error

    async def digest(self, replica_id: UUID, date: Moment) -> ServerDigest:
        return await self.server.harmlessly(lambda: self.server.transport.digest(self.path, replica_id, date))

    async def watch(self, replica_id: UUID, after: Moment) -> AsyncGenerator[Changes]:
        """Hear what concerns a replica after a date, until too much happens: then synchronize, and watch again.

        A connection that breaks is made anew, from what was heard last. Raises Unavailable when the server stays away.
        """
        transport, patience, tries = self.server.transport, self.server.patience, 0
        while True:
            sent = await transport.tokens.current()
            try:
                async with aclosing(transport.watch(self.path, replica_id, after)) as heard:
                    async for changes in heard:
                        tries, after = 0, changes.upto
                        yield changes
                        if changes.catch_up:
                            return
                raise Lost("The server ended the watch")
            except AuthenticationError as error:
                if not await transport.tokens.renewed(error, sent):
                    raise
            except (Unavailable, TooMany) as error:
                tries += 1
                if tries == patience.attempts:
                    raise
                await asyncio.sleep(patience.wait_after(tries - 1, error))

    # ---- jobs

    async def job(self, job: str) -> JobStatus:
        return await self.server.harmlessly(lambda: self.server.transport.job(self.path, job))

    async def cancel(self, job: str) -> None:
        """Cancel a job. Raises Conflict when it has ended."""
        await self.server.harmlessly(lambda: self.server.transport.cancel(self.path, job))

    async def finished(self, job: str, kind: type[T], progress: Percent | None = None) -> T:
        """Wait for a job to end and give its result. Raises what it failed with, Cancelled."""
        wait, most = _LOOK_SECONDS
        while True:
            status = await self.job(job)
            if progress is not None:
                progress(status.progress)
            if status.state.ended:
                break
            await asyncio.sleep(wait)
            wait = min(most, wait * 1.5)
        if isinstance(status.result, kind):
            return status.result
        raise status.error or Cancelled(f"The job {job} was cancelled")

    # ---- files

    async def upload(self, path: Path) -> bytes:
        """Hand over a file of edits; give the item id a synchronization names it by."""
        return await self.server.harmlessly(lambda: self.server.transport.upload(self.path, path))

    async def download(self, archive: str, target: Path, progress: Bytes | None = None) -> Path:
        """Fetch an archive into a file, going on where an earlier try broke off.

        Raises NotFound once it is gone, Unavailable when the server stays away.
        """
        part = target.with_name(f"{target.name}.part")
        patience = self.server.patience

        async def rest() -> None:
            sent = await self.server.transport.tokens.current()
            try:
                await _fetch(self, archive, part, progress)
            except AuthenticationError as error:
                if not await self.server.transport.tokens.renewed(error, sent):
                    raise
                await _fetch(self, archive, part, progress)

        before = -1
        while True:
            try:
                await repeated(rest, patience, harmless=True)
                break
            except Unavailable:
                had = part.stat().st_size if part.exists() else 0
                if had <= before:
                    raise
                before = had  # as long as every round brings bytes, it goes on
        await asyncio.to_thread(os.replace, part, target)
        return target


async def _fetch(service: Service, archive: str, part: Path, progress: Bytes | None) -> None:
    begin = part.stat().st_size if part.exists() else 0
    whole: int | None = None
    pieces = service.server.transport.download(service.path, archive, begin)
    try:
        with part.open("ab") as target:
            async for piece in pieces:
                if piece.size < 0:  # the server begins anew
                    await asyncio.to_thread(target.truncate, 0)
                    begin = 0
                    continue
                await asyncio.to_thread(target.write, piece.data)
                begin, whole = begin + len(piece.data), piece.size
                if progress is not None:
                    progress(begin, piece.size)
            await asyncio.to_thread(_synced, target)
    finally:
        await pieces.aclose()
    if whole is not None and begin != whole:
        raise Unavailable(f"{begin} of {whole} bytes came")


def _synced(target: object) -> None:
    target.flush()  # type: ignore[attr-defined]
    os.fsync(target.fileno())  # type: ignore[attr-defined]
