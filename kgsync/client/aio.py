"""The Python client as coroutines.

async with await connect("https://host:8080", user="ann", password=ask()) as server:
    service = server.service("Hosted/Field")
    with await Replica.create(service, {"Person": "n.age > 30"}, "field.kgr") as replica:
        replica.edits.update(person, {"name": "Ann"})
        await replica.sync()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit

from kgsync.client.http import HttpTransport, trusting
from kgsync.client.local import LocalReplica, Verified
from kgsync.client.retrying import Patience
from kgsync.client.server import Server, Service, Wanted, definition_of
from kgsync.client.syncing import Report, Synced, Syncing, no_report
from kgsync.client.tokens import Tokens
from kgsync.client.transport import Changes, Transport
from kgsync.errors import MalformedInput
from kgsync.model.replica import Direction

__all__ = ["Patience", "Replica", "Server", "Service", "connect"]


async def connect(
    url: str,
    *,
    token: str | None = None,
    user: str | None = None,
    password: str | None = None,
    portal: str | None = None,
    certificate: str | Path | None = None,
    patience: Patience | None = None,
) -> Server:
    """Connect to a server by http(s)://host:port, or by grpc(s)://host:port.

    With user and password a token is fetched, now and whenever it runs out: over gRPC from `portal`, an address of
    HTTP. `certificate` is a PEM file to believe beside or in place of what the system believes. Raises
    MalformedInput, AuthenticationError, Unavailable.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "grpc", "grpcs") or not parts.netloc:
        raise MalformedInput(f"{url[:100]!r} is no address: http://, https://, grpc:// or grpcs:// and a host")
    trusted = None if certificate is None else str(certificate)
    secure = trusting(certificate)
    tokens = Tokens(token)
    if user is not None and password is not None:
        login = url if parts.scheme.startswith("http") else portal
        if login is None:
            raise MalformedInput("gRPC takes a token; to log in with a password, say at which portal (an HTTP address)")
        named, secret = user, password

        async def fetch() -> str:
            door = HttpTransport(login, Tokens(), secure=secure)
            try:
                return await door.fetch_token(named, secret, bound=parts.scheme.startswith("http"))
            finally:
                await door.close()

        tokens = Tokens(token, fetch)
    transport: Transport
    if parts.scheme.startswith("http"):
        transport = HttpTransport(url, tokens, secure=secure)
    else:
        from kgsync.client.rpc import GrpcTransport, credentials_of  # grpc takes a tenth of a second to import

        transport = GrpcTransport(parts.netloc, tokens, credentials=credentials_of(parts.scheme == "grpcs", trusted))
    server = Server(transport, patience, url=url.rstrip("/"))
    try:
        await tokens.current()
    except BaseException:
        await server.close()
        raise
    return server


class Replica(LocalReplica):
    """A local replica that synchronizes in coroutines."""

    _service: Service | None = None

    @classmethod
    async def create(
        cls,
        service: Service,
        definition: Wanted,
        path: str | Path,
        *,
        name: str | None = None,
        direction: Direction = Direction.BIDIRECTIONAL,
        report: Report = no_report,
    ) -> Replica:
        """Register a replica and fetch what it holds. When it breaks off, the file is there: `open` it and `sync`.

        Raises Conflict when the file exists, UnknownType, and what the server refuses with.
        """
        made = definition_of(await service.data_model(), definition)
        url = service.server.url
        replica = cls.begin(path, url=url, service=service.path, definition=made, name=name, direction=direction)
        replica._service = service
        try:
            await replica.sync(report=report)
        except BaseException:
            replica.close()
            raise
        return replica

    def at(self, server: Server) -> Replica:
        """Say by which connection it synchronizes."""
        self._service = server.service(self.service_path)
        return self

    def _belongs(self) -> Service:
        if self._service is None:
            raise MalformedInput("say by which connection it synchronizes: replica.at(server)")
        return self._service

    async def sync(self, *, snapshot: bool = False, report: Report = no_report) -> Synced:
        """Send what waits and fetch what is new; with `snapshot` fetch everything anew.

        Raises what the server refuses with, Unavailable when it is away: nothing is lost, and another `sync` goes on.
        """
        return await Syncing(self._file, self._belongs(), report).run(snapshot=snapshot)

    async def push(self, *, report: Report = no_report) -> Synced:
        """Synchronize if there is something to send."""
        return await Syncing(self._file, self._belongs(), report).run(download=False)

    async def pull(self, *, snapshot: bool = False, report: Report = no_report) -> Synced:
        """Fetch what is new; edits go on waiting."""
        return await Syncing(self._file, self._belongs(), report).run(snapshot=snapshot, upload=False)

    async def watch(self, *, seconds: float | None = None) -> AsyncGenerator[Changes]:
        """Hear what concerns the replica, after what it holds, for so long; after too much, from there on.

        Synchronizing meanwhile is up to the caller: what is heard changes nothing here.
        """
        service, after = self._belongs(), self.sync_date
        if after is None:
            raise MalformedInput("this replica holds nothing yet: synchronize it first")
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        while True:
            async with aclosing(service.watch(self.id, after)) as heard:
                while True:
                    try:
                        async with asyncio.timeout_at(until):
                            changes = await anext(heard)
                    except StopAsyncIteration:
                        break
                    except TimeoutError:
                        return
                    after = changes.upto
                    yield changes

    async def verify(self) -> Verified:
        """Compare the base with what the server says this replica holds."""
        date = self.sync_date
        if date is None:
            raise MalformedInput("this replica holds nothing yet: synchronize it first")
        return self._verified(await self._belongs().digest(self.id, date))

    async def unregister(self) -> None:
        """Have the server forget the replica; the file stays as it is."""
        await self._belongs().unregister(self.id)
