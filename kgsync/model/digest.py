"""The digest of a replica's content: what server and client add up alike to see whether they agree.

A row's hash is 62 bits of BLAKE2b over the framed row as it travels. A digest is the number of rows
and the sums of the low and the high 31 bits of their hashes, so it can be kept by adding and taking
away, in any order, and added up by a database without reading a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

HALF_BITS = 31
HALF_MASK = (1 << HALF_BITS) - 1


def row_hash(row: bytes) -> int:
    """Hash a framed row: 0 (inclusive) to 2**62 (exclusive)."""
    return int.from_bytes(blake2b(row, digest_size=8).digest(), "big") >> 2


@dataclass(frozen=True, slots=True)
class Digest:
    """Rows, and the sums of the halves of their hashes; plain integers, never wrapped."""

    members: int = 0
    low: int = 0
    high: int = 0

    def plus(self, hash: int) -> Digest:
        """Add one row by its hash."""
        return Digest(self.members + 1, self.low + (hash & HALF_MASK), self.high + (hash >> HALF_BITS))

    def minus(self, hash: int) -> Digest:
        """Take one row away by its hash."""
        return Digest(self.members - 1, self.low - (hash & HALF_MASK), self.high - (hash >> HALF_BITS))

    def joined(self, other: Digest) -> Digest:
        """Add the rows of another digest; no row may be in both."""
        return Digest(self.members + other.members, self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        return f"{self.members}-{self.high:x}-{self.low:x}"


@dataclass(slots=True)
class Tally:
    """A digest that grows while rows pass by."""

    digest: Digest = Digest()

    def add(self, digest: Digest) -> None:
        self.digest = self.digest.joined(digest)


def counted(hashed: Iterable[Sequence[Any]], tally: Tally | None) -> Iterator[bytes]:
    """Give the rows of pairs of row and hash, adding them up as they pass."""
    if tally is None:
        yield from (row for row, _ in hashed)
        return
    members = low = high = 0
    for row, hash in hashed:
        members, low, high = members + 1, low + (hash & HALF_MASK), high + (hash >> HALF_BITS)
        yield row
    tally.add(Digest(members, low, high))
