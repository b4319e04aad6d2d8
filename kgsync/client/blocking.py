"""The Python client without coroutines: the same calls, each waited for on one thread of its own.

with connect("https://host:8080", user="ann", password=ask()) as server:
    with Replica.create(server.service("Hosted/Field"), {"Person": "n.age > 30"}, "field.kgr") as replica:
        replica.edits.update(person, {"name": "Ann"})
        replica.sync()
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from kgsync.client import aio
from kgsync.client.local import LocalReplica, Verified
from kgsync.client.server import Bytes, Percent, Wanted
from kgsync.client.showing import model_html
from kgsync.client.syncing import Report, Synced, no_report
from kgsync.client.transport import Changes, JobStatus, Listed, ServerDigest
from kgsync.model.edits import EditsHeader, Frame, Outcome
from kgsync.model.history import Moment
from kgsync.model.replica import Created, Direction, Download, Synchronized
from kgsync.model.replica import Replica as Registered
from kgsync.wire.pbf.archive_reader import ArchiveModel

T = TypeVar("T")
_STOP_SECONDS = 10.0  # for work to end after an interrupt


class Loop:
    """An event loop on a thread of its own, for as long as somebody waits for what runs on it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kgsync-client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine; an interrupt stops it, and is raised once it has stopped."""
        ended = threading.Event()
        running = asyncio.run_coroutine_threadsafe(_telling(work, ended), self._loop)
        try:
            return running.result()
        except KeyboardInterrupt:
            running.cancel()
            ended.wait(_STOP_SECONDS)
            raise

    def each(self, given: AsyncGenerator[T]) -> Iterator[T]:
        """Give what a generator gives, one by one; closing closes it."""
        try:
            while True:
                try:
                    found = self.run(_next(given))
                except StopAsyncIteration:
                    return
                yield found
        finally:
            self.run(_closed(given))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _telling(work: Coroutine[Any, Any, T], ended: threading.Event) -> T:
    """Do work, and tell when it has ended, however it does."""
    try:
        return await work
    finally:
        ended.set()


async def _next(given: AsyncGenerator[T]) -> T:
    return await anext(given)


async def _closed(given: AsyncGenerator[Any]) -> None:
    await given.aclose()


def connect(
    url: str,
    *,
    token: str | None = None,
    user: str | None = None,
    password: str | None = None,
    portal: str | None = None,
    certificate: str | Path | None = None,
    patience: aio.Patience | None = None,
) -> Server:
    """Connect to a server; as kgsync.client.aio.connect."""
    loop = Loop()
    try:
        core = loop.run(
            aio.connect(
                url,
                token=token,
                user=user,
                password=password,
                portal=portal,
                certificate=certificate,
                patience=patience,
            )
        )
    except BaseException:
        loop.close()
        raise
    return Server(core, loop)


class Server:
    """One server as somebody sees it; close it, or use it in `with`."""

    def __init__(self, core: aio.Server, loop: Loop) -> None:
        self.core, self.loop = core, loop

    @property
    def url(self) -> str:
        return self.core.url

    def services(self) -> list[str]:
        return self.loop.run(self.core.services())

    def service(self, path: str) -> Service:
        return Service(self.core.service(path), self.loop)

    def close(self) -> None:
        self.loop.run(self.core.close())
        self.loop.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()


class Service:
    """A knowledge graph service; each method as that of kgsync.client.aio.Service."""

    def __init__(self, core: aio.Service, loop: Loop) -> None:
        self.core, self.loop = core, loop

    @property
    def path(self) -> str:
        return self.core.path

    def _repr_html_(self) -> str:
        return model_html(self.path, self.data_model())

    def data_model(self) -> ArchiveModel:
        return self.loop.run(self.core.data_model())

    def apply_edits(self, frames: list[Frame], header: EditsHeader | None = None) -> Outcome:
        return self.loop.run(self.core.apply_edits(frames, header))

    def replicas(self) -> list[Listed]:
        return self.loop.run(self.core.replicas())

    def replica(self, replica_id: UUID) -> Registered:
        return self.loop.run(self.core.replica(replica_id))

    def create_replica(
        self,
        wanted: Wanted = None,
        *,
        name: str | None = None,
        direction: Direction = Direction.BIDIRECTIONAL,
        replica_id: UUID | None = None,
        asynchronous: bool = False,
        progress: Percent | None = None,
    ) -> Created:
        return self.loop.run(
            self.core.create_replica(
                wanted,
                name=name,
                direction=direction,
                replica_id=replica_id,
                asynchronous=asynchronous,
                progress=progress,
            )
        )

    def synchronize(
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
        return self.loop.run(
            self.core.synchronize(
                replica_id, download, edits, key=key, item=item, asynchronous=asynchronous, progress=progress
            )
        )

    def unregister(self, *ids: UUID, everything: bool = False) -> None:
        self.loop.run(self.core.unregister(*ids, everything=everything))

    def digest(self, replica_id: UUID, date: Moment) -> ServerDigest:
        return self.loop.run(self.core.digest(replica_id, date))

    def watch(self, replica_id: UUID, after: Moment) -> Iterator[Changes]:
        return self.loop.each(self.core.watch(replica_id, after))

    def job(self, job: str) -> JobStatus:
        return self.loop.run(self.core.job(job))

    def cancel(self, job: str) -> None:
        self.loop.run(self.core.cancel(job))

    def upload(self, path: Path) -> bytes:
        return self.loop.run(self.core.upload(path))

    def download(self, archive: str, target: Path, progress: Bytes | None = None) -> Path:
        return self.loop.run(self.core.download(archive, target, progress))


class Replica(LocalReplica):
    """A local replica; its synchronizing methods as those of kgsync.client.aio.Replica."""

    _service: Service | None = None

    @classmethod
    def create(
        cls,
        service: Service,
        definition: Wanted,
        path: str | Path,
        *,
        name: str | None = None,
        direction: Direction = Direction.BIDIRECTIONAL,
        report: Report = no_report,
    ) -> Replica:
        core = service.loop.run(
            aio.Replica.create(service.core, definition, path, name=name, direction=direction, report=report)
        )
        made = cls(core._file)
        made._service = service
        return made

    def at(self, server: Server) -> Replica:
        """Say by which connection it synchronizes."""
        self._service = server.service(self.service_path)
        return self

    def _core(self) -> tuple[aio.Replica, Loop]:
        core = aio.Replica(self._file)
        if self._service is None:
            core._belongs()  # raises, and says what to do
        assert self._service is not None, "told just now"
        core._service = self._service.core
        return core, self._service.loop

    def sync(self, *, snapshot: bool = False, report: Report = no_report) -> Synced:
        core, loop = self._core()
        return loop.run(core.sync(snapshot=snapshot, report=report))

    def push(self, *, report: Report = no_report) -> Synced:
        core, loop = self._core()
        return loop.run(core.push(report=report))

    def pull(self, *, snapshot: bool = False, report: Report = no_report) -> Synced:
        core, loop = self._core()
        return loop.run(core.pull(snapshot=snapshot, report=report))

    def watch(self, *, seconds: float | None = None) -> Iterator[Changes]:
        core, loop = self._core()
        return loop.each(core.watch(seconds=seconds))

    def verify(self) -> Verified:
        core, loop = self._core()
        return loop.run(core.verify())

    def unregister(self) -> None:
        core, loop = self._core()
        loop.run(core.unregister())
