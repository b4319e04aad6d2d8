"""Functions on numbers. All but abs and sign give floats; outside their domain they are null."""

from __future__ import annotations

import math
from collections.abc import Callable

from kgsync.filters.arithmetic import bounded, finite
from kgsync.filters.kinds import Meaning, Work, is_number


def _numeric(function: Callable[[float], float]) -> Meaning:
    """Make a function of one number total."""

    def meaning(_work: Work, value: object) -> object:
        if not is_number(value):
            return None
        try:
            return finite(function(float(value)))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return meaning


def absolute(_work: Work, value: object) -> object:
    if type(value) is int:
        return bounded(abs(value))
    return abs(value) if type(value) is float else None


def sign(_work: Work, value: object) -> object:
    if not is_number(value):
        return None
    return (value > 0) - (value < 0)


def _rounded(value: float) -> float:
    """Round half up: -1.5 becomes -1.0."""
    low = math.floor(value)
    return float(low + 1 if value - low >= 0.5 else low)


ceil = _numeric(lambda value: float(math.ceil(value)))
floor = _numeric(lambda value: float(math.floor(value)))
round_half_up = _numeric(_rounded)
sqrt = _numeric(math.sqrt)
exp = _numeric(math.exp)
log = _numeric(math.log)
log10 = _numeric(math.log10)
sin = _numeric(math.sin)
cos = _numeric(math.cos)
tan = _numeric(math.tan)
cot = _numeric(lambda value: 1 / math.tan(value))
asin = _numeric(math.asin)
acos = _numeric(math.acos)
atan = _numeric(math.atan)
degrees = _numeric(math.degrees)
radians = _numeric(math.radians)


def atan2(_work: Work, y: object, x: object) -> object:
    if not is_number(y) or not is_number(x):
        return None
    return math.atan2(y, x)


def euler(_work: Work) -> object:
    return math.e


def pi(_work: Work) -> object:
    return math.pi
