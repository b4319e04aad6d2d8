"""Making archives: in the caller's places, within what they may hold, and none left of what came to nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import BinaryIO, TypeVar
from uuid import UUID

from kgsync.files.archives import Archives
from kgsync.model.catalog import ArchiveFile, Service
from kgsync.model.contents import CHUNK_ROWS, Contents
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.server.clock import Clock
from kgsync.server.parts import Limits, Progress, Wire
from kgsync.server.quotas import Quotas, archive_room
from kgsync.server.shares import Shares
from kgsync.store.database import Store
from kgsync.store.runner import Runner

T = TypeVar("T")
Made = TypeVar("Made", bound=Iterable[object])
_WAITING = 16  # archives of one user, beside those of jobs: more are told to come back


class Archiving:
    """Write archive files, and remove those of calls that failed or were given up."""

    def __init__(
        self,
        store: Store,
        runner: Runner,
        archives: Archives,
        wire: Wire,
        limits: Limits,
        quotas: Quotas,
        clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:
        self._store, self._runner, self._archives = store, runner, archives
        self._wire, self._limits, self._quotas = wire, limits, quotas
        self._clock, self._new_id = clock, new_id
        self._shares = Shares("archives", quotas.archives, quotas.jobs + _WAITING)

    def write(
        self,
        service: Service,
        replica_id: UUID,
        who: Principal,
        contents: Contents,
        expected: int,
        progress: Progress,
        after: int = 0,
    ) -> ArchiveFile:
        """Write an archive that begins at `after`; blocking. Raises StorageFull, and what `progress` raises."""

        def write(target: BinaryIO, step: Callable[[], None]) -> None:
            self._wire.write_archive(target, contents, self._new_id, step)

        return self.file(service, replica_id, who, write, contents.sync_date, expected, progress, after)

    def file(
        self,
        service: Service,
        replica_id: UUID,
        who: Principal,
        write: Callable[[BinaryIO, Callable[[], None]], None],
        upto: Moment,
        expected: int,
        progress: Progress,
        after: int = 0,
        suffix: str = "",
    ) -> ArchiveFile:
        """Have `write` fill a file, with a step to call after every CHUNK_ROWS rows; blocking. Raises as `write`."""
        chunks = 0

        def step() -> None:
            nonlocal chunks
            chunks += 1
            progress(min(99, chunks * CHUNK_ROWS * 100 // max(expected, chunks * CHUNK_ROWS + 1)))

        room = archive_room(self._store, who, self._quotas, self._clock())
        name = self._archives.new_name(suffix)
        size = self._archives.write(name, lambda target: write(target, step), room)
        now = self._clock()
        return ArchiveFile(
            name=name,
            service=service.id,
            replica=replica_id,
            account=who.name,
            size=size,
            created=now,
            expires=now + self._limits.archive_ms,
            after=after,
            upto=upto.ms,
        )

    async def run(self, who: Principal, name: str, work: Callable[[], Made]) -> Made:
        """Run work that makes an archive, in one of the caller's places. Raises TooMany."""
        async with self._shares.place(who):
            return await self._runner.archive(name, work, self._remove_files)

    def _remove_files(self, made: Iterable[object]) -> None:
        """Remove the archive files among what was made for a call that was given up."""
        for each in made:
            if isinstance(each, ArchiveFile):
                self._archives.remove(each.name)

    async def keeping(self, file: ArchiveFile | None, work: Callable[[], Awaitable[T]]) -> T:
        """Await `work()`; when it fails, its archive file goes too."""
        try:
            return await work()
        except Exception:  # not CancelledError: the write goes on without its waiter
            if file is not None:
                self._archives.remove(file.name)
            raise
