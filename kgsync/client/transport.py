"""What a client asks of a server, whatever carries it: HTTP or gRPC.

A call that is refused raises the error the server told. One whose answer did not come raises `Lost`: nobody knows
whether it was done. One that cannot have been done raises Unavailable or TooMany; `retrying` says what then.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from kgsync.client.tokens import Tokens
from kgsync.errors import KgsyncError, Unavailable
from kgsync.model.edits import EditsHeader, Frame, Outcome
from kgsync.model.history import Moment
from kgsync.model.jobs import JobState
from kgsync.model.replica import Created, CreateReplica, Replica, Synchronized, Unregister
from kgsync.wire.pbf.archive_reader import ArchiveModel


class Lost(Unavailable):
    """The answer did not come: what was asked may be done, or not."""


class Listed(NamedTuple):
    """A replica in a list; `last_sync_date` is the newest date served to it."""

    id: UUID
    name: str
    last_sync_date: Moment


class Piece(NamedTuple):
    """Bytes of a download, and how many the whole has."""

    data: bytes
    size: int


class ServerDigest(NamedTuple):
    """A replica's digest at a date as the server says; `text` None when it cannot, and `told` what to do."""

    text: str | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """A job as it is; `result` once it has completed, `error` when it failed."""

    job: str
    state: JobState
    progress: int
    result: Created | Synchronized | None = None
    error: KgsyncError | None = None


class Changes(NamedTuple):
    """What concerns a replica in (after, upto], as wire/pbf/plain_rows.py describes it; nothing is a sign of life.

    `catch_up`: too much to be told here, synchronize.
    """

    after: Moment
    upto: Moment
    changes: tuple[Mapping[str, Any], ...]
    catch_up: bool


class Begun(NamedTuple):
    """A call that goes on as a job."""

    job: str


class Transport(Protocol):
    """The verbs; `service` is a path such as "Hosted/Field".

    Calls fetch another token by themselves when one has run out; streams leave that to who reads them.
    """

    tokens: Tokens

    async def services(self) -> list[str]: ...
    async def data_model(self, service: str) -> ArchiveModel: ...
    async def apply_edits(self, service: str, header: EditsHeader, frames: list[Frame]) -> Outcome: ...
    async def create(self, service: str, call: CreateReplica) -> Created | Begun: ...
    async def synchronize(
        self, service: str, replica_id: UUID, request: bytes, key: str | None
    ) -> Synchronized | Begun: ...
    async def replicas(self, service: str) -> list[Listed]: ...
    async def replica(self, service: str, replica_id: UUID) -> Replica: ...
    async def unregister(self, service: str, call: Unregister) -> list[tuple[UUID, KgsyncError | None]]: ...
    async def digest(self, service: str, replica_id: UUID, date: Moment) -> ServerDigest: ...
    async def job(self, service: str, job: str) -> JobStatus: ...
    async def cancel(self, service: str, job: str) -> None: ...
    async def upload(self, service: str, path: Path) -> bytes: ...
    def download(self, service: str, archive: str, offset: int) -> AsyncGenerator[Piece]: ...
    def watch(self, service: str, replica_id: UUID, after: Moment) -> AsyncGenerator[Changes]: ...
    async def close(self) -> None: ...
