"""Random values of every kind an expression can hold, the awkward ones often."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from kgsync.filters.kinds import MAX_INTEGER, MIN_INTEGER
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.values import (
    MAX_EPOCH_DAY,
    MAX_LOCAL_MS,
    MIN_EPOCH_DAY,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Duration,
    TimeOnly,
    TimestampOffset,
)
from tests.filters.meaning import SOME_ID, element

TEXTS = [
    "",
    "a",
    "true",
    "12",
    "-1.5e3",
    "2020-02-30",
    "2020-02-29",
    "9999-12-31T23:59:59.999Z",
    "0000-01-01T00:00+18:00",
    "24:00",
    "P1Y-2M3DT4.5S",
    "P-999999999999999999Y",
    "POINT(1 2)",
    "POLYGON((0 0, 1 1, 0 1, 0 0))",
    "POINT EMPTY",
    "LINESTRING(0 0, 1e400 1)",
    "Z",
    "\x00",
    "😀" * 40,
]
MEMBERS = "year month day week dayOfWeek quarter dayOfQuarter ordinalDay hour minute second millisecond nanosecond"
MEMBER_NAMES = [*MEMBERS.split(" "), "timezone", "date", "time", "datetime", "epochMillis", "epochSeconds"]
MEMBER_NAMES += ["years", "months", "days", "seconds", "x"]
FLOATS = [0.0, -0.0, 1.5, 1e308, -1e308, 5e-324]
COORDINATES = [0.0, 1.0, -180.0, 180.0, 190.0, 90.0, -90.0, 5e-324, 1e308, math.nan, math.inf]


class Samples:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def integer(self) -> int:
        pick = self.random
        return pick.choice([pick.randint(-3, 70), pick.randint(MIN_INTEGER, MAX_INTEGER), MIN_INTEGER, MAX_INTEGER])

    def _coordinate(self) -> float:
        return self.random.choice(COORDINATES) if self.random.random() < 0.4 else self.random.uniform(-200, 200)

    def geometry(self) -> Geometry:
        kind = self.random.choice(list(GeometryKind))
        parts = []
        for _ in range(self.random.choice([1, 1, 1, 0, 2])):
            count = 1 if kind is GeometryKind.POINT else self.random.randint(0, 5)
            part = tuple(self._coordinate() for _ in range(2 * count))
            parts.append(part + part[:2] if kind is GeometryKind.POLYGON else part)
        return Geometry(kind, False, False, tuple(parts))

    def scalar(self) -> object:
        pick = self.random
        makers: list[Callable[[], object]] = [
            lambda: None,
            lambda: pick.random() < 0.5,
            self.integer,
            lambda: pick.choice([*FLOATS, pick.uniform(-1e18, 1e18)]),
            lambda: pick.choice(TEXTS),
            lambda: SOME_ID,
            lambda: b"x",
            lambda: DateTime(pick.choice([self.integer(), MIN_LOCAL_MS, MAX_LOCAL_MS])),
            lambda: DateOnly(pick.choice([self.integer(), 0, MIN_EPOCH_DAY, MIN_EPOCH_DAY + 1, MAX_EPOCH_DAY])),
            lambda: TimeOnly(pick.randint(0, 86_399_999)),
            lambda: TimestampOffset(
                pick.choice([self.integer(), MIN_LOCAL_MS, MAX_LOCAL_MS, 1_600_000_000_000]),
                pick.choice([None, 0, 64_800, -64_800, 3600]),
            ),
            lambda: Duration(self.integer(), self.integer(), self.integer(), self.integer()),
            self.geometry,
            lambda: element({"a": 1}),
        ]
        return pick.choice(makers)()

    def value(self, depth: int = 2) -> object:
        dice = self.random.random()
        if depth and dice < 0.15:
            return tuple(self.value(depth - 1) for _ in range(self.random.randint(0, 3)))
        if depth and dice < 0.35:
            names = self.random.sample(MEMBER_NAMES, self.random.randint(0, 4))
            return {name: self.integer() if self.random.random() < 0.6 else self.value(depth - 1) for name in names}
        return self.scalar()
