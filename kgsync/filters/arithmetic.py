"""`+ - * / % ^` on numbers, and what `+ - * /` mean on texts, lists, instants and durations.

Integers stay in 64 bits, floats finite; what would leave them, or divide by zero, is null.
"""

from __future__ import annotations

import math

from kgsync.filters import durations
from kgsync.filters.kinds import MAX_INTEGER, MIN_INTEGER, Work, is_number
from kgsync.model.values import Duration


def bounded(value: int) -> int | None:
    return value if MIN_INTEGER <= value <= MAX_INTEGER else None


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def number_text(value: float) -> str:
    """Write an integer, or the shortest text that reads back as the same float."""
    return repr(value)


def add(work: Work, left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        return bounded(left + right)
    if is_number(left) and is_number(right):
        return finite(float(left) + float(right))
    if left is None or right is None:
        return None
    if type(left) is tuple or type(right) is tuple:
        return _concatenated(work, left, right)
    if type(left) is str or type(right) is str:
        return _joined(work, left, right)
    if type(left) is Duration and type(right) is Duration:
        return durations.plus(left, right)
    if type(right) is Duration:
        return durations.moved(left, right)
    if type(left) is Duration:
        return durations.moved(right, left)
    return None


def _concatenated(work: Work, left: object, right: object) -> object:
    one = left if type(left) is tuple else (left,)
    other = right if type(right) is tuple else (right,)
    if not work.fits(len(one) + len(other)):
        return None
    return work.listed(one + other)


def _joined(work: Work, left: object, right: object) -> object:
    texts = []
    for value in (left, right):
        if type(value) is str:
            texts.append(value)
        elif is_number(value):
            texts.append(number_text(value))
        else:
            return None
    return work.joined(texts)


def subtract(_work: Work, left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        return bounded(left - right)
    if is_number(left) and is_number(right):
        return finite(float(left) - float(right))
    if type(right) is not Duration or left is None:
        return None
    opposite = durations.scaled(right, -1)
    if opposite is None:
        return None
    return durations.plus(left, opposite) if type(left) is Duration else durations.moved(left, opposite)


def multiply(_work: Work, left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        return bounded(left * right)
    if is_number(left) and is_number(right):
        return finite(float(left) * float(right))
    if type(left) is Duration and is_number(right):
        return durations.scaled(left, right)
    if type(right) is Duration and is_number(left):
        return durations.scaled(right, left)
    return None


def divide(_work: Work, left: object, right: object) -> object:
    """Divide; of two integers, truncating toward zero."""
    if not is_number(right) or not right:
        return None
    if type(left) is int and type(right) is int:
        quotient = abs(left) // abs(right)
        return bounded(quotient if (left < 0) is (right < 0) else -quotient)
    if is_number(left):
        return _quotient(float(left), float(right))
    if type(left) is Duration:
        return durations.divided(left, right)
    return None


def _quotient(left: float, right: float) -> float | None:
    try:
        return finite(left / right)
    except OverflowError:  # what C libraries may say instead of infinity
        return None


def remainder(_work: Work, left: object, right: object) -> object:
    """Mean `%`: the remainder has the sign of the dividend."""
    if not is_number(left) or not is_number(right) or not right:
        return None
    if type(left) is int and type(right) is int:
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return math.fmod(left, right)


def power(_work: Work, left: object, right: object) -> object:
    """Mean `^`: always a float."""
    if not is_number(left) or not is_number(right):
        return None
    try:
        return finite(math.pow(left, right))
    except (ValueError, OverflowError):
        return None


def negative(value: object) -> object:
    if type(value) is int:
        return bounded(-value)
    return -value if type(value) is float else None


def positive(value: object) -> object:
    return value if is_number(value) else None
