"""Raw bytes: framing, multipart bodies and a small HTTP client that follows nothing and hides nothing."""

import gzip
import http.client
import json
import secrets
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from google.protobuf.message import Message

PROTOBUF = "application/x-protobuf"
BINARY = "application/octet-stream"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TIMEOUT = 60

M = TypeVar("M", bound=Message)


def varint(number: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at an offset and the offset behind it."""
    value = shift = 0
    while True:
        assert at < len(data), "a length prefix is cut off"
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        assert shift < 70, "a length prefix does not end"


def prefixed(data: bytes) -> bytes:
    return varint(len(data)) + data


def messages(data: bytes) -> Iterator[bytes]:
    """The messages of a varint-delimited stream; every byte must belong to one."""
    at = 0
    while at < len(data):
        length, at = read_varint(data, at)
        assert at + length <= len(data), "a message is shorter than its length prefix"
        yield data[at : at + length]
        at += length


def zipped_frame(frame: Message | bytes, level: int = 6, stamp: int = 0) -> bytes:
    """A frame of an applyEdits body: length, then gzip."""
    raw = frame if isinstance(frame, bytes) else frame.SerializeToString()
    return prefixed(gzip.compress(raw, compresslevel=level, mtime=stamp))


def edits_body(header: Message, frames: Iterable[Message]) -> bytes:
    """A whole applyEdits body."""
    return prefixed(header.SerializeToString()) + b"".join(zipped_frame(frame) for frame in frames)


def multipart(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    """Content type and body of a multipart form; files map a field to (file name, content)."""
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in fields.items():
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file_name, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        parts.append(head.encode() + f"Content-Type: {BINARY}\r\n\r\n".encode() + content + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(f"no JSON in answer {self.status}: {self.body[:200]!r}") from None

    def json_object(self) -> dict[str, Any]:
        value = self.json()
        assert isinstance(value, dict), f"a JSON object was expected, got {value!r}"
        return value

    def json_error(self) -> dict[str, Any]:
        """The error object of an ArcGIS JSON error."""
        value = self.json_object()
        error = value.get("error")
        assert isinstance(error, dict), f"an error object was expected, got {value!r}"
        assert isinstance(error.get("code"), int), f"the error has no numeric code: {error!r}"
        assert isinstance(error.get("message"), str), f"the error has no message: {error!r}"
        assert error["message"], "the error message is empty"
        return error

    def text(self) -> str:
        return self.body.decode("utf-8")

    def message(self, kind: type[M]) -> M:
        """The body as one bare message, under exactly the status and content type clients demand."""
        assert self.status == 200, f"HTTP {self.status} on a pbf call: {self.body[:200]!r}"
        found = self.headers.get("content-type")
        assert found == PROTOBUF, f"Content-Type {found!r}, not {PROTOBUF!r}: {self.body[:200]!r}"
        return kind.FromString(self.body)


class Client:
    """One kept connection to one server; the token travels in X-Esri-Authorization unless told otherwise."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self._connection: http.client.HTTPConnection | None = None

    def connect(self, url: str | None = None) -> http.client.HTTPConnection:
        parts = urlsplit(url or self.url)
        assert parts.hostname, f"{url!r} is not an absolute URL"
        if parts.scheme.lower() == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT, context=context)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def headers(self, extra: Mapping[str, str] | None, anonymous: bool) -> dict[str, str]:
        found = {"Accept": "*/*", "Referer": "http"}
        if self.token and not anonymous:
            found["X-Esri-Authorization"] = f"Bearer {self.token}"
        return {**found, **(extra or {})}

    def path(self, path: str, query: Mapping[str, str] | None) -> str:
        """Path and query for the request line; absolute URLs of this server are accepted too."""
        parts = urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if query:
            target += ("&" if "?" in target else "?") + urlencode(query)
        return target

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        anonymous: bool = False,
    ) -> Answer:
        target = self.path(path, query)
        sent = self.headers(headers, anonymous)
        if method == "POST" and body is None:
            body = b""
        elsewhere = "://" in path and urlsplit(path).netloc != urlsplit(self.url).netloc
        if elsewhere:
            other = self.connect(path)
            try:
                return self._exchange(other, method, target, body, sent)
            finally:
                other.close()
        fresh = self._connection is None
        if self._connection is None:
            self._connection = self.connect()
        try:
            return self._exchange(self._connection, method, target, body, sent)
        except (http.client.HTTPException, ConnectionError):
            self.close()
            if fresh:
                raise
        # The server closed an idle connection: a new one settles whether it is there at all.
        self._connection = self.connect()
        return self._exchange(self._connection, method, target, body, sent)

    @staticmethod
    def _exchange(
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        connection.request(method, target, body=body, headers=dict(headers))
        response = connection.getresponse()
        content = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        if found.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return Answer(response.status, found, content)

    def send_and_hang_up(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """A whole POST whose answer nobody waits for."""
        connection = self.connect()
        connection.request("POST", self.path(path, None), body=body, headers=self.headers(headers, False))
        connection.close()

    def get(self, path: str, **query: str) -> Answer:
        return self.request("GET", path, query=query)

    def form(self, path: str, **fields: str) -> Answer:
        return self.request("POST", path, urlencode(fields).encode(), headers={"Content-Type": FORM})
