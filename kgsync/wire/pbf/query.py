"""graph/query: the request, and its answer as a header and frames.

varint + header, never packed, then varint + frame to the end of the stream. A frame without rows is a sign
of life. An error stands in the header, or in the frame with the rows found before it; nothing follows it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from esriPBuffer.graph import QueryRequest_pb2 as request
from esriPBuffer.graph import QueryResponse_pb2 as response
from isal import igzip

from kgsync.errors import KgsyncError, MalformedInput, NotSupported, TooLarge
from kgsync.model.geometry import IDENTITY, WGS84, default_grid
from kgsync.model.query import Quantization, QueryAnswer, QueryCall, QueryRow, TemporalFormat, TemporalFormats
from kgsync.wire.pbf.datamodel import error_message
from kgsync.wire.pbf.frames import MAX_FRAME_BYTES, delimited, encode_varint, parse_message
from kgsync.wire.pbf.geometry import decode_grid, decode_reference, encode_grid, encode_reference
from kgsync.wire.pbf.parameters import MAX_PARAMETER_BYTES, decode_parameter
from kgsync.wire.pbf.query_values import ValueWriter, check_zone

# A frame of this size keeps both ends busy and neither full (as in archives).
FRAME_ROWS, FRAME_BYTES = 2_000, 8 * 1024 * 1024
# Rows do not wait longer than this for others to share their frame.
_WAIT_SECONDS = 0.5
_DURATIONS = {0: TemporalFormat.COMPONENTS, 1: TemporalFormat.TEXT}


# ---- the request


def decode_query(data: bytes) -> QueryCall:
    """Read a bare GraphQueryRequest. Raises MalformedInput with the field it is about, NotSupported, TooLarge."""
    message = parse_message(request.GraphQueryRequest, data, "GraphQueryRequest")
    if sum(value.ByteSize() for value in message.parameters.values()) > MAX_PARAMETER_BYTES:
        raise TooLarge(f"the parameters of a query are limited to {MAX_PARAMETER_BYTES} bytes", place="parameters")
    if message.feature_encoding == 2:
        raise NotSupported("feature_encoding: compressed shape buffers are not offered; ask for esriDefault")
    grid = decode_grid(message.input_transform) or IDENTITY
    warnings = []
    if message.datum_transformation.ByteSize():
        warnings.append("datum_transformation has no effect: the server chooses the transformation")
    if message.apply_vcs_projection:
        warnings.append("apply_vcs_projection has no effect: heights are given as they are stored")
    in_sr, out_sr = decode_reference(message.in_sr), decode_reference(message.out_sr)
    return QueryCall(
        text=message.open_cypher_query,
        parameters={
            name: decode_parameter(message.parameters[name].SerializeToString(), grid, place=f"parameters[{name[:64]}]")
            for name in sorted(message.parameters)
        },
        in_sr=in_sr if in_sr.is_set else None,
        out_sr=out_sr if out_sr.is_set else None,
        provenance=_one_of(message.provenance_behavior, (False, True), "provenance_behavior"),
        quantization=_quantization(message),
        formats=_formats(message),
        warnings=tuple(warnings),
    )


def _one_of(number: int, meanings: Any, place: str) -> Any:
    try:
        return meanings[number]
    except (IndexError, KeyError):
        raise MalformedInput(f"{number} is none of the contract's values", place=place) from None


def _formats(message: Any) -> TemporalFormats:
    kinds = tuple(TemporalFormat)
    return TemporalFormats(
        timestamp=_one_of(message.out_timestamp_offset_format, kinds, "out_timestamp_offset_format"),
        date=_one_of(message.out_date_only_format, kinds, "out_date_only_format"),
        time=_one_of(message.out_time_only_format, kinds, "out_time_only_format"),
        duration=_one_of(message.out_duration_format, _DURATIONS, "out_duration_format"),
        zone=check_zone(message.out_time_zone.tz_id),
    )


def _quantization(message: Any) -> Quantization | None:
    """Read the output grid. Its origin may be any point: a deployed client sends extents with two numbers swapped."""
    if not message.HasField("quantization_parameters"):
        return None
    wanted = message.quantization_parameters
    if not (math.isfinite(wanted.tolerance) and wanted.tolerance > 0):
        raise MalformedInput("a grid has steps larger than 0", place="quantization_parameters.tolerance")
    origin = None
    if wanted.HasField("extent"):
        origin = wanted.extent.XMin, wanted.extent.YMin
        if not all(map(math.isfinite, origin)):
            raise MalformedInput("an extent has finite numbers", place="quantization_parameters.extent")
    thin = _one_of(wanted.mode, (True, False), "quantization_parameters.mode")
    return Quantization(tolerance=wanted.tolerance, origin=origin, thin=thin)


# ---- the answer


class QueryFrames:
    """The answer of a query in parts, the header first; None where nothing was found for a while.

    With a `limit` there is one frame of at most so many rows, which says whether there were more.
    """

    def __init__(
        self,
        answer: QueryAnswer,
        *,
        compressed: bool = False,
        limit: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answer, self._compressed, self._limit, self._clock = answer, compressed, limit, clock
        self._writer = ValueWriter(answer)
        self._rows: list[bytes] = []
        self._size = 0
        self._since = 0.0

    def __iter__(self) -> Iterator[bytes | None]:
        yield self._header()
        for row in self._answer.rows:
            if row is None:
                yield self._waited()
                continue
            if self._limit is not None and (len(self._rows) == self._limit or self._size >= MAX_FRAME_BYTES // 2):
                yield self._frame(exceeded=True)
                return
            self._take(row)
            if self._limit is None and self._is_full():
                yield self._frame()
        if self._rows or self._limit is not None:
            yield self._frame()

    def failed(self, error: KgsyncError) -> bytes:
        """Write the last frame: the rows there are, and what went wrong after them."""
        return self._frame(error)

    def alive(self) -> bytes:
        """Write a sign of life."""
        return self._framed(b"")

    def _header(self) -> bytes:
        answer = self._answer
        message = response.GraphQueryResultHeader(
            data_model_timestamp=answer.model_timestamp,
            transform=encode_grid(answer.grid),
            sr=encode_reference(answer.spatial_reference),
            field_names=answer.columns,
            compressed_frames=self._compressed,
        )
        for warning in answer.warnings:
            message.warnings.add(error_message=warning)
        return delimited(message.SerializeToString())

    def _take(self, row: QueryRow) -> None:
        parts = []
        for value in row:
            body = self._writer.value(value)
            parts.append(b"\x0a" + encode_varint(len(body)) + body)
        data = b"".join(parts)
        if len(data) > MAX_FRAME_BYTES - FRAME_BYTES:
            raise TooLarge(f"a row takes {len(data)} bytes; no frame may hold more than {MAX_FRAME_BYTES}")
        if not self._rows:
            self._since = self._clock()
        self._rows.append(b"\x12" + encode_varint(len(data)) + data)
        self._size += len(data)

    def _is_full(self) -> bool:
        if len(self._rows) >= FRAME_ROWS or self._size >= FRAME_BYTES:
            return True
        return self._clock() - self._since > _WAIT_SECONDS

    def _waited(self) -> bytes | None:
        if self._limit is None and self._rows and self._is_full():
            return self._frame()
        return None

    def _frame(self, error: KgsyncError | None = None, *, exceeded: bool = False) -> bytes:
        rest = response.GraphQueryResultFrame(exceeded_transfer_limit=exceeded)
        if error is not None:
            rest.error.CopyFrom(error_message(int(error.code), error.message))
        data = b"".join(self._rows) + rest.SerializeToString()
        self._rows, self._size = [], 0
        return self._framed(data)

    def _framed(self, data: bytes) -> bytes:
        return delimited(igzip.compress(data, 1, mtime=0) if self._compressed else data)


def encode_query_error(error: KgsyncError) -> bytes:
    """Write a header that holds an error; a transform beside it, without which clients lose the message."""
    message = response.GraphQueryResultHeader(
        error=error_message(int(error.code), error.message), transform=encode_grid(default_grid(WGS84))
    )
    return delimited(message.SerializeToString())
