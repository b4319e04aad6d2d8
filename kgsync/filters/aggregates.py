"""What count, min, max, sum, avg and collect mean: nulls are passed over, a fault is null.

Sums are exact until they are given out, so that they do not depend on the order rows come in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Final

from kgsync.filters import durations
from kgsync.filters.kinds import MAX_INTEGER, MIN_INTEGER
from kgsync.filters.ordering import Key, order_key, same_key
from kgsync.model.values import Duration


class Aggregate(ABC):
    """One aggregate over one group; values come in any order, none of them null."""

    @abstractmethod
    def add(self, value: object) -> bool:
        """Take a value; say whether it is kept in memory."""

    @abstractmethod
    def result(self) -> object: ...


class Count(Aggregate):
    def __init__(self) -> None:
        self._count = 0

    def add(self, value: object) -> bool:
        self._count += 1
        return False

    def result(self) -> object:
        return self._count


class Extreme(Aggregate):
    """The least or the greatest by the order of ORDER BY."""

    def __init__(self, greatest: bool) -> None:
        self._greatest = greatest
        self._key: Key | None = None
        self._value: object = None

    def add(self, value: object) -> bool:
        key = order_key(value)
        if self._key is None or (key > self._key if self._greatest else key < self._key):
            self._key, self._value = key, value
        return False

    def result(self) -> object:
        return self._value


# Every finite float is a whole number of these.
_PER_ONE = 1 << 1074


class Sum(Aggregate):
    """A sum of numbers or of durations; of anything else, or of both, it is null. An empty sum is 0."""

    def __init__(self) -> None:
        self._count = self._whole = self._rest = 0
        self._numbers = self._floats = self._fault = False
        self._duration: Duration | None = None

    def add(self, value: object) -> bool:
        self._count += 1
        if type(value) is int:
            self._numbers = True
            self._whole += value
        elif type(value) is float:
            self._numbers = self._floats = True
            numerator, denominator = value.as_integer_ratio()
            self._rest += numerator * (_PER_ONE // denominator)
        elif type(value) is Duration:
            self._duration = value if self._duration is None else durations.plus(self._duration, value)
            self._fault = self._fault or self._duration is None
        else:
            self._fault = True
        return False

    @property
    def _unfit(self) -> bool:
        return self._fault or (self._numbers and self._duration is not None)

    def _over(self, count: int) -> float | None:
        try:
            return (self._whole * _PER_ONE + self._rest) / (_PER_ONE * count)
        except OverflowError:
            return None

    def result(self) -> object:
        if self._unfit:
            return None
        if self._duration is not None:
            return self._duration
        if self._floats:
            return self._over(1)
        return self._whole if MIN_INTEGER <= self._whole <= MAX_INTEGER else None

    def mean(self) -> object:
        """Give the sum divided by how many were added; null for none."""
        if self._unfit or self._count == 0:
            return None
        if self._duration is not None:
            return durations.divided(self._duration, self._count)
        return self._over(self._count)


class Mean(Sum):
    def result(self) -> object:
        return self.mean()


class Collect(Aggregate):
    def __init__(self) -> None:
        self._values: list[object] = []

    def add(self, value: object) -> bool:
        self._values.append(value)
        return True

    def result(self) -> object:
        return tuple(self._values)


class Distinct(Aggregate):
    """Another aggregate of values of which no two are the same."""

    def __init__(self, inner: Aggregate) -> None:
        self._inner = inner
        self._seen: set[Hashable] = set()

    def add(self, value: object) -> bool:
        key = same_key(value)
        if key in self._seen:
            return False
        self._seen.add(key)
        self._inner.add(value)
        return True

    def result(self) -> object:
        return self._inner.result()


_MADE: Final[dict[str, Callable[[], Aggregate]]] = {
    "count": Count,
    "min": lambda: Extreme(False),
    "max": lambda: Extreme(True),
    "sum": Sum,
    "avg": Mean,
    "collect": Collect,
}


def start(name: str, distinct: bool) -> Aggregate:
    """Begin an aggregate by its lower-case name."""
    made = _MADE[name]()
    return Distinct(made) if distinct else made
