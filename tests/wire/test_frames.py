"""Framing: what is announced is there, limits hold, and nothing unpacks past them."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

import pytest
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import MalformedInput, TooLarge
from kgsync.wire.pbf.frames import (
    FREE_BYTES,
    MAX_FRAME_BYTES,
    MAX_FRAMES,
    delimited,
    encode_varint,
    inflate,
    parse_message,
    read_block,
    read_gzip_frames,
    read_varint,
    zigzag,
)

PURE = settings.get_profile("pure")
FRAMES = [b"first", b"x" * 300, b"last"]


def _single(frames: list[bytes]) -> bytes:
    """Each frame gzipped by itself."""
    return b"".join(delimited(gzip.compress(f, mtime=0)) for f in frames)


def _stream(frames: list[bytes]) -> bytes:
    """All frames in one gzip stream."""
    return gzip.compress(b"".join(delimited(f) for f in frames), mtime=0)


def _read(data: bytes, size: int | None = None) -> list[bytes]:
    return list(read_gzip_frames(io.BytesIO(data), len(data) if size is None else size, "frames"))


def _count(data: bytes) -> int:
    return sum(1 for _ in read_gzip_frames(io.BytesIO(data), len(data), "frames"))


@PURE
@given(
    st.integers(0, 2**64 - 1) | st.integers(0, 9).map(lambda n: 128**n) | st.integers(0, 9).map(lambda n: 128**n - 1)
)
def test_every_varint_reads_back_as_protobuf_writes_it(number: int) -> None:
    data = encode_varint(number)

    assert read_varint(io.BytesIO(data), "place") == number
    bits = number - 2**64 if number >= 2**63 else number
    assert graph.DateTimeArray.FromString(b"\x08" + data).value == [bits]


@PURE
@given(st.integers(-(2**63), 2**63 - 1))
def test_zigzag_is_protobufs(number: int) -> None:
    data = b"\x08" + encode_varint(zigzag(number))

    assert graph.Int64Array.FromString(data).value == [number]


def test_a_varint_ends_cleanly_only_before_its_first_byte() -> None:
    assert read_varint(io.BytesIO(b""), "place") is None
    for cut in range(1, 10):
        with pytest.raises(MalformedInput, match="place"):
            read_varint(io.BytesIO(b"\x80" * cut), "place")


def test_a_varint_of_more_than_ten_bytes_is_malformed() -> None:
    assert read_varint(io.BytesIO(b"\x80" * 9 + b"\x01"), "place") == 2**63
    with pytest.raises(MalformedInput, match="more than 10 bytes"):
        read_varint(io.BytesIO(b"\x80" * 10 + b"\x01"), "place")


@PURE
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_frames_come_back_in_both_framings(frames: list[bytes]) -> None:
    assert _read(_single(frames)) == frames
    assert _read(_stream(frames)) == frames


@pytest.mark.parametrize("pack", [_single, _stream])
def test_bytes_behind_the_announced_size_are_left_alone(pack: Callable[[list[bytes]], bytes]) -> None:
    data = pack(FRAMES)

    assert _read(data + b"\x1f\x8b rest", len(data)) == FRAMES


def test_single_frames_cut_anywhere_are_malformed_or_fewer_whole_frames() -> None:
    data = _single(FRAMES)
    ends = {0, len(_single(FRAMES[:1])), len(_single(FRAMES[:2]))}
    for cut in range(len(data)):
        if cut in ends:
            assert _read(data[:cut]) == FRAMES[: sorted(ends).index(cut)]
            continue
        with pytest.raises(MalformedInput):
            _read(data[:cut])


def test_a_gzip_stream_cut_anywhere_is_malformed() -> None:
    data = _stream(FRAMES)
    for cut in range(2, len(data)):
        with pytest.raises(MalformedInput):
            _read(data[:cut])


@pytest.mark.parametrize("pack", [_single, _stream])
def test_frames_shorter_than_their_announced_size_are_malformed(pack: Callable[[list[bytes]], bytes]) -> None:
    data = pack(FRAMES)
    for cut in range(2, len(data)):
        with pytest.raises(MalformedInput):
            _read(data[:cut], len(data))


def test_a_gzip_stream_that_ends_inside_a_frame_is_malformed() -> None:
    for inside in (b"\x05abc", b"\x80", b"\xff\xff\xff\x1fabc"):
        with pytest.raises(MalformedInput):
            _read(gzip.compress(inside))


def test_bytes_after_the_gzip_data_of_a_frame_are_malformed() -> None:
    for extra in (b"\x00", gzip.compress(b"second")):
        with pytest.raises(MalformedInput, match="bytes follow"):
            inflate(gzip.compress(b"first") + extra, "frame")


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x1f\x8b", b"plain", zlib.compress(b"zlib")])
def test_a_frame_that_is_not_gzip_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        inflate(data, "frame")


def test_a_wrong_checksum_is_malformed() -> None:
    data = bytearray(gzip.compress(b"content"))
    data[-5] ^= 1

    with pytest.raises(MalformedInput):
        inflate(bytes(data), "frame")
    with pytest.raises(MalformedInput):
        _read(bytes(data))


def test_a_frame_inflates_to_its_limit_and_no_further() -> None:
    packed = gzip.compress(bytes(MAX_FRAME_BYTES), 0)
    bomb = gzip.compress(bytes(MAX_FRAME_BYTES + 1), 0)

    assert len(inflate(packed, "frame")) == MAX_FRAME_BYTES
    with pytest.raises(TooLarge):
        inflate(bomb, "frame")


def test_what_unpacks_to_far_more_than_data_does_is_refused_early() -> None:
    bomb = gzip.compress(bytes(MAX_FRAME_BYTES))
    with pytest.raises(TooLarge, match="200 times"):
        inflate(bomb, "frame")
    with pytest.raises(TooLarge, match="200 times"):
        _read(gzip.compress(delimited(bytes(MAX_FRAME_BYTES))))
    for pack in (_single, _stream):
        little = bytes(FREE_BYTES - 10)
        assert _read(pack([little])) == [little], "as little as this is no harm"


def test_a_frame_announced_past_the_limit_is_refused_before_it_is_read() -> None:
    head = encode_varint(MAX_FRAME_BYTES + 1)

    with pytest.raises(TooLarge):
        read_block(io.BytesIO(head), 2**40, "frame")
    with pytest.raises(TooLarge):
        _read(gzip.compress(head))


@pytest.mark.parametrize("size", [MAX_FRAME_BYTES, 2**63, 2**70 - 1])
def test_a_block_may_not_claim_more_than_is_left(size: int) -> None:
    with pytest.raises(MalformedInput):
        read_block(io.BytesIO(encode_varint(size) + b"abc"), 13, "frame")


def test_a_block_counts_its_own_length_as_read() -> None:
    data = delimited(b"x" * 200) + b"rest"

    block = read_block(io.BytesIO(data), len(data), "frame")

    assert block == (b"x" * 200, 4)


def test_a_million_empty_frames_in_one_gzip_stream_are_too_many() -> None:
    bomb = gzip.compress(bytes(1_000_000))

    assert len(bomb) < 2000
    with pytest.raises(TooLarge, match=str(MAX_FRAMES)):
        _count(bomb)


def test_more_single_frames_than_the_limit_are_too_many() -> None:
    empty = delimited(gzip.compress(b"", mtime=0))

    assert _count(empty * 1000) == 1000
    with pytest.raises(TooLarge, match=str(MAX_FRAMES)):
        _count(empty * (MAX_FRAMES + 1))


def test_as_many_frames_as_the_limit_pass() -> None:
    assert _count(gzip.compress(bytes(MAX_FRAMES))) == MAX_FRAMES


def test_errors_name_the_frame() -> None:
    data = _single([b"fine"]) + delimited(b"not gzip")

    with pytest.raises(MalformedInput) as caught:
        _read(data)

    assert caught.value.place == "frames[1]"


def test_bytes_that_are_no_message_are_malformed_by_its_name() -> None:
    with pytest.raises(MalformedInput, match="not a KeyValuePair"):
        parse_message(graph.KeyValuePair, b"\x0a\x05ab", "pair")
    with pytest.raises(MalformedInput):
        parse_message(graph.KeyValuePair, b"\x0a\x02\xff\xfe", "pair")


def test_a_message_nested_past_protobufs_depth_is_malformed() -> None:
    data = b""
    for _ in range(200):
        data = b"\xa2\x01" + delimited(data)

    with pytest.raises(MalformedInput):
        parse_message(graph.AnyValue, data, "value")


def test_a_gzip_stream_of_two_members_is_read_to_its_end() -> None:
    one, two = gzip.compress(delimited(b"a")), gzip.compress(delimited(b"b"))
    assert list(read_gzip_frames(io.BytesIO(one + two), len(one + two), "f")) == [b"a", b"b"]


def test_bytes_behind_a_gzip_stream_are_refused() -> None:
    data = gzip.compress(delimited(b"a")) + b"garbage"
    with pytest.raises(MalformedInput):
        list(read_gzip_frames(io.BytesIO(data), len(data), "f"))
