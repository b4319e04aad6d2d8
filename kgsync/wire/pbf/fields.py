"""Find the fields of one message without decoding them: number, wire type, where the bytes lie.

A synchronize request is one message that may carry hundreds of MB of edits. Its outer levels are
walked in the spooled body, so that memory stays flat whatever the upload weighs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from kgsync.errors import MalformedInput
from kgsync.wire.pbf.frames import read_varint

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
# The messages walked here have at most three fields; this leaves room for unknown ones.
_MAX_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `value` of a varint, else `size` bytes at `offset`."""

    number: int
    wire_type: int
    value: int
    offset: int
    size: int


def read_fields(source: BinaryIO, offset: int, size: int, place: str) -> list[Field]:
    """List the fields of the message of `size` bytes at `offset`. Raises MalformedInput."""
    end = offset + size
    source.seek(offset)
    fields: list[Field] = []
    while source.tell() < end:
        if len(fields) == _MAX_FIELDS:
            raise MalformedInput(f"more than {_MAX_FIELDS} fields", place=place)
        tag = read_varint(source, place)
        if tag is None or tag >> 3 == 0 or tag >= 2**32:
            raise MalformedInput("the bytes are not a message", place=place)
        wire_type = tag & 7
        value = length = 0
        if wire_type == VARINT:
            number = read_varint(source, place)
            if number is None:
                raise MalformedInput("the message ends inside a field", place=place)
            value = number
        elif wire_type == LENGTH:
            announced = read_varint(source, place)
            if announced is None:
                raise MalformedInput("the message ends inside a field", place=place)
            length = announced
        elif wire_type in (FIXED64, FIXED32):
            length = 8 if wire_type == FIXED64 else 4
        else:
            raise MalformedInput("the bytes are not a message", place=place)
        start = source.tell()
        if length > end - start:
            raise MalformedInput(f"a field of {length} bytes is announced, {max(end - start, 0)} are left", place=place)
        source.seek(start + length)
        fields.append(Field(tag >> 3, wire_type, value, start, length))
    if source.tell() != end:
        raise MalformedInput("the message ends inside a field", place=place)
    return fields


def single_field(fields: list[Field], number: int, wire_type: int, place: str) -> Field | None:
    """Pick the one field of this number, or None. Raises MalformedInput when it repeats or is of another kind.

    Protobuf would merge repeated messages; no serializer writes them, and merging would need copies.
    """
    found = [f for f in fields if f.number == number]
    if not found:
        return None
    if len(found) > 1:
        raise MalformedInput("the field is given more than once", place=place)
    if found[0].wire_type != wire_type:
        raise MalformedInput("the field has the wrong wire type", place=place)
    return found[0]


def read_bytes(source: BinaryIO, field: Field) -> bytes:
    source.seek(field.offset)
    return source.read(field.size)
