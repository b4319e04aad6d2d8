"""Hostile bytes at the door: refused within a second, in little memory, and nobody else is kept waiting."""

from __future__ import annotations

import asyncio
import gc
import gzip
import io
import json
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from kgsync.model.catalog import ServiceSettings, Sharing
from kgsync.model.people import Role
from kgsync.server.compose import running
from kgsync.server.http.app import served
from kgsync.server.http.context import Context
from kgsync.server.opening import first_start
from kgsync.server.publishing import publish
from kgsync.server.security.accounts import add_account
from kgsync.server.settings import Settings
from kgsync.sync.datamodel import add_types
from kgsync.wire.pbf.frames import delimited, encode_varint
from tests.graphs import PERSON

_SECONDS = 1.0
_BLOCKED_SECONDS = 0.05
_MEMORY = 64 * 1024 * 1024
_KG = "/server/rest/services/Hosted/Field/KnowledgeGraphServer"


@cache
def zeros_packed(size: int) -> bytes:
    """Pack zeros a thousandfold, without ever holding them."""
    packer, step = zlib.compressobj(9, wbits=31), bytes(1024 * 1024)
    return b"".join(packer.compress(step) for _ in range(size // len(step))) + packer.flush()


def nested(levels: int) -> bytes:
    """Write a message in a message, far past any depth."""
    data = b""
    for _ in range(levels):
        data = b"\x0a" + encode_varint(len(data)) + data
    return data


def overlapping(count: int) -> bytes:
    """Write a zip whose directory names the same bytes again and again, each entry quoting those after it."""
    kernel = zlib.compressobj(9, wbits=-15)
    data = kernel.compress(bytes(2**24)) + kernel.flush()
    crc, body = zlib.crc32(bytes(2**24)), io.BytesIO()
    name = b"add_Person_x.binpb"
    body.write(
        struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(data), 2**24, len(name), 0) + name + data
    )
    begin = body.tell()
    for _ in range(count):
        entry = (0x02014B50, 20, 20, 0, 8, 0, 0, crc, len(data), 2**24, len(name), 0, 0, 0, 0, 0, 0)
        body.write(struct.pack("<IHHHHHHIIIHHHHHII", *entry) + name)
    size = body.tell() - begin
    body.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, begin, 0))
    return body.getvalue()


def zip64_lying() -> bytes:
    """Write a zip whose 64-bit end record says more than there is."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        target.writestr("replica_header.binpb", b"")
    data = held.getvalue()
    end = data.rindex(b"PK\x05\x06")
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 2**40, 2**40, 2**60, 0)
    locator = struct.pack("<IIQI", 0x07064B50, 0, end, 1)
    last = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:end] + record + locator + last


def _part(what: str, data: bytes) -> bytes:
    return b"--x\r\nContent-Disposition: form-data; " + what.encode() + b"\r\n\r\n" + data + b"\r\n"


@dataclass(frozen=True)
class Bomb:
    path: str
    body: Callable[[], bytes]
    kind: str = "application/octet-stream"
    encoding: str = ""


_HEADER = delimited(b"")
BOMBS = {
    "a frame of half a gigabyte": Bomb(
        "/graph/applyEdits", lambda: _HEADER + delimited(zeros_packed(512 * 1024 * 1024))
    ),
    "gzip in gzip": Bomb(
        "/graph/applyEdits", lambda: _HEADER + delimited(gzip.compress(zeros_packed(512 * 1024 * 1024)))
    ),
    "a frame that announces everything": Bomb("/graph/applyEdits", lambda: _HEADER + encode_varint(2**62) + b"x"),
    "a length without end": Bomb("/graph/applyEdits", lambda: b"\xff" * 1_000_000),
    "messages in messages": Bomb("/graph/query", lambda: nested(20_000)),
    "messages in messages of a definition": Bomb("/replicas/create", lambda: nested(20_000)),
    "one gzip stream of a million frames": Bomb(
        "/replicas/{replica}/synchronize",
        lambda: b"\x12" + delimited(b"\x0a" + delimited(b"\x12" + delimited(gzip.compress(bytes(2**20))))),
    ),
    "varints of ten bytes": Bomb("/replicas/create", lambda: (b"\x28" + b"\xff" * 9 + b"\x01") * 90_000),
    "lists in lists, as JSON": Bomb("/replicas/create", lambda: b"[" * 4_000_000, "application/json"),
    "objects in objects, as JSON": Bomb("/replicas/create", lambda: b'{"a":' * 700_000, "application/json"),
    "a body packed by HTTP": Bomb(
        "/replicas/create", lambda: zeros_packed(512 * 1024 * 1024), "application/json", "gzip"
    ),
    "a form packed by HTTP": Bomb(
        "/graph/query", lambda: zeros_packed(512 * 1024 * 1024), "application/x-www-form-urlencoded", "deflate"
    ),
    "a form of a million fields": Bomb(
        "/graph/query", lambda: b"&".join(b"a" for _ in range(1_000_000)), "application/x-www-form-urlencoded"
    ),
    "a form of ten thousand parts": Bomb(
        "/uploads/upload",
        lambda: b"".join(_part(f'name="a{k}"', b"b") for k in range(10_000)) + b"--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "a field of eight megabytes": Bomb(
        "/uploads/upload", lambda: _part('name="a"', b"b" * 2**23) + b"--x--\r\n", "multipart/form-data; boundary=x"
    ),
    "fields of thirty megabytes together": Bomb(
        "/uploads/upload",
        lambda: b"".join(_part(f'name="a{k}"', b"b" * 300_000) for k in range(100)) + b"--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "brackets in a query": Bomb(
        "/graph/query",
        lambda: b"openCypherQuery=MATCH+(n)+WHERE+" + b"(" * 60_000 + b"1" + b")" * 60_000,
        "application/x-www-form-urlencoded",
    ),
}
FILES = {
    "one file a thousand times": lambda: overlapping(1_000),
    "a directory of sixty-five thousand files": lambda: overlapping(65_000),
    "an end record that lies": zip64_lying,
    "a gzip stream that is no zip": lambda: zeros_packed(512 * 1024 * 1024),
}


@dataclass(frozen=True)
class Door:
    """A server of this process, its loop watched, and who knocks."""

    session: aiohttp.ClientSession
    url: str
    token: str

    async def send(self, path: str, body: bytes, kind: str, encoding: str = "") -> bytes:
        headers = {"Content-Type": kind, "X-Esri-Authorization": f"Bearer {self.token}"}
        if encoding:
            headers["Content-Encoding"] = encoding
        async with self.session.post(f"{self.url}{path}", data=io.BytesIO(body), headers=headers) as answer:
            return await answer.read()


@asynccontextmanager
async def _door(ctx: Context) -> AsyncIterator[Door]:
    runner = served(ctx)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as session:
            yield Door(session, url, _made(ctx))
    finally:
        await runner.cleanup()


def _made(ctx: Context) -> str:
    store, now = ctx.verbs.store, ctx.clock()
    first_start(ctx.settings, store)
    settings = ServiceSettings(sharing=Sharing.ORGANIZATION)
    service = publish(store, "Field", "Hosted", "admin", settings, now, ctx.verbs.new_id)
    with store.writing(service.id, now) as writing:
        add_types(writing, [PERSON])
    account = add_account(store, "carl", "a long password", role=Role.CONTRIBUTOR, now=now)
    return ctx.tokens.issue(account, 60, now)[0]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    directory = tmp_path_factory.mktemp("bombs")
    settings = Settings.model_validate({"data_dir": directory, "admin_password": "a long password"})
    async with running(settings) as ctx, _door(ctx) as opened:
        yield opened


class _Watch:
    """Note for how long the loop did nothing else."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def _tick(self) -> None:
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest = max(self.longest, time.perf_counter() - begin - 0.005)

    async def __aenter__(self) -> _Watch:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0.05)
        self.longest = 0.0
        return self

    async def __aexit__(self, *reason: object) -> None:
        assert self._task is not None
        self._task.cancel()


def _resident(what: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {what} here")


async def _replica(door: Door) -> str:
    static = {"entityTypes": [{"entityTypeReplicaDefinition": {"typeName": "Person"}}]}
    asked = json.dumps({"replicaFilters": {"staticDefinition": static}}).encode()
    told = json.loads(await door.send(f"{_KG}/replicas/create?f=json", asked, "application/json"))
    return str(told["createReplicaResult"]["replicaId"])


async def _defused(door: Door, path: str, body: bytes, kind: str, encoding: str = "") -> bytes:
    """Send a bomb three times; the best round counts, for the machine does other things too."""
    rounds: list[tuple[float, float]] = []
    told = b""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the highest there was begins anew
    before = _resident("VmRSS")
    for _ in range(3):
        async with _Watch() as watch:
            begin = time.perf_counter()
            told = await door.send(path, body, kind, encoding)
            rounds.append((time.perf_counter() - begin, watch.longest))
        if rounds[-1][0] < _SECONDS and rounds[-1][1] < _BLOCKED_SECONDS:
            break
    assert _resident("VmHWM") - before < _MEMORY, "at its worst, not only what is left"
    assert min(took for took, _ in rounds) < _SECONDS, rounds
    assert min(blocked for _, blocked in rounds) < _BLOCKED_SECONDS, rounds
    return told


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_and_nobody_waits(door: Door, name: str) -> None:
    bomb = BOMBS[name]
    body = await asyncio.to_thread(bomb.body)
    path = bomb.path.replace("{replica}", await _replica(door)) if "{" in bomb.path else bomb.path
    told = await _defused(door, f"{_KG}{path}?f=json", body, bomb.kind, bomb.encoding)
    assert b'"error"' in told, told[:300]
    assert b"Traceback" not in told
    assert b"log says why" not in told, "refused for what it is, not a fault"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FILES)
async def test_a_file_that_is_a_bomb_is_refused_when_it_is_used(door: Door, name: str) -> None:
    body = await asyncio.to_thread(FILES[name])
    form = aiohttp.FormData({"f": "json"})
    form.add_field("file", io.BytesIO(body), filename="x.zip")
    headers = {"X-Esri-Authorization": f"Bearer {door.token}"}
    home = f"{door.url}/portal/sharing/rest/content/users/carl/addItem"
    async with door.session.post(home, data=form, headers=headers) as answer:
        item = (await answer.json())["id"]
    asked = {"uploadEdits": {"uploadFile": {"editsUploadId": item, "uploadFormat": "PBF"}}}
    path = f"{_KG}/replicas/{await _replica(door)}/synchronize?f=json"
    told = await _defused(door, path, json.dumps(asked).encode(), "application/json")
    error = json.loads(told)["error"]
    assert error.get("code", error.get("errorCode")) in (400, 413), told


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("begun", [b"--x\r\nContent-Disp", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'])
async def test_a_form_whose_fields_never_end_is_given_up(
    door: Door, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgsync.server.http.uploads._FIELDS_SECONDS", 0.2)
    monkeypatch.setattr("kgsync.files.spool.PATIENCE_SECONDS", 0.2)

    async def body() -> AsyncIterator[bytes]:
        yield begun
        await asyncio.sleep(2)

    headers = {"Content-Type": "multipart/form-data; boundary=x", "X-Esri-Authorization": f"Bearer {door.token}"}
    begin = time.perf_counter()
    async with door.session.post(f"{door.url}{_KG}/uploads/upload", data=body(), headers=headers) as answer:
        told = await answer.json()
    assert "did not come in" in told["error"]["message"]
    assert time.perf_counter() - begin < 2


def test_pure_python_protobuf_is_refused_at_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kgsync", "serve", "--data-dir", str(tmp_path / "data"), "--port", "0"]
    variables = {"PATH": "/usr/bin:/bin", "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, "pure Python" in ran.stderr) == (1, True), ran.stderr
