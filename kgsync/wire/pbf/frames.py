"""Length-delimited framing: varint size, then that many bytes; gzip inside where the contract says so.

Every limit is here. A length is checked against the bytes left before anything is allocated.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from google.protobuf.message import DecodeError, Message

from kgsync.errors import MalformedInput, TooLarge

# Deployed clients put 2,049 objects in a frame; 64 MiB holds that many of 32 KB each.
MAX_FRAME_BYTES = 64 * 1024 * 1024
# A message outside frames: definitions and data-model edits, far below this in practice.
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
# Empty frames cost a sender one byte each inside a gzip stream; a full frame holds thousands of objects.
MAX_FRAMES = 100_000
# All frames of one upload, unpacked: a server must not work for hours on a body of a few MB.
MAX_UPLOAD_BYTES = 8 * 1024 * 1024 * 1024
# Objects that differ in nothing but their ids pack twentyfold; zeros pack a thousandfold. So much is free:
# small frames of one repeated value are no harm.
MAX_RATIO = 200
# Files of an archive: one per operation and type, with room for 6,000 types. Reading the directory keeps the
# interpreter from other work for some 2 µs a file.
MAX_MEMBERS = 20_000
FREE_BYTES = 4 * 1024 * 1024
_MAX_VARINT_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLimits:
    """What bytes from outside may come to: the defaults' reasons stand above, an operator may set others."""

    frame: int = MAX_FRAME_BYTES
    ratio: int = MAX_RATIO
    frames: int = MAX_FRAMES
    upload: int = MAX_UPLOAD_BYTES
    members: int = MAX_MEMBERS


USUAL = WireLimits()
_INFLATE_STEP = 1024 * 1024

# Varints of one and two bytes, and two bytes of a longer one, by their 14 bits: lengths and
# coordinates are written this way millions of times.
_SHORT = [bytes((n,)) if n < 128 else bytes((n & 127 | 128, n >> 7)) for n in range(1 << 14)]
_INNER = [bytes((n & 127 | 128, n >> 7 | 128)) for n in range(1 << 14)]


def encode_varint(number: int) -> bytes:
    """Write an unsigned LEB128 number."""
    if number < 16384:
        return _SHORT[number]
    out = b""
    while number >= 16384:
        out += _INNER[number & 16383]
        number >>= 14
    return out + _SHORT[number]


def zigzag(number: int) -> int:
    """Map a signed number to an unsigned one, small ones to small ones."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def read_varint(source: BinaryIO, place: str) -> int | None:
    """Read an unsigned LEB128 number; None at a clean end of input. Raises MalformedInput."""
    shift = number = 0
    for index in range(_MAX_VARINT_BYTES):
        byte = source.read(1)
        if not byte:
            if index == 0:
                return None
            raise MalformedInput("the input ends inside a length", place=place)
        number |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return number
        shift += 7
    raise MalformedInput("a length takes more than 10 bytes", place=place)


M = TypeVar("M", bound=Message)


def parse_message(kind: type[M], data: bytes, place: str) -> M:
    """Decode one bare message. Raises MalformedInput naming the message."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"a message is limited to {MAX_MESSAGE_BYTES} bytes", place=place)
    try:
        message: M = kind.FromString(data)
    except (DecodeError, ValueError, RecursionError):
        raise MalformedInput(f"the bytes are not a {kind.DESCRIPTOR.name}", place=place) from None
    return message


def delimited(data: bytes) -> bytes:
    """Prefix bytes with their length."""
    return encode_varint(len(data)) + data


def inflate(data: bytes, place: str, limits: WireLimits = USUAL) -> bytes:
    """Unpack one gzip frame, within the limits. Raises MalformedInput, TooLarge."""
    unpacker = zlib.decompressobj(wbits=31)
    out = bytearray()
    pending = data
    try:
        while not unpacker.eof:
            step = unpacker.decompress(pending, _INFLATE_STEP)
            out += step
            if len(out) > limits.frame:
                raise TooLarge(f"a frame inflates past {limits.frame} bytes", place=place)
            check_ratio(len(data) - len(unpacker.unconsumed_tail), len(out), place, limits)
            pending = unpacker.unconsumed_tail
            # All input taken and nothing more comes out: the stream was cut.
            if not pending and not step and not unpacker.eof:
                raise MalformedInput("the gzip data ends early", place=place)
    except zlib.error:
        raise MalformedInput("the frame is not gzip data", place=place) from None
    if unpacker.unused_data:
        raise MalformedInput("bytes follow the gzip data of a frame", place=place)
    return bytes(out)


def check_ratio(packed: int, unpacked: int, place: str | None, limits: WireLimits = USUAL) -> None:
    """Refuse bytes that unpack to far more than data does. Raises TooLarge."""
    if unpacked > FREE_BYTES and unpacked > packed * limits.ratio:
        raise TooLarge(f"the data unpacks to more than {limits.ratio} times its size", place=place)


def read_block(source: BinaryIO, left: int, place: str, limits: WireLimits = USUAL) -> tuple[bytes, int] | None:
    """Read one length-delimited block; give it and the bytes left after it, None at the end.

    `left` is how many bytes the source still holds; a block may not claim more. Raises MalformedInput.
    """
    start = source.tell()
    size = read_varint(source, place)
    if size is None:
        return None
    left -= source.tell() - start
    if size > limits.frame:
        raise TooLarge(f"a frame is limited to {limits.frame} bytes", place=place)
    if size > left:
        raise MalformedInput(f"a frame of {size} bytes is announced, {max(left, 0)} are left", place=place)
    data = source.read(size)
    if len(data) != size:
        raise MalformedInput("the input ends inside a frame", place=place)
    return data, left - size


def read_gzip_frames(source: BinaryIO, size: int, place: str, limits: WireLimits = USUAL) -> Iterator[bytes]:
    """Give the unpacked frames of `size` bytes: varint length + gzip each, or one gzip stream of
    varint-delimited frames (it starts with 1f 8b, which no length + gzip pair does)."""
    start = source.tell()
    magic = source.read(2)
    source.seek(start)
    if magic == b"\x1f\x8b":
        yield from _read_gzip_stream(source, size, place, limits)
        return
    left, index, total = size, 0, 0
    while left > 0:
        where = f"{place}[{index}]"
        block = read_block(source, left, where, limits)
        if block is None:
            raise MalformedInput("the input ends before its announced size", place=where)
        data, left = block
        frame = inflate(data, where, limits)
        total += len(frame)
        _check_total(total, place, limits)
        yield frame
        index += 1
        check_frame_count(index, place, limits)


def check_frame_count(count: int, place: str, limits: WireLimits = USUAL) -> None:
    """Refuse more frames than an upload has. Raises TooLarge."""
    if count > limits.frames:
        raise TooLarge(f"an upload has at most {limits.frames} frames", place=place)


def _check_total(total: int, place: str, limits: WireLimits) -> None:
    if total > limits.upload:
        raise TooLarge(f"the frames of an upload unpack to at most {limits.upload} bytes", place=place)


class _Inflating(io.RawIOBase):
    """A gzip stream, of one or more members, read through: at most `size` packed bytes, never whole."""

    def __init__(self, source: BinaryIO, size: int, place: str, limits: WireLimits) -> None:
        self._source, self._left, self._place, self._limits = source, size, place, limits
        self._unpacker = zlib.decompressobj(wbits=31)
        self._pending = b""
        self._size, self._given = size, 0

    def readable(self) -> bool:
        return True

    def _ended(self) -> bool:
        """Say whether all is read; bytes after a member begin the next one."""
        if not self._unpacker.eof:
            return False
        rest = self._unpacker.unused_data or self._source.read(min(64 * 1024, self._left))
        if not self._unpacker.unused_data:
            self._left -= len(rest)
        if not rest:
            return True
        self._unpacker = zlib.decompressobj(wbits=31)
        self._pending = rest
        return False

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        while not self._ended():
            packed = self._pending or self._unpacker.unconsumed_tail
            self._pending = b""
            if not packed:
                packed = self._source.read(min(64 * 1024, self._left))
                self._left -= len(packed)
            try:
                data = self._unpacker.decompress(packed, len(view))
            except zlib.error:
                raise MalformedInput("the frames are not gzip data", place=self._place) from None
            if data:
                view[: len(data)] = data
                self._given += len(data)
                check_ratio(self._size - self._left, self._given, self._place, self._limits)
                return len(data)
            if not packed and not self._unpacker.eof:
                raise MalformedInput("the gzip data ends early", place=self._place)
        return 0


def _read_gzip_stream(source: BinaryIO, size: int, place: str, limits: WireLimits) -> Iterator[bytes]:
    stream = io.BufferedReader(_Inflating(source, size, place, limits))
    index = total = 0
    while True:
        where = f"{place}[{index}]"
        length = read_varint(stream, where)
        if length is None:
            return
        if length > limits.frame:
            raise TooLarge(f"a frame inflates past {limits.frame} bytes", place=where)
        # Read in steps: the stream may announce more than it holds.
        data = bytearray()
        while len(data) < length:
            step = stream.read(min(_INFLATE_STEP, length - len(data)))
            if not step:
                raise MalformedInput("the input ends inside a frame", place=where)
            data += step
        total += length
        _check_total(total, place, limits)
        yield bytes(data)
        index += 1
        check_frame_count(index, place, limits)
