"""The transport over HTTP: the published contract, as unmodified clients speak it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit
from uuid import UUID

import aiohttp

from kgsync.client.tokens import Tokens
from kgsync.client.transport import Begun, Changes, JobStatus, Listed, Lost, Piece, ServerDigest
from kgsync.errors import (
    AuthenticationError,
    Cancelled,
    KgsyncError,
    MalformedInput,
    NotFound,
    TooLarge,
    Unavailable,
    told_as,
)
from kgsync.model.edits import EditsHeader, Frame, Outcome
from kgsync.model.history import Moment
from kgsync.model.jobs import JobState
from kgsync.model.replica import Created, CreateReplica, Replica, Synchronized, Unregister
from kgsync.wire.pbf import replies
from kgsync.wire.pbf.archive_reader import ArchiveModel
from kgsync.wire.pbf.frames import MAX_MESSAGE_BYTES
from kgsync.wire.pbf.replicas import encode_create, encode_unregister
from kgsync.wire.pbf.requests import encode_apply_edits

PBF = "application/x-protobuf"
_REFERER = "kgsync"
_CONNECT_SECONDS, _SILENCE_SECONDS = 20.0, 1_800.0  # a snapshot takes its time
_CHUNK = 256 * 1024
_BRIEF = 4096  # bytes of a message that is read sooner than handed to a thread
_STATES = {2: JobState.EXECUTING, 3: JobState.CANCELLING, 4: JobState.CANCELLED, 5: JobState.FAILED}


class HttpTransport:
    """One server, by its address; `secure` replaces the usual check of its certificate."""

    def __init__(self, url: str, tokens: Tokens, *, secure: ssl.SSLContext | None = None, keep: bool = True) -> None:
        self.url, self.tokens = url.rstrip("/"), tokens
        self._secure, self._keep = secure, keep
        self._session: aiohttp.ClientSession | None = None

    # ---- requests

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=64, ssl=True if self._secure is None else self._secure, force_close=not self._keep
            )
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=True)
        return self._session

    @asynccontextmanager
    async def _asked(
        self, method: str, url: str, *, anonymous: bool = False, headers: Mapping[str, str] | None = None, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request with the token; what goes wrong on the way becomes an error of ours."""
        token = None if anonymous else await self.tokens.current()
        sent = {"Referer": _REFERER, **(headers or {})}
        if token is not None:
            sent["X-Esri-Authorization"] = f"Bearer {token}"
        try:
            async with self._opened().request(method, url, headers=sent, allow_redirects=False, **more) as response:
                if response.status >= 500:
                    raise Lost(f"{_place(url)} answered {response.status}")
                yield response
        except aiohttp.ClientConnectorError as error:
            raise Unavailable(
                f"{_place(url)} cannot be reached: {error.os_error.strerror or error.os_error}"
            ) from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Lost(f"{_place(url)} did not answer: {error or type(error).__name__}") from error

    async def _call(self, method: str, url: str, **more: Any) -> tuple[bytes, str]:
        """Give body and type of an answer, asked for anew once when the token had run out. Raises what is told."""
        sent = await self.tokens.current()
        try:
            return await self._once(method, url, **more)
        except AuthenticationError as error:
            if not await self.tokens.renewed(error, sent):
                raise
            return await self._once(method, url, **more)

    async def _once(self, method: str, url: str, **more: Any) -> tuple[bytes, str]:
        async with self._asked(method, url, **more) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > MAX_MESSAGE_BYTES:
                    raise TooLarge(f"the answer is longer than {MAX_MESSAGE_BYTES} bytes")
            kind = response.content_type
        if kind == "application/json":
            raise_told(_json(bytes(body)))
        return bytes(body), kind

    async def _json_call(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        body, _ = await self._call(method, url, **more)
        return _json(body)

    async def _message(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        """Ask in protobuf; a body makes it a POST."""
        if body is None:
            data, kind = await self._call("GET", url, params={"f": "pbf"}, headers=headers)
        else:
            sent = {"Content-Type": "application/octet-stream", **(headers or {})}
            data, kind = await self._call("POST", url, params={"f": "pbf"}, data=body, headers=sent)
        if kind != PBF:
            raise MalformedInput(f"{_place(url)} answered {kind}, not protobuf: is this a knowledge graph service?")
        return data

    def _service(self, service: str) -> str:
        return f"{self.url}/server/rest/services/{quote(service)}/KnowledgeGraphServer"

    # ---- tokens

    async def fetch_token(self, user: str, password: str, minutes: int | None = None, *, bound: bool = True) -> str:
        """Log in; the token is good for requests of this client alone, unless it is not `bound`: gRPC has no referer.

        Raises AuthenticationError, TooMany.
        """
        form = {"username": user, "password": password, "f": "json"}
        if bound:
            form |= {"client": "referer", "referer": _REFERER}
        if minutes is not None:
            form["expiration"] = str(minutes)
        url = f"{self.url}/portal/sharing/rest/generateToken"
        async with self._asked("POST", url, data=form, anonymous=True) as response:
            told = _json(await response.content.read(_CHUNK))
        raise_told(told)
        token = told.get("token")
        if not isinstance(token, str) or not token:
            raise MalformedInput("the answer has no token", place="generateToken")
        return token

    # ---- services

    async def services(self) -> list[str]:
        url = f"{self.url}/server/rest/services"
        told = await self._json_call("GET", url, params={"f": "json"})
        found = list(told.get("services", ()))
        for folder in told.get("folders", ()):
            inside = await self._json_call("GET", f"{url}/{quote(str(folder))}", params={"f": "json"})
            found += inside.get("services", ())
        return sorted(str(each["name"]) for each in found if each.get("type") == "KnowledgeGraphServer")

    async def data_model(self, service: str) -> ArchiveModel:
        return replies.decode_model(await self._message(f"{self._service(service)}/dataModel/queryDataModel"))

    async def apply_edits(self, service: str, header: EditsHeader, frames: list[Frame]) -> Outcome:
        body = await asyncio.to_thread(encode_apply_edits, header, frames)
        data = await self._message(f"{self._service(service)}/graph/applyEdits", body)
        outcome = await asyncio.to_thread(replies.decode_outcome, data)
        if outcome.error is not None and not outcome.results:
            known = told_as(int(outcome.error.code), outcome.error.message)  # refused as a whole, not undone
            # "The database did not answer" may come after it has committed.
            raise Lost(known.message) if isinstance(known, Unavailable) else known
        return outcome

    # ---- replicas

    async def create(self, service: str, call: CreateReplica) -> Created | Begun:
        data = await self._message(f"{self._service(service)}/replicas/create", encode_create(call))
        return _begun(replies.decode_created(data))

    async def synchronize(
        self, service: str, replica_id: UUID, request: bytes, key: str | None
    ) -> Synchronized | Begun:
        headers = {} if key is None else {"Idempotency-Key": key}
        url = f"{self._service(service)}/replicas/{replica_id}/synchronize"
        data = await self._message(url, request, headers)
        if len(data) < _BRIEF:
            return _begun(replies.decode_synchronized(data))
        return _begun(await asyncio.to_thread(replies.decode_synchronized, data))

    async def replicas(self, service: str) -> list[Listed]:
        data = await self._message(f"{self._service(service)}/replicas")
        return [Listed(*each) for each in replies.decode_replicas(data)]

    async def replica(self, service: str, replica_id: UUID) -> Replica:
        return replies.decode_replica(await self._message(f"{self._service(service)}/replicas/{replica_id}"))

    async def unregister(self, service: str, call: Unregister) -> list[tuple[UUID, KgsyncError | None]]:
        data = await self._message(f"{self._service(service)}/replicas/unregister", encode_unregister(call))
        return replies.decode_unregistered(data)

    async def digest(self, service: str, replica_id: UUID, date: Moment) -> ServerDigest:
        url = f"{self._service(service)}/replicas/{replica_id}/digest"
        told = await self._json_call("GET", url, params={"syncDate": str(date.ms), "f": "json"})
        return ServerDigest(told.get("digest") if told.get("known") else None, str(told.get("told", "")))

    # ---- jobs

    async def job(self, service: str, job: str) -> JobStatus:
        url = f"{self._service(service)}/jobs/{quote(job, safe='')}"
        status, progress, _ = replies.decode_status(await self._message(f"{url}/status", b""))
        if status in _STATES:
            return JobStatus(job=job, state=_STATES[status], progress=progress)
        if status != 1:
            raise NotFound(f"The job {job} does not exist")
        try:
            result = replies.decode_result(await self._message(f"{url}/results", b""))
        except Cancelled as error:
            return JobStatus(job=job, state=JobState.CANCELLED, progress=progress, error=error)
        except Unavailable:
            raise
        except KgsyncError as error:
            return JobStatus(job=job, state=JobState.FAILED, progress=progress, error=error)
        return JobStatus(job=job, state=JobState.COMPLETED, progress=100, result=result)

    async def cancel(self, service: str, job: str) -> None:
        replies.check_cancelled(await self._message(f"{self._service(service)}/jobs/{quote(job, safe='')}/cancel", b""))

    # ---- files

    async def upload(self, service: str, path: Path) -> bytes:
        """Hand over a file; give its item id of 16 bytes."""
        url = f"{self._service(service)}/uploads/upload"

        async def once() -> dict[str, Any]:
            with path.open("rb") as source:
                form = aiohttp.FormData()
                form.add_field("f", "json")
                form.add_field("file", source, filename=path.name)
                return _json((await self._once("POST", url, data=form))[0])

        sent = await self.tokens.current()
        try:
            told = await once()
        except AuthenticationError as error:
            if not await self.tokens.renewed(error, sent):
                raise
            told = await once()
        return bytes.fromhex(str(told["item"]["itemID"]))

    async def download(self, service: str, archive: str, offset: int) -> AsyncGenerator[Piece]:
        """Give the rest of an archive from an offset on; bytes had already count if the server goes on from there."""
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
        elsewhere = not archive.startswith(f"{self.url}/")  # no other server is shown the token
        async with self._asked("GET", archive, anonymous=elsewhere, headers=headers) as response:
            if response.status == 416:
                return
            if response.content_type == "application/json":
                raise_told(_json(await response.content.read(_CHUNK)), response.status)
            if response.status not in (200, 206):
                raise told_as(response.status, f"The archive cannot be fetched: {response.reason}")
            begins = offset if response.status == 206 else 0
            size = begins + (response.content_length or 0)
            if begins != offset:
                yield Piece(b"", -1)  # from the start: what was had is not of use
            async for chunk in response.content.iter_chunked(_CHUNK):
                yield Piece(chunk, size)

    async def watch(self, service: str, replica_id: UUID, after: Moment) -> AsyncGenerator[Changes]:
        url = f"{self._service(service)}/replicas/{replica_id}/watch"
        async with self._asked("GET", url, params={"after": str(after.ms)}) as response:
            if response.content_type != "text/event-stream":
                raise_told(_json(await response.content.read(_CHUNK)), response.status)
            async for name, told in _events(response.content):
                if name == "error":
                    raise_told(told)
                begin, upto = Moment.parse(told["after"]), Moment.parse(told["upto"])
                yield Changes(begin, upto, tuple(told.get("changes", ())), name == "catchUp")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def trusting(certificate: str | Path | None) -> ssl.SSLContext | None:
    """Make what believes the certificate of a PEM file; None for what the system believes."""
    return None if certificate is None else ssl.create_default_context(cafile=str(certificate))


def _place(url: str) -> str:
    """Name where something was asked for, without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _json(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        raise MalformedInput("the answer is not JSON") from None
    if not isinstance(told, dict):
        raise MalformedInput("the answer is not a JSON object")
    return told


def raise_told(told: Mapping[str, Any], status: int = 200) -> None:
    """Raise the error an answer in JSON tells, if it does."""
    error = told.get("error")
    if isinstance(error, dict):
        code, message = error.get("code"), str(error.get("message", ""))
        raise told_as(code if isinstance(code, int) else 500, message)
    if status >= 400:
        raise told_as(status, str(error or "the request was refused"))


R = TypeVar("R")


def _begun(result: R | str) -> R | Begun:
    """Tell a result from the address of a job's status."""
    if not isinstance(result, str):
        return result
    parts = urlsplit(result).path.rstrip("/").split("/")
    return Begun(parts[-2] if parts[-1] == "status" else parts[-1])


async def _events(content: aiohttp.StreamReader) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name, data = "", ""
    buffer = b""
    async for chunk in content.iter_any():
        buffer += chunk
        if len(buffer) > MAX_MESSAGE_BYTES:
            raise TooLarge("an event is longer than a message may be")
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            if text.startswith("event:"):
                name = text[6:].strip()
            elif text.startswith("data:"):
                data += text[5:].strip()
            elif not text and data:
                yield name, _json(data.encode())
                name, data = "", ""
