"""The wire the engine speaks: the one place that names protobuf to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from kgsync.model.edits import Frame
from kgsync.model.replica import InlineEdits
from kgsync.server.parts import Wire
from kgsync.sync.codec import CLAUSE_SECONDS, Codec
from kgsync.wire.pbf import edits as pbf_edits
from kgsync.wire.pbf.archive_reader import split_rows
from kgsync.wire.pbf.archive_writer import write_archive
from kgsync.wire.pbf.frames import USUAL, WireLimits
from kgsync.wire.pbf.parameters import decode_parameters, write_parameters
from kgsync.wire.pbf.rows import RowEncoder, RowReader, decode_row, encode_delete_row
from kgsync.wire.pbf.upload_file import read_upload_file


def _read_inline(source: BinaryIO, edits: InlineEdits, limits: WireLimits) -> Iterator[Frame]:
    read = pbf_edits.read_compressed_frames if edits.compressed else pbf_edits.read_plain_frames
    source.seek(edits.offset)
    return read(source, edits.size, edits.header.grid, "upload_edits.sync_apply_edits", limits)


def protobuf_wire(clause_seconds: float = CLAUSE_SECONDS, limits: WireLimits = USUAL) -> Wire:
    return Wire(
        codec=Codec(
            encoder=RowEncoder,
            decode_row=decode_row,
            open_row=RowReader,
            split_rows=partial(split_rows, place="rows"),
            delete_row=encode_delete_row,
            read_parameters=decode_parameters,
            clause_seconds=clause_seconds,
        ),
        write_archive=write_archive,
        read_apply_edits=partial(pbf_edits.read_apply_edits, limits=limits),
        read_upload_file=partial(read_upload_file, limits=limits),
        read_inline=partial(_read_inline, limits=limits),
        write_parameters=write_parameters,
    )
